"""The actors: real Mesa agents, tens to hundreds of them, each reading and writing its row of its process's arrays."""

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
        Its position in the arrays of its process.
    label : str
    place : int
        Place where it is based; -1 if it has none.
    """

    model: Simulation

    def __init__(self, model: Simulation, row: int, label: str, place: int = -1) -> None:
        super().__init__(model)
        self.row, self.label, self.place = row, label, place


class SmugglingOrganisation(Actor):
    """Sells passages along the legs that leave its hub, for a fee and with consent."""

    @property
    def capital_usd(self) -> float:
        """Money at hand."""
        return float(self.model.market.capital_usd[self.row])

    @property
    def capacity(self) -> float:
        """Persons that it can carry in a week at design load, over all its legs."""
        market = self.model.market
        return float(market.capacity[market.offer_organisation == self.row].sum())

    @property
    def markup(self) -> float:
        """Mean markup on cost over its offers."""
        market = self.model.market
        return float(market.offers.markup[market.offer_organisation == self.row].mean())

    @property
    def reputation(self) -> float:
        """Remembered share of its clients who got through."""
        return float(self.model.market.reputation[self.row])

    @property
    def members(self) -> float:
        """Persons who work for it."""
        return float(self.model.market.networks.members[self.row].sum())

    @property
    def care(self) -> float:
        """Care that it takes of its clients, 0 to 1."""
        return float(self.model.market.conduct.care[self.row])

    @property
    def is_active(self) -> bool:
        """Whether it is in business."""
        return bool(self.model.market.active[self.row])


class Exploiter(Actor):
    """Those who exploit people in one form in one country: traffickers, another crime and actor than smugglers."""

    @property
    def victims(self) -> float:
        """Persons whom they hold."""
        return float(self.model.exploitation.held[self.row] * self.model.population.persons_per_agent)

    @property
    def number(self) -> float:
        """Organisations at work."""
        return float(self.model.exploiters.trade.number.flat[self.row])

    @property
    def capital_usd(self) -> float:
        """Their reserves."""
        return float(self.model.exploiters.trade.capital_usd.flat[self.row])


class EnforcementAgency(Actor):
    """Patrols legs, detains, returns, and builds cases against organisations."""

    @property
    def patrol_units(self) -> float:
        """Patrols that it has now."""
        return float(self.model.levers["patrol_units"][self.row])

    @property
    def evidence(self) -> float:
        """Stock of evidence, cases."""
        return float(self.model.investigation.evidence[self.row])

    @property
    def skill(self) -> float:
        """Skill of its investigators over that at the start."""
        return float(self.model.investigation.skill[self.row])


class RescueOperator(Actor):
    """Watches legs and brings people in distress to safety."""

    @property
    def vessels(self) -> float:
        """Vessels at sea now."""
        return float(self.model.levers["rescue_vessels"][self.row])


class ProtectionService(Actor):
    """Assists identified victims in its country, as long as places are free."""

    @property
    def places(self) -> float:
        """Persons who can be assisted at a time."""
        return float(self.model.levers["shelter_places"][self.row])

    @property
    def quality(self) -> float:
        """How far a month of its assistance protects, relative to the reference."""
        return float(self.model.levers["service_quality"][self.row])


class Employer(Actor):
    """Employers of a place, with their demand for labour that can be exploited."""

    @property
    def jobs(self) -> float:
        """Persons whom they would take on in exploitative conditions, after inspection."""
        return float(self.model.exploitation.demand.jobs()[self.place].sum())
