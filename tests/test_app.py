import threading
import time
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from experiments.boundaries import all_rings, boundaries
from experiments.compare import paired_differences
from experiments.run import Job, World, simulate
from experiments.settings import CompareSettings
from model.errors import InvalidInput
from model.policies import Measure
from scenarios import interventions, load, load_policy, make_policy
from views import explore, method
from views.board import Board
from views.charts import STATES, quarterly_table, states_table
from views.digest import SERIES, digest
from views.headline import WORDS, headline_html
from views.lessons import BALLOON, GUESSES, answer, changes
from views.maps import difference_map, flow_map, legs_table
from views.page import spoken
from views.question import RESULTS, Question, packages_for
from views.tasks import Task
from views.workers import Order, Stopped, Worker, WorkerLost

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
        return digest(simulate(order.job))


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


class TestQuestion:
    def test_address_holds_the_whole_question(self):
        question = Question("tutorial", 2, (PACKAGE, "safe_pathways"), "medium", 10)
        assert Question.from_address(question.address()) == question

    def test_no_question_in_a_plain_address(self):
        assert Question.from_address({}) is None

    def test_what_an_address_leaves_open_is_as_usual(self):
        assert Question.from_address({"corridor": "mediterranean"}) == Question()

    @pytest.mark.parametrize(
        "changed",
        [
            {"corridor": "../../etc"},
            {"corridor": "/etc/passwd"},
            {"packages": "../baseline"},
            {"packages": ""},
            {"packages": "baseline"},
            {"packages": f"{PACKAGE},{PACKAGE}"},
            {"years": "0"},
            {"years": "99999"},
            {"years": "²"},
            {"years": "1; ls"},
            {"size": "huge"},
            {"replicates": "1000"},
        ],
    )
    def test_a_changed_address_is_refused_in_one_sentence(self, changed):
        address = Question("tutorial", 1, (PACKAGE,)).address()
        with pytest.raises(InvalidInput, match="allowed: "):
            Question.from_address({**address, **changed})

    def test_only_packages_that_the_corridor_has_targets_for_are_offered(self):
        assert "baseline" not in packages_for("tutorial")
        for name in ("tutorial", "mediterranean"):
            for policy in packages_for(name).values():
                for setting in policy.settings:
                    load(name).check_targets(setting.lever, setting.target, "test")

    def test_runs_come_in_pairs_and_are_kept(self):
        orders = Question("tutorial", 1, (PACKAGE,), replicates=2).orders()
        assert [(order.seed, order.policy) for order in orders] == [
            (0, "baseline"), (0, PACKAGE), (1, "baseline"), (1, PACKAGE),
        ]  # fmt: skip
        assert {order.study.path.parent for order in orders} == {RESULTS}


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


class TestLesson:
    @pytest.mark.statistical
    def test_pressing_on_the_sea_moves_people_to_the_land(self):
        orders = explore.orders(make_policy(explore.YOURS, "x", "x", list(BALLOON.measures)))
        task = Task("lesson", orders)
        for order in orders:
            task.note(order, digest(simulate(order.job)))
        # Three pairs of 24,000 agents: the rise is about a fifth, ten times its standard error.
        assert answer(changes(task.dataset(), BALLOON.legs)[2]) == "more"

    def test_answers(self):
        assert [answer(change) for change in (-0.2, 0.01, 0.2)] == list(GUESSES)

    def test_knobs_stay_in_the_catalogue(self):
        for name, most in explore.KNOBS.items():
            assert 0 < most <= interventions()[name].high
            make_policy("yours", "x", "x", [Measure(what=name, amount=most)])


class TestMethod:
    def test_search_takes_all_words(self):
        records = [
            {name: "" for name in method.COLUMNS} | {"name": "rescue_cost", "obtained": "measured"},
            {name: "" for name in method.COLUMNS} | {"name": "rescue_k", "obtained": "assumed"},
        ]
        assert list(method.select(records, "Rescue cost", [])["parameter"]) == ["rescue_cost"]
        assert list(method.select(records, "rescue", ["assumed"])["parameter"]) == ["rescue_k"]
        assert method.select(records, "[a-z", []).empty

    def test_every_process_is_told(self):
        told = method.mechanisms()
        assert all(name and text for name, text in told)
        assert next(name for name, _ in told) == "Drivers"


@pytest.fixture
def pages(monkeypatch, tmp_path):
    """Pages with a board of their own that computes in this process."""
    board = Board(1, Inline)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(ROOT))
    for page in ("compare", "explore"):
        monkeypatch.setattr(f"views.{page}.board", lambda: board)

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
        script = finished(pages("compare", corridor="tutorial", years="1", packages=PACKAGE, replicates="2"))
        assert not script.exception
        assert script.subheader[0].value == "Difference to the baseline"
        assert "corridor compare scenario=tutorial" in script.code[0].value

    def test_a_broken_link_is_told_and_nothing_runs(self, pages):
        script = pages("compare", corridor="../../etc")
        assert not script.exception
        assert "cannot be compared" in texts(script)
        assert "task" not in script.session_state

    def test_compare_button_puts_the_question_into_the_address(self, pages):
        script = pages("compare")
        script.selectbox[0].set_value("tutorial").run()
        script.slider[0].set_value(1)
        script.multiselect[0].set_value([PACKAGE])
        script.selectbox[2].set_value(2)
        script.button[0].click().run()
        assert Question.from_address(dict(script.query_params)) == Question("tutorial", 1, (PACKAGE,), replicates=2)
        assert not finished(script).exception

    def test_no_package_no_comparison(self, pages):
        script = pages("compare")
        script.multiselect[0].set_value([]).run()
        assert script.button[0].disabled
        assert "at least one package" in texts(script)

    def test_explore_answers_a_slider(self, pages):
        script = pages("explore")
        assert not script.exception
        script.slider[0].set_value(2.0).run()
        assert not script.exception
        assert "difference to the world as it is" in texts(script)

    def test_lesson_waits_for_a_guess(self, pages):
        script = pages("explore")
        assert script.button(key="reveal").disabled
        script.radio(key="guess").set_value("fewer").run()
        script.button(key="reveal").click().run()
        assert not script.exception
        assert "You guessed “fewer”" in texts(script)

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
