"""The hand-drawn tables in `sources/`: streets, rivers, places, communities, outer limit."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, Point, Polygon

from .ground import Floats, bend, bend_line

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

SOURCES = Path(__file__).parents[1] / "sources"


@dataclass(frozen=True)
class Street:
    """A named street as a line in local metres."""

    name: str
    kind: str
    line: LineString


@dataclass(frozen=True)
class River:
    """A river by its centre line, its width and the width of each green bank, in metres."""

    name: str
    line: LineString
    width_m: float
    bank_m: float


@dataclass(frozen=True)
class Place:
    """Something with a block of its own: a school, a park, the college."""

    name: str
    kind: str
    point: Point
    area_m2: float


@dataclass(frozen=True)
class Community:
    """A real community by name and code, at an invented place."""

    code: str
    name: str
    official_name: str
    subdistrict_code: str
    seed: Point
    village: Point | None
    village_radius_m: float


def rows(name: str) -> list[dict[str, str]]:
    """Read one table of `sources/`."""
    with (SOURCES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _points(text: str) -> Floats:
    return np.array([[float(part) for part in pair.split()] for pair in text.split(";")])


def spline(points: Floats, step: int = 8) -> LineString:
    """Draw a Catmull-Rom curve through all given points."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, step, endpoint=False)[:, None]
    pieces = []
    for p0, p1, p2, p3 in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        pieces.append(
            0.5
            * (
                2 * p1
                + (p2 - p0) * t
                + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
                + (3 * p1 - p0 - 3 * p2 + p3) * t**3
            )
        )
    return LineString(np.vstack([*pieces, points[-1:]]))


def _lengthened(points: Floats, shared: set[tuple[float, float]], by_m: float = 45.0) -> Floats:
    """Carry free ends on by `by_m`, so that they surely meet the street they end on."""
    out = points.copy()
    for end, inner in ((0, 1), (-1, -2)):
        if tuple(points[end]) not in shared:
            step = points[end] - points[inner]
            out[end] = points[end] + step / np.hypot(*step) * by_m
    return out


def read_streets() -> list[Street]:
    """Draw the arterials and collectors."""
    table = [
        (row["name"], row["class"], _points(row["points"])) for row in rows("sketch_streets.csv")
    ]
    seen: dict[tuple[float, float], int] = {}
    for _, _, points in table:
        for point in {tuple(point) for point in points.tolist()}:
            seen[point] = seen.get(point, 0) + 1
    shared = {point for point, times in seen.items() if times > 1}
    return [
        Street(name, kind, bend_line(spline(_lengthened(points, shared))))
        for name, kind, points in table
    ]


def read_rivers() -> list[River]:
    """Draw the rivers."""
    return [
        River(
            row["name"],
            bend_line(spline(_points(row["points"])), 25.0),
            float(row["width_m"]),
            float(row["bank_m"]),
        )
        for row in rows("sketch_rivers.csv")
    ]


def _bent_point(x: str, y: str) -> Point:
    return Point(bend(np.array([[float(x), float(y)]]))[0])


def read_places() -> list[Place]:
    """Put the places that want a block of their own."""
    return [
        Place(row["name"], row["kind"], _bent_point(row["x"], row["y"]), float(row["area_m2"]))
        for row in rows("sketch_places.csv")
    ]


def read_communities() -> list[Community]:
    """Join real names and codes with the seeds of the sketch."""
    seeds = {row["code"]: row for row in rows("sketch_communities.csv")}
    found = []
    for row in rows("communities.csv"):
        code = row["nbs_code_2023"]
        seed = seeds[code]
        village = _bent_point(seed["village_x"], seed["village_y"]) if seed["village_x"] else None
        found.append(
            Community(
                code,
                row["short_name"],
                row["official_name"],
                row["street_code"],
                _bent_point(seed["x"], seed["y"]),
                village,
                float(seed["village_radius_m"] or 0),
            )
        )
    return found


def read_frame_sketch() -> Polygon:
    """Draw the rough outer limit; the frame follows the nearest streets and field edges."""
    points = np.array([[float(row["x"]), float(row["y"])] for row in rows("sketch_frame.csv")])
    return shapely.Polygon(bend(points))


def read_outline() -> BaseGeometry:
    """Read the real outline of the city, in degrees."""
    text = (SOURCES / "outline.geojson").read_text(encoding="utf-8")
    return shapely.union_all(shapely.get_parts(shapely.from_geojson(text)))
