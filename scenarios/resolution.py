"""Warning about the effects of few agents on results. Measured in docs/odd.md, Scales."""

from __future__ import annotations

from collections.abc import Iterator

from corridor.model.corridor import Corridor

FEW = 1 / 10
"""Agents relative to the scenario's number below which some results are biased by more than about 5 %."""


def resolution(corridor: Corridor, agents: int) -> Iterator[str]:
    """Yield a sentence if there are few agents for this corridor."""
    if agents < FEW * corridor.agents:
        yield (
            f"{agents:,} agents are few for this scenario ({corridor.agents:,} usually): totals are biased by some "
            "5 to 15 %, and differ much from seed to seed; compare policies at equal numbers only"
        )
