"""Cells: the faces between streets, each with its zone or the place that fills it."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import Point, Polygon, STRtree

from .ground import bend_polygon, unbend
from .linework import Edge, Linework, borders, faces
from .sketch import Community, Place, read_frame_sketch
from .streets import Rivers, Splitter

if TYPE_CHECKING:
    from numpy.random import Generator

OLD_TOWN = shapely.box(-708, -708, 708, 708)
TARGET_M2 = {
    "old": 12500.0,
    "dormitory": 15000.0,
    "village": 18500.0,
    "core": 44000.0,
    "new": 62000.0,
    "field": 42000.0,
}
SWAY_DEG = {"old": 5.0, "dormitory": 3.0, "village": 5.0, "core": 2.0, "new": 1.2, "field": 3.0}
RIM_ZONES = frozenset({"field", "bank", "water"})


@dataclass(frozen=True)
class Cell:
    """A face between streets: its zone, and the place or the village it belongs to."""

    polygon: Polygon
    zone: str
    place: Place | None = None


class Zoning:
    """Says what a face of the net is to become."""

    def __init__(self, rivers: Rivers, places: list[Place], communities: list[Community]) -> None:
        """Keep what decides: rivers, places and villages."""
        self.rivers = rivers
        self.places = places
        self.old_town = bend_polygon(OLD_TOWN)
        self.frame_sketch = read_frame_sketch()
        self.villages = shapely.union_all(
            [
                shapely.simplify(c.village.buffer(c.village_radius_m), 1.0)
                for c in communities
                if c.village is not None
            ]
        )

    def place_in(self, face: Polygon) -> Place | None:
        """Find the first place of the sketch inside a face."""
        return next((place for place in self.places if face.contains(place.point)), None)

    def zone_of_lane(self, middle: Point) -> str:
        """Tell where a lane lies: in the old town, a village, the fields, or the newer town."""
        if self.old_town.contains(middle):
            return "old"
        if self.villages.contains(middle):
            return "village"
        u, v = unbend(np.array([[middle.x, middle.y]]))[0]
        return "town" if -2160 < u < 2000 and -1900 < v < 2080 else "field"

    def zone_of(self, face: Polygon) -> str:
        """Name the zone of a face by where its middle lies."""
        middle = face.representative_point()
        if self.rivers.band.contains(middle):
            return "water" if self.rivers.water.contains(middle) else "bank"
        if self.old_town.contains(middle):
            return "old"
        if face.intersection(self.villages).area > 0.45 * face.area:
            return "village"
        return self._zone_of_plain(middle)

    def _zone_of_plain(self, middle: Point) -> str:
        """Name the zone of ground that is neither river, old town nor village."""
        u, v = unbend(np.array([[middle.x, middle.y]]))[0]
        if not (-2160 < u < 2000 and -1900 < v < 2080):
            return "field"
        away = max(abs(u), abs(v) * 1.1)
        if away < 1480:
            return "core"
        # Towns grow in tongues: some ground inside the ring road is still tilled.
        wave = math.sin(u / 310 + 1.3) * math.cos(v / 270 - 0.7) + 0.5 * math.sin((u + v) / 190)
        return "field" if wave > 1.0 - (away - 1480) / 800 else "new"


class Cellmaker:
    """Splits the faces of the main net down to cells."""

    def __init__(self, rng: Generator, net: Linework, zoning: Zoning) -> None:
        """Split with one generator, so that the same seed draws the same town."""
        self.rng = rng
        self.zoning = zoning
        self.splitter = Splitter(rng, net)
        self.cells: list[Cell] = []

    def divide(self, face: Polygon) -> None:
        """Split a face until each part is as large as its zone or its place wants it."""
        zone = self.zoning.zone_of(face)
        if zone in {"water", "bank"}:
            self.cells.append(Cell(face, zone))
            return
        place = self.zoning.place_in(face)
        target = place.area_m2 * 1.3 if place else TARGET_M2[zone] * self.rng.uniform(0.8, 1.45)
        if zone == "old" and not place and self.rng.random() < 0.16 and 9000 < face.area < 26000:
            zone, target = "dormitory", 30000.0
        if zone == "field" and face.intersects(self.zoning.villages) and not place:
            target = TARGET_M2["core"]
        if face.area <= target or (place and face.area < 1.6 * place.area_m2):
            self.cells.append(Cell(face, zone, place))
            return
        reach = 16.0 if zone in {"old", "village"} else 30.0
        parts = self.splitter.divide(
            face, sway_deg=SWAY_DEG[zone], reach_m=reach, kind=_kind(zone, face.area)
        )
        if parts is None:
            self.cells.append(Cell(face, zone, place))
            return
        for part in parts:
            self.divide(part)


def _kind(zone: str, area_m2: float) -> str:
    """Choose the kind of a new line by what it cuts."""
    if zone == "field":
        return "lane" if area_m2 > 300_000 else "field"
    return "collector" if area_m2 > 170_000 else "lane"


def make_cells(
    rng: Generator, net: Linework, main_faces: list[Polygon], zoning: Zoning
) -> tuple[list[Cell], list[Edge]]:
    """
    Split the main faces to cells and keep those inside the outer limit.

    Returns
    -------
    cells, edges
        cells whose polygons share every vertex, and the noded lines that bound them.
    """
    maker = Cellmaker(rng, net, zoning)
    for face in main_faces:
        maker.divide(face)
    edges = maker.splitter.net.node()
    drawn = STRtree([cell.polygon for cell in maker.cells])
    found = []
    for face in faces(edges):
        row = min(drawn.query(face.representative_point(), "within").tolist(), default=None)
        if row is not None and face.area > 1.0:
            found.append(Cell(face, maker.cells[row].zone, maker.cells[row].place))
    return _one_piece(_within(found, edges, zoning.frame_sketch)), edges


def _within(cells: list[Cell], edges: list[Edge], sketch: Polygon) -> list[Cell]:
    """Keep the cells that lie mostly inside the sketch; drop fields that stick out, fill bays."""
    polygons = [cell.polygon for cell in cells]
    within = shapely.area(shapely.intersection(polygons, sketch)) / shapely.area(polygons)
    kept = within > 0.55
    around: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (one, two), border in borders(polygons, edges, 0.0).items():
        around[one].append((two, border.length_m))
        around[two].append((one, border.length_m))
    rim = [row for row, cell in enumerate(cells) if cell.zone in RIM_ZONES and cell.place is None]
    for _ in range(4):
        for row in rim:
            inside = sum(length for other, length in around[row] if kept[other])
            share = inside / polygons[row].length
            bay = share > 0.62 and within[row] > 0.45
            kept[row] = bay or (bool(kept[row]) and share > 0.34)
    return [cell for cell, keep in zip(cells, kept.tolist(), strict=True) if keep]


def _one_piece(cells: list[Cell]) -> list[Cell]:
    """Keep the cells of the largest piece, and fail if it has a hole."""
    pieces = shapely.get_parts(shapely.coverage_union_all([cell.polygon for cell in cells]))
    whole = max(pieces, key=lambda piece: piece.area)
    return [cell for cell in cells if whole.contains(cell.polygon.representative_point())]


__all__ = ["Cell", "Point", "Zoning", "make_cells"]
