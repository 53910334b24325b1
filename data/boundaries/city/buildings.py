"""Buildings: which block gets which, until the town has as many as the programme counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.affinity import rotate, translate

from .footprints import (
    DORMITORY_BLOCK,
    HIGH_RISE,
    MID_RISE,
    WALK_UP,
    Footprint,
    Style,
    courtyards,
    east_angle_deg,
    oval,
    rows_of,
    wings,
)
from .site import Site

if TYPE_CHECKING:
    from numpy.random import Generator

    from .blocks import Block

BUILDINGS = 1385
# What stands in a yard: its kind and form, three measures in metres, its storeys.
Plan = list[tuple[str, str, float, float, float, int]]
MOST_FLATS = 800  # in one compound, which one grid must be able to carry


@dataclass(frozen=True)
class Building:
    """A building in local metres and the row of the block it stands in."""

    polygon: Polygon
    block: int
    kind: str
    floors: int
    entrances: int
    courts: int = 0
    flats: int = 0  # per floor and entrance
    title: str = ""


class Builder:
    """Builds block by block; places whose form is free are tried against the site."""

    def __init__(self, rng: Generator, blocks: list[Block]) -> None:
        """Start with empty ground."""
        self.rng = rng
        self.blocks = blocks
        self.site = Site()
        self.buildings: list[Building] = []
        self.tracks: list[Polygon] = []

    def put(
        self,
        row: int,
        kind: str,
        shape: Footprint,
        *,
        clear_m: float = 5.0,
        flats: int = 0,
        title: str = "",
    ) -> bool:
        """Build one house in a block; tell whether there was room."""
        placed = self.site.build(shape.polygon, self.blocks[row].polygon, clear_m)
        if placed is None:
            return False
        self.buildings.append(
            Building(placed, row, kind, shape.floors, shape.entrances, shape.courts, flats, title)
        )
        return True

    def style_of(self, block: Block) -> Style:
        """Choose how a compound is built: low in the middle, high where land was free."""
        chance = self.rng.random()
        middle = block.polygon.centroid
        away = float(np.hypot(middle.x, middle.y))
        if block.zone == "dormitory":
            return DORMITORY_BLOCK
        if block.zone == "core":
            return WALK_UP if chance < 0.7 else MID_RISE
        if chance < 0.08:
            return WALK_UP
        return MID_RISE if chance < (0.6 if away < 1850 else 0.42) else HIGH_RISE

    def compound(self, row: int) -> None:
        """Build the rows of one compound."""
        block = self.blocks[row]
        style = self.style_of(block)
        shapes = rows_of(self.rng, block.polygon, style)
        if not shapes:  # too small or too crooked for its style
            style = DORMITORY_BLOCK
            shapes = rows_of(self.rng, block.polygon, style, margin_m=5.5)
        flats = built = 0
        for shape in shapes:
            flats += shape.floors * shape.entrances * style.flats
            if flats > MOST_FLATS:  # the rest of the ground stays green
                break
            built += self.put(row, style.kind, shape, flats=style.flats)
        if not built:
            self.yard(row, [("slab", "bar", 29.0, 11.0, 11.0, 5)], gathered=True, clear_m=4.0)

    def low_houses(self, row: int, *, village: bool, plots: list[Polygon]) -> None:
        """Cover plots with courtyard houses."""
        for plot in plots:
            standing = self.site.near(plot)
            free = shapely.difference(
                plot, shapely.union_all(shapely.buffer(standing, 5.0, join_style="mitre"))
            )
            ground = max(shapely.get_parts(free), key=lambda part: part.area, default=plot)
            shape = (
                courtyards(self.rng, ground, court_m=9.5, wing_m=5.2, ranges=1, alley_m=3.2)
                if village
                else courtyards(self.rng, ground, court_m=7.6, wing_m=4.2, ranges=2, alley_m=2.6)
            )
            if shape is not None:
                self.put(row, "courtyard", shape, clear_m=1.2)

    def track(self, row: int, length: float, width: float) -> None:
        """Lay a running track at the side of a school ground."""
        ground = self.blocks[row].polygon
        angle = east_angle_deg(ground)
        inner = shapely.buffer(ground, -6.0)
        shape = oval(length, width)
        west, south, east, north = inner.bounds
        for x in (east - width * 0.62, west + width * 0.62):
            for y in np.linspace(south + length * 0.52, north - length * 0.52, 5):
                laid = translate(rotate(shape, angle, origin=(0, 0)), x, float(y))
                if inner.contains(laid):
                    laid = shapely.set_precision(laid, 0.01)
                    self.site.reserve(laid)
                    self.tracks.append(laid)
                    return

    def yard(
        self,
        row: int,
        plan: Plan,
        title: str = "",
        *,
        gathered: bool = False,
        clear_m: float = 14.0,
    ) -> int:
        """Place given buildings where the ground has room, from the north or around its middle."""
        ground = shapely.buffer(self.blocks[row].polygon, -5.0, join_style="mitre")
        angle = east_angle_deg(ground)
        west, south, east, north = ground.bounds
        built = 0
        for kind, form, length, depth, wing, floors in plan:
            shape = wings(form, length, depth, wing)
            centred = translate(shape, -length / 2, -depth / 2)
            turned = rotate(centred, angle, origin=(0, 0))
            spots = [
                (float(x), float(y))
                for y in np.linspace(north - depth * 0.6, south + depth * 0.6, 16)
                for x in np.linspace(west + length * 0.55, east - length * 0.55, 9)
            ]
            middle = ground.centroid
            if gathered:
                spots.sort(key=lambda spot: (spot[0] - middle.x) ** 2 + (spot[1] - middle.y) ** 2)
            for x, y in spots:
                print_ = Footprint(translate(turned, x, y), floors, max(1, int(length // 15)))
                if ground.contains(print_.polygon) and self.put(
                    row, kind, print_, clear_m=clear_m, title=title
                ):
                    built += 1
                    break
        return built

    def shop_candidates(self, row: int, street: LineString, kind: str) -> list[Footprint]:
        """Propose shops along one side of a street, their doors on the pavement."""
        near, deep = (20.0, 12.5) if kind == "arterial" else (11.5, 10.5)
        block = self.blocks[row].polygon
        found = []
        at, length = 14.0, 0.0
        while at + 24.0 < street.length - 14.0:
            length = min(float(self.rng.uniform(34.0, 78.0)), street.length - 14.0 - at)
            a, b = shapely.get_coordinates(
                [street.interpolate(at), street.interpolate(at + length)]
            )
            along = (b - a) / np.hypot(*(b - a))
            for side in (1.0, -1.0):
                inward = np.array([-along[1], along[0]]) * side
                corners = [
                    a + inward * near,
                    b + inward * near,
                    b + inward * (near + deep),
                    a + inward * (near + deep),
                ]
                shape = Polygon(np.round(corners, 2))
                if shape.is_valid and block.contains(shape):
                    found.append(
                        Footprint(shape, int(self.rng.integers(2, 5)), max(1, int(length // 8)))
                    )
            at += length + float(self.rng.uniform(8.0, 26.0))
        return found
