"""The simulation: clock, people, actors, and the schedule of a step."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import mesa
import numba
import numpy as np
import xarray as xr
from scipy.special import ndtri

from model.calendar import Calendar
from model.corridor import Corridor
from model.errors import InvalidInput
from model.kernels.hazards import draw_events, split_rates
from model.ledger import Ledger
from model.lever_values import LeverValues
from model.mechanisms import without as switch_off
from model.organisations import RescueOperator
from model.parameters import Parameters
from model.policies import Policy
from model.population import Population
from model.processes.adaptation import Adaptation
from model.processes.aspiration import Aspiration, leaving_multiplier
from model.processes.beliefs import Beliefs
from model.processes.choice import Choice
from model.processes.costs import Costs
from model.processes.crossing import Crossing
from model.processes.departure import Departure
from model.processes.drivers import Drivers
from model.processes.education import Education
from model.processes.exploitation import PERSONAL, Exploitation
from model.processes.families import Families
from model.processes.governance import Governance
from model.processes.investigation import Investigation
from model.processes.market import Market
from model.processes.observation import Observation
from model.processes.pathways import Pathways
from model.processes.patrols import Patrols
from model.processes.protection import Protection
from model.processes.settlement import Settlement
from model.recorder import Recorder, standard_coords
from model.states import FOLLOWS, N_CAUSES, N_PROFILES, N_STATES, Age, Sex, State
from model.streams import Stream, Streams
from model.trace import Trace

_PACKAGES = ("mesa", "numpy", "numba", "xarray")
_REPORTED = ("attempts", "irregular_arrivals", "deaths", "victims_started", "smuggling_revenue_usd", "cost_usd")


class Simulation(mesa.Model):
    """A migration corridor in motion.

    Parameters
    ----------
    corridor : Corridor
    policy : Policy, optional
        Default: baseline, nothing beyond what happened.
    seed : int, default 0
        Same seed, same luck for everybody, under any policy.
    agents : int, optional
        Number of migrant agents; default as the corridor says.
    start, end : datetime.date, optional
        Default: as the corridor says.
    step_days : int, optional
        Length of a step.
    parameters : mapping of str to float, or Parameters, optional
        Values other than the corridor's own and the registry's defaults.
    without : iterable of str, optional
        Mechanisms to take out: keys of `model.mechanisms.MECHANISMS`.
    trace : int, default 0
        People whose life events to write down: see `trace`.
    threads : int, default 1
        Threads of the compiled loops; results do not depend on it.

    Raises
    ------
    InvalidInput
        If an argument is out of range, or the policy names a target that the corridor does not have.
    """

    def __init__(
        self,
        corridor: Corridor,
        policy: Policy | None = None,
        *,
        seed: int = 0,
        agents: int | None = None,
        start: dt.date | None = None,
        end: dt.date | None = None,
        step_days: int | None = None,
        parameters: Mapping[str, float] | Parameters | None = None,
        without: Iterable[str] = (),
        trace: int = 0,
        threads: int = 1,
    ) -> None:
        seed = _whole("seed", seed, 0, 2**64 - 1)
        super().__init__(seed=seed)
        self.corridor, self.policy = corridor, policy or Policy()
        if not isinstance(parameters, Parameters):
            parameters = Parameters({**corridor.parameter_values(), **(parameters or {})})
        off_parameters, off_levers = switch_off(without)
        self.parameters = parameters.replace(off_parameters)
        self.threads = _whole("threads", threads, 1, numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
        days = _whole("step_days", corridor.step_days if step_days is None else step_days, 1, 31)
        self.calendar = Calendar(*_period(corridor, start, end), days)
        self.streams = Streams(seed)
        self.now = 0
        self.month = int(self.calendar.months[0])
        _check_targets(corridor, self.policy)
        self.levers = LeverValues(corridor, self.policy, self.calendar, off_levers)
        self.levers.advance(0)
        self.education = Education(self)
        self.drivers = Drivers(self)
        self._settle_population(_whole("agents", corridor.agents if agents is None else agents, 1, 2**31 - 1))
        self.drivers.step()
        self.recorder = Recorder(self._coords(), self.population.persons_per_agent)
        self.costs = Costs(self)
        self.patrols = Patrols(self)
        self.patrols.step()
        self.market = Market(self)
        self.beliefs = Beliefs(self)
        self.choice = Choice(self)
        self.aspiration = Aspiration(self)
        self.pathways = Pathways(self)
        self.departure = Departure(self)
        self.crossing = Crossing(self)
        self.settlement = Settlement(self)
        self.exploitation = Exploitation(self)
        self.protection = Protection(self)
        self.investigation = Investigation(self)
        self.adaptation = Adaptation(self)
        self.observation = Observation(self)
        self.governance = Governance(self)
        self.exploitation.expose(np.arange(self.population.n))
        self.rescuers = [RescueOperator(self, row, o.label) for row, o in enumerate(corridor.rescue)]
        self._rates = np.zeros((N_STATES, len(corridor.places), N_PROFILES, N_CAUSES), dtype=np.float32)
        cells = N_STATES, len(corridor.places) * N_PROFILES
        self._common, self._own = np.zeros(cells, dtype=np.float32), np.zeros(cells, dtype=np.float32)
        self._personal = np.zeros((N_STATES, N_CAUSES), dtype=np.bool_)
        for state, cause in PERSONAL:
            self._personal[state, cause] = True
        self.ledger = Ledger(self.population)
        self.trace = Trace(self, _whole("trace", trace, 0, 10_000)) if trace else None
        self.seconds = 0.0
        reporters = {name: _reporter(name) for name in _REPORTED}
        self.datacollector = _Collector(model_reporters=reporters)

    # --- the schedule ---------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Advance the world by one step: the table of contents of the model."""
        began = time.perf_counter()
        numba.set_num_threads(self.threads)
        self.month = int(self.calendar.months[self.now])
        self.recorder.step = self.now
        self.governance.step()
        self.levers.advance(self.now)

        self.education.step()
        self.drivers.step()
        self.patrols.step()
        self.market.step()
        self.beliefs.step()
        self.choice.step()
        preparing = self.aspiration.step()
        self.pathways.apply(preparing)

        self._draw_events()
        self.aspiration.fade()
        self.pathways.step()
        self.departure.step()
        self.crossing.step()
        self.settlement.step()
        self.exploitation.step()
        self.protection.step()

        self.investigation.step()
        self.adaptation.step()
        self._record()
        self.observation.step()
        if self.trace is not None:
            self.trace.step()
        self.costs.step()
        self.datacollector.collect(self)
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
            See `model.recorder.VARIABLES`.
        """
        while self.running:
            self.step()
            if progress is not None:
                progress(self.now, self.calendar.steps)
        return self.dataset()

    def let_go(self) -> None:
        """Let a finished run be freed: Mesa counts the agents of every model in a table that would keep it for good.

        Agents that are made afterwards are counted from 1 again.
        """
        mesa.Agent._ids.pop(self, None)

    @property
    def steps_total(self) -> int:
        """Number of steps of the whole run."""
        return self.calendar.steps

    def _draw_events(self) -> None:
        changed: set[State] = set()
        for process in (self.departure, self.settlement, self.exploitation, self.protection):
            changed.update(process.rates(self._rates))
        states = np.array(sorted(changed), dtype=np.int64)
        self._rates[states, :, FOLLOWS] = 0.0
        population, rates = self.population, self._rates.reshape(N_STATES, -1, N_CAUSES)
        split_rates(states, rates, self._personal, self._common, self._own)
        people, bounds = draw_events(
            population.room, population.state, population.state_words, population.cell, population.due,
            population.susceptibility, rates, self._common, self._own, self._personal, self.calendar.years, self.now,
            *self.streams.key,
        )  # fmt: skip
        population.remember_events(people, bounds)

    def _record(self) -> None:
        population, recorder = self.population, self.recorder
        weight = population.persons_per_agent
        recorder.put("stock", population.counts * weight)
        recorder.put("fee_usd", self.market.leg_fee_usd)
        recorder.put("load", self.market.load)
        detained = float(population.counts[State.DETAINED].sum()) * weight
        recorder.put("detention_days", detained * self.calendar.step_days)
        children = float(population.counts[State.DETAINED, :, Age.CHILD].sum()) * weight
        recorder.put("child_detention_days", children * self.calendar.step_days)
        stuck = np.flatnonzero(population.stuck)
        recorder.put("immobile", population.total(stuck))
        recorder.count("immobile_by_group", population.sex[stuck], population.age[stuck])

    # --- people ---------------------------------------------------------------------------------------------------

    def _settle_population(self, agents: int) -> None:
        """Create everybody at home, with their attributes drawn from their own streams."""
        pools = self.corridor.communities.column("potential_migrants").astype(float)
        if pools.sum() <= 0:
            raise InvalidInput("communities.csv", "potential_migrants", 0, "more than 0 persons in all")
        self.population = population = Population(agents, float(pools.sum() / agents))
        community = np.repeat(np.arange(pools.size), _apportion(pools, agents))
        people = np.arange(agents)
        population.community[:] = community
        population.place[:] = self.corridor.home[community]
        self._draw_traits(community, self.streams.uniforms(Stream.PERSON, people))
        self._draw_wealth(community, self.streams.uniforms(Stream.WEALTH, people))
        exponential = -np.log(self.streams.uniforms(Stream.HOME, people)[:, 0])
        population.threshold[:] = exponential / leaving_multiplier(self, people)
        self.families = Families(self)
        self.families.form()
        # Neighbours in memory leave at about the same time: a step passes over those at home without a branch missed.
        population.reorder(np.lexsort((population.threshold, population.community)))
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
        spread = np.exp(p.savings_spread * ndtri(u[:, 0]))
        schooling = np.where(population.schooling, p.schooling_income, 1.0)
        population.savings_usd[:] = p.savings_years * self.drivers.income_at_start()[community] * spread * schooling

    # --- what comes out -------------------------------------------------------------------------------------------

    def _coords(self) -> dict[str, Any]:
        corridor = self.corridor
        return {
            "time": self.calendar.dates.astype("datetime64[ns]"),
            "leg": corridor.legs.names,
            "place": corridor.places.names,
            "community": corridor.communities.names,
            **standard_coords(),
        }

    def dataset(self) -> xr.Dataset:
        """Return what has been recorded so far, in persons, with units, seeds and versions."""
        legs = self.corridor.legs
        extra: dict[str, tuple[str, list[object]]] = {
            "leg_route": ("leg", [leg.route for leg in legs]),
            "leg_mode": ("leg", [leg.mode for leg in legs]),
            "leg_crossing": ("leg", [leg.crossing for leg in legs]),
            "leg_market": ("leg", [leg.market for leg in legs]),
            "leg_from": ("leg", [leg.origin for leg in legs]),
            "leg_to": ("leg", [leg.destination for leg in legs]),
        }
        dataset = self.recorder.dataset(self.now, extra)
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
            "steps": self.now,
            "migrant_steps": population.n * self.now,
            "seconds": self.seconds,
            "persons_error": (counted - population.n) * population.persons_per_agent,
            "money_error_usd": self.ledger.error(),
        }


class _Collector(mesa.DataCollector):
    """Mesa's collector for reporters that return new numbers, which need no copies."""

    def collect(self, model: mesa.Model) -> None:
        """Ask every reporter."""
        for name, reporter in self.model_reporters.items():
            self.model_vars[name].append(reporter(model))


def _reporter(name: str) -> Callable[[Simulation], float]:
    return lambda sim: float(sim.recorder.now(name).sum())


def _whole(name: str, value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not low <= value <= high:
        raise InvalidInput("run", name, value, f"a whole number from {low} to {high}")
    return int(value)


def _period(corridor: Corridor, start: dt.date | None, end: dt.date | None) -> tuple[dt.date, dt.date]:
    first, last = start or corridor.start, end or corridor.end
    if last <= first:
        raise InvalidInput("run", "end", str(last), f"a date after start ({first})")
    return first, last


def _check_targets(corridor: Corridor, policy: Policy) -> None:
    for setting in policy.settings:
        corridor.check_targets(setting.lever, setting.target, f"policy {policy.name}")


def _apportion(pools: np.ndarray, agents: int) -> np.ndarray:
    """Return whole agents per community in proportion to pools, by largest remainders, shape (n_communities,)."""
    exact = pools / pools.sum() * agents
    whole = np.floor(exact).astype(np.int64)
    rest = np.argsort(-(exact - whole), kind="stable")[: agents - int(whole.sum())]
    whole[rest] += 1
    return whole
