"""Blocks: compounds, and what is left of a street block between them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import Polygon, STRtree

from .ground import polygon_of
from .linework import Border, Edge, borders, faces

if TYPE_CHECKING:
    from numpy.random import Generator

    from .cells import Cell
    from .parcels import Parcel, Parcelling

COMPOUNDS = 237
UNIT_YARDS = 48
BONUS_M = {"dormitory": 3000.0, "core": 450.0, "new": 0.0}
VILLAGE_CELLS = 3.4
SMALLEST_M2 = 90.0
NARROW_M2 = 5200.0
INSTITUTIONS = {"college": "institution", "hospital": "institution", "prison": "institution"}
Key = tuple[str, int, int]
WHOLE_KIND = {"water": "water", "bank": "green", "field": "fields"}


@dataclass(frozen=True)
class Block:
    """A block in local metres; `use` says what is built on it."""

    polygon: Polygon
    kind: str
    use: str
    zone: str
    community: str
    cell: int
    place: str = ""


def choose_uses(rng: Generator, parcels: list[Parcel], village_groups: int) -> list[str]:
    """
    Say for each parcel whether it is a compound, a unit's yard or open ground.

    Compounds fill the town from the middle outwards until there are exactly as many as the
    programme counts; yards lie among them, open ground is what the town has not reached.
    """
    uses = [parcel.place for parcel in parcels]
    free = [row for row, parcel in enumerate(parcels) if not parcel.place]
    fixed = sum(use in INSTITUTIONS for use in uses) + village_groups
    score = {}
    for row in free:
        middle = parcels[row].polygon.centroid
        away = float(np.hypot(middle.x, middle.y))
        score[row] = away + 420.0 * rng.normal() - BONUS_M[parcels[row].zone]
    ranked = sorted(free, key=lambda row: score[row])
    wanted = COMPOUNDS - fixed
    if len(ranked) < wanted + UNIT_YARDS // 2:
        raise ValueError(f"{len(ranked)} parcels for {wanted} compounds: make the parcels smaller")
    built = ranked[: wanted + UNIT_YARDS]
    yards = {row for row in built if parcels[row].zone != "dormitory"}
    yards = set(rng.permutation(sorted(yards))[: len(built) - wanted].tolist())
    for row in ranked:
        uses[row] = "yard" if row in yards else "compound" if row in set(built) else "open"
    return uses


def group_villages(
    cells: list[Cell], own: list[str], shared: dict[tuple[int, int], Border]
) -> dict[int, int]:
    """Gather neighbouring village cells of a community to village compounds of a few cells."""
    around: dict[int, list[int]] = defaultdict(list)
    for (one, two), border in sorted(shared.items()):
        if border.kind in {"lane", "path"} and own[one] == own[two]:
            around[one].append(two)
            around[two].append(one)
    free = [row for row, cell in enumerate(cells) if cell.zone == "village" and cell.place is None]
    left, group, groups = set(free), {}, 0
    for start in free:
        if start not in left:
            continue
        members, edge = [start], [start]
        left.discard(start)
        while edge and len(members) < VILLAGE_CELLS:
            row = edge.pop(0)
            for other in around[row]:
                if other in left and len(members) < VILLAGE_CELLS:
                    left.discard(other)
                    members.append(other)
                    edge.append(other)
        if len(members) >= 2:
            group.update(dict.fromkeys(members, groups))
            groups += 1
    return group


def _kind(use: str, zone: str) -> str:
    if use == "compound":
        return "compound"
    if use in {
        "yard",
        "college",
        "hospital",
        "prison",
        "school",
        "office",
        "works",
        "market",
        "civic",
    }:
        return "institution"
    if use in {"park", "square"}:
        return "green"
    if use == "open":
        return "fields" if zone in {"new", "field"} else "green"
    return WHOLE_KIND.get(zone, "street")


class Assembly:
    """Sorts the noded faces into blocks."""

    def __init__(
        self, cells: list[Cell], own: list[str], parcels: list[Parcel], uses: list[str]
    ) -> None:
        """Index cells and parcels."""
        self.cells, self.own, self.parcels, self.uses = cells, own, parcels, uses
        self._cells = STRtree([cell.polygon for cell in cells])
        self._parcels = STRtree([parcel.polygon for parcel in parcels])

    def key(self, face: Polygon, row: int, villages: dict[int, int]) -> Key | None:
        """Name the block a face belongs to; None outside the frame."""
        middle = face.representative_point()
        inside = self._cells.query(middle, "within").tolist()
        if not inside:
            return None
        cell = min(inside)
        if cell in villages:
            return ("village", villages[cell], 0)
        held = self._parcels.query(middle, "within").tolist()
        if held:
            return ("parcel", min(held), 0)
        return ("rest", cell, row)

    def block(self, key: Key, polygon: Polygon) -> Block:
        """Describe a block by its key."""
        what, row, _ = key
        if what == "parcel":
            parcel, use = self.parcels[row], self.uses[row]
            cell = self.cells[parcel.cell]
            name = cell.place.name if cell.place else ""
            return Block(
                polygon,
                _kind(use, parcel.zone),
                use,
                parcel.zone,
                self.own[parcel.cell],
                parcel.cell,
                name,
            )
        middle = polygon.representative_point()
        found = min(self._cells.query(middle, "within").tolist())
        cell = self.cells[found]
        if what == "village":
            return Block(polygon, "compound", "village", "village", self.own[found], found)
        walled = any(parcel.cell == found for parcel in self.parcels)
        use = "strip" if walled else cell.place.kind if cell.place else cell.zone
        kind = "street" if walled else _kind(use, cell.zone)
        name = cell.place.name if cell.place and not walled else ""
        return Block(polygon, kind, use, cell.zone, self.own[found], found, name)


def _around(
    pieces: list[tuple[Key, Polygon]], edges: list[Edge]
) -> dict[int, list[tuple[float, int]]]:
    """List the neighbouring faces left over in the same cell, with the border in metres."""
    found: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for (one, two), border in sorted(borders([face for _, face in pieces], edges, 0.0).items()):
        if pieces[one][0][:2] == pieces[two][0][:2] and pieces[one][0][0] == "rest":
            found[one].append((border.length_m, two))
            found[two].append((border.length_m, one))
    return found


def _absorb(pieces: list[tuple[Key, Polygon]], edges: list[Edge]) -> list[Key]:
    """
    Give each face its block: crumbs go to the neighbour, narrow strips go in pairs.

    Two sides of a street block make an angle, never a ring, so no block has a hole.
    """
    keys = [key for key, _ in pieces]
    areas = [face.area for _, face in pieces]
    around = _around(pieces, edges)
    order = sorted(around, key=lambda row: areas[row])
    for row in order:
        if areas[row] < SMALLEST_M2:
            keys[row] = keys[max(around[row])[1]]
    paired: set[int] = set()
    for row in order:
        if row in paired or not SMALLEST_M2 <= areas[row] < NARROW_M2:
            continue
        mates = [
            other for _, other in around[row] if other not in paired and areas[other] >= SMALLEST_M2
        ]
        if mates:
            mate = min(mates, key=lambda other: areas[other])
            paired.update({row, mate})
            keys = [keys[mate] if key == keys[row] else key for key in keys]
    return keys


def make_blocks(
    cells: list[Cell],
    own: list[str],
    parcelling: Parcelling,
    uses: list[str],
    villages: dict[int, int],
) -> tuple[list[Block], list[Edge]]:
    """
    Node all lines together and dissolve the faces to blocks.

    Returns
    -------
    blocks, edges
        a coverage of the frame in which neighbours share every vertex, and its lines.
    """
    edges = parcelling.lines.node()
    assembly = Assembly(cells, own, parcelling.parcels, uses)
    pieces = []
    # Paths bound no block but leave a vertex where they meet a border.
    for row, face in enumerate(faces(edge for edge in edges if edge.kind != "path")):
        key = assembly.key(face, row, villages)
        if key is not None:
            pieces.append((key, face))
    keys = _absorb(pieces, edges)
    gathered: dict[Key, list[Polygon]] = defaultdict(list)
    for key, (_, face) in zip(keys, pieces, strict=True):
        gathered[key].append(face)
    blocks = []
    for key in sorted(gathered):
        whole = shapely.coverage_union_all(gathered[key])
        if whole.geom_type != "Polygon":
            raise ValueError(f"block {key} falls apart: redraw the streets near {whole.centroid}")
        blocks.append(assembly.block(key, polygon_of(shapely.normalize(whole))))
    return blocks, edges
