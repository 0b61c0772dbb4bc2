"""Run benchmarks and write `benchmarks/results.md`: ``python -m benchmarks [SECTION ...]``, all without a section."""

import importlib
import importlib.util
import sys

SECTIONS = ["speed", "profile", "roofline", "kernels", "scaling", "outside", "mesa_twin", "flee", "app"]


def main(chosen: list[str]) -> None:
    """Run sections in order; the comparison with Flee is left out where it is not installed."""
    for name in chosen:
        if name not in SECTIONS:
            sys.exit(f"no section named {name}; there are {', '.join(SECTIONS)}")
    for name in chosen or SECTIONS:
        if importlib.util.find_spec(f"benchmarks.{name}") is not None:
            importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
