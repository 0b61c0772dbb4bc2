"""The simulation as a library: knows no files, no configuration system, no screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

__all__ = ["Simulation"]


def __getattr__(name: str) -> Any:
    """Import the simulation on first use: listings and checks need only the vocabularies."""
    if name == "Simulation":
        from corridor.model.simulation import Simulation

        return Simulation
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
