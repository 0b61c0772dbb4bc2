"""Events of a step: one pass over the whole population.

Every state has up to `N_CAUSES` competing causes with a hazard each. In a step of length dt a person has an event with
probability dt * total, at most 1, and its cause is drawn in proportion to the hazards. People can first leave a state
one step after entering it. The mean stay, dt / (dt * total), is then independent of step length, as it would not be
with 1 - exp(-dt * total). Travel is timed instead: it ends at the step in ``due``. ODD eq. 4 and 5.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from corridor.model.kernels.clock import Clock
from corridor.model.kernels.columns import ScannedColumns
from corridor.model.kernels.instructions import trailing_zeros
from corridor.model.machine_code import Int, Ints, compiled, inlined
from corridor.model.purposes import Purpose
from corridor.model.states import ARRIVED, N_CAUSES, N_EVENTS, State
from corridor.model.streams import philox, unit

_HOME, _MOVING, _DEAD = int(State.HOME), int(State.MOVING), int(State.DEAD)
_WHETHER, _WHICH = Purpose.WHETHER_AN_EVENT.stream, Purpose.WHICH_EVENT.stream
_ONE = np.uint64(1)
BLOCK = 4096
"""Number of people in a block, whose events are listed together."""
_BATCH, _LANES = 64, 64
"""People whose draws are compared with their hazards at once; sequences of blocks that threads share."""


class HazardRates(NamedTuple):
    """Annual hazards of all events, by state and cell (place x profile)."""

    of_cause: NDArray[np.float32]
    """Shape (n_states, n_cells, n_causes)."""
    personal: NDArray[np.bool_]
    """Causes whose hazards are multiplied by a person's susceptibility, shape (n_states, n_causes)."""
    common: NDArray[np.float32]
    """Sum over causes independent of susceptibility, shape (n_states, n_cells): see `split_rates`."""
    own: NDArray[np.float32]
    """Sum over the other causes, before the person's susceptibility, shape (n_states, n_cells)."""


@compiled(parallel=True)
def draw_events(
    people: ScannedColumns, rates: HazardRates, clock: Clock
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the people who have an event in this step, by event.

    Eight neighbours who are all at home (state 0) are skipped at once.

    Parameters
    ----------
    people : ScannedColumns
    rates : HazardRates
    clock : Clock

    Returns
    -------
    people : ndarray of int64
        People with event e (``8 * state + cause``, causes from 1) are ``people[bounds[e]:bounds[e + 1]]``, sorted.
    bounds : ndarray of int64, shape (N_EVENTS + 1,)
    """
    # People of a community are adjacent, and some communities are more mobile: every lane takes blocks from all of
    # them, so that threads have equal work.
    n_blocks = (people.state.size + BLOCK - 1) // BLOCK
    counts, found = np.zeros((n_blocks, N_EVENTS), dtype=np.int64), np.zeros(n_blocks, dtype=np.int64)
    for lane in prange(_LANES):
        luck = np.empty(_BATCH, dtype=np.uint32)
        for block in range(lane, n_blocks, _LANES):
            found[block] = _draw_block(block, luck, counts[block], people, rates, clock)
    return _list_events(counts, found, people.scratch)


@compiled()
def _draw_block(block: Int, luck: Ints, counts: Ints, people: ScannedColumns, rates: HazardRates, clock: Clock) -> Int:
    """Write into the scratch of the block who has an event, and which; count by event, and return the number of all."""
    found, scratch, n = block * BLOCK, people.scratch, people.state.size
    for first in range(block * BLOCK, min((block + 1) * BLOCK, n), _BATCH):
        last = min(first + _BATCH, n)
        if last % 8 == 0 and not _any_away(people.state_words, first // 8, last // 8):
            continue
        # Four neighbours use the four numbers of one draw.
        for four in range(_BATCH // 4):
            luck[4 * four], luck[4 * four + 1], luck[4 * four + 2], luck[4 * four + 3] = philox(
                first // 4 + four, clock.now, 0, _WHETHER, clock.k0, clock.k1
            )
        arrived, candidates = _compare(first, last - first, luck, people, rates, clock)
        while arrived:
            position, arrived = trailing_zeros(arrived), arrived & (arrived - _ONE)
            scratch[found] = ARRIVED * BLOCK + first % BLOCK + position
            counts[ARRIVED] += 1
            found += 1
        while candidates:
            position, candidates = trailing_zeros(candidates), candidates & (candidates - _ONE)
            event = _event_of(first + position, people, rates, clock)
            if event:
                scratch[found] = event * BLOCK + first % BLOCK + position
                counts[event] += 1
                found += 1
    return found - block * BLOCK


@inlined
def _any_away(state_words: Ints, first: Int, last: Int) -> bool:
    together = np.uint64(0)
    for word in range(first, last):
        together |= state_words[word]
    return together != 0


@compiled()
def _compare(
    first: Int, n: Int, luck: Ints, people: ScannedColumns, rates: HazardRates, clock: Clock
) -> tuple[np.uint64, np.uint64]:
    """Return, as bits, who of a batch ends their travel, and who has another event (also of those at home: none).

    No branch, no store and no index that could be negative, so that the processor works on many people at once.
    """
    state, cell, due, susceptibility = people.state, people.cell, people.due, people.susceptibility
    arrived, candidates = np.uint64(0), np.uint64(0)
    for position in range(np.uint64(n)):
        i = np.uint64(first) + np.uint64(position)
        s, c = np.uint64(state[i]), np.uint64(cell[i])
        total = np.float64(rates.common[s, c]) + np.float64(rates.own[s, c]) * np.float64(susceptibility[i])
        moves = s == _MOVING
        arrived |= np.uint64(moves & (clock.now >= due[i])) << np.uint64(position)
        is_hit = unit(luck[np.uint64(position)]) <= total * clock.years
        candidates |= np.uint64(~moves & is_hit) << np.uint64(position)
    return arrived, candidates


@inlined
def _event_of(i: Int, people: ScannedColumns, rates: HazardRates, clock: Clock) -> Int:
    """Return a candidate's event; 0: none."""
    s, c, susceptibility = people.state[i], people.cell[i], people.susceptibility[i]
    if s in (_HOME, _DEAD):
        return 0
    total = np.float64(rates.common[s, c]) + np.float64(rates.own[s, c]) * susceptibility
    event = 0
    w0, _w1, _w2, _w3 = philox(i, clock.now, 1, _WHICH, clock.k0, clock.k1)
    remaining = unit(w0) * total
    for cause in range(N_CAUSES):
        rate = np.float64(rates.of_cause[s, c, cause])
        if rate > 0.0:
            event = 8 * s + cause + 1
        remaining -= rate * susceptibility if rates.personal[s, cause] else rate
        if remaining < 0.0:
            break
    return event


@compiled()
def _list_events(counts: Ints, found: Ints, scratch: Ints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
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
            event = scratch[position] // BLOCK
            people[counts[block, event]] = block * BLOCK + scratch[position] % BLOCK
            counts[block, event] += 1
    return people, bounds


@compiled()
def split_rates(states: Ints, rates: HazardRates) -> None:
    """Sum the rates of the causes that do not (``common``) and that do (``own``) depend on the person.

    Parameters
    ----------
    states : ndarray of int
        States whose rates have changed; the sums of other states are kept.
    rates : HazardRates
        Both sums are updated.
    """
    of_cause, common, own = rates.of_cause, rates.common, rates.own
    for state in states:
        for cell in range(of_cause.shape[1]):
            shared, mine = np.float32(0.0), np.float32(0.0)
            for cause in range(of_cause.shape[2]):
                if rates.personal[state, cause]:
                    mine += of_cause[state, cell, cause]
                else:
                    shared += of_cause[state, cell, cause]
            common[state, cell], own[state, cell] = shared, mine
