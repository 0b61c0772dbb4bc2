"""Common elements of pages: style, heading, the notice on calibration, words for time."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from corridor.experiments.reporting.effect_words import percent
from corridor.experiments.reporting.language import N_, _, ngettext

# Okabe and Ito (2008), darkened where text or lines of it must stand out from white; lines also differ in dashes.
COLOURS = ("#333333", "#0072B2", "#C24E00", "#00795C", "#A6437A")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4])

TABLE_STYLE = """table.headline {border-collapse: collapse; width: 100%; font-size: 0.95rem; line-height: 1.35;}
table.headline caption {text-align: start; color: #46535f; padding: 0 0 .5rem 0;}
table.headline th, table.headline td {padding: .55rem .7rem; border-bottom: 1px solid #d5dbe1; text-align: start;
  vertical-align: top;}
table.headline thead th {border-bottom: 2px solid #8795a3;}
table.headline small {color: #46535f; display: block; font-weight: 400;}
table.headline small.standing {font-style: italic;}
table.headline b {font-variant-numeric: tabular-nums; white-space: nowrap;}
.word {display: inline-block; border-radius: 4px; padding: 0 .45rem; font-weight: 600; white-space: nowrap;}
.better {background: #dff2ea; color: #00513d;} .worse {background: #fbe4d5; color: #8a3200;}
.unclear, .same {background: #eceff2; color: #3b4752;} .higher, .lower {background: #e0eef8; color: #0a4a70;}"""

ANSWER_STYLE = """.cards {display: grid; grid-template-columns: repeat(auto-fit, minmax(235px, 1fr)); gap: .8rem;}
.card {border: 1px solid #d5dbe1; border-radius: 8px; padding: .7rem .9rem; background: #fff;}
.card h2 {font-size: 1rem; margin: 0 0 .3rem 0; padding: 0;}
.card .line {display: grid; grid-template-columns: 1fr auto; column-gap: .5rem; font-size: .92rem;
  margin-bottom: .35rem;}
.card .bar, .card .line small, .card .who.long {grid-column: 1 / -1;}
.card small, .card .level, .card .axis, .card .none {color: #46535f;}
.card small {font-size: .8rem; line-height: 1.25;} .card .none {font-size: .85rem;}
.card b {font-variant-numeric: tabular-nums;}
.card b.better, .card b.worse, .card b.lower, .card b.higher, .card b.unclear {background: none;}
.card b.better {color: #00664c;} .card b.worse {color: #a33b00;} .card b.lower, .card b.higher {color: #0a4a70;}
.bar, .axis {direction: ltr;}
.bar {position: relative; height: 14px; background: #eef1f4; border-radius: 3px; margin: .15rem 0;}
.bar i {position: absolute; top: 0; bottom: 0;} .bar .zero {left: 50%; width: 1px; background: #46535f;}
.bar .range {top: 4px; bottom: 4px; border-radius: 3px; background: #8795a3;}
.bar .point {width: 4px; margin-left: -2px; background: #3b4752;}
.bar .range.better {background: #58b392;} .bar .point.better {background: #00664c;}
.bar .range.worse {background: #e8935c;} .bar .point.worse {background: #a33b00;}
.bar .range.lower, .bar .range.higher {background: #6aaad4;}
.bar .point.lower, .bar .point.higher {background: #0a4a70;}
.card .which {font-size: .85rem; font-weight: 600; margin: .5rem 0 .1rem 0; color: #46535f;}
.card.provisional {border-style: dashed; background: #fbfcfd;}
.bar .range.foretold {background: repeating-linear-gradient(45deg, #8795a3 0 3px, #eef1f4 3px 6px);}
.card .axis {display: flex; justify-content: space-between; font-size: .72rem; margin-top: -.2rem;}
.card .level {font-size: .8rem; margin: .3rem 0 .2rem 0; line-height: 1.3;}
.card .trust {font-size: .8rem; margin: 0; font-style: italic; color: #1b2530;} .card .trust.poor {color: #8a3200;}
td.level {color: #46535f;}"""

STYLE = f"""<style>
.block-container {{max-width: 1180px; padding-top: 4.2rem;}}
.block-container h2:not(.card h2) {{font-size: 1.75rem; padding: 1rem 0 .5rem;}}
.block-container h3 {{font-size: 1.25rem; padding: .6rem 0 .3rem;}}
[data-testid="stWidgetLabel"] > div {{flex: none; margin-inline-start: .3rem;}}
:is(a, button, summary, [role=tab]):focus-visible, label:has(> input:focus-visible),
[data-testid="stSlider"] [data-rac]:has(> div > input:focus-visible) {{outline: 3px solid #C24E00 !important;
  outline-offset: 2px;}}
@media (forced-colors: active) {{
  [data-testid="stSlider"] [role=group] > [data-rac] > :is(:first-child, [data-rac]) {{forced-color-adjust: none;
    border: 2px solid CanvasText; background: Highlight;}}
  [role=tab][aria-selected=true] {{border-bottom: 3px solid Highlight;}}
  a[aria-current=page], :is([aria-checked=true], [aria-pressed=true]), button[kind$="Active"] {{
    outline: 3px solid Highlight; outline-offset: -3px;}}
  button, [data-testid="stAlertContainer"], .word {{border: 1px solid;}}
}}
[data-testid="stAlertContainer"] {{color: #1b2530;}} [data-testid="stSpinner"] span {{color: #46535f;}}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p {{color: #46535f; opacity: 1;}}
{TABLE_STYLE}
{ANSWER_STYLE}
@media (min-width: 641px) {{
  [data-testid="stColumn"]:has(.st-key-provisional) {{position: sticky; top: 4.5rem; align-self: flex-start;
    max-height: calc(100vh - 5.5rem); overflow-y: auto;}}
}}
.card.provisional {{padding: .4rem .7rem;}} .card.provisional .line {{font-size: .85rem; margin-bottom: .15rem;}}
.st-key-provisional .cards {{grid-template-columns: 1fr; gap: .5rem;}}
.st-key-answer h1 {{font-size: 2rem; padding-top: 0;}}
table.headline td::before {{content: none;}}
.st-key-languages {{position: fixed; inset-inline-end: 3.2rem; top: .55rem; z-index: 999995; width: auto;}}
[data-testid="stExpandSidebarButton"]::after {{content: "MENU"; margin-inline-start: .3rem;}}
@media (max-width: 640px) {{
  .block-container {{padding-left: 1rem; padding-right: 1rem;}}
  .block-container h1 {{font-size: 1.9rem;}} .st-key-languages {{inset-inline-end: .5rem;}}
  .st-key-answer h1 {{font-size: 1.5rem !important; padding-bottom: .2rem;}}
  table.headline thead {{position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);}}
  table.headline tr {{display: block; border-bottom: 2px solid #8795a3; padding: .4rem 0;}}
  table.headline th, table.headline td {{display: block; border: 0; padding: .2rem 0;}}
  table.headline td::before {{content: attr(data-label); display: block; color: #46535f; font-size: .85rem;}}
}}
</style>"""

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 32" width="{width}" height="32">'
WAY = """<path d="M8 26 C8 12 20 20 20 9" fill="none" stroke="#0B5C8A" stroke-width="3" stroke-dasharray="5 3"/>
<circle cx="8" cy="27" r="4" fill="#1B2530"/><path d="M14 10 20 1 26 10Z" fill="#0B5C8A"/>"""
NAME = '<text x="34" y="23" font-family="sans-serif" font-size="20" font-weight="700" fill="#1B2530">Corridor</text>'
ICON = f"{SVG.format(width=32)}{WAY}</svg>"
LOGO = f"{SVG.format(width=130)}{WAY}{NAME}</svg>"

# An answer that comes while a page stands open is told to those who do not see it.
_announcer = st.components.v2.component(
    "corridor_status",
    html='<div role="status"></div>',
    css="div {position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);}",
    js="""export default ({data, parentElement}) => {
      const status = parentElement.querySelector("[role=status]");
      if (status.textContent !== data.words) status.textContent = data.words;
    }""",
)

NO_FORECAST = N_(
    "**Not a forecast.** Where a posterior is published with a corridor (see *Method*), each round of runs draws its "
    "parameters from it, so that intervals carry that doubt too; elsewhere each parameter has one value, from studies, "
    "assumed or from a coarse fit, and intervals show luck alone. What was tested, and with what result, stands on "
    "*Method* under *Validation*. Use the results to learn which way a measure pushes, why, and how sure the model is."
)

IN_SHORT = N_("**Not a forecast.** Learn which way a measure pushes, why, and how sure the model is.")

VALIDATION = Path(__file__).resolve().parent.parent / "docs" / "validation.md"
UNVALIDATED = (
    "No validation is published with this version. *Compare* shows with every comparison how far the baseline is "
    "from the record by route and year, and how far a naive rule is."
)
HEADING = re.compile(r"^#+ ", re.MULTILINE)
SECTION = re.compile(r"^## ", re.MULTILINE)
PICTURE = re.compile(r"^!\[[^\]]*\]\(([^)]+\.png)\)\n?", re.MULTILINE)


def style() -> str:
    """Return the style of all pages, with its words in the reader's language."""
    return STYLE.replace("MENU", _("Menu"))


def published(file: Path) -> list[tuple[str, str]]:
    """Return the sections of a document: heading and text, with headings inside one level down and no title.

    A section without a heading, such as what stands before the first, has a blank one.
    """
    if not file.exists():
        return [("", UNVALIDATED)]
    text = file.read_text(encoding="utf-8")
    text = text.partition("\n")[2] if text.startswith("# ") else text
    first, *others = SECTION.split(text)
    parts = [("", first), *(tuple(part.partition("\n")[::2]) for part in others)]
    return [
        (head.strip(), HEADING.sub(lambda found: f"#{found[0]}", body).strip()) for head, body in parts if body.strip()
    ]


def show_published(file: Path) -> None:
    """Show a document with its pictures, one section a box; the first is open."""
    for number, (head, body) in enumerate(published(file)):
        with st.expander(head, expanded=number == 1) if head else st.container():
            for part in PICTURE.split(body):
                if part.endswith(".png"):
                    picture = (file.parent / part).resolve()
                    if picture.is_relative_to(file.parent.resolve()) and picture.exists():
                        st.image(picture, caption=picture.stem.replace("-", ": ").capitalize())
                elif part.strip():
                    st.markdown(part)


def heading(title: str, lead: str) -> None:
    """Open a page."""
    st.title(title, anchor=False)
    st.markdown(lead)


def notice() -> None:
    """Show the uses for which the model is and is not suited."""
    st.warning(_(IN_SHORT), icon=":material/science:")
    with st.expander(_("What the model can and cannot be used for")):
        st.markdown(_(NO_FORECAST))


def announce(words: str) -> None:
    """Have screen readers say something, once; blank for nothing."""
    _announcer(data={"words": words}, key="status")


def stop_button(stop: Callable[[], None]) -> None:
    """Draw the button by which people give a question up.

    It belongs to the page and to no fragment of it: while a page is drawn, a click in a fragment waits until all of it
    is there, but a click on the page ends the drawing.
    """
    words = _("Stop the runs; what is finished is kept.")
    st.button(_("Stop"), icon=":material/stop:", help=words, on_click=stop)


def session() -> str:
    """Return the name of this browser session, made up when it begins."""
    if "session" not in st.session_state:
        st.session_state["session"] = uuid.uuid4().hex
    return str(st.session_state["session"])


def session_list(name: str) -> list[Any]:
    """Return a list that lasts as long as the session."""
    found: list[Any] = st.session_state.setdefault(name, [])
    return found


def done_words(share: float, seconds_left: float | None) -> str:
    """Return how much of a work is done, and how long the rest takes if that is known."""
    done = percent(share, signed=False)
    if seconds_left is None:
        return _("{share} done").format(share=done)
    return _("{share} done, {time} left").format(share=done, time=spoken(seconds_left))


def spoken(seconds: float) -> str:
    """Return a length of time as people say it.

    Examples
    --------
    >>> spoken(0.4), spoken(42), spoken(61), spoken(600)
    ('a few seconds', 'about 40 seconds', 'about a minute', 'about 10 minutes')
    """
    if seconds < 8:
        return _("a few seconds")
    if seconds < 55:
        return _("about {count} seconds").format(count=max(10, round(seconds / 10) * 10))
    minutes = max(1, round(seconds / 60))
    return ngettext("about a minute", "about {count} minutes", minutes).format(count=minutes)
