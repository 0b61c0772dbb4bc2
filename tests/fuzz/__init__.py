"""Hostile input, seeded and counted, through every door: ``python -m tests.fuzz``."""
