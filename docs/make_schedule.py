"""Write the schedule of a step into ``docs/odd.md``, from `corridor.model.schedule`.

Run ``python -m docs.make_schedule``.
"""

from __future__ import annotations

from pathlib import Path

from corridor.model.schedule import SCHEDULE

PAGE = Path(__file__).resolve().with_name("odd.md")
_BEGINNING, _END = "<!-- schedule: written by docs/make_schedule.py -->\n", "<!-- end of schedule -->"


def table() -> str:
    """Return the schedule as a table."""
    rows = [f"| {number} | {step.process} | {step.what} | {step.why} |" for number, step in enumerate(SCHEDULE, 1)]
    return "\n".join(["| | process | what happens | why here |", "| --- | --- | --- | --- |", *rows]) + "\n"


def page() -> str:
    """Return the protocol with the schedule of now."""
    before, rest = PAGE.read_text(encoding="utf-8").split(_BEGINNING)
    return before + _BEGINNING + table() + _END + rest.split(_END, 1)[1]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
