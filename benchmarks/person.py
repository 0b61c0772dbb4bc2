"""Who a person of the twin is, and their purse: what they earn, save, borrow, pay and owe."""

from __future__ import annotations

import math
from bisect import bisect_right
from statistics import NormalDist
from typing import TYPE_CHECKING

import mesa

from corridor.model.processes.choice import N_ATTITUDES
from corridor.model.states import MAIN_FORM, N_WEALTH, Age, Form, Sex, State, Status

if TYPE_CHECKING:
    from benchmarks.twin import Twin


class Person(mesa.Agent):
    """One person.

    Parameters
    ----------
    model : Twin
    community : int
    """

    model: Twin

    def __init__(self, model: Twin, community: int) -> None:
        super().__init__(model)
        draw, p, row = model.random.random, model.parameters, model.corridor.communities.rows[community]
        self.community, self.home = community, model.home[community]
        self.sex = Sex.FEMALE if draw() < row.female_share else Sex.MALE
        u = draw()
        young = row.child_share + row.young_share
        self.age = Age.CHILD if u < row.child_share else Age.YOUNG if u < young else Age.ADULT
        self.ties = draw() < p.ties_share
        self.creditworthy = draw() < p.smuggler_credit_share
        u = draw()
        self.attitude = 0 if u < p.cautious_share else 2 if u > 1 - p.bold_share else 1
        self.eligibility, self.application, self.rank, self.persecution = draw(), draw(), draw(), draw()
        rank = max(draw(), 1e-12)
        self.wealth = int(rank * N_WEALTH)
        spread = math.exp(p.savings_spread * NormalDist().inv_cdf(rank))
        self.savings_usd = p.savings_years * model.income_usd[community] * spread
        self.debt_usd = self.bond_usd = self.escrow_usd = 0.0
        self.state, self.place, self.status, self.form = State.HOME, self.home, Status.IRREGULAR, Form.FORCED_LABOUR
        self.leg = self.pathway = self.organisation = -1
        self.entered = self.permit_pending = self.needs_protection = self.denied = False
        self.journeys = self.due = self.accrued = 0
        self.taste: float | None = None
        self.lasting: dict[tuple[str, int, int], float] = {}
        self.threshold = self.patience()

    def profile(self) -> int:
        """Return the hazard class of the person at a place."""
        if self.state is State.EXPLOITED:
            return 2 * self.sector + (self.form is not MAIN_FORM[self.sector])
        if self.state is State.PREPARING:
            return self.status
        return (self.sex * 3 + self.age) * 4 + self.status

    def susceptibility(self) -> float:
        """Return the personal multiplier on the hazard of exploitation."""
        p = self.model.parameters
        value = p.female_effect if self.sex is Sex.FEMALE else 1.0
        return value * (p.child_effect if self.age is Age.CHILD else 1.0)

    def patience(self) -> float:
        """Return a fresh integrated hazard at which the person begins to prepare."""
        p = self.model.parameters
        multiplier = (p.ties_effect if self.ties else 1.0) * (p.young_effect if self.age is Age.YOUNG else 1.0)
        return self.model.integrated[self.community][self.wealth] + self.model.random.expovariate(multiplier)

    def luck(self, purpose: str, where: int) -> float:
        """Return a draw that lasts for a journey: who is turned away comes back for the same way."""
        return self.lasting.setdefault((purpose, self.journeys, where), self.model.random.random())

    def group(self) -> int:
        """Return the decision group: community, class of wealth by present means, attitude."""
        wealth = bisect_right(self.model.wealth_bounds_usd[self.community], self.means())
        return (self.community * N_WEALTH + wealth) * N_ATTITUDES + self.attitude

    # --- the purse ----------------------------------------------------------------------------------------------------

    def earn(self) -> None:
        """Add what has been set aside since the last account."""
        model, p = self.model, self.model.parameters
        income = model.income_usd[self.community]
        if self.state is State.WAITING:
            income = model.wage_usd[self.status is Status.REGULAR][self.community][self.place]
        self.savings_usd += p.saving_rate * income * (model.now - self.accrued) * model.years
        self.accrued = model.now

    def income_usd(self) -> float:
        """Earnings of the person while settled, USD a year."""
        share = 1.0 if self.status is Status.REGULAR else self.model.parameters.irregular_income
        return self.model.place_income_usd[self.place] * share

    def save(self) -> None:
        """Set aside what was earned while settled since the last account, up to a ceiling."""
        model, p, income = self.model, self.model.parameters, self.income_usd()
        earned = p.saving_rate * income * (model.now - self.accrued) * model.years
        self.savings_usd += min(earned, max(p.savings_years * income - self.savings_usd, 0.0))
        self.accrued = model.now

    def own_means(self) -> float:
        """Return savings and what relatives still lend, USD."""
        p = self.model.parameters
        relatives = p.family_credit_years * self.model.income_usd[self.community]
        relatives += p.ties_credit if self.ties else 0.0
        return self.savings_usd + max(relatives - (self.debt_usd - self.bond_usd), 0.0)

    def means(self) -> float:
        """Return the same with smugglers' credit, USD."""
        credit = self.model.parameters.smuggler_credit_limit if self.creditworthy else 0.0
        return self.own_means() + max(credit - self.bond_usd, 0.0)

    def pay(self, cost_usd: float) -> None:
        """Pay from savings, then with borrowed money."""
        from_savings = min(self.savings_usd, cost_usd)
        self.savings_usd -= from_savings
        self.debt_usd += cost_usd - from_savings
        self.organisation = -1

    def buy(self, leg: int) -> None:
        """Buy a passage: in advance, in escrow, or on credit."""
        model, p = self.model, self.model.parameters
        offer = model.draw_offer(leg)
        fee, own = min(model.offer_fee_usd[offer], self.means()), self.own_means()
        self.escrow_usd = fee if own >= fee and model.random.random() < p.escrow_share else 0.0
        self.pay(fee)
        lent = max(fee - own, 0.0)
        self.debt_usd += p.credit_interest * lent
        self.bond_usd += (1 + p.credit_interest) * lent
        self.organisation = model.offer_organisation[offer]
        model.sales.append((leg, fee - self.escrow_usd, self.escrow_usd))

    def settle_escrow(self, through: bool) -> None:
        """Pay the organisation on success; on failure the money goes to lenders, then back to savings."""
        if self.organisation < 0:
            return
        if through:
            self.model.releases.append((self.leg, self.escrow_usd))
        else:
            repaid = min(self.escrow_usd, self.debt_usd)
            self.debt_usd -= repaid
            self.bond_usd = min(self.bond_usd, self.debt_usd)
            self.savings_usd += self.escrow_usd - repaid
        self.escrow_usd = 0.0

    def repay(self) -> None:
        """Repay debt from earnings when accounts are due, what smugglers lent first."""
        model, p = self.model, self.model.parameters
        if not model.accounts_due or self.debt_usd <= 0:
            return
        years = (model.now - self.accrued) * model.years
        paid = min(p.repayment_share * self.income_usd() * years, self.debt_usd)
        self.debt_usd -= paid
        self.bond_usd = min(max(self.bond_usd - paid, 0.0), self.debt_usd)
        self.accrued = model.now
