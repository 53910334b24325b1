"""
Vertices that should be shared and are not: a hair apart, or on one side of a border only.

All layers are matched together: units, parents and frame. What is left after matching are edges
that truly have no counterpart, and only there can a gap, an overlap or a wrong border be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from gis.edges import Edges, as_numbers, distinct, join, points_on_edges, split_edges, unbalanced
from gis.partition import geometries, insert_vertices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.partition import Floats, Geometries, Ints

    Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Counting:
    """
    How the edges of each row count: see `gis.edges.unbalanced`.

    `rank` is who stays where it is when vertices are a hair apart: frame 2, parents 1, units 0.
    """

    weight: Ints
    group_weight: Ints
    rank: Ints

    def unbalanced(self, edges: Edges) -> Mask:
        """Tell which edges have no counterpart."""
        return unbalanced(edges, self.weight[edges.rows], self.group_weight[edges.rows])


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """
    What matching found.

    `given` are all edges and `loose` tells which have no counterpart. `kept` are these after
    moving, and `edges` those that are left without when vertices were inserted too; `settled` have
    found theirs by that. All are in the units given. `moved_from` and
    `moved_to` (k, 2) are vertices to be replaced; `split` and `inserted` are the edges on which
    vertices were missing, after moving, and the vertices in walking order. `points` (m, 2) with
    `point_rows` say which rows lack which vertex, or had it a hair off.
    """

    given: Edges
    loose: Mask
    kept: Edges
    edges: Edges
    settled: Edges
    moved_from: Floats
    moved_to: Floats
    split: Edges
    inserted: Floats
    points: Floats
    point_rows: Ints

    def paired(self, rows: Ints) -> Edges:
        """Return the edges of some rows that have a counterpart, row by row."""
        first = np.searchsorted(self.given.rows, rows, "left")
        count = np.searchsorted(self.given.rows, rows, "right") - first
        at = np.repeat(first - (np.cumsum(count) - count), count) + np.arange(count.sum())
        never_loose = _move(self.given.take(at[~self.loose[at]]), self.moved_from, self.moved_to)
        both = join([never_loose, self.settled.take(np.isin(self.settled.rows, rows))])
        return both.take(np.argsort(both.rows, kind="stable"))


def match_vertices(
    edges: Edges,
    counting: Counting,
    tolerance_m: float,
    metres_per_unit: tuple[float, float] = (1.0, 1.0),
) -> Matched:
    """
    Match the vertices of neighbours.

    Parameters
    ----------
    edges
        All edges of all layers.
    counting
        How the edges of each row count.
    tolerance_m
        How far a vertex may be from another, or from an edge, and still be meant to be there.
    metres_per_unit
        Length of a unit of x and of y.
    """
    loose = counting.unbalanced(edges)
    kept = edges.take(loose)
    source, target = _hairs(kept, counting, tolerance_m, np.array(metres_per_unit))
    off = np.isin(as_numbers(kept.starts()), as_numbers(source))
    off_points = moved_points(kept.starts()[off], source, target)
    off_rows = kept.rows[off]
    kept = _move(kept, source, target)
    found = points_on_edges(kept, tolerance_m, metres_per_unit=metres_per_unit)
    pieces = split_edges(kept, found)
    still_loose = counting.unbalanced(pieces)
    return Matched(
        given=edges,
        loose=loose,
        kept=kept,
        edges=pieces.take(still_loose),
        settled=pieces.take(~still_loose),
        moved_from=source,
        moved_to=target,
        split=kept.take(found.edges),
        inserted=found.points,
        points=np.concatenate([off_points, found.points]),
        point_rows=np.concatenate([off_rows, kept.rows[found.edges]]),
    )


def _move(edges: Edges, source: Floats, target: Floats) -> Edges:
    """Replace ends of edges; edges that lose their length go."""
    if not len(source):
        return edges
    ends = moved_points(edges.ends.reshape(-1, 2), source, target).reshape(-1, 4)
    long = (ends[:, :2] != ends[:, 2:]).any(axis=1)
    return Edges(ends[long], edges.rows[long])


def moved_points(points: Floats, source: Floats, target: Floats) -> Floats:
    """Replace the (n, 2) points that are among the sources, which are ordered by x, then y."""
    if not len(source):
        return points
    keys, known = as_numbers(points), as_numbers(source)
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    same = known[at] == keys
    moved = points.copy()
    moved[same] = target[at[same]]
    return moved


def _hairs(
    kept: Edges, counting: Counting, tolerance_m: float, scale: Floats
) -> tuple[Floats, Floats]:
    """Find vertices a hair apart: where each is (ordered by x, then y), and where it belongs."""
    points = distinct(kept.ends.reshape(-1, 2))
    nothing = np.empty((0, 2))
    if len(points) < 2 or not tolerance_m:  # noqa: PLR2004 - a pair
        return nothing, nothing
    pairs = KDTree(points * scale).query_pairs(tolerance_m, output_type="ndarray")
    if not len(pairs):
        return nothing, nothing
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (len(points),) * 2)
    label = connected_components(links, directed=False)[1]
    at = np.searchsorted(as_numbers(points), as_numbers(kept.starts()))
    rank = np.zeros(len(points), np.int64)
    np.maximum.at(rank, at, counting.rank[kept.rows])
    users = np.bincount(at, minlength=len(points))
    order = np.lexsort((np.arange(len(points)), -users, -rank, label))
    first = np.ones(len(order), bool)
    first[1:] = label[order][1:] != label[order][:-1]
    best = np.empty(label.max() + 1, np.int64)
    best[label[order[first]]] = order[first]
    goes = np.flatnonzero(best[label] != np.arange(len(points)))
    return points[goes], points[best[label[goes]]]


def matched_polygons(polygons: Geometries, matched: Matched) -> Geometries:
    """
    Move and insert the vertices in the polygons themselves.

    Polygons that miss nothing stay the same objects; one that would become invalid is left.
    """
    changed = polygons.copy()
    if len(matched.moved_from):
        sources = shapely.STRtree(geometries(shapely.points(matched.moved_from)))
        for row in np.unique(sources.query(polygons, "intersects")[0]).tolist():
            moved = shapely.transform(
                polygons[row], lambda xy: moved_points(xy, matched.moved_from, matched.moved_to)
            )
            moved = shapely.remove_repeated_points(moved)
            if moved.is_valid and not shapely.equals_identical(moved, polygons[row]):
                changed[row] = moved
    return insert_vertices(changed, matched.split, matched.inserted)
