"""Many operations by several planners: undo, redo, replay, and who meets whom."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from gis.edit import (
    Allow,
    AssignOfficer,
    CutBlock,
    EditError,
    History,
    MergeGrids,
    OverlapError,
    PaintBlocks,
    RenameGrid,
    SplitGrid,
)
from tests.gis.edit.machine import TwoPlanners
from tests.plans import at, grid_code, toy_plan

WEST_GRID, NORTH_GRID = grid_code(0, 0), grid_code(0, 2)
TO_NORTH = PaintBlocks(blocks=("K01",), grid=NORTH_GRID)


@pytest.fixture
def history() -> History:
    return History.of(toy_plan())


def test_two_planners_break_nothing_whatever_they_do() -> None:
    run_state_machine_as_test(
        TwoPlanners,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],  # `bench/edit.py sequences` also shrinks
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


def test_undo_gives_the_same_hash_and_redo_the_hash_after(history: History) -> None:
    painted = history.perform(TO_NORTH, "a")
    undone = painted.undo("a")
    assert undone.plan.hash == history.plan.hash != painted.plan.hash
    assert undone.redo("a").plan.hash == painted.plan.hash


def test_each_planner_undoes_what_is_his(history: History) -> None:
    both = history.perform(TO_NORTH, "a").perform(RenameGrid(grid=WEST_GRID, name="桥头"), "b")
    undone = both.undo("a")
    assert undone.plan.grid_of["K01"] == WEST_GRID
    assert undone.plan.names[WEST_GRID].name == "桥头"
    with pytest.raises(EditError, match="no operation in force"):
        undone.undo("a")


def test_a_history_looked_at_again_knows_what_was_undone_then(history: History) -> None:
    later = history.perform(TO_NORTH, "a").undo("a").redo("a")
    assert later.at(2).undone == {1}
    assert later.at(2).redo("a").plan.hash == later.plan.hash
    assert later.at(1).undone == later.at(3).undone == frozenset()


def test_what_others_built_on_is_not_undone(history: History) -> None:
    cut = CutBlock(block="K11", line=(at(0.9, 1.25), at(2.1, 1.25)))
    to_north = PaintBlocks(blocks=("K11.1",), grid=NORTH_GRID, allow=frozenset({Allow.BROKEN}))
    later = history.perform(cut, "a").perform(to_north, "b")
    with pytest.raises(EditError, match="later operation"):
        later.undo("a")
    assert later.undo("b").undo("a").plan.hash == history.plan.hash


def test_after_new_work_there_is_nothing_to_redo(history: History) -> None:
    worked_on = (
        history.perform(TO_NORTH, "a").undo("a").perform(RenameGrid(grid=WEST_GRID, name="x"), "a")
    )
    with pytest.raises(EditError, match="nothing to do again"):
        worked_on.redo("a")


def test_an_operation_is_undone_once_and_only_operations_are(history: History) -> None:
    undone = history.perform(TO_NORTH, "a").undo("a")
    with pytest.raises(EditError, match="undone already"):
        undone.undo("b", 1)
    with pytest.raises(EditError, match="no operation"):
        undone.undo("b", 2)
    with pytest.raises(EditError, match="is not undone"):
        undone.redo("b", 1).redo("b", 1)


def test_disjoint_operations_made_at_the_same_version_are_both_taken(history: History) -> None:
    first = history.perform(TO_NORTH, "a")
    both = first.perform_seen(AssignOfficer(grid=WEST_GRID, officer="O9"), "b", 0)
    assert both.plan.grid_of["K01"] == NORTH_GRID
    assert both.plan.officers[WEST_GRID] == "O9"


def test_overlapping_operations_name_the_items_and_the_other_step(history: History) -> None:
    first = history.perform(TO_NORTH, "a")
    with pytest.raises(OverlapError) as caught:
        first.perform_seen(MergeGrids(grids=(NORTH_GRID,), into=WEST_GRID), "b", 0)
    (clash,) = caught.value.clashes
    assert clash.done.step.actor == "a"
    assert f"grids/{NORTH_GRID}" in caught.value.ids


def test_a_split_does_not_take_along_a_block_its_planner_never_saw_there(
    history: History,
) -> None:
    first = history.perform(PaintBlocks(blocks=("K02",), grid=WEST_GRID), "a")
    line = (at(1.25, -0.5), at(1.25, 2.5))
    mine = SplitGrid(grid=WEST_GRID, line=line, name="东", code=f"{WEST_GRID[:12]}004")
    with pytest.raises(OverlapError, match="grid_of/K02"):
        first.perform_seen(mine, "b", 0)


def test_a_block_painted_by_two_planners_is_not_silently_given_to_the_later(
    history: History,
) -> None:
    first = history.perform(PaintBlocks(blocks=("K11",), grid=NORTH_GRID), "a")
    mine = PaintBlocks(blocks=("K11",), grid=grid_code(2, 0), allow=frozenset({Allow.ACROSS}))
    with pytest.raises(OverlapError):
        first.perform_seen(mine, "b", 0)
