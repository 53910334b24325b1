"""Mended shapes of blocks: taken only if less ground is wrong with them than before."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import shapely

from gis.borders import project
from gis.edit.borders import check_points, reshaped
from gis.edit.errors import EditError, listed
from gis.edit.items import Item
from gis.partition import geometries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely import MultiPolygon, Polygon

    from gis.edit.edit import Edit
    from gis.edit.operations import ApplyRepairs, BlockShape

LESS_M2 = 1e-6


def repair(edit: Edit, operation: ApplyRepairs) -> None:
    """
    Give blocks mended shapes.

    Raises
    ------
    EditError
        If a shape is broken, or the ground that is covered twice or not at all does not shrink.
    """
    mended = {each.block: _shape(edit, each) for each in operation.shapes}
    broken = [code for code, shape in mended.items() if not shape.is_valid or not shape.area]
    if broken:
        why = shapely.is_valid_reason(mended[broken[0]])
        raise EditError(
            f"地块 {listed(broken)} 的形状无效：{why}",
            f"the shape of block {listed(broken)} is not valid: {why}",
            broken,
        )
    before, after = _faulty_m2(edit, {}, mended), _faulty_m2(edit, mended, mended)
    if after > before - LESS_M2:
        raise EditError(
            f"修复后重叠与空隙共 {after:.3f} 平方米，修复前 {before:.3f}：没有减少",
            f"overlaps and gaps would be {after:.3f} m², as against {before:.3f} now: no repair",
            mended,
        )
    for code, shape in mended.items():
        edit.put(Item("shapes", code), reshaped(edit.block(code), shape))


def _shape(edit: Edit, given: BlockShape) -> Polygon | MultiPolygon:
    edit.block(given.block)
    rings = [ring for polygon in given.polygons for ring in polygon]
    if not rings or min(map(len, rings)) < 4:  # noqa: PLR2004 - a closed triangle
        raise EditError(
            f"地块 {given.block} 的每个环至少要有四个点，首尾相同",
            f"each ring of block {given.block} needs at least four points, the last as the first",
            [given.block],
        )
    check_points(edit, [point for ring in rings for point in ring])
    parts = [shapely.Polygon(polygon[0], polygon[1:]) for polygon in given.polygons]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _faulty_m2(
    edit: Edit,
    mended: Mapping[str, Polygon | MultiPolygon],
    around: Mapping[str, Polygon | MultiPolygon],
) -> float:
    """
    Measure the ground covered twice or not at all about some blocks.

    Ground counts as uncovered if it lies in a hole of all blocks around, or in what the shapes
    before or after cover and nobody else does.
    """
    old = [edit.plan.shapes[code].shape for code in around]
    box = shapely.total_bounds([*old, *around.values()])
    codes = sorted({*edit.plan.in_box(box.tolist()), *around})
    shapes = geometries(mended.get(code, edit.plan.shapes[code].shape) for code in codes)
    flat = shapely.make_valid(project(shapes, edit.plan.ground.plane))
    asked = shapely.make_valid(
        project(geometries([*old, *around.values()]), edit.plan.ground.plane)
    )
    whole = cast("Polygon | MultiPolygon", shapely.union_all(flat))
    wanted = shapely.union_all([whole, *asked, *_holes(whole)])
    twice = float(shapely.area(flat).sum() - shapely.area(whole))
    return twice + float(np.subtract(shapely.area(wanted), shapely.area(whole)))


def _holes(whole: Polygon | MultiPolygon) -> list[Polygon]:
    return [
        shapely.Polygon(ring)
        for part in shapely.get_parts(whole)
        for ring in shapely.get_rings(part)[1:]
    ]
