"""Organised actors: tens to hundreds of Mesa agents, each a view of one row of its process's arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation


class Actor(mesa.Agent):
    """An organised actor.

    Parameters
    ----------
    model : Simulation
    row : int
        Row in the arrays of its process.
    label : str
    place : int
        Place where it is based; -1 if none.
    """

    model: Simulation

    def __init__(self, model: Simulation, row: int, label: str, place: int = -1) -> None:
        super().__init__(model)
        self.row, self.label, self.place = row, label, place


class SmugglingOrganisation(Actor):
    """A smuggling organisation: sells passages on the legs from its hub, for a fee and with the client's consent."""

    @property
    def capital_usd(self) -> float:
        """Money at hand."""
        return float(self.model.market.capital_usd[self.row])

    @property
    def capacity(self) -> float:
        """Persons it can carry per week at design load, over all its legs."""
        market = self.model.market
        return float(market.capacity[market.offer_organisation == self.row].sum())

    @property
    def markup(self) -> float:
        """Mean markup over cost of its offers."""
        market = self.model.market
        return float(market.offers.markup[market.offer_organisation == self.row].mean())

    @property
    def reputation(self) -> float:
        """Remembered share of its clients whose passage succeeded."""
        return float(self.model.market.reputation[self.row])

    @property
    def members(self) -> float:
        """Number of members."""
        return float(self.model.market.networks.members[self.row].sum())

    @property
    def care(self) -> float:
        """Care taken of clients, 0 to 1."""
        return float(self.model.market.conduct.care[self.row])

    @property
    def is_active(self) -> bool:
        """Whether it is in business."""
        return bool(self.model.market.active[self.row])


class Exploiter(Actor):
    """The exploiters of one form in one country: traffickers, distinct in crime and actor from smugglers."""

    @property
    def victims(self) -> float:
        """Persons they hold in exploitation."""
        return float(self.model.exploitation.held[self.row] * self.model.population.persons_per_agent)

    @property
    def number(self) -> float:
        """Number of active organisations."""
        return float(self.model.exploiters.trade.number.flat[self.row])

    @property
    def capital_usd(self) -> float:
        """Financial reserves."""
        return float(self.model.exploiters.trade.capital_usd.flat[self.row])


class EnforcementAgency(Actor):
    """An agency that patrols legs, detains, returns, and builds cases against organisations."""

    @property
    def patrol_units(self) -> float:
        """Current number of patrol units."""
        return float(self.model.levers["patrol_units"][self.row])

    @property
    def evidence(self) -> float:
        """Stock of evidence, cases."""
        return float(self.model.investigation.evidence[self.row])

    @property
    def skill(self) -> float:
        """Skill of its investigators relative to the start of the run."""
        return float(self.model.investigation.skill[self.row])


class RescueOperator(Actor):
    """An operator that patrols legs and rescues people in distress."""

    @property
    def vessels(self) -> float:
        """Vessels at sea now."""
        return float(self.model.levers["rescue_vessels"][self.row])


class ProtectionService(Actor):
    """A service that assists identified victims in its country while it has free places."""

    @property
    def places(self) -> float:
        """Persons that can be assisted at the same time."""
        return float(self.model.levers["shelter_places"][self.row])

    @property
    def quality(self) -> float:
        """Protective effect of a month of its assistance, relative to the reference."""
        return float(self.model.levers["service_quality"][self.row])


class Employer(Actor):
    """The employers of a place, with their demand for exploitable labour."""

    @property
    def jobs(self) -> float:
        """Jobs in exploitative conditions that remain under inspection, persons."""
        return float(self.model.exploitation.demand.jobs()[self.place].sum())
