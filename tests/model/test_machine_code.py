"""Compiled code on disk belongs to the state of the source that it was made of, and to one user."""

import importlib
import os
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.registry import CPUDispatcher

from corridor import displacement, model
from corridor.model import machine_code, source

CALLER = """
from typing import NamedTuple

from numba import njit

from corridor.model.kernels.purse import PurseParameters, earned


class Person(NamedTuple):
    schooling: bool
    size: int


@njit(cache=True)
def ask(person, p):
    return earned(person, 100.0, 1.0, p)


print(ask(Person(False, 1), PurseParameters(0.5, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)), sum(ask.stats.cache_hits.values()))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the model that is found before this one, with a compiled function that calls one of `purse`."""
    copied = tmp_path / "corridor" / "model"
    shutil.copytree(source.FOLDER, copied, ignore=shutil.ignore_patterns("__pycache__"))
    (copied / "kernels" / "caller.py").write_text(CALLER, encoding="utf-8")
    return copied


def asked(copy: Path, **environment: str) -> tuple[float, int]:
    """Call the function in a new process; return what it answers, and how often machine code was taken from disk."""
    done = subprocess.run(
        [sys.executable, "-c", "import corridor.model.kernels.caller"],
        env=os.environ | {"PYTHONPATH": str(copy.parent.parent)} | environment,
        cwd=copy.parent.parent, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer, hits = done.stdout.split()
    return float(answer), int(hits)


def edit(copy: Path, before: str, after: str) -> None:
    file = copy / "kernels" / "purse.py"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def kept(folder: Path) -> list[Path]:
    return sorted(folder.rglob("caller.*.nb?"))


@pytest.mark.slow
def test_an_edited_helper_leaves_its_callers_with_old_machine_code(copy: Path) -> None:
    assert asked(copy) == (50.0, 0)
    assert asked(copy) == (50.0, 1), "nothing was kept"
    files = kept(copy)
    edit(copy, "return p.saving_rate", "return 2.0 * p.saving_rate")
    assert asked(copy) == (100.0, 0)
    assert len(kept(copy)) == len(files) and not set(kept(copy)) & set(files), "code of earlier states piles up"
    edit(copy, "def ", "# A comment.\ndef ")
    assert asked(copy) == (100.0, 1), "a comment made everything compile again"


@pytest.mark.slow
def test_without_a_writable_home_no_run_starts(copy: Path, tmp_path: Path) -> None:
    """As the user *nobody*, or in a container: neither the package nor the home can be written."""
    for folder in (copy, copy / "kernels"):
        (folder / "__pycache__").write_text("in the way, for any user")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    nowhere = {"HOME": "/dev/null/nobody", "XDG_CACHE_HOME": "/dev/null/nobody", "TMPDIR": str(temporary)}
    assert asked(copy, **nowhere) == (50.0, 0)
    assert asked(copy, **nowhere) == (50.0, 1)
    (private,) = temporary.iterdir()
    assert private.stat().st_mode & 0o077 == 0, "others could put code there"


def test_a_new_event_parameter_or_process_compiles_no_loop_anew() -> None:
    edited = {source.FOLDER / name for name in ("events.py", "schedule.py", "simulation.py", "hazards.py")}
    edited |= {*(source.FOLDER / "parameters").glob("*.py"), *(source.FOLDER / "processes").rglob("*.py")}
    for kernel in (source.FOLDER / "kernels").glob("*.py"):
        if kernel.name != "__init__.py":
            assert not source.used_by(kernel) & edited, kernel.name


def test_code_is_loaded_from_a_folder_that_others_can_write(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    place = machine_code.private_folder.__wrapped__
    safe = place()
    assert safe == place() and safe.stat().st_mode & 0o077 == 0
    safe.chmod(0o777)
    assert place() != safe and place().stat().st_mode & 0o077 == 0
    safe.rename(tmp_path / "elsewhere")
    safe.symlink_to(tmp_path / "elsewhere")
    assert place() != safe


@pytest.mark.parametrize(
    "name",
    [
        found.name
        for package in (model, displacement)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ],
)
def test_a_compiled_function_is_kept_where_only_its_own_file_counts(name: str) -> None:
    for value in vars(importlib.import_module(name)).values():
        if isinstance(value, CPUDispatcher) and value.stats.cache_path:
            assert isinstance(value._cache._impl.locator, machine_code.Locator), value
