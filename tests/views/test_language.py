"""The app in other languages: catalogues are whole, no text of Compare escapes them, direction and figures fit."""

import ast
import datetime as dt
import re
from gettext import NullTranslations
from html import unescape
from string import Formatter
from urllib.parse import parse_qs, urlsplit

import pytest
from babel.messages.pofile import read_po
from google.protobuf.json_format import MessageToDict
from streamlit.testing.v1 import AppTest

from corridor.experiments.reporting import language
from corridor.experiments.reporting.effect_words import percent, three_digits, two_digits
from corridor.experiments.reporting.language import (
    LANGUAGES,
    SOURCE,
    country_words,
    date_words,
    file_of,
    ngettext,
    speaking,
)
from corridor.scenarios import interventions, observed, shocks
from corridor.views.downloads import _told
from corridor.views.gallery import GALLERY, shipped
from corridor.views.package import Package, corridor_of
from corridor.views.printed import document, embedded
from corridor.views.question import Question
from corridor.views.record import by_year, on_record, yearly_table
from corridor.views.results import answer_table
from docs.make_catalogues import template
from tests import ROOT
from tests.views.questions import SECONDS

OTHERS = [code for code in LANGUAGES if code != SOURCE]
COVERED = (
    "amounts", "answer", "assumptions", "board", "brief", "builder", "charts", "compare", "downloads",
    "drawer", "editor", "evidence", "gallery", "groups", "happening", "headline", "history", "language",
    "levels", "maps", "over_time", "package", "printed", "provisional", "question", "results", "trust",
    "value",
)  # fmt: skip
SHOWS = re.compile(
    r"^(write|markdown|caption|title|header|subheader|text|button|download_button|selectbox|multiselect|slider|"
    r"select_slider|segmented_control|pills|number_input|text_input|expander|info|warning|error|success|progress|"
    r"tabs|altair_chart|toggle|checkbox|radio|link_button|popover)$"
)
SEEN = ("help", "label", "placeholder", "alt")
"""Keywords of Streamlit's functions whose text people see."""
LETTERS = re.compile(r"[A-Za-z]{2,}")
FURNITURE = re.compile(r":material/\w+:|<[^>]*>|\{\w*\}|&\w+;")
"""What has letters and no words: icons, tags, placeholders."""


def pairs(code):
    """Yield every text of a catalogue with its translations, as lists."""
    with file_of(code).open("rb") as file:
        for message in read_po(file, locale=code):
            if message.id:
                plural = isinstance(message.id, tuple)
                yield (list(message.id), list(message.string)) if plural else ([message.id], [message.string])


def placeholders(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


class TestCatalogues:
    @pytest.mark.parametrize("code", OTHERS)
    def test_every_text_is_translated_and_none_is_left_over(self, code):
        wanted = {message.id for message in template() if message.id}
        known = {tuple(texts) if len(texts) > 1 else texts[0]: told for texts, told in pairs(code)}
        assert set(known) == wanted, "run python -m docs.make_catalogues"
        assert [texts for texts, told in known.items() if not all(told)] == []

    @pytest.mark.parametrize("code", OTHERS)
    def test_placeholders_are_the_same(self, code):
        for texts, told in pairs(code):
            for translation in told:
                missing = set(placeholders(texts[-1])) - set(placeholders(translation))
                assert missing <= ({"count"} if len(texts) > 1 else set()), (texts, translation)
                assert set(placeholders(translation)) <= set(placeholders(texts[-1])), (texts, translation)
                if len(texts) == 1:
                    assert placeholders(translation) == placeholders(texts[0]), (texts, translation)

    @pytest.mark.parametrize("code", OTHERS)
    def test_marks_of_bold_are_the_same(self, code):
        for texts, told in pairs(code):
            assert all(translation.count("**") == texts[-1].count("**") for translation in told), texts


def untranslated(code):
    """Return the texts of a module that are shown as they are, with their lines."""
    tree = ast.parse(code)
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and SHOWS.match(node.func.attr):
            seen = [*node.args[:1], *(word.value for word in node.keywords if word.arg in SEEN)]
            found += [(node.lineno, text) for shown in seen for text in _words(shown, constants)]
    return found


def _words(node, constants):
    """Yield the words that a shown value has in English."""
    if isinstance(node, ast.Name) and node.id in constants:
        yield from _words(constants[node.id], {})
        if isinstance(constants[node.id], ast.Call):  # marked, but not translated where it is shown
            yield from _words(constants[node.id].args[0], {}) if constants[node.id].args else ()
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if LETTERS.search(FURNITURE.sub("", node.value)):
            yield node.value
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            yield from _words(part, constants)
    elif isinstance(node, ast.IfExp):
        yield from _words(node.body, constants)
        yield from _words(node.orelse, constants)
    elif isinstance(node, ast.BinOp):
        yield from _words(node.left, constants)
        yield from _words(node.right, constants)
    elif isinstance(node, ast.List):
        for each in node.elts:
            yield from _words(each, constants)


class TestCode:
    @pytest.mark.parametrize("module", COVERED)
    def test_texts_of_covered_pages_are_translated_where_they_are_shown(self, module):
        assert untranslated((ROOT / "views" / f"{module}.py").read_text(encoding="utf-8")) == []

    @pytest.mark.parametrize(
        "code",
        [
            'st.write("Some words")',
            'st.button(f"Stop {x}", key="y")',
            'NAME = N_("Some words")\nst.caption(NAME)',
            'st.slider(_("Years"), help="First and last")',
            'st.markdown(_("a") if x else "other words")',
        ],
    )
    def test_a_text_that_escapes_is_found(self, code):
        assert untranslated(code)

    def test_what_is_no_text_is_let_through(self):
        assert not untranslated('st.markdown(f":material/history: {_(STALE)}")\nst.button(_("Stop"), key="stop words")')


class Marked(NullTranslations):
    """A language in which every text is its English one with the letters replaced, so that what escapes stands out."""

    @staticmethod
    def _mark(message):
        return "".join(
            part
            if part.startswith(("{", "<", ":material"))
            else re.sub("[A-Za-z]", lambda found: chr(ord(found[0]) + 0x400), part)
            for part in re.split(r"(\{\w*\}|<[^>]*>|:material/\w+:)", message)
        )

    def gettext(self, message):
        return self._mark(message)

    def ngettext(self, one, many, n):
        return self._mark(one if n == 1 else many)


NAMES = re.compile(r"English|Français|Español|Italiano|العربية|Corridor|CSV|HTML|PNG|NetCDF|YAML|USD|\bx\b")
"""What is the same in all languages."""
PAGE = """
if __name__ == "__main__":
    import streamlit as st
    st.session_state["language"] = "ar"
    st.session_state["part"] = "{part}"
    from corridor.views import {name}
    {name}.page()
"""


@pytest.fixture
def marked(monkeypatch):
    """Put marks in the place of Arabic, whose letters and names of countries are no English ones."""
    monkeypatch.setattr(language, "catalogue", lambda code: NullTranslations() if code == SOURCE else Marked())


FIELDS = ("label", "body", "help", "placeholder", "options", "text", "content", "altText")


def shown(node):
    """Yield every text of a page that was drawn without a browser."""
    for child in node.children.values():
        if hasattr(child, "proto"):
            yield from _texts(MessageToDict(child.proto))
        if hasattr(child, "children"):
            yield from shown(child)


def _texts(value, field=""):
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, field)
    elif isinstance(value, str) and field in FIELDS:
        yield value


def escaped(texts):
    """Return what is still in English, apart from sources and names of places and operators."""
    corridor = corridor_of("mediterranean")
    named = [row.label for table in (corridor.places, corridor.rescue, corridor.communities) for row in table]
    sources = [driver.source for driver in (*interventions().values(), *shocks().values())]
    same = re.compile("|".join([*map(re.escape, sorted([*sources, *named], key=len, reverse=True)), NAMES.pattern]))
    bare = (same.sub("", re.sub(r"<style>.*?</style>|<[^>]*>|:material/\w+:", "", text)) for text in texts)
    return [text for text in bare if LETTERS.search(text)]


class TestPage:
    @pytest.mark.parametrize("part", ["All outcomes", "When it was tried", "Over time", "Where", "What it buys"])
    def test_nothing_on_compare_escapes_translation(self, marked, part):
        script = AppTest.from_string(PAGE.format(name="compare", part=part), default_timeout=SECONDS).run()
        assert not script.exception
        assert escaped(shown(script.main)) == []


class TestFigures:
    def test_figures_are_written_as_the_language_does(self):
        with speaking("fr"):
            assert (two_digits(12_345), percent(-0.083)) == ("12\u202f000", "−8,3\u00a0%")
        with speaking("es"):
            assert three_digits(-12_345.0) == "-12.300" and percent(0.5) == "+50 %"
        assert two_digits(12_345) == "12,000"

    def test_a_sign_stays_before_its_figure_in_arabic(self):
        with speaking("ar"):
            assert percent(-0.19).startswith("\u2066") and percent(-0.19).endswith("%\u2069")

    def test_countries_and_dates_come_from_the_locale(self):
        with speaking("it"):
            assert country_words("DEU", "Germany") == "Germania"
            assert country_words("XKX", "Kosovo") == "Kosovo" and country_words("XAA", "Alma") == "Alma"
            assert date_words(dt.date(2026, 11, 30)) == "30 novembre 2026"

    def test_arabic_counts_in_six_ways(self):
        with speaking("ar"):
            told = {ngettext("{count} test", "{count} tests", count) for count in (0, 1, 2, 3, 11, 100)}
        assert len(told) == 6


class TestWhatStaysEnglish:
    def test_files_and_hashes_of_a_package(self):
        package = Package("mediterranean", "rescue", (("search_and_rescue", 4.0),), since=2016)
        english = package.file, package.title
        with speaking("fr"):
            assert package.file == english[0]
            assert package.title != english[1] and "Sauvetage" in package.title

    def test_findings_in_downloads(self):
        asked = GALLERY[0].question
        ds = shipped(asked).ds
        english = answer_table(ds, asked)
        with speaking("fr"):
            assert answer_table(ds, asked).equals(english)

    def test_a_file_is_made_in_its_language_whatever_the_page_has(self):
        with speaking("ar"):
            english = _told(lambda: language._("Deaths"), SOURCE)
            assert (english(), _told(lambda: language._("Deaths"), "fr")()) == ("Deaths", "Décès")


class TestAddress:
    def test_a_link_holds_the_language_and_the_frame_has_a_title(self):
        asked, title = GALLERY[0].question, 'Who "gains"?'
        with speaking("ar"):
            html = embedded(asked, "https://corridor.example/compare?x=1#y", title)
        query = parse_qs(urlsplit(unescape(re.search('src="([^"]*)"', html)[1])).query)
        assert query["lang"] == ["ar"] and query["embed"] == ["true"]
        assert Question.from_address({name: value[0] for name, value in query.items()}) == asked
        assert 'title="Who &quot;gains&quot;?"' in html

    def test_a_printed_page_tells_its_language_and_direction(self):
        with speaking("ar"):
            assert '<html lang="ar" dir="rtl">' in document("x", [])
        assert '<html lang="en" dir="ltr">' in document("x", [])


class TestRecord:
    def test_whole_years_of_the_record_are_summed(self):
        table = observed("mediterranean")["detections"]
        whole = on_record("mediterranean")["detections"].set_index("year")["count"]
        assert whole[2016] == table.loc[table["month"].dt.year == 2016, "detections"].sum()

    def test_lines_are_medians_of_the_runs_and_the_band_holds_them(self):
        asked = GALLERY[0].question
        ds = shipped(asked).ds
        runs = ds["simulated"].sel(kind="detections").sum("observed_route")
        table = yearly_table(runs, "observed_year", asked.titles)
        assert set(table["package"]) == set(asked.titles.values())
        assert (table["low"] <= table["median"]).all() and (table["median"] <= table["high"]).all()
        first = table[(table["year"] == 2014) & (table["package"] == "Baseline")]
        assert first["median"].item() == pytest.approx(
            float(runs.sel(policy=asked.baseline, observed_year=2014).median())
        )

    def test_years_ahead_are_those_with_four_quarters(self):
        ds = shipped(GALLERY[1].question).ds
        sums = by_year(ds["quarterly"].sel(series="deaths"))
        assert list(sums["year"].to_numpy()) == list(range(2021, 2028))
        part = ds["quarterly"].sel(series="deaths").sel(quarter="2022").sum("quarter")
        assert sums.sel(year=2022).values == pytest.approx(part.values)
