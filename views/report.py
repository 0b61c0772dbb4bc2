"""The report of a comparison: one HTML page that needs nothing else, to print, mail and archive."""

from __future__ import annotations

import io
from html import escape
from typing import Any

import pandas as pd
import xarray as xr

from corridor.experiments.analysis.economics import LABELS
from corridor.experiments.reporting.boundaries import ATTRIBUTION
from corridor.experiments.runs.tables import rounded
from corridor.experiments.runs.world import versions
from corridor.scenarios import read_future
from corridor.scenarios.validation import UNTESTED, validation
from corridor.views.amounts import package_words
from corridor.views.charts import quarterly_chart
from corridor.views.digest import SERIES
from corridor.views.evidence import standing_of_differences
from corridor.views.groups import groups_chart, groups_sentences, groups_table
from corridor.views.headline import headline_html
from corridor.views.maps import difference_map, legs_table
from corridor.views.package import corridor_of
from corridor.views.page import NO_FORECAST, TABLE_STYLE
from corridor.views.question import Question, persons_per_agent
from corridor.views.trust import trust
from corridor.views.value import EFFECTS, value_words

CHART_WIDTH = 760
SERIES_TOLD = ("deaths", "victims", "irregular_arrivals", "smuggling_revenue_usd", "cost_usd")
STYLE = f"""
body {{font: 16px/1.5 "Source Sans 3", "Source Sans Pro", Arial, sans-serif; color: #1b2530; max-width: 860px;
  margin: 2rem auto; padding: 0 1rem;}}
h1, h2, h3 {{line-height: 1.2;}} svg {{max-width: 100%; height: auto;}} figure {{margin: 1rem 0; padding: .6rem .8rem;
  border: 1px solid #d5dbe1; break-inside: avoid;}}
figcaption {{font-weight: 600; margin-bottom: .4rem;}} .notice {{background: #fff8db; padding: .8rem 1rem;}}
{TABLE_STYLE}
"""
RUN_OUT = "Intervals tell of chance within the model, and of fitted parameters where there are any; of nothing else."


def report_html(
    ds: xr.Dataset, table: pd.DataFrame, beside: pd.DataFrame, titles: dict[str, str], question: Question
) -> str:
    """Return the report.

    Parameters
    ----------
    ds : Dataset
        From `corridor.views.tasks.Task.dataset`.
    table : DataFrame
        From `corridor.experiments.studies.compare.paired_differences`.
    beside : DataFrame
        From `corridor.views.evidence.observed_table`.
    titles : dict of str to str
        Policy to the name that people read, the baseline first.
    question : Question
    """
    corridor = corridor_of(question.corridor)
    title = f"{corridor.title}, {question.first} to {question.last}"
    known = trust(question.corridor)
    sections = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="notice">{_bold(NO_FORECAST)}</p>',
        _setting(ds, question),
        "<h2>Difference to the baseline</h2>",
        headline_html(table, titles, known),
        f"<p>{RUN_OUT}</p>",
        "<h2>Over time</h2>",
        *(_figure(quarterly_chart(ds, name, titles), series_caption(name)) for name in SERIES_TOLD),
        *(_details(ds, titles, question) if ds.sizes["replicate"] > 1 else []),
        "<h2>What stands behind it</h2>",
        _list(
            [
                *dict.fromkeys(one.sentence for one in known.values()),
                f"Differences between packages: {standing_of_differences(question.corridor).sentence}",
            ]
        ),
        "<h3>What this corridor has earned the right to be used for</h3>",
        _list([claim.words for claim in validation(question.corridor)] or [UNTESTED]),
        f"<p><small>{escape(_colophon(question))}</small></p>",
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body>{''.join(sections)}</body></html>"
    )


def series_caption(name: str) -> str:
    """Title of a chart over time, with its unit."""
    return f"{SERIES[name].label}, {SERIES[name].unit} a quarter"


def _setting(ds: xr.Dataset, question: Question) -> str:
    """Describe the comparison."""
    rows = [
        f"{ds.sizes['replicate']} paired runs of each package; one simulated migrant stands for "
        f"{rounded(persons_per_agent(question.corridor, question.size))} people.",
        *(f"Shock in all runs: {shock.words}." for shock in question.shocks),
    ]
    if question.future:
        rows.append(f"After the data: {read_future(question.future).description}")
    packages = []
    for package, title in zip(question.packages, list(question.titles.values())[1:], strict=True):
        words = f"<h3>{escape(title)}</h3><p>{escape(package.file.description)}</p>"
        packages.append(words + _list(package_words(package)))
    return f"<h2>What was compared</h2>{_list(rows)}{''.join(packages)}"


def _details(ds: xr.Dataset, titles: dict[str, str], question: Question) -> list[str]:
    """Tell where the flow moved, what the packages buy and for whom."""
    corridor = corridor_of(question.corridor)
    baseline, *packages = titles
    legs = {name: legs_table(corridor, ds, name, baseline) for name in packages}
    widest = max(table["difference"].abs().max() for table in legs.values())
    maps = [
        _figure(
            difference_map(corridor, legs[name], 420, widest),
            f"{titles[name]}. The widest line is {rounded(widest)} passages a year more or fewer. {ATTRIBUTION}",
        )
        for name in packages
    ]
    value = [f"{titles[name]}: {value_words(ds, name, effect)}." for effect in EFFECTS for name in packages]
    people = groups_table(ds, "people", "deaths", corridor)
    sentences = [_bold(sentence) for sentence in groups_sentences(people, titles)]
    return [
        "<h2>Where the flow moved</h2>",
        *maps,
        "<h2>What it buys</h2>",
        _list(value),
        f"<h2>Who gains, who loses: {LABELS['deaths']} by sex and age</h2>",
        "<ul>" + "".join(f"<li>{sentence}</li>" for sentence in sentences) + "</ul>",
        _figure(groups_chart(people, titles), "Difference to the baseline, persons, with 90 % intervals."),
    ]


def _figure(chart: Any, caption: str) -> str:
    """Return a chart as a drawing below its caption: one that stood below would be read as the next chart's title."""
    buffer = io.StringIO()
    chart.properties(width=CHART_WIDTH).save(buffer, format="svg")
    return f"<figure><figcaption>{escape(caption)}</figcaption>{buffer.getvalue()}</figure>"


def _list(sentences: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences) + "</ul>"


def _bold(text: str) -> str:
    """Return text with the words between double asterisks in bold."""
    parts = escape(text).split("**")
    return "".join(f"<b>{part}</b>" if number % 2 else part for number, part in enumerate(parts))


def _colophon(question: Question) -> str:
    known = ", ".join(f"{name} {version}" for name, version in versions().items())
    address = "&".join(f"{name}={value}" for name, value in question.address().items())
    return f"Made with Corridor; not a forecast. Versions: {known}. Setting: {address}"
