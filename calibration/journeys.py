"""Two measures of journeys on the scorecard; the others are in `docs.journey_measures`."""

from __future__ import annotations

import xarray as xr


def passages_back(ds: xr.Dataset) -> float:
    """Return the share of journeys on legs without an irregular crossing that lead to a place already passed."""
    inland = ~ds["leg_crossing"].astype(bool)
    return ratio(ds["passages_back"].where(inland), ds["passages"].where(inland))


def detected_at_once(ds: xr.Dataset) -> float:
    """Return the share of first detections in the calendar quarter of leaving home or the next."""
    return ratio(ds["first_detections"].sel(quarters=["0", "1"]), ds["first_detections"])


def ratio(part: xr.DataArray, whole: xr.DataArray) -> float:
    """Return the ratio of two sums; NaN if the divisor is zero."""
    return float(part.sum()) / float(whole.sum()) if float(whole.sum()) else float("nan")
