"""The simulation: clock, population and actors. `corridor.model.schedule` defines what a step does."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import itertools
import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import mesa
import numpy as np
import xarray as xr
from scipy.special import ndtri

from corridor.model.arguments import SeedSource, calendar_of, check_policy, chosen_seed, whole_number
from corridor.model.calendar import Calendar
from corridor.model.corridor import Corridor
from corridor.model.countries import countries_of
from corridor.model.errors import InvalidInput
from corridor.model.hazards import Hazards
from corridor.model.kernels.clock import Clock
from corridor.model.kernels.diary import DURATIONS, QUARTERS
from corridor.model.kernels.threads import MAX_THREADS, set_threads
from corridor.model.ledger import Ledger
from corridor.model.lever_values import LeverValues
from corridor.model.mechanisms import without as switch_off
from corridor.model.organisations import RescueOperator
from corridor.model.parameters import Parameters
from corridor.model.policies import Policy
from corridor.model.population import Population
from corridor.model.processes.aspiration import leaving_multiplier
from corridor.model.processes.drivers import Drivers
from corridor.model.processes.education import Education
from corridor.model.processes.families import Families
from corridor.model.processes.means import wealth_of
from corridor.model.processes.stocks import apportion, settle_abroad
from corridor.model.purposes import Purpose
from corridor.model.recorder import Recorder, standard_coords
from corridor.model.schedule import SCHEDULE, Processes
from corridor.model.states import Age, Sex, State
from corridor.model.streams import Streams
from corridor.model.trace import Trace

_PACKAGES = ("mesa", "numpy", "numba", "xarray")
_REPORTED = ("attempts", "irregular_arrivals", "deaths", "victims_started", "smuggling_revenue_usd", "cost_usd")


class Simulation(mesa.Model, Processes):
    """A simulation of a migration corridor.

    Parameters
    ----------
    corridor : Corridor
    policy : Policy, optional
        Default: the baseline, with no measures beyond historical events.
    seed : int, optional
        The same seed gives every person the same random numbers under any policy. Default, as in Mesa: a fresh seed,
        reported in the results (attribute ``seed`` of the dataset, and ``seed`` in Mesa's data collector).
    rng : numpy.random.Generator, or a seed of one, optional
        Source from which to draw the seed, instead of giving it.
    agents : int, optional
        Number of migrant agents; default: the corridor's.
    start, end : datetime.date, optional
        Default: the corridor's.
    step_days : int, optional
        Length of a step, 1 to 7: results agree within 2 % over this range.
    parameters : mapping of str to float, or Parameters, optional
        Values that override the corridor's own and the registry's defaults.
    without : iterable of str, optional
        Mechanisms to switch off: keys of `corridor.model.mechanisms.MECHANISMS`.
    trace : int, default 0
        Number of people whose life events are recorded: see `trace`.
    threads : int, default 1
        Threads for the compiled loops (at most the number available); results do not depend on it.

    Raises
    ------
    InvalidInput
        If an argument is out of range, or the policy names a target that the corridor does not have.
    """

    # Further attributes that the schedule reads.
    levers: LeverValues
    education: Education
    drivers: Drivers
    hazards: Hazards
    trace: Trace | None
    population: Population
    calendar: Calendar
    streams: Streams
    now: int
    datacollector: mesa.DataCollector

    def __init__(
        self,
        corridor: Corridor,
        policy: Policy | None = None,
        *,
        seed: int | None = None,
        rng: SeedSource = None,
        agents: int | None = None,
        start: dt.date | None = None,
        end: dt.date | None = None,
        step_days: int | None = None,
        parameters: Mapping[str, float] | Parameters | None = None,
        without: Iterable[str] = (),
        trace: int = 0,
        threads: int = 1,
    ) -> None:
        seed = chosen_seed(seed, rng)
        super().__init__(seed=seed)
        self._numbers = itertools.count(1)
        if not isinstance(policy, Policy | None):
            raise InvalidInput("run", "policy", policy, "a policy, such as load_policy gives, or None")
        self.corridor, self.policy = corridor, policy or Policy()
        if not isinstance(parameters, Parameters | Mapping | None):
            raise InvalidInput("run", "parameters", parameters, "values by name")
        if not isinstance(parameters, Parameters):
            parameters = Parameters({**corridor.parameter_values(), **(parameters or {})})
        off_parameters, off_levers = switch_off(without)
        self.parameters = parameters.replace(off_parameters)
        self.threads = whole_number("threads", threads, 1, MAX_THREADS)
        self.calendar = calendar_of(corridor, start, end, step_days)
        self.streams = Streams(seed)
        self.now = 0
        self.month = int(self.calendar.months[0])
        check_policy(corridor, self.policy)
        self.levers = LeverValues(corridor, self.policy, self.calendar, off_levers)
        self.levers.advance(0)
        self.hazards = Hazards(len(corridor.places), self.levers)
        self.education = Education(self)
        self.drivers = Drivers(self)
        self._settle_population(whole_number("agents", corridor.agents if agents is None else agents, 1, 2**31 - 1))
        self.drivers.step()
        self.recorder = Recorder(self._coords(), self.population.persons_per_agent)
        self._make_processes(self)
        self.exploitation.expose(np.arange(self.population.n))
        self.rescuers = [RescueOperator(self, row, o.label) for row, o in enumerate(corridor.rescue)]
        self.ledger = Ledger(self.population)
        followed = whole_number("trace", trace, 0, 10_000)
        self.trace = Trace(self, followed) if followed else None
        self.seconds = 0.0
        reporters: dict[str, Callable[[Simulation], float]] = {name: _reporter(name) for name in _REPORTED}
        self.datacollector = _Collector(model_reporters={"seed": _seed_used, **reporters})

    # --- the schedule ---------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Advance the world by one step of the schedule."""
        began = time.perf_counter()
        set_threads(self.threads)
        self.month = int(self.calendar.months[self.now])
        self.recorder.step = self.now
        for step in SCHEDULE:
            step.act(self)
        self.now += 1
        self.running = self.now < self.calendar.steps
        self.seconds += time.perf_counter() - began

    def run(self, progress: Callable[[int, int], None] | None = None) -> xr.Dataset:
        """Run to the end.

        Parameters
        ----------
        progress : callable, optional
            Called after each step with steps done and steps in all.

        Returns
        -------
        xarray.Dataset
            See `corridor.model.recorder.VARIABLES`.
        """
        while self.running:
            self.step()
            if progress is not None:
                progress(self.now, self.calendar.steps)
        return self.dataset()

    def register_agent(self, agent: mesa.Agent) -> None:
        """Register a new actor under the next free number.

        Mesa's own numbering uses a global table of models, which would keep finished runs in memory for ever.
        """
        getattr(mesa.Agent, "_ids", {}).pop(self, None)
        agent.unique_id = next(self._numbers)
        super().register_agent(agent)

    @property
    def clock(self) -> Clock:
        """The current step and the random-number key, as arguments of compiled functions."""
        return Clock(self.now, self.calendar.years, *self.streams.key)

    @property
    def steps_total(self) -> int:
        """Number of steps of the whole run."""
        return self.calendar.steps

    def record(self) -> None:
        """Record stocks by state, fees and loads."""
        population, recorder = self.population, self.recorder
        weight = population.persons_per_agent
        recorder.put("stock", population.counts * weight)
        recorder.put("fee_usd", self.market.offers.leg_fee_usd)
        recorder.put("load", self.market.seats.load)
        detained = float(population.counts[State.DETAINED].sum()) * weight
        recorder.put("detention_days", detained * self.calendar.step_days)
        children = float(population.counts[State.DETAINED, :, Age.CHILD].sum()) * weight
        recorder.put("child_detention_days", children * self.calendar.step_days)
        immobile = np.flatnonzero(population.immobile)
        recorder.put("immobile", population.total(immobile))
        recorder.count("immobile_by_group", population.sex[immobile], population.age[immobile])

    # --- people ---------------------------------------------------------------------------------------------------

    def _settle_population(self, agents: int) -> None:
        """Create the population, at home or abroad, with attributes drawn from each person's streams."""
        pools = self.corridor.communities.column("potential_migrants").astype(float)
        if pools.sum() <= 0:
            raise InvalidInput("communities.csv", "potential_migrants", 0, "more than 0 persons in all")
        self.population = population = Population(agents, float(pools.sum() / agents))
        luck = float(self.streams.draw(Purpose.NUMBERS_OF_COMMUNITIES, np.zeros(1, dtype=np.int64))[0, 0])
        community = np.repeat(np.arange(pools.size), apportion(pools, agents, luck))
        people = np.arange(agents)
        population.community[:] = community
        population.place[:] = self.corridor.home[community]
        self._draw_traits(community, self.streams.draw(Purpose.TRAITS, people))
        self._draw_wealth(community, self.streams.draw(Purpose.WEALTH, people))
        exponential = -np.log(self.streams.draw(Purpose.THRESHOLD, people)[:, 0])
        population.threshold[:] = exponential / leaving_multiplier(self, people)
        settle_abroad(self)
        self.families = Families(self)
        self.families.form()
        # People who leave at about the same time are adjacent in memory, so that scans of those at home branch well.
        population.reorder(np.lexsort((population.threshold, population.wealth, population.community)))
        population.classify(people)
        population.recount()

    def _draw_traits(self, community: np.ndarray, u: np.ndarray) -> None:
        population, table, p = self.population, self.corridor.communities, self.parameters
        population.sex[:] = np.where(u[:, 0] < table.column("female_share")[community], Sex.FEMALE, Sex.MALE)
        child = table.column("child_share")[community]
        young = child + table.column("young_share")[community]
        population.age[:] = np.select([u[:, 1] < child, u[:, 1] < young], [Age.CHILD, Age.YOUNG], Age.ADULT)
        population.schooling[:] = u[:, 2] < table.column("schooling_share")[community]
        population.ties[:] = u[:, 3] < p.ties_share

    def _draw_wealth(self, community: np.ndarray, u: np.ndarray) -> None:
        population, p = self.population, self.parameters
        population.creditworthy[:] = u[:, 1] < p.smuggler_credit_share
        population.attitude[:] = np.select([u[:, 2] < p.cautious_share, u[:, 2] > 1 - p.bold_share], [0, 2], 1)
        population.wealth[:] = wealth_of(u[:, 0])
        spread = np.exp(p.savings_spread * ndtri(u[:, 0]))
        schooling = np.where(population.schooling, p.schooling_income, 1.0)
        population.savings_usd[:] = p.savings_years * self.drivers.income_at_start()[community] * spread * schooling

    # --- results --------------------------------------------------------------------------------------------------

    def _coords(self) -> dict[str, Any]:
        corridor = self.corridor
        return {
            "time": self.calendar.dates.astype("datetime64[ns]"),
            "leg": corridor.legs.names,
            "place": corridor.places.names,
            "community": corridor.communities.names,
            "country": list(countries_of(corridor).names),
            "route": list(corridor.routes) or ["none"],
            "duration": list(DURATIONS),
            "quarters": list(QUARTERS),
            **standard_coords(),
        }

    def dataset(self) -> xr.Dataset:
        """Return the records so far as a dataset, in persons, with units, seed and versions."""
        legs = self.corridor.legs
        extra: dict[str, tuple[str, list[object]]] = {
            "leg_route": ("leg", [leg.route for leg in legs]),
            "leg_mode": ("leg", [leg.mode for leg in legs]),
            "leg_crossing": ("leg", [leg.crossing for leg in legs]),
            "leg_market": ("leg", [leg.market for leg in legs]),
            "leg_from": ("leg", [leg.origin for leg in legs]),
            "leg_to": ("leg", [leg.destination for leg in legs]),
            "place_country": ("place", [place.country for place in self.corridor.places]),
        }
        dataset = self.recorder.dataset(self.now, extra).isel(time=slice(self.calendar.warm_up, None))
        dataset.attrs.update(self._attributes())
        return dataset

    def _attributes(self) -> dict[str, Any]:
        population = self.population
        counted = int(population.counts.sum())
        return {
            "title": f"{self.corridor.title}: {self.policy.title}",
            "scenario": self.corridor.name,
            "scenario_hash": self.corridor.content_hash,
            "policy": self.policy.name,
            "seed": str(self.streams.seed),
            "agents": population.n,
            "persons_per_agent": population.persons_per_agent,
            "step_days": self.calendar.step_days,
            "start": str(self.calendar.start),
            "end": str(self.calendar.end),
            "parameters": json.dumps(self.parameters.changed(), sort_keys=True),
            "versions": json.dumps({name: importlib.metadata.version(name) for name in _PACKAGES}),
            "steps": max(self.now - self.calendar.warm_up, 0),
            "migrant_steps": population.n * self.now,
            "seconds": self.seconds,
            "persons_error": (counted - population.n) * population.persons_per_agent,
            "money_error_usd": self.ledger.error(),
        }


class _Collector(mesa.DataCollector):
    """Mesa's data collector without deep copies, for reporters that always return new values."""

    def collect(self, model: mesa.Model) -> None:
        """Call every reporter and store its value."""
        for name, reporter in self.model_reporters.items():
            self.model_vars[name].append(reporter(model))


def _seed_used(sim: Simulation) -> int:
    return sim.streams.seed


def _reporter(name: str) -> Callable[[Simulation], float]:
    return lambda sim: float(sim.recorder.now(name).sum())
