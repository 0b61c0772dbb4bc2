"""The form of a parameter, and what is known of how it was obtained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Obtained = Literal["measured", "estimated", "calibrated", "assumed"]


@dataclass(frozen=True)
class Parameter:
    """One behavioural parameter.

    Attributes
    ----------
    name, unit, meaning, source : str
    default, low, high : float
        Default and plausible range.
    obtained : {"measured", "estimated", "calibrated", "assumed"}
    process : str
        Process of the model that reads it.
    """

    name: str
    default: float
    low: float
    high: float
    unit: str
    process: str
    obtained: Obtained
    source: str
    meaning: str
