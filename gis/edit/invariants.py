"""
What every operation must leave as it was: ground covered once, nobody lost, grids in one piece.

That blocks cover the same ground exactly once is proven, not measured. The directed edges of a
valid polygon are the border of its ground. If the edges of all changed blocks together, each
cancelled by its opposite, are the same before and after, then at every place the blocks lie upon
each other as often as before: once. Edges are compared bit by bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.edges import directed_edges, unbalanced
from gis.edit.errors import Allow, EditError, listed
from gis.partition import Geometries, geometries

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gis.edit.edit import Edit
    from gis.edit.items import Block, Changes
    from gis.edit.plan import Plan


def same_ground(before: Geometries, after: Geometries) -> bool:
    """
    Tell whether two sets of valid polygons cover the same ground equally often, to the last bit.

    Neither may hide a vertex of the other in the middle of an edge of its outline.
    """
    edges = directed_edges(np.concatenate([before, after]))
    weight = np.where(edges.rows < len(before), 1, -1)
    return not unbalanced(edges, weight).any()


def check_ground(edit: Edit, changes: Changes) -> None:
    """
    Refuse changed shapes that do not cover the ground of those before them once, or cut a building.

    Raises
    ------
    EditError
        And names the blocks.
    """
    blocks = {item.code: change for item, change in changes.items() if item.table == "shapes"}
    if not blocks:
        return
    codes = sorted(blocks)
    before = [edit.inserted.get(code, blocks[code][0]) for code in codes]
    after = [blocks[code][1] for code in codes]
    old, new = _shapes(before), _shapes(after)
    broken = [code for code, block in zip(codes, after, strict=True)
              if block is not None and not (block.shape.is_valid and block.shape.area)]  # fmt: skip
    if broken:
        raise EditError(
            f"地块 {listed(broken)} 的边界会与自身相交",
            f"the border of block {listed(broken)} would cross itself",
            broken,
        )
    if not same_ground(old, new):
        raise EditError(
            f"会改变城市外轮廓，或使地块 {listed(codes)} 与邻块重叠或留下空隙",
            f"the outline of the city would change, or block {listed(codes)} and its neighbours "
            "would overlap or leave a gap",
            codes,
        )
    check_buildings(edit, blocks)


def check_buildings(edit: Edit, blocks: Mapping[str, tuple[Block | None, Block | None]]) -> None:
    """Refuse changed shapes that no longer hold a building they held."""
    shapes = edit.plan.ground.buildings.shapes
    for code, (before, after) in blocks.items():
        if after is None or not after.buildings:
            continue
        rows = np.array(after.buildings)
        out = ~shapely.covers(after.shape, shapes[rows])
        if before is not None:
            out &= shapely.covers(before.shape, shapes[rows])
        if out.any():
            names = [edit.plan.ground.buildings.codes[row] for row in rows[out]]
            raise EditError(
                f"边界会穿过地块 {code} 的楼宇 {listed(names)}",
                f"the border would cut building {listed(names)} of block {code}",
                [code, *names],
            )


def check_grids(before: Plan, after: Plan, touched: Collection[str], most: Mapping[str, int],
                allow: frozenset[Allow]) -> None:  # fmt: skip
    """
    Refuse a plan whose touched grids are in more parts than before.

    `most` is how many parts a grid may have all the same, where it is more than one.
    """
    if Allow.BROKEN in allow:
        return
    broken = [
        code
        for code in sorted(touched)
        if code in after.figures
        and after.figures[code].parts > max(parts_of(before, code), most.get(code, 1))
    ]
    if broken:
        parts = after.figures[broken[0]].parts
        raise EditError(
            f"网格 {listed(broken)} 会断成 {parts} 块",
            f"grid {listed(broken)} would be in {parts} parts",
            broken,
            allow=Allow.BROKEN,
        )
    check_communities(before, after, touched)


def check_communities(before: Plan, after: Plan, touched: Collection[str]) -> None:
    """Refuse a plan whose communities are in more parts because blocks went to another."""
    homes = {
        plan.grids[code].community
        for plan in (before, after)
        for code in touched
        if code in plan.grids
    }
    if len(homes) < 2:  # noqa: PLR2004 - blocks stay in their community
        return
    old, new = before.communities(homes), after.communities(homes)
    broken = [
        code
        for code in sorted(homes)
        if int(shapely.get_num_geometries(new[code]))
        > max(1, int(shapely.get_num_geometries(old[code])))
    ]
    if broken:
        raise EditError(
            f"社区 {listed(broken)} 会断开",
            f"community {listed(broken)} would be broken in parts",
            broken,
            allow=Allow.BROKEN,
        )


def parts_of(plan: Plan, grid: str) -> int:
    """Return in how many parts a grid is; 1 if it does not exist."""
    figures = plan.figures.get(grid)
    return figures.parts if figures else 1


def grids_of(plan: Plan, after: Plan, changes: Changes) -> set[str]:
    """Return the grids whose ground changes touch, before or after."""
    touched: set[str] = set()
    for item, change in changes.items():
        if item.table == "grid_of":
            touched.update(code for code in change if code)
        elif item.table == "shapes":
            touched.update(
                code for of in (plan, after) if (code := of.grid_of.get(item.code)) is not None
            )
    return touched


def people_changed(changes: Changes) -> bool:
    """Tell whether people were lost or found by changes of blocks."""
    total = np.zeros(3, np.int64)
    for item, (before, after) in changes.items():
        if item.table == "shapes":
            total += np.array(after.people if after else (0, 0, 0))
            total -= np.array(before.people if before else (0, 0, 0))
    return bool(total.any())


def _shapes(blocks: Collection[Block | None]) -> Geometries:
    return geometries(block.shape for block in blocks if block is not None)
