"""Model and plain-Mesa twin: the same mean outcomes, and the ratio of their speeds.

Independent runs of both on the tutorial corridor; Welch tests of all outcomes, with Holm's correction, at a family-wise
error rate of 1 %: if both are right, a disagreement is reported in one of a hundred runs of this benchmark. Run
``python -m benchmarks.mesa_twin``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy import stats

from benchmarks.report import publish, table
from benchmarks.twin import Twin
from corridor.model import Simulation
from corridor.model.mechanisms import MECHANISMS
from corridor.scenarios import load

SEEDS = 24
ERROR_RATE = 0.01
AGENTS = 16_000
LEFT_OUT = (
    "families",
    "schooling",
    "eligibility",
    "debt_bondage",
    "second_victimisation",
    "support_effect",
    "screening",
    "punishment_of_victims",
    "service_queue",
    "reintegration",
    "stocks",
    "control_ashore",
    "held_on_arrival",
    "readmission",
)
"""Mechanisms that the twin does not have; both run without them.

The last four are not at work in the tutorial: nobody lives abroad at its start, and nobody is stopped ashore, held or
sent back. Rules for them would be code that no comparison runs.
"""
PARAMETERS = {"departure_rate": 0.10}
"""Twice the agents and ten times the departures of the default, so that rare outcomes are common enough to compare."""
LARGE, LARGE_STEPS = (100_000, 300_000), 26
"""Populations whose first steps are timed, too."""
_TOTALS = {
    "departures": "departures",
    "attempts": "attempts",
    "arrivals": "arrivals",
    "interceptions": "interceptions",
    "rescues": "rescues",
    "deaths": "deaths_of",
    "victims": "victims_started",
    "person days exploited": "person_days_exploited",
    "smuggling revenue, USD": "smuggling_revenue_usd",
    "debt at arrival, USD": "debt_at_arrival_usd",
}
_STOCKS = ("settled", "returned")


def outcomes(dataset: xr.Dataset) -> dict[str, float]:
    """Return totals of a run, and who is settled and returned at its end, in persons unless named otherwise."""
    totals = {name: float(dataset[variable].sum()) for name, variable in _TOTALS.items()}
    end = dataset["stock"].isel(time=-1).sum(["sex", "age"])
    return totals | {state: float(end.sel(state=state)) for state in _STOCKS}


def compare(seeds: int = SEEDS, agents: int = AGENTS) -> tuple[pd.DataFrame, dict[str, float]]:
    """Run both and test their means.

    Parameters
    ----------
    seeds : int
        Runs of each; no seed is used by both.
    agents : int

    Returns
    -------
    pandas.DataFrame
        One row per outcome: means, difference and half-width of its 99 % interval as shares of the model's mean,
        p-value and p-value after Holm's correction.
    dict of str to float
        Migrant-steps per second of the fastest run of model and twin.
    """
    Simulation(load("tutorial"), agents=agents).step()  # loads compiled code
    model, model_speed = _run_all(Simulation, range(seeds), agents)
    twin, twin_speed = _run_all(Twin, range(10_000, 10_000 + seeds), agents)
    return _tests(model, twin), {"model": model_speed, "twin": twin_speed}


def _run_all(kind: type[Simulation | Twin], seeds: range, agents: int) -> tuple[pd.DataFrame, float]:
    """Return the outcomes of one run per seed, and migrant-steps per second of the fastest."""
    rows, speeds = [], []
    for seed in seeds:
        run = kind(load("tutorial"), seed=seed, agents=agents, parameters=PARAMETERS, without=LEFT_OUT)
        result = run.run()
        rows.append(outcomes(result))
        speeds.append(result.attrs["migrant_steps"] / run.seconds)
    return pd.DataFrame(rows), max(speeds)


def _tests(model: pd.DataFrame, twin: pd.DataFrame) -> pd.DataFrame:
    welch = stats.ttest_ind(twin, model, equal_var=False)
    interval = welch.confidence_interval(1 - ERROR_RATE)
    mean = model.mean()
    result = pd.DataFrame({"model": mean, "twin": twin.mean()})
    result["difference"] = result["twin"] / mean - 1
    result["half_width"] = (interval.high - interval.low) / 2 / mean
    result["p"] = welch.pvalue
    result["p_holm"] = holm(np.asarray(welch.pvalue))
    return result


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p-values after Holm's step-down correction, shape (n_tests,)."""
    order = np.argsort(p)
    stepped = np.minimum(np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1)), 1.0)
    corrected = np.empty_like(stepped)
    corrected[order] = stepped
    return corrected


def large_speeds(agents: int) -> dict[str, float]:
    """Return migrant-steps per second of model and twin in the first steps of a larger run, best of three."""
    kinds: tuple[tuple[str, type[Simulation | Twin]], ...] = ("model", Simulation), ("twin", Twin)
    return {name: max(_speed_of_start(kind, agents) for _ in range(3)) for name, kind in kinds}


def _speed_of_start(kind: type[Simulation | Twin], agents: int) -> float:
    run = kind(load("tutorial"), seed=1, agents=agents, parameters=PARAMETERS, without=LEFT_OUT)
    for _ in range(LARGE_STEPS):
        run.step()
    return agents * LARGE_STEPS / run.seconds


def main() -> None:
    """Compare means and speeds and publish both tables."""
    result, speeds = compare()
    rows = [
        [name, f"{r.model:,.0f}", f"{r.twin:,.0f}", f"{r.difference:+.1%}", f"{r.half_width:.1%}", f"{r.p:.3f}",
         f"{r.p_holm:.3f}", "DIFFERENT" if r.p_holm < ERROR_RATE else "same"]
        for name, r in result.iterrows()
    ]  # fmt: skip
    head = ["outcome", "model", "twin", "difference", "± at 99 %", "p (Welch)", "p (Holm)", "verdict at 1 %"]
    by_size = [(f"{AGENTS:,} agents, all steps", speeds)]
    by_size += [(f"{agents:,} agents, {LARGE_STEPS} steps", large_speeds(agents)) for agents in LARGE]
    fast = [[size, *(f"{v / 1e6:.2f}" for v in s.values()), f"{s['model'] / s['twin']:.0f}"] for size, s in by_size]
    left_out = "; ".join(f"{name} ({MECHANISMS[name].meaning})" for name in LEFT_OUT)
    text = (
        f"Tutorial corridor, {AGENTS:,} agents, departure_rate {PARAMETERS['departure_rate']}, {SEEDS} independent "
        "runs of each, one thread; totals over the run, and people settled and returned at its end. All tests together "
        f"report a difference between equals in {ERROR_RATE:.0%} of cases. The twin lacks some mechanisms, and so both "
        f"run without them: {left_out}."
    )
    speed_head = ["population", "model, million migrant-steps/s", "twin, million migrant-steps/s", "ratio"]
    publish("The plain-Mesa twin", f"{text}\n\n{table(head, rows)}\n\n{table(speed_head, fast)}")


if __name__ == "__main__":
    main()
