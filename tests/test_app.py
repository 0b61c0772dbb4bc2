import io
import json
import os
import re
import shlex
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from streamlit.testing.v1 import AppTest

from experiments.boundaries import all_rings, boundaries
from experiments.compare import paired_differences
from experiments.conf import configure
from experiments.run import Job, World, follow, simulate
from experiments.settings import CompareSettings
from model.errors import InvalidInput
from model.parameters import REGISTRY
from model.policies import Measure
from scenarios import interventions, load, load_policy, make_policy
from views import builder, explore, method, signin
from views.animation import weekly
from views.board import Board
from views.charts import STATES, quarterly_table, states_table
from views.digest import SERIES, digest
from views.downloads import command, groups_csv, netcdf, policies_zip, series_csv
from views.evidence import observed_table, standings
from views.groups import DIVISIONS, groups_sentences, groups_table
from views.headline import WORDS, headline_html
from views.lessons import GUESSES, LESSONS, answer, change
from views.lives import life_html, lives_of, portrait_words
from views.maps import difference_map, flow_map, legs_table
from views.package import Package, changes_to, corridor_of, measures_for, packages_for, yaml_text
from views.page import published, spoken
from views.question import RESULTS, Question
from views.report import report_html
from views.tasks import Task
from views.value import value_words
from views.workers import Order, Stopped, Worker, WorkerLost, prune

ROOT = Path(__file__).resolve().parent.parent
PAGE = """
if __name__ == "__main__":
    from views import {name}
    {name}.page()
"""
PACKAGE = "border_enforcement"
TITLES = {"baseline": "Baseline", PACKAGE: "Border enforcement"}
SECONDS = 120


class Inline(Worker):
    """Computes in the thread that asks, so that tests of pages need no process."""

    def __init__(self):
        pass

    def run(self, order, news, is_stopped):
        news(0.5)
        if is_stopped():
            raise Stopped
        ds, lives = follow(order.job)
        return digest(ds, order.weekly, lives)


class Gated(Inline):
    """Waits for a sign before it answers with a stand-in."""

    gate = threading.Event()
    fails = None

    def run(self, order, news, is_stopped):
        while not self.gate.is_set():
            if is_stopped():
                raise Stopped
            time.sleep(0.01)
        if self.fails is not None:
            raise self.fails
        return order


@pytest.fixture
def gated(monkeypatch):
    monkeypatch.setattr(Gated, "gate", threading.Event())
    monkeypatch.setattr(Gated, "fails", None)
    return Gated


@pytest.fixture(scope="module")
def world():
    return World.of(CompareSettings(scenario="tutorial", agents=4000, end="2001-12-31"))


@pytest.fixture(scope="module")
def orders(world):
    policies = [load_policy("baseline"), load_policy(PACKAGE)]
    study = world.study(Path("nowhere"))
    return [Order(Job(world, policy, seed), study, keep=False) for seed in (0, 1) for policy in policies]


@pytest.fixture(scope="module")
def answered(orders):
    task = Task("question", orders)
    for order in orders:
        task.note(order, digest(simulate(order.job)))
    return task.dataset()


def wait_until(condition):
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def question(corridor="tutorial", first=2001, last=2002, packages=(PACKAGE,), **settings):
    return Question(corridor, first, last, tuple(Package.of_text(corridor, text) for text in packages), **settings)


class TestQuestion:
    @pytest.mark.parametrize(
        "query",
        [
            {"corridor": "tutorial", "years": "2001-2002", "packages": f"{PACKAGE},safe_pathways", "detail": "medium"},
            {"corridor": "tutorial", "packages": "own~search_and_rescue:4,rescue~ngo_rescue:0~shelter_places:1.5"},
            {"corridor": "mediterranean", "years": "2012-2014", "shocks": "conflict_onset:0.6:2013:2:SYR"},
            {"corridor": "mediterranean", "shocks": "border_closure:0.5:2012:1:route:Central Mediterranean"},
            {"corridor": "mediterranean", "years": "2019-2030", "future": "relief", "runs": "10"},
        ],
    )
    def test_address_holds_the_whole_question(self, query):
        asked = Question.from_address(query)
        assert Question.from_address(asked.address()) == asked
        assert query.items() <= asked.address().items()

    def test_no_question_in_a_plain_address(self):
        assert Question.from_address({}) is None

    def test_what_an_address_leaves_open_is_as_usual(self):
        assert Question.from_address({"corridor": "mediterranean"}) == Question.usual()

    @pytest.mark.parametrize(
        "changed",
        [
            {"corridor": "../../etc"},
            {"corridor": "/etc/passwd"},
            {"packages": "../baseline"},
            {"packages": "own"},
            {"packages": "baseline"},
            {"packages": f"{PACKAGE},{PACKAGE}"},
            {"packages": "own~border_patrols:9999"},
            {"packages": "own~border_patrols:nan"},
            {"packages": "own~border_patrols:1e3"},
            {"packages": "own~border_patrols"},
            {"packages": "own~../x:1"},
            {"packages": "rescue~{0}:1"},
            {"packages": ",".join(["rescue", "adaptive", "comprehensive", PACKAGE, "safe_pathways"])},
            {"years": "0"},
            {"years": "2002-2001"},
            {"years": "1999-2002"},
            {"years": "2001-2030"},
            {"years": "²001-2002"},
            {"years": "2001-2002; ls"},
            {"shocks": "drought"},
            {"shocks": "drought:1:2001:1:../x"},
            {"shocks": "drought:99:2001:1:all"},
            {"shocks": "drought:1:2050:1:all"},
            {"shocks": "drought:1:2001:0:all"},
            {"shocks": "ls:1:2001:1:all"},
            {"future": "../relief"},
            {"future": "relief"},
            {"detail": "huge"},
            {"runs": "1000"},
            {"runs": "$(ls)"},
        ],
    )
    def test_a_changed_address_is_refused_in_one_sentence(self, changed):
        with pytest.raises(InvalidInput, match="allowed: "):
            Question.from_address({**question().address(), **changed})

    def test_only_packages_that_the_corridor_has_targets_for_are_offered(self):
        assert "baseline" not in packages_for("tutorial")
        for name in ("tutorial", "mediterranean"):
            for base in packages_for(name):
                for setting in Package(name, base).policy.settings:
                    load(name).check_targets(setting.lever, setting.target, "test")
            for what, known in measures_for(name).items():
                Package(name, changes=((what, known.high),))

    def test_runs_come_in_pairs_and_are_kept(self):
        orders = question(replicates=2).orders()
        assert [(order.seed, order.policy) for order in orders] == [
            (0, "baseline"), (0, PACKAGE), (1, "baseline"), (1, PACKAGE),
        ]  # fmt: skip
        assert {order.study.path.parent for order in orders} == {RESULTS}

    def test_runs_of_ready_packages_are_those_of_the_shell(self):
        assert question().policies == [load_policy("baseline"), load_policy(PACKAGE)]

    def test_shocks_are_in_every_run_and_keep_results_apart(self):
        asked = Question.from_address({**question().address(), "shocks": "drought:2:2001:1:alman"})
        assert not {policy.name for policy in asked.policies} & {policy.name for policy in question().policies}
        for policy in asked.policies:
            assert any(setting.lever == "climate" and setting.target == ("alman",) for setting in policy.settings)

    def test_future_begins_where_the_data_end(self):
        asked = Question.from_address({"corridor": "tutorial", "years": "2001-2005", "future": "deterioration"})
        assert asked.world.end.year == 2005
        assert all(policy.settings for policy in asked.policies)

    def test_titles_tell_packages_apart(self):
        asked = question(packages=("own~ngo_rescue:2", "own~ngo_rescue:4"))
        assert len(set(asked.titles.values())) == 3


class TestPackage:
    def test_change_of_a_ready_policy_keeps_its_targets(self):
        changed = Package.of_text("tutorial", f"{PACKAGE}~border_patrols:3~detention:0")
        ready = packages_for("tutorial")[PACKAGE]
        patrols = next(measure for measure in changed.file.measures if measure.what == "border_patrols")
        assert (patrols.amount, patrols.target) == (3, ready.measures[0].target)
        assert "detention" not in changed.amounts
        assert "changed" in changed.title

    def test_same_content_same_name(self):
        one, other = (Package.of_text("tutorial", text) for text in ("own~ngo_rescue:2", "own~ngo_rescue:2.0"))
        assert one.key == other.key != Package.of_text("tutorial", "own~ngo_rescue:3").key

    @pytest.mark.parametrize("base", ["comprehensive", PACKAGE])
    def test_wanting_what_a_ready_policy_has_changes_nothing(self, base):
        amounts = Package("tutorial", base).amounts
        assert changes_to(base, "tutorial", amounts) == ()
        assert dict(changes_to(base, "tutorial", {})) == dict.fromkeys(amounts, 0.0)

    def test_file_says_the_same(self, tmp_path):
        package = Package.of_text("tutorial", f"{PACKAGE}~border_patrols:3~ngo_rescue:2")
        (tmp_path / f"{package.key}.yaml").write_text(yaml_text(package.file))
        assert load_policy(tmp_path / f"{package.key}.yaml") == package.policy

    def test_sliders_reach_the_default(self):
        for entry in interventions().values():
            steps = (entry.default - entry.low) / builder.slider_step(entry)
            assert abs(steps - round(steps)) < 1e-6, entry.name


class TestBoard:
    def test_answers_and_remembers(self, orders, gated):
        board = Board(1, gated)
        gated.gate.set()
        first = board.ask("a", "one", lambda: orders)
        wait_until(lambda: not first.is_live)
        assert (first.status, first.seeds, first.progress) == ("done", [0, 1], 1.0)
        assert board.ask("b", "another key", lambda: orders).status == "done"

    def test_sessions_that_ask_the_same_share_the_work(self, orders, gated):
        board = Board(1, gated)
        task = board.ask("a", "one", lambda: orders)
        assert board.ask("b", "one", lambda: orders) is task
        board.cancel("a", task)
        assert task.is_live
        board.cancel("b", task)
        assert task.status == "cancelled"

    def test_a_session_has_one_question(self, orders, gated):
        board = Board(1, gated)
        first = board.ask("a", "one", lambda: orders)
        second = board.ask("a", "two", lambda: orders)
        assert (first.status, board.ahead(second)) == ("cancelled", 0)

    def test_a_short_question_does_not_wait_for_a_long_one(self, orders, gated):
        board = Board(2, gated)
        long = board.ask("a", "long", lambda: orders)
        wait_until(lambda: long.under_way == 2)
        short = board.ask("b", "short", lambda: orders[:1])
        gated.gate.set()
        wait_until(lambda: not short.is_live and not long.is_live)
        assert (short.status, long.status) == ("done", "done")

    def test_questions_of_closed_browsers_are_given_up(self, orders, gated, monkeypatch):
        board = Board(1, gated)
        closed = board.ask("a", "closed", lambda: orders)
        shared = board.ask("b", "shared", lambda: orders)
        board.ask("c", "shared", lambda: orders)
        monkeypatch.setattr("views.board.SILENT_SECONDS", 0.05)
        time.sleep(0.1)
        board.hear("c", shared)
        board.ask("d", "new", lambda: orders)
        assert (closed.status, shared.is_live) == ("cancelled", True)

    def test_first_package_is_shown_before_the_second(self, orders):
        task = Task("question", [*orders[:2], Order(orders[0].job, orders[0].study), *orders[2:]])
        assert task.seeds == []
        task.note(orders[0], digest(simulate(orders[0].job)))
        assert task.seeds == []
        task.note(orders[1], digest(simulate(orders[1].job)))
        assert (task.seeds, task.answered) == ([0], ["baseline", PACKAGE])

    def test_too_many_questions_are_refused(self, orders, gated, monkeypatch):
        monkeypatch.setattr("views.board.MOST_QUESTIONS", 2)
        board = Board(1, gated)
        for name in "ab":
            board.ask(name, name, lambda: orders)
        with pytest.raises(InvalidInput, match="try again"):
            board.ask("c", "c", lambda: orders)

    @pytest.mark.parametrize(
        ("error", "words"), [(WorkerLost(), "memory"), (InvalidInput("legs.csv", "fee", -1, "0 or more"), "legs.csv")]
    )
    def test_failure_is_told_and_work_goes_on(self, orders, gated, monkeypatch, error, words):
        board = Board(1, gated)
        monkeypatch.setattr(gated, "fails", error)
        gated.gate.set()
        task = board.ask("a", "one", lambda: orders)
        wait_until(lambda: not task.is_live)
        assert task.status == "failed"
        assert words in task.error
        monkeypatch.setattr(gated, "fails", None)
        again = board.ask("a", "one", lambda: orders)
        wait_until(lambda: not again.is_live)
        assert again.status == "done"


@pytest.mark.slow
class TestWorker:
    def test_computes_stores_stops_and_starts_again(self, world, tmp_path):
        worker = Worker()
        order = Order(Job(world, load_policy("baseline"), 5), world.study(tmp_path))
        heard = []
        result = worker.run(order, heard.append, lambda: False)
        assert result.equals(digest(simulate(order.job)))
        with pytest.raises(Stopped):
            worker.run(order, heard.append, lambda: True)
        assert worker.run(order, heard.append, lambda: False).equals(result)
        assert [path.name for path in tmp_path.iterdir()] == [order.study.path.name]

    def test_a_lost_process_is_replaced(self, world):
        worker = Worker()
        worker._process.kill()
        worker._process.join()
        order = Order(Job(world, load_policy("baseline"), 5), world.study(Path("nowhere")), keep=False)
        with pytest.raises(WorkerLost):
            worker.run(order, lambda share: None, lambda: False)
        assert "deaths" in worker.run(order, lambda share: None, lambda: False)


def test_the_oldest_runs_are_removed(tmp_path):
    for number in range(5):
        run = tmp_path / "a.zarr" / "baseline" / str(number)
        run.mkdir(parents=True)
        os.utime(run, (number, number))
    (tmp_path / "a.zarr" / ".zattrs").write_text("{}")
    prune(tmp_path, most=2)
    assert sorted(path.name for path in (tmp_path / "a.zarr" / "baseline").iterdir()) == ["3", "4"]
    assert (tmp_path / "a.zarr" / ".zattrs").exists()


class TestDigest:
    def test_quarters_add_up_to_the_run(self, world):
        ds = simulate(Job(world, load_policy("baseline"), 0))
        reduced = digest(ds)
        whole = reduced["quarterly"].sum("quarter")
        for name, series in SERIES.items():
            assert float(whole.sel(series=name)) <= sum(float(ds[v].sum()) for v in series.variables) + 1e-6
        assert reduced.sizes["quarter"] == 4

    def test_all_series_have_figures_to_draw(self, answered):
        for series in SERIES:
            table = quarterly_table(answered, series, TITLES)
            assert (table["low"] <= table["mean"] + 1e-9).all()
            assert set(table["package"]) == set(TITLES.values())

    def test_states_in_words(self, answered):
        assert set(states_table(answered)["state"]) == set(STATES.values())


class TestPictures:
    def test_headline_says_every_verdict_in_words(self, answered):
        html = headline_html(paired_differences(answered, "baseline"), TITLES)
        assert html.count("<tr>") == html.count('<th scope="row">') + 1
        known = {word for words in WORDS for word in words.split(", ")}
        assert known & set(html.replace("<", " ").split())

    def test_headline_escapes_what_it_is_told(self, answered):
        table = paired_differences(answered, "baseline")
        assert "<script>" not in headline_html(table, {**TITLES, PACKAGE: "<script>"})

    def test_first_replicate_has_no_verdict(self, answered):
        table = paired_differences(answered.isel(replicate=[0]), "baseline")
        assert "no interval yet" in headline_html(table, TITLES)

    @pytest.mark.parametrize("draw", [flow_map, difference_map])
    def test_map_layers_have_one_projection(self, answered, draw):
        corridor = load("tutorial")
        chart = draw(corridor, legs_table(corridor, answered, PACKAGE, "baseline")).to_dict()
        assert len(chart["layer"]) >= 3
        assert {layer["projection"]["type"] for layer in chart["layer"]} == {"mercator"}

    def test_boundaries_are_small_closed_and_not_drawn_below_an_invented_world(self):
        rings = all_rings()
        assert sum(len(ring) for ring in rings) < 6000
        for ring in rings:
            assert (ring[0] == ring[-1]).all()
            x, y = ring.T
            assert np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) < 0, "clockwise"
        assert boundaries(load("tutorial")) == []
        assert len(boundaries(load("mediterranean"))) == len(rings)


@pytest.fixture(scope="module")
def whole(orders):
    """A question with its answer: two pairs of the toy world."""
    asked = question(packages=(PACKAGE, "own~ngo_rescue:8"), last=2001, replicates=2)
    task = Task(asked, asked.orders())
    world = World.of(CompareSettings(scenario="tutorial", agents=4000, end="2001-12-31"))
    for order in list(task.open):
        task.note(order, digest(simulate(Job(world, order.job.policy, order.seed))))
    return asked, task.dataset()


class TestReading:
    def test_groups_add_up_to_the_whole(self, whole):
        asked, ds = whole
        table = groups_table(ds, "people", "deaths", corridor_of("tutorial"))
        deaths = paired_differences(ds, "baseline").set_index(["policy", "metric"])["difference"]
        sums = table.groupby("policy")["difference"].sum()
        for policy in list(asked.titles)[1:]:
            assert sums[policy] == pytest.approx(deaths[policy, "deaths"])

    @pytest.mark.parametrize("division", DIVISIONS)
    def test_every_package_has_its_sentence(self, whole, division):
        asked, ds = whole
        table = groups_table(ds, division, "deaths", corridor_of("tutorial"))
        sentences = groups_sentences(table, asked.titles)
        assert len(sentences) == len(asked.packages)
        unclear = table[(table["low"] <= 0) & (table["high"] >= 0) & (table["difference"] != 0)]
        assert set(unclear["verdict"]) <= {"unclear"}

    def test_price_is_named_only_when_runs_can_tell(self, whole):
        _, ds = whole
        cheap, dear = ds.copy(deep=True), ds.copy(deep=True)
        for data, saved, cost in ((cheap, -10.0, -5.0), (dear, -10.0, 1000.0)):
            for name, step in (("deaths", saved), ("cost_usd", cost)):
                base = data[name].sel(policy="baseline")
                noise = np.array([0.99, 1.01])
                data[name].loc[{"policy": PACKAGE}] = base.to_numpy() + step * noise
        assert "less than doing without" in value_words(cheap, PACKAGE, "deaths")
        assert value_words(dear, PACKAGE, "deaths").startswith("about 100 USD")
        same = ds.assign(deaths=ds["deaths"] * 0 + 5)
        assert "cannot tell" in value_words(same, PACKAGE, "deaths")

    def test_nothing_to_hold_the_toy_world_against(self, whole):
        _, ds = whole
        assert observed_table(ds, "baseline").empty
        assert standings(observed_table(ds, "baseline")) == {}
        table = paired_differences(ds, "baseline")
        assert "never held against data" in headline_html(table, whole[0].titles, {})

    def test_observations_are_told_beside(self):
        world = World.of(CompareSettings(scenario="mediterranean", agents=2000, start="2014-01-01", end="2015-12-31"))
        reduced = digest(simulate(Job(world, load_policy("baseline"), 0)))
        table = observed_table(reduced.expand_dims(policy=["baseline"], replicate=[0]), "baseline")
        known = standings(table)
        assert set(table["kind"]) == {"detections", "deaths"}
        assert set(known) == {"attempts", "deaths"}
        assert "naive rule" in known["deaths"].sentence


class TestDownloads:
    def test_report_is_one_page_that_asks_for_nothing(self, whole):
        asked, ds = whole
        html = report_html(ds, paired_differences(ds, "baseline"), observed_table(ds, "baseline"), asked.titles, asked)
        assert html.count("<svg") >= 5
        assert not re.search(r"""(src|href)=["']?http|@import|<script""", html)
        for words in ("Not calibrated", "Border enforcement", "Own package", "Agreements with rescue organisations"):
            assert words in html

    def test_netcdf_holds_every_run(self, whole, tmp_path):
        asked, ds = whole
        (tmp_path / "all.nc").write_bytes(netcdf(ds, asked))
        with xr.open_dataset(tmp_path / "all.nc") as back:
            assert back["deaths"].dims == ("policy", "replicate")
            np.testing.assert_array_equal(back["deaths"], ds["deaths"])
            assert "corridor=tutorial" in back.attrs["address"]

    def test_tables_have_all_packages(self, whole):
        asked, ds = whole
        for text in (series_csv(ds, asked.titles), groups_csv(ds, asked.titles, asked)):
            table = pd.read_csv(io.StringIO(text))
            assert set(asked.titles.values()) - {"Baseline"} <= set(table["package"])

    def test_command_and_files_compute_the_same_runs(self, whole, tmp_path, monkeypatch):
        asked, _ = whole
        with zipfile.ZipFile(io.BytesIO(policies_zip(asked))) as archive:
            archive.extractall(tmp_path)
        monkeypatch.chdir(tmp_path)
        _, _, *settings = shlex.split(command(asked, is_ready=False))
        told = configure(CompareSettings, settings)
        assert World.of(told).study(tmp_path).path.name == asked.world.study(tmp_path).path.name
        assert [load_policy(name) for name in told.policies] == asked.policies


class TestLessons:
    @pytest.mark.statistical
    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("name", "expected"),
        [("balloon", "more"), ("debt", "more"), ("information", "about as many"), ("rescue", "about as many"),
         ("pathways", "fewer")],
    )  # fmt: skip
    def test_answer_is_the_one_that_is_explained(self, name, expected):
        # Fixed seeds: three pairs of 24,000 agents, as the page shows them.
        chosen = LESSONS[name]
        task = Task(name, explore.orders(explore._policy(list(chosen.measures)), chosen))
        for order in list(task.open):
            task.note(order, digest(simulate(order.job)))
        assert answer(change(task.dataset(), chosen.asked).share) == expected

    def test_answers(self):
        assert [answer(share) for share in (-0.2, 0.04, 0.2)] == list(GUESSES)

    def test_knobs_stay_in_the_catalogue(self):
        for name, most in explore.KNOBS.items():
            assert 0 < most <= interventions()[name].high
            make_policy("yours", "x", "x", [Measure(what=name, amount=most)])


@pytest.fixture(scope="module")
def followed(world):
    return follow(Job(world, load_policy("baseline"), 0, trace=5))


class TestLives:
    def test_following_changes_no_result_and_tells_whole_lives(self, world, followed):
        ds, lives = followed
        assert ds.attrs["result_hash"] == simulate(Job(world, load_policy("baseline"), 0)).attrs["result_hash"]
        known = lives_of(lives)
        assert set(known) == set(lives.people)
        assert all(known.values())

    def test_a_life_as_html_is_escaped(self, followed):
        event = followed[1].events[0]._replace(with_whom="<b>x</b>")
        assert "&lt;b&gt;x" in life_html([event])
        assert "from " in portrait_words(next(iter(followed[1].people.values())))

    def test_animation_is_plain_data(self, world):
        ds = digest(simulate(Job(world, load_policy("baseline"), 0)), weekly=True)
        data = weekly(ds.expand_dims(policy=["baseline"], replicate=[0]), load("tutorial"), {"baseline": "As it is"})
        assert len(data["weeks"]) == len(data["worlds"][0]["flow"]) == ds.sizes["time"]
        assert json.loads(json.dumps(data)) == data


class TestMethod:
    def test_search_takes_all_words(self):
        records = [
            {name: "" for name in method.COLUMNS} | {"name": "rescue_cost", "obtained": "measured"},
            {name: "" for name in method.COLUMNS} | {"name": "rescue_k", "obtained": "assumed"},
        ]
        assert list(method.select(records, "Rescue cost", [])["parameter"]) == ["rescue_cost"]
        assert list(method.select(records, "rescue", ["assumed"])["parameter"]) == ["rescue_k"]
        assert method.select(records, "[a-z", []).empty

    def test_validation_is_shown_as_published(self, tmp_path):
        file = tmp_path / "validation.md"
        assert "No validation" in published(file)
        file.write_text("# Validation\n\n## Hindcasts\n\n![x](x.png)\n\nText.\n")
        assert published(file).split() == ["####", "Hindcasts", "Text."]

    def test_a_corridors_own_values_stand_beside(self):
        own = method.own_values("mediterranean")
        assert set(own["parameter"]) <= set(REGISTRY)
        assert len(own) > 5

    def test_every_process_is_told(self):
        told = method.mechanisms()
        assert all(name and text for name, text in told)
        assert "Travel and crossing" in [name for name, _ in told]


@pytest.fixture
def pages(monkeypatch, tmp_path):
    """Pages with a board of their own that computes in this process."""
    board = Board(1, Inline)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(ROOT))
    for page in ("compare", "explore"):
        monkeypatch.setattr(f"views.{page}.board", lambda: board)
    patient = explore.wait
    monkeypatch.setattr(explore, "wait", lambda task: patient(task, SECONDS))

    def open_page(name, **query):
        script = AppTest.from_string(PAGE.format(name=name), default_timeout=SECONDS)
        for key, value in query.items():
            script.query_params[key] = value
        return script.run()

    return open_page


def finished(script):
    wait_until(lambda: not script.session_state["task"].is_live)
    return script.run()


def texts(script):
    return " ".join(
        str(element.value) for kind in ("markdown", "info", "error", "caption") for element in script.get(kind)
    )


class TestPages:
    def test_app_opens_on_compare(self, monkeypatch):
        script = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS).run()
        assert not script.exception
        assert script.title[0].value == "Compare"

    def test_nothing_is_computed_before_it_is_asked(self, pages):
        script = pages("compare")
        assert not script.exception
        assert "Nothing is compared yet" in texts(script)
        assert "Not calibrated" in script.warning[0].value

    def test_a_link_shows_the_comparison(self, pages):
        script = finished(pages("compare", corridor="tutorial", years="2001-2001", packages=PACKAGE, runs="2"))
        assert not script.exception
        assert script.subheader[0].value == "Difference to the baseline"
        assert "corridor compare scenario=tutorial" in script.code[0].value
        assert {"What it buys", "Who gains, who loses", "Take it along"} <= {head.value for head in script.subheader}
        script.segmented_control(key="maps").set_value("Flow under each package").run()
        script.selectbox(key="division").set_value("routes").run()
        assert not script.exception

    def test_shocks_and_changed_packages_of_a_link_are_in_the_controls(self, pages):
        query = {
            "corridor": "tutorial",
            "packages": "own~ngo_rescue:4",
            "shocks": "drought:2:2001:1:alman",
            "runs": "2",
        }
        script = pages("compare", **query)
        assert not script.exception
        assert script.slider(key="tutorial-0-ngo_rescue").value == 4
        assert script.slider(key="tutorial-shock-drought-amount").value == 2
        assert dict(script.query_params) == Question.from_address(query).address()
        assert "changed since" not in texts(script)

    def test_a_broken_link_is_told_and_nothing_runs(self, pages):
        script = pages("compare", corridor="../../etc")
        assert not script.exception
        assert "cannot be compared" in texts(script)
        assert "task" not in script.session_state

    def test_compare_button_puts_the_question_into_the_address(self, pages):
        script = pages("compare")
        script.selectbox(key="corridor").set_value("tutorial").run()
        script.segmented_control(key="count-tutorial").set_value(1).run()
        script.selectbox(key="tutorial-0-base").set_value(PACKAGE).run()
        script.slider(key="tutorial-0-border_patrols").set_value(2.0).run()
        script.button[0].click().run()
        assert not script.exception
        asked = Question.from_address(dict(script.query_params))
        assert asked.packages == (Package.of_text("tutorial", f"{PACKAGE}~border_patrols:2"),)
        assert not finished(script).exception

    def test_empty_package_no_comparison(self, pages):
        script = pages("compare")
        script.segmented_control(key="count-mediterranean").set_value(1).run()
        script.selectbox(key="mediterranean-0-base").set_value("own").run()
        assert not script.exception
        assert script.button[0].disabled
        assert "This package is empty" in texts(script)

    def test_measures_are_added_by_pillar_with_unit_and_source(self, pages):
        script = pages("compare")
        script.multiselect(key="mediterranean-0-partnership").set_value(["ngo_rescue"]).run()
        assert not script.exception
        slider = script.slider(key="mediterranean-0-ngo_rescue")
        assert "vessels added" in slider.label
        assert "Source" in slider.help

    def test_explore_answers_a_slider(self, pages):
        script = pages("explore")
        assert not script.exception
        script.slider[0].set_value(2.0).run()
        assert not script.exception
        assert "difference to the world as it is" in texts(script)

    def test_weeks_and_lives_of_the_toy_world(self, pages):
        script = pages("explore")
        for view in ("Through the weeks", "Follow one person"):
            script.segmented_control(key="view").set_value(view).run()
            assert not script.exception
        assert any(box.label == "Whom to follow" for box in script.selectbox)

    def test_lesson_waits_for_a_guess(self, pages):
        script = pages("explore")
        script.selectbox(key="lesson").set_value("rescue").run()
        assert script.button(key="reveal-rescue").disabled
        script.radio(key="guess-rescue").set_value("fewer").run()
        script.button(key="reveal-rescue").click().run()
        assert not script.exception
        assert "You guessed “fewer”; it is “about as many”" in texts(script)

    def test_sign_in_is_asked_only_where_it_is_set_up(self, monkeypatch, tmp_path):
        assert not signin.is_wanted()
        monkeypatch.setattr(signin, "is_wanted", lambda: True)
        script = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
        script.run()
        assert [title.value for title in script.title] == ["Corridor"]
        assert [button.label for button in script.button] == ["Sign in"]

    def test_method_finds_parameters(self, pages):
        script = pages("method")
        assert not script.exception
        script.text_input[0].set_value("no such words").run()
        assert "No parameter" in texts(script)
        script.text_input[0].set_value("departure rate").run()
        assert len(script.dataframe[0].value) >= 1


def test_time_as_people_say_it():
    assert [spoken(s) for s in (2, 33, 70, 400)] == [
        "a few seconds",
        "about 30 seconds",
        "about a minute",
        "about 7 minutes",
    ]
