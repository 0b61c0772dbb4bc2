"""Run both models once, so that Numba keeps their machine code: ``python -m tests.compiled``."""

from __future__ import annotations

from corridor.displacement.engine.parameters import PRESETS, Behaviour
from corridor.displacement.engine.simulation import Displacement
from corridor.displacement.flee import read_case
from corridor.model import Simulation
from corridor.scenarios import load
from tests import ROOT

CASE = ROOT / "displacement" / "displacement_tutorial"


def main() -> None:
    """Run the toy world, and the toy case by both rules."""
    Simulation(load("tutorial"), agents=2000).run()
    for rule in (Behaviour(), PRESETS["modern125"]):
        Displacement(read_case(CASE), rule).run()


if __name__ == "__main__":
    main()
