"""Outcomes of individual attempts on legs, in one pass (ODD eq. 35 to 37, 39)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from corridor.model.kernels.clock import Clock
from corridor.model.kernels.columns import TravellerColumns
from corridor.model.kernels.diary import JourneyCounts, write_down
from corridor.model.kernels.instructions import AHEAD, prefetch
from corridor.model.machine_code import Floats, Int, Ints, Real, Records, compiled, inlined
from corridor.model.purposes import Purpose
from corridor.model.streams import philox, unit

THROUGH, INTERCEPTED, DEAD, EXPLOITED = 0, 1, 2, 3
"""How a journey ends, as beliefs hear of it."""
COUNTED = (
    "passages", "arrivals", "interceptions", "rescues", "deaths", "detections", "deaths_recorded", "passages_back",
    "expected_deaths", "expected_deaths_recorded",
)  # fmt: skip
"""Counts by leg, in the order of the first rows of ``JourneyCounts.by_leg``."""
N_COUNTS = len(COUNTED) + 2
"""The last two rows hold clients of smugglers who got through, and who were intercepted."""
_WAS_RESCUED, _WAS_SEEN, _IS_CLIENT, _LED_BACK = 1, 2, 4, 8
_PASSAGES, _ARRIVALS, _INTERCEPTIONS, _RESCUES, _DEATHS, _DETECTIONS, _RECORDED = range(7)
_BACK, _EXPECTED, _EXPECTED_RECORDED, _SERVED, _CAUGHT = range(7, N_COUNTS)
PUT_BACK, DETAINED, RETURNED, RELEASED = 0, 1, 2, 3
"""Treatment of intercepted people."""
_PASSAGE, _RESCUE = Purpose.PASSAGE.stream, Purpose.RESCUE_OF_ONE.stream
_RECORDING, _PRACTICE = Purpose.RECORDING.stream, Purpose.PRACTICE.stream


class LegRisks(NamedTuple):
    """Risks to travellers on every leg in this step, shape (n_legs,) each."""

    interception: NDArray[np.float64]
    """Hazard per attempt, mean over clients."""
    distress: NDArray[np.float64]
    """Hazard per attempt, mean over clients."""
    coverage: NDArray[np.float64]
    """Share of those in distress who are rescued."""
    held: NDArray[np.float64]
    """Probability of captivity for ransom or labour, before the person's and the organisation's multipliers."""
    watched: NDArray[np.float64]
    """Interception hazard without a smuggler, relative to that with one."""
    bribed: NDArray[np.float64]
    """Share of enforcement open to bribery."""
    bribery: NDArray[np.float64]
    """Share of that which is bribed, mean over clients."""
    care: NDArray[np.float64]
    """Danger relative to that at reference care, mean over clients."""
    detection: NDArray[np.float64]
    """Probability that an arrival is detected."""
    registered: NDArray[np.float64]
    """The same of those whom authorities let through in the open."""
    recording: NDArray[np.float64]
    """Probability that a death is recorded."""
    inland: NDArray[np.bool_]
    """Whether interceptions count as detections."""


class Sellers(NamedTuple):
    """Risks to clients that depend on the organisation, shape (n_organisations,) each."""

    bribery: NDArray[np.float64]
    """Share of the required officials that it has bribed."""
    danger: NDArray[np.float64]
    """Danger to clients relative to that at reference care."""
    disposition: NDArray[np.float64]
    """Multiplier on the exploitation of clients."""


class Practice(NamedTuple):
    """Agencies' treatment of people whom they intercept."""

    bounds: NDArray[np.float64]
    """Cumulative shares of pushback, detention and return, shape (3, n_agencies)."""
    agency: NDArray[np.integer]
    """Of each leg, shape (n_legs,)."""
    ends: NDArray[np.integer]
    """Place to which people pushed back are taken, and place to which others are, shape (2, n_legs)."""


@compiled()
def risks_of(leg: Int, seller: Int, legs: LegRisks, sellers: Sellers) -> tuple[Real, Real, Real]:
    """Return the hazards of interception and distress, and the probability of captivity before personal multipliers.

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


@compiled(parallel=True)
def end_passages(
    people: Ints,
    columns: TravellerColumns,
    diary: Records,
    legs: LegRisks,
    sellers: Sellers,
    shared_fate: float,
    book: JourneyCounts,
    clock: Clock,
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Draw the outcome of each attempt, count outcomes by leg, update diaries, and count first detections.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
        Whole families.
    columns : TravellerColumns
    diary : structured ndarray, shape (n,)
        See `corridor.model.kernels.diary`.
    legs : LegRisks
    sellers : Sellers
    shared_fate : float
        Probability that a follower in distress shares the fate of the head of the family.
    book : JourneyCounts
        Added to.
    clock : Clock

    Returns
    -------
    outcome : ndarray of uint8, shape (k,)
        `THROUGH`, `INTERCEPTED`, `DEAD` or `EXPLOITED`.
    chances : ndarray of float64, shape (k, 3)
        Probabilities of the last three.
    """
    n, records, susceptibility = people.size, columns.records, columns.susceptibility
    outcome, chances = np.empty(n, dtype=np.uint8), np.empty((n, 3))
    noted, since = np.empty(n, dtype=np.uint8), np.empty(n, dtype=np.int64)
    for row in prange(n):
        ahead = people[min(row + AHEAD, n - 1)]
        prefetch(susceptibility, ahead)
        prefetch(diary, ahead)
        i = people[row]
        end, note = _end_passage(i, records[i], susceptibility[i], legs, sellers, shared_fate, chances[row], clock)
        through, seen = end in (THROUGH, EXPLOITED), end != DEAD and note & _WAS_SEEN > 0
        back, since[row] = write_down(diary[i], book, records[i].leg, through, end == INTERCEPTED, seen, clock.now)
        outcome[row], noted[row] = end, note | (_LED_BACK if back else 0)
    for row in range(n):
        person, dying = records[people[row]], chances[row, DEAD - 1]
        _count(book, person, outcome[row], noted[row], since[row])
        book.by_leg[_EXPECTED, person.leg] += dying
        book.by_leg[_EXPECTED_RECORDED, person.leg] += dying * legs.recording[person.leg]
    return outcome, chances


@inlined
def _count(book: JourneyCounts, person: Any, end: Int, note: Int, since: Int) -> None:
    """Count one end of a journey, and how it was recorded."""
    way, counts, client = person.leg, book.by_leg, note & _IS_CLIENT > 0
    through, seen = end in (THROUGH, EXPLOITED), note & _WAS_SEEN > 0
    if end != DEAD and seen:
        if book.route[way] >= 0:
            book.detections[book.route[way], person.community] += 1
        if since >= 0:
            book.first_detections[person.community, since] += 1
    counts[_PASSAGES, way] += 1
    counts[_ARRIVALS, way] += through
    counts[_INTERCEPTIONS, way] += end == INTERCEPTED
    counts[_RESCUES, way] += note & _WAS_RESCUED
    counts[_DEATHS, way] += end == DEAD
    counts[_DETECTIONS, way] += end != DEAD and seen
    counts[_RECORDED, way] += end == DEAD and seen
    counts[_BACK, way] += note & _LED_BACK > 0
    counts[_SERVED, way] += through and client
    counts[_CAUGHT, way] += end == INTERCEPTED and client


@inlined
def _end_passage(
    i: Int,
    person: Any,
    susceptibility: Real,
    legs: LegRisks,
    sellers: Sellers,
    shared_fate: float,
    chances: Floats,
    clock: Clock,
) -> tuple[Int, Int]:
    """End of one journey, and its record (rescue, detection, whether a smuggler was paid); write its chances."""
    leg, journey = person.leg, person.journeys
    note = _IS_CLIENT if person.organisation >= 0 else 0
    interception, distress, held = risks_of(leg, person.organisation, legs, sellers)
    # Draws are made only where there is a risk, which most inland legs lack. Families travel in the same boat and share
    # their head's draws.
    held = min(held * susceptibility, 1.0)
    detection = legs.detection[leg]
    if person.organisation < 0:
        detection += (1.0 - legs.watched[leg]) * (legs.registered[leg] - detection)
    at_risk = interception > 0.0 or distress > 0.0
    w0 = w1 = w2 = w3 = seen = written = np.uint32(0)
    write_chances(interception, distress, legs.coverage[leg], held, chances)
    if at_risk or held > 0.0:
        w0, w1, w2, w3 = philox(person.head, leg, journey, _PASSAGE, clock.k0, clock.k1)
    if at_risk or detection > 0.0:
        _p0, _p1, seen, written = philox(i, leg, journey, _RECORDING, clock.k0, clock.k1)
    if at_risk:
        # Each risk has a draw of its own, so that a person's draws at sea are the same whatever patrols do beforehand.
        until_stopped, until_distress = -np.log(unit(w0)), -np.log(unit(w1))
        stopped_first = until_stopped * distress <= until_distress * interception
        if stopped_first and until_stopped < interception:
            return INTERCEPTED, note | (_WAS_SEEN if legs.inland[leg] else 0)
        if not stopped_first and until_distress < distress:
            if _rescue_luck(i, person, unit(w2), shared_fate, clock) >= legs.coverage[leg]:
                return DEAD, note | (_WAS_SEEN if unit(written) < legs.recording[leg] else 0)
            note |= _WAS_RESCUED
    if detection > 0.0 and unit(seen) < detection:
        note |= _WAS_SEEN
    return (EXPLOITED if held > 0.0 and unit(w3) < held else THROUGH), note


@inlined
def write_chances(interception: Real, distress: Real, coverage: Real, held: Real, chances: Floats) -> None:
    """Compute the probabilities of interception, death and exploitation of an attempt, shape (3,); eq. 35 to 37."""
    total = interception + distress
    share = -np.expm1(-total) / total if total > 0.0 else 0.0
    stopped, dying = interception * share, distress * share * (1 - coverage)
    chances[INTERCEPTED - 1], chances[DEAD - 1], chances[EXPLOITED - 1] = stopped, dying, (1 - stopped - dying) * held


@inlined
def _rescue_luck(i: Int, person: Any, of_head: float, shared_fate: float, clock: Clock) -> float:
    """Return the uniforms of a person in distress: their head's or, for some followers, their own."""
    if person.head != i:
        own, rescue, _w2, _w3 = philox(i, person.leg, person.journeys, _RESCUE, clock.k0, clock.k1)
        if unit(own) >= shared_fate:
            return unit(rescue)
    return of_head


@compiled()
def treat_intercepted(
    people: Ints, leg: Ints, records: Records, practice: Practice, clock: Clock
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Apply agencies' practice to people whom they intercept (ODD eq. 38).

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    leg : ndarray of int, shape (k,)
    records : structured ndarray, shape (n,)
        Place and account are changed.
    practice : Practice
    clock : Clock

    Returns
    -------
    treatment : ndarray of uint8, shape (k,)
        `PUT_BACK`, `DETAINED`, `RETURNED` or `RELEASED`.
    luck : ndarray of float, shape (k,)
        Of those put back, who may try again.
    """
    treatment, luck = np.empty(people.size, dtype=np.uint8), np.empty(people.size)
    for row in range(people.size):
        i, way = people[row], leg[row]
        person = records[i]
        w0, w1, _w2, _w3 = philox(person.head, way, person.journeys, _PRACTICE, clock.k0, clock.k1)
        luck[row] = unit(w1)
        treatment[row] = RELEASED
        for kind in range(3):
            if unit(w0) < practice.bounds[kind, practice.agency[way]]:
                treatment[row] = kind
                break
        person.place = practice.ends[0 if treatment[row] == PUT_BACK else 1, way]
        person.accrued = clock.now
    return treatment, luck
