"""A day by Flee's rule in plain Python, person by person: what `corridor.displacement.kernels.flee_day` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.displacement.kernels.clock import DayClock
from corridor.displacement.kernels.flee_day import MAX_DECISIONS, CandidatePaths, FleePeople, Pace
from corridor.model.streams import TO_UNIT, Stream, philox_numpy

_KEEPS_PLAN, _SHORT_STINT = 0.5, 0.5


def move_all(people: FleePeople, number: int, candidates: CandidatePaths, pace: Pace, clock: DayClock) -> int:
    """Let everyone who is displaced decide and travel for a day; return how many are on the way.

    It updates the index of recent travel day by day, of those who rest as well.
    """
    one, about = _OneByOne(people, candidates, pace, clock), people.about
    about.recent[:number] = (about.recent[:number] + about.today_km[:number] / pace.speed) / 2
    about.today_km[:number] = 0.0
    about.day[:number] = clock.day
    for i in np.flatnonzero(about.link[:number] < 0).tolist():
        one.decide(i, 0, forced=False)
    for i in np.flatnonzero(about.link[:number] >= 0).tolist():
        one.travel(i)
    return int((about.link[:number] >= 0).sum())


class _OneByOne:
    """The decisions and the journeys of single people on a day."""

    def __init__(self, people: FleePeople, candidates: CandidatePaths, pace: Pace, clock: DayClock) -> None:
        self._place, self._people = people
        self._candidates, self._pace, self._clock = candidates, pace, clock

    def capacity_factor(self, place: int) -> float:
        places = self._candidates.places
        limit, there, buffer = places.capacity[place], places.there[place], self._pace.buffer
        return 1.0 if limit < 1 else float(np.clip((1 - there / limit) / (1 - buffer), 0.0, 1.0))

    def draws(self, i: int, turn: int) -> NDArray[np.float64]:
        day, *key = self._clock
        counter = np.array([[i, day, turn, Stream.DISPLACED_WAY]], dtype=np.uint32)
        return (philox_numpy(counter, (int(key[0]), int(key[1])))[0].astype(float) + 0.5) * TO_UNIT

    def choose(self, place: int, u: float) -> int:
        known = self._candidates.paths
        paths = np.arange(*self._candidates.places.first_path[[place, place + 1]])
        paths = paths[known.weight[paths] > 0]
        share = known.weight[paths] * np.array([self.capacity_factor(known.end[path]) for path in paths])
        if not paths.size:
            return -1
        if share.sum() == 0:
            share = np.ones(paths.size)
        return int(paths[np.searchsorted(share.cumsum(), u * share.sum(), side="right")])

    def decide(self, i: int, turn: int, *, forced: bool) -> None:
        people, here = self._people, self._place[i]
        places, paths, steps, links = self._candidates
        u = self.draws(i, turn)
        if people.plan[i] < 0:
            chance = 1.0 if forced and places.is_town[here] else places.move_chance[here]
            path = self.choose(here, u[1]) if u[0] < chance else -1
            if path < 0:
                return
            people.plan[i], people.step[i] = path, paths.first_step[path]
        end, link = paths.end[people.plan[i]], steps[people.step[i]]
        if (places.is_camp[end] and self.capacity_factor(end) < _KEEPS_PLAN) or not links.is_open[link]:
            people.plan[i] = -1
            return
        people.step[i] += 1
        if people.step[i] == paths.first_step[people.plan[i] + 1]:
            people.plan[i] = -1
        people.link[i], people.covered_km[i] = link, 0.0
        people.links_begun[i] += 1
        links.used[link] += 1
        places.there[here] -= 1

    def travel(self, i: int) -> None:
        people, place, pace, links = self._people, self._place, self._pace, self._candidates.links
        for turn in range(1, MAX_DECISIONS):
            link = people.link[i]
            if link < 0:
                return
            speed = pace.walk_speed if pace.on_foot and people.links_begun[i] == 1 else pace.speed
            people.covered_km[i] += speed
            people.today_km[i] += speed - max(0.0, people.covered_km[i] - links.km[link])
            if people.covered_km[i] <= links.km[link]:
                return
            people.link[i] = -1
            place[i] = links.destination[link] if links.is_open[link] else place[i]
            self._candidates.places.there[place[i]] += 1
            if not links.is_open[link]:
                people.plan[i] = -1
                return
            if people.today_km[i] >= pace.speed:
                return
            recent = (people.recent[i] + people.today_km[i] / pace.speed) / 2
            self.decide(i, turn, forced=pace.no_short_stints and recent < _SHORT_STINT)
