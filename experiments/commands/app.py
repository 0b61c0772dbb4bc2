"""``corridor app``."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import subprocess
import sys
from pathlib import Path

from experiments.commands import Command
from model.errors import InvalidInput

PAGE = Path(__file__).resolve().parents[2] / "app.py"


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8501, help="default: 8501")


def _app(options: argparse.Namespace) -> None:
    if importlib.util.find_spec("streamlit") is None:
        raise InvalidInput(
            "app", "streamlit", "not installed", "an installation with pip install 'corridor-simulation[app]'"
        )
    settings = ["--server.port", str(options.port), "--browser.gatherUsageStats", "false"]
    with contextlib.suppress(KeyboardInterrupt):  # the usual way to close the app
        subprocess.run([sys.executable, "-m", "streamlit", "run", str(PAGE), *settings], check=False)


COMMAND = Command("app", "open the browser app", _app, arguments=_arguments)
