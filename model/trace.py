"""Life events of a few sampled people, to follow individual migrants through the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.purposes import Purpose
from corridor.model.states import Age, Channel, Form, Payment, Sex, State, Status

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

_CANDIDATES = 40
"""People sampled for each one wanted: most never leave home, and who will is not known in advance."""
_WATCHED = ("state", "place", "status", "journeys")


class LifeEvent(NamedTuple):
    """An event in a person's life.

    Attributes
    ----------
    person : int
    date : str, ISO 8601, first day of the step
    place : str
    event : str
    savings_usd, debt_usd : float, after the event
    with_whom : str
        Organisation, exploiters or agency, and the family; blank if none.
    """

    person: int
    date: str
    place: str
    event: str
    savings_usd: float
    debt_usd: float
    with_whom: str


class Trace:
    """Life events of a random sample of people.

    Parameters
    ----------
    sim : Simulation
    n : int
        Number of people to report, among those who leave home.
    """

    def __init__(self, sim: Simulation, n: int) -> None:
        self._sim, self._n = sim, n
        luck = sim.streams.draw(Purpose.FOLLOWED, np.arange(sim.population.n))[:, 0]
        self._people = np.argsort(luck, kind="stable")[: _CANDIDATES * n]
        self._events: dict[int, list[LifeEvent]] = {}
        self._before = self._look()

    def _look(self) -> dict[str, NDArray[np.int64]]:
        population = self._sim.population
        return {name: getattr(population, name)[self._people].astype(np.int64) for name in _WATCHED}

    def step(self) -> None:
        """Record what has changed for the sampled people."""
        before, now = self._before, self._look()
        changed = np.flatnonzero(np.any([before[name] != now[name] for name in _WATCHED], axis=0))
        for row in changed:
            self._write(
                int(self._people[row]),
                {k: int(v[row]) for k, v in before.items()},
                {k: int(v[row]) for k, v in now.items()},
            )
        self._before = now

    def _write(self, person: int, before: dict[str, int], now: dict[str, int]) -> None:
        if person not in self._events:
            self._introduce(person, before["place"])
        event, with_whom = self._tell(person, State(before["state"]), State(now["state"]), before, now)
        with_whom = ", ".join(filter(None, (with_whom, self._family(person))))
        self._append(person, now["place"], event, with_whom)

    def _append(self, person: int, place: int, event: str, with_whom: str) -> None:
        sim, population = self._sim, self._sim.population
        where = sim.corridor.places.rows[place].label
        money = float(population.savings_usd[person]), float(population.debt_usd[person])
        date = str(sim.calendar.dates[sim.now])
        self._events.setdefault(person, []).append(LifeEvent(person, date, where, event, *money, with_whom))

    def _introduce(self, person: int, place: int) -> None:
        """Describe a person, ahead of their first event."""
        population, corridor = self._sim.population, self._sim.corridor
        who = _WHO[Sex(int(population.sex[person])), Age(int(population.age[person]))]
        label = corridor.communities.rows[int(population.community[person])].label
        traits = [
            "with secondary schooling" if population.schooling[person] else "",
            "with relatives abroad who can help" if population.ties[person] else "",
            "without an adult" if population.alone[person] else "",
        ]
        words = ", ".join([f"is {who} of the {label}", *filter(None, traits)])
        self._append(person, place, words, self._family(person))

    def _family(self, person: int) -> str:
        """Describe the size of the travelling family."""
        population = self._sim.population
        others = int(population.size[population.head[person]]) - 1
        if others < 1:
            return ""
        return f"family of {others + 1}"

    def _tell(
        self, person: int, old: State, new: State, before: dict[str, int], now: dict[str, int]
    ) -> tuple[str, str]:
        """Describe a person's change of state, and the actors involved."""
        population, corridor = self._sim.population, self._sim.corridor
        leg = int(population.leg[person])
        if new is State.MOVING:
            return self._departure(person, leg)
        if new is State.EXPLOITED:
            form = Form(int(population.form[person])).name.lower().replace("_", " ")
            channel = Channel(int(population.channel[person]))
            return f"is exploited: {form}, {_WAYS_IN[channel]}", self._exploiter(person)
        if old is State.EXPLOITED and new is State.DETAINED:
            return "is found, not recognised as a victim, and detained", ""
        if new is State.DETAINED:
            return "is intercepted and detained", self._agency(leg)
        if old is State.MOVING and new is State.WAITING:
            if now["place"] == int(corridor.leg_origin[leg]):
                return "is intercepted and put back", self._agency(leg)
            return "arrives", ""
        if new is State.SETTLED and old is State.WAITING:
            return f"settles {_STANDING[Status(now['status'])]}", ""
        if new is State.SETTLED and old is State.SETTLED:
            return f"status is now {Status(now['status']).name.lower()}", ""
        return _PHRASES.get((old, new), _PHRASES.get(new, "goes on")), ""

    def _departure(self, person: int, leg: int) -> tuple[str, str]:
        sim, population = self._sim, self._sim.population
        if leg < 0:
            return "is admitted to a legal pathway and travels", ""
        goal = sim.corridor.places.rows[int(sim.corridor.leg_destination[leg])].label
        mode = sim.corridor.legs.rows[leg].mode
        payment = Payment(int(population.payment[person]))
        organisation = int(population.organisation[person])
        seller = f"smugglers: {sim.market.agents[organisation].label}" if organisation >= 0 else ""
        how = {"ADVANCE": "paid in advance", "ESCROW": "to be paid on arrival", "CREDIT": "on credit"}
        return f"sets out for {goal} by {mode}, {how.get(payment.name, 'at own cost')}", seller

    def _exploiter(self, person: int) -> str:
        exploiter = int(self._sim.population.exploiter[person])
        return self._sim.exploiters.agents[exploiter].label if exploiter >= 0 else ""

    def _agency(self, leg: int) -> str:
        agency = int(self._sim.corridor.leg_agency[leg])
        return self._sim.corridor.agencies.rows[agency].label if agency >= 0 else ""

    def events(self) -> list[LifeEvent]:
        """Return the life events of the first ``n`` sampled people who left home, by person and time."""
        left = [person for person in self._people if self._left(self._events.get(int(person), []))]
        return [event for person in left[: self._n] for event in self._events[int(person)]]

    @staticmethod
    def _left(events: list[LifeEvent]) -> bool:
        return any("sets out" in event.event or "admitted" in event.event for event in events)


_WAYS_IN = {
    Channel.FORCE: "taken by force",
    Channel.DECEPTION: "deceived by a false offer",
    Channel.CAPTIVITY: "held captive on the way",
    Channel.JOB: "in a job that could not be left",
    Channel.DEBT: "to work off a debt to smugglers",
    Channel.SOLD: "sold by the smugglers on the way",
}
_STANDING = {
    Status.IRREGULAR: "without papers",
    Status.SEEKER: "and asks for asylum",
    Status.REGULAR: "with papers",
}
_WHO = {
    (Sex.FEMALE, Age.CHILD): "a girl under 18",
    (Sex.MALE, Age.CHILD): "a boy under 18",
    (Sex.FEMALE, Age.YOUNG): "a woman of 18 to 29",
    (Sex.MALE, Age.YOUNG): "a man of 18 to 29",
    (Sex.FEMALE, Age.ADULT): "a woman of 30 or over",
    (Sex.MALE, Age.ADULT): "a man of 30 or over",
}
_PHRASES: dict[tuple[State, State] | State, str] = {
    (State.HOME, State.PREPARING): "wants to leave and begins to prepare",
    (State.RETURNED, State.PREPARING): "wants to leave again",
    (State.PREPARING, State.PREPARING): "applies for a legal pathway, or gives up waiting for one",
    (State.PREPARING, State.HOME): "gives up the idea of leaving",
    (State.DETAINED, State.WAITING): "is released from detention",
    (State.EXPLOITED, State.WAITING): "is free again",
    (State.EXPLOITED, State.SETTLED): "is free again",
    (State.EXPLOITED, State.ASSISTED): "is identified as a victim and assisted",
    (State.ASSISTED, State.SETTLED): "leaves assistance and stays",
    (State.SETTLED, State.WAITING): "thinks again about going on",
    (State.EXPLOITED, State.RETURNED): "is free again, and at home",
    (State.ASSISTED, State.RETURNED): "goes home with help",
    (State.DETAINED, State.RETURNED): "leaves detention and is back home",
    (State.EXPLOITED, State.DEAD): "dies in exploitation",
    (State.MOVING, State.SETTLED): "arrives with papers and settles",
    State.RETURNED: "is back home",
    State.DEAD: "dies",
    State.WAITING: "waits",
    State.SETTLED: "settles",
}


def story(events: Sequence[LifeEvent]) -> str:
    """Format life events as a story in Markdown, with one section per person."""
    lines: list[str] = []
    person = None
    for event in events:
        if event.person != person:
            person = event.person
            lines += ["", f"## Person {person}", ""]
        company = f" ({event.with_whom})" if event.with_whom else ""
        money = f"savings {event.savings_usd:,.0f} USD, debt {event.debt_usd:,.0f} USD"
        lines.append(f"- {event.date}, {event.place}: {event.event}{company}; {money}.")
    return "\n".join(lines).strip() + "\n"
