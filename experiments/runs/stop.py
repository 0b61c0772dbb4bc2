"""Interruption of commands: Ctrl-C, the end of a cluster job and a closed terminal have the same effect."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from corridor.model.errors import InvalidInput

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
SECONDS_TO_TRY_AGAIN = 0.05


class Stop:
    """Raises KeyboardInterrupt once on a signal, so that unfinished work is cleaned up and finished work is kept.

    Attributes
    ----------
    was_sent : bool
        Whether the command was told to stop. Compiled code that is interrupted at its border may raise another error
        than KeyboardInterrupt, and Python drops one that arrives while it destroys an object.
    """

    def __init__(self) -> None:
        self.was_sent = False

    def listen(self) -> None:
        """Handle the signals that are not ignored, such as SIGHUP under ``nohup``."""
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._stop)
        sys.unraisablehook = self._dropped

    def ran(self, action: Callable[[], int | None]) -> int:
        """Run an action and return its exit code; 130 if it was interrupted, with a message."""
        try:
            return action() or 0
        except BaseException as error:
            if not (self.was_sent or isinstance(error, KeyboardInterrupt)):
                raise
            # A closed terminal takes no last words.
            with contextlib.suppress(OSError):
                print("corridor: stopped; finished runs are kept, and the same command goes on from there.",
                      file=sys.stderr, flush=True)  # fmt: skip
            return 130

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.was_sent and number != signal.SIGINT:
            return  # It is stopping, and cleans up.
        self.was_sent = True
        raise KeyboardInterrupt

    def _dropped(self, dropped: sys.UnraisableHookArgs) -> None:
        if isinstance(dropped.exc_value, KeyboardInterrupt):
            threading.Timer(SECONDS_TO_TRY_AGAIN, os.kill, (os.getpid(), signal.SIGINT)).start()
        else:
            sys.__unraisablehook__(dropped)


def run(action: Callable[[], int | None]) -> int:
    """Run a program until it ends or is interrupted; return its exit code: 2 after invalid input."""
    stop = Stop()
    stop.listen()
    try:
        return stop.ran(action)
    except InvalidInput as error:
        print(f"corridor: {error}", file=sys.stderr)
        return 2
