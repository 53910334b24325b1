"""Where new centres would serve best: p-median and maximal covering, today's kept as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, hstack, vstack

from gis.errors import JingweiError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Matrix = Any  # a sparse one; the stubs tell the kinds apart, HiGHS takes all


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """
    The chosen candidates, sorted.

    `today` and `then` are what the choice is measured by, with today's centres alone and with the
    chosen ones: mean metres (p-median) or people covered. `gap` is how far, relative to the whole
    gain, an even better choice could be; 0 says there is none.
    """

    chosen: Ints
    today: float
    then: float
    gap: float


def p_median(
    people: Floats, today_m: Floats, to_site_m: Floats, *, new: int, limit_s: float = 20.0
) -> Sites:
    """
    Choose sites that make the mean way to the nearest centre shortest.

    Parameters
    ----------
    people
        (k,) who live at each place.
    today_m
        (k,) the way to today's nearest centre in metres, finite.
    to_site_m
        (k, c) the way to each candidate; infinite without a path.
    new
        How many to choose.
    limit_s
        The solver stops after this many seconds with the best choice so far; see `gap`.

    Raises
    ------
    JingweiError
        If there is no candidate, or nobody lives there.

    References
    ----------
    Hakimi 1964; solved as a mixed-integer programme by HiGHS. A place counts a site only where
    that is nearer than today's centre, which leaves few of the k * c pairs.
    """
    _check(people, to_site_m)
    saved = np.where(np.isfinite(to_site_m), today_m[:, None] - to_site_m, 0.0) * people[:, None]
    place, site = np.nonzero(saved > 0)
    gain = saved[place, site]
    pairs, sites = len(gain), to_site_m.shape[1]
    rows = np.arange(pairs)
    used = coo_array((np.ones(pairs), (rows, rows)), shape=(pairs, pairs))
    opened = coo_array((-np.ones(pairs), (rows, site)), shape=(pairs, sites))
    once = coo_array((np.ones(pairs), (place, rows)), shape=(len(people), pairs))
    matrix = vstack([hstack([used, opened]), hstack([once, csr_array((len(people), sites))])])
    top = np.concatenate([np.zeros(pairs), np.ones(len(people))])
    chosen, found, gap = _solve(gain, matrix, top, sites=sites, new=new, limit_s=limit_s)
    total = people.sum()
    before = float(people @ today_m / total)
    return Sites(chosen, before, before - found / total, gap)


def maximal_cover(
    people: Floats, covered: Mask, reaches: Mask, *, new: int, limit_s: float = 20.0
) -> Sites:
    """
    Choose sites that bring most people within reach of a centre.

    Parameters
    ----------
    people, new, limit_s
        As in `p_median`.
    covered
        (k,) who is within reach today.
    reaches
        (k, c) whom each candidate would reach.

    Raises
    ------
    JingweiError
        If there is no candidate, or nobody lives there.

    References
    ----------
    Church and ReVelle 1974, The maximal covering location problem; solved by HiGHS.
    """
    _check(people, reaches)
    open_places = np.flatnonzero(~covered & reaches.any(axis=1))
    count, sites = len(open_places), reaches.shape[1]
    rows = np.arange(count)
    met: Matrix = coo_array((np.ones(count), (rows, rows)), shape=(count, count))
    place, site = np.nonzero(reaches[open_places])
    by: Matrix = coo_array((-np.ones(len(place)), (place, site)), shape=(count, sites))
    chosen, found, gap = _solve(
        people[open_places], hstack([met, by]), np.zeros(count), sites=sites, new=new,
        limit_s=limit_s,
    )  # fmt: skip
    before = float(people[covered].sum())
    return Sites(chosen, before, before + found, gap)


def _check(people: Floats, table: NDArray[np.generic]) -> None:
    if not table.shape[1]:
        raise JingweiError("there is no candidate site to choose from")
    if not people.sum() > 0:
        raise JingweiError("nobody lives at the places that are to be served")


def _solve(
    gain: Floats, matrix: Matrix, top: Floats, *, sites: int, new: int, limit_s: float
) -> tuple[Ints, float, float]:
    """Maximise gain; return the sites that are opened, what is gained, and the gap."""
    pairs = len(gain)
    if not pairs:
        return np.empty(0, np.int64), 0.0, 0.0
    budget = np.concatenate([np.zeros(pairs), np.ones(sites)])[None, :]
    found = milp(
        np.concatenate([-gain, np.zeros(sites)]),
        integrality=np.concatenate([np.zeros(pairs), np.ones(sites)]),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(matrix, -np.inf, top), LinearConstraint(budget, 0, new)],
        options={"time_limit": limit_s},
    )
    if found.x is None:
        raise JingweiError(f"no choice of sites was found within {limit_s:g} s: allow more time")
    chosen = np.flatnonzero(found.x[pairs:] > 0.5)  # noqa: PLR2004  0 or 1, as a float
    return chosen, float(-found.fun), float(found.mip_gap or 0.0)
