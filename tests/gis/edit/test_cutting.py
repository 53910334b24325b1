"""Blocks cut in two and grids split along a line."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.edit import (
    Allow,
    Block,
    Buildings,
    CutBlock,
    EditError,
    GridName,
    GridRecord,
    People,
    Plan,
    SplitGrid,
    apply,
    make_ground,
    make_plan,
)
from gis.edit.invariants import same_ground
from gis.partition import geometries
from tests.plans import COMMUNITIES, PLANE, at, grid_code, toy_plan
from tests.worlds import polygon, square

GRID = grid_code(0, 0)
FRESH = f"{COMMUNITIES[0]}004"
LOW = (at(0.75, 1.25), at(2.25, 1.25))  # across K11 below its building


@pytest.fixture
def plan() -> Plan:
    return toy_plan()


def one_block(block: Block, buildings: Buildings) -> Plan:
    return make_plan(
        make_ground({"K": block}, buildings, COMMUNITIES[:1], PLANE),
        {"K": GRID}, {GRID: GridRecord(COMMUNITIES[0])}, {GRID: GridName("东街")},
    )  # fmt: skip


def test_a_cut_makes_two_blocks_of_the_same_grid_and_ground(plan: Plan) -> None:
    after = apply(plan, CutBlock(block="K11", line=LOW)).plan
    both = [after.shapes["K11"].shape, after.shapes["K11.1"].shape]
    assert shapely.union_all(both).equals(plan.shapes["K11"].shape)
    assert shapely.coverage_is_valid([block.shape for block in after.shapes.values()])
    assert after.grid_of["K11.1"] == GRID


def test_the_greater_piece_keeps_the_code(plan: Plan) -> None:
    after = apply(plan, CutBlock(block="K11", line=LOW)).plan
    assert after.shapes["K11"].people == plan.shapes["K11"].people
    assert after.shapes["K11.1"].people == People()


def test_people_are_divided_by_buildings_and_nobody_is_lost() -> None:
    buildings = Buildings(
        ("B1", "B2", "B3"),
        geometries([square(0.1, 0.1, 0.1, 0.1), square(0.7, 0.1, 0.1, 0.1),
                    square(0.8, 0.7, 0.1, 0.1)]),
        (People(4, 10, 3), People(4, 10, 2), People(3, 10, 2)),
    )  # fmt: skip
    block = Block(square(0, 0), People(10, 31, 7), buildings=(0, 1, 2))
    after = apply(one_block(block, buildings), CutBlock(block="K", line=(at(0.5, -1), at(0.5, 2))))
    west, east = after.plan.shapes["K"], after.plan.shapes["K.1"]
    assert (east.buildings, west.buildings) == ((1, 2), (0,))
    assert east.people.plus(west.people) == block.people
    assert west.people == People(4, 10, 3)  # 10 * 4/11, 31/3, 7 * 3/7


def test_without_buildings_people_are_divided_by_area() -> None:
    plan = one_block(Block(square(0, 0), People(8, 40, 4)), Buildings())
    after = apply(plan, CutBlock(block="K", line=(at(0.25, -1), at(0.25, 2)))).plan
    assert after.shapes["K"].people == People(6, 30, 3)
    assert after.shapes["K.1"].people == People(2, 10, 1)


def test_the_neighbour_gets_the_vertex_where_the_cut_ends(plan: Plan) -> None:
    after = apply(plan, CutBlock(block="K11", line=LOW)).plan
    assert list(at(2, 1.25)) in shapely.get_coordinates(after.shapes["K21"].shape).tolist()


def test_an_end_near_a_vertex_is_meant_to_be_there(plan: Plan) -> None:
    (lon, lat), far = at(1, 1), at(2.25, 1.25)
    done = apply(plan, CutBlock(block="K11", line=((lon - 1e-4, lat), (lon, lat + 2e-7), far)))
    assert "K01" not in {item.code for item in done.changes}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ((at(0.75, 1.5), at(2.25, 1.5)), "cuts building B11"),
        ((at(0.75, 1.25), at(1.75, 1.25)), "ends inside"),
        ((at(0, 0), at(0.5, 0.5)), "does not cross"),
        ((at(0.75, 1.25), at(2.25, 1.25), at(2.25, 1.125), at(0.75, 1.125)), "in 3 pieces"),
        ((at(1, 1), at(1, 1)), "two different points"),
        ((at(0.5, 1.25), at(2.5, 1.25), at(1.5, 1.125), at(1.5, 1.75)), "cross itself"),
        ((at(0.995, 1.015), at(1.015, 0.995)), "less than 1.0 m²"),
    ],
)
def test_a_line_that_does_not_cut_once_is_refused(
    plan: Plan, line: tuple[tuple[float, float], ...], why: str
) -> None:
    with pytest.raises(EditError, match=why):
        apply(plan, CutBlock(block="K11", line=line))


def test_a_compound_is_cut_only_if_allowed(plan: Plan) -> None:
    line = (at(-0.25, 0.25), at(1.25, 0.25))
    with pytest.raises(EditError, match="cut_compound"):
        apply(plan, CutBlock(block="K00", line=line))
    done = apply(plan, CutBlock(block="K00", line=line, allow=frozenset({Allow.CUT_COMPOUND})))
    assert done.plan.shapes["K00.1"].compound == "C1"


def test_a_cut_may_lead_from_the_outline_into_a_hole_and_out_again() -> None:
    ring = shapely.Polygon(square(0, 0, 4, 4).exterior, [square(1, 1, 2, 2).exterior])
    plan = one_block(Block(ring, People(2, 4, 0)), Buildings())
    after = apply(plan, CutBlock(block="K", line=(at(-1, 2), at(2, 2.25), at(5, 2)))).plan
    pieces = geometries(after.shapes[code].shape for code in ("K", "K.1"))
    assert shapely.union_all(pieces).equals(ring)
    assert shapely.area(pieces).sum() == pytest.approx(ring.area)


quarters = st.integers(-1, 9).map(lambda n: n / 4)


@given(line=st.lists(st.builds(at, quarters, quarters), min_size=2, max_size=4).map(tuple))
def test_a_cut_conserves_ground_and_people_or_is_refused(
    line: tuple[tuple[float, float], ...],
) -> None:
    shape = polygon((0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2))
    plan = one_block(Block(shape, People(5, 17, 3)), Buildings())
    try:
        after = apply(plan, CutBlock(block="K", line=line)).plan
    except EditError:
        return
    kept, new = after.shapes["K"], after.shapes["K.1"]
    assert kept.people.plus(new.people) == People(5, 17, 3)
    assert kept.shape.area + new.shape.area == pytest.approx(shape.area, rel=1e-12)
    assert not kept.shape.intersection(new.shape).area
    assert shapely.union_all([kept.shape, new.shape]).symmetric_difference(shape).area < 1e-18


def test_ground_covered_twice_is_seen() -> None:
    left, right, both = square(0, 0), square(1, 0), square(0, 0, 2, 1)
    assert same_ground(geometries([left, right]), geometries([right, left]))
    assert not same_ground(geometries([left, right]), geometries([left, left]))
    assert not same_ground(geometries([both]), geometries([both, left]))


def test_a_split_parts_the_blocks_and_of_equal_sides_the_western_keeps_the_code(plan: Plan) -> None:
    line = (at(1, -0.5), at(1, 2.5))
    after = apply(plan, SplitGrid(grid=GRID, line=line, name="桥西", code=FRESH)).plan
    assert after.members[GRID] == {"K00", "K01"}
    assert after.members[FRESH] == {"K10", "K11"}
    assert after.officers[FRESH] == "O1"


def test_a_block_on_the_line_goes_whole_to_the_side_of_its_greater_part(plan: Plan) -> None:
    line = (at(0.75, -0.5), at(0.75, 2.5))
    after = apply(plan, SplitGrid(grid=GRID, line=line, name="桥西", code=FRESH)).plan
    assert after.members[FRESH] == {"K10", "K11"}
    assert after.shapes.keys() == plan.shapes.keys()


def test_blocks_on_the_line_are_cut_if_asked_for(plan: Plan) -> None:
    line = (at(2.75, -0.5), at(2.75, 2.5))
    grid, fresh = grid_code(2, 0), f"{COMMUNITIES[1]}004"
    after = apply(
        plan, SplitGrid(grid=grid, line=line, name="东", code=fresh, cut_blocks=True)
    ).plan
    assert after.members[fresh] | after.members[grid] == {
        "K20", "K21", "K30", "K31", "K20.1", "K21.1"
    }  # fmt: skip
    assert after.dissolved[grid].bounds[2] in (at(2.75, 0)[0], at(4, 0)[0])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ((at(1, -0.5), at(1, 1.5)), "does not cross"),
        ((at(0.25, -0.5), at(0.25, 2.5)), "on one side"),
        ((at(4, 0), at(5, 0)), "does not cross"),
    ],
)
def test_a_line_that_splits_nothing_is_refused(
    plan: Plan, line: tuple[tuple[float, float], ...], why: str
) -> None:
    with pytest.raises(EditError, match=why):
        apply(plan, SplitGrid(grid=GRID, line=line, name="x", code=FRESH))
