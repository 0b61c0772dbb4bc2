"""Cases against exploiters: police, prosecutors and courts of every country that has them.

Evidence comes from victims' testimony, inspectors and police, money trails and platforms. Police turn it into suspects,
prosecutors decide whom to charge, and courts judge; all have limited time. A conviction ends a part of an organisation
and frees people whom it held. All numbers are expectations: nothing is drawn. ODD eq. 53d to 53g.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.cases import CaseParameters, JusticeCapacity, OpenCases, advance_cases
from corridor.model.population import People
from corridor.model.reads import reads
from corridor.model.states import Channel, Form

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

_MILLION = 1e6


class Cases:
    """Cases against exploiters, by country of exploitation and form.

    Attributes
    ----------
    files : OpenCases
        Evidence, suspects and defendants, shape (n_countries, n_forms + 1): in the last column, of all forms, cases of
        victims who are not on the corridor, for which the same police, prosecutors and courts find time.
    skill : ndarray of float, shape (n_rows of justice.csv,)
        Yield of an officer over that at the start.
    broken : ndarray of float, shape (n_countries, n_forms)
        Organisations that the convictions of this period end.
    raids : ndarray of float, shape (n_countries, n_forms), per year
        Hazard that a conviction frees a person held.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        self._countries = sim.exploiters.countries
        shape, table = self._countries.shape, sim.corridor.justice
        with_others = shape[0], shape[1] + 1
        self._terms = CaseParameters(*(sim.parameters[name] for name in CaseParameters._fields))
        self.files = OpenCases(*(np.zeros(with_others) for _ in OpenCases._fields))
        self._fresh, self._strong = np.zeros(with_others), np.zeros(with_others)
        self._statements, self._contacts, self._recruited = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.broken, self.raids = np.zeros(shape), np.zeros(shape)
        row_country = self._countries.numbers(table.column("country"))
        self._rows = np.flatnonzero(row_country >= 0)
        self._country = row_country[self._rows]
        self.skill = np.ones(len(table))
        self._prosecutors, self._judges = (
            self._spread(table.column(name).astype(float)) for name in ("prosecutors", "judges")
        )
        self._has_police = self._spread(np.ones(len(table)))[:, None]
        self._conviction, other_suspects, self._honest = (
            self._spread(values)
            for values in (
                table.column("conviction").astype(float),
                table.column("other_suspects").astype(float),
                1 - table.column("corruption").astype(float),
            )
        )
        years, p = sim.exploiters.period_years, sim.parameters
        self._fresh[:, -1] = p.other_victims * other_suspects * years / p.suspects_per_case

    def _spread(self, of_row: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values of rows by country, 0 for those without a row, shape (n_countries,)."""
        values = np.zeros(self._countries.names.size)
        values[self._country] = of_row[self._rows]
        return values

    # --- what others tell -----------------------------------------------------------------------------------------

    def hear(self, people: People, country: NDArray[np.int64], share: float | NDArray[np.float64]) -> None:
        """Record victims' testimony about those who held them last.

        Parameters
        ----------
        people : ndarray of int, shape (k,)
        country : ndarray of int, shape (k,)
            Where they tell it.
        share : float, or ndarray of float of shape (k,)
            Probability that they do: as many persons of an agent.
        """
        if people.size == 0:
            return
        population, p = self._sim.population, self._sim.parameters
        cell = population.exploiter_before[people].astype(np.int64)
        known = cell >= 0
        abroad = min(p.testimony_abroad + float(self._sim.levers["cooperation"][0]), 1.0)
        usable = np.where(country == cell // len(Form), 1.0, abroad) * share
        self._add(self._statements, cell[known], usable[known])

    def see(self, people: People) -> None:
        """Record victims whom authorities met in exploitation and identified; there is no case for others."""
        cell = self._sim.population.exploiter_before[people].astype(np.int64)
        self._add(self._contacts, cell[cell >= 0])

    def follow_adverts(self, people: People, channel: NDArray[np.integer]) -> None:
        """Record people who have just been recruited, as far as adverts lead to them."""
        if people.size == 0:
            return
        offered = people[(channel == Channel.JOB) | (channel == Channel.DECEPTION)]
        self._add(self._recruited, self._sim.population.exploiter[offered].astype(np.int64))

    def _add(self, to: NDArray[np.float64], cell: NDArray[np.int64], share: NDArray[np.float64] | None = None) -> None:
        if cell.size:
            counted = np.bincount(cell, weights=share, minlength=to.size).reshape(to.shape)
            to += counted * self._sim.population.persons_per_agent

    @reads("legal_aid", "shelter_places")
    def testimony_share(self) -> NDArray[np.float64]:
        """Return the share of assisted victims who testify against exploiters, shape (n_countries,)."""
        p = self._sim.parameters
        aid = 1 + (p.aid_testimony - 1) * self._sim.protection.legal_aid()
        odds = p.testimony_share / max(1 - p.testimony_share, 1e-9) * aid
        return np.asarray(odds / (1 + odds))

    # --- a step ---------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Update skill and evidence, investigate, prosecute and judge; free people after convictions."""
        sim, p = self._sim, self._sim.parameters
        if not sim.exploiters.is_due:
            return
        self._learn()
        self._strong[:, :-1] = (p.testimony_weight * self._statements + self._documents()) * self._has_police
        self._fresh[:, :-1] = self._strong[:, :-1] + p.contact_weight * self._contacts * self._has_police
        found = advance_cases(
            self.files, self._fresh, self._strong, self._justice(), sim.exploiters.period_years, self._terms
        )
        for name, persons in zip(("suspects", "prosecuted", "convicted"), found, strict=True):
            sim.recorder.put(name, persons[:, :-1])
            sim.recorder.put(f"{name}_of_others", persons[:, -1])
        convicted, number = found[2][:, :-1], sim.exploiters.trade.number
        self.broken = np.minimum(convicted / p.convicted_per_exploiter, number)
        share = np.divide(self.broken, number, out=np.zeros_like(number), where=number > 0)
        self.raids = share / sim.exploiters.period_years
        sim.recorder.put("freed_by_convictions", share * sim.exploiters.held)
        for counted in (self._statements, self._contacts, self._recruited):
            counted[:] = 0.0

    def _documents(self) -> NDArray[np.float64]:
        """Return evidence in adverts that were taken down and in money trails, cases, shape (n_countries, n_forms)."""
        sim, p = self._sim, self._sim.parameters
        seen = p.advert_weight * float(sim.levers["takedown"][0]) * self._recruited
        traced = self._spread(sim.levers["case_tracing"])
        if traced.any():
            proceeds = sim.exploiters.proceeds_usd() / _MILLION
            seen += p.money_weight * traced[:, None] * proceeds
        return seen

    def _justice(self) -> JusticeCapacity:
        levers, p = self._sim.levers, self._sim.parameters
        officers = self._spread(levers["case_officers"] * self.skill) * self._honest
        joint = 1 + (p.joint_effect - 1) * float(levers["cooperation"][0])
        return JusticeCapacity(officers, self._prosecutors, self._judges, self._conviction * joint)

    def _learn(self) -> None:
        """Train officers; turnover lowers their skill."""
        sim, p = self._sim, self._sim.parameters
        training = sim.levers["case_training"]
        if training.any() or (self.skill != 1).any():
            gained = training * (p.skill_ceiling - self.skill) - p.staff_turnover * (self.skill - 1)
            self.skill += np.clip(gained * sim.exploiters.period_years, 1 - self.skill, p.skill_ceiling - self.skill)
