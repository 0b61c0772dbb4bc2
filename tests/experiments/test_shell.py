"""The command line as people and programs use it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from corridor.experiments.commands import shell
from corridor.experiments.commands.list import LISTS
from corridor.experiments.commands.shell import main
from corridor.experiments.runs.command import Command
from corridor.experiments.runs.stop import SIGNALS, Stop
from corridor.experiments.runs.store import finished_runs, open_study
from tests import ROOT

CORRIDOR = [sys.executable, "-m", "corridor.experiments.commands.shell"]
SMALL = ["scenario=tutorial", "agents=1000", "end=2001-04-30"]


def call(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*CORRIDOR, *arguments], capture_output=True, text=True, cwd=cwd, timeout=300)


@pytest.mark.parametrize("command", [[], ["run"], ["compare"], ["list"], ["check"], ["app"]])
def test_help_explains_itself(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main([*command, "--help"])
    assert leaving.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith("usage: corridor")
    if command in (["run"], ["compare"], []):
        assert "examples:" in text


def test_help_names_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    text = capsys.readouterr().out
    for name in ("scenario=", "policy=", "seed=", "agents=", "parameters.NAME=", "compute.threads=", "report="):
        assert name in text


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["--version"])
    assert leaving.value.code == 0
    assert capsys.readouterr().out.startswith("corridor 0.")


@pytest.mark.parametrize("kind", LISTS)
def test_lists_are_tables_or_one_json_array(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", kind]) == 0
    table = capsys.readouterr().out
    assert main(["list", kind, "report=json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert records
    for record in records:
        assert record["name"] in table


def test_lists_import_nothing_heavy() -> None:
    """One process makes all lists and names the first that imports too much."""
    code = (
        "import sys; from corridor.experiments.commands.shell import main\n"
        "heavy = {'numba', 'xarray', 'zarr', 'matplotlib', 'streamlit', 'mesa', 'hydra'}\n"
        f"for kind in {tuple(LISTS)}:\n"
        "    main(['list', kind]); found = heavy & set(sys.modules)\n"
        "    if found: sys.exit(kind + ': ' + ', '.join(sorted(found)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert result.returncode == 0, result.stderr


def test_run_reports_exactly_one_json_object(tmp_path: Path) -> None:
    result = call("run", *SMALL, "seed=1", "report=json", "compute.threads=1", f"results={tmp_path}")
    assert result.returncode == 0, result.stderr
    figures = json.loads(result.stdout)
    assert result.stdout.count("\n") == 1
    expected = {"agents", "persons_per_agent", "steps", "migrant_steps", "seconds", "migrant_steps_per_second"}
    assert expected | {"result_hash", "conservation", "states", "outcomes", "files", "versions"} <= set(figures)
    assert figures["agents"] == 1000
    assert figures["conservation"]["persons_error"] == 0
    assert {"attempts", "arrivals", "deaths", "victims", "person_days_exploited", "revenue_usd"} <= set(
        figures["outcomes"]
    )
    assert {"all", "sea"} <= set(figures["outcomes"]["mean_fee_usd"])
    for file in figures["files"].values():
        assert Path(file).exists()


def test_run_leaves_nothing_but_its_results(tmp_path: Path) -> None:
    call("run", *SMALL, "figure=false", cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["results"]
    assert [path.suffix for path in (tmp_path / "results").iterdir()] == [".zarr"]


@pytest.mark.usefixtures("threads")
def test_compare_prints_both_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*SMALL, f"results={tmp_path}", "policies=[baseline,border_enforcement]", "replicates=2"]
    assert main(["compare", *arguments]) == 0
    text = capsys.readouterr().out
    assert "border_enforcement against baseline" in text
    assert "90 % interval" in text
    assert main(["compare", *arguments, "report=json", "figure=false"]) == 0
    comparison = json.loads(capsys.readouterr().out)
    assert (comparison["runs_computed"], comparison["runs_reused"]) == (0, 4)
    assert comparison["seeds"] == [0, 1]
    assert {row["policy"] for row in comparison["differences"]} == {"baseline", "border_enforcement"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "scenario=atlantis"], "scenario"),
        (["run", "scenario=./no/such/dir"], "missing"),
        (["run", "scenario=tutorial", "policy=magic"], "policy"),
        (["run", "scenario=tutorial", "parameters.magic=1"], "parameters: magic"),
        (["run", "scenario=tutorial", "parameters.foresight=9"], "0.7 to 1"),
        (["run", "scenario=tutorial", "parameters.foresight=nan"], "finite"),
        (["run", "scenario=tutorial", "agents=-5"], "agents"),
        (["run", "scenario=tutorial", "agents=many"], "agents"),
        (["run", "scenario=tutorial", "start=2002-01-01", "end=2001-01-01"], "end"),
        (["run", "scenario=tutorial", "colour=red"], "setting"),
        (["run", "scenario=${oc.env:HOME}"], "interpolations"),
        (["run", "scenario=tutorial", "results=/proc/nowhere"], "results"),
        (["compare", "scenario=tutorial", "policies=[baseline,magic]"], "policy"),
        (["list", "policies", "report=xml"], "report"),
        (["check", "no-such-directory"], "no-such-directory"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    complaint = output.err.strip().split("\n")[-1]
    assert complaint.startswith("corridor: ")
    assert words in complaint
    assert "Traceback" not in output.err


@pytest.mark.parametrize("arguments", [[], ["fly"], ["list"], ["list", "dreams"], ["run", "--fast"], ["check"]])
def test_bad_usage_is_one_sentence_and_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert leaving.value.code == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert "--help" in complaint


def test_check_accepts_the_bundled_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(ROOT / "scenarios" / "tutorial")]) == 0
    assert "valid scenario" in capsys.readouterr().out


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupt_keeps_finished_runs_and_the_study_goes_on(
    sent: signal.Signals, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["compare", *SMALL, f"results={tmp_path}", "policies=[baseline]", "figure=false", "compute.workers=1"]
    process = subprocess.Popen(
        [*CORRIDOR, *arguments, "replicates=2000"], cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True,
        # A shell may have told what runs in its background to ignore Ctrl-C, or nohup SIGHUP, which programs pass on.
        preexec_fn=lambda: signal.signal(sent, signal.SIG_DFL),
    )  # fmt: skip
    deadline = time.monotonic() + 240
    while not list(tmp_path.glob("*.zarr/baseline/1")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, sent)
    complaint = process.communicate(timeout=240)[1]
    assert process.returncode == 130
    assert complaint.strip().split("\n")[-1].startswith("corridor: stopped")
    assert "Traceback" not in complaint
    (store,) = tmp_path.iterdir()
    finished = finished_runs(store)
    assert len(finished) >= 2
    assert open_study(store).sizes["replicate"] == len(finished)
    assert main([*arguments, "replicates=2", "report=json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs_reused"] == 2


class Fragile:
    """Sends a signal while Python destroys it, where an exception is dropped."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


def compiled(_: object) -> None:
    """Do as compiled code does that is interrupted at its border."""
    try:
        signal.raise_signal(signal.SIGTERM)
    except KeyboardInterrupt as error:
        raise SystemError("<built-in method> returned a result with an exception set") from error


def dropped(_: object) -> None:
    fragile = Fragile()
    del fragile
    for _ in range(200):  # a long sleep ends early only if the signal happens to reach this thread
        time.sleep(0.05)
    raise AssertionError("the signal was lost")


@pytest.mark.parametrize("action", [compiled, dropped])
def test_a_stop_inside_compiled_code_is_no_traceback(
    action: Callable[[object], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shell, "COMMANDS", (Command("status", "stop", action),))
    monkeypatch.setattr(sys, "argv", ["corridor", "status"])
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        assert main() == 130
    finally:
        sys.unraisablehook = sys.__unraisablehook__
        for number, handler in before.items():
            signal.signal(number, handler)
    told = capsys.readouterr().err
    assert told.startswith("corridor: stopped")
    assert "Traceback" not in told


def test_a_terminal_that_closes_under_nohup_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        Stop().listen()
        signal.raise_signal(signal.SIGHUP)
    finally:
        sys.unraisablehook = sys.__unraisablehook__
        for number, handler in before.items():
            signal.signal(number, handler)
