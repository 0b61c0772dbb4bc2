"""Lessons, lives and the page on method."""

import json

import numpy as np
import pytest
import xarray as xr

from corridor.experiments.runs.run import Job, follow, simulate
from corridor.model.parameters import REGISTRY
from corridor.model.policies import Measure
from corridor.scenarios import interventions, load, load_policy, make_policy
from corridor.views import explore, method
from corridor.views.animation import weekly
from corridor.views.digest import digest
from corridor.views.lessons import DEATHS, LESSONS, VICTIMS, PairedChange, answer, change, verdict
from corridor.views.lives import life_html, lives_of, portrait_words
from corridor.views.page import published, spoken


class TestLessons:
    def test_answers(self):
        changes = [
            PairedChange(100, 80, -20, -30, -10), PairedChange(100, 107, 7, 4, 9), PairedChange(100, 104, 4, -3, 9),
            PairedChange(100, 99.5, -0.5, -0.8, -0.2), PairedChange(100, 53, -47, -99, 5), PairedChange(0, 0, 0, 0, 0),
        ]  # fmt: skip
        found = ["fewer", "more", "about as many", "about as many", "", ""]
        assert [answer(each) for each in changes] == found
        assert verdict("more", "") == "These runs cannot tell: the difference is within chance."
        assert verdict("more", "more") == "You guessed right."
        assert "it is “fewer”" in verdict("more", "fewer")

    def test_the_moral_says_what_the_table_says(self):
        """No word on a quantity that its row does not bear out, whatever the runs give."""
        runs = {name: np.array([100.0, 104.0, 96.0]) for name in ("deaths", "victims")}
        for share, finding in ((0.5, "fewer"), (1.5, "more")):
            ds = xr.Dataset(
                {name: (("policy", "replicate"), np.stack([run, share * run])) for name, run in runs.items()}
            )
            ds = ds.assign_coords(policy=["baseline", "yours"])
            for chosen in LESSONS.values():
                for part in (chosen.asked, *chosen.others):
                    if part.quantity in (DEATHS, VICTIMS):
                        assert answer(change(ds, part.quantity)) == finding
                        assert part.why(finding) == getattr(part, finding)
                        assert part.why("") == ""

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
        assert "No validation" in published(file)[0][1]
        file.write_text("# Validation\n\nBefore.\n\n## Hindcasts\n\n### One\n\n![x](x.png)\n\nText.\n")
        assert published(file) == [("", "Before."), ("Hindcasts", "#### One\n\n![x](x.png)\n\nText.")]

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
