"""Individual decisions: choice of the next leg, rationing of seats, and departure (ODD eq. 28 to 34)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from corridor.model.kernels.choice import NONE, STAY, UNDECIDED, choose, going_now, luck_of, payable_odds
from corridor.model.kernels.clock import Clock
from corridor.model.kernels.columns import TravellerColumns
from corridor.model.kernels.instructions import AHEAD, prefetch
from corridor.model.kernels.purse import PurseParameters, earned, means_of
from corridor.model.machine_code import Bools, Floats, Int, Ints, Real, compiled, inlined
from corridor.model.purposes import Purpose
from corridor.model.states import State, Status
from corridor.model.streams import philox, unit

_PREPARING, _WAITING = int(State.PREPARING), int(State.WAITING)
_IRREGULAR, _REGULAR = int(Status.IRREGULAR), int(Status.REGULAR)
_RATIONING = Purpose.RATIONING.stream
_READINESS, _TRAVEL = Purpose.READINESS.stream, Purpose.TRAVEL_TIME.stream
_PROTECTION = Purpose.NEED_OF_PROTECTION.stream


class DecisionInputs(NamedTuple):
    """Inputs of decisions in this step."""

    weight: NDArray[np.float64]
    """Odds of every leg beside the best one of its start, shape (n_groups, n_legs)."""
    going: NDArray[np.float64]
    """Probability of going on, shape (n_groups, n_places)."""
    expected: NDArray[np.float64]
    """Odds of all legs of a place, each weighted by the share who can pay for it, shape (n_groups, n_places)."""
    beyond_usd: NDArray[np.float64]
    """Least cost beyond a leg that ends at a place of mere transit, shape (n_groups, n_legs), USD."""
    first_leg: NDArray[np.int32]
    leg_by_origin: NDArray[np.int32]
    """Legs out of each place: see `kernels.network.Network`."""
    fee_usd: NDArray[np.float64]
    """Mean fee, USD per person, shape (n_legs,)."""
    willing: NDArray[np.float64]
    """Probability of setting out immediately in this season, shape (n_legs,)."""
    hosts: NDArray[np.bool_]
    """Where people of a community may settle, shape (n_communities, n_places)."""
    refuge: NDArray[np.int64]
    """Place to which people turn back because they may settle there; -1 if none, shape (n_communities, n_places)."""
    bounds_usd: NDArray[np.float64]
    """Lower bounds of wealth classes above the first, means per head, USD, shape (n_communities, n_wealth - 1)."""
    gives_up: float
    """Probability that a person who waits for the means to move on ends the journey on deciding."""
    response: float
    """Exponent by which the odds of legs change the odds of moving on: nest parameter times scale."""
    rooted: float
    """Factor of the odds of moving on for people who have lived at the place."""


@compiled(parallel=True)
def decide(
    people: Ints,
    columns: TravellerColumns,
    income_usd: Floats,
    wage_usd: Floats,
    inputs: DecisionInputs,
    p: PurseParameters,
    clock: Clock,
) -> tuple[float, NDArray[np.int32], NDArray[np.bool_]]:
    """Update people's accounts and draw their choices.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    columns : TravellerColumns
        Accounts, involuntary immobility, and tastes of new arrivals are changed.
    income_usd : ndarray of float, shape (n_communities,), USD a year
        At home.
    wage_usd : ndarray of float, shape (2, n_communities, n_places), USD a year
        Where people wait, without and with a legal status.
    inputs : DecisionInputs
    p : PurseParameters
    clock : Clock

    Returns
    -------
    received : float, USD of agents
        Total earnings.
    chosen : ndarray of int32, shape (k,)
        A leg, `STAY` or `NONE`.
    ready : ndarray of bool, shape (k,)
        Whether they take that leg now rather than wait for a better season.
    """
    records, state, immobile, taste = columns.records, columns.state, columns.immobile, columns.taste
    chosen, ready = np.empty(people.size, dtype=np.int32), np.empty(people.size, dtype=np.bool_)
    saved = np.empty(people.size)
    for row in prange(people.size):
        prefetch(records, people[min(row + AHEAD, people.size - 1)])
        prefetch(immobile, people[min(row + AHEAD, people.size - 1)])
        i = people[row]
        person = records[i]
        income = income_usd[person.community]
        here = income
        if state[i] == _WAITING:
            here = wage_usd[int(person.status == _REGULAR), person.community, person.place]
        saved[row] = earned(person, here, (clock.now - person.accrued) * clock.years, p)
        person.savings_usd += saved[row]
        person.accrued = clock.now
        _own, means = means_of(person, person.debt_usd, income, p)
        place, means = person.place, means / person.size
        group = _group_of(person, means, inputs)
        # Everyone may settle where they are hosted; people in need of protection do not return home, but may turn back.
        hosted = inputs.hosts[person.community, place] or inputs.refuge[person.community, place] >= 0
        may_end = hosted or not person.protection_need
        going = inputs.going[group, place] if may_end else 1.0
        luck, fresh = luck_of(i, person.journeys, place, clock.k0, clock.k1)
        if taste[i] < 0.0:
            taste[i] = fresh
        onward = inputs.leg_by_origin[inputs.first_leg[place] : inputs.first_leg[place + 1]]
        weights, beyond_usd = inputs.weight[group], inputs.beyond_usd[group]
        payable = payable_odds(onward, weights, inputs.fee_usd, beyond_usd, means)
        leg: Int = STAY
        if taste[i] < going_now(going, payable, inputs.expected[group, place], inputs.response):
            leg = choose(luck, payable, onward, weights, inputs.fee_usd, beyond_usd, means)
        elif taste[i] < going:
            leg = NONE
        immobile[i] = payable <= 0.0 and state[i] == _PREPARING
        ready[row] = leg >= 0
        if leg == NONE or (leg >= 0 and inputs.willing[leg] < 1.0):
            _w0, w1, w2, _w3 = philox(i, clock.now, 0, _READINESS, clock.k0, clock.k1)
            if leg >= 0:
                ready[row] = unit(w1) < inputs.willing[leg]
            elif state[i] == _WAITING and may_end and unit(w2) < inputs.gives_up:
                leg = STAY
        chosen[row] = leg
    # Summed in order of people, so that the sum is the same for any number of threads.
    received = 0.0
    for amount in saved:
        received += amount
    return received, chosen, ready


@inlined
def _group_of(person: Any, means: Real, inputs: DecisionInputs) -> Int:
    """Return the decision group of a person with ``means``, USD per head."""
    bounds = inputs.bounds_usd[person.community]
    wealth = 0
    while wealth < bounds.size and means >= bounds[wealth]:
        wealth += 1
    n_attitudes = inputs.weight.shape[0] // (inputs.hosts.shape[0] * (bounds.size + 1))
    return (person.community * (bounds.size + 1) + wealth) * n_attitudes + person.attitude


@compiled()
def reconsider(
    people: Ints,
    luck: Floats,
    columns: TravellerColumns,
    income_usd: Floats,
    inputs: DecisionInputs,
    renewed: float,
    p: PurseParameters,
) -> NDArray[np.bool_]:
    """Draw whether settled people decide to move on.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    luck : ndarray of float, shape (k, 2)
        Uniforms for whether their taste has changed, and for the new taste.
    columns : TravellerColumns
        Tastes that have changed are redrawn. Settled people without a taste are given one at which they would stay.
    income_usd : ndarray of float, shape (n_communities,), USD a year
    inputs : DecisionInputs
    renewed : float
        Probability that a taste has changed since the last decision.
    p : PurseParameters

    Returns
    -------
    ndarray of bool, shape (k,)
        Whether each person moves on.
    """
    goes, taste = np.empty(people.size, dtype=np.bool_), columns.taste
    for row in range(people.size):
        i = people[row]
        person = columns.records[i]
        _own, means = means_of(person, person.debt_usd, income_usd[person.community], p)
        place, means = person.place, means / person.size
        group = _group_of(person, means, inputs)
        onward = inputs.leg_by_origin[inputs.first_leg[place] : inputs.first_leg[place + 1]]
        payable = payable_odds(onward, inputs.weight[group], inputs.fee_usd, inputs.beyond_usd[group], means)
        newcomers = going_now(inputs.going[group, place], payable, inputs.expected[group, place], inputs.response)
        going = newcomers * inputs.rooted / (1.0 - newcomers + newcomers * inputs.rooted)
        if taste[i] < 0.0:
            taste[i] = going + (1.0 - going) * luck[row, 1]
        elif luck[row, 0] < renewed:
            taste[i] = luck[row, 1]
        goes[row] = taste[i] < going
    return goes


@compiled()
def ration(
    people: Ints, leg: Ints, seats: Ints, wanted: Ints | Floats, places: Ints, clock: Clock
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Allocate the seats on every leg to people in random order.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    leg : ndarray of int32, shape (k,)
    seats : ndarray of uint8, shape (k,)
        Members of each family, who travel together.
    wanted, places : ndarray, shape (n_legs,)
        Seats requested and available, agents.
    clock : Clock

    Returns
    -------
    admitted : ndarray of bool, shape (k,)
    taken : ndarray of float, shape (n_legs,)
        Seats allocated.
    """
    admitted, taken = np.empty(people.size, dtype=np.bool_), np.zeros(wanted.size)
    key, short = np.empty(people.size), 0
    for row in range(people.size):
        # If there is room for all, the order does not matter.
        admitted[row] = wanted[leg[row]] <= places[leg[row]]
        if admitted[row]:
            taken[leg[row]] += seats[row]
            key[row] = np.inf
        else:
            w0, _w1, _w2, _w3 = philox(people[row], clock.now, 0, _RATIONING, clock.k0, clock.k1)
            key[row] = leg[row] + unit(w0)
            short += 1
    for row in np.argsort(key)[:short]:
        admitted[row] = taken[leg[row]] < places[leg[row]]
        if admitted[row]:
            taken[leg[row]] += seats[row]
    return admitted, taken


@compiled(parallel=True)
def set_out(
    people: Ints, leg: Ints, columns: TravellerColumns, conflict: Floats, abroad: Bools, steps: Floats, clock: Clock
) -> None:
    """Start journeys: set the leg, the step of arrival and, for people leaving home, the need for protection.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    leg : ndarray of int32, shape (k,)
    columns : TravellerColumns
        Step of arrival, and for those who leave the country their taste, `UNDECIDED`, are written.
    conflict : ndarray of float, shape (n_communities,)
        Probability that people who leave flee persecution or conflict.
    abroad : ndarray of bool, shape (n_legs,)
        Whether a leg leads to another country.
    steps : ndarray of float, shape (n_legs,)
        Length of the journey, in steps.
    clock : Clock
    """
    due, immobile, taste = columns.due, columns.immobile, columns.taste
    for row in prange(people.size):
        prefetch(due, people[min(row + AHEAD, people.size - 1)])
        i = people[row]
        person = columns.records[i]
        if columns.state[i] == _PREPARING:
            _w0, _w1, _w2, w3 = philox(i, 0, 0, _PROTECTION, clock.k0, clock.k1)
            person.protection_need = unit(w3) < conflict[person.community]
        person.leg = leg[row]
        if abroad[leg[row]]:
            taste[i] = UNDECIDED
        # Legal status is valid only in the country that granted it.
        person.status = _IRREGULAR
        person.journeys += 1
        w0, _w1, _w2, _w3 = philox(i, clock.now, 0, _TRAVEL, clock.k0, clock.k1)
        # Journeys shorter than a step end in this one or the next, so that the mean is right for any step.
        due[i] = clock.now + np.int64(np.floor(steps[leg[row]] + unit(w0)))
        immobile[i] = False
