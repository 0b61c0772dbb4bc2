"""Individual choice of the next leg, of ending the journey, or of staying put (ODD eq. 23)."""

from __future__ import annotations

from corridor.model.machine_code import Floats, Int, Ints, Real, compiled
from corridor.model.purposes import Purpose
from corridor.model.streams import philox, unit

_STREAM = Purpose.CHOICE.stream
STAY = -1
"""Choice to end the journey at the present place (settle, or give up)."""
NONE = -2
"""Nothing affordable: the person stays where they are."""
UNDECIDED = -1.0
"""Value of a person's taste for their present country before they have weighed living there against moving on."""


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
    """Return one person's next leg among those they can afford, or `STAY`, or `NONE`.

    Parameters
    ----------
    taste : float
        Uniform in (0, 1) for living here: people below ``going`` move on.
    luck : float
        Uniform in (0, 1) for the choice among legs.
    onward : ndarray of int32
        Legs from the present place.
    weights : ndarray of float, shape (n_legs,)
        Weights of the person's group: see `corridor.model.kernels.values.Values`.
    going : float
        Probability that the group moves on from here; 1 for those who cannot end their journey.
    fee_usd, beyond_usd : ndarray of float, shape (n_legs,), USD
        Fee of a leg, and least cost beyond it: see `corridor.model.kernels.values.Values`.
    means_usd : float, USD
        Amount that the person can pay.
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
    """Return a person's uniforms at a place on one of their journeys: for the choice of leg, and for taste."""
    way, taste, _w2, _w3 = philox(person, journey, place, _STREAM, k0, k1)
    return unit(way), unit(taste)
