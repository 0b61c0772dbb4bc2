"""Worlds and runs, the processes that compute them, the stores that keep them, and the settings that ask for them."""
