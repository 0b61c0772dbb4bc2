"""Displacement cases as people have them: faults of Flee's format that are read by their intent, or said."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corridor.displacement import TUTORIAL
from corridor.displacement.engine.case import Case
from corridor.displacement.engine.parameters import PRESETS, Behaviour, FleeRule
from corridor.displacement.engine.simulation import Displacement
from corridor.displacement.flee import read_case, write_case
from corridor.displacement.flee.series import longest_rise
from corridor.displacement.run import Options, simulate
from corridor.displacement.text import findings_text
from corridor.displacement.validation import validate
from corridor.experiments.commands.shell import main
from corridor.model.errors import InvalidInput

LOCATIONS, ROUTES, CLOSURES, CONFLICTS = (
    f"input_csv/{name}.csv" for name in ("locations", "routes", "closures", "conflicts")
)
LAYOUT, HIGHCAMP = "source_data/data_layout.csv", "source_data/highcamp.csv"
SPLIT = {"capacity_softness": 0.1, "distance_power": 0.0, "restlessness": 0.0, "company_power": 0.0}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TUTORIAL, tmp_path / "case"))


def edit(copy: Path, file: str, change: Callable[[str], str]) -> None:
    before = (copy / file).read_text()
    assert change(before) != before
    (copy / file).write_text(change(before))


def put(copy: Path, file: str, old: str, new: str) -> None:
    edit(copy, file, lambda text: text.replace(old, new, 1))


def said(case: Case, words: str) -> list[str]:
    """Return what findings on something concern."""
    return [finding.about for finding in case.findings if words in f"{finding.rule}: {finding.action}"]


def place(case: Case, name: str) -> int:
    return case.places.names.index(name)


@pytest.mark.parametrize(("days", "kept"), [([0, 5, 3, 9], [0, 2, 3]), ([9, 1, 2, 2, 3], [1, 2, 3, 4]), ([], [])])
def test_as_few_dates_as_can_be_are_out_of_order(days: list[int], kept: list[int]) -> None:
    assert longest_rise(days) == kept


def test_one_date_too_late_costs_one_row(copy: Path) -> None:
    edit(copy, HIGHCAMP, lambda text: text.replace("\n", "\n2002-03-16,2100\n", 1))
    case = read_case(copy)
    np.testing.assert_array_equal(case.observed.counts, read_case(TUTORIAL).observed.counts)
    assert said(case, "date out of order: dropped") == ["2002-03-16"]


@pytest.mark.parametrize(("file", "row"), [(LOCATIONS, "Esk,South"), (LAYOUT, "Highcamp,")])
def test_a_row_given_twice_is_read_once_and_another_is_refused_with_both_lines(copy: Path, file: str, row: str) -> None:
    line = next(line for line in (copy / file).read_text().splitlines() if line.startswith(row))
    first = (copy / file).read_text().splitlines().index(line) + 1
    edit(copy, file, lambda text: f"{text.rstrip()}\n{line}\n")
    assert said(read_case(copy), "row given twice: read once")
    edit(copy, file, lambda text: f"{text.rstrip()}9\n")
    with pytest.raises(InvalidInput, match=rf"line \d+.*line {first} "):
        read_case(copy)


def test_conflicts_without_a_hash_and_a_case_without_corrections_are_read(copy: Path) -> None:
    put(copy, CONFLICTS, "#Day", "Day")
    put(copy, "input_csv/registration_corrections.csv", "Rivercamp", "#Rivercamp")
    without = read_case(copy)
    (copy / "input_csv/registration_corrections.csv").unlink()
    case = read_case(copy)
    np.testing.assert_array_equal(case.observed.counts, without.observed.counts)
    np.testing.assert_array_equal(case.schedule.intensity, read_case(TUTORIAL).schedule.intensity)
    assert len(said(case, "header without #")) == len(said(case, "optional file missing")) == 1


def test_roads_and_places_without_a_hash_are_read_too(copy: Path) -> None:
    put(copy, LOCATIONS, "#name", "name")
    put(copy, ROUTES, "#name1", "name1")
    case = read_case(copy)
    assert (len(case.places), len(case.links)) == (10, 22)
    edit(copy, ROUTES, lambda text: text.split("\n", 1)[1])
    assert len(read_case(copy).links) == 22


def test_the_old_name_of_the_period_is_read(copy: Path) -> None:
    (copy / "input_csv/sim_period.csv").rename(copy / "input_csv/conflict_period.csv")
    assert read_case(copy).days == 120


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (ROUTES, "Esk,Southcamp", "Esk,South_camp", "near: Southcamp"),
        (CLOSURES, "camp,Southcamp", "camp,Soutcamp", "near: Southcamp"),
        (LAYOUT, "Highcamp,", "High-Camp,", "near: High-Camp"),
    ],
)
def test_messages_name_the_near_match_and_the_path_once(copy: Path, file: str, old: str, new: str, words: str) -> None:
    put(copy, file, old, new)
    with pytest.raises(InvalidInput) as error:
        read_case(copy)
    assert words in str(error.value)
    assert str(error.value).count(str(copy)) == 1


def test_a_closure_of_an_unknown_place_has_no_effect_to_the_letter(copy: Path) -> None:
    put(copy, CLOSURES, "camp,Southcamp", "camp,Soutcamp")
    assert said(read_case(copy, strict=False), "unknown place: no effect") == ["Soutcamp; near: Southcamp"]


@pytest.mark.parametrize(
    ("begin", "end", "words", "open_days"),
    [
        (30, 30, "of no length", 120),
        (-1, -1, "without a start", 120),
        (-5, 40, "before the start", 80),
        (60, 50, "ends before it begins", 60),
    ],
)
def test_closures_of_odd_days_are_said(copy: Path, begin: int, end: int, words: str, open_days: int) -> None:
    put(copy, CLOSURES, "camp,Southcamp,,0,50", f"camp,Southcamp,,{begin},{end}")
    case = read_case(copy)
    assert said(case, words)
    assert case.schedule.is_camp[:, place(case, "Southcamp")].sum() == open_days


def test_rows_of_conflict_hold_from_their_day_on(copy: Path) -> None:
    weekly = "#Day,Asha,Belo,Corin\n" + "".join(f"{day},1,{int(day >= 21)},0\n" for day in range(0, 120, 7))
    (copy / CONFLICTS).write_text(weekly)
    case = read_case(copy)
    assert case.schedule.intensity[:, place(case, "Belo")].nonzero()[0][0] == 21
    assert said(case, "Day column with gaps: a row holds until the next")
    with pytest.raises(InvalidInput, match="120 or more"):
        read_case(copy, strict=False)
    (copy / CONFLICTS).write_text(weekly.rsplit("\n", 4)[0] + "\n")
    with pytest.raises(InvalidInput, match="reach day 119"):
        read_case(copy)


def test_a_conflict_zone_of_another_spelling_and_one_without_a_column_are_read(copy: Path) -> None:
    put(copy, LOCATIONS, "Asha,", "Asha_Town,")
    edit(copy, ROUTES, lambda text: text.replace("Asha,", "Asha_Town,"))
    put(copy, CONFLICTS, "Asha,Belo,Corin", "Asha town,Belo,Nowhere")
    case, letter = read_case(copy), read_case(copy, strict=False)
    assert case.schedule.intensity[0, place(case, "Asha_Town")] == 1
    assert said(case, "spelled in another way") == ["Asha town, Asha_Town"]
    assert said(case, "not a place: ignored") == ["Nowhere"]
    assert said(case, "without a column: in conflict from its date on") == ["Corin, 60,000 residents, day 60"]
    assert case.schedule.intensity[:, place(case, "Corin")].sum() == 60
    assert said(letter, "without a column: never in conflict")
    assert said(letter, "not a place: ignored")[0] == "Asha town; near: Asha_Town"


def test_people_displaced_while_nothing_is_in_conflict_come_from_anywhere_and_that_is_said(copy: Path) -> None:
    edit(copy, CONFLICTS, lambda text: "\n".join([text.splitlines()[0], *(f"{day},0,0,0" for day in range(120))]))
    case = read_case(copy)
    assert said(case, "while no place is in conflict")
    assert not Displacement(case, Behaviour(), persons_per_agent=10).run().waiting.any()


def test_residents_outside_camps_are_counted_and_negative_populations_are_said(copy: Path) -> None:
    edit(copy, LOCATIONS, lambda text: "".join(
        line + (",initial_idps" if line.startswith("#") else ",500" if line.startswith("Dema") else ",") + "\n"
        for line in text.splitlines()
    ))  # fmt: skip
    put(copy, LOCATIONS, "town,,25000", "town,,-25000")
    case, letter = read_case(copy), read_case(copy, strict=False)
    assert case.people == read_case(TUTORIAL).people + 500 == letter.people + 500
    assert said(letter, "initial_idps of a place that is no camp: ignored") == ["Dema"]
    assert said(case, "negative population: counted as 0") == ["Esk: -25000"]
    for behaviour in (Behaviour(), PRESETS["modern125"]):
        run = Displacement(case, behaviour).run()
        assert run.counts[-1].sum() + run.on_the_way[-1] == case.people


@pytest.mark.parametrize(("capacity", "most"), [("601", 800), ("600", 800), ("599", 800), ("0", 22500), ("", 22500)])
def test_a_full_camp_stays_full_and_one_without_a_capacity_is_unlimited(copy: Path, capacity: str, most: int) -> None:
    put(copy, LOCATIONS, "camp,,9000", f"camp,,{capacity}")
    case = read_case(copy)
    run = Displacement(case, Behaviour(SPLIT)).run()
    camp = list(case.observed.camps).index(place(case, "Highcamp"))
    assert 600 <= run.in_camps[-1, camp] <= most
    assert (run.in_camps[-1, camp] > 5000) == (most > 800) == bool(said(case, "without a capacity: unlimited"))


def test_types_that_change_on_a_day(copy: Path) -> None:
    (copy / "input_csv/location_changes.csv").write_text("#name,type,day\nHighcamp,town,40\nDema,conflict_zone,30\n")
    case = read_case(copy)
    assert case.schedule.is_camp[:, place(case, "Highcamp")].sum() == 40
    assert (case.schedule.intensity[[29, 30], place(case, "Dema")] == [0, 1]).all()
    assert Displacement(case, Behaviour(), persons_per_agent=10).run().counts[-1, place(case, "Highcamp")] == 0
    assert said(read_case(copy, strict=False), "changes of types: not read")


def test_a_camp_that_grows_and_a_road_of_its_own_speed(copy: Path) -> None:
    put(copy, LOCATIONS, "camp,,9000", "camp,,9000,150")
    put(copy, LOCATIONS, "conflict_date,population", "conflict_date,population,capacity_per_day")
    put(copy, ROUTES, "Asha,Highcamp,125,0", "Asha,Highcamp,125,0,5")
    put(copy, ROUTES, "forced_redirection", "forced_redirection,max_move_speed")
    grown, plain = read_case(copy), read_case(TUTORIAL)
    high = place(plain, "Highcamp")
    ours, usual = (Displacement(case, Behaviour(SPLIT), persons_per_agent=5).run() for case in (grown, plain))
    # 125 km at 5 km a day: the first who leave on day 1 arrive on day 25.
    assert ours.counts[24, high] == ours.counts[0, high] < ours.counts[27, high]
    assert ours.counts[-1, high] > 1.1 * usual.counts[-1, high]


def test_a_case_brings_its_own_settings_of_the_rule_of_flee(copy: Path) -> None:
    text = "log_levels: {}\nmove_rules:\n  camp_movechance: 0.002\n  awareness_level: 2\n  fixed_routes: true\n"
    (copy / "simsetting.yml").write_text(text)
    case = read_case(copy)
    # A case that says nothing of a decay has none.
    assert case.own_rule == FleeRule(camp_movechance=0.002, awareness_level=2, conflict_spawn_decay=(1.0,))
    assert said(case, "setting that is not supported") == ["move_rules.fixed_routes"]
    assert simulate(case, Options(rule="flee", preset="case", persons_per_agent=50)).attrs["persons_error"] == 0
    with pytest.raises(InvalidInput, match=r"simsetting\.yml"):
        Options(rule="flee", preset="case").behaviour()
    (copy / "simsetting.yml").write_text("move_rules:\n  camp_movechance: 2\n")
    with pytest.raises(InvalidInput, match="camp_movechance is 2"):
        read_case(copy)


def test_what_is_not_supported_is_said_in_true_words(copy: Path) -> None:
    for name in ("agents", "demographics_age", "major_routes"):
        (copy / f"input_csv/{name}.csv").write_text("#Day,Asha\n0,1\n")
    actions = [finding.action for finding in read_case(copy).findings if "not supported" in finding.rule]
    assert len(actions) == 3
    assert "people are not kept to given routes here" in " ".join(actions)


def test_floods_displace_people_repel_them_and_make_them_leave(copy: Path, tmp_path: Path) -> None:
    """All 20,000 newly displaced come from the only place that is flooded; camps on it are avoided by Flee's rule."""
    edit(copy, CONFLICTS, lambda text: "\n".join([text.splitlines()[0], *(f"{day},0,0,0" for day in range(120))]))
    (copy / "input_csv/flood_level.csv").write_text("#Day,Dema,Rivercamp\n0,0,0\n1,2,4\n60,3,4\n119,3,4\n")
    (copy / "simsetting.yml").write_text(
        "move_rules:\n  flood_rules: {flood_movechances: [0, 0.4, 1.0], flood_loc_weights: [1, 0.5, 0.2, 0, 0]}\n"
    )
    case = read_case(copy)
    dema, river = place(case, "Dema"), place(case, "Rivercamp")
    assert case.schedule.flood[[0, 1, 59, 60, 119], dema].tolist() == [0, 2, 2, 3, 3]
    assert said(case, "a flood displaces people as conflict of the same intensity")
    assert not said(case, "while no place is in conflict")
    run = Displacement(case, Behaviour(), persons_per_agent=10).run()
    from_dema = run.used[:, case.links.origin == dema].sum()
    assert from_dema == case.arrivals.sum() // 10
    own = Displacement(case, case.own_rule, persons_per_agent=10).run()
    assert own.counts[:, river].sum() == 0 < Displacement(case, PRESETS["simsetting"]).run().counts[-1, river]
    # At a chance of 1 for a level beyond the list nobody is left where it is flooded.
    assert own.counts[-1, dema] == 0
    again = read_case(write_case(case, tmp_path / "written"))
    np.testing.assert_array_equal(again.schedule.flood, case.schedule.flood)
    (copy / "input_csv/flood_level.csv").write_text("#Day,Dema\n0,1\n")
    with pytest.raises(InvalidInput, match="120 or more"):
        read_case(copy)


def test_hunger_makes_people_leave_and_go(copy: Path, tmp_path: Path) -> None:
    """With everyone short of food in the Centre, who stops there goes on the next day; people of Dema set out, too."""
    (copy / "input_csv/region_attributes_IPC.csv").write_text("#Day,North,Centre,Nowhere\n0,0,0,5\n100,0,100,5\n")
    (copy / "simsetting.yml").write_text("spawn_rules:\n  starvation_driven_spawning: true\n")
    case = read_case(copy)
    dema = place(case, "Dema")
    np.testing.assert_allclose(case.schedule.hunger[[0, 50, 100, 119], dema], [0, 0.5, 1, 1])
    assert said(case, "column that is not a region: ignored") == ["Nowhere"]
    assert "South" in said(case, "region without a column")
    rule = case.own_rule
    weights = [Displacement(case, each).rule.weights(100)[dema] for each in (FleeRule(), rule)]
    assert weights == [0, case.places.population[dema]]
    stay, go = (Displacement(case, replace(FleeRule(), flee_when_starving=on)).run() for on in (False, True))
    assert stay.counts[119, dema] > 2 * go.counts[119, dema]  # who arrives rests until the next day
    again = read_case(write_case(case, tmp_path / "written"))
    np.testing.assert_allclose(again.schedule.hunger, case.schedule.hunger, atol=1e-6)
    (copy / "input_csv/region_attributes_IPC.csv").write_text("#Day,North\n5,1\n5,2\n")
    with pytest.raises(InvalidInput, match="of a later day"):
        read_case(copy)


def test_own_settings_that_ask_for_nothing_are_not_told(copy: Path) -> None:
    (copy / "simsetting.yml").write_text(
        "optimisations: {hasten: 10}\n"
        "spawn_rules: {take_from_population: false, insert_day0: true, conflict_spawn_decay: [1.0, 0.5]}\n"
        "move_rules: {weight_power: 1.0, pruning_threshold: 3, use_v1_rules: true, max_move_speed: 500}\n"
    )
    case = read_case(copy)
    assert said(case, "setting that is not supported") == ["move_rules.pruning_threshold"]
    assert case.own_rule is not None
    assert (case.own_rule.max_move_speed, case.own_rule.conflict_spawn_decay) == (200.0, (1.0, 0.5))
    (copy / "simsetting.yml").write_text("move_rules: {flood_rules: {flood_movechances: [0, 2]}}\n")
    with pytest.raises(InvalidInput, match="flood_movechances is 2"):
        read_case(copy)


def test_findings_of_one_kind_are_one_line(copy: Path) -> None:
    edit(copy, ROUTES, lambda text: text + "".join(text.splitlines(keepends=True)[1:]))
    lines = [line for line in findings_text(read_case(copy).findings).splitlines() if "road given twice" in line]
    assert len(lines) == 1
    assert "(11 times)" in lines[0]


def test_a_folder_is_scored_as_far_as_it_can_be_read(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(copy, copy.with_name("broken"))
    put(copy.with_name("broken"), ROUTES, "Asha,Highcamp", "Asha,Nowhere")
    result = validate(copy.parent, Options(persons_per_agent=50))
    assert [one["case"] for one in result["cases"]] == ["case"]
    assert result["unreadable"][0]["case"] == "broken"
    assert "Nowhere" in result["unreadable"][0]["why"]
    assert main(["check", str(copy.parent)]) == 2
    captured = capsys.readouterr()
    assert "case is a displacement case that can be run" in captured.out
    assert "Nowhere" in captured.out
    assert "1 that cannot be read" in captured.err
    assert main(["check", str(copy)]) == 0


def test_more_places_than_two_bytes_number(copy: Path) -> None:
    """Towns beyond 32,767 places, behind which the conflict is: people find their way, and nobody is lost."""
    towns = "".join(f"T{number},North,Arun,12,20,town,,10\n" for number in range(33_000))
    edit(copy, LOCATIONS, lambda text: text.splitlines(keepends=True)[0] + towns + text.split("\n", 1)[1])
    (copy / "input_csv/sim_period.csv").write_text("StartDate,2001-03-01\nLength,12\n")
    case = read_case(copy)
    assert place(case, "Asha") == 33_000
    run = Displacement(case, Behaviour(), persons_per_agent=20).run()
    assert run.counts[-1].sum() + run.on_the_way[-1] == run.place.size
    assert run.in_camps[-1].sum() > 2 * run.in_camps[0].sum()
    assert Displacement(case, PRESETS["modern125"], persons_per_agent=20).place.max() == place(case, "Highcamp")
