"""Faults as surveyors make them, each a small change to one or two grids in local metres."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely import LineString, Point, Polygon

from .ground import GRID_M, Floats, polygon_of

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


SEED = 2023


@dataclass
class Fault:
    """What was done where; the truth for a checker."""

    kind: str
    grid_codes: list[str]
    place: Point
    note_zh: str
    note_en: str
    area_m2: float | None = None
    width_m: float | None = None
    more: dict[str, Any] = field(default_factory=dict)


def shared_line(one: Polygon, two: Polygon) -> LineString | None:
    """Find the longest line two neighbours share, with all its vertices."""
    common = shapely.line_merge(
        shapely.union_all(
            [
                part
                for part in shapely.get_parts(shapely.intersection(one.exterior, two.exterior))
                if part.geom_type == "LineString"
            ]
        )
    )
    lines = [part for part in shapely.get_parts(common) if isinstance(part, LineString)]
    return max(lines, key=lambda line: line.length) if lines else None


def lens(line: LineString, width_m: float, *, side: float) -> Polygon | None:
    """
    Draw the sliver between a border and a careless second drawing of it.

    Both drawings meet in two vertices of the border, so that only the ground between them is
    in dispute; `side` 1 lies left of the line, -1 right.
    """
    coords = shapely.get_coordinates(line)
    if len(coords) < 2:
        return None
    steps = np.hypot(*np.diff(coords, axis=0).T)
    longest = int(np.argmax(steps))
    a, b = coords[longest], coords[longest + 1]
    if steps[longest] < 24.0:
        return None
    normal: Floats = np.array([-(b - a)[1], (b - a)[0]]) / steps[longest] * side * width_m
    ring = [a, a + (b - a) * 0.12 + normal, a + (b - a) * 0.88 + normal, b]
    drawn = Polygon(np.round(ring, 2))
    return drawn if drawn.is_valid and drawn.area > 0 else None


def take(polygon: Polygon, ground: Polygon) -> Polygon:
    """Cut ground out of a grid."""
    return polygon_of(shapely.difference(polygon, ground, grid_size=GRID_M))


def give(polygon: Polygon, ground: Polygon) -> Polygon:
    """Add ground to a grid."""
    return polygon_of(shapely.union(polygon, ground, grid_size=GRID_M))


def longest_piece(line: LineString) -> LineString:
    """Return the longest straight piece of a border."""
    coords = shapely.get_coordinates(line)
    longest = int(np.argmax(np.hypot(*np.diff(coords, axis=0).T)))
    return LineString(coords[longest : longest + 2])


def with_vertex(polygon: Polygon, piece: LineString, decimals: int) -> tuple[Polygon, Point]:
    """
    Set one more vertex on a straight piece of a polygon's outline, on this side of it only.

    Raises
    ------
    LookupError
        If the piece is no part of the outline.
    """
    a, b = shapely.get_coordinates(piece)
    middle = np.round(a * 0.45 + b * 0.55, decimals)
    ring = shapely.get_coordinates(polygon.exterior)
    for row in range(len(ring) - 1):
        if {tuple(ring[row]), tuple(ring[row + 1])} == {tuple(a), tuple(b)}:
            holes = [hole.coords for hole in polygon.interiors]
            return Polygon(np.insert(ring, row + 1, middle, axis=0), holes), Point(middle)
    raise LookupError(f"the border {piece} is no part of the grid")


def crossed(polygon: Polygon) -> tuple[Polygon, Point] | None:
    """Swap two vertices so that the ring crosses itself, at the longest edge where it does."""
    ring = shapely.get_coordinates(polygon.exterior)[:-1]
    steps = np.hypot(*(np.roll(ring, -1, axis=0) - ring).T)
    for row in np.argsort(-steps).tolist():
        swapped = ring.copy()
        other = (row + 1) % len(ring)
        swapped[[row, other]] = swapped[[other, row]]
        candidate = Polygon(swapped)
        if not candidate.is_valid and 20.0 < steps[row] < 120.0:
            return candidate, Point(np.round((ring[row] + ring[other]) / 2, 2))
    return None


def halves(ground: Polygon, towards: BaseGeometry) -> Polygon | None:
    """Cut a compound across and return the part nearer to a neighbour."""
    middle = ground.centroid
    target = shapely.get_coordinates(shapely.shortest_line(middle, towards))[-1]
    away = target - np.array([middle.x, middle.y])
    reach = float(np.hypot(*away))
    if reach < 5.0:
        return None
    across = np.array([-away[1], away[0]]) / reach * 600.0
    start = np.array([middle.x, middle.y]) + away / reach * 3.0
    near = Polygon(
        [
            start + across,
            start - across,
            start - across + away / reach * 900.0,
            start + across + away / reach * 900.0,
        ]
    )
    part = shapely.intersection(ground, near, grid_size=GRID_M)
    return part if isinstance(part, Polygon) else None
