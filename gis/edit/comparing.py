"""What a plan changes against its base: who changes grid, and where grids went."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from gis.borders import project
from gis.edit.items import NOBODY, People
from gis.partition import geometries

if TYPE_CHECKING:
    from gis.edit.plan import Plan


class Flow(NamedTuple):
    """What of one grid goes to another, or stays where the two are the same."""

    from_grid: str
    to_grid: str
    blocks: int
    people: People
    area_m2: float


def origins(base: Plan, plan: Plan) -> dict[str, str]:
    """Name for each block of a plan the grid its ground was in before; pieces by their inside."""
    found = {block: base.grid_of[block] for block in plan.shapes if block in base.grid_of}
    pieces = sorted(plan.shapes.keys() - found.keys())
    inside = shapely.point_on_surface(geometries(plan.shapes[block].shape for block in pieces))
    grids = base.find_grids(np.asarray(shapely.get_x(inside)), np.asarray(shapely.get_y(inside)))
    placed = zip(pieces, grids, strict=True)
    return found | {block: grid for block, grid in placed if grid is not None}


def compare_plans(base: Plan, plan: Plan) -> list[Flow]:
    """
    Say how much of each grid went where.

    Returns
    -------
    flows
        In order of the codes; those that stay only for grids that lost or won ground.
    """
    blocks: dict[tuple[str, str], list[str]] = defaultdict(list)
    for block, grid in origins(base, plan).items():
        blocks[grid, plan.grid_of[block]].append(block)
    changed = {grid for pair in blocks if pair[0] != pair[1] for grid in pair}
    flows = []
    for (old, new), members in sorted(blocks.items()):
        if old not in changed and new not in changed:
            continue
        shapes = geometries(plan.shapes[block].shape for block in members)
        area_m2 = float(shapely.area(project(shapes, plan.ground.plane)).sum())
        people = NOBODY
        for block in members:
            people = people.plus(plan.shapes[block].people)
        flows.append(Flow(old, new, len(members), people, area_m2))
    return flows


def changed_grids(base: Plan, plan: Plan) -> set[str]:
    """Name the grids that are new, closed, renamed, given to an officer, or of another ground."""
    changed = {code for pair in compare_plans(base, plan) for code in pair[:2]}
    changed |= base.grids.keys() ^ plan.grids.keys()
    for table in ("names", "officers"):
        old, new = getattr(base, table), getattr(plan, table)
        changed |= {code for code in old.keys() | new.keys() if old.get(code) != new.get(code)}
    for block in plan.shapes.keys() & base.shapes.keys():
        if plan.shapes[block] is not base.shapes[block]:
            code = plan.grid_of[block]
            if not plan.dissolved[code].equals(base.dissolved.get(code)):
                changed.add(code)
    return changed
