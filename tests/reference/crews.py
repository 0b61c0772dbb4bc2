"""Crews of smuggling organisations in plain NumPy: what `corridor.model.kernels.crews` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def count_posts_numpy(
    capacity: NDArray[np.float64],
    organisation: NDArray[np.int64],
    service: NDArray[np.int64],
    crew: NDArray[np.float64],
    n_organisations: int,
) -> NDArray[np.float64]:
    """Plain NumPy twin of `count_posts`."""
    posts = np.zeros((n_organisations, crew.shape[1]))
    np.add.at(posts, organisation, capacity[:, None] * crew[service])
    return posts


def serve_with_numpy(
    filled: NDArray[np.float64],
    capacity: NDArray[np.float64],
    organisation: NDArray[np.int64],
    service: NDArray[np.int64],
    needed: NDArray[np.bool_],
    exponent: float,
    nobody: float,
) -> NDArray[np.float64]:
    """Plain NumPy twin of `serve_with`."""
    short = np.maximum(filled, nobody) ** -exponent
    able: NDArray[np.float64] = (short @ needed.T / needed.sum(axis=1)) ** (-1 / exponent)
    return np.where(capacity > 0, able[organisation, service], 1.0)


def resize_numpy(members: NDArray[np.float64], before: NDArray[np.float64], after: NDArray[np.float64]) -> None:
    """Do what `resize` does: its plain NumPy twin."""
    members *= np.divide(after, before, out=np.ones_like(after), where=before > 0)[:, None]


def share_filled_numpy(members: NDArray[np.float64], posts: NDArray[np.float64], nobody: float) -> NDArray[np.float64]:
    """Plain NumPy twin of `share_filled`."""
    return np.clip(np.divide(members, posts, out=np.ones_like(posts), where=posts > nobody), 0.0, 1.0)


def fill_core_numpy(
    members: NDArray[np.float64],
    roles: NDArray[np.int64],
    capacity: NDArray[np.float64],
    organisation: NDArray[np.int64],
    per_capacity: NDArray[np.float64],
    nobody: float,
) -> NDArray[np.float64]:
    """Plain NumPy twin of `fill_core`."""
    posts = np.bincount(organisation, weights=capacity * per_capacity, minlength=members.shape[0]).astype(np.float64)
    return share_filled_numpy(members[:, roles].sum(axis=1), posts, nobody)


def take_members_numpy(
    members: NDArray[np.float64],
    custody: NDArray[np.float64],
    roles: NDArray[np.int64],
    taken: NDArray[np.int64],
    convicted: NDArray[np.int64],
) -> None:
    """Do what `take_members` does: its plain NumPy twin."""
    here = members[:, roles]
    total = here.sum(axis=1)
    share = np.divide(np.minimum(taken, total), total, out=np.zeros_like(total), where=total > 0)
    freed = 1 - np.divide(convicted, taken, out=np.zeros_like(total), where=taken > 0)
    members[:, roles] = here * (1 - share)[:, None]
    custody[:, roles] += here * (share * freed)[:, None]


def heal_numpy(
    members: NDArray[np.float64],
    custody: NDArray[np.float64],
    posts: NDArray[np.float64],
    released: float,
    recruited: NDArray[np.float64],
) -> None:
    """Do what `heal` does: its plain NumPy twin."""
    back = released * custody
    custody -= back
    members += back
    members += recruited * (posts - members)
