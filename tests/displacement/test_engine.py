"""Displacement: reading and writing Flee's format, both rules, scores, and the commands."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corridor.displacement import TUTORIAL
from corridor.displacement.engine.camp_routes import SHUT_KM, CampRoutes
from corridor.displacement.engine.case import Case
from corridor.displacement.engine.corridor_rule import CorridorRule, log_room, sizes
from corridor.displacement.engine.flee_rule import FleeMoves
from corridor.displacement.engine.parameters import PRESETS, Behaviour
from corridor.displacement.engine.score import ard, null_models, rescale, scores
from corridor.displacement.engine.simulation import Displacement
from corridor.displacement.fit import FORMS, NULL, FormChoice, spread
from corridor.displacement.fit_halves import halves, settled, table
from corridor.displacement.flee import read_case, write_case
from corridor.displacement.forecast import forecast
from corridor.displacement.kernels.clock import DayClock
from corridor.displacement.kernels.flee_day import FleePeople, move_all
from corridor.displacement.kernels.movement import Counts, Decision, DisplacedPeople, Roads, move_people, sum_shares
from corridor.displacement.run import Options, simulate
from corridor.displacement.validation import validate
from corridor.displacement.values import conflict_of, fitted, is_fitted
from corridor.experiments.commands.shell import main
from corridor.model.errors import InvalidInput
from tests import ROOT
from tests.reference import flee_day, movement

SHARED = ROOT.parent / "shared" / "data" / "flee"
needs_cases = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the cases in ../shared/data/flee")

# Section 12 of the format: S(0), max S, S(L-1), T(0), T(L-1), days with S falling, max debt.
VECTORS = {
    "burundi2015": (191, 212321, 205445, 12118, 265492, 54, 7406),
    "car2013": (18054, 424499, 424499, 0, 462867, 111, 2624),
    "mali2012": (10838, 89991, 89991, 20075, 147263, 0, 0),
    "nigeria2016": (0, 303963, 303963, 78497, 307762, 0, 0),
    "ssudan2013": (0, 433300, 433300, 34672, 643477, 1, 3),
    "tigray2020": (0, 84535, 84535, 196223, 340604, 0, 0),
}


@pytest.fixture
def case() -> Case:
    return read_case(TUTORIAL)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TUTORIAL, tmp_path / "case"))


@needs_cases
@pytest.mark.parametrize("name", VECTORS)
def test_the_compatible_reading_gives_the_published_vectors(name: str) -> None:
    observed = read_case(SHARED / name, strict=False).observed
    s, t = observed.destinations, observed.total
    debt = np.maximum.accumulate(s) - s
    assert (s[0], s.max(), s[-1], t[0], t[-1], (np.diff(s) < 0).sum(), debt.max()) == VECTORS[name]


@needs_cases
def test_a_closure_that_names_two_locations_closes_one_road_by_intent_and_all_to_the_letter() -> None:
    strict, letter = (read_case(SHARED / "burundi2015", strict=mode) for mode in (True, False))
    assert strict.schedule.is_open[0].sum() > letter.schedule.is_open[0].sum()
    assert any("names two" in finding.rule for finding in strict.findings)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("input_csv/locations.csv", "conflict_zone", "castle", "line 2: location_type is 'castle'"),
        ("input_csv/routes.csv", "Asha,Highcamp", "Asha,Nowhere", "line 2: name2 is 'Nowhere'"),
        ("input_csv/routes.csv", "125", "far", "line 2: distance is 'far'"),
        ("input_csv/closures.csv", "Southcamp", "Esk", "line 3: name1 is 'Esk'"),
        ("input_csv/registration_corrections.csv", "2001-05-01", "2001-05-02", "date is '2001-05-02'"),
        ("input_csv/sim_period.csv", "120", "121", "rows is 120"),
        ("source_data/data_layout.csv", "total,", "totals,", "first series is 'totals'"),
        ("source_data/highcamp.csv", "600", "many", "line 1: count is 'many'"),
        ("source_data/data_layout.csv", "highcamp.csv", "../x.csv", "file is '../x.csv'"),
    ],
)
def test_a_broken_file_gets_one_sentence(copy: Path, file: str, old: str, new: str, said: str) -> None:
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1))
    with pytest.raises(InvalidInput) as error:
        read_case(copy)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_written_case_reads_the_same(case: Case, tmp_path: Path) -> None:
    for strict in (True, False):
        again = read_case(write_case(case, tmp_path / str(strict)), strict=strict)
        np.testing.assert_array_equal(again.observed.counts, case.observed.counts)
        np.testing.assert_array_equal(again.arrivals, case.arrivals)
        np.testing.assert_array_equal(again.schedule.intensity, case.schedule.intensity)
        np.testing.assert_array_equal(again.schedule.is_open, case.schedule.is_open)
        np.testing.assert_array_equal(again.schedule.is_camp, case.schedule.is_camp)
    with pytest.raises(InvalidInput, match="not empty"):
        write_case(case, tmp_path / "True")


@pytest.mark.parametrize("behaviour", [Behaviour(), *PRESETS.values()], ids=["corridor", *PRESETS])
@pytest.mark.parametrize("strict", [True, False])
def test_everyone_displaced_is_somewhere(behaviour: object, strict: bool) -> None:
    case = read_case(TUTORIAL, strict=strict)
    run = Displacement(case, behaviour).run()  # type: ignore[arg-type]
    displaced = case.people_at_start.sum() + np.cumsum(case.arrivals)
    np.testing.assert_array_equal(run.counts.sum(axis=1) + run.on_the_way + run.waiting, displaced)
    assert (run.counts >= 0).all()


def test_threads_change_nothing(case: Case) -> None:
    one, two = (Displacement(case, Behaviour(), threads=threads).run() for threads in (1, 2))
    np.testing.assert_array_equal(one.counts, two.counts)
    np.testing.assert_array_equal(one.used, two.used)


def test_nobody_enters_a_camp_before_it_opens(case: Case) -> None:
    south = case.places.names.index("Southcamp")
    run = Displacement(case, Behaviour()).run()
    assert not run.counts[:50, south].any()
    assert run.counts[-1, south] > 0


def test_a_border_shut_for_good_is_not_crossed(case: Case) -> None:
    border = case.schedule.is_border_closed.any(axis=0)
    shut = Displacement(case, Behaviour({"border_km": SHUT_KM})).run()
    crossed = Displacement(case, Behaviour({"border_km": 0.0})).run()
    assert not shut.used[:10, border].any()
    assert crossed.used[:10, border].any()


def test_shares_are_those_of_a_logit_between_camps(case: Case) -> None:
    """With nothing but roads to tell camps apart, the odds of two camps are those of their distances to a power."""
    values = {"capacity_power": 0.0, "capacity_softness": 10.0, "distance_power": 1.5, "way_scale_km": 1.0}
    run = Displacement(case, Behaviour(values), use_capacity=False)
    run.now[:] = 0
    assert isinstance(run.rule, CorridorRule)
    choice = run.rule.choice(60)
    asha, corin = (case.places.names.index(name) for name in ("Asha", "Corin"))
    # Kilometres by the shortest roads to Highcamp, Rivercamp and Southcamp.
    for place, km in ((asha, (125, 364, 263)), (corin, (217, 308, 171))):
        expected = (1 + np.array(km) / 100) ** -1.5
        np.testing.assert_allclose(np.diff(choice[place], prepend=0), expected / expected.sum(), rtol=1e-3)


def test_ways_share_as_a_logit_of_their_lengths(case: Case) -> None:
    """Two ways from Belo to Farrow, 128 km and 178 km, to Rivercamp behind it: odds exp(difference / scale)."""
    routes = CampRoutes(case, 60, Behaviour({"way_scale_km": 50.0}), "off")
    river = case.places.names[7:].index("Rivercamp")
    links, (belo, farrow) = case.links, (case.places.names.index(name) for name in ("Belo", "Farrow"))
    out = slice(*case.links.first(len(case.places))[[belo, belo + 1]])
    shares = np.diff(routes.shares[river, out], prepend=0)
    direct = shares[links.destination[out] == farrow].sum()
    assert direct / (1 - direct) == pytest.approx(np.exp(50 / 50), rel=1e-6)


def test_forced_roads_leave_no_other_way(case: Case) -> None:
    esk, south = (case.places.names.index(name) for name in ("Esk", "Southcamp"))
    forced = case.schedule.is_forced.copy()
    forced[:, (case.links.origin == esk) & (case.links.destination == south)] = True
    bound = replace(case, schedule=replace(case.schedule, is_forced=forced))
    from_esk = (case.links.origin == esk) & (case.links.destination != south)
    moving = Behaviour({"restlessness": 0.05})
    assert Displacement(case, moving).run().used[:, from_esk].any()
    assert not Displacement(bound, moving, forced_roads="choice").run().used[:, from_esk].any()


def test_a_camp_without_a_capacity_that_fills_takes_what_the_others_cannot_hold() -> None:
    nobody = np.zeros(4, dtype=int)
    np.testing.assert_allclose(sizes(np.array([0, 500, 800, 9000]), nobody, 8000), [3350, 500, 800, 3350])
    # At least as many as the usual camp, or as the largest: the others could hold everyone.
    np.testing.assert_allclose(sizes(np.array([0, 4000, 9000, 4000]), nobody, 8000), [4000, 4000, 4000, 4000])
    np.testing.assert_allclose(sizes(np.array([9000, 18000, 0, 0]), nobody, 8000)[:2], [9000, 18000])
    np.testing.assert_allclose(sizes(nobody, nobody, 8000), [2000] * 4)
    # Residents beyond a capacity leave that much less to the camp without one, whose own do not fill it.
    np.testing.assert_allclose(sizes(np.array([0, 500]), np.array([0, 900]), 8000), [7100, 500])
    np.testing.assert_allclose(sizes(np.array([0, 5000]), np.array([6000, 0]), 8000), [11000, 5000])


def test_room_is_a_wall_or_does_not_matter_by_its_softness() -> None:
    filled = np.array([0.0, 0.5, 0.9, 1.0, 1.5, 3.0])
    np.testing.assert_allclose(np.exp(log_room(filled, 0.01))[:3], [1.0, 0.5, 0.1], rtol=1e-4)
    assert np.exp(log_room(filled, 0.01))[3] == pytest.approx(0.01 * np.log(2))
    assert np.isfinite(log_room(filled, 0.01)).all()
    assert (np.diff(log_room(filled, 0.01)) < 0).all()
    assert np.ptp(np.exp(log_room(filled, 1000.0))) < 0.01 * np.exp(log_room(filled, 1000.0))[0]


def test_the_rule_without_behaviour_is_the_null_model_that_splits_by_capacity(case: Case) -> None:
    """With all camps open and nobody in them at the start; chance and the days on the way are what differs."""
    open_case = replace(case, schedule=replace(case.schedule, is_camp=np.tile(case.places.is_camp, (case.days, 1))))
    run = Displacement(open_case, Behaviour(NULL)).run()
    null = null_models(case, case.observed.counts.astype(float))["capacity"]
    arrived = run.in_camps[-1] - case.people_at_start[case.observed.camps]
    share = case.places.capacity[case.observed.camps] / case.places.capacity.sum()
    np.testing.assert_allclose(arrived / arrived.sum(), share, atol=4 * 0.5 / np.sqrt(arrived.sum()))
    np.testing.assert_allclose(run.in_camps[-1].sum(), null[-1].sum(), rtol=0.02)


def test_residents_stay_and_others_move(case: Case) -> None:
    """At a hazard of 0.05 a day, nearly all of the 600 residents would choose anew within 120 days."""
    moving = {"restlessness": 0.05, "distance_power": 3.0}
    high = case.places.names.index("Highcamp")
    nobody_new = replace(case, observed=replace(case.observed, destinations=np.full(case.days, 600)))
    stay = Displacement(nobody_new, Behaviour(moving)).run()
    leave = Displacement(nobody_new, Behaviour(moving | {"resident_restlessness": 0.05})).run()
    assert (stay.counts[:, high] == 600).all()
    assert leave.counts[-1, high] < 500


def test_who_is_counted_in_a_camp_before_it_opens_stays_there(case: Case) -> None:
    """The camp of the south opens on day 50; with one that closes on day 40, its residents leave."""
    counts = np.tile([600, 0, 900], (case.days, 1))
    settled = replace(case, observed=replace(case.observed, counts=counts, destinations=counts.sum(axis=1)))
    assert (Displacement(settled, Behaviour()).run().in_camps == counts).all()
    closing = settled.schedule.is_camp.copy()
    closing[40:, case.places.names.index("Highcamp")] = False
    closed = replace(settled, schedule=replace(settled.schedule, is_camp=closing))
    assert (Displacement(closed, Behaviour()).run().in_camps[[39, 40], 0] == [600, 0]).all()


@pytest.mark.parametrize("name", ["move_people", "sum_shares", "move_all"])
def test_kernels_agree_with_their_twins(case: Case, name: str) -> None:
    {"move_people": _compare_move_people, "sum_shares": _compare_sum_shares, "move_all": _compare_move_all}[name](case)


def _compare_sum_shares(case: Case) -> None:
    rng, links, n_places = np.random.default_rng(3), case.links, len(case.places)
    weight, end = rng.random(len(links)) * 0.2, rng.random(n_places)
    end[:3] = 0.0
    cumulative = np.zeros(len(links))
    sum_shares(cumulative, weight, end, links.first(n_places))
    np.testing.assert_array_equal(cumulative, movement.sum_shares(weight, end, links.origin))


def _compare_move_people(case: Case) -> None:
    rng, links, n_places, n = np.random.default_rng(3), case.links, len(case.places), 300
    camps = np.flatnonzero(case.places.is_camp)
    place, goal = rng.integers(n_places, size=n).astype(np.int16), rng.integers(-1, camps.size, size=n).astype(np.int16)
    km_left = np.zeros(n, dtype=np.float32)
    km_left[:100] = rng.random(100) * 300
    ours, theirs = (DisplacedPeople(place.copy(), goal.copy(), km_left.copy(), 100) for _ in range(2))
    choice = rng.random((n_places, camps.size)).cumsum(axis=1)
    choice[-1] = 0.0
    reconsider = rng.random((2, n_places)) * np.array([0, *[1] * (n_places - 1)])
    decision = Decision(reconsider, choice, CampRoutes(case, 60, Behaviour(), "off").shares)
    roads = Roads(links.first(n_places), links.destination, links.km, camps, 150.0)
    counts = Counts(np.zeros((8, n_places + 1), dtype=np.int64), np.zeros((8, len(links)), dtype=np.int64))
    for day in range(5):
        clock = DayClock(day, np.uint32(5), np.uint32(0))
        move_people(ours, n, roads, decision, counts, clock)
        people, used = movement.move_people(theirs, roads, decision, clock)
        np.testing.assert_array_equal(ours.place, theirs.place)
        np.testing.assert_array_equal(ours.goal, theirs.goal)
        np.testing.assert_allclose(ours.km_left, theirs.km_left, rtol=1e-5)
        np.testing.assert_array_equal(counts.people.sum(axis=0), people)
        np.testing.assert_array_equal(counts.used.sum(axis=0), used)


def _compare_move_all(case: Case) -> None:
    """Capacities are made tight, so that camps are nearly full and plans are given up."""
    small = replace(case, places=replace(case.places, capacity=case.places.capacity // 20))
    run = Displacement(small, replace(PRESETS["aw2dm75"], max_move_speed=150.0), persons_per_agent=20)
    assert isinstance(run.rule, FleeMoves)
    moves, n = run.rule, run.place.size
    people, pace = moves.people, moves.pace
    others = FleePeople(*(column.copy() for column in people))
    there = np.append(np.bincount(people.place, minlength=len(case.places)), 0)
    for day in range(40, 70):
        candidates, clock = moves.candidates(day), DayClock(day, np.uint32(5), np.uint32(0))
        candidates.places.there = there
        same = candidates._replace(places=candidates.places.copy(), links=candidates.links.copy())
        assert move_all(people, n, candidates, pace, clock) == flee_day.move_all(others, n, same, pace, clock)
        np.testing.assert_array_equal(candidates.links.used, same.links.used)
        np.testing.assert_array_equal(candidates.places.there, same.places.there)
        np.testing.assert_array_equal(people.place, others.place)
        there = candidates.places.there.copy()
        for name in ("link", "covered_km", "plan", "step", "links_begun"):
            np.testing.assert_allclose(people.about[name], others.about[name], rtol=1e-5, atol=1e-4)
        # The twin updates those who rest every day, the kernel when they travel again.
        ours, theirs = (_recent(each.about, day, pace.speed) for each in (people, others))
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def _recent(people: np.recarray, day: int, speed: float) -> np.ndarray:
    """Return everyone's index of recent travel up to a day, shape (n,)."""
    return (people.recent + people.today_km / speed) / 2 * 0.5 ** (day - people.day)


def test_scores_of_known_counts() -> None:
    observed = np.array([[50.0, 50.0]] * 10)
    simulated = np.array([[25.0, 25.0]] * 10)
    assert ard(simulated, observed) == 0.5
    assert ard(rescale(simulated, observed), observed) == 0.0
    assert scores(simulated, observed)["mase_ratio"] is None
    assert ard(np.zeros_like(observed), observed) == 1.0


def test_null_models_keep_everyone(case: Case) -> None:
    displaced = case.people_at_start.sum() + np.cumsum(case.arrivals)
    nulls = null_models(case, case.observed.counts.astype(float))
    for name in ("equal", "capacity", "nearest", "day_7_shares"):
        np.testing.assert_allclose(nulls[name].sum(axis=1), displaced, rtol=1e-9)


def test_a_forecast_begins_with_what_is_known(case: Case) -> None:
    ds = forecast(case, Options(persons_per_agent=5), 60, 4)
    assert ds["day"].to_numpy()[0] == 60
    assert 0 <= ds.attrs["coverage"] <= 1
    assert (ds["low"] <= ds["high"]).all()
    with pytest.raises(InvalidInput, match="known_days"):
        forecast(case, Options(), 119, 4)


def test_a_forecast_is_widened_by_the_error_on_other_conflicts(case: Case) -> None:
    ds = forecast(case, Options(persons_per_agent=5), 60, 4)
    assert ds.attrs["coverage"] >= ds.attrs["coverage_of_runs"]
    assert (ds["high"] - ds["low"]).isel(day=0).sum() < 0.02 * ds["median"].isel(day=0).sum()
    assert (ds["high"] - ds["low"]).isel(day=-1).sum() > 0.1 * ds["median"].isel(day=-1).sum()


def test_defaults_are_the_values_fitted_to_all_cases() -> None:
    assert {name: Behaviour().values()[name] for name in fitted()} == pytest.approx(fitted(), rel=1e-4)


def test_values_for_a_case_are_those_fitted_without_its_conflict() -> None:
    assert [conflict_of(name) for name in ("mali2012", "Mali2022_2024", "mali")] == ["mali"] * 3
    for capacities in (True, False):
        assert fitted("mali2017_adm1", capacities=capacities) == fitted("mali2012", capacities=capacities)
    assert is_fitted("mali2017_adm1")
    assert not is_fitted("elsewhere2030")
    assert fitted("elsewhere2030") == fitted()


def test_a_form_with_more_parameters_is_taken_only_if_it_is_significantly_better() -> None:
    """Losses of five conflicts: the larger form is better by 0.1 on average, always or by chance."""
    conflicts, base = np.arange(5), np.array([0.3, 0.2, 0.4, 0.1, 0.5])
    sure, unsure = base - [0.1, 0.11, 0.09, 0.1, 0.1], base - [0.9, -0.2, -0.1, -0.2, 0.1]
    assert FormChoice({"split": base[None], "room": sure[None]}).form(conflicts) == "room"
    assert FormChoice({"split": base[None], "room": unsure[None]}).form(conflicts) == "split"


def test_half_of_the_conflicts_choose_and_the_others_judge() -> None:
    """Room halves the error on five conflicts of six; whatever three choose is then tried on the other three."""
    rng = np.random.default_rng(2)
    null = rng.normal(-1.0, 0.05, (1, 6))
    room = null - np.where(np.arange(6) < 5, np.log(2), 0.0) + rng.normal(0, 0.01, (8, 6))
    choice = FormChoice({"split": null, "room": room})
    found = list(halves(choice, 6))
    assert len(found) == 20
    assert {half.form for half in found if half.loss < half.null} == {"room"}
    assert all(half.worst <= 0.05 for half in found)
    assert "room" in table(found)
    form, loss = settled(choice, 6)
    assert form == "room" and loss < null.mean()


def test_points_of_a_form_free_its_parameters_only() -> None:
    for form, (free, number) in FORMS.items():
        points = spread(form)
        assert len(points) == number
        changed = {name for point in points for name in NULL if point[name] != NULL[name]}
        assert changed <= set(free)
        assert changed == set(free) or number == 1
        assert all(Behaviour(point) for point in points)


def test_a_directory_of_several_cases_is_told(copy: Path) -> None:
    shutil.copytree(copy, copy.with_name("other"))
    with pytest.raises(InvalidInput, match="2 cases: case, other"):
        read_case(copy.parent)


def test_a_case_without_capacities_runs_as_one_whose_capacities_are_not_used(copy: Path, case: Case) -> None:
    file = copy / "input_csv" / "locations.csv"
    for size in ("9000", "15000", "6000"):
        file.write_text(file.read_text().replace(f",camp,,{size}", ",camp,,"))
    absent = Displacement(read_case(copy), Behaviour()).run()
    np.testing.assert_array_equal(absent.counts, Displacement(case, Behaviour(), use_capacity=False).run().counts)


def test_dates_with_a_time_of_day_are_read(copy: Path, case: Case) -> None:
    file = copy / "source_data" / "highcamp.csv"
    file.write_text("\n".join(line.replace(",", " 00:00:00,", 1) for line in file.read_text().splitlines()))
    np.testing.assert_array_equal(read_case(copy).observed.counts, case.observed.counts)


def test_more_agents_than_fit_in_memory_are_refused(copy: Path) -> None:
    file = copy / "source_data" / "highcamp.csv"
    file.write_text("2001-03-02,1\n2001-04-02,99999999999\n")
    with pytest.raises(InvalidInput, match="persons_per_agent of"):
        Displacement(read_case(copy))


def test_results_conserve_persons_and_carry_units(case: Case) -> None:
    ds = simulate(case, Options(rule="flee", strict=False))
    assert ds.attrs["persons_error"] == 0
    assert all(ds[name].attrs["units"] == "persons" for name in ds.data_vars)


def _references() -> list[tuple[str, str, float, int]]:
    """Return case, preset, ARD and thinning of Flee's own runs."""
    if not SHARED.is_dir():
        return []
    with (SHARED / "reference.csv").open() as stream:
        return [(row["case"], row["preset"], float(row["ard"]), int(row["thinning"])) for row in csv.DictReader(stream)]


@needs_cases
@pytest.mark.parametrize(("name", "preset", "expected", "thinning"), _references())
def test_the_rule_of_flee_gives_the_reference(name: str, preset: str, expected: float, thinning: int) -> None:
    """Seed 0; where one agent stands for 20 persons, others differ by up to 0.004 (docs/displacement.md)."""
    case = read_case(SHARED / name, strict=False)
    run = Displacement(case, PRESETS[preset], persons_per_agent=thinning).run()
    assert abs(ard(run.in_camps, case.observed.counts.astype(float)) - expected) < 0.004


def test_run_validate_and_export_from_the_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "scenario=flee", f"results={tmp_path}", "report=json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert Path(figures["files"]["netcdf"]).is_file()
    assert Path(figures["files"]["figure"]).is_file()
    assert main(["validate", "scenario=flee", f"scenario.path={TUTORIAL}", "report=json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["mean_ratio_to_flee"] is None
    assert set(result["cases"][0]["null"]) == {"equal", "capacity", "nearest", "day_7_shares", "day_7_counts"}
    assert main(["export", "scenario=flee", "format=flee", f"path={tmp_path / 'out'}"]) == 0
    assert validate(tmp_path / "out", Options(rule="flee", strict=False))["cases"][0]["people"] > 0


@pytest.mark.parametrize(
    ("setting", "said"),
    [("scenario.path=nowhere", "missing"), ("scenario.rule=luck", "rule"), ("parameters.speed=1", "speed is 1")],
)
def test_wrong_settings_are_one_sentence(setting: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "scenario=flee", setting]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_preset_that_is_none_is_refused(case: Case) -> None:
    with pytest.raises(InvalidInput, match="preset"):
        validate(TUTORIAL, Options(rule="flee", preset="fast"))
