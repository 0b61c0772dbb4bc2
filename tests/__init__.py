"""Tests, in folders that mirror the packages.

Tests of the project as a whole (installation, documentation, benchmarks) are in `project`; `reference` holds the plain
NumPy twins of kernels.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
