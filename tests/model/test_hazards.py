"""Hazards by name: who sets which, where, and that nothing of what they read goes unseen."""

from __future__ import annotations

import datetime as dt
import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from corridor.model.events import Event
from corridor.model.hazards import Hazards, SetRates
from corridor.model.lever_values import LeverValues
from corridor.model.levers import LEVERS
from corridor.model.policies import Policy, Setting
from corridor.model.profiles import FOLLOWS, N_PROFILES, profile_of, profiles_of, traits
from corridor.model.reads import reads
from corridor.model.simulation import Simulation
from corridor.model.states import FREE, MAIN_FORM, OTHER_FORM, Form, Sector, State, Status
from corridor.scenarios import load
from tests.worlds import digest


@pytest.fixture(scope="module")
def sim() -> Simulation:
    return Simulation(load("tutorial"), agents=100)


def test_every_event_but_those_of_a_clock_is_declared(sim: Simulation) -> None:
    assert set(sim.hazards.declared) == set(Event) - {Event.NONE, Event.ARRIVED}


def test_an_event_belongs_to_one_process(sim: Simulation) -> None:
    with pytest.raises(ValueError, match="declared twice: REMOVED"):
        sim.hazards.declare(lambda hazards: None, Event.REMOVED, levers=())


def asked(levers: LeverValues, set_rates: SetRates, *events: Event) -> Hazards:
    """Return the hazards of two places after one process has been asked, which declared no lever."""
    hazards = Hazards(2, levers)
    hazards.declare(set_rates, *events, levers=())
    hazards.update()
    return hazards


def test_a_rate_is_set_for_whom_and_where_it_is_said(sim: Simulation) -> None:
    def set_rates(hazards: Hazards) -> None:
        hazards.set(Event.REMOVED, 2.0, status=(Status.IRREGULAR, Status.SEEKER), at=np.array([True, False]))
        hazards.set(Event.ESCAPED, np.array([3.0, 4.0]), sector=Sector.HOUSEHOLDS, form=Form.FORCED_MARRIAGE)

    hazards = asked(sim.levers, set_rates, Event.REMOVED, Event.ESCAPED)
    status = traits()[2]
    expected = np.isin(status, (Status.IRREGULAR, Status.SEEKER)) * np.array([[2.0], [0.0]])
    np.testing.assert_array_equal(hazards.of(Event.REMOVED), expected)
    married = 2 * Sector.HOUSEHOLDS + 1
    np.testing.assert_array_equal(hazards.of(Event.ESCAPED)[:, married], [3.0, 4.0])
    assert hazards.of(Event.ESCAPED).sum() == 7.0
    assert not hazards.rates[:, :, FOLLOWS].any()


def test_profiles_of_a_kind_are_those_that_people_of_this_kind_have() -> None:
    for sex, age, status in zip(*traits(), strict=True):
        mine = int(profile_of.py_func(State.SETTLED, sex, age, status, 0, True))
        assert mine in profiles_of(State.SETTLED, Status(status), None, None)
        assert (mine in profiles_of(State.WAITING, FREE, None, None)) == (status != Status.QUEUED)
        preparing = int(profile_of.py_func(State.PREPARING, sex, age, status, 0, True))
        assert preparing in profiles_of(State.PREPARING, Status(status), None, None)
    kinds = [
        (sector, form) for sector in Sector for form in (MAIN_FORM[sector], OTHER_FORM[sector]) if form is not None
    ]
    found = [int(profiles_of(State.EXPLOITED, None, *kind)[0]) for kind in kinds]
    assert len(set(found)) == len(kinds) and max(found) < N_PROFILES
    for (sector, form), profile in zip(kinds, found, strict=True):
        assert profile == profile_of.py_func(State.EXPLOITED, 0, 0, 0, sector, form is MAIN_FORM[sector])


def test_only_declared_events_can_be_set(sim: Simulation) -> None:
    with pytest.raises(LookupError, match="SENT_BACK is not among the events declared"):
        asked(sim.levers, lambda hazards: hazards.set(Event.SENT_BACK, 1.0), Event.LET_ON)


# --- what is read -----------------------------------------------------------------------------------------------------


class Reader:
    """A process that computes from levers."""

    def __init__(self, levers: LeverValues) -> None:
        self._sim, self.computed = SimpleNamespace(levers=levers), 0

    @reads("corruption")
    def declared(self) -> float:
        self.computed += 1
        return float(self._sim.levers["corruption"][0])

    @reads("corruption")
    def undeclared(self) -> float:
        return float(self._sim.levers["recording"][0])

    @reads("recording")
    def through_another(self) -> float:
        return self.declared()


def test_a_body_that_reads_a_lever_without_declaring_it_fails(sim: Simulation) -> None:
    reader = Reader(sim.levers)
    assert reader.declared() == reader.declared() and reader.computed == 1
    for wrong, name in ((reader.undeclared, "recording"), (reader.through_another, "corruption")):
        with pytest.raises(LookupError, match=f"read without being declared: {name}"):
            wrong()
    with pytest.raises(LookupError, match="recording"):
        asked(sim.levers, lambda hazards: hazards.set(Event.LET_ON, sim.levers["recording"][0]), Event.LET_ON)
    with pytest.raises(ValueError, match="no lever magic"):
        reads("magic")


def test_what_is_kept_is_what_would_be_computed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """One lever after the other moves; the same run again with nothing kept from one call to the next."""
    world = load("tutorial")
    settings = [
        Setting(name, ("all",), "multiply", 1.3, world.start + dt.timedelta(days=7 * (2 + step)), None, 0.0)
        if lever.base != 0.0
        else Setting(name, ("all",), "add", 0.2, world.start + dt.timedelta(days=7 * (2 + step)), None, 0.0)
        for step, (name, lever) in enumerate(LEVERS.items())
    ]
    given = {"seed": 1, "agents": 3000, "end": world.start + dt.timedelta(days=7 * (len(LEVERS) + 4))}
    moved = Policy("moved", "Moved", "One lever after the other moves.", tuple(settings))
    kept = digest(Simulation(world, moved, **given).run())
    always_new = itertools.count()
    monkeypatch.setattr(LeverValues, "version", lambda *_: next(always_new))
    monkeypatch.setattr(LeverValues, "changes", property(lambda _: next(always_new), lambda *_: None), raising=False)
    assert digest(Simulation(world, moved, **given).run()) == kept
    assert digest(Simulation(world, **given).run()) != kept
