"""Parcels: walled ground inside a cell, and the strips between its wall and the streets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, Point, Polygon

from .ground import GRID_M, Floats
from .linework import STREET_KINDS, Edge, Linework
from .streets import Splitter

if TYPE_CHECKING:
    from numpy.random import Generator

    from .cells import Cell

SETBACK_M = {
    "arterial": 36.0,
    "collector": 25.0,
    "lane": 7.0,
    "path": 6.0,
    "bank": 9.0,
    "field": 5.0,
}
OLD_SETBACK_M = {
    "arterial": 27.0,
    "collector": 18.0,
    "lane": 4.0,
    "path": 4.0,
    "bank": 6.0,
    "field": 4.0,
}
PARCEL_M2 = {"core": 17500.0, "new": 27000.0, "dormitory": 9500.0}
WALLED_PLACES = frozenset(
    {"college", "hospital", "prison", "school", "office", "works", "market", "civic"}
)
CORNER_DEG = 28.0


@dataclass(frozen=True)
class Parcel:
    """Walled ground in local metres, the cell it lies in and what it is for."""

    polygon: Polygon
    cell: int
    zone: str
    place: str = ""


class Parcelling:
    """Lays parcels into cells and collects the new lines: walls, cuts, gates, paths."""

    def __init__(self, rng: Generator, edges: list[Edge]) -> None:
        """Start from the noded street edges."""
        self.rng = rng
        self.lines = Linework(list(edges))
        self.parcels: list[Parcel] = []
        self._tree = shapely.STRtree([edge.line for edge in edges])
        self._edges = edges

    def sides(self, polygon: Polygon) -> dict[str, list[LineString]]:
        """Collect the lines around a cell by kind."""
        found: dict[str, list[LineString]] = {}
        ring = shapely.boundary(polygon)
        for row in sorted(self._tree.query(polygon, "intersects").tolist()):
            edge = self._edges[row]
            middle = shapely.line_interpolate_point(edge.line, 0.5, normalized=True)
            if shapely.distance(ring, middle) < 3 * GRID_M:
                found.setdefault(edge.kind, []).append(edge.line)
        return found

    def inset(self, cell: Cell) -> Polygon | None:
        """Step back from each street by its width; None where nothing useful is left."""
        setback = OLD_SETBACK_M if cell.zone in {"old", "dormitory"} else SETBACK_M
        taken = [
            shapely.buffer(
                shapely.union_all(lines), setback[kind], cap_style="square", join_style="mitre"
            )
            for kind, lines in sorted(self.sides(cell.polygon).items())
        ]
        left = shapely.difference(cell.polygon, shapely.union_all(taken))
        left = shapely.simplify(left, 2.0)
        left = shapely.buffer(
            shapely.buffer(left, -9.0, join_style="mitre"), 9.0, join_style="mitre"
        )
        left = shapely.simplify(shapely.intersection(left, shapely.buffer(cell.polygon, -3.0)), 1.5)
        parts = [p for p in shapely.get_parts(left) if p.geom_type == "Polygon" and p.area > 2200.0]
        if not parts:
            return None
        best: Polygon = max(parts, key=lambda part: part.area)
        rounded = shapely.set_precision(Polygon(best.exterior), GRID_M)
        return rounded if rounded.geom_type == "Polygon" else None

    def lay(self, row: int, cell: Cell) -> None:
        """Fill one cell with parcels."""
        ground = self.inset(cell)
        if ground is None:
            return
        corners = corner_points(ground)
        cuts = self._corner_cuts(cell.polygon, ground, corners)
        if len(cuts) < 2:
            return
        for cut in cuts:
            self.lines.add(cut, "cut")
        self.lines.add(LineString(ground.exterior.coords), "wall")
        wanted = 1 if cell.place else max(1, round(ground.area / PARCEL_M2.get(cell.zone, 20000.0)))
        for part in self._parts(ground, wanted):
            self.parcels.append(Parcel(part, row, cell.zone, cell.place.kind if cell.place else ""))

    def _parts(self, ground: Polygon, wanted: int) -> list[Polygon]:
        splitter = Splitter(self.rng, Linework())
        parts = [ground]
        while len(parts) < wanted:
            parts.sort(key=lambda part: -part.area)
            halves = splitter.divide(parts[0], sway_deg=0.4, reach_m=2.0, kind="wall", slim=0.34)
            if halves is None:
                break
            parts[:1] = halves
        self.lines.lines.extend(splitter.net.lines)
        return parts

    def _corner_cuts(self, outer: Polygon, inner: Polygon, corners: Floats) -> list[LineString]:
        """Join the corners of the wall with those of the cell, so that each side is a strip."""
        ring = LineString(outer.exterior.coords)
        outer_corners = corner_points(outer)
        cuts: list[LineString] = []
        for corner in corners:
            reach = ring.distance(Point(corner))
            away = (
                np.hypot(*(outer_corners - corner).T) if len(outer_corners) else np.array([np.inf])
            )
            if away.min() < 2.4 * reach + 4.0:
                target = outer_corners[int(np.argmin(away))]
            else:
                target = shapely.get_coordinates(ring.interpolate(ring.project(Point(corner))))[0]
            cut = LineString([corner, np.round(target, 2)])
            crosses = cut.crosses(inner) or cut.intersection(inner).length > 0.05
            clear = all(cut.distance(other) > 4.0 for other in cuts)
            if not crosses and clear and outer.buffer(0.05).contains(cut):
                cuts.append(cut)
        return cuts

    def open_gate(self, parcel: Polygon, cell: Polygon) -> None:
        """Lead a path from the street through a gate to a loop behind the wall."""
        loop = shapely.set_precision(shapely.buffer(parcel, -4.5, join_style="mitre"), GRID_M)
        streets = [
            line
            for kind, lines in self.sides(cell).items()
            if kind in STREET_KINDS
            for line in lines
        ]
        if loop.geom_type != "Polygon" or loop.is_empty or not streets:
            return
        street = shapely.union_all(streets)
        ring = shapely.get_coordinates(parcel.exterior)
        middles = (ring[:-1] + ring[1:]) / 2
        lengths = np.hypot(*np.diff(ring, axis=0).T)
        reach = np.asarray(shapely.distance(street, shapely.points(middles)))
        best = int(np.argmin(np.where(lengths > 25.0, reach, np.inf)))
        if not np.isfinite(lengths[best]) or reach[best] > 60.0:
            return
        gate = Point(np.round(ring[best] * 0.56 + ring[best + 1] * 0.44, 2))
        outside = shapely.shortest_line(gate, street)
        inside = shapely.shortest_line(gate, loop.exterior)
        far = shapely.get_coordinates(outside)[-1]
        near = shapely.get_coordinates(inside)[-1]
        path = LineString(np.round([near, [gate.x, gate.y], far], 2))
        self.lines.add(path, "path")
        self.lines.add(LineString(loop.exterior.coords), "path")


def corner_points(polygon: Polygon) -> Floats:
    """Find the vertices where the outline clearly turns."""
    ring = shapely.get_coordinates(polygon.exterior)[:-1]
    back, forth = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    turn = np.arctan2(
        back[:, 0] * forth[:, 1] - back[:, 1] * forth[:, 0], (back * forth).sum(axis=1)
    )
    corners: Floats = ring[np.abs(np.degrees(turn)) > CORNER_DEG]
    return corners


def lay_parcels(rng: Generator, cells: list[Cell], edges: list[Edge]) -> Parcelling:
    """Fill all cells that want walls."""
    parcelling = Parcelling(rng, edges)
    for row, cell in enumerate(cells):
        walled = cell.place.kind in WALLED_PLACES if cell.place else cell.zone in PARCEL_M2
        if walled:
            parcelling.lay(row, cell)
    return parcelling
