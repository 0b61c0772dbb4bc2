"""How long planners wait: for an answer that is shipped, foretold, or simulated, alone and ten at once.

Needs the command ``chromium``; run it on an otherwise idle machine.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from benchmarks.report import publish, table
from corridor.views.doses import file_of
from corridor.views.gallery import PERIODS
from docs.make_screenshots import SLOW_MILLISECONDS, WIDTHS, browser, serve, settle

ALLOWED_SECONDS = 10.0
SECONDS_TO_GET_READY = 15.0
QUESTIONS = {
    "tutorial": "corridor=tutorial&years=2001-2002",
    "mediterranean, 2013 to 2015": "corridor=mediterranean&years=2013-2015",
    "mediterranean, 2011 to 2021": "corridor=mediterranean&years=2011-2021",
}
MOVES = 3
SESSIONS = 10
TEN_ASK = "mediterranean, 2013 to 2015"
TEN_SECONDS = 120.0
CHANGED = "before => document.querySelector('.st-key-provisional').innerText !== before"
BAND = re.compile(r"[5-9] paired runs\.")
PACKAGES = ("safe_pathways", "border_enforcement")


def main() -> None:
    """Ask each question twice in a new server: at once, and when its workers had time to load."""
    rows = []
    with browser() as chromium:
        for name, setting in QUESTIONS.items():
            with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as address:
                for state, package in zip(("cold", "warm"), PACKAGES, strict=True):
                    page = chromium.new_page()
                    if state == "warm":
                        time.sleep(SECONDS_TO_GET_READY)
                    answer, band = _waits(page, f"{address}/?{setting}&packages={package}")
                    page.close()
                    verdict = "met" if answer < ALLOWED_SECONDS else "NOT MET"
                    rows.append((name, state, f"{answer:.1f}", f"{band:.1f}", verdict))
        with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as address:
            at_once = _at_once(chromium.new_page(viewport={"width": WIDTHS["desk"], "height": 900}), address)
            at_once.append(_ten_sessions(chromium, address))
    head = ("question", "server", "first answer, s", "first interval, s", f"answer within {ALLOWED_SECONDS:.0f} s")
    text = (
        "From opening a shared link, which asks its question at once, to what the browser shows; one package. *Cold*: "
        "the server has just started, and its workers still load; *warm*: they are ready."
    )
    told = ("answer", "seconds", "allowed", "")
    publish("Waiting for the app", f"{text}\n\n{table(head, rows)}\n\n{table(told, at_once)}")


def _at_once(page: Page, address: str) -> list[tuple[str, str, str, str]]:
    """Return what is waited for answers that need no run: shipped ones, and provisional ones after a slider moves."""
    waits = []
    for state in ("shipped, cold", "shipped, warm"):
        began = time.perf_counter()
        page.goto(address)
        expect(page.locator(".card")).to_have_count(4, timeout=SLOW_MILLISECONDS)
        waits.append((state, time.perf_counter() - began, 1.0))
        settle(page)
    rows = [_judged(*wait) for wait in waits]
    if not any(file_of(period).exists() for period in PERIODS):
        return [*rows, ("emulated, after a slider moves", "–", "0.3", "none is shipped: see docs/emulator.md")]
    return [*rows, *(_judged("emulated, after a slider moves", wait, 0.3) for wait in _emulated(page))]


def _judged(name: str, wait: float, most: float) -> tuple[str, str, str, str]:
    return name, f"{wait:.2f}", f"{most:.1f}", "met" if wait < most else "NOT MET"


def _emulated(page: Page) -> Iterator[float]:
    """Yield seconds from a move of a slider to the provisional answer that follows it."""
    page.get_by_text("Change this question").click()
    page.get_by_text("Measures in this package").first.click()
    slider = page.get_by_role("slider", name=re.compile("Search and rescue"))
    slider.focus()
    for _ in range(MOVES):
        settle(page)
        cards = page.locator(".st-key-provisional")
        before = cards.inner_text()
        began = time.perf_counter()
        slider.press("ArrowRight")
        page.wait_for_function(CHANGED, arg=before, timeout=SLOW_MILLISECONDS)
        yield time.perf_counter() - began


def _ten_sessions(chromium: Browser, address: str) -> tuple[str, str, str, str]:
    """Return how long it takes until ten people who ask ten questions at once all have a first answer."""
    contexts = [chromium.new_context() for _ in range(SESSIONS)]
    pages = [context.new_page() for context in contexts]
    began = time.perf_counter()
    for number, page in enumerate(pages):
        package = f"own~search_and_rescue:{1 + number / 2:g}"
        page.goto(f"{address}/?{QUESTIONS[TEN_ASK]}&packages={package}&runs=5", wait_until="commit")
    for page in pages:
        expect(page.locator(".card")).to_have_count(4, timeout=SLOW_MILLISECONDS)
    wait = time.perf_counter() - began
    for context in contexts:
        context.close()
    return _judged(f"ten sessions at once, {TEN_ASK}: all have an answer", wait, TEN_SECONDS)


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
        stop.dispatch_event("click")  # no wait until the button is still: it is drawn anew with each run that is done
    expect(stop).to_have_count(0, timeout=SLOW_MILLISECONDS)
    return answer, band
