"""Write ``docs/screenshots``: every page of the app on a desk and on a phone.

Needs the command ``chromium``. Run ``python -m docs.make_screenshots [CASE]`` (a directory in Flee's format).
"""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from corridor.experiments.commands.app import server
from corridor.experiments.runs.settings import EnsembleSettings
from corridor.experiments.studies.ensemble import run_ensemble
from corridor.experiments.studies.experiment import configured, ensemble_design

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = {"desk": 1440, "phone": 390}
HEIGHT = 900
COLOURS = 128
SLOW_MILLISECONDS = 600_000
SECONDS_TO_STOP = 30.0


def free_port() -> int:
    """Return a port of this machine on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serve(folder: Path, port: int | None = None) -> Iterator[str]:
    """Run the app in a folder, which takes its results and may have settings, and give its address."""
    port = port or free_port()
    command = server(port, started_in=folder)
    environment = {**os.environ, "STREAMLIT_SERVER_HEADLESS": "true"}
    with (folder / "server.log").open("w") as log:
        running = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/_stcore/health")
            yield address
        finally:
            running.terminate()
            try:
                running.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)  # with its workers
                running.wait()


def _wait_for(address: str, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.3)


@contextmanager
def browser() -> Iterator[Browser]:
    """Give Debian's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


def show(page: Page, address: str, heading: str) -> None:
    """Open an address and wait for the heading of its page."""
    page.goto(address)
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible(timeout=SLOW_MILLISECONDS)


def settle(page: Page) -> None:
    """Wait until nothing runs and the charts are drawn."""
    still = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    for wait in (500, 1000):  # twice, for what a page asks to be computed may begin only after it was quiet
        page.wait_for_timeout(wait)
        expect(page.get_by_role("button", name="Stop")).to_have_count(0, timeout=SLOW_MILLISECONDS)
        expect(still).to_have_count(1, timeout=SLOW_MILLISECONDS)  # after that: the last drawing follows the last run
        for sign in ("[data-testid=stSpinner]", "[data-stale=true]"):
            expect(page.locator(sign)).to_have_count(0, timeout=SLOW_MILLISECONDS)


def _save(page: Page, name: str, width: str) -> None:
    """Write a picture of the whole page, with few colours to keep the file small."""
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": WIDTHS[width], "height": min(int(height) + 20, 9000)})
    page.wait_for_timeout(1200)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(FOLDER / f"{name}-{width}.png", optimize=True)
    page.set_viewport_size({"width": WIDTHS[width], "height": HEIGHT})


COMPARISON = "corridor=mediterranean&years=2013-2015&packages=safe_pathways,border_enforcement,own~search_and_rescue:6"
STUDY = [
    "scenarios=[tutorial]", "policies=[baseline,rescue,safe_pathways]", "vary=[departure_rate,foresight,drought]",
    "samples=20", "agents=2000", "title=A study of the toy world", "question=Which package holds up?",
]  # fmt: skip


def _compare(page: Page, address: str) -> Iterator[str]:
    page.goto(address)
    expect(page.locator(".card")).to_have_count(4, timeout=SLOW_MILLISECONDS)
    yield "compare-empty"
    page.get_by_text("Change this question").click()
    page.get_by_text("Measures in this package").first.click()
    yield "compare-build"
    page.goto(f"{address}/?{COMPARISON}")
    expect(page.locator(".card")).to_have_count(4, timeout=SLOW_MILLISECONDS)
    yield "compare"


def _explore(page: Page, address: str) -> Iterator[str]:
    show(page, f"{address}/explore", "Explore")
    settle(page)
    page.get_by_role("slider").first.focus()
    page.keyboard.press("End")
    expect(page.get_by_text("difference to the world as it is")).to_be_visible(timeout=SLOW_MILLISECONDS)
    yield "explore"
    page.get_by_text("Through the weeks").click()
    settle(page)
    page.get_by_role("slider", name="Week").focus()
    page.keyboard.press("End")
    yield "explore-weeks"
    page.get_by_text("Follow one person").click()
    yield "explore-life"
    page.get_by_role("tab", name="Guided lessons").click()
    page.get_by_text("more", exact=True).click()
    page.get_by_role("button", name="Show what happens").click()
    expect(page.get_by_text("You guessed")).to_be_visible(timeout=SLOW_MILLISECONDS)
    yield "lesson"


def _experiments(page: Page, address: str) -> Iterator[str]:
    show(page, f"{address}/experiments", "A study of the toy world")
    yield "experiments"
    page.get_by_text("Robustness", exact=True).click()
    yield "experiments-robustness"


def _displacement(page: Page, address: str, case: Path | None) -> Iterator[str]:
    show(page, f"{address}/displacement", "Displacement")
    yield "displacement-empty"
    if case is not None:
        page.locator("input[type=file]").set_input_files(case)
        expect(page.get_by_text(re.compile(r"^Error without capacities \d"))).to_be_visible(timeout=SLOW_MILLISECONDS)
        yield "displacement"


def _method(page: Page, address: str) -> Iterator[str]:
    show(page, f"{address}/method", "Method")
    yield "method"
    page.get_by_role("tab", name="Parameters").click()
    yield "parameters"
    page.get_by_role("tab", name="Validation").click()
    yield "validation"


def _packed(case: Path, folder: Path) -> Path:
    """Return a zip file of a directory in Flee's format."""
    return Path(shutil.make_archive(str(folder / case.name), "zip", case.parent, case.name))


def main() -> None:
    """Write all pictures; a directory in Flee's format may be given, for the page Displacement."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, browser() as chromium:
        folder = Path(name)
        case = _packed(Path(sys.argv[1]), folder) if len(sys.argv) > 1 else None
        design = ensemble_design(configured(EnsembleSettings, STUDY))
        run_ensemble(design, folder / "results" / "toy-study.zarr", number=1)
        with serve(folder) as address:
            for width, pixels in WIDTHS.items():
                page = chromium.new_page(viewport={"width": pixels, "height": HEIGHT})
                for views in (
                    _compare(page, address), _explore(page, address), _experiments(page, address),
                    _displacement(page, address, case), _method(page, address),
                ):  # fmt: skip
                    for view in views:
                        settle(page)
                        _save(page, view, width)
                page.close()


if __name__ == "__main__":
    main()
