"""Memory needed by a displacement case, estimated before allocation."""

from __future__ import annotations

MOST_PLACES = 100_000
"""Tables of places by day take two gigabytes at 300 days."""
MOST_BYTES = 2_000_000_000
# Bytes an entry: the tables of `Schedule` with what is copied to make them, and what a run writes down.
_DAY_LINK, _DAY_PLACE, _DAY_CAMP, _DAY_SERIES = 12, 33, 80, 16
# Ways are solved anew when a road changes: shares of roads, and distances, for every camp.
_CAMP_LINK, _CAMP_PLACE = 41, 112
# A chunk of people counts for itself (`corridor.displacement.engine.corridor_rule`).
_LINK = 64 * 8


def bytes_needed(days: int, places: int, links: int, camps: int, series: int) -> int:
    """Return the approximate memory for reading and running a case, without its people.

    Parameters
    ----------
    days, places, links, camps, series : int
        Lengths of the period, of the network (links are directed) and of the data.

    Returns
    -------
    int
        Bytes.
    """
    daily = _DAY_LINK * links + _DAY_PLACE * places + _DAY_CAMP * camps + _DAY_SERIES * series
    ways = camps * (_CAMP_LINK * links + _CAMP_PLACE * places)
    return days * daily + ways + _LINK * (links + places)
