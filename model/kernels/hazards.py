"""Which people have an event in this step: one pass over the whole population.

Every state has up to `N_CAUSES` competing causes with a hazard each. Within a step of length dt a person has an event
with probability dt * total, at most 1, and its cause is drawn in proportion to the hazards. Whoever enters a state has
a first chance to leave it one step later: the mean stay, dt / (dt * total), is then the same for any step length, which
it would not be with 1 - exp(-dt * total). Travel is timed instead: it ends at the step in ``due``. ODD eq. 4 and 5.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from corridor.model.kernels.instructions import trailing_zeros
from corridor.model.purposes import Purpose
from corridor.model.states import N_CAUSES, N_EVENTS, Event, State
from corridor.model.streams import TO_UNIT, philox, philox_numpy, unit

_HOME, _MOVING, _DEAD = int(State.HOME), int(State.MOVING), int(State.DEAD)
_ARRIVED = int(Event.ARRIVED)
_WHETHER, _WHICH = Purpose.WHETHER_AN_EVENT.stream, Purpose.WHICH_EVENT.stream
_ONE = np.uint64(1)
BLOCK = 4096
"""People whose events are listed together."""
_BATCH, _LANES = 64, 64
"""People whose luck is compared with their hazards at once, and sequences of blocks over which threads are spread."""


@njit(parallel=True, cache=True)
def draw_events(room, state, state_words, cell, due, susceptibility, rates, common, own, personal, dt, step, k0, k1):  # type: ignore[no-untyped-def]
    """Return who has an event in this step, event by event.

    Parameters
    ----------
    room : ndarray of int32, shape (n,)
        Written over.
    state : ndarray of uint8, shape (n,)
    state_words : ndarray of uint64, shape (n // 8,)
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

    Returns
    -------
    people : ndarray of int64
        Those with event e (``8 * state + cause``, causes from 1) are ``people[bounds[e]:bounds[e + 1]]``, sorted.
    bounds : ndarray of int64, shape (N_EVENTS + 1,)
    """
    # People of one community stand together, and more of some communities are on the move: every lane takes blocks from
    # all of them, so that threads have equal work.
    n_blocks = (state.size + BLOCK - 1) // BLOCK
    counts, found = np.zeros((n_blocks, N_EVENTS), dtype=np.int64), np.zeros(n_blocks, dtype=np.int64)
    for lane in prange(_LANES):
        luck = np.empty(_BATCH, dtype=np.uint32)
        for block in range(lane, n_blocks, _LANES):
            found[block] = _draw_block(
                block, luck, counts[block], room, state, state_words, cell, due, susceptibility, rates, common, own,
                personal, dt, step, k0, k1
            )  # fmt: skip
    return _list_events(counts, found, room)


@njit(cache=True)
def _draw_block(  # type: ignore[no-untyped-def]
    block, luck, counts, room, state, state_words, cell, due, susceptibility, rates, common, own, personal, dt, step,
    k0, k1
):  # fmt: skip
    """Write into the room of the block who has an event, and which; count by event, and return the number of all."""
    found = block * BLOCK
    for first in range(block * BLOCK, min((block + 1) * BLOCK, state.size), _BATCH):
        last = min(first + _BATCH, state.size)
        if last % 8 == 0 and not _any_away(state_words, first // 8, last // 8):
            continue
        # Four neighbours share the four numbers of one draw.
        for four in range(_BATCH // 4):
            luck[4 * four], luck[4 * four + 1], luck[4 * four + 2], luck[4 * four + 3] = philox(
                first // 4 + four, step, 0, _WHETHER, k0, k1
            )
        arrived, candidates = _compare(
            first, last - first, luck, state, cell, due, susceptibility, common, own, dt, step
        )
        while arrived:
            position, arrived = trailing_zeros(arrived), arrived & (arrived - _ONE)
            room[found] = _ARRIVED * BLOCK + first % BLOCK + position
            counts[_ARRIVED] += 1
            found += 1
        while candidates:
            position, candidates = trailing_zeros(candidates), candidates & (candidates - _ONE)
            event = _event_of(first + position, state, cell, susceptibility, rates, common, own, personal, step, k0, k1)
            if event:
                room[found] = event * BLOCK + first % BLOCK + position
                counts[event] += 1
                found += 1
    return found - block * BLOCK


@njit(inline="always")
def _any_away(state_words, first, last):  # type: ignore[no-untyped-def]
    together = np.uint64(0)
    for word in range(first, last):
        together |= state_words[word]
    return together != 0


@njit(cache=True)
def _compare(first, n, luck, state, cell, due, susceptibility, common, own, dt, step):  # type: ignore[no-untyped-def]
    """Return, as bits, who of a batch ends their travel, and who has another event (also of those at home: none).

    No branch, no store and no index that could be negative, so that the processor works on many people at once.
    """
    arrived, candidates = np.uint64(0), np.uint64(0)
    for position in range(np.uint64(n)):
        i = np.uint64(first) + np.uint64(position)
        s, c = np.uint64(state[i]), np.uint64(cell[i])
        total = np.float64(common[s, c]) + np.float64(own[s, c]) * np.float64(susceptibility[i])
        moves = s == _MOVING
        arrived |= np.uint64(moves & (step >= due[i])) << np.uint64(position)
        candidates |= np.uint64(~moves & (unit(luck[np.uint64(position)]) <= total * dt)) << np.uint64(position)
    return arrived, candidates


@njit(inline="always")
def _event_of(i, state, cell, susceptibility, rates, common, own, personal, step, k0, k1):  # type: ignore[no-untyped-def]
    """Return the event of a candidate; 0: none."""
    s, c = state[i], cell[i]
    if s in (_HOME, _DEAD):
        return 0
    total = np.float64(common[s, c]) + np.float64(own[s, c]) * susceptibility[i]
    event = 0
    w0, _w1, _w2, _w3 = philox(i, step, 1, _WHICH, k0, k1)
    remaining = unit(w0) * total
    for cause in range(N_CAUSES):
        rate = np.float64(rates[s, c, cause])
        if rate > 0.0:
            event = 8 * s + cause + 1
        remaining -= rate * susceptibility[i] if personal[s, cause] else rate
        if remaining < 0.0:
            break
    return event


@njit(cache=True)
def _list_events(counts, found, room):  # type: ignore[no-untyped-def]
    """Return people event by event, and where each event begins; ``counts`` becomes where those of a block end."""
    bounds = np.zeros(N_EVENTS + 1, dtype=np.int64)
    total = 0
    for event in range(N_EVENTS):
        bounds[event] = total
        for block in range(counts.shape[0]):
            mine = counts[block, event]
            counts[block, event] = total
            total += mine
    bounds[N_EVENTS] = total
    people = np.empty(total, dtype=np.int64)
    for block in range(counts.shape[0]):
        for position in range(block * BLOCK, block * BLOCK + found[block]):
            event = room[position] // BLOCK
            people[counts[block, event]] = block * BLOCK + room[position] % BLOCK
            counts[block, event] += 1
    return people, bounds


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
    """Plain NumPy twin of `split_rates`."""
    own = personal.astype(np.float32)[:, :, None]
    return (rates @ (1 - own))[:, :, 0], (rates @ own)[:, :, 0]


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
    """Plain NumPy twin of `draw_events`."""
    n = state.size
    own = rates[state, cell].astype(float) * np.where(personal[state], susceptibility[:, None].astype(float), 1.0)
    people = np.arange(n)

    def uniforms(who: NDArray[np.int64], purpose: int) -> NDArray[np.float64]:
        counter = np.zeros((n, 4), dtype=np.uint32)
        counter[:, 0], counter[:, 1], counter[:, 2], counter[:, 3] = who, step, purpose, _WHICH
        return (philox_numpy(counter, key).astype(float) + 0.5) * TO_UNIT

    luck = uniforms(people // 4, 0)[people, people % 4]
    total = own.sum(axis=1)
    bound = uniforms(people, 1)[:, 0] * total
    cause = np.minimum((np.cumsum(own, axis=1) <= bound[:, None]).sum(axis=1), N_CAUSES - 1)
    event = np.where(luck <= total * dt, 8 * state.astype(int) + cause + 1, 0)
    event[(state == State.HOME) | (state == State.DEAD)] = 0
    moving = state == State.MOVING
    event[moving] = np.where(step >= due[moving], int(Event.ARRIVED), 0)
    return event.astype(np.uint8)
