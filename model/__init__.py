"""The simulation as a library: knows no files, no configuration system, no screen."""

from __future__ import annotations

from model.simulation import Simulation

__all__ = ["Simulation"]
