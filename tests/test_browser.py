import re
from urllib.parse import urlparse

import pytest
from playwright.sync_api import expect

from docs.make_screenshots import CHROMIUM, WIDTHS, browser, serve, settle, show

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Debian's Chromium at {CHROMIUM} (make browser)"),
]

SLOW = 120_000
SHORT = "corridor=tutorial&years=1&packages=border_enforcement&replicates=2"
LONG = "corridor=mediterranean&years=11&packages=safe_pathways&size=large&replicates=20"
TABLE = "Difference to the baseline"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("app")) as found:
        yield found


@pytest.fixture(scope="module")
def chromium():
    with browser() as found:
        yield found


def is_complaint(message):
    """Leave out that Streamlit looks for its server below the address of a page first, and meets a 404 there."""
    return message.type == "error" and "/_stcore/" not in message.location["url"]


@pytest.fixture
def page(chromium):
    """A new session; at its end nothing was asked of another machine and the console is clean."""
    opened = chromium.new_page(viewport={"width": WIDTHS["desk"], "height": 900})
    hosts, complaints = set(), []
    opened.on("request", lambda request: hosts.add(urlparse(request.url).hostname))
    opened.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    opened.close()
    assert hosts <= {"127.0.0.1", None, ""}
    assert complaints == []


def test_planner_compares_and_shares(page, chromium, address):
    show(page, f"{address}/?{SHORT}", TABLE)
    settle(page)
    table = page.get_by_role("table")
    expect(table.get_by_role("rowheader", name="Deaths all deaths")).to_be_visible()
    assert re.search("better|worse|unclear|same", table.inner_text())
    expect(page.get_by_role("button", name="Outcomes (CSV)")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Outcomes (CSV)").click()
    assert download.value.path().read_text().startswith("policy,metric")
    figures = table.inner_text()
    other = chromium.new_page()
    show(other, page.url, TABLE)
    settle(other)
    assert other.get_by_role("table").inner_text() == figures
    other.close()


def test_first_answer_by_the_button(page, address):
    show(page, address, "Compare")
    expect(page.get_by_text("Nothing is compared yet")).to_be_visible()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name=TABLE)).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped.")).to_be_visible(timeout=SLOW)
    assert "corridor=mediterranean" in page.url


def test_stop_works_at_once_and_pressing_again_goes_on(page, address):
    show(page, f"{address}/?{LONG}", "Compare")
    page.get_by_role("button", name="Stop").click(timeout=SLOW)
    expect(page.get_by_text("Stopped.")).to_be_visible(timeout=10_000)
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_role("button", name="Stop").click(timeout=SLOW)
    expect(page.get_by_text("Stopped.")).to_be_visible(timeout=10_000)


def test_link_that_asks_for_a_file_is_refused(page, address):
    show(page, f"{address}/?corridor=../../etc/passwd", "Compare")
    expect(page.get_by_text("The link asks for something that cannot be compared")).to_be_visible(timeout=SLOW)


def test_student_moves_a_slider_by_keyboard(page, address):
    show(page, f"{address}/explore", "Explore")
    settle(page)
    page.get_by_role("slider").first.focus()
    page.keyboard.press("End")
    expect(page.get_by_role("columnheader", name="Your world")).to_be_visible(timeout=SLOW)
    settle(page)
    assert page.get_by_test_id("stVegaLiteChart").count() == 2


def test_lesson_tells_after_the_guess(page, address):
    show(page, f"{address}/explore", "Explore")
    page.get_by_role("tab", name="A guided lesson").click()
    expect(page.get_by_role("button", name="Show what happens")).to_be_disabled()
    page.get_by_text("about as many", exact=True).click()
    page.get_by_role("button", name="Show what happens").click()
    expect(page.get_by_text("You guessed")).to_be_visible(timeout=SLOW)


def test_reader_finds_a_parameter(page, address):
    show(page, f"{address}/method", "Method")
    page.get_by_role("tab", name="Parameters").click()
    page.get_by_label("Search").fill("death risk")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"^\d of \d+ parameters"))).to_be_visible(timeout=SLOW)


@pytest.mark.parametrize("path", ["", f"?{SHORT}", "explore", "method"])
def test_nothing_sticks_out_on_a_phone(page, address, path):
    page.set_viewport_size({"width": WIDTHS["phone"], "height": 800})
    page.goto(f"{address}/{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=SLOW)
    settle(page)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth <= element.clientWidth + 1")
