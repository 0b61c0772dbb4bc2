"""How journeys along legs end, traveller by traveller, in one pass (ODD eq. 35 to 37, 39)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from corridor.model.kernels.diary import write_down
from corridor.model.kernels.instructions import AHEAD, prefetch
from corridor.model.purposes import Purpose
from corridor.model.streams import philox, unit

THROUGH, INTERCEPTED, DEAD, EXPLOITED = 0, 1, 2, 3
"""How a journey ends, as beliefs hear of it."""
COUNTED = (
    "passages", "arrivals", "interceptions", "rescues", "deaths", "detections", "deaths_recorded", "passages_back",
    "expected_deaths", "expected_deaths_recorded",
)  # fmt: skip
"""What is counted by leg, in the order of the first rows of ``counts``."""
N_COUNTS = len(COUNTED) + 2
"""The last two rows hold clients of smugglers who got through, and who were intercepted."""
_WAS_RESCUED, _WAS_SEEN, _IS_CLIENT, _LED_BACK = 1, 2, 4, 8
_PASSAGES, _ARRIVALS, _INTERCEPTIONS, _RESCUES, _DEATHS, _DETECTIONS, _RECORDED = range(7)
_BACK, _EXPECTED, _EXPECTED_RECORDED, _SERVED, _CAUGHT = range(7, N_COUNTS)
PUT_BACK, DETAINED, RETURNED, RELEASED = 0, 1, 2, 3
"""What authorities do with those whom they intercept."""
_PASSAGE, _RESCUE = Purpose.PASSAGE.stream, Purpose.RESCUE_OF_ONE.stream
_RECORDING, _PRACTICE = Purpose.RECORDING.stream, Purpose.PRACTICE.stream


class LegRisks(NamedTuple):
    """What travellers meet on every leg in this step, shape (n_legs,) each."""

    interception: NDArray[np.float64]
    """Hazard per attempt, mean over clients."""
    distress: NDArray[np.float64]
    """Hazard per attempt, mean over clients."""
    coverage: NDArray[np.float64]
    """Share of those in distress who are rescued."""
    held: NDArray[np.float64]
    """Probability of being held for ransom or labour, before the person's and the organisation's multipliers."""
    watched: NDArray[np.float64]
    """Share of interception that those without a smuggler face."""
    bribed: NDArray[np.float64]
    """Share of enforcement that could be bought."""
    bribery: NDArray[np.float64]
    """Share of it that is bought, mean over clients."""
    care: NDArray[np.float64]
    """Danger to clients over that at reference care, mean over clients."""
    detection: NDArray[np.float64]
    """Probability that an arrival is detected."""
    recording: NDArray[np.float64]
    """Probability that a death is recorded."""
    inland: NDArray[np.bool_]
    """Whether those intercepted are counted as detected."""


class Sellers(NamedTuple):
    """What clients meet with every organisation, shape (n_organisations,) each."""

    bribery: NDArray[np.float64]
    """Share of the officials whom it needs that it has."""
    danger: NDArray[np.float64]
    """Danger to clients over that at reference care."""
    disposition: NDArray[np.float64]
    """Multiplier on the exploitation of clients."""


@njit(cache=True)
def risks_of(leg, seller, legs, sellers):  # type: ignore[no-untyped-def]
    """Return a traveller's hazards of interception and distress, and probability of being held (eq. 37 without theirs).

    Parameters
    ----------
    leg : int
    seller : int
        Organisation; -1 for those who travel without one.
    legs : LegRisks
    sellers : Sellers

    Returns
    -------
    interception, distress, held : float
    """
    interception, distress, held = legs.interception[leg], legs.distress[leg], legs.held[leg]
    if seller < 0:
        return interception * legs.watched[leg], distress, held
    honest = 1 - legs.bribed[leg] * legs.bribery[leg]
    if honest > 0:
        interception *= (1 - legs.bribed[leg] * sellers.bribery[seller]) / honest
    return interception, distress * sellers.danger[seller] / legs.care[leg], held * sellers.disposition[seller]


@njit(parallel=True, cache=True)
def end_passages(  # type: ignore[no-untyped-def]
    people, leg, records, diary, susceptibility, legs, sellers, book, shared_fate, now, outcome, chances, counts, k0, k1
):
    """Draw how each journey ends, and count by leg; write it into the diaries, and count first detections.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
        Whole families.
    leg : ndarray of int, shape (k,)
    records : structured ndarray, shape (n,)
        See `corridor.model.population.Population`.
    diary : structured ndarray, shape (n,)
        See `corridor.model.kernels.diary`.
    susceptibility : ndarray of float32, shape (n,)
        Personal multiplier on being held.
    legs : LegRisks
    sellers : Sellers
    book : Book
        Detections are added.
    shared_fate : float
        Probability that a follower in distress shares the fate of the head of the family.
    now : int
        Step.
    outcome : ndarray of uint8, shape (k,)
        Output: `THROUGH`, `INTERCEPTED`, `DEAD` or `EXPLOITED`.
    chances : ndarray of float64, shape (k, 3)
        Output: probabilities of the last three.
    counts : ndarray of float64, shape (N_COUNTS, n_legs), agents
        Added to.
    k0, k1 : int
        The two halves of the seed.
    """
    noted, since = np.empty(people.size, dtype=np.uint8), np.empty(people.size, dtype=np.int64)
    for row in prange(people.size):
        ahead = people[min(row + AHEAD, people.size - 1)]
        prefetch(susceptibility, ahead)
        prefetch(diary, ahead)
        i, way = people[row], leg[row]
        end, note = _end_passage(i, records[i], susceptibility[i], legs, sellers, shared_fate, chances[row], k0, k1)
        through, seen = end in (THROUGH, EXPLOITED), end != DEAD and note & _WAS_SEEN > 0
        back, since[row] = write_down(diary[i], book, way, through, end == INTERCEPTED, seen, now)
        outcome[row], noted[row] = end, note | (_LED_BACK if back else 0)
    for row in range(people.size):
        way, end, client = leg[row], outcome[row], noted[row] & _IS_CLIENT > 0
        through, seen = end in (THROUGH, EXPLOITED), noted[row] & _WAS_SEEN > 0
        if end != DEAD and seen:
            community = records[people[row]].community
            if book.route[way] >= 0:
                book.detections[book.route[way], community] += 1
            if since[row] >= 0:
                book.first_detections[community, since[row]] += 1
        counts[_PASSAGES, way] += 1
        counts[_ARRIVALS, way] += through
        counts[_INTERCEPTIONS, way] += end == INTERCEPTED
        counts[_RESCUES, way] += noted[row] & _WAS_RESCUED
        counts[_DEATHS, way] += end == DEAD
        counts[_DETECTIONS, way] += end != DEAD and seen
        counts[_RECORDED, way] += end == DEAD and seen
        counts[_BACK, way] += noted[row] & _LED_BACK > 0
        counts[_EXPECTED, way] += chances[row, DEAD - 1]
        counts[_EXPECTED_RECORDED, way] += chances[row, DEAD - 1] * legs.recording[way]
        counts[_SERVED, way] += through and client
        counts[_CAUGHT, way] += end == INTERCEPTED and client


@njit(inline="always")
def _end_passage(i, person, susceptibility, legs, sellers, shared_fate, chances, k0, k1):  # type: ignore[no-untyped-def]
    """End of one journey, and its record (rescue, detection, whether a smuggler was paid); write its chances."""
    leg, journey = person.leg, person.journeys
    note = _IS_CLIENT if person.organisation >= 0 else 0
    interception, distress, held = risks_of(leg, person.organisation, legs, sellers)
    # A draw is made only where there is a risk: most legs inland have none. Families are in the same boat: they share
    # the luck of their head.
    held = min(held * susceptibility, 1.0)
    detection = legs.detection[leg]
    at_risk = interception > 0.0 or distress > 0.0
    w0 = w1 = w2 = w3 = seen = written = np.uint32(0)
    write_chances(interception, distress, legs.coverage[leg], held, chances)
    if at_risk or held > 0.0:
        w0, w1, w2, w3 = philox(person.head, leg, journey, _PASSAGE, k0, k1)
    if at_risk or detection > 0.0:
        _p0, _p1, seen, written = philox(i, leg, journey, _RECORDING, k0, k1)
    if at_risk:
        # Each risk has a clock of its own, so that a person's luck at sea is the same whatever patrols do before it.
        until_stopped, until_distress = -np.log(unit(w0)), -np.log(unit(w1))
        stopped_first = until_stopped * distress <= until_distress * interception
        if stopped_first and until_stopped < interception:
            return INTERCEPTED, note | (_WAS_SEEN if legs.inland[leg] else 0)
        if not stopped_first and until_distress < distress:
            if _rescue_luck(i, person, unit(w2), shared_fate, k0, k1) >= legs.coverage[leg]:
                return DEAD, note | (_WAS_SEEN if unit(written) < legs.recording[leg] else 0)
            note |= _WAS_RESCUED
    if detection > 0.0 and unit(seen) < detection:
        note |= _WAS_SEEN
    return (EXPLOITED if held > 0.0 and unit(w3) < held else THROUGH), note


@njit(inline="always")
def write_chances(interception, distress, coverage, held, chances):  # type: ignore[no-untyped-def]
    """Write the probabilities that an attempt ends in interception, death or exploitation, shape (3,); eq. 35 to 37."""
    total = interception + distress
    share = -np.expm1(-total) / total if total > 0.0 else 0.0
    stopped, dying = interception * share, distress * share * (1 - coverage)
    chances[INTERCEPTED - 1], chances[DEAD - 1], chances[EXPLOITED - 1] = stopped, dying, (1 - stopped - dying) * held


@njit(inline="always")
def _rescue_luck(i, person, of_head, shared_fate, k0, k1):  # type: ignore[no-untyped-def]
    """Return the luck of somebody in distress: that of their head, or for some who follow one of their own."""
    if person.head != i:
        own, rescue, _w2, _w3 = philox(i, person.leg, person.journeys, _RESCUE, k0, k1)
        if unit(own) >= shared_fate:
            return unit(rescue)
    return of_head


@njit(cache=True)
def treat_intercepted(people, leg, records, bounds, agency, ends, now, practice, k0, k1):  # type: ignore[no-untyped-def]
    """Apply the practice of agencies to those whom they intercept (ODD eq. 38).

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    leg : ndarray of int, shape (k,)
    records : structured ndarray, shape (n,)
        Place and account are changed.
    bounds : ndarray of float, shape (3, n_agencies)
        Cumulated shares of push-back, detention and return.
    agency : ndarray of int, shape (n_legs,)
    ends : ndarray of int, shape (2, n_legs)
        Where those put back, and where others are brought.
    now : int
        Step.
    practice : ndarray of uint8, shape (k,)
        Output: `PUT_BACK`, `DETAINED`, `RETURNED` or `RELEASED`.
    k0, k1 : int
        The two halves of the seed.

    Returns
    -------
    ndarray of float, shape (k,)
        Luck of those put back, who may try again.
    """
    luck = np.empty(people.size)
    for row in range(people.size):
        i, way = people[row], leg[row]
        person = records[i]
        w0, w1, _w2, _w3 = philox(person.head, way, person.journeys, _PRACTICE, k0, k1)
        luck[row] = unit(w1)
        practice[row] = RELEASED
        for kind in range(3):
            if unit(w0) < bounds[kind, agency[way]]:
                practice[row] = kind
                break
        person.place = ends[0 if practice[row] == PUT_BACK else 1, way]
        person.accrued = now
    return luck


def risks_numpy(
    leg: NDArray[np.integer], seller: NDArray[np.integer], legs: LegRisks, sellers: Sellers
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Plain NumPy twin of `risks_of`, for each traveller, shape (k,) each."""
    bought = seller >= 0
    bribed, bribery = legs.bribed[leg], legs.bribery[leg]
    honest = 1 - bribed * bribery
    paid = np.divide(1 - bribed * sellers.bribery[seller], honest, out=np.ones(leg.size), where=honest > 0)
    interception = legs.interception[leg] * np.where(bought, paid, legs.watched[leg])
    distress = legs.distress[leg] * np.where(bought, sellers.danger[seller] / legs.care[leg], 1.0)
    return interception, distress, legs.held[leg] * np.where(bought, sellers.disposition[seller], 1.0)


def fates_numpy(
    interception: NDArray[np.float64],
    distress: NDArray[np.float64],
    coverage: NDArray[np.float64],
    held: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return probabilities of interception, death and exploitation, shape (k, 3): twin of `write_chances`."""
    total = interception + distress
    share = np.divide(-np.expm1(-total), total, out=np.zeros_like(total), where=total > 0)
    stopped, dying = interception * share, distress * share * (1 - coverage)
    return np.column_stack([stopped, dying, (1 - stopped - dying) * held])


def outcomes_numpy(
    luck: NDArray[np.float64],
    interception: NDArray[np.float64],
    distress: NDArray[np.float64],
    coverage: NDArray[np.float64],
    held: NDArray[np.float64],
) -> NDArray[np.uint8]:
    """Return the outcomes that `end_passages` draws, given luck and each traveller's own risks: its plain NumPy twin.

    Parameters
    ----------
    luck : ndarray of float, shape (k, 4)
        Uniforms for interception, distress, rescue and being held.
    interception, distress : ndarray of float, shape (k,)
        Hazards per attempt.
    coverage, held : ndarray of float, shape (k,)
        Probabilities of rescue and of being held.
    """
    until: Any = -np.log(luck[:, :2])
    stopped_first = until[:, 0] * distress <= until[:, 1] * interception
    intercepted = stopped_first & (until[:, 0] < interception)
    dead = ~stopped_first & (until[:, 1] < distress) & (luck[:, 2] >= coverage)
    outcome = np.select([intercepted, dead, luck[:, 3] < held], [INTERCEPTED, DEAD, EXPLOITED], THROUGH)
    return outcome.astype(np.uint8)
