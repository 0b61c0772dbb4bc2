"""Declaration of the subcommands of ``corridor``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


def no_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing to a parser."""


@dataclass(frozen=True)
class Command:
    """One subcommand.

    Imports beyond the settings happen when the command is called, so that help and lists are instantaneous.

    Attributes
    ----------
    name, help : str
        The help is one phrase that starts with a verb.
    action : callable
        Called with the parsed arguments, among them ``settings`` (overrides as given) where there are settings; returns
        the exit code, or None for 0.
    settings : type, optional
        Dataclass of the settings that the command takes as ``NAME=VALUE``.
    examples : str
        Shown at the end of the command's help.
    arguments : callable
        Adds further arguments to the command's parser.
    """

    name: str
    help: str
    action: Callable[[argparse.Namespace], int | None]
    settings: type[Any] | None = None
    examples: str = ""
    arguments: Callable[[argparse.ArgumentParser], None] = no_arguments


@dataclass(frozen=True)
class CommandForm:
    """Another form of a command, registered by another package; used if one of its settings is given.

    Attributes
    ----------
    given : tuple of str
        Settings, such as ``("scenario=flee",)``.
    action : callable
        Called with the overrides as given.
    example : str
        Shown below the examples of the command.
    """

    given: tuple[str, ...]
    action: Callable[[Sequence[str]], None]
    example: str

    def is_asked(self, overrides: Sequence[str]) -> bool:
        """Return whether overrides select this form."""
        return any(override.replace(" ", "") in self.given for override in overrides)
