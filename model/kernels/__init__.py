"""Compiled loops over columns and their plain NumPy twins."""
