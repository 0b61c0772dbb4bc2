"""Every page of the app, driven without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from corridor.views import explore
from corridor.views.board import Board
from corridor.views.gallery import GALLERY
from corridor.views.package import Package
from corridor.views.question import Question
from tests import ROOT
from tests.views.questions import PACKAGE, SECONDS, Inline, wait_until

PAGE = """
if __name__ == "__main__":
    from corridor.views import {name}
    {name}.page()
"""


@pytest.fixture(scope="module")
def remembering():
    """A board that computes in this process, and remembers runs from test to test."""
    return Board(1, Inline)


@pytest.fixture
def pages(monkeypatch, tmp_path, remembering):
    """Pages with this board; what a test leaves open is given up at its end."""
    board = remembering
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(ROOT))
    for page in ("compare", "explore"):
        monkeypatch.setattr(f"corridor.views.{page}.board", lambda: board)
    patient = explore.wait
    monkeypatch.setattr(explore, "wait", lambda task: patient(task, SECONDS))

    def open_page(name, **query):
        script = AppTest.from_string(PAGE.format(name=name), default_timeout=SECONDS)
        for key, value in query.items():
            script.query_params[key] = value
        return script.run()

    yield open_page
    for task in list(board._tasks):
        for session in list(task.sessions):
            board.cancel(session, task)


def finished(script):
    wait_until(lambda: not script.session_state["task"].is_live)
    return script.run()


def texts(script):
    kinds = ("header", "subheader", "markdown", "info", "error", "caption")
    return " ".join(str(element.value) for kind in kinds for element in script.get(kind))


class TestPages:
    def test_app_opens_on_compare(self, monkeypatch):
        script = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS).run()
        assert not script.exception
        assert script.title[0].value == GALLERY[0].words

    def test_opens_on_an_answer_for_which_nothing_is_computed(self, pages):
        script = pages("compare")
        assert not script.exception
        assert "Not a forecast" in texts(script) and "fewer deaths" in texts(script)
        assert "task" not in script.session_state
        assert Question.from_address(dict(script.query_params)) == GALLERY[0].question
        script.selectbox(key="gallery").set_value(GALLERY[3].words).run()
        assert script.title[0].value == GALLERY[3].words and "task" not in script.session_state
        assert script.segmented_control(key="count-mediterranean").value == 2
        script.query_params["packages"] = "rescue"  # as the browser's Back does
        assert script.run().title[0].value == GALLERY[0].words
        assert script.segmented_control(key="count-mediterranean").value == 1

    def test_nothing_is_computed_where_no_answer_is_shipped(self, pages, monkeypatch):
        monkeypatch.setattr("corridor.views.compare.shipped", lambda question: None)
        script = pages("compare")
        assert not script.exception
        assert "Nothing is compared yet" in texts(script)

    def test_an_answer_of_an_earlier_model_is_shown_and_said_to_be(self, pages, monkeypatch):
        monkeypatch.setattr("corridor.views.gallery._now", lambda period: ("another", {}))
        script = pages("compare")
        assert "fewer deaths" in texts(script) and "earlier version of the model" in texts(script)

    def test_a_link_shows_the_comparison(self, pages):
        script = finished(pages("compare", corridor="tutorial", years="2001-2001", packages=PACKAGE, runs="5"))
        assert not script.exception
        assert script.title[0].value == "What if: Border enforcement?"
        parts = {
            "All outcomes": None, "When it was tried": None, "Over time": None, "What it buys": None,
            "Where": lambda: script.pills(key="maps").set_value("Flow under each package").run(),
            "Who gains, who loses": lambda: script.selectbox(key="division").set_value("routes").run(),
            "How far from the record": None, "Download": None,
        }  # fmt: skip
        for part, look in parts.items():
            script.pills(key="part").set_value(part).run()
            if look:
                look()
            assert not script.exception, part
        assert "corridor compare scenario=tutorial" in script.code[0].value

    def test_shocks_and_changed_packages_of_a_link_are_in_the_controls(self, pages):
        query = {
            "corridor": "tutorial",
            "packages": "own~ngo_rescue:4",
            "shocks": "drought:2:2001:1:alman",
            "runs": "5",
        }
        script = pages("compare", **query)
        assert not script.exception
        assert script.slider(key="tutorial-0-ngo_rescue").value == 4
        assert script.slider(key="tutorial-shock-drought-amount").value == 2
        assert dict(script.query_params) == Question.from_address(query).address()
        assert "Changed since" not in texts(script)

    def test_a_change_can_be_undone_and_is_not_lost(self, pages):
        script = finished(pages("compare", corridor="tutorial", years="2001-2001", packages=PACKAGE, runs="5"))
        script.slider(key="tutorial-0-border_patrols").set_value(3.0).run()
        assert "Changed since" in texts(script)
        script.selectbox(key="corridor").set_value("mediterranean").run()
        script.selectbox(key="corridor").set_value("tutorial").run()
        assert script.slider(key="tutorial-0-border_patrols").value == 3.0
        for _ in range(3):
            script.button(key="undo").click().run()
        assert script.slider(key="tutorial-0-border_patrols").value == 1.0
        script.button(key="redo").click().run()
        assert script.slider(key="tutorial-0-border_patrols").value == 3.0
        script.button(key="reset").click().run()
        assert not script.exception and "Changed since" not in texts(script)

    def test_two_equal_packages_are_told_in_plain_words(self, pages):
        script = pages("compare", corridor="tutorial", packages="rescue,safe_pathways", runs="5")
        script.selectbox(key="tutorial-1-base").set_value("rescue").run()
        assert "Two packages are the same" in script.warning[0].value
        assert script.button(key="compare").disabled

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
        script.button(key="compare").click().run()
        assert not script.exception
        asked = Question.from_address(dict(script.query_params))
        assert asked.packages == (Package.of_text("tutorial", f"{PACKAGE}~border_patrols:2"),)
        assert not finished(script).exception

    def test_empty_package_no_comparison(self, pages):
        script = pages("compare")
        script.segmented_control(key="count-mediterranean").set_value(1).run()
        script.selectbox(key="mediterranean-0-base").set_value("own").run()
        assert not script.exception
        assert script.button(key="compare").disabled
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
            script.pills(key="view").set_value(view).run()
            assert not script.exception
        assert any(box.label == "Whom to follow" for box in script.selectbox)

    def test_lesson_waits_for_a_guess(self, pages, monkeypatch):
        monkeypatch.setattr(explore, "SEEDS_OF_LESSONS", explore.SEEDS)
        script = pages("explore")
        script.selectbox(key="lesson").set_value("rescue").run()
        assert script.button(key="reveal-rescue").disabled
        script.radio(key="guess-rescue").set_value("fewer").run()
        script.button(key="reveal-rescue").click().run()
        assert not script.exception
        assert "You guessed “fewer”; it is “more”" in texts(script)
        assert list(script.table[0].value["finding"])[:2] == ["more", "fewer"]

    def test_method_finds_parameters(self, pages):
        script = pages("method")
        assert not script.exception
        script.text_input[0].set_value("no such words").run()
        assert "No parameter" in texts(script)
        script.text_input[0].set_value("departure rate").run()
        assert len(script.dataframe[0].value) >= 1
