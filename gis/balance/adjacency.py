"""
Who is whose neighbour: from polygons, whose shared borders are matched edge by edge, or declared.

Lengths are exact sums of shared edges. Touching at a corner makes no neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.balance.problem import Floats, Ints, Mask, Neighbours
from gis.edges import directed_edges, unbalanced
from gis.errors import BalanceError, GeometryError
from gis.partition import Geometries, geometries, insert_missing_vertices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

ALONG_M = 1.0
WELCOME_COST = 0.5


def neighbours_of(
    polygons: Sequence[Polygon | MultiPolygon],
    *,
    barriers: BaseGeometry | None = None,
    welcome: BaseGeometry | None = None,
    welcome_cost: float = WELCOME_COST,
    along_m: float = ALONG_M,
) -> Neighbours:
    """
    Find neighbours and the metres of border they share.

    Parameters
    ----------
    polygons
        (n,) blocks in a plane system in metres; vertices that are missing on a neighbour's edge
        are inserted first.
    barriers
        Lines that cannot be crossed (a railway, a wall). Blocks are neighbours only if part of
        their border runs along none. For a bridge see `with_bridges`.
    welcome, welcome_cost
        Lines that borders should follow (arterials), and what a metre along them counts.
    along_m
        A stretch of border runs along a line if its middle is this near to it.

    Raises
    ------
    GeometryError
        If a polygon is missing or empty, or three share an edge.
    """
    given = geometries(polygons)
    absent = np.flatnonzero(shapely.is_missing(given) | shapely.is_empty(given))
    if len(absent):
        raise GeometryError(f"block in row {absent[0]} has no polygon: give one or leave it out")
    ends, rows = _shared(given)
    middle = np.asarray(shapely.points((ends[:, :2] + ends[:, 2:]) / 2), dtype=object)
    length = np.hypot(*(ends[:, 2:] - ends[:, :2]).T)
    count = len(given)
    keys, where = np.unique(rows[:, 0] * count + rows[:, 1], return_inverse=True)
    border: Floats = np.bincount(where, length, len(keys)).astype(float)
    barred = _along(middle, barriers, along_m)
    cost = np.where(_along(middle, welcome, along_m), welcome_cost, 1.0)
    paid = np.bincount(where, length * cost, len(keys)) / np.maximum(border, 1e-12)
    open_ = np.bincount(where, ~barred, len(keys)) > 0
    pairs: Ints = np.stack(np.divmod(keys[open_], count), axis=1)
    return Neighbours(pairs, border[open_], np.zeros(int(open_.sum()), bool), paid[open_])


def with_bridges(neighbours: Neighbours, bridges: Ints) -> Neighbours:
    """
    Declare (b, 2) rows of blocks neighbours that share no border; those that do stay as they are.

    Raises
    ------
    BalanceError
        If a bridge leads from a block to itself.
    """
    bridges = np.sort(np.asarray(bridges, np.int64).reshape(-1, 2), axis=1)
    loops = bridges[bridges[:, 0] == bridges[:, 1]]
    if len(loops):
        raise BalanceError(f"a bridge leads from row {loops[0, 0]} to itself: name two blocks")
    known = {tuple(pair) for pair in np.sort(neighbours.edges, axis=1).tolist()}
    new = np.array(sorted({tuple(pair) for pair in bridges.tolist()} - known), np.int64)
    new = new.reshape(-1, 2)
    return Neighbours(
        np.concatenate([neighbours.edges, new]),
        np.concatenate([neighbours.border_m, np.zeros(len(new))]),
        np.concatenate([neighbours.link, np.ones(len(new), bool)]),
        np.concatenate([neighbours.cost, np.ones(len(new))]),
    )


def without(neighbours: Neighbours, parted: Ints) -> Neighbours:
    """Part (b, 2) rows of blocks: a barrier lies between them."""
    shut = {tuple(pair) for pair in np.sort(np.asarray(parted).reshape(-1, 2), axis=1).tolist()}
    pairs = np.sort(neighbours.edges, axis=1).tolist()
    kept = np.array([tuple(pair) not in shut for pair in pairs], bool)
    return Neighbours(
        neighbours.edges[kept], neighbours.border_m[kept], neighbours.link[kept],
        neighbours.cost[kept],
    )  # fmt: skip


def _shared(polygons: Geometries) -> tuple[Floats, Ints]:
    """Return (s, 4) stretches two polygons share, and their (s, 2) rows, the lower first."""
    edges = directed_edges(polygons)
    if unbalanced(edges).any():
        edges = directed_edges(geometries(insert_missing_vertices(list(polygons))))
    ends = edges.ends
    back = (ends[:, 0] > ends[:, 2]) | ((ends[:, 0] == ends[:, 2]) & (ends[:, 1] > ends[:, 3]))
    undirected = np.where(back[:, None], ends[:, [2, 3, 0, 1]], ends)
    order = np.lexsort(undirected.T)
    undirected, rows = undirected[order], edges.rows[order]
    same: Mask = (undirected[1:] == undirected[:-1]).all(axis=1) & (rows[1:] != rows[:-1])
    thrice = np.flatnonzero(same[1:] & same[:-1])
    if len(thrice):
        raise GeometryError(
            f"the blocks in rows {rows[thrice[0]]} and {rows[thrice[0] + 1]} overlap: mend them"
        )
    first = np.flatnonzero(same)
    both = np.sort(np.stack([rows[first], rows[first + 1]], axis=1), axis=1)
    return undirected[first], both


def _along(middle: Geometries, lines: BaseGeometry | None, along_m: float) -> Mask:
    if lines is None or not len(middle):
        return np.zeros(len(middle), bool)
    shapely.prepare(lines)
    near: Mask = shapely.dwithin(middle, lines, along_m)
    return near
