"""Tutorials and guides: their code is run as it is printed."""

from __future__ import annotations

import filecmp
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from corridor.experiments.commands.shell import main
from tests import ROOT

DOCS = ROOT / "docs"
RUN = [DOCS / "tutorials" / f"{name}.md" for name in ("run", "compare", "corridor", "validation_figure")]
RUN += [DOCS / "guides" / f"{name}.md" for name in ("mesa", "xarray", "salib")]
MOST_FILES = 4
"""Existing files that a new process may change."""
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Give the language and the text of each block of code."""
    yield from _FENCE.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
@pytest.mark.usefixtures("threads")
def test_code_runs_as_printed(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "tutorial"}
    for language, text in blocks(page):
        if language == "python":
            exec(compile(text, f"{page.name}", "exec"), names)
        elif language == "sh":
            for line in text.splitlines():
                program, *arguments = shlex.split(line, comments=True)
                assert program == "corridor" and main(arguments) == 0, line
    if page.stem == "validation_figure":
        assert (tmp_path / "border_build_up.png").stat().st_size > 5_000


# --- write a process --------------------------------------------------------------------------------------------------


def project(folder: Path) -> Path:
    """Copy what a process needs of the project, with what was compiled of it."""
    for name in ("model", "scenarios", "docs", "tests", "displacement", "experiments"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("screenshots", "figures", "generated")
        )
    shutil.copy2(ROOT / "pyproject.toml", folder)
    (folder / "name").mkdir()
    (folder / "name" / "corridor").symlink_to(folder)
    return folder


def changed(text: str, change: str, where: str) -> str:
    """Return a text with the lines of a change that begin with ``+`` put after or before the others, which it has."""
    lines = change.splitlines()
    before = "\n".join(line[1:] for line in lines if not line.startswith("+"))
    after = "\n".join(line[1:] for line in lines)
    assert text.count(before) == 1, f"{where}: {before!r} is there {text.count(before)} times"
    return text.replace(before, after)


def apply(page: Path, folder: Path) -> set[str]:
    """Make the files and changes of a page; return the files that were there before."""
    touched = set()
    for language, text in blocks(page):
        if language == "diff":
            name, change = text.removeprefix("--- ").split("\n", 1)
            file = folder / name
            file.write_text(changed(file.read_text(encoding="utf-8"), change, name), encoding="utf-8")
            touched.add(name)
        elif language == "python":
            name, body = text.removeprefix("# ").split("\n", 1)
            assert not (folder / name).exists(), name
            (folder / name).write_text(body, encoding="utf-8")
    return touched


def test_a_process_is_added_with_few_changes(tmp_path: Path) -> None:
    folder = project(tmp_path)
    touched = apply(DOCS / "tutorials" / "process.md", folder)
    environment = {**os.environ, "PYTHONPATH": f"{folder / 'name'}{os.pathsep}{folder}", "PYTHONDONTWRITEBYTECODE": "1"}
    make = "from docs import make_schedule as m; m.PAGE.write_text(m.page(), encoding='utf-8')"
    rules = [
        "tests/model/processes/test_transit_return.py",
        "tests/project/test_docs.py::test_every_equation_is_cited_where_it_is_implemented",
        "tests/project/test_docs.py::test_equations_are_numbered_without_gaps",
        "tests/project/test_docs.py::test_generated_pages_are_up_to_date[odd.md]",
        "tests/project/test_docs.py::test_every_parameter_is_described[transit_return_rate]",
        "tests/model/test_hazards.py::test_every_event_but_those_of_a_clock_is_declared",
        "tests/model/test_schedule.py::test_every_process_with_a_step_is_in_the_schedule",
        "tests/model/test_parameters.py::test_processes_have_no_behavioural_number_of_their_own",
    ]
    for arguments in (["-c", make], ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", *rules]):
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    files = [file.relative_to(ROOT).as_posix() for file in changed_files(folder)]
    assert set(files) == touched and len(files) <= MOST_FILES, files


def changed_files(folder: Path) -> list[Path]:
    """Return the project's files that differ from their copy."""
    parts = [(ROOT / name).rglob("*") for name in ("model", "docs", "tests", "scenarios")]
    texts = (file for part in parts for file in part if file.suffix in {".py", ".md", ".csv", ".yaml"})
    copies = ((file, folder / file.relative_to(ROOT)) for file in texts)
    return [file for file, copy in copies if copy.exists() and not filecmp.cmp(file, copy, shallow=False)]


def test_a_change_that_does_not_fit_is_refused() -> None:
    assert changed("one\ntwo\n", " one\n+new\n", "x") == "one\nnew\ntwo\n"
    with pytest.raises(AssertionError, match="is there 0 times"):
        changed("two\n", " one\n+new\n", "x")
