import re
import zipfile
from urllib.parse import urlparse

import pytest
from playwright.sync_api import TimeoutError, expect

from corridor.experiments.runs.settings import EnsembleSettings
from corridor.experiments.studies.ensemble import run_ensemble
from corridor.experiments.studies.experiment import configured, ensemble_design
from corridor.views import doses
from docs.make_screenshots import CHROMIUM, WIDTHS, browser, serve, settle, show
from tests.views.uploads import FILES, packed
from tests.workers import as_threads

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # A page that is drawn anew at the moment of a click loses the click; a person would press again.
    pytest.mark.flaky(reruns=2, only_rerun=["TimeoutError", "AssertionError: Locator"]),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Debian's Chromium at {CHROMIUM} (make browser)"),
]

SLOW = 120_000
SHORT = "corridor=tutorial&years=2001-2001&packages=border_enforcement&runs=5"
LONG = "corridor=mediterranean&years=2011-2021&packages=safe_pathways&detail=large&runs=20"
ASKED = "What if: Border enforcement?"
SHIPPED = "Would more rescue at sea have saved lives in 2014–2017?"
STUDY = ["scenarios=[tutorial]", "policies=[baseline,rescue]", "vary=[departure_rate]", "samples=2", "agents=300",
         "end=2001-03-31", "title=A small study"]  # fmt: skip
PAGES = ["", f"?{SHORT}", "?lang=fr", "?lang=ar", "explore", "experiments", "displacement", "method"]

# Contrast of every visible text with what is behind it (WCAG 2.2, success criterion 1.4.3), as a list of failures.
CONTRAST = """() => {
  const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
  const light = (c) => {
    const [r, g, b] = c.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const over = (top, below) => below.map((v, i) => top[i] * top[3] + v * (1 - top[3]));
  const failures = [];
  const walker = document.createTreeWalker(document.querySelector("[data-testid=stMain]"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    if (!text || !box.width || !box.height || style.visibility === "hidden") continue;
    if (element.closest("svg, canvas, style")) continue;
    if (element.closest("[disabled], [aria-disabled=true], [data-testid=stIconMaterial]")) continue;
    const layers = [];
    let opacity = 1;
    for (let e = element; e; e = e.parentElement) {
      layers.unshift(parse(getComputedStyle(e).backgroundColor));
      opacity *= Number(getComputedStyle(e).opacity);
    }
    if (opacity < 0.05) continue;
    // The value above a slider's thumb is a child of the thumb, but stands outside of its box.
    if (element.closest("[data-testid=stSlider]") && !element.closest("[data-testid=stWidgetLabel]")) continue;
    const behind = layers.reduce((below, top) => over(top, below), [255, 255, 255]);
    const colour = parse(style.color);
    colour[3] *= opacity;
    const [a, b] = [light(over(colour, behind)), light(behind)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5) - 0.01) failures.push(`${ratio.toFixed(2)} ${style.color} ${text.slice(0, 40)}`);
  }
  return failures;
}"""

# What a screen reader would meet without a name.
NAMELESS = """() => [...document.querySelector("[data-testid=stMain]")
    .querySelectorAll("input, button, select, textarea, [role=slider]")]
  .filter((e) => e.offsetParent && !e.closest("[data-testid=stDataFrame], [data-testid=stElementToolbar]"))
  .filter((e) => !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.innerText?.trim() || e.title
    || e.labels?.length || e.closest("label") || e.type === "file"))
  .map((e) => e.outerHTML.slice(0, 160))"""

# What is folded is not drawn, and has neither colours nor names until somebody opens it.
OPEN = """() => document.querySelectorAll("[data-testid=stMain] details").forEach((e) => { e.open = true; })"""


def lasting(page, check):
    """Return what a check finds at last: a machine with much to do may still be fading one drawing into the next."""
    for _ in range(20):
        found = page.evaluate(check)
        if found == []:
            break
        page.wait_for_timeout(500)
    return found


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("app")
    design = ensemble_design(configured(EnsembleSettings, STUDY))
    with as_threads():
        run_ensemble(design, folder / "results" / "small.zarr", number=1)
    with serve(folder) as found:
        yield found


@pytest.fixture(scope="module")
def chromium():
    with browser() as found:
        yield found


def is_complaint(message):
    """Leave out that Streamlit looks for its server below the address of a page first, and meets a 404 there."""
    return message.type == "error" and "/_stcore/" not in message.location["url"]


def watch(opened):
    """Return the hosts that a page asks, and what its console complains of; both fill while it is used."""
    hosts, complaints = set(), []
    opened.on("request", lambda request: hosts.add(urlparse(request.url).hostname))
    opened.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    return hosts, complaints


@pytest.fixture
def page(chromium):
    """A new session; at its end nothing was asked of another machine and the console is clean."""
    opened = chromium.new_page(viewport={"width": WIDTHS["desk"], "height": 900}, reduced_motion="reduce")
    opened.set_default_navigation_timeout(SLOW)
    hosts, complaints = watch(opened)
    yield opened
    opened.close()
    assert hosts <= {"127.0.0.1", None, ""}
    assert complaints == []


def download(page, name):
    button = page.get_by_role("button", name=name)
    with page.expect_download(timeout=SLOW) as found:
        button.click()
    return found.value.path()


def pick(page, field, text):
    """Choose an option of a field that offers many; type again when the page was drawn anew meanwhile."""
    option = page.get_by_role("option", name=re.compile(text, re.IGNORECASE)).first
    for _ in range(6):
        page.get_by_role("combobox", name=re.compile(f"^{field}")).fill(text)
        try:
            option.click(timeout=5000)
            break
        except TimeoutError:
            page.keyboard.press("Escape")
    page.keyboard.press("Escape")


class TestPlanner:
    def test_compares_shares_and_takes_along(self, page, chromium, address):
        show(page, f"{address}/?{SHORT}", ASKED)
        settle(page)
        table = page.get_by_role("table")
        expect(table.get_by_role("rowheader", name="Deaths all deaths")).to_be_visible()
        assert re.search("lower|higher|unclear|hardly any change", table.inner_text())
        assert page.locator(".card").count() == 4
        figures = page.locator(".cards").inner_text()
        page.get_by_role("radio", name="Download", exact=True).click()
        assert "never tested" in download(page, "Outcomes (CSV)").read_text()
        assert download(page, "All results (NetCDF)").read_bytes()[1:4] == b"HDF"
        report = download(page, "Report (HTML)").read_text()
        assert "<svg" in report and "http://www.w3.org" in report
        other = chromium.new_page()
        show(other, page.url, ASKED)
        settle(other)
        assert other.locator(".cards").inner_text() == figures
        other.close()

    def test_builds_a_package_and_a_shock(self, page, address):
        show(page, f"{address}/?corridor=tutorial&years=2001-2001&packages=own~ngo_rescue:1&runs=5",
             "What if: Agreements with rescue organisations (1)?")  # fmt: skip
        settle(page)
        page.get_by_text("Change this question").click()
        page.get_by_text("Measures in this package").click()
        slider = page.get_by_role("slider", name=re.compile("Agreements with rescue"))
        slider.focus()
        slider.press("End")
        expect(page.get_by_text("Changed since.")).to_be_visible(timeout=SLOW)
        page.get_by_text("Shocks, detail and number of runs").click()
        settle(page)
        pick(page, "Shocks", "drought")
        expect(page.get_by_role("slider", name=re.compile("Drought"))).to_be_visible(timeout=SLOW)
        page.get_by_role("button", name="Compare", exact=True).click()
        page.wait_for_url(re.compile("shocks=drought"), timeout=SLOW)
        settle(page)
        assert "ngo_rescue%3A10" in page.url
        page.get_by_role("radio", name="Download", exact=True).click()
        archive = zipfile.ZipFile(download(page, "Packages (YAML)"))
        assert all("drought" in archive.read(name).decode() for name in archive.namelist())

    def test_opens_on_an_answer_that_is_seen_without_scrolling_and_goes_back(self, page, address):
        for width, height in ((WIDTHS["desk"], 900), (WIDTHS["phone"], 844)):
            page.set_viewport_size({"width": width, "height": height})
            show(page, address, SHIPPED)
            settle(page)
            answer = page.get_by_text(re.compile("fewer deaths")).first
            expect(answer).to_be_in_viewport()
        page.set_viewport_size({"width": WIDTHS["desk"], "height": 900})
        expect(page.locator(".card").last).to_be_in_viewport()
        first = page.url
        page.get_by_role("combobox", name="Questions that planners ask").fill("Everything")
        page.get_by_role("option", name=re.compile("Everything together")).first.click()
        expect(page.get_by_role("heading", name=re.compile("Everything together"))).to_be_visible(timeout=SLOW)
        page.go_back()
        expect(page.get_by_role("heading", name=SHIPPED)).to_be_visible(timeout=SLOW)
        assert page.url == first
        self.sees_what_it_rests_on_and_a_provisional_answer_beside_the_sliders(page)

    def sees_what_it_rests_on_and_a_provisional_answer_beside_the_sliders(self, page):
        """The same page goes on: a page of its own would take ten seconds more."""
        settle(page)
        page.get_by_role("radio", name="What it rests on", exact=True).click()
        expect(page.locator("table.assumptions tbody tr")).to_have_count(5, timeout=SLOW)
        page.get_by_text("Change this question").click()
        page.get_by_text("Measures in this package").first.click()
        settle(page)
        slider = page.get_by_role("slider", name=re.compile("Search and rescue"))
        slider.focus()
        slider.press("ArrowRight")
        if doses.file_of("past").exists():
            expect(page.locator(".card.provisional")).to_have_count(4, timeout=SLOW)
        else:
            expect(page.get_by_text("No provisional answer")).to_be_visible(timeout=SLOW)
        slider.scroll_into_view_if_needed()
        expect(page.get_by_role("button", name="Compare", exact=True)).to_be_in_viewport()
        expect(page.get_by_text(re.compile("^Vessels: [0-9]+ without it, [0-9]+ with it"))).to_have_count(2)
        assert page.evaluate(NAMELESS) == []

    def test_speaks_the_reader_s_language(self, page, address):
        page.goto(address)
        expect(page.locator(".card")).to_have_count(4, timeout=SLOW)
        page.get_by_role("combobox", name="Language").click()
        page.get_by_role("option", name="Français").click()
        asked = "Davantage de sauvetage en mer aurait-il sauvé des vies en 2014–2017\u00a0?"
        expect(page.get_by_role("heading", level=1)).to_have_text(asked, timeout=SLOW)
        expect(page.get_by_text("Traduction automatique, pas encore relue.")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "fr", timeout=SLOW)
        assert "lang=fr" in page.url
        page.get_by_role("link", name="Explorer").click()
        expect(page.get_by_text("Cette page est en anglais seulement.")).to_be_visible(timeout=SLOW)
        expect(page.locator("html")).to_have_attribute("lang", "en", timeout=SLOW)
        page.goto(f"{address}/?lang=ar")
        expect(page.locator("html")).to_have_attribute("dir", "rtl", timeout=SLOW)
        expect(page.locator(".card")).to_have_count(4, timeout=SLOW)

    def test_stops_at_once_and_goes_on(self, page, address):
        show(page, f"{address}/?{LONG}", "What if: Safe pathways?")
        page.get_by_role("button", name="Stop").click(timeout=SLOW)
        expect(page.get_by_text("Stopped.")).to_be_visible(timeout=10_000)
        page.get_by_role("button", name="Go on").click()
        page.get_by_role("button", name="Stop").click(timeout=SLOW)
        expect(page.get_by_text("Stopped.")).to_be_visible(timeout=10_000)

    @pytest.mark.parametrize("query", ["corridor=../../etc/passwd", "corridor=tutorial&packages=own~x:1"])
    def test_link_that_makes_no_sense_is_refused(self, page, address, query):
        show(page, f"{address}/?{query}", "Compare")
        expect(page.get_by_text("The link asks for something that cannot be compared")).to_be_visible(timeout=SLOW)


class TestStudent:
    def test_moves_a_slider_by_keyboard(self, page, address):
        show(page, f"{address}/explore", "Explore")
        settle(page)
        page.get_by_role("slider").first.focus()
        page.keyboard.press("End")
        expect(page.get_by_role("columnheader", name="Your world")).to_be_visible(timeout=SLOW)
        settle(page)
        assert page.get_by_test_id("stVegaLiteChart").count() == 2

    def test_watches_the_weeks_and_follows_a_life(self, page, address):
        show(page, f"{address}/explore", "Explore")
        settle(page)
        page.get_by_text("Through the weeks").click()
        week = page.get_by_role("slider", name="Week")
        expect(week).to_be_visible(timeout=SLOW)
        page.get_by_role("button", name="Play").click()
        page.wait_for_function("document.querySelector('[data-testid=stMain]') !== null")
        expect(page.get_by_text("Week of 01 Jan 2001")).to_have_count(0, timeout=SLOW)
        page.get_by_role("button", name="Pause").click()
        week.focus()
        page.keyboard.press("Home")
        expect(page.get_by_text("Week of 01 Jan 2001")).to_be_visible()
        page.get_by_text("Follow one person").click()
        expect(page.locator("ol.life li").first).to_be_visible(timeout=SLOW)

    def test_learns_the_answer_after_the_guess(self, page, address):
        show(page, f"{address}/explore", "Explore")
        page.get_by_role("tab", name="Guided lessons").click()
        expect(page.get_by_role("button", name="Show what happens")).to_be_disabled()
        page.get_by_text("about as many", exact=True).click()
        page.get_by_role("button", name="Show what happens").click()
        expect(page.get_by_text("You guessed")).to_be_visible(timeout=SLOW)


class TestResearcher:
    def test_opens_a_study(self, page, address):
        show(page, f"{address}/experiments", "A small study")
        expect(page.get_by_text("4 of 4 runs finished")).to_be_visible(timeout=SLOW)
        page.get_by_text("Reproduce", exact=True).click()
        expect(page.get_by_text("corridor ensemble")).to_be_visible(timeout=SLOW)
        assert "baseline" in download(page, "Every run (CSV)").read_text()

    def test_finds_a_parameter(self, page, address):
        show(page, f"{address}/method", "Method")
        page.get_by_role("tab", name="Parameters").click()
        page.get_by_role("textbox", name="Search").fill("death risk")
        page.keyboard.press("Enter")
        expect(page.get_by_text(re.compile(r"^\d of \d+ parameters"))).to_be_visible(timeout=SLOW)


class TestUpload:
    def give(self, page, address, data):
        show(page, f"{address}/displacement", "Displacement")
        file = {"name": "case.zip", "mimeType": "application/zip", "buffer": data}
        page.locator("input[type=file]").set_input_files(file)

    def test_good(self, page, address):
        self.give(page, address, packed())
        expect(page.get_by_text(re.compile(r"^Error without capacities \d"))).to_be_visible(timeout=SLOW)
        settle(page)
        assert page.get_by_test_id("stVegaLiteChart").count() == 3

    def test_folder(self, page, address, tmp_path):
        for name, content in FILES.items():
            file = tmp_path / "tiny" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        show(page, f"{address}/displacement", "Displacement")
        page.get_by_text("a folder", exact=True).click()
        page.locator("input[type=file][webkitdirectory]").set_input_files(tmp_path / "tiny")
        expect(page.get_by_role("heading", name="tiny", exact=True)).to_be_visible(timeout=SLOW)
        settle(page)
        assert page.get_by_test_id("stVegaLiteChart").count() == 3

    def test_broken(self, page, address):
        self.give(page, address, packed(locations="#x\nA,B\n"))
        expect(page.get_by_text("locations.csv, line 2")).to_be_visible(timeout=SLOW)

    def test_hostile(self, page, address):
        hostile = packed({"../../../escaped.csv": "x", "input_csv/sim_period.csv": "x"})
        self.give(page, address, hostile)
        expect(page.get_by_text("a path inside the zip file")).to_be_visible(timeout=SLOW)


def test_ten_sessions_at_once(chromium, address):
    """Ten people ask ten different questions; all are answered, and a page still opens meanwhile."""
    contexts = [chromium.new_context(reduced_motion="reduce") for _ in range(10)]
    for context in contexts:
        context.set_default_navigation_timeout(SLOW)
    pages = [context.new_page() for context in contexts]
    for number, opened in enumerate(pages):
        amount = 1 + number / 2
        opened.goto(
            f"{address}/?corridor=tutorial&years=2001-2001&packages=own~ngo_rescue:{amount}&detail=small&runs=5"
        )
    extra = chromium.new_page(reduced_motion="reduce")
    extra.set_default_navigation_timeout(SLOW)
    show(extra, f"{address}/method", "Method")
    for opened in pages:
        expect(opened.locator(".card")).to_have_count(4, timeout=SLOW)
    for opened in pages:
        expect(opened.get_by_text("5 paired runs.").first).to_be_visible(timeout=SLOW)
    for context in contexts:
        context.close()
    extra.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_phone_its_texts_stand_out_and_its_controls_have_names(page, address, path):
    page.set_viewport_size({"width": WIDTHS["phone"], "height": 800})
    page.goto(f"{address}/{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=SLOW)
    settle(page)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth <= element.clientWidth + 1")
    for width in (WIDTHS["phone"], WIDTHS["desk"]):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(OPEN)
        assert lasting(page, CONTRAST) == []
        assert lasting(page, NAMELESS) == []
