"""How functions are compiled, and where Numba keeps them between processes.

Numba by itself compares the file that a function stands in. A function that calls one of another file has that one's
machine code in its own, and the values of all constants, so that an edit there would leave the old ones at work. Here a
function's code is kept under the fingerprint of its module and of all that this imports. Importing this module arranges
it; functions of other packages are not touched.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, Literal, TypeVar

import numpy as np
from numba import njit
from numba.core import caching
from numpy.typing import NDArray

from corridor.model.source import PACKAGE, built_on

Function = TypeVar("Function", bound=Callable[..., Any])
Int = int | np.integer[Any]
Real = float | np.floating[Any]
Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]
Records = NDArray[np.void]
"""Kinds of arguments of compiled functions, for those who read and the type checker; widths are in the docstrings."""


def compiled(
    *, parallel: bool = False, error_model: Literal["python", "numpy"] = "python"
) -> Callable[[Function], Function]:
    """Compile a function by Numba, once on each machine; a type checker sees the function as it is written.

    Parameters
    ----------
    parallel : bool
        Whether its loops over ``prange`` are spread over threads.
    error_model : {"python", "numpy"}
        What a division by zero is: an error, or infinity without a test.
    """
    decorate: Any = njit(cache=True, parallel=parallel, error_model=error_model)
    return decorate


def inlined(function: Function) -> Function:
    """Compile a function into each of the compiled functions that call it."""
    inside: Any = njit(inline="always")(function)
    return inside


class Locator(caching._CacheLocator):
    """Finds the folder for one compiled function, and tells which state of the code it belongs to."""

    def __init__(self, py_file: str, folder: str) -> None:
        self._folder, self._stamp = folder, built_on(Path(py_file))

    def get_cache_path(self) -> str:
        """Return the folder."""
        return self._folder

    def get_source_stamp(self) -> str:
        """Return the state of the code, which Numba compares."""
        return self._stamp

    def get_disambiguator(self) -> str:
        """Return a short form of the state of the code, for the names of files."""
        return _short(self._stamp)

    @classmethod
    def from_function(cls, py_func: FunctionType, py_file: str) -> Locator | None:
        """Make the locator of a function of ours; None for any other."""
        if py_func.__module__.split(".")[0] != PACKAGE:
            return None
        usual = (caching.UserProvidedCacheLocator, caching.InTreeCacheLocator, caching.UserWideCacheLocator)
        found = next(filter(None, (locator.from_function(py_func, py_file) for locator in usual)), None)  # type: ignore[no-untyped-call]
        if found is not None:
            folder = found.get_cache_path()
        else:
            below: str = cls.get_suitable_cache_subpath(py_file)  # type: ignore[no-untyped-call]
            folder = str(private_folder() / below)
            Path(folder).mkdir(exist_ok=True)
        locator = cls(py_file, folder)
        _tidy(Path(folder), Path(py_file).stem, _short(locator._stamp))
        return locator


@cache
def private_folder() -> Path:
    """Return a folder for temporary files that nobody else can write: code is loaded from it.

    The same one for all processes of a user, so that it is compiled once, if it is safe; else a new one.
    """
    folder = Path(tempfile.gettempdir()) / f"corridor-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
        return folder
    own = Path(tempfile.mkdtemp(prefix="corridor-"))
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return own


@cache
def _tidy(folder: Path, module: str, current: str) -> None:
    """Remove what was compiled of earlier states of a module, once there is a new one."""
    kept = [file for file in folder.glob(f"{module}.*") if file.suffix in (".nbi", ".nbc")]
    if any(f"-{current}." in file.name for file in kept):
        return
    for file in kept:
        file.unlink(missing_ok=True)


def _short(stamp: str) -> str:
    return stamp[:16]


_locators: list[Any] = caching.CacheImpl._locator_classes
_locators.insert(0, Locator)
