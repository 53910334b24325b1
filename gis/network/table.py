"""Whole-city tables: each node's nearest and second nearest destination, and full matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from gis.network.destinations import RANK_UNIT, Destinations, Ends
from gis.network.walk import FRACTION_BITS, NO_EDGE, Snapped

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class NearestTwo:
    """
    For each of k nodes or points the nearest destinations, `first` and `second`.

    Rows of destinations, -1 where there is no path; costs in the unit of the pace, infinite there.
    """

    first: Ints
    first_cost: Floats
    second: Ints
    second_cost: Floats


class NearestTable:
    """
    The nearest and second nearest destination of every node, from two runs of Dijkstra.

    Notes
    -----
    The second nearest is found as the nearest was: the way to it stays in its own cell until the
    last step into the cell of the nearest (were there a third cell between, its destination would
    be nearer), so a second run starts with all steps between cells and never leaves a cell.

    References
    ----------
    Erwig 2000, The graph Voronoi diagram with applications.
    """

    def __init__(self, to: Destinations) -> None:
        self._to = to
        network = to.network
        matrix = _arc_matrix(to)
        source = np.repeat(np.arange(network.nodes), np.diff(matrix.indptr))
        rows = np.flatnonzero(to.snapped.edge != NO_EDGE)
        self._first = _run(matrix, *_seeds(to, rows))
        cell = _rank(self._first)
        across = cell[source] != cell[matrix.indices]
        step = self._first[source[across]] + matrix.data[across]
        entered = np.full(network.nodes, np.inf)
        np.minimum.at(entered, matrix.indices[across], step)
        seeds, cost = _seeds(to, rows)
        other = _rank(cost) != cell[seeds]  # a destination beside a node of another's cell
        np.minimum.at(entered, seeds[other], cost[other])
        inner = _keep(matrix, ~across)
        nodes = np.flatnonzero(np.isfinite(entered))
        self._second = _run(inner, nodes, entered[nodes])

    def at_nodes(self) -> NearestTwo:
        """Return what every node of the network has."""
        return _split(self._first, self._second)

    def at_points(self, snapped: Snapped) -> NearestTwo:
        """Return what points have that were joined to the network, those on one edge included."""
        to, network = self._to, self._to.network
        ends = Ends.of(snapped, to.costs, to.pace)
        joined = np.flatnonzero(snapped.edge != NO_EDGE)
        edge = snapped.edge[joined]
        tail, head = network.tail[edge], network.head[edge]
        ways = [
            (joined, ends.tail[joined] + self._first[tail]),
            (joined, ends.tail[joined] + self._second[tail]),
            (joined, ends.head[joined] + self._first[head]),
            (joined, ends.head[joined] + self._second[head]),
            _on_one_edge(to, snapped, ends),
        ]
        point = np.concatenate([rows for rows, _ in ways])
        cost = np.concatenate([costs for _, costs in ways])
        return _best_two(point, cost, len(snapped))


def nearest_two(to: Destinations, xy: Floats) -> NearestTwo:
    """Return the nearest and second nearest destination of (k, 2) points in metres."""
    return NearestTable(to).at_points(to.snap(xy))


def walk_matrix(to: Destinations, xy: Floats) -> Floats:
    """Return (k, c) costs from (k, 2) points in metres to all destinations; infinite: no path."""
    network = to.network
    matrix = _arc_matrix(to)
    snapped = to.snap(xy)
    ends = Ends.of(snapped, to.costs, to.pace)
    edge = np.where(snapped.edge == NO_EDGE, 0, snapped.edge)
    table = np.full((len(snapped), len(to)), np.inf)
    for row in np.flatnonzero(to.snapped.edge != NO_EDGE):
        seeds, cost = _seeds(to, np.array([row]))
        reached = _run(matrix, seeds, cost)
        table[:, row] = np.minimum(
            ends.tail + reached[network.tail[edge]], ends.head + reached[network.head[edge]]
        )
    point, cost = _on_one_edge(to, snapped, ends)
    np.minimum.at(table, (point, _rank(cost)), cost)
    return _without_rank(table)


def _arc_matrix(to: Destinations) -> csr_array:
    """Return the arcs as a matrix; of parallel edges the cheapest counts."""
    network = to.network
    arcs, cost = network.arcs, to.costs.whole[network.arcs.edge]
    source = arcs.source
    first = np.ones(len(cost), np.bool_)
    first[1:] = (source[1:] != source[:-1]) | (arcs.neighbour[1:] != arcs.neighbour[:-1])
    begin = np.flatnonzero(first)
    indptr = np.searchsorted(begin, arcs.start).astype(np.int32)
    least = np.minimum.reduceat(cost, begin) if len(begin) else cost
    return csr_array(
        (least, arcs.neighbour[begin].astype(np.int32), indptr), shape=(network.nodes,) * 2
    )


def _keep(matrix: csr_array, kept: NDArray[np.bool_]) -> csr_array:
    counts = np.concatenate([[0], np.cumsum(kept)])
    return csr_array(
        (matrix.data[kept], matrix.indices[kept], counts[matrix.indptr].astype(np.int32)),
        shape=matrix.shape,
    )


def _seeds(to: Destinations, rows: Ints) -> tuple[Ints, Floats]:
    """Return the nodes beside destinations and what it costs from there, rank included."""
    edge = to.snapped.edge[rows]
    nodes = np.concatenate([to.network.tail[edge], to.network.head[edge]])
    cost = np.concatenate([to.ends.tail[rows], to.ends.head[rows]])
    return nodes, cost + np.tile(to.ranks[rows], 2)


def _run(matrix: csr_array, seeds: Ints, cost: Floats) -> Floats:
    """Dijkstra from one more node that has an arc to each seed."""
    size = matrix.shape[0]
    order = np.lexsort((cost, seeds))
    nodes, first = np.unique(seeds[order], return_index=True)
    whole = csr_array(
        (
            np.concatenate([matrix.data, cost[order][first]]),
            np.concatenate([matrix.indices, nodes.astype(np.int32)]),
            np.concatenate([matrix.indptr, [matrix.indptr[-1] + len(nodes)]]).astype(np.int32),
        ),
        shape=(size + 1, size + 1),
    )
    reached: Floats = dijkstra(whole, directed=True, indices=[size])[0, :size]
    return reached


def _on_one_edge(to: Destinations, snapped: Snapped, ends: Ends) -> tuple[Ints, Floats]:
    """Return points and costs to the destinations on the same edge, straight along it."""
    rows = np.flatnonzero(to.snapped.edge != NO_EDGE)
    rows = rows[np.argsort(to.snapped.edge[rows], kind="stable")]
    on_edge = to.snapped.edge[rows]
    points = np.flatnonzero(snapped.edge != NO_EDGE)
    begin = np.searchsorted(on_edge, snapped.edge[points], "left")
    count = np.searchsorted(on_edge, snapped.edge[points], "right") - begin
    point = np.repeat(points, count)
    within = np.arange(len(point)) - np.repeat(np.cumsum(count) - count, count)
    row = rows[np.repeat(begin, count) + within]
    between = np.abs(ends.along[point] - to.ends.along[row])
    return point, between + ends.access[point] + to.ends.access[row] + to.ranks[row]


def _best_two(point: Ints, cost: Floats, size: int) -> NearestTwo:
    """Choose each point's two cheapest of different destinations."""
    reachable = np.isfinite(cost)
    point, cost = point[reachable], cost[reachable]
    order = np.lexsort((cost, point))
    point, cost = point[order], cost[order]
    _, once = np.unique(np.stack([point, _rank(cost)]), axis=1, return_index=True)
    once.sort()
    point, cost = point[once], cost[once]
    first = np.full(size, np.inf)
    second = np.full(size, np.inf)
    begin = np.searchsorted(point, np.arange(size))
    end = np.searchsorted(point, np.arange(size), "right")
    has_one, has_two = end > begin, end > begin + 1
    first[has_one] = cost[begin[has_one]]
    second[has_two] = cost[begin[has_two] + 1]
    return _split(first, second)


def _split(first: Floats, second: Floats) -> NearestTwo:
    return NearestTwo(_rank(first), _without_rank(first), _rank(second), _without_rank(second))


def _without_rank(cost: Floats) -> Floats:
    unit = 2.0**FRACTION_BITS
    return np.asarray(np.floor(cost * unit) / unit, np.float64)


def _rank(cost: Floats) -> Ints:
    """Read the destination out of a cost; -1 where it is infinite."""
    finite = np.isfinite(cost)
    known = np.where(finite, cost, 0.0)
    rank = np.round((known - _without_rank(known)) / RANK_UNIT).astype(np.int64)
    return np.where(finite, rank, NONE)
