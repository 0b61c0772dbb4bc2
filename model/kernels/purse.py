"""Savings of families, and their means to pay for a passage (ODD eq. 28 and 29)."""

from __future__ import annotations

from typing import Any, NamedTuple

from corridor.model.machine_code import Real, compiled


class PurseParameters(NamedTuple):
    """Parameters of saving, borrowing and payment, by their names in the registry."""

    saving_rate: float
    schooling_income: float
    family_credit_years: float
    ties_credit: float
    smuggler_credit_limit: float
    escrow_share: float
    credit_interest: float


@compiled()
def earned(person: Any, income_usd: Real, years: Real, p: PurseParameters) -> float:
    """Return a family's savings over a period, USD.

    Parameters
    ----------
    person : record
        Of the head: see `corridor.model.population.Population`.
    income_usd : float, USD a year
        At their present place, per head.
    years : float
    p : PurseParameters
    """
    income = income_usd
    if person.schooling:
        income *= p.schooling_income
    return p.saving_rate * income * years * person.size


@compiled()
def means_of(person: Any, debt_usd: Real, income_usd: Real, p: PurseParameters) -> tuple[float, float]:
    """Return a family's means including relatives' help, and with smugglers' credit as well, USD.

    Parameters
    ----------
    person : record
        Of the head: see `corridor.model.population.Population`.
    debt_usd : float, USD
    income_usd : float, USD a year
        At home, per head.
    p : PurseParameters
    """
    relatives = p.family_credit_years * income_usd * person.size
    if person.ties:
        relatives += p.ties_credit
    own = person.savings_usd + max(relatives - (debt_usd - person.bond_usd), 0.0)
    smugglers = max(p.smuggler_credit_limit * person.size - person.bond_usd, 0.0)
    return own, own + (smugglers if person.creditworthy else 0.0)
