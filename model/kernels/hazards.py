"""Which people have an event in this step: one pass over the whole population.

Every state has up to `N_CAUSES` competing causes with a hazard each. Within a step of length dt a person has an event
with probability 1 - exp(-dt * total), and its cause is drawn in proportion to the hazards, so that any step length
gives the same hazards. Travel is timed instead: it ends at the step in ``due``. ODD eq. 4 and 5.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from model.states import N_CAUSES, Event, State
from model.streams import TO_UNIT, Stream, philox, philox_numpy, unit

_HOME, _DEAD, _MOVING = int(State.HOME), int(State.DEAD), int(State.MOVING)
_ARRIVED = int(Event.ARRIVED)
_STREAM = int(Stream.HAZARD)
_BLOCK, _LANES = 512, 64
"""Words of eight people in a block, and sequences of blocks over which threads are spread."""


@njit(parallel=True, cache=True)
def draw_events(  # type: ignore[no-untyped-def]
    event, state, event_words, state_words, cell, due, susceptibility, rates, common, own, personal, dt, step, k0, k1
):
    """Write each person's event of this step (0: none) into ``event``.

    Parameters
    ----------
    event : ndarray of uint8, shape (n,)
        Output: ``8 * state + cause`` with causes from 1.
    state : ndarray of uint8, shape (n,)
    event_words, state_words : ndarray of uint64, shape (n // 8,)
        The same memory, eight people at a time: where all are at home (state 0) they are passed over at once.
    cell : ndarray of int32, shape (n,)
        Place x profile of the person.
    due : ndarray of int32, shape (n,)
        Step at which travel ends.
    susceptibility : ndarray of float32, shape (n,)
        Personal multiplier on the causes marked in ``personal``.
    rates : ndarray of float32, shape (n_states, n_cells, n_causes), per year
    common, own : ndarray of float32, shape (n_states, n_cells), per year
        Sum over the causes that do not, and that do, depend on the person: see `split_rates`.
    personal : ndarray of bool, shape (n_states, n_causes)
    dt : float, years
    step, k0, k1 : int
        Step number and the two halves of the seed.
    """
    # People of one community stand together, and more of some communities are on the move: every lane takes blocks from
    # all of them, so that threads have equal work.
    n_words = (state.size + 7) // 8
    n_blocks = (n_words + _BLOCK - 1) // _BLOCK
    for lane in prange(_LANES):
        for block in range(lane, n_blocks, _LANES):
            for word in range(block * _BLOCK, min((block + 1) * _BLOCK, n_words)):
                if word < state_words.size and state_words[word] == 0:
                    event_words[word] = 0
                    continue
                four = -1
                luck = (np.uint32(0), np.uint32(0), np.uint32(0), np.uint32(0))
                for i in range(8 * word, min(8 * word + 8, state.size)):
                    event[i] = 0
                    s = state[i]
                    if s in (_HOME, _DEAD):
                        continue
                    if s == _MOVING:
                        if step >= due[i]:
                            event[i] = _ARRIVED
                        continue
                    total = np.float64(common[s, cell[i]]) + np.float64(own[s, cell[i]]) * susceptibility[i]
                    if total <= 0.0:
                        continue
                    # Four neighbours share the four numbers of one draw.
                    if i // 4 != four:
                        four = i // 4
                        luck = philox(four, step, 0, _STREAM, k0, k1)
                    # 1 - exp(-x) is at most x: most people are passed over without computing the exponential.
                    u = unit(luck[i % 4])
                    if u > total * dt or u > 1.0 - np.exp(-total * dt):
                        continue
                    w0, _w1, _w2, _w3 = philox(i, step, 1, _STREAM, k0, k1)
                    remaining = unit(w0) * total
                    for cause in range(N_CAUSES):
                        rate = np.float64(rates[s, cell[i], cause])
                        if rate > 0.0:
                            event[i] = 8 * s + cause + 1
                        remaining -= rate * susceptibility[i] if personal[s, cause] else rate
                        if remaining < 0.0:
                            break


@njit(cache=True)
def split_rates(states, rates, personal, common, own):  # type: ignore[no-untyped-def]
    """Sum the rates of the causes that do not (``common``) and that do (``own``) depend on the person.

    Parameters
    ----------
    states : ndarray of int
        States whose rates have changed; the sums of others are left as they are.
    rates : ndarray of float32, shape (n_states, n_cells, n_causes), per year
    personal : ndarray of bool, shape (n_states, n_causes)
    common, own : ndarray of float32, shape (n_states, n_cells), per year
        Output.
    """
    for state in states:
        for cell in range(rates.shape[1]):
            shared, mine = np.float32(0.0), np.float32(0.0)
            for cause in range(rates.shape[2]):
                if personal[state, cause]:
                    mine += rates[state, cell, cause]
                else:
                    shared += rates[state, cell, cause]
            common[state, cell], own[state, cell] = shared, mine


def split_rates_numpy(
    rates: NDArray[np.float32], personal: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what `split_rates` writes: its plain NumPy twin."""
    own = personal.astype(np.float32)[:, :, None]
    return (rates @ (1 - own))[:, :, 0], (rates @ own)[:, :, 0]


@njit(cache=True)
def having_events(event, words, people):  # type: ignore[no-untyped-def]
    """Write the people who have an event into ``people``, in order, and return how many they are.

    Parameters
    ----------
    event : ndarray of uint8, shape (n,)
    words : ndarray of uint64, shape (n // 8,)
        The same memory, eight people at a time: most words are zero and are passed over.
    people : ndarray of int64, shape (n,)
        Output.
    """
    found = 0
    for word in range(words.size):
        if words[word] != 0:
            for i in range(8 * word, 8 * word + 8):
                if event[i] != 0:
                    people[found] = i
                    found += 1
    for i in range(8 * words.size, event.size):
        if event[i] != 0:
            people[found] = i
            found += 1
    return found


def draw_events_numpy(
    state: NDArray[np.uint8],
    cell: NDArray[np.int32],
    due: NDArray[np.int32],
    susceptibility: NDArray[np.float32],
    rates: NDArray[np.float32],
    personal: NDArray[np.bool_],
    dt: float,
    step: int,
    key: tuple[int, int],
) -> NDArray[np.uint8]:
    """Return what `draw_events` writes: its plain NumPy twin."""
    n = state.size
    own = rates[state, cell].astype(float) * np.where(personal[state], susceptibility[:, None].astype(float), 1.0)
    people = np.arange(n)

    def uniforms(who: NDArray[np.int64], purpose: int) -> NDArray[np.float64]:
        counter = np.zeros((n, 4), dtype=np.uint32)
        counter[:, 0], counter[:, 1], counter[:, 2], counter[:, 3] = who, step, purpose, _STREAM
        return (philox_numpy(counter, key).astype(float) + 0.5) * TO_UNIT

    luck = uniforms(people // 4, 0)[people, people % 4]
    total = own.sum(axis=1)
    bound = uniforms(people, 1)[:, 0] * total
    cause = np.minimum((np.cumsum(own, axis=1) <= bound[:, None]).sum(axis=1), N_CAUSES - 1)
    event = np.where(luck <= -np.expm1(-total * dt), 8 * state.astype(int) + cause + 1, 0)
    event[(state == State.HOME) | (state == State.DEAD)] = 0
    moving = state == State.MOVING
    event[moving] = np.where(step >= due[moving], int(Event.ARRIVED), 0)
    return event.astype(np.uint8)
