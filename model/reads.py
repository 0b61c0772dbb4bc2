"""Caching of results that depend on levers alone: they are recomputed only when a lever has changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Protocol, TypeVar

from corridor.model.levers import LEVERS

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation


class _Process(Protocol):
    _sim: Simulation


ProcessT = TypeVar("ProcessT", bound=_Process)
ResultT = TypeVar("ResultT")


def reads(*levers: str) -> Callable[[Callable[[ProcessT], ResultT]], Callable[[ProcessT], ResultT]]:
    """Declare the levers that a process's method reads, and cache its result until one of them changes.

    Reading any other lever in the method is an error, since a change of that lever would go unnoticed.

    Parameters
    ----------
    levers : str
        Names in `corridor.model.levers.LEVERS`.

    Raises
    ------
    ValueError
        If there is no such lever.
    """
    if unknown := set(levers) - LEVERS.keys():
        raise ValueError(f"no lever {', '.join(sorted(unknown))}")

    def declare(method: Callable[[ProcessT], ResultT]) -> Callable[[ProcessT], ResultT]:
        name = f"_{method.__name__}_kept"

        @wraps(method)
        def kept(self: ProcessT) -> ResultT:
            values = self._sim.levers
            if values.readable is not None:
                values.allow(levers)
            known: tuple[int, int, ResultT] | None = self.__dict__.get(name)
            if known is not None and known[0] == values.changes:
                return known[2]
            version = values.version(*levers)
            if known is None or known[1] != version:
                with values.only(levers):
                    known = values.changes, version, method(self)
            self.__dict__[name] = values.changes, version, known[2]
            return known[2]

        return kept

    return declare
