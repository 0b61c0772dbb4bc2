"""Tables of displacement runs, forecasts and validations as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from corridor.displacement.engine.case import Finding

_MOST_FINDINGS = 12


def run_text(figures: Mapping[str, Any]) -> str:
    """Return the summary of one run."""
    lines = [
        f"{figures['title']}, {figures['start']} to {figures['end']}: {figures['people']:,} people, "
        f"{figures['person_days']:,} person-days in {figures['seconds']:.1f} s (rule: {figures['rule']})",
        f"ARD {figures['ard']:.3f} (rescaled {figures['ard_rescaled']:.3f}, pooled {figures['pooled']:.3f})"
        f"; null models: {_nulls(figures['null'])}",
        "",
        f"{'camp at the end':24}{'simulated':>12}{'observed':>12}",
    ]
    for camp, (simulated, observed) in figures["camps"].items():
        lines.append(f"{camp:24}{simulated:>12,}{observed:>12,}")
    lines.append(f"{'elsewhere':24}{figures['outside']:>12,}")
    return "\n".join([*lines, "", figures["note"]])


def forecast_text(figures: Mapping[str, Any]) -> str:
    """Return the summary of a forecast."""
    return (
        f"Known to day {figures['known_days']}; {figures['given']}.\n"
        f"ARD of the median after it {figures['ard']:.3f}; of the shares of that day kept "
        f"{figures['ard_persistence']:.3f}.\n"
        f"The 90 % interval covers {100 * figures['coverage']:.0f} % of what was observed; that of the "
        f"{figures['replicates']} runs alone, without the model's error on other conflicts, "
        f"{100 * figures['coverage_of_runs']:.0f} %."
    )


def findings_text(findings: Sequence[Finding]) -> str:
    """List the reader's findings, one a line; many of one file are counted."""
    if not findings:
        return "The files have no departures from their format."
    shown = [
        f"  {f.file}{f', line {f.line}' if f.line else ''}: {f.rule}: {f.action}" for f in findings[:_MOST_FINDINGS]
    ]
    left = Counter(f.file for f in findings[_MOST_FINDINGS:])
    shown += [f"  {file}: {count} more" for file, count in left.items()]
    return "\n".join(["Found in the files:", *shown])


def validation_text(result: Mapping[str, Any]) -> str:
    """Return the table of a validation."""
    names = list(result["cases"][0]["null"])
    has_fit = "ard_in_sample" in result["cases"][0]
    columns = ["ard", *(["ard_in_sample", "ard_without_capacity"] if has_fit else []), "flee_reference"]
    titles = {
        "ard": "ARD",
        "ard_in_sample": "in sample",
        "ard_without_capacity": "no capacity",
        "flee_reference": "Flee",
    }
    head = f"{'case':18}" + "".join(f"{titles[name]:>13}" for name in columns) + "".join(f"{n:>14}" for n in names)
    lines = [head + f"{'people':>12}{'seconds':>9}"]
    for one in result["cases"]:
        cells = "".join(f"{_number(one[name]):>13}" for name in columns)
        nulls = "".join(f"{one['null'][name]:>14.3f}" for name in names)
        lines.append(f"{one['case']:18}{cells}{nulls}{one['people']:>12,}{one['seconds']:>9.1f}")
    lines.append("")
    if result["mean_ratio_to_flee"] is not None:
        lines.append(f"mean of ARD over Flee's better preset: {result['mean_ratio_to_flee']:.3f}")
    best = result["best_null"]
    lines.append(f"mean ARD {result['mean_ard']:.3f}; of the best null model ({best['name']}) {best['mean_ard']:.3f}")
    if has_fit:
        lines.append("ARD: with values fitted without the case, where it is one of the fitted ones.")
    return "\n".join([*lines, f"Note: {result['note']}."])


def _nulls(nulls: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in nulls.items())


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
