"""Recording of outcomes by step, and the labelled dataset made from them."""

from __future__ import annotations

from enum import Enum
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from corridor.model.machine_code import Floats, Ints, Real, compiled
from corridor.model.states import Age, Channel, Exit, Form, Sector, Sex, State


class OverTime(Enum):
    """How a variable is aggregated from steps to a longer period, such as a year."""

    SUM = "sum"
    """Counts add up."""
    LAST = "last"
    """States of the world: the last step."""
    MEAN = "mean"
    """Prices and ratios: the mean of the steps."""


class Variable(NamedTuple):
    """A recorded variable: its dimensions other than time, unit, long name, and aggregation over time."""

    dims: tuple[str, ...]
    units: str
    long_name: str
    over_time: OverTime = OverTime.SUM


_PERSONS = "persons"
_LAST, _MEAN = OverTime.LAST, OverTime.MEAN
VARIABLES: dict[str, Variable] = {
    "stock": Variable(("state", "sex", "age"), _PERSONS, "persons in each state at the end of the step", _LAST),
    "passages": Variable(("leg",), _PERSONS, "journeys on a leg that ended, whatever the outcome"),
    "attempts": Variable(("leg",), _PERSONS, "attempts to cross a border irregularly"),
    "arrivals": Variable(("leg",), _PERSONS, "travellers who arrived"),
    "interceptions": Variable(("leg",), _PERSONS, "travellers intercepted"),
    "stopped_ashore": Variable(("leg",), _PERSONS, "attempts to set out that were stopped ashore"),
    "push_backs": Variable(("leg",), _PERSONS, "intercepted people pushed back to where the leg began"),
    "rescues": Variable(("leg",), _PERSONS, "people rescued from distress"),
    "deaths": Variable(("leg",), _PERSONS, "people who died in transit"),
    "detections": Variable(("leg",), _PERSONS, "irregular crossings as the authorities would record them"),
    "deaths_recorded": Variable(("leg",), _PERSONS, "deaths as they would be recorded"),
    "expected_deaths": Variable(("leg",), _PERSONS, "probabilities of death, summed over journeys on a leg that ended"),
    "expected_deaths_recorded": Variable(("leg",), _PERSONS, "expected deaths that would be recorded"),
    "passages_back": Variable(("leg",), _PERSONS, "journeys on a leg that led to a place already passed"),
    "demand": Variable(("leg",), _PERSONS, "people who looked for a smuggler"),
    "fee_revenue_usd": Variable(("leg",), "USD", "fees paid to smuggling organisations"),
    "fee_usd": Variable(("leg",), "USD", "mean fee on offer per person", _MEAN),
    "load": Variable(("leg",), "1", "passengers over design load", _MEAN),
    "departures": Variable(("community",), _PERSONS, "people who left home"),
    "turned_back": Variable(
        ("community",), _PERSONS, "people in need of protection who turned back to live in transit"
    ),
    "onward_departures": Variable(("community",), _PERSONS, "people who set out from where they had settled"),
    "legal_arrivals": Variable(("community",), _PERSONS, "arrivals through legal pathways"),
    "irregular_arrivals": Variable(("community",), _PERSONS, "irregular arrivals, once per journey from home"),
    "entries_by_duration": Variable(
        ("community", "duration"),
        _PERSONS,
        "irregular arrivals, once per journey from home, by time since leaving home",
    ),
    "entries_at_first_attempt": Variable(
        ("community",), _PERSONS, "irregular arrivals of people who had not been stopped at a border on that journey"
    ),
    "detections_of": Variable(("route", "community"), _PERSONS, "detections on legs with a route, by origin"),
    "first_detections": Variable(
        ("community", "quarters"), _PERSONS, "first detections since leaving home, by calendar quarters since then"
    ),
    "claims_of": Variable(("community",), _PERSONS, "asylum claims by people who settle, by origin"),
    "deaths_of": Variable(("community",), _PERSONS, "deaths in transit and in exploitation, by origin"),
    "victims_of": Variable(("community",), _PERSONS, "people exploited for the first time in the run, by origin"),
    "departures_by_group": Variable(("sex", "age"), _PERSONS, "people who left home"),
    "departures_schooled": Variable((), _PERSONS, "people with secondary schooling who left home"),
    "legal_arrivals_by_group": Variable(("sex", "age"), _PERSONS, "arrivals through legal pathways"),
    "lone_children": Variable((), _PERSONS, "unaccompanied children who left home"),
    "separations": Variable(("sex", "age"), _PERSONS, "family members separated by death, exploitation or detention"),
    "deaths_by_group": Variable(("sex", "age"), _PERSONS, "deaths in transit and in exploitation"),
    "victims_by_group": Variable(("sex", "age"), _PERSONS, "people exploited for the first time in the run"),
    "arrivals_by_group": Variable(("sex", "age"), _PERSONS, "irregular arrivals, once per journey from home"),
    "interceptions_by_group": Variable(("sex", "age"), _PERSONS, "travellers intercepted"),
    "held_on_arrival": Variable(("place",), _PERSONS, "people held on arrival after crossing a border"),
    "readmissions": Variable(("place",), _PERSONS, "people held on arrival who were sent back to where the leg began"),
    "settled_here": Variable(("place",), _PERSONS, "people who settled"),
    "living_here": Variable(("place",), _PERSONS, "people settled at the end of the step", _LAST),
    "waiting_here": Variable(("place",), _PERSONS, "people waiting in transit at the end of the step", _LAST),
    "waited_days_here": Variable(
        ("place",), "person days", "time since arrival, summed over people waiting at the end of the step", _LAST
    ),
    "exploited_here": Variable(("place",), _PERSONS, "people in exploitation at the end of the step", _LAST),
    "victims_started": Variable(("place",), _PERSONS, "episodes of exploitation begun"),
    "identified": Variable(("place",), _PERSONS, "victims identified"),
    "assisted_started": Variable(("place",), _PERSONS, "identified victims who were assisted"),
    "unserved": Variable(("place",), _PERSONS, "identified victims who left the queue for assistance without a place"),
    "waiting_for_assistance": Variable(
        ("place",), _PERSONS, "identified victims in the queue at the end of the step", _LAST
    ),
    "assistance_wait_days": Variable((), "person days", "days that those assisted had waited for a place"),
    "screened": Variable(("place",), _PERSONS, "arrivals in whom screening sees signs of exploitation"),
    "permits": Variable((), _PERSONS, "residence permits granted to victims"),
    "victims_punished": Variable((), _PERSONS, "victims met by authorities, not recognised and detained as migrants"),
    "victims_repeated": Variable((), _PERSONS, "episodes begun by people who had been victims before"),
    "victims_by_sector": Variable(("sector",), _PERSONS, "episodes of exploitation begun"),
    "victims_by_channel": Variable(("channel",), _PERSONS, "episodes of exploitation begun, by way of recruitment"),
    "victims_by_profile": Variable(("form", "sex", "age"), _PERSONS, "episodes of exploitation begun"),
    "person_days_by_profile": Variable(("form", "sex", "age"), "person days", "time spent in exploitation"),
    "identified_by_group": Variable(("sex", "age"), _PERSONS, "victims identified"),
    "exploiters": Variable(("country", "form"), "1", "organisations of exploiters at work", _LAST),
    "exploiters_hold": Variable(("country", "form"), _PERSONS, "people in exploitation at the end of the step", _LAST),
    "exploiter_profit_usd": Variable(("country", "form"), "USD", "proceeds of exploiters less their running costs"),
    "episodes_in": Variable(("country", "form"), _PERSONS, "episodes of exploitation begun"),
    "episodes_on_the_way": Variable(
        ("country",), _PERSONS, "episodes of exploitation begun by people on a journey, who had not settled"
    ),
    "persons_in": Variable(("country", "form"), _PERSONS, "people exploited for the first time in the run"),
    "identified_in": Variable(("country", "form"), _PERSONS, "victims identified, by country and their last form"),
    "identified_of_group": Variable(("country", "sex", "age"), _PERSONS, "victims identified"),
    "identified_of": Variable(("community",), _PERSONS, "victims identified in countries that grant asylum, by origin"),
    "suspects": Variable(("country", "form"), _PERSONS, "suspected exploiters investigated (expected)"),
    "prosecuted": Variable(("country", "form"), _PERSONS, "exploiters prosecuted (expected)"),
    "convicted": Variable(("country", "form"), _PERSONS, "exploiters convicted (expected)"),
    "suspects_of_others": Variable(
        ("country",), _PERSONS, "suspects in cases of victims from outside the corridor (expected)"
    ),
    "prosecuted_of_others": Variable(("country",), _PERSONS, "prosecuted in such cases (expected)"),
    "convicted_of_others": Variable(("country",), _PERSONS, "convicted in such cases (expected)"),
    "recruited_by_networks": Variable(
        ("community",), _PERSONS, "people recruited by networks for exploitation abroad who leave home"
    ),
    "freed_by_convictions": Variable(
        ("country", "form"), _PERSONS, "people freed from convicted exploiters (expected)"
    ),
    "assisted_by_group": Variable(("sex", "age"), _PERSONS, "identified victims who were assisted"),
    "episodes_ended": Variable(("exit",), _PERSONS, "episodes of exploitation ended"),
    "debt_worked_off_usd": Variable((), "USD", "debt that people worked off in bondage"),
    "detained_by_group": Variable(("sex", "age"), _PERSONS, "people taken into detention"),
    "child_detention_days": Variable((), "person days", "time that children spent in detention"),
    "claims_in_need": Variable((), _PERSONS, "asylum claims by people in need of protection"),
    "arrivals_in_need": Variable((), _PERSONS, "first irregular arrivals of people in need of protection"),
    "victims_by_form": Variable(("form",), _PERSONS, "episodes of exploitation begun"),
    "person_days_exploited": Variable((), "person days", "time spent in exploitation"),
    "detention_days": Variable((), "person days", "time spent in detention"),
    "smuggling_revenue_usd": Variable((), "USD", "fees paid to smuggling organisations"),
    "ransom_usd": Variable((), "USD", "ransoms paid"),
    "exploitation_profit_usd": Variable((), "USD", "proceeds of exploitation"),
    "cost_usd": Variable((), "USD", "public cost: operations, detention, returns, claims and policy"),
    "policy_cost_usd": Variable((), "USD", "cost of the policy's own measures"),
    "organisations": Variable((), "1", "smuggling organisations at work", _LAST),
    "asylum_claims": Variable(("place",), _PERSONS, "asylum claims by people who settle"),
    "asylum_claims_by_group": Variable(("sex", "age"), _PERSONS, "asylum claims by people who settle"),
    "asylum_granted": Variable(("place",), _PERSONS, "asylum claims that ended in a grant of status"),
    "arrests": Variable((), _PERSONS, "members of organisations arrested"),
    "convictions": Variable((), _PERSONS, "members of organisations convicted"),
    "organiser_arrests": Variable((), _PERSONS, "arrests in the core of organisations"),
    "concentration": Variable((), "1", "Herfindahl index of capacity at a hub, mean by capacity", _MEAN),
    "care": Variable(
        ("leg",), "1", "care that organisations take of clients, mean by capacity; 0 without offers", _MEAN
    ),
    "margin": Variable((), "1", "profit of organisations over fees, at present use, mean by capacity", _MEAN),
    "posts_vacant": Variable((), "1", "share of posts in organisations that are vacant", _MEAN),
    "capacity_unserved": Variable((), "1", "share of organisations' capacity that crews cannot serve", _MEAN),
    "bribes_usd": Variable((), "USD", "bribes that organisations paid"),
    "seizures_usd": Variable((), "USD", "capital seized from organisations"),
    "returns": Variable((), _PERSONS, "people returned to their country by authorities"),
    "assisted_returns": Variable(
        (), _PERSONS, "people without status whom services helped to return home, other than victims"
    ),
    "refoulements": Variable((), _PERSONS, "people in need of protection who were pushed back or returned"),
    "returns_by_group": Variable(("sex", "age"), _PERSONS, "people returned to their country by authorities"),
    "refoulements_by_group": Variable(
        ("sex", "age"), _PERSONS, "people in need of protection who were pushed back or returned"
    ),
    "immobile": Variable((), _PERSONS, "people who want to leave and cannot pay", _LAST),
    "immobile_by_group": Variable(("sex", "age"), _PERSONS, "people who want to leave and cannot pay", _LAST),
    "observed_detections": Variable(("leg",), _PERSONS, "irregular crossings that became known to planners"),
    "observed_deaths": Variable(("leg",), _PERSONS, "deaths that became known to planners"),
    "observed_victims": Variable(("place",), _PERSONS, "identified victims who became known to planners"),
    "observed_claims": Variable(("place",), _PERSONS, "asylum claims that became known to planners"),
    "observed_returns": Variable((), _PERSONS, "returns that became known to planners"),
    "debt_at_arrival_usd": Variable((), "USD", "total debt of people who arrive irregularly"),
}


class Recorder:
    """Preallocated counts of one run.

    Parameters
    ----------
    coords : dict of str to sequence
        Labels of the dimensions, including ``time``.
    persons_per_agent : float
        Weight of each agent.
    """

    def __init__(self, coords: dict[str, list[str] | NDArray[np.datetime64]], persons_per_agent: float) -> None:
        self.coords, self.weight, self._step, self._furthest = coords, persons_per_agent, 0, 0
        self._shapes = {name: tuple(len(coords[dim]) for dim in v.dims) for name, v in VARIABLES.items()}
        bounds = np.cumsum([0, *(int(np.prod(shape)) for shape in self._shapes.values())])
        self._columns = {name: slice(*ends) for name, ends in zip(VARIABLES, pairwise(bounds.tolist()), strict=True)}
        # One row per step; the current step has a row of its own, so that each variable is looked up only once.
        self._rows = np.zeros((len(coords["time"]), bounds[-1]))
        self._row = np.zeros(bounds[-1])
        self._now = {name: self._row[self._columns[name]].reshape(shape) for name, shape in self._shapes.items()}
        # Adding a scalar takes a third of the time of adding a zero-dimensional array.
        self._single = {name: self._columns[name].start for name, shape in self._shapes.items() if not shape}

    @property
    def step(self) -> int:
        """The step being recorded."""
        return self._step

    @step.setter
    def step(self, step: int) -> None:
        self._rows[self._step] = self._row
        # New rows are not read before they are written, so that the system allocates their memory only once.
        self._row[:] = 0.0 if step > self._furthest else self._rows[step]
        self._step, self._furthest = step, max(step, self._furthest)

    def count(self, name: str, *keys: NDArray[np.integer]) -> None:
        """Count agents, in persons, by their position along the variable's dimensions.

        Parameters
        ----------
        name : str
        *keys : ndarray of int, shape (k,)
            One position per dimension; for variables without dimensions, use `add`.
        """
        if keys[0].size:
            _TALLY[len(keys) - 1](self._now[name], self.weight, *keys)

    def add(self, name: str, value: float | NDArray[Any]) -> None:
        """Add to a variable at the current step, in the variable's unit."""
        if name in self._single:
            self._row[self._single[name]] += value
        else:
            target = self._now[name]
            target += value

    def cells(self, *names: str) -> NDArray[np.int64]:
        """Return the positions of variables, concatenated, for use with `take` and `fill`."""
        return np.concatenate([np.arange(self._columns[name].start, self._columns[name].stop) for name in names])

    def take(self, cells: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return cells of several variables at the current step, shape (k,); see `cells`."""
        return self._row[cells]

    def fill(self, cells: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Set cells of several variables at the current step, shape (k,); see `cells`."""
        self._row[cells] = values

    def put(self, name: str, value: float | NDArray[Any]) -> None:
        """Set a variable at the current step."""
        self._now[name][...] = value

    def now(self, name: str) -> NDArray[np.float64]:
        """Return a variable at the current step."""
        return self._now[name]

    def mean_between(self, name: str, first: int, last: int) -> float:
        """Return the mean over steps ``first`` to ``last - 1`` of a variable summed over its dimensions."""
        return float(self._rows[first:last, self._columns[name]].sum()) / (last - first)

    def dataset(self, n_steps: int, extra: dict[str, tuple[str, list[object]]]) -> xr.Dataset:
        """Build a labelled dataset from the first ``n_steps`` steps.

        Parameters
        ----------
        n_steps : int
        extra : dict
            Further coordinates: name to (dimension, values).

        Returns
        -------
        xarray.Dataset
        """
        self._rows[self._step] = self._row
        coords = {**self.coords, "time": self.coords["time"][:n_steps]}
        variables = {
            name: (("time", *v.dims), self._recorded(name, n_steps), {"units": v.units, "long_name": v.long_name})
            for name, v in VARIABLES.items()
        }
        dataset = xr.Dataset(variables, coords=coords).assign_coords(extra)
        dataset["time"].attrs.update(long_name="first day of the step", axis="T")
        return dataset

    def _recorded(self, name: str, n_steps: int) -> NDArray[np.float64]:
        return self._rows[:n_steps, self._columns[name]].reshape(n_steps, *self._shapes[name])


@compiled()
def _tally_by_one(target: Floats, weight: Real, first: Ints) -> None:
    for row in range(first.size):
        target[first[row]] += weight


@compiled()
def _tally_by_two(target: Floats, weight: Real, first: Ints, second: Ints) -> None:
    for row in range(first.size):
        target[first[row], second[row]] += weight


@compiled()
def _tally_by_three(target: Floats, weight: Real, first: Ints, second: Ints, third: Ints) -> None:
    for row in range(first.size):
        target[first[row], second[row], third[row]] += weight


_TALLY = (_tally_by_one, _tally_by_two, _tally_by_three)


def standard_coords() -> dict[str, list[str]]:
    """Return the labels of the dimensions common to all runs."""
    return {
        "state": [state.name.lower() for state in State],
        "sex": [sex.name.lower() for sex in Sex],
        "age": [age.name.lower() for age in Age],
        "form": [form.name.lower() for form in Form],
        "sector": [sector.name.lower() for sector in Sector],
        "channel": [channel.name.lower() for channel in Channel],
        "exit": [way.name.lower() for way in Exit],
    }
