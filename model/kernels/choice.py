"""Individual choice of the next leg, of ending the journey, or of staying put (ODD eq. 23)."""

from __future__ import annotations

from corridor.model.machine_code import Floats, Int, Ints, Real, compiled
from corridor.model.purposes import Purpose
from corridor.model.streams import philox, unit

_STREAM = Purpose.CHOICE.stream
STAY = -1
"""Choice to end the journey at the present place (settle, or give up)."""
NONE = -2
"""Nothing that the person would take and can afford: they stay where they are."""
UNDECIDED = -1.0
"""Value of a person's taste for their present country before they have weighed living there against moving on."""


@compiled()
def payable_odds(onward: Ints, weights: Floats, fee_usd: Floats, beyond_usd: Floats, means_usd: Real) -> float:
    """Return the sum of the odds of legs that a person can pay for.

    Parameters
    ----------
    onward : ndarray of int32
        Legs from the present place.
    weights : ndarray of float, shape (n_legs,)
        Odds for the person's group: see `corridor.model.kernels.values.Values`.
    fee_usd, beyond_usd : ndarray of float, shape (n_legs,), USD
        Fee of a leg, and least cost beyond it: see `corridor.model.kernels.values.Values`.
    means_usd : float, USD
        Amount that the person can pay.
    """
    total = 0.0
    for leg in onward:
        if fee_usd[leg] + beyond_usd[leg] <= means_usd:
            total += weights[leg]
    return total


@compiled()
def going_now(going: Real, payable: Real, expected: Real, response: float) -> Real:
    """Return the probability that a person moves on by a leg that they can pay for: ODD eq. 23.

    Parameters
    ----------
    going : float
        Probability that the person's group moves on; 1 for those who cannot end their journey, and at home.
    payable, expected : float
        Odds of the legs that the person can pay for, and of those that the group counts on.
    response : float
        Exponent by which odds of legs change odds of going: nest parameter times scale.
    """
    if payable >= expected:
        return going
    less = (payable / expected) ** response
    return less if going == 1.0 else going * less / (1.0 - going + going * less)


@compiled()
def choose(
    luck: float,
    payable: Real,
    onward: Ints,
    weights: Floats,
    fee_usd: Floats,
    beyond_usd: Floats,
    means_usd: Real,
) -> Int:
    """Return a person's next leg among those they can pay for, or `NONE`.

    Parameters
    ----------
    luck : float
        Uniform in (0, 1).
    payable : float
        See `payable_odds`, as for the other parameters.
    onward : ndarray of int32
    weights : ndarray of float, shape (n_legs,)
    fee_usd, beyond_usd : ndarray of float, shape (n_legs,), USD
    means_usd : float, USD
    """
    remaining = luck * payable
    chosen = NONE
    for leg in onward:
        if fee_usd[leg] + beyond_usd[leg] <= means_usd and weights[leg] > 0.0:
            chosen = leg
            remaining -= weights[leg]
            if remaining < 0.0:
                break
    return chosen


@compiled()
def luck_of(person: Int, journey: Int, place: Int, k0: Int, k1: Int) -> tuple[float, float]:
    """Return a person's uniforms at a place on one of their journeys: for the choice of leg, and for taste."""
    way, taste, _w2, _w3 = philox(person, journey, place, _STREAM, k0, k1)
    return unit(way), unit(taste)
