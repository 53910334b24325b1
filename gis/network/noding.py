"""Lines into edges between nodes: cut where they meet, joined where they nearly do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely.ops import substring

if TYPE_CHECKING:
    from gis.network.ways import Ways

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Noded:
    """n nodes `xy` (n, 2) in metres; m edges: `lines` from `tail` to `head`, `ways` they are of."""

    xy: Floats
    lines: NDArray[np.object_]
    tail: Ints
    head: Ints
    ways: Ints


@dataclass(frozen=True, slots=True, eq=False)
class _Stops:
    """Where lines end or are cut: which line, how far along it, and the place."""

    line: Ints
    along_m: Floats
    xy: Floats

    @classmethod
    def join(cls, *parts: _Stops) -> _Stops:
        return cls(
            np.concatenate([part.line for part in parts]),
            np.concatenate([part.along_m for part in parts]),
            np.concatenate([part.xy for part in parts]),
        )


def node_ways(ways: Ways, *, snap_m: float) -> Noded:
    """
    Cut ways at each other and number the places where they meet.

    Ways on the same level are cut where they cross or touch. On different levels (a bridge and
    what it passes over) they meet only at ends: a bridge's end may come down anywhere on a way of
    the ground. Ends that miss each other, or miss a way, by no more than `snap_m` are joined; a
    larger gap stays a gap. A node is placed at the first of its ends by x, then y, so the order
    of the input does not matter.
    """
    ends = _ends(ways)
    stops = _Stops.join(ends, _crossings(ways), _touches(ways, ends, snap_m))
    node, xy = _cluster(stops.xy, snap_m)
    order = np.lexsort((stops.along_m, stops.line))
    line, along, node = stops.line[order], stops.along_m[order], node[order]
    first, last = np.arange(len(order) - 1), np.arange(1, len(order))
    same_line = line[first] == line[last]
    # a piece between two stops of one node is a remnant of snapping, unless it is a real loop
    kept = same_line & ((node[first] != node[last]) | (along[last] - along[first] > 2 * snap_m))
    first, last = first[kept], last[kept]
    way = line[first]
    whole = np.bincount(line, minlength=len(ways))[way] == 2  # noqa: PLR2004  both ends, no cut
    lines = ways.lines[way]
    for piece in np.flatnonzero(~whole):
        lines[piece] = substring(lines[piece], along[first[piece]], along[last[piece]])
    return _without_lone_nodes(xy, lines, node[first], node[last], way)


def _ends(ways: Ways) -> _Stops:
    count = len(ways)
    rows = np.arange(count)
    starts = shapely.get_coordinates(shapely.get_point(ways.lines, 0))
    ends = shapely.get_coordinates(shapely.get_point(ways.lines, -1))
    return _Stops(
        np.concatenate([rows, rows]),
        np.concatenate([np.zeros(count), shapely.length(ways.lines)]),
        np.concatenate([starts, ends]).reshape(-1, 2),
    )


def _crossings(ways: Ways) -> _Stops:
    """Cut both of each two ways of one level where they cross, touch, or begin to overlap."""
    tree = shapely.STRtree(ways.lines)
    one, other = tree.query(ways.lines, predicate="intersects")
    pairs = (one < other) & (ways.level[one] == ways.level[other])
    one, other = one[pairs], other[pairs]
    shared = shapely.intersection(ways.lines[one], ways.lines[other])
    parts, pair = shapely.get_parts(shared, return_index=True)
    linear = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    points = np.concatenate(
        [parts[~linear], shapely.get_point(parts[linear], 0), shapely.get_point(parts[linear], -1)]
    )
    pair = np.concatenate([pair[~linear], pair[linear], pair[linear]])
    lines = np.concatenate([one[pair], other[pair]])
    return _inner_stops(ways, lines, np.concatenate([points, points]))


def _touches(ways: Ways, ends: _Stops, snap_m: float) -> _Stops:
    """Cut a way where the end of another one comes within the limit of it."""
    tree = shapely.STRtree(ways.lines)
    points = np.asarray(shapely.points(ends.xy), dtype=object)
    end, line = tree.query(points, predicate="dwithin", distance=snap_m)
    level = ways.level
    meets = (level[line] == level[ends.line[end]]) | (level[line] == 0)
    kept = meets & (line != ends.line[end])
    return _inner_stops(ways, line[kept], points[end[kept]])


def _inner_stops(ways: Ways, lines: Ints, points: NDArray[np.object_]) -> _Stops:
    """Return stops at points on lines, without those at an end, which is a stop already."""
    along = shapely.line_locate_point(ways.lines[lines], points)
    inside = (along > 0) & (along < shapely.length(ways.lines[lines]))
    xy = shapely.get_coordinates(points[inside]).reshape(-1, 2)
    return _Stops(lines[inside].astype(np.int64), along[inside], xy)


def _cluster(xy: Floats, snap_m: float) -> tuple[Ints, Floats]:
    """Give places numbers, one to those within the limit of each other."""
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    unique, place = np.unique(xy[order], axis=0, return_inverse=True)
    pairs = cKDTree(unique).query_pairs(snap_m, output_type="ndarray")
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(unique),) * 2)
    _, label = connected_components(graph, directed=False)
    _, first, number = np.unique(label, return_index=True, return_inverse=True)
    node = np.empty(len(xy), np.int64)
    node[order] = number[place.ravel()]
    return node, unique[first]


def _without_lone_nodes(
    xy: Floats, lines: NDArray[np.object_], tail: Ints, head: Ints, ways: Ints
) -> Noded:
    used, number = np.unique(np.concatenate([tail, head]), return_inverse=True)
    return Noded(xy[used], lines, number[: len(tail)], number[len(tail) :], ways)
