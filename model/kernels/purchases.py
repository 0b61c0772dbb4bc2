"""Purchase of a passage: offer, payment, credit and escrow (ODD eq. 28 to 34)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.clock import Clock
from corridor.model.kernels.columns import TravellerColumns
from corridor.model.kernels.purse import PurseParameters, means_of
from corridor.model.machine_code import Bools, Floats, Int, Ints, Records, compiled
from corridor.model.purposes import Purpose
from corridor.model.states import Payment
from corridor.model.streams import philox, unit

_OWN_COST, _ADVANCE, _ESCROW, _CREDIT = (int(payment) for payment in Payment)
_PURCHASE = Purpose.PURCHASE.stream


class OffersByLeg(NamedTuple):
    """Offers of organisations, sorted by leg."""

    first: NDArray[np.int64]
    """Offers on leg l are ``first[l]`` to ``first[l + 1] - 1``, shape (n_legs + 1,)."""
    organisation: NDArray[np.int64]
    fee_usd: NDArray[np.float64]
    share: NDArray[np.float64]
    """Share of the leg's buyers, shape (n_offers,)."""


@compiled()
def draw_offer(luck: float, first: Int, last: Int, share: Floats) -> Int:
    """Draw one of the offers ``first`` to ``last - 1`` by their shares, which add up to 1."""
    for offer in range(first, last - 1):
        luck -= share[offer]
        if luck < 0.0:
            return offer
    return last - 1


@compiled()
def buy_passages(
    people: Ints,
    leg: Ints,
    columns: TravellerColumns,
    income_usd: Floats,
    offers: OffersByLeg,
    p: PurseParameters,
    clock: Clock,
) -> tuple[float, NDArray[np.float64]]:
    """Draw an offer on each person's leg, and charge its fee.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    leg : ndarray of int32, shape (k,)
    columns : TravellerColumns
        Accounts and creditors are changed.
    income_usd, p, clock
        See `decide`.
    offers : OffersByLeg

    Returns
    -------
    owed : float, USD of agents
        Interest added to debts.
    sales : ndarray of float, shape (3, n_legs)
        Fees paid now and held in escrow, USD of agents, and passengers, agents.
    """
    sales = np.zeros((3, offers.first.size - 1))
    owed = 0.0
    for row in range(people.size):
        i, bought = people[row], leg[row]
        person = columns.records[i]
        w0, w1, _w2, _w3 = philox(i, person.journeys, bought, _PURCHASE, clock.k0, clock.k1)
        offer = draw_offer(unit(w0), offers.first[bought], offers.first[bought + 1], offers.share)
        # Nobody is charged more than they can raise.
        own, means = means_of(person, person.debt_usd, income_usd[person.community], p)
        fee = min(offers.fee_usd[offer] * person.size, means)
        from_savings = min(person.savings_usd, fee)
        # Smugglers charge interest on what they lend themselves: what relatives could not.
        lent = max(fee - own, 0.0)
        person.savings_usd -= from_savings
        person.debt_usd += fee - from_savings + p.credit_interest * lent
        person.bond_usd += lent + p.credit_interest * lent
        person.organisation = offers.organisation[offer]
        if lent > 0:
            person.payment, columns.creditor[i] = _CREDIT, offers.organisation[offer]
        else:
            person.payment = _ESCROW if unit(w1) < p.escrow_share else _ADVANCE
        held = fee if person.payment == _ESCROW else 0.0
        person.escrow_usd = held
        owed += p.credit_interest * lent
        sales[0, bought] += fee - held
        sales[1, bought] += held
        sales[2, bought] += person.size
    return owed, sales


@compiled()
def pay_own_way(people: Ints, cost_usd: Floats, records: Records) -> None:
    """Pay a cost from savings and, where they fall short, with borrowed money; smugglers are not involved.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    cost_usd : ndarray of float, shape (k,), USD of agents
    records : structured ndarray, shape (n,)
        See `corridor.model.population.Population`.
    """
    for row in range(people.size):
        person = records[people[row]]
        from_savings = min(person.savings_usd, cost_usd[row])
        person.savings_usd -= from_savings
        person.debt_usd += cost_usd[row] - from_savings
        person.payment = _OWN_COST
        person.organisation = -1


@compiled()
def release_escrow(people: Ints, through: Bools, records: Records, paid_usd: Floats) -> None:
    """Settle the escrow of journeys that have ended.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    through : ndarray of bool, shape (k,)
        Whether the journey succeeded, so that the organisation is paid; otherwise the money is refunded.
    records : structured ndarray, shape (n,)
        See `corridor.model.population.Population`.
    paid_usd : ndarray of float, shape (n_legs,), USD of agents
        Added to: payments to organisations on each leg.
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
        # Refunds repay lenders first.
        repaid = min(held, person.debt_usd)
        person.debt_usd -= repaid
        person.bond_usd = min(person.bond_usd, person.debt_usd)
        person.savings_usd += held - repaid
