"""Compilation of functions by Numba, and the cache of machine code shared by processes.

By default, Numba invalidates a cached function only when its own file changes. But compiled code includes the functions
it calls and the constants it uses, even from other files, so that edits to those would go unnoticed. Here cached code
is keyed by a fingerprint of the function's module and everything that module imports. Importing this module installs
the scheme; functions of other packages are unaffected.
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
"""Argument types of compiled functions, for readers and the type checker; exact widths are in the docstrings."""


def compiled(
    *, parallel: bool = False, error_model: Literal["python", "numpy"] = "python"
) -> Callable[[Function], Function]:
    """Compile a function with Numba, once per machine; type checkers see the undecorated function.

    Parameters
    ----------
    parallel : bool
        Whether loops over ``prange`` run on several threads.
    error_model : {"python", "numpy"}
        Result of a division by zero: an error, or infinity without a check.
    """
    decorate: Any = njit(cache=True, parallel=parallel, error_model=error_model)
    return decorate


def inlined(function: Function) -> Function:
    """Inline a function into every compiled function that calls it."""
    inside: Any = njit(inline="always")(function)
    return inside


class Locator(caching._CacheLocator):
    """Cache folder of one compiled function, and the version of the code it belongs to."""

    def __init__(self, py_file: str, folder: str) -> None:
        self._folder, self._stamp = folder, built_on(Path(py_file))

    def get_cache_path(self) -> str:
        """Return the folder."""
        return self._folder

    def get_source_stamp(self) -> str:
        """Return the version of the code, which Numba compares."""
        return self._stamp

    def get_disambiguator(self) -> str:
        """Return the version of the code, abbreviated for file names."""
        return _short(self._stamp)

    @classmethod
    def from_function(cls, py_func: FunctionType, py_file: str) -> Locator | None:
        """Return the locator of a function of this package; None for any other."""
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
    """Return a temporary folder that only this user can write to, because code is loaded from it.

    All processes of a user share one folder, so that code is compiled once; if that folder is unsafe, a new one is
    created.
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
    """Remove code compiled from earlier versions of a module."""
    kept = [file for file in folder.glob(f"{module}.*") if file.suffix in (".nbi", ".nbc")]
    if any(f"-{current}." in file.name for file in kept):
        return
    for file in kept:
        file.unlink(missing_ok=True)


def _short(stamp: str) -> str:
    return stamp[:16]


_locators: list[Any] = caching.CacheImpl._locator_classes
_locators.insert(0, Locator)
