"""Tables of displacement runs, forecasts and validations as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from corridor.displacement.engine.case import Finding

_MOST_SHOWN = 4


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
    text = (
        f"Known to day {figures['known_days']}; {figures['given']}.\n"
        f"ARD of the median after it {figures['ard']:.3f}; of the shares of that day kept "
        f"{figures['ard_persistence']:.3f}.\n"
        f"The 90 % interval covers {100 * figures['coverage']:.0f} % of what was observed; that of the "
        f"{figures['replicates']} runs alone, without the model's error on other conflicts, "
        f"{100 * figures['coverage_of_runs']:.0f} %."
    )
    if figures["total_from"] == "observed":
        return text
    return (
        f"{text}\nMean error of the total: {100 * figures['total_error']:.0f} %; of the last value kept "
        f"{100 * figures['total_error_last']:.0f} %, of a damped trend {100 * figures['total_error_damped']:.0f} %; "
        f"its 90 % interval covers {100 * figures['total_coverage']:.0f} % of days."
    )


def findings_text(findings: Sequence[Finding]) -> str:
    """List the reader's findings, one line per kind."""
    if not findings:
        return "The files have no departures from their format."
    kinds: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault((finding.file, finding.rule, finding.action), []).append(finding)
    return "\n".join(["Found in the files:", *(f"  {_kind_text(each)}" for each in kinds.values())])


def _kind_text(findings: list[Finding]) -> str:
    """Return the line on findings of one kind, with their first examples."""
    first = findings[0]
    where = f"{first.file}, line {first.line}" if first.line else first.file
    about = [finding.about for finding in findings if finding.about]
    shown = "; ".join(about[:_MOST_SHOWN]) + ("; ..." if len(about) > _MOST_SHOWN else "")
    times = f" ({len(findings)} times)" if len(findings) > 1 else ""
    return f"{where}: {first.rule}{times}{f', {shown}' if shown else ''}: {first.action}"


def validation_text(result: Mapping[str, Any]) -> str:
    """Return the table of a validation."""
    names = list(result["cases"][0]["null"])
    has_fit = "ard_in_sample" in result["cases"][0]
    columns = ["ard", *(["ard_in_sample", "ard_without_capacity"] if has_fit else []), "flee", "flee_3_1"]
    titles = {
        "ard": "ARD", "ard_in_sample": "in sample", "ard_without_capacity": "no capacity", "flee": "Flee",
        "flee_3_1": "Flee 3.1",
    }  # fmt: skip
    head = f"{'case':18}" + "".join(f"{titles[name]:>13}" for name in columns) + "".join(f"{n:>14}" for n in names)
    lines = [head + f"{'people':>12}{'seconds':>9}"]
    for one in result["cases"]:
        cells = "".join(f"{_number(one[name]):>13}" for name in columns)
        nulls = "".join(f"{one['null'][name]:>14.3f}" for name in names)
        lines.append(f"{one['case']:18}{cells}{nulls}{one['people']:>12,}{one['seconds']:>9.1f}")
    lines += [f"{one['case']}: not scored. {one['why']}" for one in result["unreadable"]]
    lines.append("")
    for key, what in (("mean_ratio_to_flee", "Flee's better preset"), ("mean_ratio_to_flee_3_1", "Flee 3.1")):
        if result[key] is not None:
            lines.append(f"mean of ARD over that of {what}: {result[key]:.3f}")
    lines.append(f"mean ARD {result['mean_ard']:.3f}; of null models: {_nulls(result['mean_null'])}")
    if result["worse_than_best_null"]:
        lines.append(f"worse than the best null model by more than 0.05: {', '.join(result['worse_than_best_null'])}")
    if has_fit:
        lines.append("ARD: with values fitted without the case's conflict. In means, conflicts count alike.")
    return "\n".join([*lines, f"Note: {result['note']}."])


def _nulls(nulls: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in nulls.items())


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
