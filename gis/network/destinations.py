"""Destinations on a walking network, and the nearest of them to one point with the way there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gis.errors import JingweiError
from gis.network.walk import (
    FRACTION_BITS,
    NO_EDGE,
    Costs,
    Pace,
    Snapped,
    WalkNetwork,
    exact,
)
from gis.walk_kernel import trace_back, walk_out

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

MOST = 1 << FRACTION_BITS  # destinations whose rank fits below the last bit of a cost
RANK_UNIT = 2.0 ** (-2 * FRACTION_BITS)


class How(StrEnum):
    """By what a distance was found."""

    NETWORK = "network"
    STRAIGHT_LINE = "straight_line"


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """
    A walk to one destination.

    `destination` is its row; `cost` in the unit of the pace (seconds); `length_m` of that way;
    `route` (v, 2) in the CRS of the network, from the point to the destination; `steps` if it has
    stairs.
    """

    destination: int
    how: How
    cost: float
    length_m: float
    route: Floats
    steps: bool


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """What it costs from k joined points to the ends of their edges; infinite if not joined."""

    tail: Floats
    head: Floats
    along: Floats  # from the tail, without any wait
    access: Floats  # from the point to the edge

    @classmethod
    def of(cls, snapped: Snapped, costs: Costs, pace: Pace) -> Ends:
        """Work it out for snapped points."""
        joined = snapped.edge != NO_EDGE
        edge = np.where(joined, snapped.edge, 0)
        along = exact(snapped.share * costs.along[edge])
        access = exact(np.where(joined, snapped.away_m, 0.0) / pace.speed_m_s)
        to_tail = access + along + costs.wait_tail[edge]
        to_head = access + (costs.along[edge] - along) + costs.wait_head[edge]
        beyond = np.where(joined, 0.0, np.inf)
        return cls(to_tail + beyond, to_head + beyond, along, access)


class Destinations:
    """
    c places to walk to at one pace, ranked by their row; never changes.

    Of equally near ones the first row wins, so give them in the order of their codes. Costs carry
    the rank in bits below the smallest unit of a cost: comparing them compares both at once.
    """

    def __init__(
        self,
        network: WalkNetwork,
        xy: Floats,
        *,
        pace: Pace,
        limit_m: float,
        least_m: float = 0.0,
    ) -> None:
        """
        Join destinations to the network.

        Parameters
        ----------
        xy
            (c, 2) metres in the CRS of the network.
        limit_m, least_m
            As in `WalkNetwork.snap`; they hold for the points that are asked about as well.

        Raises
        ------
        JingweiError
            If there are more than 65,536 destinations.
        """
        if len(xy) > MOST:
            raise JingweiError(f"{len(xy)} destinations are given, at most {MOST} can be ranked")
        self.network, self.xy, self.pace = network, xy, pace
        self.limit_m, self.least_m = limit_m, least_m
        self.costs = network.costs(pace)
        self.snapped = self.snap(xy)
        self.ends = Ends.of(self.snapped, self.costs, pace)
        self.ranks = np.arange(len(xy)) * RANK_UNIT
        self._arc_cost = self.costs.whole[network.arcs.edge]
        self._doors = self._make_doors()

    def __len__(self) -> int:
        return len(self.xy)

    def snap(self, xy: Floats) -> Snapped:
        """Join points to the network by the limits of these destinations."""
        return self.network.snap(xy, limit_m=self.limit_m, least_m=self.least_m)

    @cached_property
    def by_edge(self) -> dict[int, list[int]]:
        """The destinations on each edge that has any."""
        found: dict[int, list[int]] = {}
        for row, edge in enumerate(self.snapped.edge.tolist()):
            if edge != NO_EDGE:
                found.setdefault(edge, []).append(row)
        return found

    def nearest(self, x: float, y: float, *, wanted: int, allowed: Mask) -> list[Walk]:
        """
        Return the walks to the nearest destinations, nearest first.

        First those the network leads to; if they are fewer than wanted, the others follow by the
        straight line, which says nothing about rivers and walls.

        Parameters
        ----------
        x, y
            Metres in the CRS of the network.
        allowed
            (c,) which destinations count.
        """
        edge, share, away_m = self.network.snap_one(
            x, y, limit_m=self.limit_m, least_m=self.least_m
        )
        if edge == NO_EDGE:
            return self._straight(x, y, np.flatnonzero(allowed), wanted)
        start = Ends.of(
            Snapped(np.array([edge]), np.array([share]), np.array([away_m])), self.costs, self.pace
        )
        search = _Search(self, edge, start, wanted, allowed)
        direct = {
            row: self._on_one_edge(start, row) for row in self.by_edge.get(edge, ()) if allowed[row]
        }
        best = search.best.copy()
        for row, cost in direct.items():
            best[row] = min(best[row], cost)
        order = np.argsort(best)[:wanted]
        walks = [
            self._walk(search, (x, y), (edge, share, away_m), row, direct.get(row, np.inf))
            for row in order[np.isfinite(best[order])].tolist()
        ]
        if len(walks) == wanted:
            return walks
        unreached = np.flatnonzero(allowed & np.isinf(best))
        return walks + self._straight(x, y, unreached, wanted - len(walks))

    def _on_one_edge(self, start: Ends, row: int) -> float:
        between = abs(start.along[0] - self.ends.along[row])
        return float(between + start.access[0] + self.ends.access[row] + self.ranks[row])

    def _make_doors(self) -> tuple[Ints, Ints, Floats]:
        """Return where each node's doors start, and each door's destination and cost."""
        rows = np.flatnonzero(self.snapped.edge != NO_EDGE)
        edge = self.snapped.edge[rows]
        nodes = np.concatenate([self.network.tail[edge], self.network.head[edge]])
        cost = np.concatenate([self.ends.tail[rows], self.ends.head[rows]])
        rows = np.concatenate([rows, rows])
        order = np.argsort(nodes, kind="stable")
        counts = np.bincount(nodes, minlength=self.network.nodes)
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return start, rows[order].astype(np.int64), (cost + self.ranks[rows])[order]

    def _straight(self, x: float, y: float, rows: Ints, wanted: int) -> list[Walk]:
        away = np.hypot(self.xy[rows, 0] - x, self.xy[rows, 1] - y)
        return [
            Walk(
                destination=int(rows[place]),
                how=How.STRAIGHT_LINE,
                cost=float(away[place]) / self.pace.speed_m_s,
                length_m=float(away[place]),
                route=np.array([(x, y), self.xy[rows[place]]]),
                steps=False,
            )
            for place in np.argsort(away, kind="stable")[:wanted]
        ]

    def _walk(
        self,
        search: _Search,
        point: tuple[float, float],
        joined: tuple[int, float, float],
        row: int,
        direct: float,
    ) -> Walk:
        edge, share, away_m = joined
        there = float(self.snapped.share[row])
        if direct <= search.best[row]:
            edges, entered, left = np.array([edge]), np.array([share]), np.array([there])
        else:
            edges, entered, left = search.way_to(row, share)
        network, walked = self.network, np.abs(left - entered)
        way = network.route(edges, entered, left)
        return Walk(
            destination=row,
            how=How.NETWORK,
            cost=float(min(direct, search.best[row]) - self.ranks[row]),
            length_m=float(network.length_m[edges] @ walked + away_m + self.snapped.away_m[row]),
            route=np.concatenate([[point], way, self.xy[row : row + 1]]),
            steps=bool(network.steps[edges] @ walked),
        )


class _Search:
    """One run of the kernel from a point on an edge, and the way back from where it came."""

    def __init__(self, to: Destinations, edge: int, ends: Ends, wanted: int, allowed: Mask) -> None:
        network = to.network
        self.edge, self._to = edge, to
        self._arcs = network.arcs
        self._seeds = np.array([network.tail[edge], network.head[edge]], np.int64)
        self._seed_cost = np.array([ends.tail[0], ends.head[0]])
        self.best = np.full(len(to), np.inf)
        self.via = np.full(len(to), -1, np.int64)
        self._reached = np.full(network.nodes, np.inf)
        self._back = np.full(network.nodes, -1, np.int64)
        walk_out(
            self._arcs.start,
            self._arcs.neighbour,
            to._arc_cost,  # noqa: SLF001  the search is part of its destinations
            self._seeds,
            self._seed_cost,
            *to._doors,  # noqa: SLF001
            allowed.astype(np.uint8),
            wanted,
            self._reached,
            self._back,
            self.best,
            self.via,
        )

    def way_to(self, row: int, share: float) -> tuple[Ints, Floats, Floats]:
        """Return the edges walked to a destination, and where each is entered and left."""
        node = int(self.via[row])
        room = 64
        while True:
            edges = np.empty(room, np.int64)
            entered, left = np.empty(room), np.empty(room)
            arcs = self._arcs
            count = trace_back(
                self._back, arcs.source, arcs.edge, arcs.forward, node, edges, entered, left
            )
            if count >= 0:
                break
            room *= 8
        origin, to = int(edges[count]), self._to.snapped
        first = 0.0 if self._left_by_tail(origin) else 1.0
        last = 0.0 if self._entered_by_tail(node, row) else 1.0
        return (
            np.concatenate([[self.edge], edges[:count][::-1], to.edge[row : row + 1]]),
            np.concatenate([[share], entered[:count][::-1], [last]]),
            np.concatenate([[first], left[:count][::-1], to.share[row : row + 1]]),
        )

    def _left_by_tail(self, origin: int) -> bool:
        if self._seeds[0] == self._seeds[1]:
            return bool(self._seed_cost[0] <= self._seed_cost[1])
        return bool(origin == self._seeds[0])

    def _entered_by_tail(self, node: int, row: int) -> bool:
        to = self._to
        edge = to.snapped.edge[row]
        if to.network.tail[edge] == to.network.head[edge]:
            return bool(to.ends.tail[row] <= to.ends.head[row])
        return bool(node == to.network.tail[edge])
