"""The ground within some cost of the nearest destination; it follows paths and jumps no river."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.network.walk import NO_EDGE

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from gis.network.destinations import Destinations

Floats = NDArray[np.float64]


def reached_lines(to: Destinations, node_cost: Floats, limit: float) -> NDArray[np.object_]:
    """
    Return the parts of edges from which a destination is within a cost.

    Parameters
    ----------
    node_cost
        (n,) cost from each node to its nearest destination, as `NearestTable.at_nodes` has it.
    limit
        In the unit of the pace (seconds, or metres).
    """
    network, costs = to.network, to.costs
    per_length = np.where(costs.along > 0, costs.along, 1.0)
    left_at_tail = limit - node_cost[network.tail] - costs.wait_tail
    left_at_head = limit - node_cost[network.head] - costs.wait_head
    from_tail = np.clip(left_at_tail / per_length, 0, 1)
    from_head = np.clip(left_at_head / per_length, 0, 1)
    whole = from_tail + from_head >= 1
    parts = [network.lines[whole]]
    for edges, start, end in (
        (np.flatnonzero(~whole & (from_tail > 0)), 0.0, from_tail),
        (np.flatnonzero(~whole & (from_head > 0)), 1.0, 1.0 - from_head),
    ):
        parts.append(_stretches(to, edges, np.full(len(edges), start), end[edges]))
    parts.append(_around_destinations(to, ~whole, limit))
    return np.concatenate(parts)


def isochrone(
    lines: NDArray[np.object_], *, off_m: float, barriers: BaseGeometry | None = None
) -> BaseGeometry:
    """
    Return the ground within `off_m` of lines one can walk to.

    What lies beyond a barrier (water) is left out unless such a line leads there.
    """
    if not len(lines):
        return shapely.Polygon()
    ground = shapely.union_all(shapely.buffer(lines, off_m, quad_segs=4))
    if barriers is None:
        return ground
    pieces = shapely.get_parts(shapely.difference(ground, barriers))
    led_to = shapely.STRtree(lines).query(pieces, predicate="intersects")[0]
    return shapely.union_all(pieces[np.unique(led_to)])


def _stretches(
    to: Destinations, edges: NDArray[np.int64], start: Floats, end: Floats
) -> NDArray[np.object_]:
    lines = [
        shapely.LineString(to.network.route(edges[i : i + 1], start[i : i + 1], end[i : i + 1]))
        for i in range(len(edges))
        if start[i] != end[i]
    ]
    return np.array(lines, dtype=object)


def _around_destinations(
    to: Destinations, wanted: NDArray[np.bool_], limit: float
) -> NDArray[np.object_]:
    """Return the reached parts of edges that have a destination in their middle."""
    rows = np.flatnonzero(to.snapped.edge != NO_EDGE)
    rows = rows[wanted[to.snapped.edge[rows]] & (to.ends.access[rows] < limit)]
    edges = to.snapped.edge[rows]
    along = np.where(to.costs.along[edges] > 0, to.costs.along[edges], 1.0)
    spread = (limit - to.ends.access[rows]) / along
    share = to.snapped.share[rows]
    return _stretches(to, edges, np.maximum(share - spread, 0), np.minimum(share + spread, 1))
