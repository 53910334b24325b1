"""Streets as delivered: named lines from crossing to crossing, with bridges and steps."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, Polygon, STRtree

from .linework import STREET_KINDS, Edge, ends
from .names import numeral, words
from .sketch import rows

if TYPE_CHECKING:
    from numpy.random import Generator
    from shapely.geometry.base import BaseGeometry

    from .cells import Zoning
    from .streets import Rivers

INNER_PATH = "内部路"


@dataclass(frozen=True)
class Road:
    """A stretch of street between two crossings, in local metres."""

    name: str
    kind: str
    line: LineString
    synthetic_name: bool
    bridge: bool
    steps: bool


def _direction(lines: list[LineString]) -> str:
    """Tell whether a street runs north to south or east to west."""
    span = np.ptp(shapely.get_coordinates(lines), axis=0)
    return "ns" if span[1] > span[0] else "ew"


def street_names(
    rng: Generator,
    edges: list[Edge],
    communities: list[tuple[BaseGeometry, str]],
    zoning: Zoning,
) -> dict[str, str]:
    """
    Name the streets that the drawing left with a mark only.

    Collectors and lanes of the town get names of their own; in villages and fields they are
    numbered, as is done there.
    """
    marked: dict[str, list[Edge]] = defaultdict(list)
    inside = shapely.union_all([polygon for polygon, _ in communities]).buffer(0.05)
    shapely.prepare(inside)
    for edge in edges:
        if edge.name.startswith("#") and inside.covers(edge.line):
            marked[edge.name].append(edge)
    free = {
        kind: list(rng.permutation(words(kind)))
        for kind in ("lane", "collector_ns", "collector_ew")
    }
    firsts, seconds = words("lane_first"), words("lane_second")
    pairs = [first + second for first in firsts for second in seconds if first != second]
    free["pair"] = list(rng.permutation(pairs))
    tree = STRtree([polygon for polygon, _ in communities])
    serial: dict[str, int] = defaultdict(int)
    found = {}
    for mark in sorted(marked, key=lambda text: int(text[1:])):
        lines = [edge.line for edge in marked[mark]]
        middle = shapely.line_interpolate_point(
            max(lines, key=lambda line: line.length), 0.5, normalized=True
        )
        direction = _direction(lines)
        kind = marked[mark][0].kind
        where = zoning.zone_of_lane(middle)
        pool = free["lane" if where == "old" and free["lane"] else "pair"]
        if kind == "collector":
            pool = free[f"collector_{direction}"] or free["pair"]
        way = "路" if direction == "ns" else "街"
        if where in {"village", "field"} or not pool:
            stem = communities[int(tree.nearest(middle))][1]
            serial[stem] += 1
            ending = "巷" if kind == "lane" and where == "village" else way
            found[mark] = f"{stem}{numeral(serial[stem])}{ending}"
        else:
            found[mark] = str(pool.pop()) + (way if kind == "collector" else "巷")
    return found


def roads(edges: list[Edge], names: dict[str, str], frame: Polygon, rivers: Rivers) -> list[Road]:
    """Join the pieces of each street between crossings and mark bridges."""
    real = {row["name"] for row in rows("place_names.csv") if row["kind"] == "road"}
    inside = frame.buffer(0.05)
    shapely.prepare(inside)
    kept = [edge for edge in edges if edge.kind in STREET_KINDS and inside.covers(edge.line)]
    degree: dict[tuple[float, float], int] = defaultdict(int)
    for edge in kept:
        for end in ends(edge.line):
            degree[end] += 1
    groups: dict[tuple[str, str, bool, bool], list[LineString]] = defaultdict(list)
    for edge in kept:
        middle = shapely.line_interpolate_point(edge.line, 0.5, normalized=True)
        name = names.get(edge.name, edge.name) or INNER_PATH
        bridge = bool(rivers.water.contains(middle))
        groups[(name, edge.kind, bridge, edge.steps)].append(edge.line)
    return [
        Road(name, kind, line, name not in real, bridge, steps)
        for (name, kind, bridge, steps), lines in sorted(groups.items())
        for line in _joined(lines, degree)
    ]


def _joined(lines: list[LineString], degree: dict[tuple[float, float], int]) -> list[LineString]:
    """Merge pieces that meet where nothing else does."""
    merged = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(lines)))
    cut = []
    for line in merged:
        coords = shapely.get_coordinates(line)
        keys = [(round(float(x), 2), round(float(y), 2)) for x, y in coords]
        stops = [
            0,
            *(i for i in range(1, len(keys) - 1) if degree.get(keys[i], 0) > 2),
            len(keys) - 1,
        ]
        cut += [LineString(coords[a : b + 1]) for a, b in itertools.pairwise(stops)]
    return sorted(cut, key=ends)
