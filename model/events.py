"""The events that end a state.

They have a module of their own so that no compiled loop depends on them: adding one triggers no recompilation.
"""

from __future__ import annotations

from enum import IntEnum

from corridor.model.states import ARRIVED, State


class Event(IntEnum):
    """Outcome of a person's competing hazards in one step; the code is 8 x state + cause, with at most five causes."""

    NONE = 0
    DECIDE_AT_HOME = 8 * State.PREPARING + 1
    RECRUITED = 8 * State.PREPARING + 2
    FADED = 8 * State.PREPARING + 3
    LOST_PATIENCE = 8 * State.PREPARING + 4
    ARRIVED = ARRIVED
    DECIDE_IN_TRANSIT = 8 * State.WAITING + 1
    EXPLOITED_IN_TRANSIT = 8 * State.WAITING + 2
    LET_ON = 8 * State.WAITING + 4
    SENT_BACK = 8 * State.WAITING + 5
    DETENTION_ENDED = 8 * State.DETAINED + 1
    ESCAPED = 8 * State.EXPLOITED + 1
    MET_BY_AUTHORITIES = 8 * State.EXPLOITED + 2
    LET_GO = 8 * State.EXPLOITED + 3
    DIED_IN_EXPLOITATION = 8 * State.EXPLOITED + 4
    MET_BY_COMMUNITY = 8 * State.EXPLOITED + 5
    ASSISTANCE_ENDED = 8 * State.ASSISTED + 1
    EXPLOITED_AT_DESTINATION = 8 * State.SETTLED + 1
    RETURNED_VOLUNTARILY = 8 * State.SETTLED + 2
    REMOVED = 8 * State.SETTLED + 3
    ASYLUM_DECIDED = 8 * State.SETTLED + 4
    RECONSIDERS = 8 * State.SETTLED + 5
    REMIGRATES = 8 * State.RETURNED + 1
