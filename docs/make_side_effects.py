"""Draw ``docs/figures/side_effect_*.svg`` and write ``docs/side_effects.md``: effects of measures beyond their aim.

Run ``python -m docs.make_side_effects`` (a few minutes on one core). Each side effect is measured in the tutorial's toy
world, by runs that differ in one measure only, paired by seed. ``tests/model/test_side_effects.py`` holds the same
experiments against the direction that the literature finds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import stats

from corridor.experiments.reporting.figure import COLOURS
from corridor.model import Simulation
from corridor.model.corridor import Corridor
from corridor.model.levers import Operation
from corridor.model.parameters import Parameters
from corridor.model.policies import Policy, Setting
from corridor.scenarios import load

PAGE = Path(__file__).resolve().with_name("side_effects.md")
FIGURES = PAGE.with_name("figures")
SEEDS, AGENTS = 12, 16_000
BUSY = {"departure_rate": 0.05}
"""More people leave the toy world than by default, so that differences show in few runs."""
GATHMANN = 0.14
"""Elasticity of fees to patrols: ln 1.17 / ln 3 (Gathmann 2008)."""

Outcome = Callable[[xr.Dataset], float]


def total(name: str, *, route: str = "") -> Outcome:
    """Return the outcome that sums a variable over the run, on one route if given."""
    return lambda ds: float((ds[name].where(ds["leg_route"] == route) if route else ds[name]).sum())


def ratio(part: str, whole: str) -> Outcome:
    """Return the outcome that divides the sum of one variable by that of another."""
    return lambda ds: float(ds[part].sum()) / float(ds[whole].sum())


def mean(name: str) -> Outcome:
    """Return the outcome that averages a variable over time."""
    return lambda ds: float(ds[name].mean())


def share_irregular(ds: xr.Dataset) -> float:
    """Return the irregular among all arrivals."""
    irregular = float(ds["irregular_arrivals"].sum())
    return irregular / (irregular + float(ds["legal_arrivals"].sum()))


def care_at_sea(ds: xr.Dataset) -> float:
    """Return the care that organisations take of clients on the sea crossing, mean over time."""
    return float(ds["care"].sel(leg="port-north").mean())


def deaths_at_sea(ds: xr.Dataset) -> float:
    """Return deaths by 1,000 attempts on the sea crossing."""
    return 1000 * total("deaths", route="Sea")(ds) / total("attempts", route="Sea")(ds)


def crossing_fee(ds: xr.Dataset) -> float:
    """Return the mean fee asked on the sea crossing in the second half of the run, USD."""
    return float(ds["fee_usd"].sel(leg="port-north").isel(time=slice(ds.sizes["time"] // 2, None)).mean())


Results = Mapping[str, NDArray[np.float64]]
"""Outcomes by name, shape (n_levels, n_seeds)."""


@dataclass(frozen=True)
class SideEffect:
    """A measure at several sizes, and its side effects.

    Attributes
    ----------
    key, title : str
    measure : str
        What the horizontal axis shows.
    lever, operation, target : str
        What is changed.
    levels : tuple of float
        Values of the change, in the order drawn; the first is the reference.
    outcomes : mapping of str to Outcome
        By the label of their axis.
    changes : mapping of str to int
        1 for outcomes that rise from the first to the last level, -1 for those that fall.
    story : str
        What is known, and why the model shows it.
    together : str
        Label of one panel with all outcomes over those of the reference; blank: a panel for each.
    same : tuple of (lever, operation, value)
        Settings in all runs.
    parameters : mapping of str to float
        In all runs; a response switched off may lie outside the plausible range.
    remark : callable, optional
        Sums up results in a sentence.
    """

    key: str
    title: str
    measure: str
    lever: str
    operation: Operation
    target: str
    levels: tuple[float, ...]
    outcomes: Mapping[str, Outcome]
    changes: Mapping[str, int]
    story: str
    together: str = ""
    same: tuple[tuple[str, Operation, float], ...] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)
    remark: Callable[[SideEffect, Results], str] | None = None


def interval(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the mean over seeds and its 90 % interval (Student), given shape (n_seeds,)."""
    half = stats.t.ppf(0.95, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size)
    return float(values.mean()), float(values.mean() - half), float(values.mean() + half)


def diverted(effect: SideEffect, results: Results) -> str:
    """Say which share of the flow lost on the treated route went to others, at each level."""
    treated, *others = results.values()
    lost = treated[0] - treated[1:]
    gained = sum(other[1:] - other[0] for other in others)
    shares = [interval(gain / loss) for gain, loss in zip(gained, lost, strict=True)]
    words = ", ".join(
        f"{mean:.2f} [{low:.2f}, {high:.2f}] at {level:g} times"
        for level, (mean, low, high) in zip(effect.levels[1:], shares, strict=True)
    )
    return f"Share of the lost flow that was diverted to other routes: {words}."


def elasticity(effect: SideEffect, results: Results) -> str:
    """State the elasticity of fees to patrols, and that found by Gathmann."""
    fee = next(iter(results.values()))
    powers = [interval(np.log(fee[i] / fee[0]) / np.log(effect.levels[i])) for i in range(1, len(effect.levels))]
    words = ", ".join(
        f"{mean:.2f} [{low:.2f}, {high:.2f}] at {level:g} times"
        for level, (mean, low, high) in zip(effect.levels[1:], powers, strict=True)
    )
    return f"Elasticity of the fee to patrols: {words}; {GATHMANN} for tripled patrols in Gathmann (2008)."


EFFECTS = (
    SideEffect(
        "balloon",
        "Enforcement on one route moves people to others",
        "patrols of the port police, times",
        "patrol_units",
        "multiply",
        "port_police",
        (1.0, 2.0, 4.0, 8.0),
        {f"arrivals, {route}": total("arrivals", route=route) for route in ("Sea", "Land", "Air")},
        {"arrivals, Sea": -1, "arrivals, Land": 1},
        "Only the sea crossing is patrolled by this agency. No rule says where people go instead: communities hear of "
        "interceptions, and the recursive logit (ODD eq. 20 to 23) weighs all ways anew. Displacement is partial, as "
        "observed, where 0.35 [0.1-0.8] of the lost flow is found elsewhere within a year (Frontex 2025); "
        "in the toy world, whose other ways are dear, it is smaller.",
        together="arrivals over the reference",
        remark=diverted,
    ),
    SideEffect(
        "fees",
        "Enforcement raises fees and debt",
        "patrols of all agencies, times",
        "patrol_units",
        "multiply",
        "all",
        (1.0, 2.0, 3.0, 6.0),
        {
            "fee of the sea crossing (USD)": crossing_fee,
            "debt at arrival (USD a person)": ratio("debt_at_arrival_usd", "irregular_arrivals"),
        },
        {"fee of the sea crossing (USD)": 1, "debt at arrival (USD a person)": 1},
        "Organisations charge for failed tries (eq. 13), and craft that are lost have to be replaced; those who get "
        "through have tried more often, at higher fees. `fee_success_exponent` is set so that tripled patrols raise "
        "the fee of a passage by 17 to 20 %; what comes on top here is the market's own response.",
        remark=elasticity,
    ),
    SideEffect(
        "margins",
        "Thinner margins make organisations take less care",
        "people who might leave, times",
        "pool",
        "multiply",
        "all",
        (1.0, 0.6, 0.3, 0.1),
        {
            "margin of organisations": mean("margin"),
            "care of clients (0 to 1)": care_at_sea,
            "deaths per 1,000 attempts at sea": deaths_at_sea,
        },
        {
            "margin of organisations": -1,
            "care of clients (0 to 1)": -1,
        },
        "Fewer clients leave boats and crews idle; organisations save on craft and guides (care, eq. 13a). The loss of "
        "clients is the only thing that differs: patrols, rescue and seasons are the same. Care falls clearly; deaths "
        "per attempt do not rise clearly in these runs: their intervals overlap.",
    ),
    SideEffect(
        "rescue",
        "Rescue lowers deaths per attempt, and craft get worse",
        "rescue vessels at sea",
        "rescue_vessels",
        "set",
        "all",
        (0.0, 2.0, 5.0, 10.0),
        {
            "deaths per 1,000 attempts": lambda ds: 1000 * ratio("deaths", "attempts")(ds),
            "care of clients (0 to 1)": care_at_sea,
        },
        {"deaths per 1,000 attempts": -1, "care of clients (0 to 1)": -1},
        "Organisations take less care where rescue stands ready (Deiana et al. 2020; contested by Rodríguez Sánchez et "
        "al. 2023; `craft_substitution` is the switch). In these runs perceived danger is left out of people's choice "
        "(`death_utility` = 0), so that demand is the same.",
        parameters={"death_utility": 0.0},
    ),
    SideEffect(
        "pathways",
        "Closing legal pathways raises the irregular share",
        "legal places, times",
        "pathway_places",
        "multiply",
        "all",
        (2.0, 1.0, 0.5, 0.0),
        {
            "irregular share of arrivals": share_irregular,
            "smuggling revenue (million USD)": lambda ds: total("smuggling_revenue_usd")(ds) / 1e6,
        },
        {"irregular share of arrivals": 1, "smuggling revenue (million USD)": 1},
        "Those who find no legal place look for another way (eq. 25c to 27).",
    ),
    SideEffect(
        "testimony",
        "Assistance to victims raises convictions",
        "places in shelters",
        "shelter_places",
        "set",
        "all",
        (0.0, 50.0, 150.0, 400.0),
        {
            "victims assisted": total("assisted_started"),
            "convictions": total("convictions"),
        },
        {"victims assisted": 1, "convictions": 1},
        "Assisted victims may testify; testimony is evidence (eq. 50) and raises the odds of conviction (eq. 52). "
        "Investigators are ten times the toy world's in all runs, exploitation is three times as likely, and trained "
        "staff find most victims, so that there are arrests and testimony to count.",
        same=(
            ("investigators", "multiply", 10.0),
            ("identification", "multiply", 20.0),
            ("exploitation", "multiply", 3.0),
        ),
    ),
)


@cache
def world() -> Corridor:
    """Return the toy world."""
    return load("tutorial")


def run(
    effect: SideEffect,
    level: float,
    seed: int,
    parameters: Mapping[str, float] = MappingProxyType({}),
    agents: int = AGENTS,
    end: dt.date | None = None,
) -> xr.Dataset:
    """Run the toy world with a measure at one size, and perhaps with other values of parameters, or not to its end."""
    wanted = [(effect.lever, effect.operation, level, effect.target), *((*one, "all") for one in effect.same)]
    settings = [Setting(lever, (target,), how, value, None, None, 0.0) for lever, how, value, target in wanted]
    policy = Policy(effect.key, effect.title, effect.title, tuple(settings))
    values = {**world().parameter_values(), **BUSY, **effect.parameters, **parameters}
    return Simulation(
        world(), policy, seed=seed, agents=agents, end=end, parameters=Parameters(values, force=True)
    ).run()


def measure(effect: SideEffect, levels: tuple[float, ...], seeds: int) -> dict[str, NDArray[np.float64]]:
    """Return each outcome, shape (n_levels, n_seeds)."""
    results = {name: np.empty((len(levels), seeds)) for name in effect.outcomes}
    for row, level in enumerate(levels):
        for seed in range(seeds):
            ds = run(effect, level, seed)
            for name, outcome in effect.outcomes.items():
                results[name][row, seed] = outcome(ds)
    return results


# --- figures and page -------------------------------------------------------------------------------------------------


def draw(effect: SideEffect, results: Results) -> Path:
    """Draw the outcomes of a side effect against the size of the measure, with 90 % intervals."""
    panels = [list(results)] if effect.together else [[name] for name in results]
    figure = Figure(figsize=(3.6 * len(panels), 2.8), layout="constrained")
    for axes, names in zip(np.ravel(figure.subplots(1, len(panels))), panels, strict=True):
        for name, colour in zip(names, COLOURS, strict=False):
            values = results[name] / results[name][0] if effect.together else results[name]
            _line(axes, effect.levels, values, colour, name.split(", ")[-1] if effect.together else "")
        axes.set_xlabel(effect.measure)
        axes.set_ylabel(effect.together or names[0])
        axes.set_xticks(effect.levels)
        axes.spines[["top", "right"]].set_visible(False)
        if effect.together:
            axes.axhline(1.0, color="#999999", linewidth=0.8, zorder=0)
            axes.legend(frameon=False)
    path = FIGURES / f"side_effect_{effect.key}.svg"
    with mpl.rc_context({"svg.hashsalt": effect.key, "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None})
    return path


def _line(axes: Axes, levels: tuple[float, ...], values: NDArray[np.float64], colour: str, label: str) -> None:
    middle, low, high = np.array([interval(row) for row in values]).T
    axes.errorbar(levels, middle, [middle - low, high - middle], color=colour, marker="o", capsize=3, label=label)


def section(effect: SideEffect, results: Results) -> str:
    """Return the part of the page on one side effect."""
    lines = [f"## {effect.title}", "", effect.story, ""]
    lines += [f"| {effect.measure} | {' | '.join(results)} |", f"|{' --- |' * (1 + len(results))}"]
    for row, level in enumerate(effect.levels):
        cells = []
        for values in results.values():
            mean, low, high = interval(values[row])
            digits = max(0, 2 - int(np.floor(np.log10(abs(mean))))) if mean else 0
            cells.append(f"{mean:,.{digits}f} [{low:,.{digits}f}, {high:,.{digits}f}]")
        lines.append(f"| {level:g} | {' | '.join(cells)} |")
    if effect.remark is not None:
        lines += ["", effect.remark(effect, results)]
    lines += ["", f"![{effect.title}](figures/side_effect_{effect.key}.svg)", ""]
    return "\n".join(lines)


INTRODUCTION = f"""\
# Side effects

<!-- Written by docs/make_side_effects.py from runs; do not edit by hand. -->

The literature documents effects of measures beyond their aim. None is a rule in the model: they emerge from the
behaviour of people, organisations and agencies. This page measures them in the toy world of `scenarios/tutorial`, in
runs that differ in one measure only: {SEEDS} replicates paired by seed, {AGENTS:,} agents, two years,
`departure_rate` = {BUSY["departure_rate"]:g}. Values are means with 90 % intervals. The toy world's levels
are meaningless; directions of change are not.

    .venv/bin/python -m docs.make_side_effects     creates this page and its figures
    .venv/bin/python -m pytest tests/model/test_side_effects.py     tests the directions

"""


def main() -> None:
    """Measure, draw and write."""
    sections = []
    for effect in EFFECTS:
        results = measure(effect, effect.levels, SEEDS)
        draw(effect, results)
        sections.append(section(effect, results))
        print(sections[-1], flush=True)
    PAGE.write_text(INTRODUCTION + "\n".join(sections), encoding="utf-8")


if __name__ == "__main__":
    main()
