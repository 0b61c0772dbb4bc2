"""Forced displacement from conflict to camps, by day: engine, Flee's format, fit, forecasts, validation (ODD 7.17)."""

from pathlib import Path

TUTORIAL = Path(__file__).parent / "displacement_tutorial"
"""Directory of the bundled case."""
