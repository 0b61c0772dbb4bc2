"""Choice of way: the value of every place and the next leg of those who decide.

The value of being at place p is the log-sum of a discounted recursive logit (Fosgerau, Frejinger and Karlstrom 2013,
doi:10.1016/j.trb.2013.07.012; discount for limited foresight after Oyama and Hato 2017, doi:10.1016/j.trc.2017.09.014):

    V(p) = mu * log( sum_l exp((u_l + beta V(end of l)) / mu) + exp(U(p) / mu) )

where U(p) is the value of ending the journey at p (to settle, or to give up). ODD eq. 22 and 23.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from model.streams import Stream, philox, unit

_STREAM = int(Stream.CHOICE)
STAY = -1
"""Choice to end the journey here (settle, or give up)."""
NONE = -2
"""Nothing affordable: the person stays where they are."""
_HOPELESS = -32 * np.log(2.0)
"""Utils below the best option, over the scale, at which its odds fall below the lattice of the draws, 2**-32."""
_NOWHERE = -1e3
"""Value of a place from which nothing can be done, utils."""


@njit(inline="always")
def _relative(difference, mu):  # type: ignore[no-untyped-def]
    """Return exp(difference / mu) without computing it for the best option or for a hopeless one."""
    if difference == 0.0:
        return 1.0
    return np.exp(difference / mu) if difference > _HOPELESS * mu else 0.0


@njit(cache=True)
def perceive_legs(utility, common, attitude, weights, risk):  # type: ignore[no-untyped-def]
    """Write the perceived utility of every leg for groups = community x attitude (ODD eq. 20).

    Parameters
    ----------
    utility : ndarray of float, shape (n_communities * n_attitudes, n_legs), utils
        Output.
    common : ndarray of float, shape (n_legs,), utils
        What is the same for all; -inf where closed.
    attitude : ndarray of float, shape (n_attitudes,)
        Multiplier on what risks weigh.
    weights : ndarray of float, shape (3,), utils per unit of probability
    risk : ndarray of float, shape (3, n_communities, n_legs)
    """
    for group in range(utility.shape[0]):
        _perceive(utility[group], common, attitude[group % attitude.size], weights, risk[:, group // attitude.size])


@njit(cache=True)
def _perceive(utilities, common, factor, weights, risks):  # type: ignore[no-untyped-def]
    interception, death, exploitation = risks
    for leg in range(common.size):
        harm = weights[0] * interception[leg] + weights[1] * death[leg]
        utilities[leg] = common[leg] + factor * (harm + weights[2] * exploitation[leg])


def perceive_legs_numpy(
    common: NDArray[np.float64], attitude: NDArray[np.float64], weights: NDArray[np.float64], risk: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what `perceive_legs` writes: its plain NumPy twin."""
    harm = np.tensordot(weights, risk, 1)
    return (common + attitude[None, :, None] * harm[:, None, :]).reshape(-1, common.size)


class Setback(NamedTuple):
    """What follows an interception on the legs that an agency guards, n of them (ODD eq. 20a)."""

    leg: NDArray[np.integer]
    """Numbers of the legs, shape (n,)."""
    here: NDArray[np.integer]
    """Place where those stopped find themselves, shape (n,)."""
    origin: NDArray[np.integer]
    destination: NDArray[np.integer]
    """Places that the legs join, shape (n,)."""
    practice: NDArray[np.float64]
    """Shares put back, detained and returned, shape (3, n)."""
    waiting: NDArray[np.float64]
    """What time in detention costs, utils, shape (n,)."""
    retry_share: float
    """Of those put back, who try again."""
    detained_return_share: float
    """Of those detained, who are returned."""
    weight: float
    """Of what comes after an interception."""


@njit(cache=True)
def add_setbacks(utility, value, home, risk, set_back):  # type: ignore[no-untyped-def]
    """Add what an interception is expected to take from the value of going on (ODD eq. 20a).

    Parameters
    ----------
    utility : ndarray of float, shape (n_groups, n_legs), utils
        Changed in place.
    value : ndarray of float, shape (n_groups, n_places), utils
        Of being at a place.
    home : ndarray of int, shape (n_communities,)
        For as many groups each, one after the other.
    risk : ndarray of float, shape (n_communities, n_legs)
        Perceived probability of interception.
    set_back : Setback
    """
    groups_each = value.shape[0] // home.size
    for group in range(value.shape[0]):
        community = group // groups_each
        at_home = value[group, home[community]]
        _set_back(utility[group], value[group], at_home, risk[community], set_back)


@njit(cache=True)
def _set_back(utilities, values, at_home, risks, set_back):  # type: ignore[no-untyped-def]
    for row in range(set_back.leg.size):
        leg, here = set_back.leg[row], values[set_back.here[row]]
        put_back, detained, returned = set_back.practice[:, row]
        after_detention = here + set_back.detained_return_share * (at_home - here) + set_back.waiting[row]
        back = at_home + set_back.retry_share * (values[set_back.origin[row]] - at_home)
        after = put_back * back + detained * after_detention + returned * at_home
        after += (1 - put_back - detained - returned) * here
        utilities[leg] += set_back.weight * risks[leg] * (after - values[set_back.destination[row]])


def add_setbacks_numpy(
    utility: NDArray[np.float64],
    value: NDArray[np.float64],
    home: NDArray[np.int64],
    risk: NDArray[np.float64],
    set_back: Setback,
) -> NDArray[np.float64]:
    """Return what `add_setbacks` makes of ``utility``: its plain NumPy twin."""
    each = value.shape[0] // home.size
    at_home = value[np.arange(value.shape[0]), np.repeat(home, each)][:, None]
    here, origin, end = (value[:, place] for place in (set_back.here, set_back.origin, set_back.destination))
    put_back, detained, returned = set_back.practice
    after_detention = here + set_back.detained_return_share * (at_home - here) + set_back.waiting
    back = at_home + set_back.retry_share * (origin - at_home)
    after = put_back * back + detained * after_detention + returned * at_home
    after = after + (1 - put_back - detained - returned) * here
    changed = utility.copy()
    changed[:, set_back.leg] += set_back.weight * np.repeat(risk[:, set_back.leg], each, axis=0) * (after - end)
    return changed


@njit(parallel=True, cache=True, error_model="numpy")
def solve_values(  # type: ignore[no-untyped-def]
    value, weight, end_weight, utility, end_utility, first_leg, leg_by_origin, leg_destination, first_place, reached,
    beta, mu, sweeps, tolerance
):  # fmt: skip
    """Improve ``value`` in place by at most ``sweeps`` passes over the places that a group can be at.

    Parameters
    ----------
    value : ndarray of float, shape (n_groups, n_places)
        Start and result, utils.
    weight : ndarray of float, shape (n_groups, n_legs)
        Output: probability of each leg out of the place where it begins, were everything affordable.
    end_weight : ndarray of float, shape (n_groups, n_places)
        Output: the same for ending the journey.
    utility : ndarray of float, shape (n_groups, n_legs)
        Perceived utility of each leg; -inf where closed.
    end_utility : ndarray of float, shape (n_communities, n_places)
        Utility of ending the journey at a place, for as many groups each, one after the other; -inf where impossible.
    first_leg : ndarray of int32, shape (n_places + 1,)
    leg_by_origin : ndarray of int32, shape (n_legs,)
        Legs out of place p are ``leg_by_origin[first_leg[p]:first_leg[p + 1]]``.
    leg_destination : ndarray of int32, shape (n_legs,)
    first_place : ndarray of int32, shape (n_groups + 1,)
    reached : ndarray of int32
        Places of group g, in the order of a pass, are ``reached[first_place[g]:first_place[g + 1]]``; nothing is
        written for others.
    beta, mu : float
        Foresight and scale.
    sweeps : int
    tolerance : float
        Stop when no value moves by more, utils.
    """
    groups_each = value.shape[0] // end_utility.shape[0]
    for group in prange(value.shape[0]):
        places = reached[first_place[group] : first_place[group + 1]]
        _solve(
            value[group], weight[group], end_weight[group], utility[group], end_utility[group // groups_each],
            first_leg, leg_by_origin, leg_destination, places, beta, mu, sweeps, tolerance,
        )  # fmt: skip


@njit(cache=True, error_model="numpy")
def _solve(  # type: ignore[no-untyped-def]
    values, weights, end_weights, utilities, ends, first_leg, leg_by_origin, leg_destination, places, beta, mu, sweeps,
    tolerance
):  # fmt: skip
    for _ in range(sweeps):
        moved = 0.0
        # Positions without a sign: the inner loops are spared the test for one that counts from the end.
        for row in range(places.size):
            place = np.uint32(places[row])
            first, last = np.uint32(first_leg[place]), np.uint32(first_leg[place + 1])
            best = ends[place]
            for position in range(first, last):
                leg = np.uint32(leg_by_origin[position])
                own = utilities[leg] + beta * values[np.uint32(leg_destination[leg])]
                weights[leg] = own
                best = max(best, own)
            if best == -np.inf:
                values[place] = _NOWHERE
                end_weights[place] = 0.0
                for position in range(first, last):
                    weights[np.uint32(leg_by_origin[position])] = 0.0
                continue
            end = _relative(ends[place] - best, mu)
            total = end
            for position in range(first, last):
                leg = np.uint32(leg_by_origin[position])
                weights[leg] = _relative(weights[leg] - best, mu)
                total += weights[leg]
            end_weights[place] = end / total
            for position in range(first, last):
                weights[np.uint32(leg_by_origin[position])] /= total
            new = best + mu * np.log(total)
            moved = max(moved, abs(new - values[place]))
            values[place] = new
        if moved < tolerance:
            break


@njit(parallel=True, cache=True, error_model="numpy")
def update_values(  # type: ignore[no-untyped-def]
    value, weight, end_weight, common, attitude, risk_weights, risk, home, set_back, end_utility, first_leg,
    leg_by_origin, leg_destination, first_place, reached, beta, mu, sweeps, tolerance
):  # fmt: skip
    """Do what `perceive_legs`, `add_setbacks` and `solve_values` do one after the other.

    Group by group, so that what a group perceives never leaves the nearest cache. Those who are stopped go on at the
    values before this call. Arguments are those of the three.
    """
    for group in prange(value.shape[0]):
        community = group // attitude.size
        values, utilities = value[group], np.empty(common.size)
        _perceive(utilities, common, attitude[group % attitude.size], risk_weights, risk[:, community])
        _set_back(utilities, values, values[home[community]], risk[0, community], set_back)
        places = reached[first_place[group] : first_place[group + 1]]
        _solve(
            values, weight[group], end_weight[group], utilities, end_utility[community], first_leg, leg_by_origin,
            leg_destination, places, beta, mu, sweeps, tolerance,
        )  # fmt: skip


def reachable(
    home: NDArray[np.integer],
    origin: NDArray[np.integer],
    destination: NDArray[np.integer],
    further: NDArray[np.integer],
) -> list[NDArray[np.int32]]:
    """Return the places that each community can come to along legs, those further on first.

    In the order of a depth-first search's ends a place stands behind all that legs out of it lead to, but for round
    trips: one pass brings news from anywhere downstream to where people start.

    Parameters
    ----------
    home : ndarray of int, shape (n_communities,)
        Places where people start.
    origin, destination : ndarray of int, shape (n_legs,)
    further : ndarray of int
        Places where anyone may start, too.
    """
    onwards: dict[int, list[int]] = {}
    for start, end in zip(origin.tolist(), destination.tolist(), strict=True):
        onwards.setdefault(start, []).append(end)
    found = []
    for start in home:
        places: dict[int, None] = {}
        visited: set[int] = set()
        for first in (int(start), *map(int, further)):
            _visit(first, onwards, visited, places)
        found.append(np.array(list(places), dtype=np.int32))
    return found


def _visit(first: int, onwards: dict[int, list[int]], visited: set[int], places: dict[int, None]) -> None:
    """Add a place and all that can be reached from it to ``places``, each when its onward places are there."""
    if first in visited:
        return
    visited.add(first)
    path = [(first, iter(onwards.get(first, ())))]
    while path:
        following = next((p for p in path[-1][1] if p not in visited), None)
        if following is None:
            places[path.pop()[0]] = None
        else:
            visited.add(following)
            path.append((following, iter(onwards.get(following, ()))))


@njit(cache=True)
def draw_leg(person, journey, place, weight, end, fee, means, first_leg, leg_by_origin, k0, k1):  # type: ignore[no-untyped-def]
    """Return the next leg of one person (or `STAY`, or `NONE`), among what they can pay.

    Parameters
    ----------
    person, journey, place : int
        Numbers of the person, of the journey in their life, and of the place where they are.
    weight : ndarray of float, shape (n_legs,)
        exp of the value of each leg relative to its start place, for the person's group; 0 where closed.
    end : float
        The same for ending the journey here; 0 if that is not open to the person.
    fee : ndarray of float, shape (n_legs,), USD
    means : float, USD
        What the person can pay.
    first_leg, leg_by_origin : ndarray of int32
        See `solve_values`.
    k0, k1 : int
        The two halves of the seed.
    """
    total = end
    for position in range(first_leg[place], first_leg[place + 1]):
        leg = leg_by_origin[position]
        if fee[leg] <= means:
            total += weight[leg]
    if total <= 0.0:
        return NONE
    word, _w1, _w2, _w3 = philox(person, journey, place, _STREAM, k0, k1)
    remaining = unit(word) * total
    for position in range(first_leg[place], first_leg[place + 1]):
        leg = leg_by_origin[position]
        if fee[leg] <= means:
            remaining -= weight[leg]
            if remaining < 0.0:
                return np.int64(leg)
    return STAY if end > 0.0 else NONE


def solve_values_numpy(
    utility: NDArray[np.float64],
    end_utility: NDArray[np.float64],
    origin: NDArray[np.int32],
    destination: NDArray[np.int32],
    beta: float,
    mu: float,
    sweeps: int = 500,
) -> NDArray[np.float64]:
    """Return the values of all places by plain value iteration: the twin of `solve_values`.

    Parameters
    ----------
    utility : ndarray of float, shape (n_groups, n_legs)
    end_utility : ndarray of float, shape (n_groups, n_places)
    origin, destination : ndarray of int, shape (n_legs,)
    beta, mu : float
    sweeps : int

    Returns
    -------
    ndarray of float, shape (n_groups, n_places)
    """
    value = np.full_like(end_utility, _NOWHERE)
    for _ in range(sweeps):
        new = end_utility / mu
        own = (utility + beta * value[:, destination]) / mu
        for leg in range(origin.size):
            new[:, origin[leg]] = np.logaddexp(new[:, origin[leg]], own[:, leg])
        value = np.where(np.isneginf(new), _NOWHERE, mu * new)
    return value
