"""What is written down of journeys: times, places passed, first detections, people waiting, expected deaths."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from corridor.calibration.journeys import detected_at_once, passages_back
from corridor.model.kernels.diary import (
    BEFORE,
    DURATIONS,
    QUARTERS,
    WEEK_BOUNDS,
    begin_journeys,
    class_of,
    new_diary,
    pass_place,
    take_census,
)
from corridor.model.profiles import N_PROFILES
from corridor.model.simulation import Simulation
from corridor.model.states import State
from docs.journey_measures import (
    at_first_attempt,
    attempts_by_country,
    left_the_same_year,
    legs_from_country,
    legs_to,
    where_people_are,
    years_to_entry,
)
from tests.worlds import ALPHA, LIVELY, corridor, leg, parameters, place, run, sea_world, total


@pytest.fixture(scope="module")
def sea() -> xr.Dataset:
    return run(sea_world(days=500, vessels=1), seed=2, parameters=parameters(**LIVELY | {"lone_child_share": 0.5}))


def test_a_diary_knows_the_last_eight_places_of_any_network() -> None:
    diary = new_diary(2)
    begin_journeys(np.array([0]), diary, np.array([1999, 7], dtype=np.int16), 4)
    assert [pass_place(diary[0], number) for number in (0, 1998, 3, 1999, 0)] == [False, False, False, True, True]
    for number in range(100, 105):
        assert not pass_place(diary[0], number)
    assert pass_place(diary[0], 0), "0 is the eighth from the end"
    assert not pass_place(diary[0], 1999), "the ninth is forgotten"
    assert diary["left"].tolist() == [4, BEFORE] and diary["under_way"].tolist() == [True, False]


def test_who_goes_on_from_where_they_live_keeps_the_day_of_leaving_home() -> None:
    diary, place = new_diary(1), np.array([3], dtype=np.int16)
    begin_journeys(np.array([0]), diary, place, 4)
    pass_place(diary[0], 9)
    diary["detected"], place[0] = True, 9
    begin_journeys(np.array([0]), diary, place, BEFORE)
    assert diary["left"][0] == 4 and diary["detected"][0]
    assert not pass_place(diary[0], 3), "a new journey has a new list of places"


def test_times_fall_into_the_classes_that_they_are_named_after() -> None:
    bounds = np.array(WEEK_BOUNDS, dtype=float)
    assert len(DURATIONS) == len(WEEK_BOUNDS) + 2
    assert DURATIONS[class_of(0, bounds)] == "below 1 weeks" and DURATIONS[class_of(1, bounds)] == "below 2 weeks"
    assert DURATIONS[class_of(155.9, bounds)] == "below 156 weeks"
    assert DURATIONS[class_of(156, bounds)] == "156 weeks or more"


def test_the_census_counts_who_waits_and_for_how_long() -> None:
    """Eleven people, so that the last do not fill a word; person 9 moves from place 1 to place 0 in step 6."""
    state = np.zeros(11, dtype=np.uint8)
    state[[8, 9]], state[10] = State.WAITING, State.SETTLED
    cell = np.zeros(11, dtype=np.int32)
    cell[[8, 9, 10]] = np.array([1, 1, 2]) * N_PROFILES + 5
    diary, out = new_diary(11), np.zeros((3, 3))
    for now in (3, 5, 6):
        if now == 6:
            cell[9] = 5
        take_census(state[:8].view(np.uint64), state, cell, diary, now, *out)
    waiting, waited, living = out
    assert waiting.tolist() == [1, 1, 0] and waited.tolist() == [0, 3, 0] and living.tolist() == [0, 0, 1]


def test_what_is_recorded_of_journeys_adds_up(sea: xr.Dataset) -> None:
    every_step = {
        "detections_of": sea["detections"], "entries_by_duration": sea["irregular_arrivals"],
        "waiting_here": sea["stock"].sel(state="waiting"), "living_here": sea["stock"].sel(state="settled"),
    }  # fmt: skip
    for name, other in every_step.items():
        assert total(sea, name) > 0
        dims = [dim for dim in sea[name].dims if dim != "time"]
        np.testing.assert_allclose(sea[name].sum(dims), other.sum([d for d in other.dims if d != "time"]), err_msg=name)
    assert 0 < total(sea, "first_detections") < total(sea, "detections")
    assert 0 < total(sea, "entries_at_first_attempt") < total(sea, "irregular_arrivals")
    assert total(sea, "passages_back") == 0, "no leg leads back"
    assert sea["first_detections"].sel(quarters="before the run").sum() == 0, "everybody began at home"


def test_without_control_everyone_enters_at_the_first_attempt() -> None:
    ds = run(sea_world(sea={"interception_risk": 0.0}), seed=2, parameters=parameters(**LIVELY))
    assert total(ds, "entries_at_first_attempt") == total(ds, "irregular_arrivals") > 0


def test_the_time_to_the_first_entry_is_that_of_the_legs() -> None:
    """Ten weeks to the coast, none to wait there, a week to cross."""
    places = [place("home", "home"), place("coast"), place("abroad", "destination")]
    world = corridor(places, [leg("home", "coast", days=70), leg("coast", "abroad", route="Sea")], days=364)
    ds = run(world, seed=1, parameters=parameters(**LIVELY | {"decision_rate": 5000.0}))
    entries = ds["entries_by_duration"].sum(["time", "community"])
    assert entries.sum() > 0.5 * total(ds, "departures") and entries.sel(duration="below 13 weeks") == entries.sum()
    lag = ds["first_detections"].sum(["time", "community"])
    assert lag.sum() == entries.sum() and lag.sel(quarters="1") > lag.sel(quarters="0")


def test_a_way_back_is_counted_as_one() -> None:
    """From a to b, back to a, and to b again."""
    places = [place("home", "home"), place("a"), place("b"), place("abroad", "destination")]
    legs = [leg("home", "a"), leg("a", "b"), leg("b", "a")]
    sim = Simulation(corridor(places, legs, days=350, agents=50), seed=1, parameters=parameters(**LIVELY))
    sim.population.place[:] = 1
    people = np.arange(50)
    sim.journeys.begin(people)
    back = 0.0
    for way in (1, 2, 1):
        sim.population.leg[:] = way
        sim.crossing._end(people)
        back = float(sim.recorder.now("passages_back").sum())
    assert back == 2 * sim.population.total(people), "a is where they began, and b had been passed"


def test_who_left_the_same_year_is_told_by_quarters_since_leaving() -> None:
    """One detection in each class of quarters, in February and in August: one and three of ten left that year."""
    times = np.array(["2015-02-03", "2015-08-04"], dtype="datetime64[ns]")
    counts = xr.DataArray(np.ones((2, len(QUARTERS))), {"time": times, "quarters": list(QUARTERS)})
    ds = xr.Dataset({"first_detections": counts})
    assert left_the_same_year(ds) == pytest.approx((1 + 3) / (2 * len(QUARTERS)))
    assert left_the_same_year(ds.sel(time="2015-08")) == pytest.approx(0.3)


def test_measures_of_journeys_are_those_of_a_world_known_beforehand(sea: xr.Dataset) -> None:
    assert passages_back(sea) == 0 and 0 < at_first_attempt(sea) < 1 and detected_at_once(sea) > 0.5
    assert attempts_by_country(sea).to_dict() == {"XCT": total(sea, "attempts")}
    assert legs_from_country(sea, "XCT").tolist() == [False, True] == legs_to(sea, "abroad").tolist()
    people = where_people_are(sea, (2010,))
    assert people[2010, "living"].sum() == sea["living_here"].sel(time="2010").isel(time=-1).sum()
    counts = xr.zeros_like(sea["entries_by_duration"])
    counts.loc[{"time": sea["time"][0], "duration": "below 13 weeks"}] = 2.0
    counts.loc[{"time": sea["time"][0], "duration": "below 20 weeks"}] = 2.0
    assert years_to_entry(sea.assign(entries_by_duration=counts)) == pytest.approx(13 * 7 / 365.25)
    counts.loc[{"time": sea["time"][0], "duration": "before the run"}] = 4.0
    assert years_to_entry(sea.assign(entries_by_duration=counts)) == pytest.approx(20 * 7 / 365.25)


@pytest.mark.statistical
def test_expected_deaths_are_those_drawn_but_for_luck() -> None:
    """Normal approximation of a sum of Bernoulli draws whose probabilities are summed; error rate ALPHA."""
    sim = Simulation(
        sea_world(agents=4000, days=728, sea={"distress_risk": 0.1}), seed=5, parameters=parameters(**LIVELY)
    )
    ds = sim.run()
    weight = sim.population.persons_per_agent
    drawn, expected = total(ds, "deaths") / weight, total(ds, "expected_deaths") / weight
    assert expected > 100
    assert abs(drawn - expected) < stats.norm.isf(ALPHA / 2) * np.sqrt(expected)


def test_diaries_change_nothing_for_anybody_and_hold_for_any_number_of_threads() -> None:
    world = sea_world(days=300)
    one, two = (run(world, seed=3, parameters=parameters(**LIVELY), threads=n) for n in (1, 2))
    xr.testing.assert_identical(one.drop_attrs(), two.drop_attrs())


def test_quarters_of_the_calendar_are_counted_not_spans_of_days(sea: xr.Dataset) -> None:
    assert sea["quarters"].to_numpy().tolist() == list(QUARTERS)
    assert sea["first_detections"].sel(quarters="0").sum() > 0
