"""Shapes of buildings: rows of slabs facing south, towers, courtyards, wings around a yard."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import Polygon
from shapely.affinity import rotate, translate

from .ground import polygon_of

if TYPE_CHECKING:
    from numpy.random import Generator

    from .ground import Floats


@dataclass(frozen=True)
class Footprint:
    """An outline in local metres, with its storeys and entrances."""

    polygon: Polygon
    floors: int
    entrances: int
    courts: int = 0


@dataclass(frozen=True)
class Style:
    """How a compound is built: storeys, depth and length of one entrance, light between rows."""

    kind: str
    floors: tuple[int, ...]
    depth_m: float
    entrance_m: float
    most_entrances: int
    gap_m: float
    light: float  # free metres between rows per metre of height
    flats: int  # per floor and entrance


WALK_UP = Style("slab", (5, 6, 6, 6, 6, 7), 12.8, 15.4, 5, 11.0, 0.98, 2)
DORMITORY_BLOCK = Style("slab", (3, 4, 4, 5, 6), 11.4, 14.6, 4, 9.0, 1.05, 2)
MID_RISE = Style("tower", (11, 11, 15, 17, 18), 15.2, 19.5, 3, 16.0, 1.0, 2)
HIGH_RISE = Style("tower", (24, 26, 28, 30, 33), 18.0, 34.0, 1, 26.0, 0.7, 6)


def east_angle_deg(polygon: Polygon) -> float:
    """Find the turn of a plot against east from its long sides; houses follow it."""
    steps = np.diff(shapely.get_coordinates(polygon.exterior), axis=0)
    angle = np.degrees(np.arctan2(steps[:, 1], steps[:, 0]))
    angle = (angle + 90) % 180 - 90
    weight = np.hypot(steps[:, 0], steps[:, 1]) * (np.abs(angle) < 24)
    return float((angle * weight).sum() / weight.sum()) if weight.sum() > 0 else -3.2


def _span(usable: Polygon, low: float, high: float) -> tuple[float, float] | None:
    """Find the x that are inside at the foot, the middle and the top of a row."""
    west, _, east, _ = usable.bounds
    left, right = west, east
    for y in (low, (low + high) / 2, high):
        cut = shapely.intersection(usable, shapely.LineString([(west - 1, y), (east + 1, y)]))
        parts = [part for part in shapely.get_parts(cut) if part.length > 8]
        if not parts:
            return None
        longest = max(parts, key=lambda part: part.length)
        left, right = max(left, longest.bounds[0]), min(right, longest.bounds[2])
    return (left, right) if right - left > 12 else None


def tower_outline(length: float, depth: float) -> Polygon:
    """Draw a tower with bays to the south and the stair to the north, foot at (0, 0)."""
    bay, stair = 1.5, 2.2
    at = [0.16, 0.34, 0.66, 0.84]
    south = [(0.0, 0.0)]
    for a, b in ((at[0], at[1]), (at[2], at[3])):
        south += [(a * length, 0.0), (a * length, -bay), (b * length, -bay), (b * length, 0.0)]
    south.append((length, 0.0))
    north = [
        (length, depth), (0.6 * length, depth), (0.6 * length, depth + stair),
        (0.4 * length, depth + stair), (0.4 * length, depth), (0.0, depth),
    ]  # fmt: skip
    return Polygon(south + north)


def rows_of(rng: Generator, plot: Polygon, style: Style, margin_m: float = 7.6) -> list[Footprint]:
    """Fill a plot with rows facing south, one height per row at most two in a plot."""
    angle, pivot = east_angle_deg(plot), plot.centroid
    usable = shapely.buffer(rotate(plot, -angle, origin=pivot), -margin_m, join_style="mitre")
    if usable.is_empty or usable.geom_type != "Polygon":
        return []
    floors = int(rng.choice(style.floors))
    _, low, _, high = usable.bounds
    pitch = style.depth_m + max(14.0, style.light * 3.0 * floors)
    count = int((high - low - style.depth_m) // pitch) + 1
    if high - low < style.depth_m:
        return []
    slack = high - low - style.depth_m - (count - 1) * pitch
    spread = slack / count if count > 1 else 0.0
    start = low + (slack - spread * (count - 1)) / 2
    found = []
    for row in range(count):
        y = start + row * (pitch + spread)
        span = _span(usable, y, y + style.depth_m)
        if span is not None:
            found += _row(rng, span, y, floors, style, shifted=row % 2 == 1)
    return [
        Footprint(rotate(print_.polygon, angle, origin=pivot), print_.floors, print_.entrances)
        for print_ in found
        if usable.buffer(2.6).contains(print_.polygon)
    ]


def _row(
    rng: Generator, span: tuple[float, float], y: float, floors: int, style: Style, *, shifted: bool
) -> list[Footprint]:
    """Divide the width of one row among houses of whole entrances."""
    width = span[1] - span[0]
    longest = style.most_entrances * style.entrance_m
    count = max(1, round((width + style.gap_m) / (longest + style.gap_m) + 0.08))
    if style.kind == "tower":
        count = max(1, int((width + style.gap_m) // (longest + style.gap_m)))
    each = (width - (count - 1) * style.gap_m) / count
    entrances = min(style.most_entrances, max(1, int(each // style.entrance_m)))
    length = entrances * style.entrance_m
    if length > width or (style.kind == "slab" and entrances < 2):
        return []
    free = width - count * length
    between = max(style.gap_m, free / (count + 1)) if style.kind == "tower" else style.gap_m
    lead = (free - (count - 1) * between) / 2
    if style.kind == "tower" and shifted:
        lead = min(max(lead + 0.3 * between, 0.0), free - (count - 1) * between)
    found = []
    for number in range(count):
        x = span[0] + lead + number * (length + between)
        shape = (
            tower_outline(length, style.depth_m)
            if style.kind == "tower"
            else shapely.box(0, 0, length, style.depth_m)
        )
        lift = float(rng.uniform(-0.8, 0.8)) if style.kind == "slab" else 0.0
        found.append(Footprint(translate(shape, x, y + lift), floors, entrances))
    return found


def courtyards(
    rng: Generator, plot: Polygon, *, court_m: float, wing_m: float, ranges: int, alley_m: float
) -> Footprint | None:
    """
    Cover a plot with low wings around many small yards, as one outline with holes.

    Blind alleys between every few ranges of yards lead in from the lanes, by turns from the
    west and from the east.
    """
    outline = shapely.simplify(plot, 0.8)
    if outline.geom_type != "Polygon" or outline.area < 350:
        return None
    angle, pivot = east_angle_deg(outline), outline.centroid
    turned = rotate(outline, -angle, origin=pivot)
    west, low, east, high = turned.bounds
    bands, alleys = [], []
    at, serial = low, 0
    while at + court_m < high - wing_m * 0.4:
        tall = float(court_m * rng.uniform(0.8, 1.25))
        bands.append((at + wing_m, tall))
        at += wing_m + tall
        serial += 1
        if serial % ranges == 0 and at + wing_m * 2 + court_m < high:
            at += wing_m
            deep = float(rng.uniform(0.72, 0.9)) * (east - west)
            start = west - 5 if (serial // ranges) % 2 else east - deep
            alleys.append(shapely.box(start, at, start + deep + 5, at + alley_m))
            at += alley_m
    open_plot = shapely.difference(turned, shapely.union_all(alleys))
    if not isinstance(open_plot, Polygon):
        open_plot = polygon_of(turned)
    inner = shapely.buffer(open_plot, -wing_m * 0.8, join_style="mitre")
    holes = []
    for y, tall in bands:
        for x, wide in _steps(
            rng, west + wing_m * float(rng.uniform(0.6, 1.6)), east, court_m, wing_m
        ):
            yard = shapely.intersection(shapely.box(x, y, x + wide, y + tall), inner)
            if isinstance(yard, Polygon) and yard.area > 0.5 * wide * tall and rng.random() < 0.95:
                holes.append([(round(x, 2), round(y, 2)) for x, y in yard.exterior.coords])
    if not holes:
        return None
    whole = Polygon(open_plot.exterior.coords, holes)
    return Footprint(rotate(whole, angle, origin=pivot), 1, max(1, len(holes) // 2), len(holes))


def _steps(
    rng: Generator, start: float, stop: float, court_m: float, wing_m: float
) -> list[tuple[float, float]]:
    """Place yards of uneven width along a side."""
    found, at = [], start
    while at < stop:
        wide = float(court_m * rng.uniform(0.75, 1.3))
        found.append((at, wide))
        at += wide + float(wing_m * rng.uniform(1.0, 1.9))
    return found


def wings(shape: str, length: float, depth: float, wing: float) -> Polygon:
    """Draw a public building as a bar, an L, a U or an H, foot at (0, 0), facing south."""
    bar = shapely.box(0, depth - wing, length, depth)
    arms = {
        "bar": [],
        "L": [shapely.box(0, 0, wing, depth)],
        "U": [shapely.box(0, 0, wing, depth), shapely.box(length - wing, 0, length, depth)],
        "H": [
            shapely.box(0, 0, wing, depth + 0.5 * depth),
            shapely.box(length - wing, 0, length, depth + 0.5 * depth),
        ],
    }[shape]
    return polygon_of(shapely.union_all([bar, *arms]))


def oval(length: float, width: float, steps: int = 10) -> Polygon:
    """Draw a running track around the origin, its long side to the north."""
    radius, straight = width / 2, (length - width) / 2
    turn = np.linspace(0, math.pi, steps)
    top: Floats = np.column_stack([radius * np.cos(turn), straight + radius * np.sin(turn)])
    return Polygon(np.vstack([top, -top]))
