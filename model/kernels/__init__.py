"""Compiled loops over columns; their plain NumPy references are in ``tests/reference``."""

from corridor.model import machine_code as machine_code
