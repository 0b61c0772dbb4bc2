"""Displacement cases in the directory format of Flee: reader and writer."""

from scenarios.flee.reader import find_cases, is_case, read_case
from scenarios.flee.writer import write_case

__all__ = ["find_cases", "is_case", "read_case", "write_case"]
