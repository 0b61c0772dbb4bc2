"""Events of people in plain NumPy: what `corridor.model.kernels.hazards` draws."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.events import Event
from corridor.model.kernels.clock import Clock
from corridor.model.kernels.columns import ScannedColumns
from corridor.model.kernels.hazards import HazardRates
from corridor.model.purposes import Purpose
from corridor.model.states import N_CAUSES, State
from corridor.model.streams import TO_UNIT, philox_numpy


def split_rates_numpy(
    rates: NDArray[np.float32], personal: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Plain NumPy twin of `split_rates`."""
    own = personal.astype(np.float32)[:, :, None]
    return (rates @ (1 - own))[:, :, 0], (rates @ own)[:, :, 0]


def draw_events_numpy(population: ScannedColumns, rates: HazardRates, clock: Clock) -> NDArray[np.uint8]:
    """Return the event of everybody, 0 for none: plain NumPy twin of `draw_events`."""
    state, step, n = population.state, clock.now, population.state.size
    multiplier = np.where(rates.personal[state], population.susceptibility[:, None].astype(float), 1.0)
    own = rates.of_cause[state, population.cell].astype(float) * multiplier
    people = np.arange(n)

    def uniforms(who: NDArray[np.int64], purpose: int) -> NDArray[np.float64]:
        counter = np.zeros((n, 4), dtype=np.uint32)
        counter[:, 0], counter[:, 1], counter[:, 2], counter[:, 3] = who, step, purpose, Purpose.WHICH_EVENT.stream
        return (philox_numpy(counter, (int(clock.k0), int(clock.k1))).astype(float) + 0.5) * TO_UNIT

    luck = uniforms(people // 4, 0)[people, people % 4]
    total = own.sum(axis=1)
    bound = uniforms(people, 1)[:, 0] * total
    cause = np.minimum((np.cumsum(own, axis=1) <= bound[:, None]).sum(axis=1), N_CAUSES - 1)
    event = np.where(luck <= total * clock.years, 8 * state.astype(int) + cause + 1, 0)
    event[(state == State.HOME) | (state == State.DEAD)] = 0
    moving = state == State.MOVING
    event[moving] = np.where(step >= population.due[moving], int(Event.ARRIVED), 0)
    return event.astype(np.uint8)
