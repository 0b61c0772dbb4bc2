"""The smuggling market: organisations, the terms of their offers, and sales.

An offer is an organisation on a leg. `market` has the organisations and their money, `offers` fees and the buyers whom
each offer gets, `seats` demand, crowding and rationing, `networks` the members of organisations, `conduct` their care,
bribes and advertising, `adaptation` their capacity, `turnover` who leaves, enters, splits and merges.
"""

from corridor.model.processes.market.market import Market

__all__ = ["Market"]
