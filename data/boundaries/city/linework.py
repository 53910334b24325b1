"""Labelled lines, cut where they meet, and the faces between them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, Polygon, STRtree

from .ground import GRID_M

if TYPE_CHECKING:
    from collections.abc import Iterable

# The first kind wins where lines lie upon each other.
KINDS = ("arterial", "collector", "lane", "path", "bank", "field", "wall", "cut")
STREET_KINDS = frozenset(KINDS[:4])


@dataclass(frozen=True)
class Edge:
    """A line of one kind between two places where lines meet."""

    line: LineString
    kind: str
    name: str = ""
    steps: bool = False


@dataclass
class Linework:
    """A growing set of labelled lines in local metres."""

    lines: list[Edge] = field(default_factory=list)

    def add(self, line: LineString, kind: str, name: str = "", *, steps: bool = False) -> None:
        """Add one line; empty ones are passed over."""
        if not line.is_empty and line.length > GRID_M:
            self.lines.append(Edge(line, kind, name, steps))

    def node(self) -> list[Edge]:
        """Cut all lines where they meet, on a centimetre grid, and keep each one's label."""
        raw = np.array([edge.line for edge in self.lines], dtype=object)
        merged = shapely.union_all(raw, grid_size=GRID_M)
        pieces = shapely.get_parts(merged)
        pieces = pieces[np.lexsort(shapely.get_coordinates(shapely.point_on_surface(pieces)).T)]
        middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
        piece_rows, line_rows = STRtree(raw).query(middles, "dwithin", 3 * GRID_M)
        best: dict[int, int] = {}
        for piece, line in zip(piece_rows.tolist(), line_rows.tolist(), strict=True):
            rank = (KINDS.index(self.lines[line].kind), line)
            kept = best.get(piece)
            if kept is None or rank < (KINDS.index(self.lines[kept].kind), kept):
                best[piece] = line
        labels = [self.lines[best[row]] for row in range(len(pieces))]
        return [
            Edge(piece, label.kind, label.name, label.steps)
            for piece, label in zip(pieces, labels, strict=True)
        ]


def ends(line: LineString) -> tuple[tuple[float, float], tuple[float, float]]:
    """Name both ends of a line on the centimetre grid."""
    coords = shapely.get_coordinates(line)
    return (
        (round(float(coords[0][0]), 2), round(float(coords[0][1]), 2)),
        (round(float(coords[-1][0]), 2), round(float(coords[-1][1]), 2)),
    )


def without_dangles(edges: Iterable[Edge], shorter_than_m: float) -> list[Edge]:
    """Drop loose ends shorter than a length, again and again until none is left."""
    kept = list(edges)
    while True:
        degree: dict[tuple[float, float], int] = defaultdict(int)
        for edge in kept:
            for end in ends(edge.line):
                degree[end] += 1
        loose = [
            edge.line.length < shorter_than_m and min(degree[end] for end in ends(edge.line)) == 1
            for edge in kept
        ]
        if not any(loose):
            return kept
        kept = [edge for edge, is_loose in zip(kept, loose, strict=True) if not is_loose]


def faces(edges: Iterable[Edge]) -> list[Polygon]:
    """Build the faces between noded lines, in an order that depends on their place only."""
    found = shapely.get_parts(shapely.polygonize([edge.line for edge in edges]))
    points = shapely.get_coordinates(shapely.point_on_surface(found))
    return [found[row] for row in np.lexsort(np.round(points, 2).T)]


@dataclass(frozen=True)
class Border:
    """What two neighbouring faces share: metres, and the kind of line on most of them."""

    length_m: float
    kind: str


def _segments(line: LineString) -> list[tuple[tuple[float, ...], float]]:
    coords = np.round(shapely.get_coordinates(line), 2)
    lengths = np.hypot(*np.diff(coords, axis=0).T).tolist()
    return [
        (tuple(a + b) if a < b else tuple(b + a), length)
        for a, b, length in zip(coords[:-1].tolist(), coords[1:].tolist(), lengths, strict=True)
    ]


def borders(
    polygons: list[Polygon], edges: Iterable[Edge], at_least_m: float = 3.0
) -> dict[tuple[int, int], Border]:
    """Find the borders between the faces of a noded coverage; shorter ones do not count."""
    kinds = {key: edge.kind for edge in edges for key, _ in _segments(edge.line)}
    owner: dict[tuple[float, ...], int] = {}
    shared: dict[tuple[int, int], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row, polygon in enumerate(polygons):
        for ring in (polygon.exterior, *polygon.interiors):
            for key, length in _segments(ring):
                other = owner.pop(key, None)
                if other is None:
                    owner[key] = row
                else:
                    shared[(min(other, row), max(other, row))][kinds.get(key, "cut")] += length
    found = {}
    for pair, lengths in shared.items():
        total = sum(lengths.values())
        if total >= at_least_m:
            found[pair] = Border(total, max(sorted(lengths), key=lambda kind: lengths[kind]))
    return found
