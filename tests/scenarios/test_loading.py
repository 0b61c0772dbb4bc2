"""Scenario directories, catalogue and policies: what loads, and one clear sentence for what does not."""

from __future__ import annotations

import datetime as dt
import os
import runpy
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from corridor.model.errors import InvalidInput
from corridor.model.levers import LEVERS
from corridor.model.policies import Measure, Setting
from corridor.scenarios import (
    available,
    catalogue,
    interventions,
    load,
    load_policy,
    load_shock,
    make_policy,
    observed,
    policy_file,
    shocks,
)
from corridor.scenarios.check import check
from corridor.scenarios.files import MAX_YAML_BYTES
from tests import ROOT

TUTORIAL = ROOT / "scenarios" / "tutorial"


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """Return a copy of the tutorial to break."""
    return shutil.copytree(TUTORIAL, tmp_path / "mine")


def replace(file: Path, old: str, new: str) -> int:
    """Replace the one place where ``old`` stands; return its line as an editor counts."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file.name}"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def message_of(action: Callable[[], object]) -> str:
    """Return the sentence with which an action is refused."""
    with pytest.raises(InvalidInput) as caught:
        action()
    message = str(caught.value)
    assert "\n" not in message and "allowed: " in message and len(message) < 1200
    return message


# --- what loads -------------------------------------------------------------------------------------------------------


def test_the_tutorial_is_the_toy_world_that_it_says_it_is() -> None:
    corridor = load("tutorial")
    assert [p.role for p in corridor.places].count("home") == 3
    crossings = [leg.mode for leg in corridor.legs if leg.crossing]
    assert crossings.count("sea") == 1 and {"sea", "land", "air"} == set(crossings)
    assert corridor.agents == 8000 and (corridor.end - corridor.start).days + 1 == 104 * 7
    sources = {row.source for table in (corridor.places, corridor.legs, corridor.communities) for row in table}
    assert sources == {"toy figures"}
    assert check("tutorial") == []


def test_every_bundled_scenario_loads() -> None:
    for name in available("scenarios"):
        assert load(name).name == name


def test_a_path_loads_like_a_name(scenario: Path) -> None:
    assert load(scenario).content_hash == load("tutorial").content_hash == load(str(scenario)).content_hash


def test_the_hash_follows_every_byte_of_every_file(scenario: Path) -> None:
    seen = {load(scenario).content_hash}
    for name in ("corridor.yaml", "places.csv", "events.yaml", "cooperation.csv"):
        with (scenario / name).open("a") as stream:
            stream.write("# a note\n")
        seen.add(load(scenario).content_hash)
    (scenario / "cooperation.csv").unlink()
    seen.add(load(scenario).content_hash)
    assert len(seen) == 6


@pytest.mark.parametrize("name", ["places.csv", "legs.csv", "series.csv"])
def test_windows_files_give_the_same_rows(scenario: Path, name: str) -> None:
    file = scenario / name
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n").replace(b",", b" , "))
    table = name.removesuffix(".csv")
    assert list(getattr(load(scenario), table)) == list(getattr(load("tutorial"), table))


def test_optional_tables_may_be_absent(scenario: Path) -> None:
    for name in ("ties.csv", "cooperation.csv", "rescue.csv", "services.csv", "pathways.csv", "events.yaml"):
        (scenario / name).unlink()
    corridor = load(scenario)
    assert len(corridor.ties) == len(corridor.rescue) == len(corridor.pathways) == len(corridor.events) == 0


def test_groups_name_rows_by_the_value_of_a_column() -> None:
    corridor = load("tutorial")
    assert corridor.select("agency", "side:partner").tolist() == [corridor.agencies.index["port_police"]]
    assert len(corridor.select("leg", "mode:air")) == 2
    assert corridor.select("pathway", "kind:study").tolist() == []
    assert np.array_equal(corridor.select("place", "all"), np.arange(len(corridor.places)))
    assert corridor.select("world", "all").tolist() == [0]
    assert "'mode:see'" in message_of(lambda: corridor.select("leg", "mode:see"))
    assert "'country:ITA'" in message_of(lambda: corridor.select("place", "country:ITA"))
    assert "'nobody'" in message_of(lambda: corridor.select("agency", "nobody"))


# --- what does not load -----------------------------------------------------------------------------------------------

# Each case: file, text to replace, its replacement, and what the message must name beside file and line.
BAD_LINES: dict[str, tuple[str, str, str, list[str]]] = {
    "not a number": ("legs.csv", ",560,2,1200,", ",far,2,1200,", ["distance_km", "'far'", "number"]),
    "decimal comma": ("legs.csv", ",560,2,1200,", ',"560,5",2,1200,', ["distance_km", "'560,5'", "number"]),
    "NaN": ("legs.csv", ",560,2,1200,", ",nan,2,1200,", ["distance_km", "'nan'", "finite"]),
    "infinity": ("legs.csv", ",560,2,1200,", ",560,2,inf,", ["fee_usd", "'inf'", "finite"]),
    "NaN in a series": ("series.csv", "15000000", "NaN", ["value", "'NaN'", "finite"]),
    "negative distance": ("legs.csv", ",560,2,1200,", ",-560,2,1200,", ["distance_km", "'-560'", "greater than or"]),
    "share above one": ("legs.csv", ",0.30,0.040,", ",1.30,0.040,", ["interception_risk", "'1.30'", "less than or"]),
    "missing value": ("legs.csv", ",560,2,1200,", ",,2,1200,", ["distance_km", "missing", "required"]),
    "unknown mode": ("legs.csv", ",sea,1,1,", ",ship,1,1,", ["mode", "'ship'", "'sea'"]),
    "unknown yes or no": ("legs.csv", ",sea,1,1,", ",sea,maybe,1,", ["crossing", "'maybe'", "boolean"]),
    "unknown place in a leg": (
        "legs.csv",
        "port-north,port,north",
        "port-north,port,south",
        ["to", "'south'", "places"],
    ),
    "leg to where it starts": (
        "legs.csv",
        "port-north,port,north",
        "port-north,port,port",
        ["to", "'port'", "another"],
    ),
    "unknown agency": ("legs.csv", "Sea,port_police", "Sea,navy", ["agency", "'navy'", "agencies.csv"]),
    "unknown season": ("legs.csv", "summer_sea", "winter", ["season", "'winter'", "seasons.csv"]),
    "unknown route": ("legs.csv", ",Land,", ",Mountain,", ["route", "'Mountain'", "Sea, Land, Air"]),
    "name given twice": ("legs.csv", "west-north,west", "port-north,west", ["leg", "'port-north'", "no other row"]),
    "bad key": (
        "places.csv",
        "junction,Junction",
        "../junction,Junction",
        ["place", "'../junction'", "letters, digits"],
    ),
    "bad country": ("places.csv", ",XAN,", ",Xan,", ["country", "'Xan'", "three capital letters"]),
    "latitude": ("places.csv", ",4,-17,", ",94,-17,", ["latitude", "'94'", "90"]),
    "too few fields": ("places.csv", ",0.06,3000,", ",0.06,", ["number of fields", "12", "13"]),
    "too many fields": ("places.csv", ",0.06,3000,", ",0.06,3,000,", ["number of fields", "14", "13"]),
    "open quote": ("places.csv", "north,North", 'north,"North', ["line", "fields separated by commas"]),
    "unknown home": ("communities.csv", "Boria,boria,", "Boria,moria,", ["home", "'moria'", "places.csv"]),
    "age shares": ("communities.csv", "0.45,0.35,0.35", "0.45,0.75,0.35", ["child_share", "1.1", "at most 1"]),
    "agency shares": ("agencies.csv", "0.20,0.50,0.05,0.25", "0.20,0.50,0.05,0.35", ["release", "1.1", "exactly 1"]),
    "unknown leg of rescue": ("rescue.csv", ",2,port-north", ",2,port-west", ["legs", "'port-west'", "legs.csv"]),
    "unknown pathway end": ("pathways.csv", "borian,west,", "borian,east,", ["destination", "'east'", "places.csv"]),
    "unknown pathway origin": ("pathways.csv", "borian,west,", "moria,west,", ["community", "'moria'", "all, or"]),
    "partner of itself": ("cooperation.csv", "guard,port_police", "guard,border_guard", ["partner", "'border_guard'"]),
    "unknown tie": ("ties.csv", "alman,west", "almen,west", ["community", "'almen'", "communities.csv"]),
    "unknown partner": ("cooperation.csv", "guard,port_police", "guard,navy", ["partner", "'navy'", "agencies.csv"]),
    "month": ("seasons.csv", "summer_sea,12,", "summer_sea,13,", ["month", "'13'", "12"]),
    "month twice": ("seasons.csv", "summer_sea,12,", "summer_sea,11,", ["month", "summer_sea, 11", "line 12 has it"]),
    "unknown entity": (
        "series.csv",
        "alman,unemployment_pct",
        "almen,unemployment_pct",
        ["entity", "'almen'", "place"],
    ),
    "unknown variable": ("series.csv", "alman,unemployment_pct", "alman,jobs", ["variable", "'jobs'", "'population'"]),
    "no such day": (
        "series.csv",
        "alman,income_usd,2002-07-01",
        "alman,income_usd,2002-02-30",
        ["date", "'2002-02-30'"],
    ),
    "negative income": ("series.csv", "2002-07-01,680", "2002-07-01,-680", ["value", "'-680'", "0 to 1e+12"]),
    "share of a series": (
        "series.csv",
        "displaced_share,2002-01-01,0.20",
        "displaced_share,2002-01-01,20",
        ["value", "'20'", "0 to 1"],
    ),
    "year as date": ("series.csv", "alman,income_usd,2002-07-01", "alman,income_usd,2002", ["date", "'2002'"]),
    "date given twice": (
        "series.csv",
        "borian,displaced_share,2002-01-01",
        "borian,displaced_share,2001-01-01",
        ["entity + variable + date", "borian, displaced_share, 2001-01-01", "line 15 has it"],
    ),
    "tie given twice": (
        "ties.csv",
        "corian,north,2002-07-01",
        "corian,north,2001-01-01",
        ["community + destination + date", "corian, north, 2001-01-01", "no other row"],
    ),
}


@pytest.mark.parametrize("case", BAD_LINES)
def test_bad_lines_are_named(scenario: Path, case: str) -> None:
    name, old, new, words = BAD_LINES[case]
    line = replace(scenario / name, old, new)
    message = message_of(lambda: load(scenario))
    assert message.startswith(f"{scenario / name}, line {line}: ")
    for word in words:
        assert word in message


BAD_HEADERS = {
    "unknown column": ("distance_km", "distance_km,colour", ["column", "'colour'", "distance_km"]),
    "missing column": ("days,fee_usd", "season_days,fee_usd", ["column", "'season_days'", "days"]),
    "column twice": ("days,fee_usd", "days,days", ["column", "'days'", "once"]),
    "semicolons": (",", ";", ["column", "'leg;from;to;", "separated by commas"]),
}


@pytest.mark.parametrize("case", BAD_HEADERS)
def test_bad_headers_are_named(scenario: Path, case: str) -> None:
    old, new, words = BAD_HEADERS[case]
    lines = (scenario / "legs.csv").read_text().split("\n")
    lines = [line + "," if case == "unknown column" and line and line[0] != "#" else line for line in lines]
    lines[0] = lines[0].rstrip(",").replace(old, new)
    (scenario / "legs.csv").write_text("\n".join(lines))
    message = message_of(lambda: load(scenario))
    assert message.startswith(f"{scenario / 'legs.csv'}, line 1: ")
    for word in words:
        assert word in message


def test_a_missing_column_is_named(scenario: Path) -> None:
    file = scenario / "cooperation.csv"
    file.write_text("agency,partner\nborder_guard,port_police\n")
    assert "cooperation.csv, line 1: column level is 'missing'" in message_of(lambda: load(scenario))


BAD_FILES: dict[str, tuple[str, bytes | None, list[str]]] = {
    "missing table": ("legs.csv", None, ["'missing'", "existing file"]),
    "missing header file": ("corridor.yaml", None, ["'missing'", "existing file"]),
    "empty file": ("legs.csv", b"", ["header", "missing"]),
    "only a header": ("cooperation.csv", b"# nothing\n", ["header", "missing"]),
    "empty table": ("communities.csv", b"community,label,home,potential_migrants\n", ["rows", "0", "at least one"]),
    "binary": ("legs.csv", b"\x89PNG\r\n\x1a\n\xff\xd8", ["line 1", "UTF-8"]),
    "zero bytes": ("legs.csv", b"leg,from\n\x00\x00,a\n", ["line 2", "zero bytes"]),
    "latin text": ("places.csv", "place,label\nnorth,Köln\n".encode("latin-1"), ["line 2", "UTF-8"]),
    "not a mapping": ("corridor.yaml", b"- a\n- b\n", ["content", "key: value"]),
    "empty YAML": ("corridor.yaml", b"", ["content", "None", "key: value"]),
    "not a list": ("events.yaml", b"a: 1\n", ["content", "a list"]),
    "code": ("corridor.yaml", b"title: !!python/object/apply:os.getcwd []\n", ["line 1", "YAML", "data only"]),
    "key twice": ("corridor.yaml", b"title: a\nstart: 2001-01-01\ntitle: b\n", ["line 3", "'title' is given twice"]),
    "alias": ("corridor.yaml", b"title: &a x\ndescription: *a\n", ["line 2", "aliases"]),
    "nested": ("corridor.yaml", b"title: " + b"[" * 500 + b"]" * 500, ["line 1", "levels deep"]),
    "wrong tag": ("corridor.yaml", b"title: !!timestamp x\n", ["YAML", "data only"]),
    "nobody": (
        "communities.csv",
        b"community,label,home,potential_migrants\nalman,A,alma,0\nborian,B,boria,0\ncorian,C,coria,0\n",
        ["sum of potential_migrants", "0", "more than 0"],
    ),
    "tab": ("corridor.yaml", b"title: a\n\tstart: b\n", ["line 2", "YAML"]),
    "too long": ("corridor.yaml", b"#" * (MAX_YAML_BYTES + 1), ["file size", str(MAX_YAML_BYTES)]),
    "no such day": ("corridor.yaml", b"title: a\nstart: 2001-02-30\nend: 2002-01-01\n", ["YAML", "day"]),
    "unknown key": ("corridor.yaml", b"title: a\nstart: 2001-01-01\nend: 2002-01-01\ncolour: 1\n", ["colour", "1"]),
    "end before start": ("corridor.yaml", b"title: a\nstart: 2002-01-01\nend: 2001-01-01\n", ["end", "2001-01-01"]),
    "no end": ("corridor.yaml", b"title: a\nstart: 2002-01-01\n", ["end", "'missing'"]),
    "step": ("corridor.yaml", b"title: a\nstart: 2001-01-01\nend: 2002-01-01\nstep_days: 0\n", ["step_days", "0"]),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_are_named(scenario: Path, case: str) -> None:
    name, content, words = BAD_FILES[case]
    (scenario / name).unlink()
    if content is not None:
        (scenario / name).write_bytes(content)
    message = message_of(lambda: load(scenario))
    assert message.startswith(str(scenario / name))
    for word in words:
        assert word in message


BAD_EVENTS = {
    "unknown lever": ("lever: conflict", "lever: war", ["changes.0.lever", "'war'", "patrol_units"]),
    "unknown target": ("target: borian", "target: moria", ["target of conflict", "'moria'", "borian"]),
    "unknown group": ("target: port-north", "target: 'mode:see'", ["target of coast_control", "'mode:see'", "sea"]),
    "two operations": ("add: 0.4,", "add: 0.4, set: 1,", ["changes.0", "exactly one of add, multiply, set"]),
    "not a date": ("date: 2001-07-02", "date: soon", ["date", "'soon'"]),
    "end before start": ("until: 2002-02-25", "until: 2001-02-25", ["until", "2001-02-25", "2001-07-02"]),
    "NaN": ("add: 0.4,", "add: .nan,", ["changes.0.add", "nan", "finite"]),
    "name twice": ("event: alma_drought", "event: boria_offensive", ["event", "'boria_offensive'", "no other event"]),
    "number as target": ("target: borian", "target: 5", ["changes.0.target", "5"]),
}


@pytest.mark.parametrize("case", BAD_EVENTS)
def test_bad_events_are_named(scenario: Path, case: str) -> None:
    old, new, words = BAD_EVENTS[case]
    replace(scenario / "events.yaml", old, new)
    message = message_of(lambda: load(scenario))
    assert message.startswith(f"{scenario / 'events.yaml'}, ")
    for word in words:
        assert word in message


def test_an_event_is_named_by_its_line(scenario: Path) -> None:
    line = replace(scenario / "events.yaml", "- event: alma_drought", "- incident: alma_drought")
    assert f"events.yaml, line {line}: event is 'missing'" in message_of(lambda: load(scenario))


def test_a_file_is_no_directory() -> None:
    assert "not a directory" in message_of(lambda: load(TUTORIAL / "legs.csv"))
    for read in (load, observed, check):
        for path in ("./no/such/place", "x" * 300 + "/y"):
            assert "'missing'" in message_of(partial(read, path))


def test_a_pipe_is_refused_at_once(scenario: Path) -> None:
    (scenario / "legs.csv").unlink()
    os.mkfifo(scenario / "legs.csv")
    assert "not a regular file" in message_of(lambda: load(scenario))


@pytest.mark.parametrize("name", ["atlantis", "..", ".", "", "interventions", "Tutorial"])
def test_unknown_names_list_the_known_ones(name: str) -> None:
    scenario_message = message_of(lambda: load(name))
    assert "tutorial" in scenario_message and repr(name) in scenario_message
    policy_message = message_of(lambda: load_policy(name))
    assert "baseline" in policy_message and repr(name) in policy_message
    assert "drought" in message_of(lambda: load_shock(name))


# --- the catalogue ----------------------------------------------------------------------------------------------------


def test_the_catalogue_covers_the_pillars_and_the_kinds_of_shock() -> None:
    pillars = {"prevention", "protection", "prosecution", "partnership", "policy development"}
    assert {entry.pillar for entry in interventions().values()} == pillars
    assert {entry.kind for entry in shocks().values()} >= {"conflict", "climate", "pandemic", "economic", "technology"}
    assert len(interventions()) >= 18 and len(shocks()) >= 12
    assert not set(interventions()) & set(shocks())
    assert list(interventions()) == available("interventions") and list(shocks()) == available("shocks")


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_an_entry_acts_within_its_range(name: str) -> None:
    driver = catalogue()[name]
    assert driver.low <= 0 or driver.low <= driver.default
    settings = settings_at(name, driver.default)
    assert settings and driver.default > 0
    corridor = load("tutorial")
    for setting in settings:
        for target in setting.target:
            corridor.select(LEVERS[setting.lever].scope, target)
        if setting.operation == "multiply":
            assert setting.value >= 0


def settings_at(name: str, amount: float) -> tuple[Setting, ...]:
    """Return the settings of a policy with nothing but ``amount`` of one entry."""
    return make_policy("one", "One", "One measure.", [Measure(what=name, amount=amount)]).settings


def test_free_measures_say_who_bears_the_cost() -> None:
    for entry in interventions().values():
        assert entry.cost_note, entry.name
        if entry.cost_usd_per_unit_year == 0:
            assert "0 here because" in entry.cost_note or "without a running cost" in entry.cost_note, entry.name


def test_a_shock_is_a_policy_with_dates() -> None:
    shock = load_shock("drought", amount=2, target="alman", start=dt.date(2001, 3, 1), end=dt.date(2001, 9, 1))
    assert {setting.lever for setting in shock.settings} == {"climate"}
    assert all(s.target == ("alman",) and s.start == dt.date(2001, 3, 1) for s in shock.settings)
    assert shock.costs == ()
    assert "0 to 4" in message_of(lambda: load_shock("drought", amount=40))
    assert "end" in message_of(lambda: load_shock("drought", start=dt.date(2001, 3, 1), end=dt.date(2001, 1, 1)))


# --- policies ---------------------------------------------------------------------------------------------------------


def test_policies_load_and_fit_any_corridor() -> None:
    wanted = "baseline border_enforcement safe_pathways rescue network_disruption victim_centred prevention_first"
    assert set(available("policies")) >= {*wanted.split(), "comprehensive"}
    for corridor in map(load, available("scenarios")):
        for name in available("policies"):
            for setting in load_policy(name).settings:
                for target in setting.target:
                    corridor.select(LEVERS[setting.lever].scope, target)


def test_the_baseline_does_nothing() -> None:
    assert load_policy("baseline").settings == () == load_policy("baseline").costs


def test_the_comprehensive_package_contains_the_others_once() -> None:
    measures = policy_file("comprehensive").measures
    names = [measure.what for measure in measures]
    assert len(names) == len(set(names))
    for part in ("safe_pathways", "rescue", "network_disruption", "victim_centred", "prevention_first"):
        assert set(policy_file(part).measures) <= set(measures)


BAD_POLICIES = {
    "unknown measure": ("measures: [{what: magic, amount: 1}]", ["measure 1", "'magic'", "border_patrols"]),
    "out of range": ("measures: [{what: border_patrols, amount: 99}]", ["measure 1", "99.0", "0 to 8"]),
    "not a number": ("measures: [{what: border_patrols, amount: many}]", ["measures.0.amount", "'many'", "number"]),
    "NaN": ("measures: [{what: border_patrols, amount: .nan}]", ["measures.0.amount", "nan", "finite"]),
    "no amount": ("measures: [{what: border_patrols}]", ["measures.0.amount", "missing"]),
    "unknown key": ("measures: [{what: border_patrols, amount: 1, place: x}]", ["measures.0.place", "'x'"]),
    "dates": (
        "measures: [{what: border_patrols, amount: 1, start: 2015-01-01, end: 2014-01-01}]",
        ["measures.0", "2014", "an end after start (2015-01-01)"],
    ),
    "unknown include": ("includes: [magic]", ["includes", "'magic'", "baseline"]),
    "not a list": ("measures: 5", ["measures", "5"]),
}


@pytest.mark.parametrize("case", BAD_POLICIES)
def test_bad_policies_are_named(tmp_path: Path, case: str) -> None:
    text, words = BAD_POLICIES[case]
    file = tmp_path / "mine.yaml"
    file.write_text(f"name: mine\ntitle: Mine\ndescription: Mine.\n{text}\n")
    message = message_of(lambda: load_policy(file))
    assert message.startswith(str(file))
    for word in words:
        assert word in message


def test_a_policy_of_ones_own_adds_to_a_bundled_one(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    measures = "measures: [{what: livelihoods, amount: 0.1}]"
    file.write_text(f"name: mine\ntitle: Mine\ndescription: Mine.\nincludes: [rescue]\n{measures}\n")
    policy = load_policy(str(file))
    assert len(policy.settings) == len(load_policy("rescue").settings) + 1
    assert policy.costs == ((0.1 * interventions()["livelihoods"].cost_usd_per_unit_year, None, None, 0.0),)


# --- observations and findings ----------------------------------------------------------------------------------------


def test_observed_tables_are_read_in_order(scenario: Path) -> None:
    assert observed(scenario) == {}
    folder = scenario / "observed"
    folder.mkdir()
    (folder / "deaths.csv").write_text("month,route,deaths\n2001-02-01,Sea,3\n2001-01-01,Sea,5\n")
    table = observed(scenario)["deaths"]
    assert table["deaths"].tolist() == [5, 3] and table["month"].dt.month.tolist() == [1, 2]
    for line, word in (
        ("2001-01-15,Sea,5", "first day"),
        ("2001-02-01,Sea,4", "once"),
        ("2001-03-01,Sea,-1", "greater"),
    ):
        (folder / "deaths.csv").write_text(f"month,route,deaths\n2001-02-01,Sea,3\n{line}\n")
        message = message_of(lambda: observed(scenario))
        assert f"{folder / 'deaths.csv'}, line 3" in message and word in message


FINDINGS = {
    "no way": ("legs.csv", "\ncoria-", "\n# coria-", None, "corian has no path from coria to any destination"),
    "stuck": ("legs.csv", "\nfrontier-west", "\n# frontier-west", None, "no leg leads out of hub frontier"),
    "unreached": ("legs.csv", "\njunction-frontier", "\n# junction-frontier", None, "frontier can be reached from no"),
    "no agency": ("legs.csv", "Land,border_guard", "Land,", None, "frontier-west has no agency"),
    "file not read": ("pathway.csv", "", "", "pathway,label\n", "pathway.csv: not a file of the format"),
    "event too late": ("events.yaml", "date: 2002-04-01", "date: 2003-04-01", None, "rescue_cut come after the end"),
    "route not observed": (
        "observed/deaths.csv",
        "",
        "",
        "month,route,deaths\n2001-01-01,Sea,1\n1999-01-01,River,1\n",
        "no observations for Air, Land",
    ),
    "series ends": ("corridor.yaml", "end: 2002-12-29", "end: 2008-12-29", None, "income_usd ends over a year before"),
}


@pytest.mark.parametrize("case", FINDINGS)
def test_findings(scenario: Path, case: str) -> None:
    name, old, new, content, finding = FINDINGS[case]
    file = scenario / name
    if content is not None:
        file.parent.mkdir(exist_ok=True)
        file.write_text(content)
    else:
        file.write_text(file.read_text().replace(old, new))
    assert any(finding in found for found in check(scenario)), check(scenario)


def test_the_format_page_is_up_to_date() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "make_format.py"))
    assert script["page"]() == script["PAGE"].read_text(encoding="utf-8"), "run python -m docs.make_format"
