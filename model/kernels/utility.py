"""Perceived utility of legs: expected attempts, weight of fees, and disutility of risks and waiting.

ODD eq. 20.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.machine_code import Floats, Int, Real, compiled, inlined

TINY = 1e-300
"""Share of people, or of a fee, of which the logarithm is taken instead of that of nothing."""
_CLOSED = 1e-6
"""Probability of getting through below which a way counts as closed."""


class RoutePreferences(NamedTuple):
    """Weights of the choice of way."""

    foresight: float
    """Of what comes after the next leg."""
    scale: float
    """Spread of tastes for routes, utils."""
    nest: float
    """How much the choice between going and staying moves with the value of going, per util."""
    margin: float
    """Share of the cost of a leg by which its end must be better at least, where one could also travel back."""
    attitude: NDArray[np.float64]
    """Multiplier of each attitude on what risks weigh, shape (n_attitudes,)."""
    reckoning: float
    """How far people reckon with where a failed try leaves them, 0 to 1."""
    risk: NDArray[np.float64]
    """Of the risks of interception, death and exploitation, utils per unit of probability, shape (3,)."""


class Purses(NamedTuple):
    """Weight of fees for each stratum (community x wealth), on a grid of log fees (ODD eq. 20c and 20d)."""

    utility: NDArray[np.float64]
    """Utils, shape (n_strata, n_points)."""
    payable: NDArray[np.float64]
    """Share of the stratum that can pay, shape (n_strata, n_points)."""
    points_per_log: float
    """Points of the grid for a log point of fee."""
    log_ratio: NDArray[np.float64]
    """Log of present over initial means of each community, shape (n_communities,)."""


class Trials(NamedTuple):
    """How a try of a leg may fail, shape (n_legs,) each (ODD eq. 20a)."""

    stopped: NDArray[np.float64]
    """Probability of being stopped before it starts; who is stays where it begins."""
    sent_back: NDArray[np.float64]
    """Probability of being sent back to where it began after having arrived."""
    to_end: NDArray[np.float64]
    """Of those intercepted, who find themselves where the leg ends."""
    to_home: NDArray[np.float64]
    """Of those intercepted, who are returned home or go there; the others try again."""
    waiting: NDArray[np.float64]
    """Disutility of detention for people intercepted, utils."""
    held: NDArray[np.float64]
    """Disutility of being held on arrival, utils."""
    paid_each: NDArray[np.float64]
    """Share of the fee that every try costs, as it is paid in advance or lost ashore."""
    paid_once: NDArray[np.float64]
    """Share of the fee that is paid on arrival alone."""


class Prospects(NamedTuple):
    """Prospects that people perceive in this step."""

    common: NDArray[np.float64]
    """Utility of one try of each leg, started or not, that is the same for all, shape (n_legs,), utils."""
    under_way: NDArray[np.float64]
    """Utility of one try that starts, the same for all, shape (n_legs,), utils."""
    once: NDArray[np.float64]
    """Utility that counts once, however many tries it takes; -inf where closed, (n_communities, n_legs), utils."""
    log_fee: NDArray[np.float64]
    """Log of the fee that people expect, USD, shape (n_legs,)."""
    fee_usd: NDArray[np.float64]
    """Mean fee, USD per person, shape (n_legs,)."""
    risk: NDArray[np.float64]
    """Perceived probabilities of interception, death and exploitation, shape (3, n_communities, n_legs)."""
    living: NDArray[np.float64]
    """Utility of living at each place; -inf where impossible, shape (n_communities, n_places), utils."""
    unattached: NDArray[np.float64]
    """The same without attachment to countries next door (eq. 21c), shape (n_communities, n_places), utils."""


@compiled()
def count_tries(tries: Floats, arriving: Floats, risks: Floats, trials: Trials, reckoning: float) -> None:
    """Write how often people try until they are through or home, and the probability of being through: ODD eq. 20a."""
    for leg in range(tries.size):
        starts, intercepted = 1.0 - trials.stopped[leg], risks[leg]
        arrive = starts * (1.0 - intercepted + intercepted * trials.to_end[leg]) * (1.0 - trials.sent_back[leg])
        home = reckoning * starts * intercepted * trials.to_home[leg]
        arrive = 1.0 - reckoning * (1.0 - arrive)
        tries[leg] = 1.0 / max(arrive + home, _CLOSED)
        arriving[leg] = arrive * tries[leg]


@compiled()
def weigh_fees(
    weighs: Floats,
    payable: Floats,
    tries: Floats,
    arriving: Floats,
    prospects: Prospects,
    trials: Trials,
    purses: Purses,
    stratum: Int,
) -> None:
    """Write what the fees of all tries weigh for a stratum, utils, and its share that can pay one: ODD eq. 20d, 20e."""
    last = purses.utility.shape[1] - 1
    community = stratum // (purses.utility.shape[0] // purses.log_ratio.size)
    for leg in range(weighs.size):
        point = (prospects.log_fee[leg] - purses.log_ratio[community]) * purses.points_per_log
        payable[leg] = _at(purses.payable[stratum], point, last)
        paid = trials.paid_each[leg] * tries[leg] + trials.paid_once[leg] * arriving[leg]
        weighs[leg] = _at(purses.utility[stratum], point + np.log(max(paid, TINY)) * purses.points_per_log, last)


@inlined
def _at(grid: Floats, point: Real, last: Int) -> float:
    """Return the value of a grid at a point between its ends, linear between points."""
    point = min(max(point, 0.0), last - 1e-9)
    below = np.int64(point)
    return grid[below] + (point - below) * (grid[below + 1] - grid[below])


@compiled()
def perceive(
    utilities: Floats,
    prospects: Prospects,
    trials: Trials,
    preferences: RoutePreferences,
    attitude: Int,
    community: Int,
) -> None:
    """Write the perceived utility of one try of every leg, but for its fee: ODD eq. 20."""
    interception, death, exploitation = prospects.risk[:, community]
    factor, weights = preferences.attitude[attitude], preferences.risk
    for leg in range(utilities.size):
        starts, intercepted = (
            1.0 - preferences.reckoning * trials.stopped[leg],
            preferences.reckoning * interception[leg],
        )
        harm = weights[0] * interception[leg] + weights[1] * death[leg] + weights[2] * exploitation[leg]
        kept = intercepted * trials.waiting[leg] + (1.0 - intercepted * (1.0 - trials.to_end[leg])) * trials.held[leg]
        utilities[leg] = prospects.common[leg] + starts * (prospects.under_way[leg] + factor * harm + kept)
