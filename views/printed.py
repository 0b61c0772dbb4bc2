"""Common elements of printed pages: style, charts as drawings, the link back, versions and date."""

from __future__ import annotations

import datetime as dt
import io
import re
from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from corridor.experiments.reporting.language import N_, _, date_words, is_right_to_left, language
from corridor.experiments.runs.world import versions
from corridor.views.language import added
from corridor.views.page import TABLE_STYLE
from corridor.views.question import Question

CHART_WIDTH = 760
ORIGIN = N_("Source: Corridor, an agent-based simulation; not a forecast")
STYLE = f"""
* {{print-color-adjust: exact; -webkit-print-color-adjust: exact; box-sizing: border-box;}}
@page {{size: A4; margin: 12mm;}}
body {{font: 16px/1.5 "Source Sans 3", "Source Sans Pro", Arial, sans-serif; color: #1b2530; max-width: 860px;
  margin: 2rem auto; padding: 0 1rem;}}
a {{overflow-wrap: anywhere;}}
h1, h2, h3, figcaption {{line-height: 1.2; break-after: avoid;}}
svg {{max-width: 100%; height: auto; display: block;}}
figure {{margin: 1rem 0; padding: .6rem .8rem; border: 1px solid #d5dbe1; break-inside: avoid;}}
figcaption {{font-weight: 600; margin-bottom: .4rem;}} figure small {{color: #46535f; font-weight: 400;}}
li, tr {{break-inside: avoid;}} .notice {{background: #fff8db; padding: .6rem .9rem;}}
footer {{color: #46535f; font-size: .85rem; border-top: 1px solid #d5dbe1; margin-top: 1rem;}}
{TABLE_STYLE}
@media (max-width: 640px) {{body {{margin: 0 auto;}} table.headline, table.headline * {{display: block;}}
  table.headline thead {{display: none;}} td::before {{content: attr(data-label); display: block; color: #46535f;}}}}
@media print {{body {{margin: 0; padding: 0; max-width: none;}}}}
"""


def document(title: str, sections: list[str], style: str = "") -> str:
    """Return one HTML page that asks nothing of another."""
    direction = "rtl" if is_right_to_left() else "ltr"
    return (
        f'<!doctype html><html lang="{language()}" dir="{direction}"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}{style}</style></head><body><main>{''.join(sections)}</main></body></html>"
    )


def figure(chart: Any, title: str, finding: str, source: str = "") -> str:
    """Return a chart as a drawing, with its title and unit above it and its source below.

    Parameters
    ----------
    chart : Chart
    title : str
        What is drawn, with its unit.
    finding : str
        The same in words, for those who do not see it.
    source : str, optional
    """
    buffer = io.StringIO()
    chart.properties(width=CHART_WIDTH).save(buffer, format="svg")
    drawing = buffer.getvalue().replace("<svg ", f'<svg role="img" aria-label="{escape(finding)}" ', 1)
    below = escape(source or _(ORIGIN))
    return f"<figure><figcaption>{escape(title)}</figcaption>{drawing}<small>{below}.</small></figure>"


def bold(text: str) -> str:
    """Return text as HTML, with text between double asterisks in bold and between single ones in italics."""
    strong = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text))
    return re.sub(r"\*(\S[^*]*?)\*", r"<i>\1</i>", strong)


def listed(sentences: list[str]) -> str:
    """Return sentences as a list."""
    return "<ul>" + "".join(f"<li>{bold(sentence)}</li>" for sentence in sentences) + "</ul>"


def link_to(question: Question, page: str, **more: str) -> str:
    """Return the address that opens a comparison in the present language.

    Parameters
    ----------
    question : Question
    page : str
        Address of the app's page; its query is replaced.
    **more : str
        Further parameters.
    """
    query = urlencode({**added(question.address()), **more})
    return urlunsplit(urlsplit(page)._replace(query=query, fragment=""))


def embedded(question: Question, page: str, title: str) -> str:
    """Return the HTML by which another page shows a comparison, without the app's menu."""
    address = escape(link_to(question, page, embed="true"))
    return f'<iframe src="{address}" title="{escape(title)}" width="100%" height="900" loading="lazy"></iframe>'


def colophon(question: Question, page: str, today: dt.date) -> str:
    """Return the date and origin of a page, and the link that opens the same comparison.

    Parameters
    ----------
    question : Question
    page : str
        Address of the app's page; its query is replaced.
    today : date
    """
    known = ", ".join(f"{name} {version}" for name, version in versions().items())
    made = _("{date}. Made with Corridor; a simulation, not a forecast. Versions: {versions}.").format(
        date=date_words(today), versions=escape(known)
    )
    link = escape(link_to(question, page))
    return (
        f'<footer><p>{made}<br>{_("This comparison, to open and to change:")} <a href="{link}">{link}</a></p></footer>'
    )
