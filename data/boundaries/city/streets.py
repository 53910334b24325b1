"""The street net: arterials, collectors, rivers, then lanes by splitting what lies between."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from rtree import index
from shapely import LineString, Point, Polygon

from .linework import Linework, faces, without_dangles
from .sketch import River, read_frame_sketch, read_rivers, read_streets

if TYPE_CHECKING:
    from numpy.random import Generator
    from shapely.geometry.base import BaseGeometry

    from .ground import Floats

CANVAS_M = 3300.0


@dataclass(frozen=True)
class Rivers:
    """Open water and the green band with it, in local metres."""

    water: BaseGeometry
    band: BaseGeometry
    rivers: tuple[River, ...]


def draw_rivers() -> Rivers:
    """Widen the river lines to water and banks."""
    rivers = tuple(read_rivers())
    water = shapely.union_all([r.line.buffer(r.width_m / 2, cap_style="flat") for r in rivers])
    band = shapely.union_all(
        [
            r.line.buffer(r.width_m / 2 + r.bank_m, cap_style="flat", join_style="mitre")
            for r in rivers
        ]
    )
    return Rivers(shapely.simplify(water, 0.5), shapely.simplify(band, 0.8), rivers)


def main_net(rivers: Rivers) -> tuple[Linework, list[Polygon]]:
    """Cut arterials, collectors and rivers against each other; return the lines and the faces."""
    canvas = shapely.box(-CANVAS_M, -CANVAS_M, CANVAS_M, CANVAS_M)
    lines = Linework()
    for street in read_streets():
        for part in shapely.get_parts(shapely.intersection(street.line, canvas)):
            lines.add(part, street.kind, street.name)
    for name, area, kind in (("", rivers.water, "bank"), ("滨河路", rivers.band, "lane")):
        ring = shapely.intersection(shapely.boundary(area), canvas.buffer(-1.0))
        for part in shapely.get_parts(shapely.line_merge(ring)):
            lines.add(part, kind, name)
    limit = shapely.boundary(read_frame_sketch())
    for part in shapely.get_parts(shapely.intersection(limit, rivers.band)):
        lines.add(part, "field")
    lines.add(LineString(canvas.exterior.coords), "field")
    net = Linework(without_dangles(lines.node(), 150.0))
    return net, faces(net.lines)


class Splitter:
    """Splits faces by streets that prefer to meet where streets already meet."""

    def __init__(self, rng: Generator, net: Linework) -> None:
        """Start from the junctions of the main net."""
        self.rng = rng
        self.net = net
        self.serial = 0
        self._junctions = index.Index()
        self._points: list[tuple[float, float]] = []
        for edge in list(net.lines):
            coords = shapely.get_coordinates(edge.line)
            self._remember(coords[0])
            self._remember(coords[-1])

    def _remember(self, point: Floats) -> None:
        x, y = float(point[0]), float(point[1])
        self._junctions.insert(len(self._points), (x, y, x, y))
        self._points.append((x, y))

    def _attracted(self, point: Floats, ring: LineString, reach_m: float) -> Floats:
        """Move a street's end to a junction close by on the same ring, if there is one."""
        x, y = float(point[0]), float(point[1])
        near = (x - reach_m, y - reach_m, x + reach_m, y + reach_m)
        best, best_m = point, reach_m
        for row in sorted(self._junctions.intersection(near)):
            other = np.array(self._points[row])
            away = float(np.hypot(*(other - point)))
            if away < best_m and ring.distance(Point(other)) < 0.02:
                best, best_m = other, away
        return best

    def cut(self, face: Polygon, *, sway_deg: float, reach_m: float) -> LineString | None:
        """Propose a street across the middle of a face's long side; None where it would be ugly."""
        box = shapely.get_coordinates(shapely.oriented_envelope(face))[:4]
        first, second = box[1] - box[0], box[2] - box[1]
        long_side, short_side = (
            (first, second) if np.hypot(*first) >= np.hypot(*second) else (second, first)
        )
        origin = box[0] if long_side is first else box[1]
        middle = origin + long_side * self.rng.uniform(0.4, 0.6)
        middle = middle + (short_side if long_side is first else -first) / 2
        angle = math.atan2(short_side[1], short_side[0]) + math.radians(
            self.rng.normal(0, sway_deg)
        )
        reach = np.hypot(*long_side) + np.hypot(*short_side)
        step = np.array([math.cos(angle), math.sin(angle)]) * reach
        chord = shapely.intersection(LineString([middle - step, middle + step]), face)
        parts = [part for part in shapely.get_parts(chord) if part.geom_type == "LineString"]
        if not parts:
            return None
        part = max(parts, key=lambda piece: piece.length)
        ring = LineString(face.exterior.coords)
        coords = shapely.get_coordinates(part)
        start = self._attracted(np.round(coords[0], 2), ring, reach_m)
        end = self._attracted(np.round(coords[-1], 2), ring, reach_m)
        length = float(np.hypot(*(end - start)))
        if length < 15.0:
            return None
        side = np.array([-(end - start)[1], (end - start)[0]]) / length
        knee = start + (end - start) * self.rng.uniform(0.35, 0.65)
        knee = np.round(knee + side * self.rng.normal(0, 0.012 * sway_deg / 3 * length), 2)
        return LineString([start, knee, end])

    def split(self, face: Polygon, street: LineString) -> tuple[Polygon, Polygon] | None:
        """Part a face along a street from ring to ring; None if a part would be no block."""
        ring = LineString(face.exterior.coords)
        coords = shapely.get_coordinates(street)
        at = [ring.project(Point(coords[0])), ring.project(Point(coords[-1]))]
        if at[0] > at[1]:
            coords, at = coords[::-1], at[::-1]
        corners = shapely.get_coordinates(ring)
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
        between = (along > at[0] + 0.02) & (along < at[1] - 0.02)
        beyond = (along > at[1] + 0.02) & (along < along[-1])
        before = along < at[0] - 0.02
        one = Polygon(np.vstack([coords[:1], corners[between], coords[::-1]]))
        two = Polygon(np.vstack([coords, corners[beyond], corners[before]]))
        if not (one.is_valid and two.is_valid):
            return None
        return one, two

    def divide(
        self, face: Polygon, *, sway_deg: float, reach_m: float, kind: str, slim: float = 0.28
    ) -> tuple[Polygon, Polygon] | None:
        """Part a face in two well-shaped ones by a new line, which joins the net."""
        for _ in range(9):
            street = self.cut(face, sway_deg=sway_deg, reach_m=reach_m)
            parts = self.split(face, street) if street is not None else None
            if street is None or parts is None:
                continue
            smaller = min(part.area for part in parts)
            if smaller < 0.22 * face.area or min(map(_plumpness, parts)) < slim:
                continue
            self.serial += 1
            self.net.add(street, kind, f"#{self.serial}")
            coords = shapely.get_coordinates(street)
            self._remember(coords[0])
            self._remember(coords[-1])
            return parts
        return None


def _plumpness(face: Polygon) -> float:
    """Compare a face with its bounding rectangle, and that one's sides."""
    box = shapely.get_coordinates(shapely.oriented_envelope(face))
    one, two = np.hypot(*(box[1] - box[0])), np.hypot(*(box[2] - box[1]))
    if max(one, two) == 0:
        return 0.0
    return float(min(one, two) / max(one, two) * face.area / max(one * two, 1.0))
