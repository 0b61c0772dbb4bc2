"""Board and workers of the app: fair turns, stopping, failing, remembering."""

import os
import time
from pathlib import Path

import pytest

from corridor.experiments.runs.run import Job, simulate
from corridor.model.errors import InvalidInput
from corridor.scenarios import load_policy
from corridor.views.board import Board
from corridor.views.digest import digest
from corridor.views.tasks import Task
from corridor.views.workers import Order, Stopped, Worker, WorkerLost, prune
from tests.views.questions import PACKAGE, wait_until


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
        monkeypatch.setattr("corridor.views.board.SILENT_SECONDS", 0.05)
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
        monkeypatch.setattr("corridor.views.board.MOST_QUESTIONS", 2)
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
        (run / ".zgroup").touch()
        if number == 1:
            (run / "notes.txt").touch()
        os.utime(run, (number, number))
    (tmp_path / "a.zarr" / ".zattrs").write_text("{}")
    prune(tmp_path, most=2)
    assert sorted(path.name for path in (tmp_path / "a.zarr" / "baseline").iterdir()) == ["1", "3", "4"]
    assert (tmp_path / "a.zarr" / ".zattrs").exists()
