"""Places said by another: a crossing, a side and a distance, a number between two door plates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import cos, hypot, pi
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import MultiPoint, Point

from layers.gazetteer.words import NUMBER, to_number

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from layers.gazetteer.entries import Entry

CROSSING_M = 30.0  # lines of a wide junction miss each other by as much
BESIDE_M = 250.0  # how far "the compound east of it" may be
SIDES = {
    "东北": (1, 1), "东南": (1, -1), "西北": (-1, 1), "西南": (-1, -1),
    "东": (1, 0), "南": (0, -1), "西": (-1, 0), "北": (0, 1),
}  # fmt: skip
KINDS = {"小区": "compound", "院子": "compound", "院": "compound", "楼": "building"}
_SIDE = "|".join(SIDES)
_DISTANCE = rf"(?P<far>{NUMBER})\s?(?P<unit>米|公里|里)"
_RELATIVE = re.compile(
    rf"""^(?P<anchor>.+?)的?(?P<said>
    (?:往|向|朝)?(?P<side>{_SIDE})(?:边|侧|面|头|走|方向)*(?:{_DISTANCE})?(?:处|远|左右)?
    |(?P<beside>对面|对过|旁边|隔壁|附近|跟前|边上|斜对面))
    (?:的)?(?:那个|那座|那栋|那片|那)?(?P<kind>小区|院子|院|楼)?$""",
    re.VERBOSE,
)
_METRES = {"米": 1.0, "里": 500.0, "公里": 1000.0}


@dataclass(frozen=True, slots=True)
class Relative:
    """
    Where from an anchor: a side as a unit vector (east, north) or none, how far, what is there.

    `distance_m` is None where none was said; `kind` that of the entry wanted, None for the spot.
    """

    anchor: str
    said: str
    side: tuple[float, float] | None
    distance_m: float | None
    kind: str | None

    def fits(self, anchor: BaseGeometry, other: BaseGeometry) -> bool:
        """Tell whether another place lies within 45 degrees of the side that was said."""
        if self.side is None:
            return True
        here, there = shapely.centroid(anchor), shapely.centroid(other)
        east, north = there.x - here.x, there.y - here.y
        length = hypot(east, north)
        along = east * self.side[0] + north * self.side[1]
        return length > 0.0 and along / length >= cos(pi / 4) - 1e-9


def read_relative(text: str) -> Relative | None:
    """Read a normalised text as a place said by another; None if it is not one."""
    found = _RELATIVE.match(text)
    if found is None:
        return None
    plain = found["side"] is not None and found["said"] == found["side"]
    if plain and found["kind"]:  # 建昌南 + 小区 is a name
        return None
    if plain and not found["kind"] and found["far"] is None:  # so is 汾州路东
        return None
    side = SIDES.get(found["side"] or "")
    length = hypot(*side) if side else 1.0
    number = to_number(found["far"]) if found["far"] else None
    return Relative(
        anchor=found["anchor"],
        said=found["said"],
        side=(side[0] / length, side[1] / length) if side else None,
        distance_m=None if number is None else number * _METRES[found["unit"]],
        kind=KINDS.get(found["kind"] or ""),
    )


def near(anchor: BaseGeometry, relative: Relative) -> tuple[BaseGeometry, float]:
    """
    Return where that is, in metres, and how far the truth may be from it.

    Without a distance it is the ground up to 250 m from the anchor; with one a spot, uncertain by
    a third of it, at least 30 m.
    """
    here = shapely.point_on_surface(anchor)
    if relative.side is None:
        return here, BESIDE_M if relative.kind else 60.0
    if relative.distance_m is None:
        edge = _edge(anchor, relative.side)
        reach = BESIDE_M if relative.kind else 60.0
        east, north = relative.side
        return Point(edge.x + east * reach / 2, edge.y + north * reach / 2), reach
    far = relative.distance_m
    spot = Point(here.x + relative.side[0] * far, here.y + relative.side[1] * far)
    return spot, max(30.0, far / 3)


def _edge(anchor: BaseGeometry, side: tuple[float, float]) -> Point:
    """Return the outermost point of a place on one side, on the line through its middle."""
    middle = shapely.centroid(anchor)
    along = shapely.get_coordinates(anchor) - (middle.x, middle.y)
    reach = float(np.max(along @ np.array(side)))
    return Point(middle.x + side[0] * reach, middle.y + side[1] * reach)


def crossings(one: BaseGeometry, other: BaseGeometry) -> list[Point]:
    """Return where two streets meet, each place once, in metres; none if they never come near."""
    met = shapely.intersection(one, other)
    points = [Point(xy) for xy in shapely.get_coordinates(met)]
    if not points:
        if shapely.distance(one, other) > CROSSING_M:
            return []
        points = [Point(shapely.get_coordinates(shapely.shortest_line(one, other)).mean(axis=0))]
    around = shapely.unary_union([point.buffer(CROSSING_M) for point in points])
    held = MultiPoint(points)
    return [
        shapely.centroid(shapely.intersection(held, part)) for part in shapely.get_parts(around)
    ]


def plate_between(street: Entry, number: int) -> tuple[Point, float, str] | None:
    """
    Place a door plate between its neighbours on the same side (odd or even) of a street.

    Returns
    -------
    where, uncertainty_m, why
        None if the street has no plate of that side below and above it.
    """
    known = sorted(
        (int(plate), building.geometry)
        for plate, building in street.buildings.items()
        if plate.isdigit() and (int(plate) - number) % 2 == 0
    )
    below = [one for one in known if one[0] < number]
    above = [one for one in known if one[0] > number]
    if not below or not above:
        return None
    (low, first), (high, last) = below[-1], above[0]
    here, there = shapely.centroid(first), shapely.centroid(last)
    share = (number - low) / (high - low)
    where = Point(here.x + (there.x - here.x) * share, here.y + (there.y - here.y) * share)
    reach = max(20.0, float(here.distance(there)) / 2)
    return where, reach, f"在{low}号与{high}号之间"
