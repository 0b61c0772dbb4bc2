"""The app in other languages: catalogues are whole, no text of Compare escapes them, direction and figures fit."""

import ast
import re
from gettext import NullTranslations
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from google.protobuf.json_format import MessageToDict
from streamlit.testing.v1 import AppTest

from corridor.experiments.reporting import language
from corridor.experiments.reporting.language import LANGUAGES, SOURCE, file_of
from corridor.scenarios import interventions, shocks
from corridor.views.package import corridor_of
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
    st.session_state["language"] = "fr"
    st.session_state["part"] = "{part}"
    from corridor.views import {name}
    {name}.page()
"""


@pytest.fixture
def marked(monkeypatch):
    """Put marks in the place of French."""
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
