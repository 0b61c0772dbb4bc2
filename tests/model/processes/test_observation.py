"""What planners see beside what was. Seeds are fixed, runs paired or counts exact, unless an error rate is named."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from corridor.model.levers import Change
from corridor.model.policies import RULE_INDICATORS, AdaptiveRule, Measure, Policy
from corridor.model.processes.observation import OBSERVED_INDICATORS, OF_RULE
from corridor.model.rows import HistoricalEvent
from corridor.model.simulation import Simulation
from corridor.scenarios import load
from corridor.scenarios.catalogue import make_policy
from tests.worlds import (
    CALM,
    LIVELY,
    START,
    corridor,
    leg,
    parameters,
    place,
    policy,
    sea_world,
    setting,
    total,
)  # fmt: skip

NO_DELAY = {f"{name}_delay": 0.0 for name in OBSERVED_INDICATORS}
COMPLETE = {f"{name}_recorded": 1.0 for name in ("victims", "claims", "returns")}
SEA = {"detection_rate": 1.0, "death_recording_rate": 1.0}


def run(**values: float) -> xr.Dataset:
    """Run a world in which every death and detection is recorded."""
    return Simulation(sea_world(sea=SEA), seed=1, agents=2000, parameters=parameters(**CALM, **values)).run()


def test_every_indicator_of_a_rule_is_observed() -> None:
    assert set(OF_RULE) == set(RULE_INDICATORS)


def test_with_full_recording_and_no_delay_planners_see_what_happens() -> None:
    ds = run(**NO_DELAY, **COMPLETE)
    for name, truth in {"deaths": "deaths", "victims": "identified", "claims": "asylum_claims"}.items():
        assert total(ds, truth) > 0
        np.testing.assert_allclose(ds[f"observed_{name}"], ds[truth], err_msg=name)
    np.testing.assert_allclose(ds["observed_returns"], ds["returns"])
    np.testing.assert_allclose(ds["observed_detections"], ds["detections"])


def test_what_is_not_yet_known_is_not_lost() -> None:
    sim = Simulation(sea_world(sea=SEA), seed=1, agents=2000, parameters=parameters(**CALM, **COMPLETE))
    ds = sim.run()
    for name, indicator in OBSERVED_INDICATORS.items():
        waiting = sim.observation.waiting(name)
        assert waiting > 0
        assert total(ds, f"observed_{name}") + waiting == pytest.approx(total(ds, indicator.source), rel=1e-12)


def test_the_mean_delay_is_the_parameter() -> None:
    sim = Simulation(sea_world(days=364), parameters=parameters(departure_rate=0.0, deaths_delay=10.0))
    known = []
    for step in range(52):
        sim.recorder.step = sim.now = step
        if step == 0:
            sim.recorder.put("deaths_recorded", 100.0)
        sim.observation.step()
        known.append(sim.recorder.now("observed_deaths").sum())
    assert sum(known) == pytest.approx(100.0 * len(sim.corridor.legs), rel=1e-3)
    # Two stages, each geometric over weekly steps with a mean of 1 / (1 - exp(-1/5)) - 1 steps.
    mean = 2 * (1 / -np.expm1(-1 / 5) - 1)
    assert np.average(np.arange(52), weights=known) == pytest.approx(mean, rel=0.01)


def test_better_recording_shows_more_and_sooner() -> None:
    world = sea_world(sea=SEA)
    values = parameters(**CALM)
    poor, good = (
        Simulation(world, policy(setting("recording", "set", level)), seed=1, agents=2000, parameters=values).run()
        for level in (0.7, 1.4)
    )
    xr.testing.assert_identical(poor["identified"].drop_attrs(), good["identified"].drop_attrs())
    assert total(good, "observed_victims") > total(poor, "observed_victims")

    def middle(ds: xr.Dataset) -> float:
        seen = ds["observed_claims"].sum("place").to_numpy()
        return float(np.average(np.arange(seen.size), weights=seen))

    assert middle(good) < middle(poor)


def acting(recording: float) -> int:
    """Return the step at which a rule on identified victims first acts."""
    measure = Measure(what="border_patrols", amount=0.5)
    rule = AdaptiveRule(measure=measure, indicator="deaths_recorded", above=0.5, review_weeks=1, window_weeks=4)
    adaptive = make_policy("one", "One", "One rule.", [], [rule])
    data = setting("recording", "set", recording)
    both = Policy("both", "Both", "", (data,), (), adaptive.adaptive)
    sim = Simulation(
        sea_world(sea={"death_recording_rate": 0.5}), both, seed=1, agents=4000,
        parameters=parameters(**CALM, deaths_delay=26.0, death_utility=0.0),
    )  # fmt: skip
    while sim.running:
        sim.step()
        if sim.governance.level[0] > 0:
            return sim.now
    return sim.steps_total


def test_an_adaptive_policy_with_better_data_acts_earlier() -> None:
    assert acting(2.0) < acting(1.0) < acting(0.3)


def test_observation_changes_nothing_that_happens() -> None:
    slow, quick = (
        Simulation(load("tutorial"), seed=2, agents=2000, without=without).run()
        for without in ([], ["statistical_delay"])
    )
    seen = [str(name) for name in slow if str(name).startswith("observed_")]
    assert len(seen) == len(OBSERVED_INDICATORS)
    xr.testing.assert_identical(slow.drop_vars(seen).drop_attrs(), quick.drop_vars(seen).drop_attrs())
    assert total(slow, "observed_detections") < total(quick, "observed_detections")


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_people_let_through_in_the_open_were_detected_no_more_than_those_who_hide(share: float) -> None:
    """All whom authorities let through are registered; of those who hide a tenth, within 5 standard errors (6e-7)."""
    way = {"market": True, "crossing": True, "route": "Land", "detection_rate": 0.1, "mode": "land"}
    places = [place("home", "home"), place("hub", organisations=4), place("abroad", "destination")]
    opened = HistoricalEvent(
        event="open", name="Open", date=START, source="none",
        changes=(Change(lever="waved_through", target="hub-abroad", set=share, evidence="none"),),
    )  # fmt: skip
    world = corridor(places, [leg("home", "hub"), leg("hub", "abroad", **way)], events=[opened])
    ds = Simulation(world, agents=1000, parameters=parameters(**LIVELY)).run()
    arrived, seen = (float(ds[name].sel(leg="hub-abroad").sum()) for name in ("arrivals", "detections"))
    assert arrived > 0
    if share:
        assert seen == arrived
    else:
        assert abs(seen / arrived - 0.1) < 5 * (0.1 * 0.9 / 1000) ** 0.5
