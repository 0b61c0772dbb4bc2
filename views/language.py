"""The reader's language: chosen on the page or by the address (``lang=fr``), kept as long as the session."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from corridor.experiments.reporting.language import DRAFTS, LANGUAGES, SOURCE, _, follow, is_right_to_left, language

PARAMETER = "lang"
KEY, ONLY_ENGLISH = "language", "only-english"
"""Session: the language chosen, and whether the page shown has no other than English."""
STYLE = """<style>.stApp {direction: rtl;}
.stApp :is(h1, h2, h3, .stElementContainer, .stMarkdown, .stMarkdown > div) {text-align: start;}
[data-testid="stSidebar"][data-collapsed="true"] {display: none;}
[data-testid="stVegaLiteChart"], [data-testid="stSlider"] > :last-child,
[data-testid="stCode"], [data-testid="stDataFrame"] {direction: ltr;} input[type=number] {text-align: right;}</style>"""
# Screen readers take the voice, and menus outside the page the direction, from the document.
_document = st.components.v2.component(
    "corridor_language",
    html="",
    js="""export default ({data}) => {
      document.documentElement.lang = data.language;
      document.documentElement.dir = data.direction;
    }""",
)


def chosen() -> str:
    """Return the language of the page that is drawn; outside of pages the source language."""
    if get_script_run_ctx(suppress_warning=True) is None or st.session_state.get(ONLY_ENGLISH):
        return SOURCE
    return str(st.session_state.get(KEY, SOURCE))


follow(chosen)


def settle() -> None:
    """Take the language from the address; without one there keep the session's, and write it into the address."""
    st.session_state[ONLY_ENGLISH] = False
    named = st.query_params.get(PARAMETER)
    if named in LANGUAGES:
        st.session_state[KEY] = named
    elif chosen() != SOURCE:
        st.query_params[PARAMETER] = chosen()


def apart(query: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of an address without the language."""
    return {name: value for name, value in query.items() if name != PARAMETER}


def added(query: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of an address with the present language, if it is not the source language."""
    return {**query, PARAMETER: language()} if language() != SOURCE else dict(query)


def choice() -> None:
    """Draw the choice of language, with the notice for readers of a draft translation."""

    def note() -> None:
        st.query_params[PARAMETER] = st.session_state[KEY]

    if not st.context.is_embedded:
        with st.container(key="languages"):
            st.selectbox(
                _("Language"), list(LANGUAGES), format_func=LANGUAGES.__getitem__, key=KEY, on_change=note,
                label_visibility="collapsed", width=120,
            )  # fmt: skip
    if language() in DRAFTS:
        st.caption(f":material/translate: {_('Machine-drafted translation, not yet reviewed.')}")


def only_english() -> None:
    """Have the page that follows in English, and say so in the reader's language."""
    if language() == SOURCE:
        return
    st.info(_("This page is in English only."), icon=":material/translate:")
    st.session_state[ONLY_ENGLISH] = True


def mark() -> None:
    """Tell the browser the language of the page, and its direction."""
    if is_right_to_left():
        st.html(STYLE)
    _document(data={"language": language(), "direction": "rtl" if is_right_to_left() else "ltr"}, key="document")
