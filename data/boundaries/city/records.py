"""Records: the drawing with codes, names and addresses, in degrees, ready to be written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .addresses import Addresses
from .ground import to_degrees
from .names import community_english, english, pinyin
from .roads import INNER_PATH
from .sketch import rows

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from .blocks import Block
    from .drawing import Drawing

Value = str | int | float | bool | list[str] | None
Properties = dict[str, Any]


@dataclass(frozen=True)
class Layer:
    """One file: rows of properties with a geometry in degrees each."""

    name: str
    rows: list[tuple[Properties, BaseGeometry]] = field(default_factory=list)

    def add(self, geometry: BaseGeometry, **properties: Value) -> None:
        """Add a row."""
        self.rows.append((properties, geometry))

    def ordered(self) -> Layer:
        """Sort the rows by code."""
        return Layer(self.name, sorted(self.rows, key=lambda row: str(row[0].get("code", row[0]))))


def west_to_east(shapes: list[BaseGeometry]) -> list[int]:
    """Count shapes from 1, west to east, then north to south, by a point inside, in degrees."""
    points = shapely.get_coordinates(shapely.point_on_surface(shapes))
    order = np.lexsort((-points[:, 1], points[:, 0]))
    numbers = np.empty(len(shapes), dtype=int)
    numbers[order] = np.arange(1, len(shapes) + 1)
    return numbers.tolist()


class Codes:
    """Codes of grids, blocks, compounds and buildings of a drawing."""

    def __init__(self, drawing: Drawing) -> None:
        """Give everything a number within its community."""
        self.drawing = drawing
        self.shape = [to_degrees(block.polygon) for block in drawing.blocks]
        self.grid_shape = {key: to_degrees(polygon) for key, polygon in drawing.grids.items()}
        self.grid = self._grids()
        self.block = self._numbered("K", list(range(len(drawing.blocks))))
        self.compound = self._numbered("C", sorted(drawing.compounds))
        self.building, self.serial = self._buildings()

    def _grids(self) -> dict[tuple[str, int], str]:
        per: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for key in self.grid_shape:
            per[key[0]].append(key)
        found = {}
        for code, keys in per.items():
            for key, number in zip(
                keys, west_to_east([self.grid_shape[key] for key in keys]), strict=True
            ):
                found[key] = f"{code}{number:03d}"
        return found

    def _numbered(self, letter: str, members: list[int]) -> dict[int, str]:
        per: dict[str, list[int]] = defaultdict(list)
        for row in members:
            per[self.drawing.blocks[row].community].append(row)
        found = {}
        for code, inside in per.items():
            for row, number in zip(
                inside, west_to_east([self.shape[row] for row in inside]), strict=True
            ):
                found[row] = f"{code}-{letter}{number:03d}"
        return found

    def _buildings(self) -> tuple[dict[int, str], dict[int, int]]:
        """Count the buildings of a compound row by row from the north-west, as letters go."""
        per: dict[str, list[int]] = defaultdict(list)
        for row, building in enumerate(self.drawing.buildings):
            community = self.drawing.blocks[building.block].community
            per[self.compound.get(building.block, f"{community}-C000")].append(row)
        code, serial = {}, {}
        for parent, members in per.items():
            middles = [self.drawing.buildings[row].polygon.centroid for row in members]
            order = sorted(
                range(len(members)), key=lambda i: (-round(middles[i].y / 25), middles[i].x)
            )
            for number, place in enumerate(order, 1):
                code[members[place]] = f"{parent}-B{number:02d}"
                serial[members[place]] = number
        return code, serial


def _areas(drawing: Drawing, codes: Codes) -> list[Layer]:
    grids, communities, subdistricts = Layer("grids"), Layer("communities"), Layer("subdistricts")
    by_code = {community.code: community for community in drawing.communities}
    lone = {
        block.community
        for block in drawing.blocks
        if block.use in {"college", "hospital", "prison"}
    }
    of_community: dict[str, list[BaseGeometry]] = defaultdict(list)
    for key, code in sorted(codes.grid.items(), key=lambda item: item[1]):
        community, number = by_code[key[0]], int(code[-3:])
        of_community[key[0]].append(codes.grid_shape[key])
        grids.add(
            codes.grid_shape[key],
            code=code,
            name=f"{community.name}第{number}网格",
            name_en=f"{community_english(community.name)} Grid {number}",
            kind="dedicated" if key[0] in lone else "residential",
            community_code=key[0],
        )
    of_subdistrict: dict[str, list[BaseGeometry]] = defaultdict(list)
    for code, shapes in sorted(of_community.items()):
        community = by_code[code]
        whole = shapely.coverage_union_all(shapes)
        of_subdistrict[community.subdistrict_code].append(whole)
        communities.add(
            whole,
            code=code,
            name=community.name,
            name_en=community_english(community.name),
            official_name=community.official_name,
            subdistrict_code=community.subdistrict_code,
            service_region_code=region_code(community.subdistrict_code),
        )
    for row in rows("subdistricts.csv"):
        code = row["nbs_code_2023"]
        whole = shapely.coverage_union_all(of_subdistrict[code])
        name_en = f"{pinyin(row['name'].removesuffix('街道'))} Subdistrict"
        subdistricts.add(whole, code=code, name=row["name"], name_en=name_en)
    frame = Layer("frame")
    whole = shapely.coverage_union_all([shape for _, shape in subdistricts.rows])
    frame.add(
        whole, code="141182", name="汾阳市城区（示例）", name_en="Fenyang urban area (sample)"
    )
    return [frame, subdistricts, communities, grids]


def region_code(subdistrict_code: str) -> str:
    """Name the service region of a subdistrict."""
    return f"{subdistrict_code}-R01"


def _ground(drawing: Drawing, codes: Codes) -> list[Layer]:
    blocks, compounds = Layer("blocks"), Layer("compounds")
    for row, block in enumerate(drawing.blocks):
        blocks.add(
            codes.shape[row],
            code=codes.block[row],
            kind=block.kind,
            grid_code=codes.grid[drawing.grid_of[row]],
            compound_code=codes.compound.get(row),
        )
        if row in drawing.compounds:
            name, aliases, kind = drawing.compounds[row]
            compounds.add(
                codes.shape[row],
                code=codes.compound[row],
                name=name,
                name_en=english(name),
                aliases=aliases,
                kind=kind,
                community_code=block.community,
                block_code=codes.block[row],
            )
    return [blocks, compounds]


def _houses(drawing: Drawing, codes: Codes, addresses: Addresses) -> Layer:
    layer = Layer("buildings")
    for row, (building, people) in enumerate(
        zip(drawing.buildings, drawing.residents, strict=True)
    ):
        block: Block = drawing.blocks[building.block]
        name, address = addresses.of(row, codes.serial[row])
        layer.add(
            to_degrees(building.polygon),
            code=codes.building[row],
            name=name,
            kind=building.kind,
            compound_code=codes.compound.get(building.block),
            community_code=block.community,
            block_code=codes.block[building.block],
            floors=building.floors,
            entrances=building.entrances,
            households=people.households,
            residents=people.residents,
            residents_60_plus=people.residents_60_plus,
            address=address,
        )
    return layer


def _lines(drawing: Drawing) -> Layer:
    layer = Layer("streets")
    for number, road in enumerate(drawing.roads, 1):
        told: dict[str, Value] = {
            "code": f"141182-S{number:04d}",
            "name": road.name,
            "name_en": english(road.name) if road.name != INNER_PATH else "Inner path",
            "class": road.kind,
            "synthetic_name": road.synthetic_name,
            "bridge": road.bridge,
            "steps": road.steps,
        }
        layer.add(to_degrees(road.line), **told)
    return layer


def _open_ground(drawing: Drawing) -> list[Layer]:
    water, green = Layer("water"), Layer("green")
    wet: dict[str, list[BaseGeometry]] = defaultdict(list)
    for block in drawing.blocks:
        if block.kind == "water":
            middle = block.polygon.representative_point()
            nearest = min(drawing.rivers.rivers, key=lambda river: river.line.distance(middle))
            wet[nearest.name].append(block.polygon)
    for number, (name, parts) in enumerate(wet.items(), 1):
        water.add(
            to_degrees(shapely.coverage_union_all(parts)),
            code=f"141182-W{number:02d}",
            name=name,
            name_en=english(name),
        )
    lawns = [
        (block.polygon, block.place or "河岸绿地", block.use)
        for block in drawing.blocks
        if block.kind == "green"
    ]
    lawns += [(track, "运动场", "pitch") for track in drawing.tracks]
    for number, (polygon, name, use) in enumerate(lawns, 1):
        kind = use if use in {"park", "square", "pitch", "bank"} else "lawn"
        shown = name if kind != "lawn" else "绿地"
        green.add(
            to_degrees(polygon),
            code=f"141182-V{number:03d}",
            name=shown,
            name_en=english(shown),
            kind=kind,
        )
    return [water, green]


def make_records(drawing: Drawing) -> tuple[list[Layer], Codes]:
    """Give the drawing codes and names and bring it to degrees."""
    codes = Codes(drawing)
    addresses = Addresses(drawing)
    layers = [*_areas(drawing, codes), *_ground(drawing, codes), _houses(drawing, codes, addresses)]
    layers += [_lines(drawing), *_open_ground(drawing)]
    return [layer.ordered() for layer in layers], codes
