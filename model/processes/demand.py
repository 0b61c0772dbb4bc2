"""Demand for exploitation: exploitative jobs by sector, measures that reduce them, and the people each sector employs.

A place's jobs in exploitative conditions are divided among sectors, and reduced by inspection, fair recruitment and
consumers. The remaining jobs, relative to those at the start, determine a person's exposure, by the sectors and forms
in which people of their sex and age are exploited. ODD eq. 45, 45a and 46.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.jobs import open_jobs, owed_at_the_start
from corridor.model.organisations import Employer
from corridor.model.parameters import Parameters
from corridor.model.purposes import Purpose
from corridor.model.reads import reads
from corridor.model.states import MAIN_FORM, OTHER_FORM, Age, Form, Sector, Sex

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

GROUPS = ("women", "girls", "men", "boys")
GROUP = np.array([[2 * (sex is not Sex.FEMALE) + (age is Age.CHILD) for age in Age] for sex in Sex])
"""Positions in `GROUPS` by sex and age."""
EMPLOYERS = tuple(sector for sector in Sector if sector is not Sector.CAPTORS)
_LABOUR = tuple(sector for sector in EMPLOYERS if MAIN_FORM[sector] is Form.FORCED_LABOUR)
"""Sectors of lawful work, which fair recruitment reaches."""
_CONSUMED = (Sector.AGRICULTURE, Sector.HOSPITALITY_AND_MANUFACTURING, Sector.SEX_INDUSTRY)
"""Sectors that sell to the public, which consumers reach."""


def group_of(sex: NDArray[np.integer], age: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the position in `GROUPS` of people, shape (k,)."""
    return GROUP[sex, age]


def months_held(p: Parameters, sector: Sector, form: Form | None = None) -> float:
    """Return the mean length of an episode in a sector, months; of its main form unless another is given."""
    form = MAIN_FORM[sector] if form is None else form
    at_home = sector is Sector.HOUSEHOLDS and form is Form.FORCED_LABOUR
    return p.domestic_months if at_home else p[f"{form.name.lower()}_months"]


class Demand:
    """Employers' demand for exploitable labour.

    Attributes
    ----------
    profile : ndarray of float, shape (n_groups, n_sectors, n_forms)
        Distribution of a group's exploitation at full openness; adds up to one for each group.
    reach : ndarray of float, shape (n_sectors,)
        Workplaces that labour inspectors can enter.
    openings : ndarray of float, shape (n_places, n_sectors)
        Jobs that are open in this step over the jobs at the start. Where no demand is recorded, nobody is exploited at
        a destination, while captors need no employers on the way.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        places = sim.corridor.places
        p = sim.parameters
        self._base_inspectors = np.maximum(places.column("inspectors_per_10k").astype(float), 1e-9)
        self._base_jobs = places.column("exploitable_jobs").astype(float)
        shares = np.array([p[f"{sector.name.lower()}_jobs"] for sector in EMPLOYERS])
        self._shares = np.append(shares / shares.sum(), 0.0)
        self.reach = np.array([*(p[f"{sector.name.lower()}_inspection"] for sector in EMPLOYERS), 0.0])
        self.profile = self._profile()
        self._open_to = self.profile.sum(axis=2).T
        base = self._base_jobs[:, None] * self._shares
        unknown = np.where(sim.corridor.is_destination, 0.0, 1.0)[:, None] * (self._shares > 0)
        self._per_base = np.divide(1.0, base, out=np.zeros_like(base), where=base > 0)
        self._unknown = np.where(base > 0, 0.0, unknown)
        self._stay = np.array([months_held(p, sector) for sector in Sector]) / sim.calendar.in_months
        self._owed = self._owed_at_the_start()
        self.openings = np.maximum(self._unknown, (self._per_base > 0).astype(float))
        self.agents = [
            Employer(sim, row, f"employers at {places.names[place]}", int(place))
            for row, place in enumerate(np.flatnonzero(self._base_jobs > 0))
        ]

    def _profile(self) -> NDArray[np.float64]:
        p = self._sim.parameters
        profile = np.zeros((len(GROUPS), len(Sector), len(Form)))
        for row, group in enumerate(GROUPS):
            sex = "women" if group in ("women", "girls") else "men"
            labour = np.array([p[f"{sector.name.lower()}_{sex}"] for sector in _LABOUR])
            profile[row, list(_LABOUR), Form.FORCED_LABOUR] = p[f"forced_labour_{group}"] * labour / labour.sum()
            for sector in EMPLOYERS:
                for form in (MAIN_FORM[sector], OTHER_FORM[sector]):
                    if form is not None and form is not Form.FORCED_LABOUR:
                        profile[row, sector, form] = p[f"{form.name.lower()}_{group}"]
        return profile / profile.sum(axis=(1, 2), keepdims=True)

    def inspection(self) -> NDArray[np.float64]:
        """Return labour inspectors relative to the start of the run, shape (n_places,)."""
        return np.maximum(self._sim.levers["inspectors"], 1e-9) / self._base_inspectors

    @reads("exploitable_jobs", "inspectors", "ethical_recruitment", "consumer_awareness")
    def jobs(self) -> NDArray[np.float64]:
        """Return jobs in exploitative conditions, persons, shape (n_places, n_sectors)."""
        levers, elasticity = self._sim.levers, self._sim.parameters.inspection_elasticity
        jobs = levers["exploitable_jobs"][:, None] * self._shares
        jobs = jobs * self.inspection()[:, None] ** (-elasticity * self.reach)
        jobs[:, _LABOUR] *= 1 - levers["ethical_recruitment"][:, None]
        jobs[:, _CONSUMED] *= 1 - levers["consumer_awareness"][0]
        return jobs

    def over_start(self) -> NDArray[np.float64]:
        """Return jobs in exploitative conditions over those at the start, 0 where none are recorded, by sector."""
        return self.jobs() * self._per_base

    def _owed_at_the_start(self) -> NDArray[np.float64]:
        """Return the initial debt of openings: see `owed_at_the_start`."""
        sim = self._sim
        rows = np.arange(self._per_base.size)
        luck = sim.streams.draw(Purpose.OWED_JOBS, rows)[:, 0].reshape(self._per_base.shape)
        return owed_at_the_start(luck, sim.population.persons_per_agent * self._per_base, self._stay)

    def open(self, held: NDArray[np.int64]) -> None:
        """Set the open jobs of this step (`openings`): vacant jobs, less those that agents took in excess before.

        Vacant jobs are open to the extent of exploiters' openness.

        Parameters
        ----------
        held : ndarray of int, shape (n_places, n_sectors)
            Agents exploited now.
        """
        weight = self._sim.population.persons_per_agent
        vacant = open_jobs(self.jobs(), held, weight, self._per_base, self._unknown, self._stay, self._owed)
        self.openings = vacant * self._sim.exploiters.openness()[:, MAIN_FORM]

    def doors(self) -> NDArray[np.float64]:
        """Compute the openness of each place to each group, shape (n_places, n_groups): one if all jobs are vacant."""
        return self.openings @ self._open_to
