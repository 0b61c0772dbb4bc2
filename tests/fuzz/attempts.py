"""One hostile input: what is done, and whether it has to be refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Must = Literal["be refused", "be accepted", "not crash"]


class Refused(Exception):
    """A command that refused its input with one sentence and exit code 2."""


class Fault(Exception):
    """What no input may lead to."""


@dataclass(frozen=True)
class Attempt:
    """An input, in words, what it does when tried, and what it must do."""

    words: str
    act: Callable[[], object]
    must: Must = "not crash"


@dataclass(frozen=True)
class Place:
    """Where an attempt may write, and the studies that it may damage copies of."""

    folder: Path
    studies: Path


Door = Callable[[random.Random, Place], Attempt]
