"""Displacement cases in the directory format of Flee: reader and writer."""

from corridor.displacement.flee.reader import find_cases, is_case, read_case
from corridor.displacement.flee.writer import write_case

__all__ = ["find_cases", "is_case", "read_case", "write_case"]
