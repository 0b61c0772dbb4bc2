"""Choice of way: the value of every place and the next leg of those who decide.

The value of being at place p is the log-sum of a discounted recursive logit (Fosgerau, Frejinger and Karlstrom 2013,
doi:10.1016/j.trb.2013.07.012; discount for limited foresight after Oyama and Hato 2017, doi:10.1016/j.trc.2017.09.014):

    V(p) = mu * log( sum_l exp((u_l + beta V(end of l)) / mu) + exp(U(p) / mu) )

where U(p) is the value of ending the journey at p (to settle, or to give up). ODD eq. 22 and 23.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from model.streams import TO_UNIT, Stream, philox

_STREAM = int(Stream.CHOICE)
STAY = -1
"""Choice to end the journey here (settle, or give up)."""
NONE = -2
"""Nothing affordable: the person stays where they are."""


@njit(parallel=True, cache=True)
def solve_values(value, utility, end_utility, first_leg, leg_by_origin, leg_destination, beta, mu, sweeps, tolerance):  # type: ignore[no-untyped-def]
    """Improve ``value`` in place by at most ``sweeps`` passes over the legs, group by group.

    Parameters
    ----------
    value : ndarray of float, shape (n_groups, n_places)
        Start and result, utils.
    utility : ndarray of float, shape (n_groups, n_legs)
        Perceived utility of each leg; -inf where closed.
    end_utility : ndarray of float, shape (n_groups, n_places)
        Utility of ending the journey at a place; -inf where impossible.
    first_leg : ndarray of int32, shape (n_places + 1,)
    leg_by_origin : ndarray of int32, shape (n_legs,)
        Legs out of place p are ``leg_by_origin[first_leg[p]:first_leg[p + 1]]``.
    leg_destination : ndarray of int32, shape (n_legs,)
    beta, mu : float
        Foresight and scale.
    sweeps : int
    tolerance : float
        Stop when no value moves by more, utils.
    """
    n_places = value.shape[1]
    for group in prange(value.shape[0]):
        for _ in range(sweeps):
            moved = 0.0
            for backwards in range(n_places):
                place = n_places - 1 - backwards
                best = end_utility[group, place]
                for position in range(first_leg[place], first_leg[place + 1]):
                    leg = leg_by_origin[position]
                    best = max(best, utility[group, leg] + beta * value[group, leg_destination[leg]])
                if best == -np.inf:
                    value[group, place] = -1e3
                    continue
                total = np.exp((end_utility[group, place] - best) / mu)
                for position in range(first_leg[place], first_leg[place + 1]):
                    leg = leg_by_origin[position]
                    own = utility[group, leg] + beta * value[group, leg_destination[leg]]
                    total += np.exp((own - best) / mu)
                new = best + mu * np.log(total)
                moved = max(moved, abs(new - value[group, place]))
                value[group, place] = new
            if moved < tolerance:
                break


@njit(cache=True)
def choose_legs(  # type: ignore[no-untyped-def]
    chosen, people, place, group, means, may_end, journeys, weight, end_weight, fee, first_leg, leg_by_origin, k0, k1
):
    """Draw the next leg (or `STAY`, or `NONE`) of each person who decides, among what they can pay.

    Parameters
    ----------
    chosen : ndarray of int32, shape (n,)
        Output.
    people : ndarray of int64, shape (n,)
        Person numbers; the next four arrays are in the same order, shape (n,).
    place, group, journeys : ndarray of int
    means : ndarray of float, USD
        What a person can pay.
    may_end : ndarray of bool
        Whether ending the journey here is open to the person at all.
    weight : ndarray of float, shape (n_groups, n_legs)
        exp of the value of each leg relative to its start place; 0 where closed.
    end_weight : ndarray of float, shape (n_groups, n_places)
        The same for ending the journey.
    fee : ndarray of float, shape (n_legs,), USD
    first_leg, leg_by_origin : ndarray of int32
        See `solve_values`.
    k0, k1 : int
        The two halves of the seed.
    """
    for row in range(people.size):
        g, p = group[row], place[row]
        end = end_weight[g, p] if may_end[row] else 0.0
        total = end
        for position in range(first_leg[p], first_leg[p + 1]):
            leg = leg_by_origin[position]
            if fee[leg] <= means[row]:
                total += weight[g, leg]
        chosen[row] = NONE
        if total <= 0.0:
            continue
        word, _w1, _w2, _w3 = philox(people[row], journeys[row], p, _STREAM, k0, k1)
        remaining = (word + 0.5) * TO_UNIT * total
        for position in range(first_leg[p], first_leg[p + 1]):
            leg = leg_by_origin[position]
            if fee[leg] <= means[row]:
                remaining -= weight[g, leg]
                if remaining < 0.0:
                    chosen[row] = leg
                    break
        if remaining >= 0.0 and end > 0.0:
            chosen[row] = STAY


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
    value = np.full_like(end_utility, -1e3)
    for _ in range(sweeps):
        new = end_utility / mu
        own = (utility + beta * value[:, destination]) / mu
        for leg in range(origin.size):
            new[:, origin[leg]] = np.logaddexp(new[:, origin[leg]], own[:, leg])
        value = np.where(np.isneginf(new), -1e3, mu * new)
    return value
