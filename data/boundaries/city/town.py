"""The town put up: every block gets what its use wants, until the count is exact."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, Polygon, STRtree

from .buildings import BUILDINGS, Builder, Building, Plan
from .parcels import OLD_SETBACK_M, Parcelling

if TYPE_CHECKING:
    from numpy.random import Generator

    from .blocks import Block
    from .cells import Cell
    from .footprints import Footprint
    from .linework import Edge
    from .sketch import Community

CAMPUS: dict[str, Plan] = {
    "college": [
        *[("dormitory", "bar", 66.0, 15.0, 15.0, 6)] * 6,
        ("public", "H", 84.0, 46.0, 16.0, 5),
        ("public", "U", 72.0, 44.0, 15.0, 5),
        ("public", "U", 72.0, 44.0, 15.0, 5),
        ("public", "L", 64.0, 42.0, 18.0, 6),
        ("public", "bar", 60.0, 34.0, 34.0, 2),
        ("public", "bar", 52.0, 30.0, 30.0, 3),
    ],
    "hospital": [
        ("slab", "bar", 62.0, 13.0, 13.0, 6),
        ("slab", "bar", 62.0, 13.0, 13.0, 6),
        ("public", "bar", 78.0, 20.0, 20.0, 14),
        ("public", "H", 84.0, 34.0, 18.0, 5),
        ("public", "L", 52.0, 36.0, 16.0, 4),
    ],
    "prison": [
        *[("dormitory", "bar", 82.0, 16.0, 16.0, 4)] * 4,
        ("workshop", "bar", 96.0, 30.0, 30.0, 1),
        ("workshop", "bar", 96.0, 30.0, 30.0, 1),
        ("public", "L", 56.0, 34.0, 14.0, 4),
    ],
    "school": [("public", "L", 62.0, 34.0, 12.0, 4), ("public", "bar", 48.0, 12.0, 12.0, 4)],
    "office": [("public", "U", 64.0, 38.0, 16.0, 6), ("public", "bar", 40.0, 16.0, 16.0, 3)],
    "civic": [("public", "L", 54.0, 32.0, 16.0, 4)],
    "market": [("public", "bar", 64.0, 30.0, 30.0, 1), ("public", "bar", 52.0, 22.0, 22.0, 2)],
    "works": [
        ("workshop", "bar", 92.0, 36.0, 36.0, 1),
        ("workshop", "bar", 78.0, 32.0, 32.0, 1),
        ("public", "bar", 40.0, 14.0, 14.0, 3),
    ],
    "square": [("public", "bar", 21.0, 20.0, 20.0, 3)],
}
TRACKS = {"college": (168.0, 88.0), "school": (104.0, 52.0)}
# Yards of units differ; each takes one of these forms.
YARDS: list[Plan] = [
    [("public", "U", 56.0, 36.0, 14.0, 4)],
    [("public", "L", 54.0, 38.0, 14.0, 5)],
    [("public", "bar", 58.0, 16.0, 16.0, 6)],
    [("public", "H", 52.0, 28.0, 13.0, 4)],
    [("public", "L", 42.0, 30.0, 13.0, 3)],
]
LANDMARKS = {"鼓楼广场": "鼓楼", "五佛楼广场": "五佛楼", "文峰塔公园": "文峰塔"}
PAGODA: Plan = [("public", "bar", 15.0, 15.0, 15.0, 13)]
CENTRE: Plan = [("public", "bar", 26.0, 13.0, 13.0, 2)]


def plots_of(parcelling: Parcelling, polygon: Polygon, lane_m: float) -> list[Polygon]:
    """Step back from the lanes around a cell of low houses."""
    room = {**OLD_SETBACK_M, "arterial": 19.0, "collector": 10.5, "lane": lane_m, "path": lane_m}
    taken = [
        shapely.buffer(shapely.union_all(lines), room[kind], cap_style="square", join_style="mitre")
        for kind, lines in sorted(parcelling.sides(polygon).items())
    ]
    left = shapely.difference(polygon, shapely.union_all(taken))
    left = shapely.buffer(shapely.buffer(left, -4.0, join_style="mitre"), 4.0, join_style="mitre")
    left = shapely.intersection(left, shapely.buffer(polygon, -0.6))
    return [
        part for part in shapely.get_parts(left) if part.geom_type == "Polygon" and part.area > 350
    ]


class Town:
    """Puts up the whole town and knows where shops could stand."""

    def __init__(
        self,
        rng: Generator,
        cells: list[Cell],
        blocks: list[Block],
        parcelling: Parcelling,
        edges: list[Edge],
    ) -> None:
        """Lay out an empty town."""
        self.builder = Builder(rng, blocks)
        self.blocks, self.cells, self.parcelling = blocks, cells, parcelling
        self.streets = [edge for edge in edges if edge.kind in {"arterial", "collector"}]
        self._tree = STRtree([block.polygon for block in blocks])
        self._cell_blocks: dict[int, list[int]] = defaultdict(list)
        for row, cell in enumerate(cells):
            found = self._tree.query(cell.polygon.representative_point(), "within").tolist()
            if found:
                self._cell_blocks[min(found)].append(row)

    def shops(self) -> list[tuple[float, int, Footprint]]:
        """Rank all places for shops: near the middle and on the big streets first."""
        strips = {row for row, block in enumerate(self.blocks) if block.use == "strip"}
        found = []
        for edge in self.streets:
            fitted = shapely.simplify(edge.line, 2.0)
            coords = shapely.get_coordinates(fitted)
            for a, b in itertools.pairwise(coords):
                line = LineString([a, b])
                if line.length < 60:
                    continue
                middle = line.centroid
                away = float(np.hypot(middle.x, middle.y))
                for row in sorted(self._tree.query(line, "intersects").tolist()):
                    if row in strips:
                        rank = (
                            away * (0.8 if edge.kind == "arterial" else 1.0)
                            + 500 * self.builder.rng.random()
                        )
                        found += [
                            (rank, row, shape)
                            for shape in self.builder.shop_candidates(row, line, edge.kind)
                        ]
        return sorted(found, key=lambda item: item[:2])

    def centres(
        self, communities: list[Community], shops: list[tuple[float, int, Footprint]]
    ) -> None:
        """Give each community a service centre: in a yard, on a street, or where there is room."""
        for community in communities:
            rows = [
                row for row, block in enumerate(self.blocks) if block.community == community.code
            ]
            title = f"{community.name}党群服务中心"
            near = sorted(rows, key=lambda row: self.blocks[row].polygon.distance(community.seed))
            yards = [row for row in near if self.blocks[row].use == "yard"]
            if any(self.builder.yard(row, CENTRE, title) for row in yards[:1]):
                continue
            on_street = [
                (shape, row)
                for _, row, shape in shops
                if row in set(rows) and shape.polygon.length < 200
            ]
            on_street.sort(key=lambda item: item[0].polygon.distance(community.seed))
            if any(
                self.builder.put(row, "public", replace(shape, floors=2), title=title)
                for shape, row in on_street
            ):
                continue
            others = [
                row
                for row in near
                if self.blocks[row].use not in {"compound", "water", "strip", "bank"}
            ]
            if not any(self.builder.yard(row, CENTRE, title) for row in others):
                raise ValueError(f"no room for the centre of {community.name}: move its seed")

    def low_houses(self, row: int) -> None:
        """Build courtyards on each cell of a block in the old town or in a village."""
        village = self.blocks[row].zone == "village"
        for cell in self._cell_blocks[row]:
            plots = plots_of(self.parcelling, self.cells[cell].polygon, 3.0 if village else 2.2)
            self.builder.low_houses(row, village=village, plots=plots)

    def build(self, communities: list[Community]) -> list[Building]:
        """Build everything, shops last, as many as are missing to the exact number."""
        builder, shops = self.builder, self.shops()
        self.campuses()
        self.centres(communities, shops)
        for row, block in enumerate(self.blocks):
            if block.use == "compound":
                builder.compound(row)
            elif block.use in {"old", "village", "dormitory"}:
                self.low_houses(row)
        missing = BUILDINGS - len(builder.buildings)
        if missing < 0:
            raise ValueError(f"{-missing} buildings too many: widen the gaps between the rows")
        for _, row, shape in shops:
            if missing == 0:
                break
            missing -= builder.put(row, "shop", shape, clear_m=6.0)
        if missing:
            raise ValueError(f"{missing} buildings too few: make room for more shops")
        return builder.buildings

    def campuses(self) -> None:
        """Build schools, offices, works and yards; a school gets its running track first."""
        for row, block in enumerate(self.blocks):
            if block.use in TRACKS:
                self.builder.track(row, *TRACKS[block.use])
            title = LANDMARKS.get(block.place, block.place)
            if title == "文峰塔":
                self.builder.yard(row, PAGODA, title, gathered=True)
            elif block.use in CAMPUS and (block.use != "square" or title != block.place):
                clear = 24.0 if block.use in {"college", "prison", "works"} else 15.0
                self.builder.yard(
                    row, CAMPUS[block.use], title, gathered=block.use != "school", clear_m=clear
                )
            elif block.use == "yard":
                form = int(self.builder.rng.integers(len(YARDS)))
                self.builder.yard(row, YARDS[form], gathered=True)
