"""
Edges of many polygons, directed with the polygon on their left, and those without a counterpart.

In a coverage without fault every edge inside is walked twice, once each way. Where that holds
nothing can be wrong, so all further work is done on the few edges where it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.compiled import HAVE_NUMBA
from gis.edges_kernel import direct
from gis.edges_kernel import unbalanced as mark_unbalanced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """
    n directed edges: `ends` (n, 4) start x, y and end x, y; `rows` (n,) of whom.

    The polygon lies on the left. Units are those of the polygons.
    """

    ends: Floats
    rows: Ints

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, which: Mask | Ints) -> Edges:
        """Return some of the edges."""
        return Edges(self.ends[which], self.rows[which])

    def starts(self) -> Floats:
        """Return (n, 2) where the edges begin."""
        return self.ends[:, :2]

    def lines(self) -> NDArray[np.object_]:
        """Return the edges as n line strings."""
        return np.asarray(shapely.linestrings(self.ends.reshape(-1, 2, 2)), dtype=object)

    def chains(self) -> NDArray[np.object_]:
        """Return the edges as line strings, those that follow one another in one."""
        if not len(self):
            return np.empty(0, dtype=object)
        begins = np.ones(len(self), bool)
        goes_on = (self.ends[1:, :2] == self.ends[:-1, 2:]).all(axis=1)
        begins[1:] = ~goes_on | (self.rows[1:] != self.rows[:-1])
        last = np.append(begins[1:], True)
        chain = np.cumsum(begins) - 1
        xy = np.concatenate([self.starts(), self.ends[last, 2:]])
        of = np.concatenate([chain, chain[last]])
        order = np.argsort(of, kind="stable")
        return np.asarray(shapely.linestrings(xy[order], indices=of[order]), dtype=object)


def join(parts: Sequence[Edges]) -> Edges:
    """Put edges one after another."""
    return Edges(
        np.concatenate([part.ends for part in parts]), np.concatenate([part.rows for part in parts])
    )


def directed_edges(polygons: Sequence[BaseGeometry | None] | NDArray[np.object_]) -> Edges:
    """
    Take polygons apart into directed edges.

    Parameters
    ----------
    polygons
        (n,) polygons or multipolygons, rings in either direction; None and empty have no edges.

    Returns
    -------
    edges
        All edges with length; `rows` index the polygons.
    """
    parts, part_rows = shapely.get_parts(np.asarray(polygons, dtype=object), return_index=True)
    rings, ring_parts = shapely.get_rings(parts, return_index=True)
    xy = shapely.get_coordinates(rings) + 0.0  # no negative zero: ends are compared bit by bit
    ring_start = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings))])
    is_shell = np.ones(len(rings), np.uint8)
    is_shell[1:] = ring_parts[1:] != ring_parts[:-1]
    ends, ring = np.empty((len(xy), 4)), np.empty(len(xy), np.int64)
    count = direct(xy.ravel(), ring_start.astype(np.int64), is_shell, ends.ravel(), ring)
    return Edges(ends[:count], part_rows[ring_parts[ring[:count]]].astype(np.int64))


def group_weights(groups: Ints) -> Ints:
    """
    Give each group a weight such that no sum of a few others meets it by accident.

    The odds are those of 64 random bits (splitmix64); groups below zero weigh nothing.
    """
    mixed = groups.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    weights: Ints = np.where(groups < 0, 0, mixed.view(np.int64))
    return weights


def unbalanced(edges: Edges, weight: Ints | None = None, group_weight: Ints | None = None) -> Mask:
    """
    Tell which edges are not cancelled by others at the very same place.

    Parameters
    ----------
    edges
        n edges.
    weight
        (n,) what an edge counts; 1 if not given. Forward less backward must sum to zero.
    group_weight
        (n,) a second count that must sum to zero as well (modulo 2**64), see `group_weights`.

    Returns
    -------
    kept
        (n,) whether either sum is not zero.
    """
    count = len(edges)
    weight = np.ones(count, np.int64) if weight is None else weight
    group_weight = np.zeros(count, np.int64) if group_weight is None else group_weight
    if not HAVE_NUMBA:
        return _unbalanced_by_sorting(edges, weight, group_weight)
    ends = np.ascontiguousarray(edges.ends).ravel()
    slots = np.full(1 << max(4, (2 * count).bit_length()), -1, np.int32)
    kept = np.empty(count, np.uint8)
    sums = np.zeros(3 * count, np.int64)
    mark_unbalanced(ends, ends.view(np.int64), weight, group_weight, slots, sums, kept)
    return kept.astype(bool)


def _unbalanced_by_sorting(edges: Edges, weight: Ints, group_weight: Ints) -> Mask:
    a, b = edges.ends[:, :2], edges.ends[:, 2:]
    back = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    undirected = np.where(back[:, None], edges.ends[:, [2, 3, 0, 1]], edges.ends)
    order = np.lexsort(undirected.T)
    new = np.ones(len(order), bool)
    new[1:] = (undirected[order][1:] != undirected[order][:-1]).any(axis=1)
    place = np.empty(len(order), np.int64)
    place[order] = np.cumsum(new) - 1
    kept = np.zeros(len(order), bool)
    for counted in (weight, group_weight):
        sums = np.zeros(int(new.sum()), np.int64)
        with np.errstate(over="ignore"):
            np.add.at(sums, place, np.where(back, -counted, counted))
        kept |= sums[place] != 0
    return kept


@dataclass(frozen=True, slots=True, eq=False)
class PointsOnEdges:
    """k points, each inside an edge: `edges` (k,) which one, `points` (k, 2); in walking order."""

    edges: Ints
    points: Floats

    def __len__(self) -> int:
        return len(self.edges)


def as_numbers(points: Floats) -> NDArray[np.complex128]:
    """Make (n, 2) points one number each, to compare, sort and look up."""
    return np.ascontiguousarray(points).view(np.complex128).reshape(len(points))


def distinct(points: Floats) -> Floats:
    """Return each of (n, 2) points once, ordered by x, then y."""
    flat = np.unique(as_numbers(points))
    return flat.view(np.float64).reshape(-1, 2)


def points_on_edges(
    edges: Edges,
    tolerance_m: float = 0.0,
    *,
    points: Floats | None = None,
    metres_per_unit: tuple[float, float] = (1.0, 1.0),
) -> PointsOnEdges:
    """
    Find the ends of edges, or the points given, that lie inside edges.

    Parameters
    ----------
    edges
        n edges, in any plane units.
    tolerance_m
        How far from an edge a point may be and still count as on it; at 0 only points exactly on
        it. Points that near to one of the edge's own ends do not count.
    points
        (k, 2) distinct points to look for instead of the ends.
    metres_per_unit
        Length of a unit of x and of y, for edges that are not in metres.

    Returns
    -------
    found
        Each point once for each edge it lies in, ordered by edge and along it.
    """
    points = distinct(edges.ends.reshape(-1, 2)) if points is None else points
    scaled_ends = edges.ends * np.tile(metres_per_unit, 2)
    lines = shapely.linestrings(scaled_ends.reshape(-1, 2, 2))
    scaled = points * metres_per_unit
    near, on = (
        shapely.STRtree(lines).query(shapely.points(scaled), "dwithin", distance=tolerance_m)
        if tolerance_m
        else shapely.STRtree(edges.lines()).query(shapely.points(points), "intersects")
    )
    a, b, p = scaled_ends[on, :2], scaled_ends[on, 2:], scaled[near]
    from_a, from_b = np.hypot(*(p - a).T), np.hypot(*(p - b).T)
    inside = (from_a > tolerance_m) & (from_b > tolerance_m)
    near, on, along = near[inside], on[inside], ((p - a) * (b - a)).sum(axis=1)[inside]
    order = np.lexsort([along, on])
    return PointsOnEdges(on[order].astype(np.int64), points[near[order]])


def split_edges(edges: Edges, found: PointsOnEdges) -> Edges:
    """Break edges at the points found on them; the order of the others is kept."""
    times = np.bincount(found.edges, minlength=len(edges))
    owner = np.repeat(np.arange(len(edges)), times + 1)
    first = np.cumsum(times + 1) - (times + 1)
    ends = np.empty((len(owner), 4))
    ends[first, :2] = edges.ends[:, :2]
    ends[first + times, 2:] = edges.ends[:, 2:]
    after = np.ones(len(owner), bool)
    after[first] = False
    ends[after, :2] = found.points
    ends[np.flatnonzero(after) - 1, 2:] = found.points
    return Edges(ends, edges.rows[owner])
