"""Worlds and runs: their settings, the processes that compute them, and the stores that keep them."""
