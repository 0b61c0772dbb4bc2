"""How long a planner waits: from the press of Compare to the first answer, and to the first interval.

Needs the command ``chromium``; run it on an otherwise idle machine.
"""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from benchmarks.report import publish, table
from docs.make_screenshots import SLOW_MILLISECONDS, browser, serve

ALLOWED_SECONDS = 10.0
SECONDS_TO_GET_READY = 15.0
QUESTIONS = {
    "tutorial": "corridor=tutorial&years=2001-2002",
    "mediterranean, 2013 to 2015": "corridor=mediterranean&years=2013-2015",
    "mediterranean, 2011 to 2021": "corridor=mediterranean&years=2011-2021",
}
BAND = re.compile(r"[5-9] paired runs\.")
PACKAGES = ("safe_pathways", "border_enforcement")


def main() -> None:
    """Ask each question twice in a new server: at once, and when its workers had time to load."""
    rows = []
    with browser() as chromium:
        for name, setting in QUESTIONS.items():
            with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as address:
                for state, package in zip(("starting", "ready"), PACKAGES, strict=True):
                    page = chromium.new_page()
                    if state == "ready":
                        time.sleep(SECONDS_TO_GET_READY)
                    answer, band = _waits(page, f"{address}/?{setting}&packages={package}")
                    page.close()
                    verdict = "met" if answer < ALLOWED_SECONDS else "NOT MET"
                    rows.append((name, state, f"{answer:.1f}", f"{band:.1f}", verdict))
    head = ("question", "workers", "first answer, s", "first interval, s", f"answer within {ALLOWED_SECONDS:.0f} s")
    text = "From opening a shared link, which asks its question at once, to what the browser shows; one package."
    publish("Waiting for the app", f"{text}\n\n{table(head, rows)}")


def _waits(page: Page, address: str) -> tuple[float, float]:
    """Return seconds to the first answer and to the first interval."""
    began = time.perf_counter()
    page.goto(address)
    expect(page.locator(".card")).to_have_count(4, timeout=SLOW_MILLISECONDS)
    answer = time.perf_counter() - began
    expect(page.get_by_text(BAND).first).to_be_visible(timeout=SLOW_MILLISECONDS)
    band = time.perf_counter() - began
    stop = page.get_by_role("button", name="Stop")
    if stop.is_visible():
        stop.click()
    expect(stop).to_have_count(0, timeout=SLOW_MILLISECONDS)
    return answer, band
