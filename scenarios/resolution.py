"""What few agents and long steps do to results, said where they are chosen. Measured: docs/odd.md, Scales."""

from __future__ import annotations

from collections.abc import Iterator

from corridor.model.corridor import Corridor

USUAL_STEP_DAYS = 7
FEW = 1 / 10
"""Agents over what the scenario says below which some results are biased by more than about 5 %."""


def long_steps(step_days: int) -> Iterator[str]:
    """Yield what steps of this length do to results, if they are longer than a week."""
    if step_days > USUAL_STEP_DAYS:
        yield (
            f"steps of {step_days} days make decisions wait: too few journeys and victims (2 to 7 % and 6 to 13 % with "
            "14 days, 9 to 13 % and 17 to 26 % with 28); results of steps up to 7 days agree within 2 %"
        )


def resolution(corridor: Corridor, agents: int, step_days: int) -> Iterator[str]:
    """Yield one sentence each about steps that are long, and agents that are few, for this corridor."""
    yield from long_steps(step_days)
    if agents < FEW * corridor.agents:
        yield (
            f"{agents:,} agents are few for this scenario ({corridor.agents:,} usually): totals are biased by some "
            "5 to 15 %, and differ much from seed to seed; compare policies at equal numbers only"
        )
