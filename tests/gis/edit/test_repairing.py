"""Mended shapes of blocks: only what makes the ground better is taken."""

from __future__ import annotations

import pytest
import shapely

from gis.edit import (
    ApplyRepairs,
    Block,
    BlockShape,
    Buildings,
    EditError,
    GridName,
    GridRecord,
    People,
    Plan,
    apply,
    make_ground,
    make_plan,
    reverse,
)
from gis.partition import geometries
from tests.plans import COMMUNITIES, PLANE, grid_code
from tests.worlds import square

GRID = grid_code(0, 0)


def faulty_plan(west: float, *, building: bool = False) -> Plan:
    """Make two blocks side by side, the left one as wide as given: 1 is right."""
    blocks = {"W": Block(square(0, 0, west, 1), People(1, 3, 0), buildings=(0,) * building),
              "E": Block(square(1, 0), People(1, 2, 0))}  # fmt: skip
    houses = Buildings(("B1",), geometries([square(0.7, 0.2, 0.2, 0.2)]), (People(1, 3, 0),))
    return make_plan(
        make_ground(blocks, houses, COMMUNITIES[:1], PLANE),
        dict.fromkeys(blocks, GRID), {GRID: GridRecord(COMMUNITIES[0])}, {GRID: GridName("东街")},
    )  # fmt: skip


def mending(width: float) -> ApplyRepairs:
    ring = tuple((float(x), float(y)) for x, y in square(0, 0, width, 1).exterior.coords)
    return ApplyRepairs(
        shapes=(BlockShape(block="W", polygons=((ring,),)),), findings=("JW-C10-1",)
    )


@pytest.mark.parametrize("west", [0.875, 1.125])
def test_a_gap_or_an_overlap_is_mended_and_undone(west: float) -> None:
    plan = faulty_plan(west)
    done = apply(plan, mending(1))
    assert shapely.coverage_is_valid([block.shape for block in done.plan.shapes.values()])
    assert done.plan.changed(reverse(done.changes)).hash == plan.hash


@pytest.mark.parametrize(("west", "width"), [(1, 0.875), (1, 1.125), (1.125, 1.25), (0.875, 0.75)])
def test_what_makes_it_worse_is_refused(west: float, width: float) -> None:
    with pytest.raises(EditError, match="no repair"):
        apply(faulty_plan(west), mending(width))


def test_a_repair_does_not_cut_a_building() -> None:
    with pytest.raises(EditError, match=r"no repair|building"):
        apply(faulty_plan(1, building=True), mending(0.8125))


def test_a_broken_or_unclosed_shape_is_refused() -> None:
    bow = tuple((float(x), float(y)) for x, y in shapely.get_coordinates(square(0, 0)).tolist())
    crossed = (bow[0], bow[2], bow[1], bow[3], bow[0])
    for ring, why in ((crossed, "not valid"), (bow[:3], "at least four points")):
        repair = ApplyRepairs(shapes=(BlockShape(block="W", polygons=((ring,),)),))
        with pytest.raises(EditError, match=why):
            apply(faulty_plan(1.125), repair)
