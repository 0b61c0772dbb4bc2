"""Compiled loops over columns and their plain NumPy twins."""

from corridor.model import machine_code as machine_code
