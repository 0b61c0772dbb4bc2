"""Run all benchmarks and write `benchmarks/results.md`: ``python -m benchmarks``."""

from benchmarks import mesa_twin, profile, speed

speed.main()
profile.main()
mesa_twin.main()
