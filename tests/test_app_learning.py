"""Lessons, lives and the page on method."""

import json
from pathlib import Path

import pytest

from corridor.experiments.runs.run import Job, follow, simulate
from corridor.model.parameters import REGISTRY
from corridor.model.policies import Measure
from corridor.scenarios import interventions, load, load_policy, make_policy
from corridor.views import explore, method
from corridor.views.animation import weekly
from corridor.views.digest import digest
from corridor.views.lessons import GUESSES, LESSONS, answer, change
from corridor.views.lives import life_html, lives_of, portrait_words
from corridor.views.page import published, spoken
from corridor.views.tasks import Task

ROOT = Path(__file__).resolve().parent.parent


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


def test_time_as_people_say_it():
    assert [spoken(s) for s in (2, 33, 70, 400)] == [
        "a few seconds",
        "about 30 seconds",
        "about a minute",
        "about 7 minutes",
    ]
