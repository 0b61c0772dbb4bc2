"""Texts of the shell on studies: status, cost-effectiveness, groups, sensitivity, robustness."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from corridor.experiments.analysis.economics import LABELS
from corridor.experiments.analysis.groups import TOO_FEW
from corridor.experiments.analysis.robust import Robustness
from corridor.experiments.analysis.sensitivity import INDEX, Method
from corridor.experiments.runs.tables import layout, rounded
from corridor.experiments.studies.ensemble import Finished, Progress, StudyStatus

LONGEST_LIST = 10
READINGS = {
    "costs": "",
    "saves": "averts and saves money",
    "harms": "fewer averted than none",
    "unclear": "no ratio: the runs do not tell whether any are averted",
    "no interval": "no ratio: one pair has no interval",
}


def duration(seconds: float) -> str:
    """Return a duration in words.

    Examples
    --------
    >>> duration(42.4), duration(125), duration(7300), duration(float("nan"))
    ('42 s', '2 min 5 s', '2 h 2 min', 'unknown')
    """
    if not math.isfinite(seconds):
        return "unknown"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def progress_text(progress: Progress) -> str:
    """Return one line on the progress of an ensemble."""
    failed = f", {progress.failed} failed" if progress.failed else ""
    text = f"{progress.finished:,} of {progress.whole:,} runs finished{failed}"
    if math.isfinite(progress.per_second):
        text += f"; {progress.per_second * 60:.3g} runs a minute, {duration(progress.seconds_left)} left"
    return text


def finished_text(result: Finished) -> str:
    """Summarise a finished ensemble."""
    rate = f" ({result.computed / result.seconds * 60:.3g} a minute)" if result.computed else ""
    text = (
        f"{result.computed:,} runs computed in {duration(result.seconds)}{rate}, {result.reused:,} were there, "
        f"{result.failed:,} failed."
    )
    if result.failed:
        text += f"\n`corridor status {result.store.url}` tells why; the same command tries them again."
    return text


def status_text(url: str, status: StudyStatus) -> str:
    """Report the progress of a study, its failures and its damaged runs."""
    totals = status.totals
    whole = sum(totals.values())
    lines = [
        f"{status.title}\n{status.question}",
        f"{totals['finished']:,} of {whole:,} runs finished, {totals['failed']:,} failed, "
        f"{totals['missing']:,} missing.",
    ]
    if math.isfinite(status.seconds_per_run):
        lines[-1] += f" A run takes {status.seconds_per_run:.3g} s."
    if totals["missing"] and math.isfinite(status.per_second):
        lines[-1] += f" At the rate of the last runs {duration(status.seconds_left)} are left."
    counts = status.counts
    lines.append(layout(list(counts.columns), counts.astype(str).to_numpy().tolist(), words=(0, 1, 2)))
    if status.damaged:
        lines.append(f"Damaged and computed again by the next run of the same command: {_listed(status.damaged)}.")
    if len(status.failures):
        kinds = status.failures.groupby("error", sort=False)
        rows = [[str(error), str(len(part)), _listed(list(part.index))] for error, part in kinds]
        lines.append("What went wrong\n" + layout(["error", "runs", "run"], rows, words=(0, 2)))
    return "\n\n".join(lines)


def _listed(numbers: list[int]) -> str:
    shown = ", ".join(str(n) for n in numbers[:LONGEST_LIST])
    return shown if len(numbers) <= LONGEST_LIST else f"{shown} and {len(numbers) - LONGEST_LIST} more"


def interval(low: float, high: float, signed: bool = False) -> str:
    """Return an interval as text; a dash if there is none."""
    return f"{rounded(low, signed)} to {rounded(high, signed)}" if math.isfinite(low) and math.isfinite(high) else "–"


def cost_rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table from `economics.cost_effectiveness`."""
    header = ["policy", "per", "averted", "90 %", "cost (USD)", "90 %", "USD per one averted", "90 %", "reading"]
    rows = [
        [
            row["policy"],
            row["per"],
            rounded(row["averted"]),
            interval(row["averted_low"], row["averted_high"]),
            rounded(row["cost_usd"]),
            interval(row["cost_low"], row["cost_high"]),
            rounded(row["usd_per_averted"]),
            interval(row["low"], row["high"]),
            READINGS[row["reading"]],
        ]
        for row in table.to_dict("records")
    ]
    return header, rows


def pareto_rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table from `economics.pareto`."""
    outcomes = [name for name in table.columns if name in LABELS]
    header = ["policy", *(LABELS[name] for name in outcomes), "on the front", "in pairs", "beaten by"]
    rows = [
        [
            row["policy"],
            *(rounded(row[name]) for name in outcomes),
            "yes" if row["on_front"] else "no",
            f"{row['share_on_front']:.0%}",
            row["beaten_by"] or "–",
        ]
        for row in table.to_dict("records")
    ]
    return header, rows


def group_rows(table: pd.DataFrame, everything: bool = False) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table from `groups.winners_and_losers`: clear effects, or all on request."""
    shown = table if everything else table[~table["verdict"].isin(["unclear", "same", TOO_FEW])]
    header = ["policy", "by", "group", "outcome", "baseline", "difference", "90 %", "verdict"]
    rows = [
        [
            row["policy"],
            row["by"],
            row["group"],
            row["outcome"],
            rounded(row["baseline"]),
            rounded(row["difference"], signed=True),
            interval(row["low"], row["high"], signed=True),
            row["verdict"],
        ]
        for row in shown.to_dict("records")
    ]
    return header, rows


def economics_text(cost: pd.DataFrame, front: pd.DataFrame, groups: pd.DataFrame) -> str:
    """Return cost-effectiveness, the Pareto front, and effects by group."""
    parts = [
        "Cost per person averted: ratio of means with Fieller's 90 % interval; none where the runs do not tell\n"
        "whether any are averted.\n" + layout(*cost_rows(cost), words=(0, 1, 8)),
        "Pareto front: packages that no other matches on every count and beats on one.\n"
        + layout(*pareto_rows(front), words=(0, 4, 6) if len(front.columns) == 7 else (0,)),
    ]
    header, rows = group_rows(groups)
    if rows:
        parts.append(
            f"Who wins and loses: {len(rows)} clear changes of {len(groups)} looked at (intervals hold together within "
            "an outcome and a kind of group).\n" + layout(header, rows, words=(0, 1, 2, 3, 7))
        )
    return "\n\n".join(parts)


def sensitivity_text(table: pd.DataFrame, method: Method, outcomes: list[str], most: int = 12) -> str:
    """Return the ranking of factors for each outcome."""
    index, meaning = INDEX[method]
    parts = [f"Factors by {index}: {meaning}; ±: half of the 90 % bootstrap interval."]
    header = ["factor", *(("mu*", "sigma") if method == "morris" else ("total ST", "first-order S1"))]
    for name in outcomes:
        part = table[table["outcome"] == name]
        if part.empty:
            parts.append(f"{LABELS.get(name, name)}: does not vary, or too few runs are finished.")
            continue
        rows = [[row["factor"], *_cells(row, method)] for _, row in part.head(most).iterrows()]
        parts.append(f"{LABELS[name]} ({part['used'].iloc[0]} blocks of samples)\n{layout(header, rows)}")
    return "\n\n".join(parts)


def regret_rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table from `robust.regret`."""
    header = ["outcome", "policy", "mean regret", "90th percentile", "largest", "best in"]
    rows = [
        [
            LABELS[row["outcome"]],
            row["policy"],
            rounded(row["mean"]),
            rounded(row["p90"]),
            rounded(row["largest"]),
            f"{row['best_share']:.0%}",
        ]
        for row in table.to_dict("records")
    ]
    return header, rows


def satisficing_rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table from `robust.satisficing`."""
    header = ["policy", "holds in", "of futures", "share", "90 %"]
    rows = [
        [
            row["policy"],
            str(row["held"]),
            str(row["futures"]),
            f"{row['share']:.0%}",
            f"{row['low']:.0%} to {row['high']:.0%}",
        ]
        for row in table.to_dict("records")
    ]
    return header, rows


def criteria_text(thresholds: dict[str, float]) -> str:
    """Return thresholds in words."""
    words = []
    for name, share in thresholds.items():
        if share == 0:
            words.append(f"{LABELS[name]} no higher than the baseline's")
        else:
            words.append(
                f"{LABELS[name]} at least {-share:.0%} lower"
                if share < 0
                else f"{LABELS[name]} at most {share:.0%} higher"
            )
    return " and ".join(words)


def robust_text(found: Robustness) -> str:
    """Return regret, satisficing and scenario discovery."""
    return "\n\n".join(
        [
            "Regret: how far a package falls behind the best one of each future (in the outcome's unit). It is of the\n"
            "runs of that future: with few of them luck decides which is best.\n"
            + layout(*regret_rows(found.regret), words=(0, 1)),
            f"Holds where, in the same future: {criteria_text(found.thresholds)}.\n"
            + layout(*satisficing_rows(found.satisficing)),
            "In which futures does it fail?\n" + "\n".join(item.words() for item in found.discoveries),
        ]
    )


def _cells(row: pd.Series[Any], method: Method) -> list[str]:
    """Return a row's two indices as text, each with value and half width."""
    names = ("mu_star", "sigma") if method == "morris" else ("ST", "S1")
    texts = []
    for name in names:
        half = f" ± {rounded(row[f'{name}_conf'])}" if f"{name}_conf" in row else ""
        texts.append(f"{rounded(row[name])}{half}")
    return texts
