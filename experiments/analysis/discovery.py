"""Scenario discovery: the futures in which a package fails, as a box of conditions in plain words."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor.experiments.analysis.factors import factor
from corridor.model.errors import InvalidInput
from corridor.model.parameters import REGISTRY
from corridor.scenarios import shocks

SMALLEST_BOX = 0.05
"""Minimum share of the futures inside a box."""
FEWEST = 5
"""Minimum number of failing, and of other, futures for a search."""
MANY, RARE = 20, 0.1
"""Number of futures, and the largest share of them, for the words *almost always* and *almost never*."""
_ABOVE_NOTHING = 1e-9
SIGNIFICANT = 0.05
"""Largest quasi-p value (Bryant and Lempert 2010) at which a condition is kept."""


@dataclass(frozen=True)
class Condition:
    """One side of a box.

    Attributes
    ----------
    name : str
        Factor, or ``scenario`` or ``future``.
    low, high : float
        Bounds; infinite where there is none.
    among : tuple of str
        Names, for ``scenario`` and ``future``.
    """

    name: str
    low: float = -np.inf
    high: float = np.inf
    among: tuple[str, ...] = ()

    def words(self) -> str:
        """Return the condition as a phrase."""
        if self.among:
            return f"{self.name} is {' or '.join(self.among)}"
        known = self.name in REGISTRY or self.name in shocks()
        unit = f" {factor(self.name).unit}" if known else ""
        meaning = f" ({factor(self.name).meaning})" if known else ""
        if np.isinf(self.low):
            return f"{self.name} is at most {self.high:.3g}{unit}{meaning}"
        if np.isinf(self.high):
            return f"{self.name} is at least {self.low:.3g}{unit}{meaning}"
        return f"{self.name} is between {self.low:.3g} and {self.high:.3g}{unit}{meaning}"

    def holds(self, x: pd.DataFrame) -> NDArray[np.bool_]:
        """Return whether the condition holds in each future, shape (n_futures,)."""
        if self.among:
            return x[self.name].isin(self.among).to_numpy()
        return x[self.name].between(self.low, self.high).to_numpy()


@dataclass(frozen=True)
class Discovery:
    """Result of scenario discovery.

    Attributes
    ----------
    policy : str
    futures, failing : int
    box : tuple of Condition
        Empty if no box is told.
    density : float
        Share of the box's futures in which the package fails.
    coverage : float
        Share of the failing futures that lie in the box.
    mass : float
        Share of all futures that lie in the box.
    why_none : str
        Why there is no box, if there is none.
    """

    policy: str
    futures: int
    failing: int
    box: tuple[Condition, ...] = ()
    density: float = np.nan
    coverage: float = np.nan
    mass: float = np.nan
    why_none: str = ""

    def table(self) -> pd.DataFrame:
        """Return the box: one row per condition, with its bounds (infinite or empty if there are none)."""
        return pd.DataFrame([asdict(condition) for condition in self.box])

    def words(self) -> str:
        """Return the finding in plain words."""
        head = f"{self.policy} fails in {self.failing} of {self.futures} futures."
        if not self.box:
            return f"{head} {self.why_none}"
        conditions = "\n  and ".join(condition.words() for condition in self.box)
        return (
            f"{head} It fails mostly where\n      {conditions}.\n"
            f"In this box it fails in {self.density:.0%} of the futures, against {self.failing / self.futures:.0%} of "
            f"all; the box holds {self.coverage:.0%} of the failures and {self.mass:.0%} of the futures."
        )


def discover(policy: str, x: pd.DataFrame, failing: NDArray[np.bool_]) -> Discovery:
    """Find the box of conditions in which a package fails most.

    Parameters
    ----------
    policy : str
    x : DataFrame
        One row a future, one column a condition (numbers or names), from `robust.conditions`.
    failing : ndarray of bool, shape (n_futures,)
        From `robust.fails`.

    Returns
    -------
    Discovery

    Notes
    -----
    The patient rule induction method (Friedman and Fisher 1999) as in EMA Workbench. Of the boxes on its way the one
    with the highest harmonic mean of density and coverage is taken; conditions that chance alone could explain
    (quasi-p value above 0.05) are dropped. Scenario discovery: Bryant and Lempert (2010).
    """
    n, k = len(failing), int(failing.sum())
    if x.empty or not len(x.columns):
        raise InvalidInput("robust", "factors", "none", "at least one uncertain factor, such as vary=[market]")
    if min(k, n - k) < FEWEST:
        return Discovery(policy, n, k, why_none=_too_few(n, k))
    box = _peel(x.reset_index(drop=True), failing)
    if not box:
        return Discovery(policy, n, k, why_none="No box of conditions sets the failures apart from luck.")
    inside = np.logical_and.reduce([condition.holds(x) for condition in box])
    caught = int((inside & failing).sum())
    return Discovery(policy, n, k, tuple(box), caught / int(inside.sum()), caught / k, float(inside.mean()))


def _too_few(n: int, k: int) -> str:
    """Explain why k failures in n futures are too few, or too many, for a box."""
    if n >= MANY and min(k, n - k) <= n * RARE:
        return f"It fails almost {'always' if 2 * k > n else 'never'}: no box of conditions would tell more."
    return f"Too few futures to say where: a box takes {FEWEST} that fail and {FEWEST} that do not; give more samples."


def _peel(x: pd.DataFrame, failing: NDArray[np.bool_]) -> list[Condition]:
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        from ema_workbench.analysis import prim

        logging.getLogger("EMA").setLevel(logging.ERROR)
        # EMA Workbench counts as of interest what reaches the threshold, and drops boxes whose mean does not.
        found = prim.Prim(x, failing.astype(float), threshold=_ABOVE_NOTHING, mass_min=SMALLEST_BOX).find_box()
        if found is None:
            return []
        way = found.peeling_trajectory
        score = 2 * way["density"] * way["coverage"] / (way["density"] + way["coverage"])
        chosen = int(score.idxmax())
    limits, start = found.box_lims[chosen], found.box_lims[0]
    quasi_p = found.qp[chosen]
    box = []
    for name in x.columns:
        condition = _condition(str(name), limits[name], start[name], quasi_p.get(name, []))
        if condition is not None:
            box.append(condition)
    return box


def _condition(name: str, limits: Any, start: Any, quasi_p: Any) -> Condition | None:
    """Return one side of a box if it is restricted more than by chance."""
    if isinstance(limits[0], (set, frozenset)):
        kept = tuple(sorted(map(str, limits[0])))
        significant = any(0 <= p <= SIGNIFICANT for p in quasi_p)
        return Condition(name, among=kept) if len(kept) < len(start[0]) and significant else None
    low, high = -np.inf, np.inf
    for side, p in enumerate(quasi_p):
        if 0 <= p <= SIGNIFICANT:
            if side == 0:
                low = float(limits[0])
            else:
                high = float(limits[1])
    return None if np.isinf(low) and np.isinf(high) else Condition(name, low, high)
