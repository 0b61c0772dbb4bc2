"""Crews of smuggling organisations: posts, recruitment and losses, and serviceable capacity (ODD eq. 11a, 53a)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.machine_code import Bools, Floats, Int, Ints, Real, compiled


@compiled()
def count_posts(
    capacity: Floats, organisation: Ints, service: Ints, crew: Floats, n_organisations: Int
) -> NDArray[np.float64]:
    """Return the members required by each organisation for its offers.

    Parameters
    ----------
    capacity : ndarray of float, shape (n_offers,), persons a week
    organisation, service : ndarray of int, shape (n_offers,)
    crew : ndarray of float, shape (n_services, n_roles), members a unit of capacity
    n_organisations : int

    Returns
    -------
    ndarray of float, shape (n_organisations, n_roles), persons
    """
    posts = np.zeros((n_organisations, crew.shape[1]))
    for offer in range(capacity.size):
        if capacity[offer] != 0.0:
            for role in range(crew.shape[1]):
                posts[organisation[offer], role] += capacity[offer] * crew[service[offer], role]
    return posts


@compiled()
def serve_with(
    filled: Floats, capacity: Floats, organisation: Ints, service: Ints, needed: Bools, exponent: Real, nobody: Real
) -> NDArray[np.float64]:
    """Return the share of each offer's capacity that its crew can serve: a soft minimum over the roles needed.

    Parameters
    ----------
    filled : ndarray of float, shape (n_organisations, n_roles), 0 to 1
    capacity : ndarray of float, shape (n_offers,), persons a week
    organisation, service : ndarray of int, shape (n_offers,)
    needed : ndarray of bool, shape (n_services, n_roles)
    exponent : float
        The larger, the closer to the minimum.
    nobody : float
        Share below which a role counts as vacant.

    Returns
    -------
    ndarray of float, shape (n_offers,); 1 without capacity
    """
    able, of_offer = np.full((filled.shape[0], needed.shape[0]), -1.0), np.ones(organisation.size)
    for offer in range(organisation.size):
        if capacity[offer] == 0.0:
            continue
        row, kind = organisation[offer], service[offer]
        # An organisation's crew does the same for all its offers of a kind: powers are dear.
        if able[row, kind] < 0.0:
            able[row, kind] = _soft_minimum(filled[row], needed[kind], exponent, nobody)
        of_offer[offer] = able[row, kind]
    return of_offer


@compiled()
def _soft_minimum(filled: Floats, needed: Bools, exponent: Real, nobody: Real) -> Real:
    total, roles = 0.0, 0
    for role in range(needed.size):
        if needed[role]:
            roles += 1
            total += 1.0 if filled[role] == 1.0 else max(filled[role], nobody) ** -exponent
    return 1.0 if total == roles else (total / roles) ** (-1 / exponent)


@compiled()
def resize(members: Floats, before: Floats, after: Floats) -> None:
    """Scale crews in proportion to capacity; changes ``members``.

    Parameters
    ----------
    members : ndarray of float, shape (n_organisations, n_roles), persons
    before, after : ndarray of float, shape (n_organisations,), persons a week
        Capacity.
    """
    for row in range(before.size):
        if before[row] > 0.0:
            factor = after[row] / before[row]
            for role in range(members.shape[1]):
                members[row, role] *= factor


@compiled()
def share_filled(members: Floats, posts: Floats, nobody: Real) -> NDArray[np.float64]:
    """Return the share of posts that are filled, 0 to 1; 1 where there are no posts.

    Parameters
    ----------
    members, posts : ndarray of float, shape (n_organisations, n_roles), persons
    nobody : float
        Posts that count as none, persons.

    Returns
    -------
    ndarray of float, shape (n_organisations, n_roles)
    """
    filled = np.ones(posts.shape)
    for row in range(posts.shape[0]):
        for role in range(posts.shape[1]):
            if posts[row, role] > nobody:
                filled[row, role] = min(max(members[row, role] / posts[row, role], 0.0), 1.0)
    return filled


@compiled()
def survey_crews(
    members: Floats,
    capacity: Floats,
    organisation: Ints,
    service: Ints,
    crew: Floats,
    needed: Bools,
    exponent: Real,
    nobody: Real,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return posts, the share filled, vacancies, and the share of capacity that crews can serve, in one call.

    Parameters
    ----------
    members, capacity, organisation, service, crew, needed, exponent, nobody
        See `count_posts` and `serve_with`.

    Returns
    -------
    posts, filled : ndarray of float, shape (n_organisations, n_roles)
        From `count_posts` and `share_filled`.
    vacant : ndarray of float, shape (n_organisations, n_roles), persons
        Posts that nobody fills.
    able : ndarray of float, shape (n_offers,)
        From `serve_with`.
    """
    posts = count_posts(capacity, organisation, service, crew, members.shape[0])
    filled = share_filled(members, posts, nobody)
    vacant = np.zeros_like(posts)
    for row in range(posts.shape[0]):
        for role in range(posts.shape[1]):
            vacant[row, role] = max(posts[row, role] - max(members[row, role], 0.0), 0.0)
    return posts, filled, vacant, serve_with(filled, capacity, organisation, service, needed, exponent, nobody)


@compiled()
def fill_core(
    members: Floats, roles: Ints, capacity: Floats, organisation: Ints, per_capacity: Floats, nobody: Real
) -> NDArray[np.float64]:
    """Return the share of posts of some roles together that are filled, 0 to 1; 1 where no post is.

    Parameters
    ----------
    members : ndarray of float, shape (n_organisations, n_roles), persons
    roles : ndarray of int
    capacity : ndarray of float, shape (n_offers,), persons a week
    organisation : ndarray of int, shape (n_offers,)
    per_capacity : ndarray of float, shape (n_offers,)
        Members in these roles that a unit of capacity needs.
    nobody : float
        Posts that count as none, persons.

    Returns
    -------
    ndarray of float, shape (n_organisations,)
    """
    posts = np.zeros(members.shape[0])
    for offer in range(capacity.size):
        posts[organisation[offer]] += capacity[offer] * per_capacity[offer]
    filled = np.ones(posts.size)
    for row in range(posts.size):
        if posts[row] > nobody:
            there = 0.0
            for role in roles:
                there += members[row, role]
            filled[row] = min(max(there / posts[row], 0.0), 1.0)
    return filled


@compiled()
def take_members(members: Floats, custody: Floats, roles: Ints, taken: Ints, convicted: Ints) -> None:
    """Take members out: the convicted for good, the others into custody; changes ``members`` and ``custody``.

    Parameters
    ----------
    members, custody : ndarray of float, shape (n_organisations, n_roles), persons
    roles : ndarray of int
        Arrests fall on these in proportion to members.
    taken, convicted : ndarray of int, shape (n_organisations,), persons
    """
    for row in range(taken.size):
        if taken[row] == 0:
            continue
        total = 0.0
        for role in roles:
            total += members[row, role]
        if total <= 0.0:
            continue
        share, freed = min(taken[row], total) / total, 1 - convicted[row] / taken[row]
        for role in roles:
            custody[row, role] += members[row, role] * share * freed
            members[row, role] *= 1 - share


@compiled()
def heal(members: Floats, custody: Floats, posts: Floats, released: Real, recruited: Floats) -> None:
    """Release from custody and fill vacant posts (or let surplus members go); changes ``members`` and ``custody``.

    Parameters
    ----------
    members, custody, posts : ndarray of float, shape (n_organisations, n_roles), persons
    released : float
        Share of those in custody who come back.
    recruited : ndarray of float, shape (n_roles,)
        Share of vacant posts that is filled.
    """
    for row in range(members.shape[0]):
        for role in range(members.shape[1]):
            back = released * custody[row, role]
            custody[row, role] -= back
            members[row, role] += back
            members[row, role] += recruited[role] * (posts[row, role] - members[row, role])
