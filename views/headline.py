"""The table of all outcomes: change against the baseline in per cent, how many runs agree, and a finding in words."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from corridor.experiments.analysis.metrics import METRICS, Metric
from corridor.experiments.reporting.effect_words import agreement_words, change_words, interval_words, range_words
from corridor.experiments.reporting.language import _
from corridor.views.trust import Trust

HARMS = ("deaths", "deaths_per_1000_attempts", "victims", "episodes", "person_days_exploited", "detention_days")
"""Outcomes of which less is better for everyone; all others are reported without a judgement."""
SIGNS = {"lower": "↓", "higher": "↑", "hardly any change": "=", "unclear": "?"}


def headline_html(
    table: pd.DataFrame,
    titles: Mapping[str, str],
    trust: Mapping[str, Trust] | None = None,
    recorded: Mapping[str, str] | None = None,
    metrics: tuple[Metric, ...] = METRICS,
) -> str:
    """Return the table as HTML that folds into blocks on a narrow screen.

    Parameters
    ----------
    table : DataFrame
        From `corridor.experiments.analysis.differences.paired_differences`.
    titles : mapping of str to str
        Policy to the name that people read, the baseline first.
    trust : mapping of str to Trust, optional
        Metric to what its tests allow to claim. None leaves the question out, for worlds that nothing can test.
    recorded : mapping of str to str, optional
        Metric to what was recorded in the period, in words.
    metrics : tuple of Metric
        Rows, as far as the table has them.
    """
    baseline, *packages = titles
    known = recorded or {}
    cells = {(row["policy"], row["metric"]): row for row in table.to_dict("records")}
    heads = "".join(f'<th scope="col">{escape(title)}</th>' for title in (_("Outcome"), *titles.values()))
    rows = []
    for metric in metrics:
        if (baseline, metric.name) not in cells:
            continue
        first = cells[baseline, metric.name]
        meaning = _("{meaning} ({unit})").format(meaning=_(metric.meaning), unit=_(metric.unit))
        label = f"{escape(_capital(_(metric.label)))}<small>{escape(meaning)}</small>"
        if trust is not None:
            label += f'<small class="standing">{escape(trust[metric.name].word)}</small>'
        beside = (
            f"<small>{_('recorded: {number}').format(number=escape(known[metric.name]))}</small>"
            if metric.name in known
            else ""
        )
        level = range_words(first["baseline_low"], first["baseline_high"], metric.unit)
        value = f'<td class="level" data-label="{escape(titles[baseline])}">{level}{beside}</td>'
        others = "".join(_cell(cells[name, metric.name], titles[name]) for name in packages)
        rows.append(f'<tr><th scope="row">{label}</th>{value}{others}</tr>')
    n = int(table["pairs"].max())
    caption = _(
        "Sums over the whole period, {count} paired runs: median change, 90 % interval, runs that agree. Grey: range "
        "of the runs."
    ).format(count=n)
    return (
        f'<table class="headline"><caption>{caption}</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def tone(metric: str, finding: str) -> str:
    """Return the class of a finding: better and worse for harms alone, without a judgement for all else."""
    if finding not in ("lower", "higher"):
        return "unclear"
    return finding if metric not in HARMS else "better" if finding == "lower" else "worse"


def _cell(row: Mapping[Any, Any], title: str) -> str:
    finding = str(row["finding"])
    sign = f"{SIGNS[finding]} " if finding in SIGNS else ""
    word = f'<span class="word {tone(row["metric"], finding)}">{sign}{_(finding)}</span>'
    change = change_words(row["change"], row["unit"])
    detail = f"<small>{interval_words(row)}{_('; ')}{agreement_words(row)}</small>"
    return f'<td data-label="{escape(title)}"><b>{change}</b> {word}{detail}</td>'


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
