"""The subcommands of ``corridor``: one module each, with a `Command` named ``COMMAND``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def no_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing to a parser."""


@dataclass(frozen=True)
class Command:
    """One subcommand.

    What a command needs beyond its settings is imported when it is called, so that help and lists answer at once.

    Attributes
    ----------
    name, help : str
        The help is one phrase that starts with a verb.
    action : callable
        Called with the parsed arguments, among them ``settings`` (overrides as given) where there are settings.
    settings : type, optional
        Dataclass of the settings that the command takes as ``NAME=VALUE``.
    examples : str
        Shown at the end of the command's help.
    arguments : callable
        Adds further arguments to the command's parser.
    """

    name: str
    help: str
    action: Callable[[argparse.Namespace], None]
    settings: type[Any] | None = None
    examples: str = ""
    arguments: Callable[[argparse.ArgumentParser], None] = no_arguments
