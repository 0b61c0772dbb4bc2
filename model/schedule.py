"""The schedule of a step, as data: which process acts, in which order, and why. It is printed in docs/odd.md.

It serves as the model's table of contents: each line calls one process, and no process calls another's step. To add a
process, add a line to `Processes` and one to `SCHEDULE`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, get_type_hints

from corridor.model.processes.aspiration import Aspiration
from corridor.model.processes.beliefs import Beliefs
from corridor.model.processes.cases import Cases
from corridor.model.processes.choice import Choice
from corridor.model.processes.controls import Controls
from corridor.model.processes.costs import Costs
from corridor.model.processes.crossing import Crossing
from corridor.model.processes.departure import Departure
from corridor.model.processes.exploitation import Exploitation
from corridor.model.processes.exploiters import Exploiters
from corridor.model.processes.governance import Governance
from corridor.model.processes.investigation import Investigation
from corridor.model.processes.journeys import Journeys
from corridor.model.processes.market import Market
from corridor.model.processes.market.adaptation import Adaptation
from corridor.model.processes.market.turnover import Turnover
from corridor.model.processes.observation import Observation
from corridor.model.processes.pathways import Pathways
from corridor.model.processes.patrols import Patrols
from corridor.model.processes.protection import Protection
from corridor.model.processes.recruiters import Recruiters
from corridor.model.processes.settlement import Settlement

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation


class Processes:
    """The processes of a simulation, in order of construction: each constructor may use the processes above it."""

    costs: Costs
    patrols: Patrols
    market: Market
    controls: Controls
    beliefs: Beliefs
    choice: Choice
    aspiration: Aspiration
    pathways: Pathways
    departure: Departure
    crossing: Crossing
    journeys: Journeys
    settlement: Settlement
    exploitation: Exploitation
    recruiters: Recruiters
    protection: Protection
    exploiters: Exploiters
    cases: Cases
    investigation: Investigation
    adaptation: Adaptation
    turnover: Turnover
    observation: Observation
    governance: Governance

    def _make_processes(self, sim: Simulation) -> None:
        for name, process in get_type_hints(Processes).items():
            setattr(self, name, process(sim))


class Step(NamedTuple):
    """One line of the schedule.

    Attributes
    ----------
    process : str
        Process that acts.
    what : str
        What happens.
    why : str
        Reason for its position in the order.
    act : callable
    """

    process: str
    what: str
    why: str
    act: Callable[[Simulation], None]


SCHEDULE = (
    Step(
        "governance",
        "adaptive measures are reviewed against recorded indicators",
        "measures hold for the whole step",
        lambda sim: sim.governance.step(),
    ),
    Step(
        "levers",
        "events and measures set the values of this step",
        "all other processes read them",
        lambda sim: sim.levers.advance(sim.now),
    ),
    Step(
        "education",
        "schooling and training reach some people at home",
        "incomes and wishes to leave depend on them",
        lambda sim: sim.education.step(),
    ),
    Step(
        "drivers",
        "conflict, climate and incomes take the values of this step",
        "all decisions of this step depend on them",
        lambda sim: sim.drivers.step(),
    ),
    Step(
        "patrols",
        "patrols are allocated by past interceptions; rescue coverage is set",
        "fees and true risks depend on them",
        lambda sim: sim.patrols.step(),
    ),
    Step(
        "market",
        "scarcity follows from past demand; loads and fees are set",
        "beliefs and affordability read fees",
        lambda sim: sim.market.step(),
    ),
    Step(
        "controls",
        "controls ashore and on arrival are set; news of them spreads",
        "choice reads what people believe about them",
        lambda sim: sim.controls.step(),
    ),
    Step(
        "beliefs",
        "news of earlier steps arrives; perceived risks and fees are updated",
        "choice reads them",
        lambda sim: sim.beliefs.step(),
    ),
    Step(
        "choice",
        "values of places are solved for every decision group",
        "aspiration reads the value of leaving",
        lambda sim: sim.choice.step(),
    ),
    Step(
        "hazards",
        "hazard rates follow the levers and open jobs",
        "before anybody enters a state, so that everyone's first chance to leave it comes a step later",
        lambda sim: sim.hazards.update(),
    ),
    Step(
        "events",
        "one pass draws at most one event per person (eq. 4 and 5)",
        "all causes in a state compete at the same time",
        lambda sim: sim.hazards.draw(sim.population, sim.clock),
    ),
    Step(
        "aspiration",
        "hazards of leaving accumulate; people begin to prepare",
        "their first chance to go is in the next step",
        lambda sim: sim.aspiration.step(),
    ),
    Step(
        "pathways: apply",
        "those who began to prepare may queue for a legal place",
        "legal pathways come first for those eligible",
        lambda sim: sim.pathways.apply(sim.aspiration.preparing),
    ),
    Step(
        "aspiration: fade",
        "some people give up the idea",
        "from here to protection, events of the pass are applied process by process; each person has one, so that the "
        "order of processes matters only through what they share: capacity, places in services, accounts",
        lambda sim: sim.aspiration.fade(),
    ),
    Step(
        "pathways",
        "the impatient leave the queue; quotas admit others",
        "legal places are given before others decide",
        lambda sim: sim.pathways.step(),
    ),
    Step(
        "departure",
        "people choose, buy a passage, set out or settle",
        "after the values on which choices depend",
        lambda sim: sim.departure.step(),
    ),
    Step(
        "crossing",
        "journeys that are due come to an end",
        "after departures, because the shortest journeys end in the same step",
        lambda sim: sim.crossing.step(),
    ),
    Step(
        "patrols: learn",
        "agencies update their memory of where people were intercepted, by expected numbers",
        "the next step's patrols follow",
        lambda sim: sim.patrols.learn(sim.crossing.expected_interceptions()),
    ),
    Step(
        "controls: release",
        "people held on arrival are released or sent back",
        "those who arrive in this step have their first chance in the next one",
        lambda sim: sim.controls.release(),
    ),
    Step(
        "settlement",
        "detention ends; asylum, returns and debts are settled",
        "before exploitation, which may take those who have just settled",
        lambda sim: sim.settlement.step(),
    ),
    Step(
        "recruiters",
        "networks recruit some of those who leave, and collect those who have arrived",
        "after all departures and arrivals of this step",
        lambda sim: sim.recruiters.step(),
    ),
    Step(
        "exploitation",
        "episodes begin and end",
        "after all who arrive, settle or are released in this step",
        lambda sim: sim.exploitation.step(),
    ),
    Step(
        "protection",
        "assistance ends; people in the queue receive free places",
        "after exploitation, from which victims come",
        lambda sim: sim.protection.step(),
    ),
    Step(
        "cases",
        "cases against exploiters advance: evidence, suspects, prosecutions, convictions",
        "reads this step's testimony, contacts and adverts",
        lambda sim: sim.cases.step(),
    ),
    Step(
        "exploiters",
        "profit, entry and exit of exploiters; their openness to more people",
        "after convictions, which end some; exploitation in the next step depends on it",
        lambda sim: sim.exploiters.step(),
    ),
    Step(
        "investigation",
        "investigations of smugglers: skill, evidence, arrests, convictions, seizures",
        "reads this step's interceptions, fees and testimony",
        lambda sim: sim.investigation.step(),
    ),
    Step(
        "networks: heal",
        "members are released and replaced",
        "members arrested in this step are missing first",
        lambda sim: sim.market.networks.heal(),
    ),
    Step(
        "adaptation",
        "running costs are paid; capacity follows demand",
        "organisations react to the step",
        lambda sim: sim.adaptation.step(),
    ),
    Step(
        "turnover",
        "exit, entry, splits, mergers",
        "survival depends on what was earned and paid",
        lambda sim: sim.turnover.step(),
    ),
    Step(
        "networks",
        "filled posts, and the capacity that crews can serve, are determined",
        "after all changes of capacity and members",
        lambda sim: sim.market.networks.step(),
    ),
    Step(
        "conduct",
        "care, bribery and word of mouth are updated",
        "they follow from margins and filled posts",
        lambda sim: sim.market.conduct.step(),
    ),
    Step(
        "adaptation: record",
        "the structure of the market is recorded",
        "after all changes to it",
        lambda sim: sim.adaptation.record(),
    ),
    Step(
        "record",
        "stocks of people, fees and loads are recorded",
        "at the end of all moves",
        lambda sim: sim.record(),
    ),
    Step(
        "journeys",
        "durations of journeys are recorded",
        "after all moves of people",
        lambda sim: sim.journeys.step(),
    ),
    Step(
        "observation",
        "a share of events is recorded, and some records become known",
        "after all events that it counts",
        lambda sim: sim.observation.step(),
    ),
    Step(
        "trace",
        "life events of people who are followed, if any, are recorded",
        "after all events in people's lives",
        lambda sim: sim.trace.step() if sim.trace is not None else None,
    ),
    Step(
        "costs",
        "public cost is recorded",
        "after everything that has a cost",
        lambda sim: sim.costs.step(),
    ),
    Step(
        "data collector",
        "Mesa's collector asks its reporters",
        "last, when everything is recorded",
        lambda sim: sim.datacollector.collect(sim),
    ),
)
