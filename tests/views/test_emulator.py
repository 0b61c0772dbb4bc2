"""The provisional answer: what is learnt from runs of other packages, what is not, and that its error is told."""

import numpy as np
import pytest

from corridor.views import doses, emulator, provisional
from corridor.views.doses import OUTCOMES, SEEDS, coordinates, point, runs
from corridor.views.emulator import period_of, scores
from corridor.views.gallery import CORRIDOR, PERIODS, period_question
from corridor.views.package import Package, packages_for
from tests.views.questions import question


def of(text):
    return Package.of_text(CORRIDOR, text)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Tables of runs whose effects are known: curves that level off, and measures that weaken each other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doses, "FOLDER", tmp_path_factory.mktemp("shipped"))
        patch.setattr(doses, "TRAINING", 160)
        emulator._emulator.cache_clear()
        rng = np.random.default_rng(0)
        weights = rng.normal(0, 0.4, len(coordinates())) * (rng.random(len(coordinates())) < 0.3)
        rows = []
        for run in runs():
            at = point(of(run.package))
            effect = weights @ np.sqrt(at) * (1 - 0.1 * (at > 0).sum() / 6)
            rows.append({"role": run.role, "package": run.package, "seed": run.seed, **dict.fromkeys(OUTCOMES, effect)})
        doses.keep(rows, "past")
        yield weights
    emulator._emulator.cache_clear()


def test_runs_hold_every_measure_alone_and_keep_those_held_out_apart():
    planned = list(runs())
    training, held = ({run.package for run in planned if run.role == role} for role in ("training", "held out"))
    alone = [point(of(package)) for package in training]
    assert {int(at.argmax()) for at in alone if (at > 0).sum() == 1} == set(range(len(coordinates())))
    assert not training & held and len(held) == doses.HELD_OUT
    assert {run.seed for run in planned} <= set(range(SEEDS))


def test_the_same_measure_at_another_place_or_pace_is_another_coordinate():
    ready, own = point(of("border_enforcement~detention:0~forced_return:0")), point(of("own~border_patrols:1"))
    assert (ready > 0).sum() == (own > 0).sum() == 1 and ready.argmax() != own.argmax()
    assert ready.max() == own.max() == 1 / 8


@pytest.mark.parametrize("text", ["adaptive", "rescue~in:ITA", "rescue~from:2016"])
def test_nothing_is_foretold_of_rules_places_and_years_that_were_not_run(text):
    assert point(of(text)) is None


def test_effects_that_are_known_are_foretold_within_the_error_that_is_told(made):
    known = emulator.emulator("past")
    assert not known.is_stale and known.runs == doses.TRAINING
    inside = []
    for text in (base for base in packages_for(CORRIDOR) if base != "adaptive"):
        found = known.foretell(of(text))["deaths"]
        assert found.low <= found.change <= found.high
        inside.append(found.low - 0.05 <= np.expm1(made @ np.sqrt(point(of(text)))) <= found.high + 0.05)
    assert np.mean(inside) >= 0.7
    table = scores("past")
    assert list(table["outcome"]) == [*OUTCOMES, "all"] and table["within"].between(0, 1).all()
    assert table["within"].iloc[-1] > 0.5


def test_runs_of_another_model_are_recognised(made, monkeypatch):
    monkeypatch.setattr(doses, "stamp", lambda period: "another")
    emulator._emulator.cache_clear()
    assert emulator.emulator("past").is_stale
    emulator._emulator.cache_clear()


def test_questions_of_other_worlds_have_no_emulator():
    assert period_of(period_question("past", ("rescue",))) == "past"
    assert period_of(question(CORRIDOR, 2013, 2016)) is None
    assert period_of(question()) is None


def test_cards_tell_every_package_and_the_ends_of_the_error(made):
    told = {"A <b>": emulator.emulator("past").foretell(of("rescue"))}
    html = provisional.cards(told)
    assert html.count('class="card provisional"') == 4 and "A &lt;b&gt;" in html
    assert html.count("foretold") == len(OUTCOMES) and html.count("about ") == len(OUTCOMES)


def test_shipped_runs_are_whole():
    for period in PERIODS:
        if (found := doses.opened(period)) is not None:
            table, _ = found
            assert table[list(OUTCOMES)].notna().all(axis=None)
            assert all(point(of(text)) is not None for text in table["package"].unique())
