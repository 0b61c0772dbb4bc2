"""Those who decide: who chooses which way, who buys what, and who sets out, person by person (ODD eq. 28 to 34)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from corridor.model.kernels.choice import NONE, STAY, UNDECIDED, choose, luck_of
from corridor.model.kernels.instructions import AHEAD, prefetch
from corridor.model.kernels.purse import earned, means_of
from corridor.model.purposes import Purpose
from corridor.model.states import Payment, State, Status
from corridor.model.streams import philox, unit

_PREPARING, _WAITING = int(State.PREPARING), int(State.WAITING)
_IRREGULAR, _REGULAR = int(Status.IRREGULAR), int(Status.REGULAR)
_OWN_COST, _ADVANCE, _ESCROW, _CREDIT = (int(payment) for payment in Payment)
_PURCHASE, _RATIONING = Purpose.PURCHASE.stream, Purpose.RATIONING.stream
_READINESS, _TRAVEL = Purpose.READINESS.stream, Purpose.TRAVEL_TIME.stream
_PROTECTION = Purpose.NEED_OF_PROTECTION.stream


class Ways(NamedTuple):
    """What those who decide see in this step."""

    weight: NDArray[np.float64]
    """Odds of every leg beside the best one of its start, shape (n_groups, n_legs)."""
    beyond_usd: NDArray[np.float64]
    """What it takes at least beyond a leg that only passes on, shape (n_groups, n_legs), USD."""
    going: NDArray[np.float64]
    """Probability of going on, shape (n_groups, n_places)."""
    first_leg: NDArray[np.int32]
    leg_by_origin: NDArray[np.int32]
    """Legs out of each place: see `kernels.choice.Network`."""
    fee_usd: NDArray[np.float64]
    """Mean fee, USD per person, shape (n_legs,)."""
    willing: NDArray[np.float64]
    """Probability of setting out at once in this season, shape (n_legs,)."""
    hosts: NDArray[np.bool_]
    """Where people of a community may settle, shape (n_communities, n_places)."""
    refuge: NDArray[np.int64]
    """Place where they may settle to which people turn back; -1 if none, shape (n_communities, n_places)."""
    bounds_usd: NDArray[np.float64]
    """Means per head at which the next class of wealth begins, USD, shape (n_communities, n_wealth - 1)."""
    gives_up: float
    """Probability that one who can pay for no way on ends the journey when they decide."""
    rooted: float
    """What having lived at a place makes of the odds of going on from it."""


class Offers(NamedTuple):
    """What organisations offer, sorted by leg."""

    first: NDArray[np.int64]
    """Offers on leg l are ``first[l]`` to ``first[l + 1] - 1``, shape (n_legs + 1,)."""
    organisation: NDArray[np.int64]
    fee_usd: NDArray[np.float64]
    share: NDArray[np.float64]
    """Of the buyers of the leg, shape (n_offers,)."""


@njit(parallel=True, cache=True)
def decide(people, records, state, stuck, taste, income_usd, wage_usd, ways, now, years, p, chosen, ready, k0, k1):  # type: ignore[no-untyped-def]
    """Bring accounts up to date and let everyone choose a way.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    records : structured ndarray, shape (n,)
        See `corridor.model.population.Population`.
    state : ndarray of uint8, shape (n,)
    stuck : ndarray of bool, shape (n,)
        Output for those who decide: whether they want to leave home and can pay for nothing.
    taste : ndarray of float32, shape (n,)
        For living in the country where they are: drawn for those who have just come, `UNDECIDED` until then.
    income_usd : ndarray of float, shape (n_communities,), USD a year
        At home.
    wage_usd : ndarray of float, shape (2, n_communities, n_places), USD a year
        Where people wait, without and with a legal status.
    ways : Ways
    now : int
        Step.
    years : float
        Length of a step.
    p : Purse
    chosen : ndarray of int32, shape (k,)
        Output: a leg, `STAY` or `NONE`.
    ready : ndarray of bool, shape (k,)
        Output: whether they take that leg now rather than wait for a better season.
    k0, k1 : int
        The two halves of the seed.

    Returns
    -------
    float, USD of agents
        What was earned in all.
    """
    saved = np.empty(people.size)
    for row in prange(people.size):
        prefetch(records, people[min(row + AHEAD, people.size - 1)])
        prefetch(stuck, people[min(row + AHEAD, people.size - 1)])
        i = people[row]
        person = records[i]
        income = income_usd[person.community]
        here = income
        if state[i] == _WAITING:
            here = wage_usd[int(person.status == _REGULAR), person.community, person.place]
        saved[row] = earned(person, here, (now - person.accrued) * years, p)
        person.savings_usd += saved[row]
        person.accrued = now
        _own, means = means_of(person, person.debt_usd, income, p)
        place, means = person.place, means / person.size
        group = _group_of(person, means, ways)
        # Everyone may settle where they are hosted; those in need of protection do not go home, but may turn back.
        hosted = ways.hosts[person.community, place] or ways.refuge[person.community, place] >= 0
        may_end = hosted or not person.protection_need
        going = ways.going[group, place] if may_end else 1.0
        luck, fresh = luck_of(i, person.journeys, place, k0, k1)
        if taste[i] < 0.0:
            taste[i] = fresh
        leg = choose(
            taste[i], luck, place, ways.weight[group], going, ways.fee_usd, ways.beyond_usd[group], means,
            ways.first_leg, ways.leg_by_origin,
        )  # fmt: skip
        stuck[i] = leg == NONE and state[i] == _PREPARING
        ready[row] = leg >= 0
        if leg == NONE or (leg >= 0 and ways.willing[leg] < 1.0):
            _w0, w1, w2, _w3 = philox(i, now, 0, _READINESS, k0, k1)
            if leg >= 0:
                ready[row] = unit(w1) < ways.willing[leg]
            elif state[i] == _WAITING and may_end and unit(w2) < ways.gives_up:
                leg = STAY
        chosen[row] = leg
    # Summed in order of people, so that the sum is the same for any number of threads.
    received = 0.0
    for amount in saved:
        received += amount
    return received


@njit(inline="always")
def _group_of(person, means, ways):  # type: ignore[no-untyped-def]
    """Return the decision group of a person whose means are ``means``, USD per head."""
    bounds = ways.bounds_usd[person.community]
    wealth = 0
    while wealth < bounds.size and means >= bounds[wealth]:
        wealth += 1
    n_attitudes = ways.weight.shape[0] // (ways.hosts.shape[0] * (bounds.size + 1))
    return (person.community * (bounds.size + 1) + wealth) * n_attitudes + person.attitude


@njit(cache=True)
def reconsider(people, luck, records, taste, income_usd, ways, renewed, p):  # type: ignore[no-untyped-def]
    """Let people who live somewhere decide whether to go on.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    luck : ndarray of float, shape (k, 2)
        Whether their taste has changed, and what it is now.
    records : structured ndarray, shape (n,)
        See `corridor.model.population.Population`.
    taste : ndarray of float32, shape (n,)
        For living where they are; changed for those whose taste has changed, and drawn for those who have none yet, who
        live there all the same: among the tastes of those who stay.
    income_usd : ndarray of float, shape (n_communities,), USD a year
    ways : Ways
    renewed : float
        Probability that a taste has changed since it was last asked for.
    p : Purse

    Returns
    -------
    ndarray of bool, shape (k,)
        Who goes on.
    """
    goes = np.empty(people.size, dtype=np.bool_)
    for row in range(people.size):
        i = people[row]
        person = records[i]
        _own, means = means_of(person, person.debt_usd, income_usd[person.community], p)
        newcomers = ways.going[_group_of(person, means / person.size, ways), person.place]
        going = newcomers * ways.rooted / (1.0 - newcomers + newcomers * ways.rooted)
        if taste[i] < 0.0:
            taste[i] = going + (1.0 - going) * luck[row, 1]
        elif luck[row, 0] < renewed:
            taste[i] = luck[row, 1]
        goes[row] = taste[i] < going
    return goes


@njit(cache=True)
def ration(people, leg, seats, wanted, places, now, admitted, k0, k1):  # type: ignore[no-untyped-def]
    """Give the places on every leg to people in random order; return the seats taken, shape (n_legs,).

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    leg : ndarray of int32, shape (k,)
    seats : ndarray of uint8, shape (k,)
        Members of each family, who go together.
    wanted, places : ndarray, shape (n_legs,)
        Seats asked for and to be had, agents.
    now : int
        Step.
    admitted : ndarray of bool, shape (k,)
        Output.
    k0, k1 : int
        The two halves of the seed.
    """
    taken = np.zeros(wanted.size)
    key, short = np.empty(people.size), 0
    for row in range(people.size):
        # Where there is room for all, the order does not matter.
        admitted[row] = wanted[leg[row]] <= places[leg[row]]
        if admitted[row]:
            taken[leg[row]] += seats[row]
            key[row] = np.inf
        else:
            w0, _w1, _w2, _w3 = philox(people[row], now, 0, _RATIONING, k0, k1)
            key[row] = leg[row] + unit(w0)
            short += 1
    for row in np.argsort(key)[:short]:
        admitted[row] = taken[leg[row]] < places[leg[row]]
        if admitted[row]:
            taken[leg[row]] += seats[row]
    return taken


@njit(cache=True)
def draw_offer(luck, first, last, share):  # type: ignore[no-untyped-def]
    """Return one of the offers ``first`` to ``last - 1``, by their shares, which add up to 1."""
    for offer in range(first, last - 1):
        luck -= share[offer]
        if luck < 0.0:
            return offer
    return last - 1


@njit(cache=True)
def buy_passages(people, leg, records, creditor, income_usd, offers, escrow_share, interest, p, sales, k0, k1):  # type: ignore[no-untyped-def]
    """Let everyone take an offer on their leg and pay for it; return what interest they come to owe, USD of agents.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    leg : ndarray of int32, shape (k,)
    records, income_usd, p, k0, k1
        See `decide`.
    creditor : ndarray of int16, shape (n,)
        Output: the organisation that lent.
    offers : Offers
    escrow_share, interest : float
        Share of those with the means who pay by escrow; interest on what smugglers lend.
    sales : ndarray of float, shape (3, n_legs)
        Output: fees paid now and held in escrow, USD of agents, and passengers, agents.
    """
    sales[:] = 0.0
    owed = 0.0
    for row in range(people.size):
        i, way = people[row], leg[row]
        person = records[i]
        w0, w1, _w2, _w3 = philox(i, person.journeys, way, _PURCHASE, k0, k1)
        offer = draw_offer(unit(w0), offers.first[way], offers.first[way + 1], offers.share)
        # Nobody can be charged more than they can find.
        own, means = means_of(person, person.debt_usd, income_usd[person.community], p)
        fee = min(offers.fee_usd[offer] * person.size, means)
        from_savings = min(person.savings_usd, fee)
        # Smugglers charge interest on what they lend themselves: what relatives could not.
        lent = max(fee - own, 0.0)
        person.savings_usd -= from_savings
        person.debt_usd += fee - from_savings + interest * lent
        person.bond_usd += lent + interest * lent
        person.organisation = offers.organisation[offer]
        if lent > 0:
            person.payment, creditor[i] = _CREDIT, offers.organisation[offer]
        else:
            person.payment = _ESCROW if unit(w1) < escrow_share else _ADVANCE
        held = fee if person.payment == _ESCROW else 0.0
        person.escrow_usd = held
        owed += interest * lent
        sales[0, way] += fee - held
        sales[1, way] += held
        sales[2, way] += person.size
    return owed


@njit(cache=True)
def pay_own_way(people, cost_usd, records):  # type: ignore[no-untyped-def]
    """Pay a cost from savings and, where they fall short, with borrowed money; no smuggler is met.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    cost_usd : ndarray of float, shape (k,), USD of agents
    records
        See `decide`.
    """
    for row in range(people.size):
        person = records[people[row]]
        from_savings = min(person.savings_usd, cost_usd[row])
        person.savings_usd -= from_savings
        person.debt_usd += cost_usd[row] - from_savings
        person.payment = _OWN_COST
        person.organisation = -1


@njit(parallel=True, cache=True)
def set_out(people, leg, records, state, due, stuck, taste, conflict, abroad, days, step_days, now, k0, k1):  # type: ignore[no-untyped-def]
    """Put people on their way: a leg, a day of arrival, and, for those who leave home, whether they flee.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    leg : ndarray of int32, shape (k,)
    records, state, stuck, k0, k1
        See `decide`.
    due : ndarray of int32, shape (n,)
        Output for those who set out: step of arrival.
    taste : ndarray of float32, shape (n,)
        Output for those who leave the country: `UNDECIDED`.
    conflict : ndarray of float, shape (n_communities,)
        Probability that people who leave flee persecution or conflict.
    abroad : ndarray of bool, shape (n_legs,)
        Whether a leg leads to another country.
    days : ndarray of float, shape (n_legs,)
        Length of the journey.
    step_days, now : int
    """
    for row in prange(people.size):
        prefetch(due, people[min(row + AHEAD, people.size - 1)])
        i = people[row]
        person = records[i]
        if state[i] == _PREPARING:
            _w0, _w1, _w2, w3 = philox(i, 0, 0, _PROTECTION, k0, k1)
            person.protection_need = unit(w3) < conflict[person.community]
        person.leg = leg[row]
        if abroad[leg[row]]:
            taste[i] = UNDECIDED
        # A status holds in the country that gave it.
        person.status = _IRREGULAR
        person.journeys += 1
        w0, _w1, _w2, _w3 = philox(i, now, 0, _TRAVEL, k0, k1)
        # Journeys shorter than a step end in this one or the next, so that the mean is right for any step.
        due[i] = now + np.int64(np.floor(days[leg[row]] / step_days + unit(w0)))
        stuck[i] = False


@njit(cache=True)
def release_escrow(people, through, records, paid_usd):  # type: ignore[no-untyped-def]
    """Pay out what is held for journeys that have ended.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    through : ndarray of bool, shape (k,)
        Whether the journey succeeded: the organisation is paid; else the money comes back.
    records
        See `decide`.
    paid_usd : ndarray of float, shape (n_legs,), USD of agents
        Added to: what organisations get on each leg.
    """
    for row in range(people.size):
        i = people[row]
        person = records[i]
        held = person.escrow_usd
        if held <= 0.0:
            continue
        person.escrow_usd = 0.0
        if through[row]:
            paid_usd[person.leg] += held
            continue
        # What comes back goes to those who lent it first.
        repaid = min(held, person.debt_usd)
        person.debt_usd -= repaid
        person.bond_usd = min(person.bond_usd, person.debt_usd)
        person.savings_usd += held - repaid
