"""What a plan changes against its base."""

from gis.edit import (
    CutBlock,
    InsertVertex,
    MergeGrids,
    MoveVertex,
    PaintBlocks,
    People,
    RenameGrid,
    apply,
)
from gis.edit.comparing import changed_grids, compare_plans
from tests.plans import at, grid_code, toy_plan

WEST_GRID, NORTH_GRID = grid_code(0, 0), grid_code(0, 2)


def test_a_plan_compared_with_itself_changes_nothing() -> None:
    assert compare_plans(toy_plan(), toy_plan()) == []
    assert changed_grids(toy_plan(), toy_plan()) == set()


def test_a_painted_block_takes_its_people_along() -> None:
    plan = apply(toy_plan(), PaintBlocks(blocks=("K01",), grid=NORTH_GRID)).plan
    flows = {flow[:2]: flow for flow in compare_plans(toy_plan(), plan)}
    assert flows.keys() == {(WEST_GRID,) * 2, (WEST_GRID, NORTH_GRID), (NORTH_GRID,) * 2}
    assert flows[WEST_GRID, NORTH_GRID].people == People(5, 16, 5)
    assert flows[WEST_GRID, WEST_GRID].blocks == 3


def test_a_piece_that_was_cut_off_comes_from_where_it_lay() -> None:
    cut = apply(toy_plan(), CutBlock(block="K01", line=(at(-0.5, 1.75), at(1.5, 1.75)))).plan
    assert compare_plans(toy_plan(), cut) == []
    plan = apply(cut, PaintBlocks(blocks=("K01.1",), grid=NORTH_GRID)).plan
    (moved,) = (flow for flow in compare_plans(toy_plan(), plan) if flow[0] != flow[1])
    assert (moved.blocks, moved.people) == (1, People())


def test_a_merge_says_where_the_grid_went() -> None:
    plan = apply(toy_plan(), MergeGrids(grids=(NORTH_GRID,), into=WEST_GRID)).plan
    assert {flow[:2] for flow in compare_plans(toy_plan(), plan)} == {
        (WEST_GRID, WEST_GRID),
        (NORTH_GRID, WEST_GRID),
    }


def test_a_new_name_and_a_moved_border_change_a_grid_without_moving_anybody() -> None:
    renamed = apply(toy_plan(), RenameGrid(grid=WEST_GRID, name="桥头")).plan
    assert changed_grids(toy_plan(), renamed) == {WEST_GRID}
    bent = apply(toy_plan(), InsertVertex(at=at(1.25, 2))).plan
    assert changed_grids(toy_plan(), bent) == set()
    bent = apply(bent, MoveVertex(at=at(1.25, 2), to=at(1.25, 2.125))).plan
    assert changed_grids(toy_plan(), bent) == {WEST_GRID, NORTH_GRID}
    assert compare_plans(toy_plan(), bent) == []
