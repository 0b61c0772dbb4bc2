"""``corridor app``."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import ipaddress
import subprocess
import sys
from pathlib import Path

from corridor.experiments.commands.door import Door, door, secrets_files
from corridor.experiments.runs.command import Command
from corridor.model.errors import InvalidInput

PAGE = Path(__file__).resolve().parents[2] / "app.py"
SETTINGS: dict[str, str] = {
    "global.developmentMode": "false",
    "server.enableCORS": "true",
    "server.enableXsrfProtection": "true",
    "server.enableStaticServing": "false",
    "server.maxUploadSize": "5",
    "server.fileWatcherType": "none",
    "server.showEmailPrompt": "false",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    # A traceback would show the server's directories.
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "theme.base": "light",
    "theme.primaryColor": "#0B5C8A",
    "theme.backgroundColor": "#FFFFFF",
    "theme.secondaryBackgroundColor": "#F3F5F7",
    "theme.textColor": "#1B2530",
    "theme.linkColor": "#0B5C8A",
}
"""Streamlit's settings, passed by the command so that they hold in any directory."""
HERE = "127.0.0.1"
INSTALL = "an installation with pip install {}"


def server(port: int, address: str = HERE, wanted: Door = Door.here, started_in: Path | None = None) -> list[str]:
    """Return the command that serves the app.

    Parameters
    ----------
    port : int
    address : str
        Of the network interface to listen on.
    wanted : Door
        Who may come in without sign-in.
    started_in : path, optional
        Directory in which it will be started; default: the present one.

    Raises
    ------
    InvalidInput
        If sign-in is not set up rightly, or strangers could come in without being asked to.
    """
    files = secrets_files(PAGE, started_in or Path.cwd())
    who = door(files, wanted)
    if who is Door.known:
        if wanted is Door.everybody:
            raise InvalidInput("app", "--open", "given where [auth] is set up", "one of the two")
        _need("authlib", "'streamlit[auth]'")
    if who is Door.here and not _is_loopback(address):
        raise InvalidInput("app", "--address", address, f"{HERE}, or another with sign-in (docs/app.md) or --open")
    settings = {**SETTINGS, "server.port": str(port), "server.address": address}
    flags = [part for name, value in settings.items() for part in (f"--{name}", value)]
    secrets = [part for file in files for part in ("--secrets.files", str(file))]
    return [sys.executable, "-m", "streamlit", "run", str(PAGE), *flags, *secrets, "--", who.name]


def _is_loopback(address: str) -> bool:
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _need(module: str, package: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise InvalidInput("app", module, "not installed", INSTALL.format(package))


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8501, help="default: 8501")
    parser.add_argument("--address", default=HERE, help=f"network address to listen on; default: {HERE}, this machine")
    parser.add_argument("--open", action="store_true", help="let everybody in who reaches the server, without sign-in")


def _app(options: argparse.Namespace) -> None:
    _need("streamlit", "'corridor-simulation[app]'")
    if not 1 <= options.port <= 65_535:
        raise InvalidInput("app", "--port", options.port, "1 to 65535")
    command = server(options.port, options.address, Door.everybody if options.open else Door.here)
    print(f"Open to {Door[command[-1]]}.", flush=True)
    with contextlib.suppress(KeyboardInterrupt):  # the usual way to close the app
        ended = subprocess.run(command, check=False)
        if ended.returncode:
            raise SystemExit(ended.returncode)


COMMAND = Command("app", "open the browser app", _app, arguments=_arguments)
