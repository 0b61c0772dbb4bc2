"""The headline table: every outcome beside the baseline, in figures people can read and in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from corridor.experiments.analysis.intervals import FEWEST, interval_words
from corridor.experiments.analysis.metrics import METRICS
from corridor.experiments.runs.tables import rounded
from corridor.views.evidence import UNCHECKED, Standing

SIGNS = {"better": "✓", "worse": "✗", "unclear": "?", "higher": "↑", "lower": "↓", "same": "="}
WORDS = {
    "better": "the interval lies wholly on the side that is better for the people concerned or the public purse",
    "worse": "the interval lies wholly on the other side",
    "higher, lower": "the interval leaves out zero, but the outcome is not better or worse in itself",
    "unclear": "the interval holds zero: the runs cannot tell whether there is a difference",
    "same": "no pair of runs differs; what is rarer than one in all of them may still",
}


def headline_html(
    table: pd.DataFrame, titles: Mapping[str, str], standing: Mapping[str, Standing] | None = None
) -> str:
    """Return the table as HTML that folds into blocks on a narrow screen.

    Parameters
    ----------
    table : DataFrame
        From `corridor.experiments.studies.compare.paired_differences`.
    titles : mapping of str to str
        Policy to the name that people read, the baseline first.
    standing : mapping of str to Standing, optional
        What each outcome has been held against; outcomes that are not in it have been held against nothing. None
        leaves the question out, for worlds that nothing can be held against.
    """
    baseline, *packages = titles
    cells = {(row["policy"], row["metric"]): row for row in table.to_dict("records")}
    heads = "".join(f'<th scope="col">{escape(title)}</th>' for title in ("Outcome", *titles.values()))
    rows = []
    for metric in METRICS:
        first = cells[baseline, metric.name]
        label = f"{escape(_capital(metric.label))}<small>{escape(metric.meaning)} ({escape(metric.unit)})</small>"
        if standing is not None:
            known = standing.get(metric.name, UNCHECKED)
            label += f'<small class="standing" title="{escape(known.sentence)}">{escape(known.word)}</small>'
        value = f'<td data-label="{escape(titles[baseline])}"><b>{_figure(first["baseline"], metric.unit)}</b></td>'
        others = "".join(_cell(cells[name, metric.name], titles[name], metric.unit) for name in packages)
        rows.append(f'<tr><th scope="row">{label}</th>{value}{others}</tr>')
    n = int(table["replicates"].max())
    what = f"means of {n} paired runs. Small print: 90 % interval" if n >= FEWEST else f"first pairs of runs ({n})"
    caption = f"Sums over the whole period, {what}."
    body = "".join(rows)
    return (
        f'<table class="headline"><caption>{caption}</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _cell(row: Mapping[Any, Any], title: str, unit: str) -> str:
    verdict = str(row["verdict"])
    change = _change(row["difference"], row["baseline"], unit)
    if not math.isfinite(row["low"]):
        word = f"<small>fewer than {FEWEST} pairs of runs, no interval yet</small>"
    else:
        interval = interval_words(_figure(row["low"], unit, True), _figure(row["high"], unit, True), verdict)
        word = f'<span class="word {verdict}">{SIGNS[verdict]} {verdict}</span><small>{interval}</small>'
    return f'<td data-label="{escape(title)}"><b>{change}</b> {word}</td>'


def _change(difference: float, baseline: float, unit: str) -> str:
    """Return a difference, and how much of the baseline it is."""
    text = _figure(difference, unit, True)
    if unit == "share" or not baseline or not math.isfinite(difference):
        return text
    share = 100 * difference / abs(baseline)
    return f"{text} ({f'{share:+.0f} %' if abs(share) >= 1 else 'under 1 %'})".replace("-", "−")


def _figure(value: float, unit: str, signed: bool = False) -> str:
    """Return a figure with its sign as typeset; shares in per cent."""
    if not math.isfinite(value):
        return "–"
    if unit == "share":
        return f"{100 * value:{'+' if signed else ''}.1f} {'points' if signed else '%'}".replace("-", "−")
    return rounded(value, signed).replace("-", "−")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
