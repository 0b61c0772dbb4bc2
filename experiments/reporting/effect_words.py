"""Effects in words and figures, for tables of the shell, reports, pages and downloads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from corridor.experiments.analysis.intervals import FEWEST_OF_MEDIAN
from corridor.experiments.reporting.language import _, figure
from corridor.experiments.runs.tables import rounded

Row = Mapping[Any, Any]
"""A row of `analysis.differences.paired_differences`."""


def percent(share: float, signed: bool = True) -> str:
    """Return a share of the baseline in per cent, with few digits.

    Examples
    --------
    >>> percent(-0.1834), percent(0.0042), percent(0.0), percent(2.5), percent(float("nan"))
    ('−18 %', '+0.4 %', '0 %', '+250 %', '–')
    """
    return _("{number} %").format(number=hundredths(share, signed)) if math.isfinite(share) else "–"


def hundredths(share: float, signed: bool = True) -> str:
    """Return a share in hundredths, the number alone."""
    value = 100 * share
    digits = 1 if abs(value) < 9.95 else 0
    text = f"{value:{'+' if signed else ''}.{digits}f}".replace("-", "−")
    return figure("0" if float(f"{abs(value):.1f}") == 0 else text.removesuffix(".0"))


def change_words(value: float, unit: str) -> str:
    """Return a change of an outcome: per cent of the baseline, or percentage points of a share.

    Examples
    --------
    >>> change_words(-0.05, "persons"), change_words(-0.05, "share")
    ('−5 %', '−5 points')
    """
    if unit != "share" or not math.isfinite(value):
        return percent(value)
    return _("{number} points").format(number=hundredths(value))


def interval_words(row: Row) -> str:
    """Return the 90 % interval of a change."""
    if not math.isfinite(row["low"]):
        return _("no interval of fewer than {count} pairs of runs").format(count=FEWEST_OF_MEDIAN)
    low, high = (change_words(row[end], row["unit"]) for end in ("low", "high"))
    return _("{low} to {high}").format(low=low, high=high)


def agreement_words(row: Row) -> str:
    """Return the number of pairs of runs in which the outcome has the sign of the change.

    Examples
    --------
    >>> agreement_words({"change": -0.1, "fell": 19, "rose": 1, "pairs": 20})
    'lower in 19 of 20 runs'
    """
    if not row["fell"] and not row["rose"]:
        return _("the same in {count} of {pairs} runs").format(count=row["pairs"], pairs=row["pairs"])
    fell = row["fell"] > row["rose"] if row["fell"] != row["rose"] else row["change"] < 0
    words = _("lower in {count} of {pairs} runs") if fell else _("higher in {count} of {pairs} runs")
    return words.format(count=row["fell"] if fell else row["rose"], pairs=row["pairs"])


def effect_rows(part: pd.DataFrame, baseline: str) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of the table of one policy.

    Parameters
    ----------
    part : DataFrame
        Rows of `analysis.differences.paired_differences`.
    baseline : str
    """
    header = ["outcome", "unit", f"{baseline}, range of runs", "change", "90 % interval", "runs", "finding"]
    rows = [
        [
            row["label"],
            row["unit"],
            range_words(row["baseline_low"], row["baseline_high"], row["unit"]),
            change_words(row["change"], row["unit"]),
            interval_words(row),
            agreement_words(row),
            row["finding"],
        ]
        for row in part.to_dict("records")
    ]
    return header, rows


def two_digits(value: float) -> str:
    """Return a level in two significant digits; more would suggest false precision.

    Examples
    --------
    >>> two_digits(11_347), two_digits(2_345_678), two_digits(0.1234), two_digits(46)
    ('11,000', '2.3 million', '0.12', '46')
    """
    if not math.isfinite(value) or value == 0:
        return "0" if value == 0 else "–"
    places = 1 - math.floor(math.log10(abs(value)))
    value = round(value, places)
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if abs(value) >= size:
            return _of_size(f"{value / size:.2g}" if abs(value) < 100 * size else f"{value / size:,.0f}", word)
    return figure(f"{value:,.{max(0, places)}f}")


def three_digits(value: float, signed: bool = False) -> str:
    """Return a number as `rounded` does, in the present language."""
    return _of_size(*rounded(value, signed).partition(" ")[::2])


def _of_size(number: str, word: str) -> str:
    words = {
        "": "{number}",
        "million": _("{number} million"),
        "billion": _("{number} billion"),
        "trillion": _("{number} trillion"),
    }
    return words[word].format(number=figure(number))


def range_words(low: float, high: float, unit: str) -> str:
    """Return the range of a level over the runs."""
    if unit == "share":
        low, high = 100 * low, 100 * high
    ends = [two_digits(low), two_digits(high)]
    words = ends[0] if ends[0] == ends[1] else _("{low} to {high}").format(low=ends[0], high=ends[1])
    return _("{range} %").format(range=words) if unit == "share" else words
