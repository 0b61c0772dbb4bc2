"""Choosing among ways, person by person: the next leg, to end the journey, or nothing (ODD eq. 23)."""

from __future__ import annotations

from corridor.model.machine_code import Floats, Int, Ints, Real, compiled
from corridor.model.purposes import Purpose
from corridor.model.streams import philox, unit

_STREAM = Purpose.CHOICE.stream
STAY = -1
"""Choice to end the journey here (settle, or give up)."""
NONE = -2
"""Nothing affordable: the person stays where they are."""
UNDECIDED = -1.0
"""Taste for the country where a person is, before they have weighed living there against going on."""


@compiled()
def choose(
    taste: Real,
    luck: float,
    onward: Ints,
    weights: Floats,
    going: Real,
    fee_usd: Floats,
    beyond_usd: Floats,
    means_usd: Real,
) -> Int:
    """Return the next leg of one person (or `STAY`, or `NONE`), among what they can pay.

    Parameters
    ----------
    taste : float
        In (0, 1), for living here: who is below ``going`` goes on.
    luck : float
        In (0, 1), among the legs.
    onward : ndarray of int32
        Legs out of the place where they are.
    weights : ndarray of float, shape (n_legs,)
        Of their group: see `corridor.model.kernels.values.Values`.
    going : float
        Probability that the group goes on from here; 1 for those who cannot end their journey.
    fee_usd, beyond_usd : ndarray of float, shape (n_legs,), USD
        Of a leg, and what it takes beyond it: see `corridor.model.kernels.values.Values`.
    means_usd : float, USD
        What the person can pay.
    """
    if taste >= going:
        return STAY
    total = 0.0
    for leg in onward:
        if fee_usd[leg] + beyond_usd[leg] <= means_usd:
            total += weights[leg]
    if total <= 0.0:
        return NONE
    remaining = luck * total
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
    """Return the luck of a person at a place on a journey of their life: among legs, and in their taste for it."""
    way, taste, _w2, _w3 = philox(person, journey, place, _STREAM, k0, k1)
    return unit(way), unit(taste)
