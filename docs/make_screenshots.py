"""Write ``docs/screenshots``: every page of the app on a desk and on a phone.

Needs the command ``chromium``. Run ``python -m docs.make_screenshots``.
"""

from __future__ import annotations

import io
import os
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
SLOW_MILLISECONDS = 120_000


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Run the app in a folder, which takes its results, and give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.headless", "true"]
    options = ["--server.address", "127.0.0.1", "--server.port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen([*command, *options], cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/_stcore/health")
            yield address
        finally:
            server.terminate()
            server.wait(30)


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
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=SLOW_MILLISECONDS)
    expect(page.get_by_role("button", name="Stop")).to_have_count(0, timeout=SLOW_MILLISECONDS)
    page.wait_for_timeout(1500)


def _save(page: Page, name: str, width: str) -> None:
    """Write a picture of the whole page, with few colours to keep the file small."""
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": WIDTHS[width], "height": min(int(height) + 20, 6000)})
    page.wait_for_timeout(1200)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(FOLDER / f"{name}-{width}.png", optimize=True)
    page.set_viewport_size({"width": WIDTHS[width], "height": HEIGHT})


def main() -> None:
    """Write all pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as address, browser() as chromium:
        for width, pixels in WIDTHS.items():
            page = chromium.new_page(viewport={"width": pixels, "height": HEIGHT})
            show(page, address, "Compare")
            settle(page)
            _save(page, "compare-empty", width)
            show(page, f"{address}/?corridor=mediterranean", "Difference to the baseline")
            settle(page)
            _save(page, "compare", width)
            show(page, f"{address}/explore", "Explore")
            settle(page)
            _save(page, "explore", width)
            page.get_by_role("tab", name="A guided lesson").click()
            page.get_by_text("more", exact=True).click()
            page.get_by_role("button", name="Show what happens").click()
            expect(page.get_by_text("over land before")).to_be_visible(timeout=SLOW_MILLISECONDS)
            settle(page)
            _save(page, "lesson", width)
            show(page, f"{address}/method", "Method")
            settle(page)
            _save(page, "method", width)
            page.get_by_role("tab", name="Parameters").click()
            settle(page)
            _save(page, "parameters", width)
            page.close()


if __name__ == "__main__":
    main()
