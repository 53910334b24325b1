"""The walking network: nodes, edges, what they cost on foot, and where points join it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from gis.errors import GeometryError
from gis.network.noding import node_ways
from gis.walk_kernel import lay_route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.network.ways import Ways

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

FRACTION_BITS = 16
_UNIT = 2.0**-FRACTION_BITS
_BUSY_MEETING = 3  # busy roads' ends from which on a meeting of them is crossed as well
NO_EDGE = -1


@dataclass(frozen=True, slots=True)
class Pace:
    """
    What a walk costs: seconds, or metres where the speed is 1 and nothing else counts.

    Parameters
    ----------
    speed_m_s
        On the flat, in metres a second.
    wait_s
        Lost at each crossing of a busy road.
    steps_factor
        How many times longer a stretch takes on stairs.

    References
    ----------
    1.2 m/s and 0.8 m/s: what signals are timed by for people in general and for old people (HCM,
    6th edition, chapter 19; MUTCD 4E.06). Wait: the HCM's mean delay at a signal,
    (C - g)^2 / 2C, of a 90 s cycle with 30 s to walk: 20 s. Stairs: 0.61 m/s up against
    1.34 m/s on the flat (Weidmann 1993, Transporttechnik der Fussgänger).
    """

    speed_m_s: float
    wait_s: float = 0.0
    steps_factor: float = 1.0


METRES = Pace(1.0)
ORDINARY = Pace(1.2, 20.0, 2.2)
SLOW = Pace(0.8, 20.0, 2.2)


def exact(cost: Floats) -> Floats:
    """
    Round costs to multiples of 2^-16 (15 micrometres or microseconds).

    Sums of such numbers are exact below 2^37, so a path costs the same whichever way it is added
    up, and equal is equal.
    """
    return np.round(cost / _UNIT) * _UNIT


@dataclass(frozen=True, slots=True, eq=False)
class Snapped:
    """
    k points joined to the network, each to its nearest edge.

    `edge` (k,) or -1 beyond the limit; `share` (k,) how far along the edge, 0 to 1; `away_m` (k,)
    the straight way from the point to the edge.
    """

    edge: Ints
    share: Floats
    away_m: Floats

    def __len__(self) -> int:
        return len(self.edge)


@dataclass(frozen=True, slots=True, eq=False)
class Costs:
    """
    A network's edges for one pace, all exact sums.

    `along` (m,) from end to end; `wait_tail`, `wait_head` (m,) lost at each end when the edge is
    entered or left there. Two edges share the wait of the node between them.
    """

    along: Floats
    wait_tail: Floats
    wait_head: Floats

    @property
    def whole(self) -> Floats:
        """Cost of edges from node to node."""
        return self.along + self.wait_tail + self.wait_head


@dataclass(frozen=True, slots=True, eq=False)
class Arcs:
    """
    Edges as arcs of their nodes: those of node `u` are `start[u]` to `start[u + 1]`.

    Each leads from `source` to `neighbour` over `edge`, from tail to head where `forward`.
    """

    start: Ints
    source: Ints
    neighbour: Ints
    edge: Ints
    forward: NDArray[np.uint8]


class WalkNetwork:
    """n nodes and m edges in a planar CRS in metres; never changes."""

    def __init__(
        self,
        xy: Floats,
        tail: Ints,
        head: Ints,
        *,
        lines: NDArray[np.object_] | None = None,
        length_m: Floats | None = None,
        busy: Mask | None = None,
        steps: Mask | None = None,
    ) -> None:
        """Take nodes and edges as they are; edges without a shape are straight."""
        self.xy, self.tail, self.head = xy, tail, head
        if lines is None:
            lines = np.asarray(shapely.linestrings(np.stack([xy[tail], xy[head]], axis=1)), object)
        self.lines = lines
        self.length_m = exact(shapely.length(lines) if length_m is None else length_m)
        none = np.zeros(len(tail), np.bool_)
        self.busy = none if busy is None else busy
        self.steps = none if steps is None else steps
        self._half_tail, self._half_head = self._crossings()

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.xy)

    @property
    def edges(self) -> int:
        """Number of edges."""
        return len(self.tail)

    @cached_property
    def component(self) -> Ints:
        """(n,) which connected part a node is in; 0 is the longest, then by length."""
        joined = csr_array(
            (np.ones(self.edges), (self.tail, self.head)), shape=(self.nodes, self.nodes)
        )
        count, label = connected_components(joined, directed=False)
        length = np.bincount(label[self.tail], weights=self.length_m, minlength=count)
        place = np.empty(count, np.int64)
        place[np.argsort(-length, kind="stable")] = np.arange(count)
        return place[label]

    @cached_property
    def component_length_m(self) -> Floats:
        """Length of each connected part in metres, longest first."""
        lengths = np.bincount(self.component[self.tail], weights=self.length_m)
        return np.asarray(lengths, np.float64)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.lines)

    @cached_property
    def arcs(self) -> Arcs:
        """Both directions of every edge, sorted by node and neighbour."""
        source = np.concatenate([self.tail, self.head]).astype(np.int64)
        target = np.concatenate([self.head, self.tail]).astype(np.int64)
        edge = np.tile(np.arange(self.edges), 2)
        order = np.argsort(source * self.nodes + target, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=self.nodes))])
        forward = (order < self.edges).astype(np.uint8)
        return Arcs(start.astype(np.int64), source[order], target[order], edge[order], forward)

    def costs(self, pace: Pace) -> Costs:
        """Return what the edges cost at a pace."""
        slowed = np.where(self.steps, pace.steps_factor, 1.0)
        half = pace.wait_s / 2.0
        return Costs(
            exact(self.length_m * slowed / pace.speed_m_s),
            exact(self._half_tail * half),
            exact(self._half_head * half),
        )

    def snap(self, xy: Floats, *, limit_m: float, least_m: float = 0.0) -> Snapped:
        """
        Join points to their nearest edges; of equally near ones to the first.

        Parameters
        ----------
        xy
            (k, 2) metres in the CRS of the network.
        limit_m
            A point farther from every edge stays unjoined.
        least_m
            Edges of connected parts shorter than this are passed over: a stray path of a few
            metres would lead nowhere.
        """
        points = np.asarray(shapely.points(xy.reshape(-1, 2)), dtype=object)
        snapped = Snapped(
            np.full(len(points), NO_EDGE, np.int64),
            np.zeros(len(points)),
            np.full(len(points), np.inf),
        )
        point, near = self._near_edges(points, limit_m, least_m)
        if not len(point):
            return snapped
        away = shapely.distance(points[point], self.lines[near])
        order = np.lexsort((near, away, point))
        point, first = np.unique(point[order], return_index=True)
        edge = near[order][first]
        snapped.edge[point] = edge
        snapped.away_m[point] = away[order][first]
        snapped.share[point] = shapely.line_locate_point(
            self.lines[edge], points[point], normalized=True
        )
        return snapped

    def snap_one(
        self, x: float, y: float, *, limit_m: float, least_m: float
    ) -> tuple[int, float, float]:
        """Join one point: edge, share and metres away as `snap` has them, many times faster."""
        point = shapely.points(x, y)
        near = self._tree.query_nearest(point, max_distance=limit_m)
        edge = min((int(one) for one in near if not self._stray(one, least_m)), default=NO_EDGE)
        if edge == NO_EDGE:
            snapped = self.snap(np.array([[x, y]]), limit_m=limit_m, least_m=least_m)
            return int(snapped.edge[0]), float(snapped.share[0]), float(snapped.away_m[0])
        line = self.lines[edge]
        share = shapely.line_locate_point(line, point, normalized=True)
        return edge, float(share), float(shapely.distance(point, line))

    def route(self, edges: Ints, entered: Floats, left: Floats) -> Floats:
        """Return (v, 2) the vertices of edges walked from one share of their length to another."""
        room = int((self._vertex_start[edges + 1] - self._vertex_start[edges]).sum()) + len(edges)
        xy = np.empty(2 * room)
        count = lay_route(
            edges, entered, left, self._vertex_start, self._vertices, self._vertex_along, xy
        )
        return xy[: 2 * count].reshape(-1, 2)

    @cached_property
    def _vertex_start(self) -> Ints:
        counts = shapely.get_num_coordinates(self.lines)
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    @cached_property
    def _vertices(self) -> Floats:
        return shapely.get_coordinates(self.lines).ravel()

    @cached_property
    def _vertex_along(self) -> Floats:
        """How far along its edge each vertex is, in metres."""
        xy, start = self._vertices.reshape(-1, 2), self._vertex_start[:-1]
        walked = np.zeros(len(xy))
        walked[1:] = np.cumsum(np.hypot(*np.diff(xy, axis=0).T))
        return walked - np.repeat(walked[start], np.diff(self._vertex_start))

    def _stray(self, edge: int, least_m: float) -> bool:
        part = self.component[self.tail[edge]]
        return bool(self.component_length_m[part] < least_m)

    def _near_edges(
        self, points: NDArray[np.object_], limit_m: float, least_m: float
    ) -> tuple[Ints, Ints]:
        near = self._tree.query_nearest(points, max_distance=limit_m)
        stray = self.component_length_m[self.component[self.tail]] < least_m
        lost = np.unique(near[0][stray[near[1]]])
        if not len(lost):
            return near[0], near[1]
        again = self._tree.query(points[lost], predicate="dwithin", distance=limit_m)
        again = again[:, ~stray[again[1]]]
        kept = ~np.isin(near[0], lost)
        return (
            np.concatenate([near[0][kept], lost[again[0]]]),
            np.concatenate([near[1][kept], again[1]]),
        )

    def _crossings(self) -> tuple[Floats, Floats]:
        """
        Tell at which ends of edges half a crossing is waited for, (m,) 0 or 1 for each end.

        Whoever goes on along a busy road waits for nothing at a side street; who comes out of one
        waits half of the time (the way may go on along the same side), who goes straight over
        waits once. Where busy roads meet each other, every walk through crosses one.
        """
        ends = np.concatenate([self.tail, self.head])
        busy = np.concatenate([self.busy, self.busy])
        busy_ends = np.bincount(ends[busy], minlength=self.nodes)
        degree = np.bincount(ends, minlength=self.nodes)
        meeting = (busy_ends > 0) & (degree > _BUSY_MEETING - 1)
        waits = meeting[ends] & (~busy | (busy_ends[ends] >= _BUSY_MEETING))
        half = waits.astype(np.float64)
        return half[: self.edges], half[self.edges :]


def build_network(
    ways: Ways, *, snap_m: float = 0.5, closed_gates: Sequence[tuple[float, float]] = ()
) -> WalkNetwork:
    """
    Make the network of ways.

    Parameters
    ----------
    ways
        What can be walked, from `read_ways`.
    snap_m
        Ends that miss each other by no more are joined.
    closed_gates
        x, y of gates that are locked: edges within `snap_m` of one are left out.

    Raises
    ------
    GeometryError
        If nothing is left to walk on.
    """
    if not len(ways):
        raise GeometryError("no line of the street layer can be walked")
    noded = node_ways(ways, snap_m=snap_m)
    kept = np.ones(len(noded.tail), np.bool_)
    if len(closed_gates):
        gates = shapely.points(np.asarray(closed_gates, np.float64))
        shut = shapely.STRtree(noded.lines).query(gates, predicate="dwithin", distance=snap_m)
        kept[shut[1]] = False
    way = noded.ways[kept]
    return WalkNetwork(
        noded.xy,
        noded.tail[kept],
        noded.head[kept],
        lines=noded.lines[kept],
        busy=ways.busy[way],
        steps=ways.steps[way],
    )
