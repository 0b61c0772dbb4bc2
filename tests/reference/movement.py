"""A day by Corridor's rule in plain NumPy: what `corridor.displacement.kernels.movement` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.displacement.kernels.clock import DayClock
from corridor.displacement.kernels.movement import MAX_HOPS, Decision, DisplacedPeople, Roads
from corridor.model.streams import TO_UNIT, Stream, philox_numpy


def sum_shares(
    weight: NDArray[np.float64], end_weight: NDArray[np.float64], origin: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the probabilities of the links out of each place, summed within the place, shape (n_links,)."""
    out = np.zeros(origin.size)
    for place in range(end_weight.size):
        summed = np.cumsum(weight[origin == place])
        if end_weight[place] == 0.0 and summed.size and summed[-1] > 0:
            summed[summed == summed[-1]] = 1.0
        out[origin == place] = summed
    return out


def move_people(
    travellers: DisplacedPeople, roads: Roads, decision: Decision, clock: DayClock
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Move everyone for a day; return people at places and on the way, and who set out on each link."""
    place, goal, km_left = travellers.place, travellers.goal, travellers.km_left
    first, destination, km, camps = roads.first_link, roads.destination, roads.km, roads.camps
    reconsider, choice, shares = decision
    everyone = np.arange(place.size)
    budget = np.full(place.size, np.float64(roads.speed))
    walking = km_left > budget
    budget[~walking] -= km_left[~walking]
    km_left[walking] -= np.float32(roads.speed)
    km_left[~walking] = 0
    rests = (goal >= 0) & (camps[goal] == place)
    u = _uniforms(everyone, clock, 0, Stream.DISPLACED_STAY)
    stuck = np.array([_summed(shares[goal[i]], first, place[i]).max(initial=0.0) == 0.0 for i in everyone])
    chooses = ~walking & np.where(
        rests, u[:, 0] < reconsider[(everyone >= travellers.residents).astype(int), place], (goal < 0) | stuck
    )
    for i in np.flatnonzero(chooses):
        goal[i] = _pick(choice[place[i]], u[i, 1])
    going = everyone[~walking & (goal >= 0) & (camps[goal] != place)]
    used = np.zeros(destination.size, dtype=np.int64)
    for hop in range(MAX_HOPS):
        draws = _uniforms(going, clock, hop, Stream.DISPLACED_WAY)[:, 0]
        for i, draw in zip(going, draws, strict=True):
            link = first[place[i]] + _pick(_summed(shares[goal[i]], first, place[i]), draw)
            used[link] += 1
            place[i] = destination[link]
            km_left[i] = max(0.0, km[link] - budget[i])
            budget[i] -= km[link]
        going = going[(km_left[going] == 0) & (camps[goal[going]] != place[going])]
        if not going.size:
            break
    counts = np.bincount(np.where(km_left > 0, first.size - 1, place), minlength=first.size)
    return counts, used


def _summed(shares: NDArray[np.float64], first: NDArray[np.int64], place: int) -> NDArray[np.float64]:
    return shares[first[place] : first[place + 1]]


def _pick(summed: NDArray[np.float64], u: float) -> int:
    if summed.max(initial=0.0) == 0.0:
        return -1
    return int(np.searchsorted(summed, u * summed[-1], side="right"))


def _uniforms(people: NDArray[np.int64], clock: DayClock, hop: int, stream: Stream) -> NDArray[np.float64]:
    """Return four uniforms a person, shape (n, 4)."""
    counter = np.zeros((people.size, 4), dtype=np.uint32)
    counter[:, 0], counter[:, 1], counter[:, 2], counter[:, 3] = people, clock.day, hop, stream
    return (philox_numpy(counter, (int(clock.k0), int(clock.k1))).astype(float) + 0.5) * TO_UNIT
