"""Borders with fewer vertices, the same for both neighbours."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.borders import project
from gis.edit import EditError, InsertVertex, MoveVertex, Plan, SimplifyBorders, apply
from gis.partition import geometries
from tests.plans import PLANE, at, grid_code, toy_plan


def bent_plan() -> Plan:
    """Bend the border of K12 and K22 by an eighth of a side (11 m), that of K33 and K43 by 1/64."""
    plan = toy_plan()
    for column, row, off in ((2, 2.25, 0.125), (4, 3.25, 1 / 64)):
        plan = apply(plan, InsertVertex(at=at(column, row))).plan
        plan = apply(plan, MoveVertex(at=at(column, row), to=at(column + off, row))).plan
    return plan


def test_only_bends_within_the_tolerance_go() -> None:
    plan = bent_plan()
    done = apply(plan, SimplifyBorders(tolerance_m=5.0))
    assert {item.code for item in done.changes} == {"K33", "K43"}
    after = apply(plan, SimplifyBorders(tolerance_m=12.0)).plan
    assert after.hash == toy_plan().hash


def test_only_borders_inside_the_grids_named_are_simplified() -> None:
    plan = bent_plan()
    with pytest.raises(EditError, match="nothing to change"):
        apply(plan, SimplifyBorders(tolerance_m=5.0, grids=(grid_code(2, 2),)))


@pytest.mark.parametrize("tolerance_m", [0.0, -1.0, 51.0, float("nan")])
def test_a_tolerance_out_of_range_is_refused(tolerance_m: float) -> None:
    with pytest.raises(EditError, match="give more than 0"):
        apply(toy_plan(), SimplifyBorders(tolerance_m=tolerance_m))


@settings(max_examples=25)
@given(tolerance_m=st.floats(0.5, 50))
def test_no_border_moves_further_than_the_tolerance(tolerance_m: float) -> None:
    plan = bent_plan()
    try:
        after = apply(plan, SimplifyBorders(tolerance_m=tolerance_m)).plan
    except EditError:
        return
    codes = sorted(plan.shapes)
    before, now = (
        shapely.boundary(project(geometries(p.shapes[code].shape for code in codes), PLANE))
        for p in (plan, after)
    )
    assert shapely.hausdorff_distance(before, now).max() <= tolerance_m
    assert shapely.coverage_is_valid([after.shapes[code].shape for code in codes])
