"""Money: every dollar that enters or leaves the migrants' hands is booked, to check that none is lost."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from corridor.model.population import Population


class Cashbook:
    """Money of smuggling organisations: their capital, and every purpose for which it changed. ODD eq. 3a.

    Parameters
    ----------
    n : int
        Number of organisations.

    Attributes
    ----------
    capital_usd : ndarray of float, shape (n,)
    flows : dict of str to float
        Net sum received (paid, if negative) for each purpose, USD of persons.
    """

    def __init__(self, n: int) -> None:
        self.capital_usd = np.zeros(n)
        self.flows: defaultdict[str, float] = defaultdict(float)

    def book(self, purpose: str, amounts: NDArray[np.float64]) -> None:
        """Add amounts (negative: paid) to the capital of each organisation, USD, shape (n,)."""
        self.capital_usd += amounts
        self.flows[purpose] += float(amounts.sum())

    def transfer(self, source: int, target: int, amount: float) -> None:
        """Move money between two organisations."""
        self.capital_usd[source] -= amount
        self.capital_usd[target] += amount

    def error(self) -> float:
        """Difference between all capital and the sum of entries, USD."""
        return float(self.capital_usd.sum()) - sum(self.flows.values())


class Ledger:
    """Flows of money between migrants and everyone else, in USD of agents (one person of each).

    Parameters
    ----------
    population : Population

    Notes
    -----
    Net wealth of migrants = savings + escrow - debt. It grows by ``received`` and falls by ``spent``; loans change
    savings and debt alike and leave it as it is. ODD eq. 3.
    """

    def __init__(self, population: Population) -> None:
        self._population = population
        self.received: defaultdict[str, float] = defaultdict(float)
        self.spent: defaultdict[str, float] = defaultdict(float)
        self._start = self.wealth()

    def wealth(self) -> float:
        """Return the net wealth of all migrants, USD."""
        people = self._population
        return float(people.savings_usd.sum() + people.escrow_usd.sum() - people.debt_usd.sum())

    def receive(self, purpose: str, amounts: np.ndarray | float) -> None:
        """Book money that migrants got, USD, in all or of each, shape (k,)."""
        self.received[purpose] += _total(amounts)

    def spend(self, purpose: str, amounts: np.ndarray | float) -> None:
        """Book money that migrants paid (or came to owe without getting it), USD, in all or of each, shape (k,)."""
        self.spent[purpose] += _total(amounts)

    def error(self) -> float:
        """Return the difference between the migrants' wealth and what the books say, USD of persons."""
        booked = self._start + sum(self.received.values()) - sum(self.spent.values())
        return (self.wealth() - booked) * self._population.persons_per_agent

    def relative_error(self) -> float:
        """Return the same over the sum of all that was booked."""
        turnover = abs(self._start) + sum(self.received.values()) + sum(self.spent.values())
        return abs(self.error()) / self._population.persons_per_agent / max(turnover, 1.0)


def _total(amounts: np.ndarray | float) -> float:
    return amounts if isinstance(amounts, float) else float(amounts.sum())
