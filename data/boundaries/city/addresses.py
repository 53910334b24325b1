"""Names and addresses of buildings, after the field rules of door plates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely
from shapely import STRtree

from .sketch import rows

if TYPE_CHECKING:
    from .drawing import Drawing

NUMBER_EVERY_M = 10.0


class Addresses:
    """Gives each building a name and an address; a door number is never given twice."""

    def __init__(self, drawing: Drawing) -> None:
        """Index the streets that carry door numbers."""
        self.drawing = drawing
        self._roads = [road for road in drawing.roads if road.kind != "path" and not road.bridge]
        self._tree = STRtree([road.line for road in self._roads])
        self._whole = {
            name: shapely.line_merge(
                shapely.MultiLineString([road.line for road in self._roads if road.name == name])
            )
            for name in {road.name for road in self._roads}
        }
        self._taken: set[tuple[str, int]] = set()
        self._subdistricts = {row["nbs_code_2023"]: row["name"] for row in rows("subdistricts.csv")}
        self._communities = {community.code: community for community in drawing.communities}

    def region(self, community_code: str) -> str:
        """Write the region part: city, subdistrict, community."""
        community = self._communities[community_code]
        return f"汾阳市{self._subdistricts[community.subdistrict_code]}{community.name}"

    def door(self, row: int) -> tuple[str, int]:
        """Find the street and the next free door number for a building; odd numbers lie left."""
        middle = self.drawing.buildings[row].polygon.centroid
        road = self._roads[int(self._tree.nearest(middle))]
        whole = self._whole[road.name]
        parts = shapely.get_parts(whole)
        before, best = 0.0, min(parts, key=lambda part: part.distance(middle))
        for part in parts:
            if part is best:
                break
            before += part.length
        at = best.project(middle)
        a, b = shapely.get_coordinates([best.interpolate(max(0, at - 1)), best.interpolate(at + 1)])
        left = (b[0] - a[0]) * (middle.y - a[1]) - (b[1] - a[1]) * (middle.x - a[0]) > 0
        number = 2 * int((before + at) / NUMBER_EVERY_M) + (1 if left else 2)
        while (road.name, number) in self._taken:
            number += 2
        self._taken.add((road.name, number))
        return road.name, number

    def of(self, row: int, serial: int) -> tuple[str, str]:
        """
        Name a building and write its address.

        In a compound the region is followed by compound and building number; outside by street
        and door number.

        Returns
        -------
        name, address
        """
        building = self.drawing.buildings[row]
        region = self.region(self.drawing.blocks[building.block].community)
        compound = self.drawing.compounds.get(building.block)
        if compound is not None and building.kind != "courtyard":
            name = building.title if "中心" in building.title else f"{serial}号楼"
            return name, f"{region}{compound[0]}{serial}号楼"
        if compound is not None:
            return f"{serial}号院", f"{region}{compound[0]}{serial}号院"
        street, number = self.door(row)
        plate = f"{street}{number}号"
        name = building.title or (f"{number}号院" if building.kind == "courtyard" else plate)
        return name, f"{region}{plate}"
