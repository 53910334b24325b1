"""Simplifying the borders between blocks, each border once for both who share it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.borders import project
from gis.edit.borders import reshaped, with_rings
from gis.edit.errors import EditError
from gis.edit.items import Item
from gis.partition import Geometries, geometries

if TYPE_CHECKING:
    from gis.edit.borders import Ring
    from gis.edit.edit import Edit
    from gis.edit.operations import SimplifyBorders

COARSEST_M = 50.0
_COARSER, _HALVINGS = 16, 14  # a long flat bend is a large triangle


def simplify(edit: Edit, operation: SimplifyBorders) -> None:
    """
    Simplify the borders between the blocks of some grids.

    Visvalingam and Whyatt, Line generalisation by repeated elimination of points, The Cartographic
    Journal 30 (1993), on the borders of the coverage. Their measure is an area, so it is
    tried from coarse to fine until no border is further than `tolerance_m` from where it was.
    """
    if not 0 < operation.tolerance_m <= COARSEST_M:
        raise EditError(
            f"容差 {operation.tolerance_m} 不在 0 至 {COARSEST_M} 米之间",
            f"the tolerance is {operation.tolerance_m}: give more than 0, at most {COARSEST_M} m",
        )
    grids = operation.grids or tuple(edit.plan.members)
    for grid in grids:
        edit.grid(grid)
    codes = sorted(block for grid in grids for block in edit.plan.members[grid])
    shapes = geometries(edit.block(code).shape for code in codes)
    simpler = _simplified(shapes, operation.tolerance_m, edit.plan.ground.plane)
    for code, old, new in zip(codes, shapes, simpler, strict=True):
        if not shapely.equals_exact(old, new):
            edit.put(Item("shapes", code), reshaped(edit.block(code), new))


def _simplified(shapes: Geometries, tolerance_m: float, plane: str) -> Geometries:
    """Return shapes with fewer vertices, those left being the very same."""
    flat = project(shapes, plane)
    borders, step_m = shapely.boundary(flat), _COARSER * tolerance_m
    for _ in range(_HALVINGS):
        simpler = shapely.coverage_simplify(flat, step_m, simplify_boundary=False)
        apart = shapely.hausdorff_distance(borders, shapely.boundary(simpler))
        if apart.max() <= tolerance_m and shapely.is_valid(simpler).all():
            return _with_given_vertices(shapes, flat, simpler)
        step_m /= 2
    return shapes


def _with_given_vertices(shapes: Geometries, flat: Geometries, simpler: Geometries) -> Geometries:
    """Drop from the shapes in degrees the vertices that the shapes in metres have lost."""
    thinned = shapes.copy()
    for row, (before, after) in enumerate(zip(flat, simpler, strict=True)):
        kept = set(map(tuple, shapely.get_coordinates(after).tolist()))
        there = shapely.get_coordinates(before)
        if len(kept) == len(np.unique(there, axis=0)):
            continue
        metres = map(tuple, there.tolist())
        degrees = map(tuple, shapely.get_coordinates(shapes[row]).tolist())
        lost = {at for at, xy in zip(degrees, metres, strict=True) if xy not in kept}

        def thin(ring: Ring, lost: set[tuple[float, ...]] = lost) -> Ring:
            return [xy for xy in ring if xy not in lost]

        thinned[row] = with_rings(shapes[row], thin)
    return thinned
