"""The report of a comparison: one HTML page that needs nothing else, to print, mail and archive."""

from __future__ import annotations

import datetime as dt
from html import escape

import pandas as pd
import xarray as xr

from corridor.experiments.analysis.economics import LABELS
from corridor.experiments.runs.tables import rounded
from corridor.scenarios import read_future
from corridor.scenarios.validation import UNTESTED, validation
from corridor.views.amounts import package_words
from corridor.views.brief import moved, series_title
from corridor.views.charts import quarterly_chart, series_words
from corridor.views.evidence import evidence_on_differences
from corridor.views.groups import groups_chart, groups_sentences, groups_table
from corridor.views.headline import headline_html
from corridor.views.package import corridor_of
from corridor.views.page import NO_FORECAST
from corridor.views.printed import bold, colophon, document, figure, listed
from corridor.views.question import Question, persons_per_agent
from corridor.views.trust import trust
from corridor.views.value import EFFECTS, value_words

SERIES_TOLD = ("deaths", "victims", "irregular_arrivals", "smuggling_revenue_usd", "cost_usd")
MAP_HEIGHT = 420
RUN_OUT = "Intervals tell of chance within the model, and of fitted parameters where there are any; of nothing else."


def report_html(
    ds: xr.Dataset,
    table: pd.DataFrame,
    beside: pd.DataFrame,
    titles: dict[str, str],
    question: Question,
    page: str,
    today: dt.date,
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
    page : str
        Address of the app's page.
    today : date
    """
    corridor = corridor_of(question.corridor)
    title = f"{corridor.title}, {question.first} to {question.last}"
    known = trust(question.corridor)
    sections = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="notice">{bold(NO_FORECAST)}</p>',
        _setting(ds, question),
        "<h2>Difference to the baseline</h2>",
        headline_html(table, titles, known),
        f"<p>{RUN_OUT}</p>",
        "<h2>Over time</h2>",
        *(
            figure(quarterly_chart(ds, name, titles), series_title(name), series_words(ds, name, titles))
            for name in SERIES_TOLD
        ),
        *(_details(ds, titles, question) if ds.sizes["replicate"] > 1 else []),
        "<h2>What stands behind it</h2>",
        listed(
            [
                *dict.fromkeys(one.sentence for one in known.values()),
                f"Differences between packages: {evidence_on_differences(question.corridor).sentence}",
            ]
        ),
        "<h3>What this corridor is validated for</h3>",
        listed([claim.words for claim in validation(question.corridor)] or [UNTESTED]),
        colophon(question, page, today),
    ]
    return document(title, sections)


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
        packages.append(words + listed(package_words(package, question.period)))
    return f"<h2>What was compared</h2>{listed(rows)}{''.join(packages)}"


def _details(ds: xr.Dataset, titles: dict[str, str], question: Question) -> list[str]:
    """Report where the flow moved, the packages' cost-effectiveness, and the groups affected."""
    maps = [moved(ds, question, titles, name, MAP_HEIGHT) for name in list(titles)[1:]]
    value = [f"{titles[name]}: {value_words(ds, name, effect)}." for effect in EFFECTS for name in list(titles)[1:]]
    people = groups_table(ds, "people", "deaths", corridor_of(question.corridor))
    sentences = groups_sentences(people, titles)
    return [
        "<h2>Where the flow moved</h2>",
        *maps,
        "<h2>What it buys</h2>",
        listed(value),
        f"<h2>Who gains, who loses: {LABELS['deaths']} by sex and age</h2>",
        listed(sentences),
        figure(
            groups_chart(people, titles),
            f"{LABELS['deaths'].capitalize()} by sex and age: difference to the baseline, persons, with 90 % intervals",
            " ".join(sentences).replace("**", ""),
        ),
    ]
