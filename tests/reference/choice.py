"""Choice of way in plain NumPy: what `corridor.model.kernels.utility` and `values` compute, one group at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.utility import Prospects, Trials


def tried_until_through(
    risk: NDArray[np.float64], trials: Trials, reckoning: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how often people try until through or home, and the shares that arrive, shape (n_legs,): ODD eq. 20a."""
    start = 1 - trials.stopped
    arrive = start * (1 - risk + risk * trials.to_end) * (1 - trials.sent_back)
    home = reckoning * start * risk * trials.to_home
    arrive = 1 - reckoning * (1 - arrive)
    tries = 1 / (arrive + home)
    return tries, arrive * tries


def perceived(
    prospects: Prospects, factor: float, weights: NDArray[np.float64], community: int, trials: Trials, reckoning: float
) -> NDArray[np.float64]:
    """Return the perceived utility of a try of legs but for its fee, shape (n_legs,), utils: ODD eq. 20."""
    risk = prospects.risk[:, community]
    starts, intercepted = 1 - reckoning * trials.stopped, reckoning * risk[0]
    arrives = 1 - intercepted + intercepted * trials.to_end
    under_way = prospects.under_way + factor * (weights @ risk) + intercepted * trials.waiting + arrives * trials.held
    return prospects.common + starts * under_way


def follows(end: NDArray[np.float64], arriving: NDArray[np.float64], at_home: float) -> NDArray[np.float64]:
    """Return the value of what follows a leg, shape (n_legs,), utils; being sent home is never a gain."""
    return np.where(end > at_home, end - (1 - arriving) * np.where(np.isfinite(end), end - at_home, 0.0), end)


def best_ways(
    utility: NDArray[np.float64],
    arriving: NDArray[np.float64],
    at_home: float,
    ends: tuple[NDArray[np.integer], NDArray[np.integer]],
    living: NDArray[np.float64],
    aims: NDArray[np.bool_],
    home: int,
    foresight: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return values of the best ways from every place, and by each leg, by as many sweeps as there are places."""
    origin, destination = ends
    best = np.where(aims, living, -np.inf)
    best[home] = -np.inf
    apart = one_way(ends, home, living.size)
    onward = np.full(origin.size, -np.inf)
    for _ in range(best.size):
        onward = utility + foresight * follows(best[destination], arriving, at_home)
        onward = np.where(apart, onward, np.minimum(onward, best[destination] - 1e-3))
        for leg in np.flatnonzero(origin != home):
            best[origin[leg]] = max(best[origin[leg]], onward[leg])
    return best, onward


def one_way(ends: tuple[NDArray[np.integer], NDArray[np.integer]], home: int, n_places: int) -> NDArray[np.bool_]:
    """Return the legs from whose end there is no way back to where they begin, but through home, shape (n_legs,)."""
    origin, destination = ends
    reach = np.eye(n_places, dtype=bool)
    for _ in range(n_places):
        for leg in np.flatnonzero(destination != home):
            reach[origin[leg]] |= reach[destination[leg]]
    return ~reach[destination, origin]


def leading_on(
    best: NDArray[np.float64],
    onward: NDArray[np.float64],
    ends: tuple[NDArray[np.integer], NDArray[np.integer]],
    home: int,
    margin: float,
) -> NDArray[np.float64]:
    """Degree to which each leg leads onwards, 0 to 1, shape (n_legs,): ODD eq. 21b."""
    origin, destination = ends
    part = np.ones(origin.size)
    for leg in np.flatnonzero(~one_way(ends, home, best.size)):
        part[leg] = 0.0
        if np.isfinite(onward[leg]):
            gain, cost = best[destination[leg]] - best[origin[leg]], best[destination[leg]] - onward[leg]
            part[leg] = max(gain / cost - margin, 0.0) / (1 - margin)
    part[destination == home] = 0.0
    return part


def solved(
    utility: NDArray[np.float64],
    arriving: NDArray[np.float64],
    at_home: float,
    payable: NDArray[np.float64],
    ends: tuple[NDArray[np.integer], NDArray[np.integer]],
    living: NDArray[np.float64],
    aims: NDArray[np.bool_],
    home: int,
    preferences: tuple[float, float, float, float],
    passes: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], ...]:
    """Return values, odds of legs, shares that go on and odds of all legs, by value iteration: ODD eq. 22 and 23."""
    origin, destination = ends
    foresight, scale, nest, margin = preferences
    with np.errstate(invalid="ignore", divide="ignore"):
        hindered = utility + scale * np.log(np.maximum(payable, 1e-300))
        ways = best_ways(hindered, arriving, at_home, ends, living, aims, home, foresight)
        bonus = scale * np.log(leading_on(*ways, ends, home, margin))
    value, going, weight = np.full(living.size, -1e3), np.zeros(living.size), np.zeros(utility.size)
    go, expected = np.full(living.size, -np.inf), np.zeros(living.size)
    for _ in range(living.size + 1):
        there = np.where(passes, go[destination], value[destination])
        with np.errstate(invalid="ignore"):
            onward = utility + bonus + foresight * follows(there, arriving, at_home)
        onward = np.where(np.isnan(onward) | (passes & (there == -np.inf)), -np.inf, onward)
        for place in range(living.size):
            legs = np.flatnonzero(origin == place)
            highest = onward[legs].max(initial=-np.inf)
            if highest == -np.inf:
                weight[legs], value[place], going[place] = 0.0, max(living[place], -1e3), 0.0
                go[place], expected[place] = -np.inf, 0.0
                continue
            weight[legs] = np.exp((onward[legs] - highest) / scale)
            expected[place] = (payable * weight)[legs].sum()
            go[place] = highest + scale * np.log(max(expected[place], 1e-300))
            value[place] = np.logaddexp(nest * go[place], nest * living[place]) / nest
            going[place] = 1 / (1 + np.exp(np.clip(nest * (living[place] - go[place]), -700, 700)))
    return value, weight, going, expected
