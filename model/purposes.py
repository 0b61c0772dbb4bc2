"""Purposes of random draws, each listed once with the counters that distinguish its draws.

A draw is a function of stream, person or actor, and two counters; it yields four numbers, of which a purpose uses some.
No two purposes may use the same number: they differ in stream, in the range of a counter, or in columns (tested).
"""

from __future__ import annotations

from enum import Enum, unique

from corridor.model.streams import Stream

STEP = range(2**31)
AFTER_THE_START = range(1, 2**31)
"""A step, counted from 1."""
JOURNEY = range(1, 2**31)
"""Ordinal of a person's journey."""
EPISODES = range(2**31)
"""Number of a person's trafficking episodes so far."""
LEG = PLACE = range(2**31)
AN_ARREST = range(2, 2**31)
"""Group and ordinal of an agency's arrest in a step."""


def _only(value: int) -> range:
    return range(value, value + 1)


_NONE = _only(0)
_FIRST, _SECOND, _FOURTH = range(1), range(1, 2), range(3, 4)


@unique
class Purpose(Enum):
    """Stream, range of the first and of the second counter, and columns of each purpose."""

    # At the start.
    NUMBERS_OF_COMMUNITIES = Stream.PERSON, _only(1), _NONE, _FOURTH
    TRAITS = Stream.PERSON, _NONE, _NONE, range(4)
    WEALTH = Stream.WEALTH, _NONE, _NONE, range(3)
    THRESHOLD = Stream.HOME, _NONE, _NONE, _FIRST
    WHO_LIVES_ABROAD = Stream.ABROAD, _NONE, _NONE, _FIRST
    LIFE_ABROAD = Stream.ABROAD, _only(1), _NONE, range(3)
    NUMBERS_ABROAD = Stream.ABROAD, _only(2), _NONE, _FIRST
    FAMILY = Stream.FAMILY, _NONE, _NONE, range(3)
    DISPOSITION = Stream.ORGANISATION, _NONE, _NONE, _FIRST
    SEATS = Stream.PRIORITY, _NONE, _only(1), _FIRST
    FOLLOWED = Stream.PRIORITY, _NONE, _only(1), _FOURTH
    QUOTA = Stream.PATHWAY, _only(1), _NONE, _FIRST
    SHELTER = Stream.EXIT, _NONE, _only(4), _FIRST
    OWED_JOBS = Stream.EXPLOITATION, _NONE, _only(1), _FIRST
    # At home.
    NEW_THRESHOLD = Stream.HOME, AFTER_THE_START, _NONE, _FIRST
    SCHOOLING = Stream.PERSON, _only(1), _NONE, _FIRST
    APPLICATION = Stream.PATHWAY, _NONE, _NONE, range(2)
    RANK_IN_QUEUE = Stream.PRIORITY, _NONE, _NONE, _SECOND
    LEGAL_TRAVEL_TIME = Stream.TRAVEL_TIME, STEP, _only(1), _FIRST
    # Events.
    WHETHER_AN_EVENT = Stream.HAZARD, STEP, _NONE, range(4)
    WHICH_EVENT = Stream.HAZARD, STEP, _only(1), _FIRST
    # Decisions and departures.
    CHOICE = Stream.CHOICE, range(2**31), PLACE, range(2)
    READINESS = Stream.TRAVEL_TIME, STEP, _NONE, range(1, 3)
    LET_THROUGH = Stream.LET_THROUGH, STEP, _NONE, _FIRST
    STOPPED_ASHORE = Stream.ASHORE, range(2**31), LEG, range(2)
    RATIONING = Stream.PRIORITY, STEP, _NONE, _FIRST
    PURCHASE = Stream.PURCHASE, range(2**31), LEG, range(2)
    NEED_OF_PROTECTION = Stream.SETTLEMENT, _NONE, _NONE, _FOURTH
    TRAVEL_TIME = Stream.TRAVEL_TIME, STEP, _NONE, _FIRST
    # Passages.
    PASSAGE = Stream.CROSSING, LEG, JOURNEY, range(4)
    RECORDING = Stream.PRACTICE, LEG, JOURNEY, range(2, 4)
    RESCUE_OF_ONE = Stream.FAMILY, LEG, JOURNEY, range(2)
    PRACTICE = Stream.PRACTICE, LEG, JOURNEY, range(2)
    PARTED_IN_DETENTION = Stream.FAMILY, STEP, _only(1), range(2, 3)
    END_OF_DETENTION = Stream.PRACTICE, STEP, _NONE, _FIRST
    # Life abroad and back.
    ASYLUM_CLAIM = Stream.SETTLEMENT, range(2**31), _NONE, _FIRST
    ASYLUM_DECISION = Stream.SETTLEMENT, STEP, _only(1), _FIRST
    SETTING_OUT_AGAIN = Stream.SETTLEMENT, STEP, _only(2), _FIRST
    SECOND_THOUGHTS = Stream.SETTLEMENT, STEP, _only(3), range(2)
    HELP_TO_RETURN = Stream.SETTLEMENT, STEP, _only(4), range(2)
    # Exploitation and protection.
    EPISODE = Stream.EXPLOITATION, EPISODES, _NONE, range(3)
    SOLD = Stream.EXPLOITATION, EPISODES, _only(2), _FIRST
    RECRUITMENT = Stream.EXPLOITATION, EPISODES, _NONE, _FOURTH
    RECRUITED_BY_NETWORK = Stream.EXPLOITATION, range(2**31), _only(3), _FIRST
    CLAIMED_BY_NETWORK = Stream.EXPLOITATION, STEP, _only(4), _FIRST
    IDENTIFICATION = Stream.EXIT, EPISODES, _NONE, range(4)
    TESTIMONY = Stream.EXIT, EPISODES, _only(1), _FIRST
    AFTER_ASSISTANCE = Stream.EXIT, EPISODES, _only(2), range(1, 3)
    INTERVIEW = Stream.EXIT, EPISODES, _only(5), range(4)
    SCREENING = Stream.EXIT, EPISODES, _only(3), range(4)
    # Agencies and organisations.
    NUMBER_OF_ARRESTS = Stream.AGENCY, STEP, _NONE, range(2)
    ARREST = Stream.AGENCY, STEP, AN_ARREST, range(2)
    TURNOVER = Stream.ORGANISATION, AFTER_THE_START, range(3), _FIRST

    def __init__(self, stream: Stream, first: range, second: range, columns: range) -> None:
        self.stream, self.first, self.second, self.columns = int(stream), first, second, columns
