"""Closed vocabularies of the model: states and attributes of people; events are in `corridor.model.events`."""

from __future__ import annotations

from enum import IntEnum


class State(IntEnum):
    """State of a person; everyone is in exactly one."""

    HOME = 0
    PREPARING = 1
    MOVING = 2
    WAITING = 3
    DETAINED = 4
    EXPLOITED = 5
    ASSISTED = 6
    SETTLED = 7
    RETURNED = 8
    DEAD = 9


class Sex(IntEnum):
    """Sex as recorded."""

    FEMALE = 0
    MALE = 1


class Age(IntEnum):
    """Age group: under 18, 18 to 29, 30 and over."""

    CHILD = 0
    YOUNG = 1
    ADULT = 2


class Status(IntEnum):
    """Legal status at a destination; QUEUED: waits for authorities (for a legal place at home, held on arrival)."""

    IRREGULAR = 0
    SEEKER = 1
    REGULAR = 2
    QUEUED = 3


FREE = tuple(status for status in Status if status is not Status.QUEUED)
"""Standings of people who need not wait for authorities."""


class Form(IntEnum):
    """Form of exploitation."""

    FORCED_LABOUR = 0
    SEXUAL_EXPLOITATION = 1
    FORCED_MARRIAGE = 2
    FORCED_CRIMINALITY = 3
    ORGAN_REMOVAL = 4
    RANSOM_CAPTIVITY = 5


class Sector(IntEnum):
    """Sector of an episode's exploiters; the last, captors in transit, has no employers."""

    AGRICULTURE = 0
    CONSTRUCTION = 1
    HOSPITALITY_AND_MANUFACTURING = 2
    HOUSEHOLDS = 3
    SEX_INDUSTRY = 4
    CRIMINAL_GROUPS = 5
    CAPTORS = 6


MAIN_FORM = (
    Form.FORCED_LABOUR,
    Form.FORCED_LABOUR,
    Form.FORCED_LABOUR,
    Form.FORCED_LABOUR,
    Form.SEXUAL_EXPLOITATION,
    Form.FORCED_CRIMINALITY,
    Form.RANSOM_CAPTIVITY,
)
"""Main form of exploitation in each sector."""
OTHER_FORM = (None, None, None, Form.FORCED_MARRIAGE, None, Form.ORGAN_REMOVAL, Form.FORCED_LABOUR)
"""Second form of exploitation in a sector, if any."""


class Channel(IntEnum):
    """How a person entered exploitation."""

    DECEPTION = 0
    FORCE = 1
    CAPTIVITY = 2
    DEBT = 3
    JOB = 4
    SOLD = 5
    NETWORK = 6


class Exit(IntEnum):
    """How an episode of exploitation ends."""

    ESCAPED = 0
    AUTHORITIES = 1
    COMMUNITY = 2
    LET_GO = 3
    DEBT_WORKED_OFF = 4
    DIED = 5


class Payment(IntEnum):
    """How a passage was paid."""

    OWN_COST = 0
    ADVANCE = 1
    ESCROW = 2
    CREDIT = 3


class Role(IntEnum):
    """Role of a member in a smuggling organisation: the first four form its core, the last two its periphery."""

    RECRUITER = 0
    FINANCIER = 1
    FORGER = 2
    OFFICIAL = 3
    TRANSPORTER = 4
    GUIDE = 5


class SmugglingService(IntEnum):
    """Service that an organisation sells on a leg, by mode: sea and desert, land, air."""

    TRANSPORT = 0
    GUIDING = 1
    DOCUMENTS = 2


N_WEALTH = 3
"""Classes of wealth: terciles of savings within a community."""
N_STATES = len(State)
ARRIVED = 8 * State.MOVING + 1
"""Code of the only event that happens at a scheduled time."""
N_EVENTS = 8 * N_STATES
"""Number of event codes per state."""
N_CAUSES = 5
"""Largest number of causes competing in one state."""
