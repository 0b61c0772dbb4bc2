"""The smuggling market: organisations, the terms of their offers, and sales.

An offer is a passage that one organisation sells on one leg. `market` contains the organisations and their money,
`offers` fees and buyers' choice among offers, `seats` demand, crowding and rationing, `networks` the members of
organisations, `conduct` their care, bribes and advertising, `adaptation` their capacity, and `turnover` exits, entries,
splits and mergers.
"""

from corridor.model.processes.market.market import Market

__all__ = ["Market"]
