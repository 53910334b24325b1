"""
A draft's plan as a value that never changes: blocks, the grid of each, and what follows from it.

Grids, communities and subdistricts are dissolved from blocks and cannot be drawn, so their nesting
cannot break. What an operation touches is dissolved again, the rest is shared with the plan before.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import shapely
from shapely import STRtree

from gis.edit.errors import ClashError, EditError, listed
from gis.edit.figures import Figures, dissolve, measure
from gis.edit.items import (
    DIGEST_BITS,
    Block,
    Changes,
    GridName,
    GridRecord,
    Item,
    People,
    Table,
    digest_of,
)
from gis.partition import geometries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from shapely import MultiPolygon, Polygon

MOST_MOVED = 256  # blocks looked through one by one before the index is made anew
TABLES: tuple[Table, ...] = ("shapes", "grid_of", "grids", "names", "officers")


@dataclass(frozen=True, slots=True, eq=False)
class Buildings:
    """n buildings: codes, footprints in CGCS2000 degrees, and who lives in each."""

    codes: tuple[str, ...] = ()
    shapes: NDArray[np.object_] = field(default_factory=lambda: geometries([]))
    people: tuple[People, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PlaceIndex:
    """Blocks by place: `codes` row by row of the `tree`."""

    blocks: Mapping[str, Block]
    codes: tuple[str, ...]
    tree: STRtree

    @classmethod
    def of(cls, blocks: Mapping[str, Block]) -> PlaceIndex:
        """Index blocks."""
        codes = tuple(sorted(blocks))
        return cls(blocks, codes, STRtree(geometries(blocks[code].shape for code in codes)))

    def follow(self, shapes: Mapping[str, Block], moved: frozenset[str]) \
            -> tuple[PlaceIndex, frozenset[str]]:  # fmt: skip
        """Return the index and the blocks it does not have, anew if these have become many."""
        if len(moved) > MOST_MOVED:
            return PlaceIndex.of(shapes), frozenset()
        return self, moved


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What all plans of one base version share: its blocks by place, the buildings, the plane."""

    plane: str  # the planar CRS, for example EPSG:4546
    blocks: Mapping[str, Block]
    index: PlaceIndex
    buildings: Buildings
    communities: frozenset[str]
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """
    The plan of a draft after some operations.

    `shapes`, `grid_of`, `grids`, `names` and `officers` are what is decided; all else follows.
    `used` are the grid codes that were ever used, `serials` the numbers given to pieces of blocks:
    both only grow, also by an undo, and are no part of the digest.
    """

    ground: Ground
    shapes: Mapping[str, Block]
    grid_of: Mapping[str, str]
    grids: Mapping[str, GridRecord]
    names: Mapping[str, GridName]
    officers: Mapping[str, str]
    used: frozenset[str]
    serials: Mapping[str, int]
    members: Mapping[str, frozenset[str]]
    dissolved: Mapping[str, Polygon | MultiPolygon]
    figures: Mapping[str, Figures]
    index: PlaceIndex
    moved: frozenset[str]  # blocks whose shape is not that of the index, or that only it has
    digest: int

    @property
    def hash(self) -> str:
        """What the plan says, as 64 hexadecimal digits; the same for the same plan."""
        return f"{self.digest:0{DIGEST_BITS // 4}x}"

    def get(self, item: Item) -> Any:  # noqa: ANN401 - what the table holds
        """Return the value of an item, None if there is none."""
        return getattr(self, item.table).get(item.code)

    def in_box(self, bounds: Iterable[float]) -> list[str]:
        """Return the blocks whose box meets one in degrees: west, south, east, north."""
        west, south, east, north = bounds
        rows = self.index.tree.query(shapely.box(west, south, east, north))
        found = [self.index.codes[row] for row in rows.tolist()]
        if not self.moved:
            return found
        near = [code for code in found if code not in self.moved]
        for code in self.moved & self.shapes.keys():
            w, s, e, n = self.shapes[code].shape.bounds
            if w <= east and e >= west and s <= north and n >= south:
                near.append(code)
        return near

    def find_blocks(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> list[list[str]]:
        """Return the blocks of each point: more than one on a border, none outside."""
        found: list[list[str]] = [[] for _ in lon]
        points = shapely.points(lon, lat)
        shaken = sorted(self.moved & self.shapes.keys())
        for tree, codes in (
            (self.index.tree, self.index.codes),
            (STRtree([self.shapes[code].shape for code in shaken]), shaken),
        ):
            rows, hits = tree.query(points, "intersects")
            for row, hit in zip(rows.tolist(), hits.tolist(), strict=True):
                code = codes[hit]
                if codes is not self.index.codes or code not in self.moved:
                    found[row].append(code)
        return found

    def find_grids(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> list[str | None]:
        """Return the grid of each point: on a border the one that sorts first, outside None."""
        return [
            min((self.grid_of[block] for block in blocks), default=None)
            for blocks in self.find_blocks(lon, lat)
        ]

    def changed(self, changes: Changes) -> Plan:
        """
        Return the plan with some items changed.

        Raises
        ------
        ClashError
            If an item is not what the changes say it was before.
        """
        plan, touched = self._rewritten(changes)
        return plan.measured(touched) if touched else plan

    def sketched(self, changes: Changes) -> Plan:
        """
        Return the plan with some items changed, and without the ground of grids they touch.

        It costs a tenth of `changed`, and is enough to see what an operation would do. Raises as
        that does.
        """
        plan, touched = self._rewritten(changes)
        drawn = {code: shape for code, shape in plan.dissolved.items() if code not in touched}
        figures = {code: each for code, each in plan.figures.items() if code in drawn}
        return replace(plan, dissolved=drawn, figures=figures)

    def outline(self, grid: str) -> Polygon | MultiPolygon:
        """Return the ground of a grid, dissolved now if it is not."""
        drawn = self.dissolved.get(grid)
        return drawn or dissolve([self.shapes[code].shape for code in sorted(self.members[grid])])

    def _rewritten(self, changes: Changes) -> tuple[Plan, set[str]]:
        """Return the plan with items changed, and the grids whose ground is to be measured."""
        tables, digest = self._write(changes)
        shapes = tables.get("shapes", self.shapes)
        grid_of = tables.get("grid_of", self.grid_of)
        members = self._regroup(changes)
        moved = self.moved
        for item in changes:
            if item.table == "shapes":
                same = shapes.get(item.code) is self.index.blocks.get(item.code)
                moved = moved - {item.code} if same else moved | {item.code}
        index, moved = self.index.follow(shapes, moved)
        rest: dict[str, Any] = {**tables, "members": members, "index": index, "moved": moved}
        plan = replace(self, digest=digest, **rest)
        touched = {code for item, change in changes.items() if item.table == "grid_of"
                   for code in change if code}  # fmt: skip
        for item in changes:
            if item.table == "shapes" and item.code in grid_of:
                touched.add(grid_of[item.code])
        return plan, touched

    def measured(self, touched: Collection[str]) -> Plan:
        """Return the plan with the ground of some grids dissolved and measured again."""
        dissolved, figures = dict(self.dissolved), dict(self.figures)
        for code in touched:
            blocks = [self.shapes[block] for block in sorted(self.members.get(code, ()))]
            if blocks:
                dissolved[code] = dissolve([block.shape for block in blocks])
                figures[code] = measure(dissolved[code], blocks, self.ground.plane)
            else:
                dissolved.pop(code, None)
                figures.pop(code, None)
        return replace(self, dissolved=dissolved, figures=figures)

    def communities(self, codes: Iterable[str]) -> dict[str, Polygon | MultiPolygon]:
        """Dissolve communities, or with codes of 9 digits subdistricts, from their grids."""
        parts: dict[str, list[Polygon | MultiPolygon]] = {code: [] for code in codes}
        lengths = {len(code) for code in parts}
        for grid, record in self.grids.items():
            for length in lengths:
                if record.community[:length] in parts and grid in self.dissolved:
                    parts[record.community[:length]].append(self.dissolved[grid])
        return {code: dissolve(shapes) for code, shapes in parts.items()}

    def _write(self, changes: Changes) -> tuple[dict[str, dict[str, Any]], int]:
        tables: dict[str, dict[str, Any]] = {}
        digest = self.digest
        stale = []
        for item, (before, after) in changes.items():
            table = tables.get(item.table)
            if table is None:
                table = tables[item.table] = dict(getattr(self, item.table))
            if not same_value(table.get(item.code), before):
                stale.append(str(item))
            if after is None:
                table.pop(item.code, None)
            else:
                table[item.code] = after
            digest += digest_of(item, after) - digest_of(item, before)
        if stale:
            raise ClashError(
                f"{listed(stale)} 已被后来的操作改变：请先撤销那些操作",
                f"{listed(stale)} was changed since by a later operation: undo that one first",
                stale,
            )
        return tables, digest % (1 << DIGEST_BITS)

    def _regroup(self, changes: Changes) -> Mapping[str, frozenset[str]]:
        leaving: dict[str, set[str]] = defaultdict(set)
        coming: dict[str, set[str]] = defaultdict(set)
        for item, (before, after) in changes.items():
            if item.table == "grid_of":
                if before is not None:
                    leaving[before].add(item.code)
                if after is not None:
                    coming[after].add(item.code)
        members = dict(self.members)
        for grid in leaving.keys() | coming.keys():
            left = (members.get(grid, frozenset()) - leaving[grid]) | coming[grid]
            if left:
                members[grid] = left
            else:
                members.pop(grid, None)
        return members


def same_value(held: object, expected: object) -> bool:
    """Tell whether two values of an item are the same; the bytes of a shape are the last resort."""
    if held is expected:
        return True
    if isinstance(held, Block) and isinstance(expected, Block):
        return held.written() == expected.written()
    return held == expected


def make_ground(
    blocks: Mapping[str, Block], buildings: Buildings, communities: Iterable[str], plane: str
) -> Ground:
    """Index the blocks of a base version by place."""
    index = PlaceIndex.of(blocks)
    west, south, east, north = shapely.total_bounds(index.tree.geometries).tolist()
    return Ground(
        plane=plane,
        blocks=blocks,
        index=index,
        buildings=buildings,
        communities=frozenset(communities),
        bounds=(west, south, east, north),
    )


def make_plan(
    ground: Ground,
    grid_of: Mapping[str, str],
    grids: Mapping[str, GridRecord],
    names: Mapping[str, GridName],
    *,
    officers: Mapping[str, str] | None = None,
    used: Iterable[str] = (),
) -> Plan:
    """
    Return the plan of a base version.

    Parameters
    ----------
    grid_of
        The grid of each block of the ground.
    grids, names, officers
        By grid code; a grid may have no officer.
    used
        Grid codes that were used before and are not any more.

    Raises
    ------
    EditError
        If a block has no grid or a grid no block.
    """
    members: dict[str, set[str]] = defaultdict(set)
    for block, grid in grid_of.items():
        members[grid].add(block)
    astray = (ground.blocks.keys() ^ grid_of.keys()) | (grids.keys() ^ members.keys())
    if astray:
        raise EditError(
            f"{listed(astray)} 没有对应：每个地块必须属于一个网格，每个网格必须有地块",
            f"{listed(astray)}: each block must belong to a grid, and each grid must have blocks",
            astray,
        )
    plan = Plan(
        ground=ground,
        shapes=ground.blocks,
        grid_of=grid_of,
        grids=grids,
        names=names,
        officers=officers or {},
        used=frozenset(used) | frozenset(grids),
        serials={},
        members={grid: frozenset(blocks) for grid, blocks in members.items()},
        dissolved={},
        figures={},
        index=ground.index,
        moved=frozenset(),
        digest=0,
    )
    return replace(plan.measured(grids), digest=full_digest(plan))


def full_digest(plan: Plan) -> int:
    """Return the digest of a plan from all its items anew."""
    return sum(digest_of(item, plan.get(item)) for item in all_items(plan)) % (1 << DIGEST_BITS)


def all_items(plan: Plan) -> Iterator[Item]:
    """Give every item of a plan."""
    for table in TABLES:
        for code in getattr(plan, table):
            yield Item(table, code)
