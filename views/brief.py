"""The brief of a comparison: one printed page with the question, the answer, a chart and a map."""

from __future__ import annotations

import datetime as dt
from html import escape

import xarray as xr

from corridor.experiments.reporting.boundaries import attribution
from corridor.experiments.reporting.language import N_, _
from corridor.views.answer import setting_words
from corridor.views.charts import series_words
from corridor.views.digest import SERIES
from corridor.views.gallery import asked_words
from corridor.views.maps import difference_map, difference_words, legs_table
from corridor.views.over_time import changes_charts
from corridor.views.package import corridor_of
from corridor.views.page import ANSWER_STYLE
from corridor.views.printed import ORIGIN, bold, colophon, document, figure
from corridor.views.question import Question

MOST_LETTERS = 300
"""Of the author's sentence."""
CHART_HEIGHT, MAP_HEIGHT = 110, 210
NOT_A_FORECAST = N_(
    "**Not a forecast.** Effects are differences between simulated runs of the same luck. Their intervals hold what "
    "chance and fitted parameters leave possible, not what the model leaves out."
)
STYLE = """
body {font-size: 13px; line-height: 1.3;} h1 {font-size: 1.5rem; margin: 0 0 .2rem;} p {margin: .25rem 0;}
h2 {font-size: 1.05rem; margin: .4rem 0 .2rem;} ul {margin: .2rem 0 .5rem; padding-left: 1.2rem;}
figure {margin: .5rem 0; padding: .4rem .6rem;} .notice {padding: .3rem .6rem;} .card {padding: .4rem .6rem;}
.author {border-left: 3px solid #0B5C8A; padding-left: .7rem; font-style: italic;} footer {margin-top: .4rem;}
@media (min-width: 641px), print {.cards {grid-template-columns: repeat(3, 1fr); gap: .4rem;}
  .card:nth-child(3) {order: 1; grid-column: 1 / -1; display: grid; grid-template-columns: 1fr 1fr; column-gap: 1rem;}
  .card:nth-child(3) :is(h2, .trust) {grid-column: 1 / -1;}}
"""
SHRUNK = (1.0, 0.84, 0.76, 0.68, 0.62)
"""Size in print by the number of packages, so that the brief stays on one page."""


def brief_html(
    ds: xr.Dataset, titles: dict[str, str], question: Question, answer: str, page: str, author: str, today: dt.date
) -> str:
    """Return the brief.

    Parameters
    ----------
    ds : Dataset
        From `corridor.views.tasks.Task.dataset`.
    titles : dict of str to str
        Policy to the name that people read, the baseline first.
    question : Question
    answer : str
        The answer as HTML.
    page : str
        Address of the app's page.
    author : str
        A sentence of whoever makes the brief, or blank.
    today : date
    """
    change = next(iter(changes_charts(ds, "deaths", titles).values()))
    asked, first = asked_words(question), list(titles)[1]
    sections = [
        f"<h1>{escape(asked)}</h1>",
        f"<p>{escape(setting_words(question, ds.sizes['replicate']))}</p>",
        *([f'<p class="author">{escape(author[:MOST_LETTERS])}</p>'] if author.strip() else []),
        f"<h2>{_('Answer')}</h2>",
        answer,
        f"<h2>{_('What stands behind it')}</h2>",
        figure(
            change.properties(height=CHART_HEIGHT),
            _(
                "Deaths, more or fewer than without: {package}, persons a quarter, median and middle half of runs"
            ).format(package=titles[first]),
            series_words(ds, "deaths", titles),
        ),
        *([moved(ds, question, titles, first, MAP_HEIGHT)] if ds.sizes["replicate"] > 1 else []),
        f'<p class="notice">{bold(_(NOT_A_FORECAST))}</p>',
        colophon(question, page, today),
    ]  # fmt: skip
    printed = f"@media print {{body {{zoom: {SHRUNK[len(titles) - 1]};}}}}"
    return document(asked, sections, ANSWER_STYLE + STYLE + printed)


def series_title(name: str) -> str:
    """Return the title of a chart over time, with its unit."""
    return _("{series}, {unit} a quarter").format(series=_(SERIES[name].label), unit=_(SERIES[name].unit))


def moved(ds: xr.Dataset, question: Question, titles: dict[str, str], policy: str, height: int) -> str:
    """Return the map of where the flow moved under a policy, as a figure."""
    corridor = corridor_of(question.corridor)
    legs = legs_table(corridor, ds, policy, next(iter(titles)))
    title = _("Where people travel more or less: {package}, difference to the baseline, persons a year").format(
        package=titles[policy]
    )
    source = f"{_(ORIGIN)}. {_(attribution(corridor))}".removesuffix(" ").removesuffix(".")
    return figure(difference_map(corridor, legs, height), title, difference_words(legs), source)
