"""One operation on the toy plan: what it does, and what it refuses and why."""

from __future__ import annotations

import pytest
import shapely

from gis.edit import (
    Allow,
    ApplyBalance,
    AssignOfficer,
    ClashError,
    EditError,
    MergeGrids,
    MoveVertex,
    NewGrid,
    Operation,
    PaintBlocks,
    Plan,
    RenameGrid,
    TransferCompound,
    apply,
    full_digest,
    reverse,
)
from gis.errors import CoordinateError
from tests.plans import COMMUNITIES, at, grid_code, toy_plan

WEST_GRID, NORTH_GRID, EAST_GRID = grid_code(0, 0), grid_code(0, 2), grid_code(2, 0)
FRESH = f"{COMMUNITIES[0]}004"
PAINT = PaintBlocks(blocks=("K01",), grid=NORTH_GRID)


@pytest.fixture
def plan() -> Plan:
    return toy_plan()


def refusal(plan: Plan, operation: Operation) -> EditError:
    with pytest.raises(EditError) as caught:
        apply(plan, operation)
    return caught.value


def test_painting_moves_a_block_with_its_people_and_its_ground(plan: Plan) -> None:
    after = apply(plan, PAINT).plan
    assert after.grid_of["K01"] == NORTH_GRID
    assert after.figures[NORTH_GRID].people.residents == 28 + 29 + 22 + 23 + 16
    assert after.dissolved[NORTH_GRID].covers(plan.shapes["K01"].shape)
    assert not after.dissolved[WEST_GRID].covers(plan.shapes["K01"].shape)


def test_the_plan_before_is_not_changed(plan: Plan) -> None:
    before = plan.hash
    apply(plan, PAINT)
    assert plan.grid_of["K01"] == WEST_GRID
    assert plan.digest == full_digest(plan)
    assert plan.hash == before


def test_reversed_changes_are_refused_where_something_else_came_between(plan: Plan) -> None:
    done = apply(plan, PAINT)
    other = apply(done.plan, PaintBlocks(blocks=("K01",), grid=WEST_GRID)).plan
    with pytest.raises(ClashError, match="grid_of/K01 was changed since"):
        other.changed(reverse(done.changes))


def test_a_grid_that_would_break_is_named_with_what_to_allow(plan: Plan) -> None:
    broken = PaintBlocks(blocks=("K00", "K11"), grid=NORTH_GRID)
    error = refusal(plan, broken)
    assert error.ids == (WEST_GRID, NORTH_GRID)
    assert error.allow is Allow.BROKEN
    allowed = PaintBlocks(blocks=("K00", "K11"), grid=NORTH_GRID, allow=frozenset({Allow.BROKEN}))
    done = apply(plan, allowed)
    assert done.parts == {WEST_GRID: (1, 2), NORTH_GRID: (1, 2)}
    assert not done.plan.figures[WEST_GRID].contiguous


def test_a_grid_in_two_parts_may_stay_so(plan: Plan) -> None:
    allowed = PaintBlocks(blocks=("K00", "K11"), grid=NORTH_GRID, allow=frozenset({Allow.BROKEN}))
    in_two = apply(plan, allowed).plan
    assert (
        apply(in_two, RenameGrid(grid=WEST_GRID, name="两处")).plan.names[WEST_GRID].name == "两处"
    )
    assert apply(in_two, PaintBlocks(blocks=("K00",), grid=WEST_GRID)).parts[WEST_GRID] == (2, 1)


def test_blocks_touching_at_a_corner_do_not_hang_together(plan: Plan) -> None:
    corner = PaintBlocks(blocks=("K22",), grid=WEST_GRID, allow=frozenset({Allow.ACROSS}))
    assert refusal(plan, corner).ids == (WEST_GRID,)


def test_a_block_does_not_leave_its_community_by_mistake(plan: Plan) -> None:
    error = refusal(plan, PaintBlocks(blocks=("K20",), grid=WEST_GRID))
    assert (error.ids, error.allow) == (("K20",), Allow.ACROSS)
    after = apply(
        plan, PaintBlocks(blocks=("K20",), grid=WEST_GRID, allow=frozenset({Allow.ACROSS}))
    ).plan
    west = after.communities(COMMUNITIES)[COMMUNITIES[0]]
    assert west.equals(shapely.union_all([after.dissolved[grid_code(0, r)] for r in (0, 2, 4)]))
    assert west.covers(plan.shapes["K20"].shape)


def test_a_community_is_not_broken_by_blocks_that_leave_it(plan: Plan) -> None:
    row = tuple(f"K{c}3" for c in (0, 1))
    cut_off = PaintBlocks(blocks=row, grid=grid_code(2, 2), allow=frozenset({Allow.ACROSS}))
    assert refusal(plan, cut_off).ids == (COMMUNITIES[0],)


def test_the_last_block_of_a_grid_closes_it_only_if_allowed(plan: Plan) -> None:
    blocks = ("K00", "K01", "K10", "K11")
    error = refusal(plan, PaintBlocks(blocks=blocks, grid=NORTH_GRID))
    assert (error.ids, error.allow) == ((WEST_GRID,), Allow.EMPTIED)
    closing = PaintBlocks(blocks=blocks, grid=NORTH_GRID, allow=frozenset({Allow.EMPTIED}))
    after = apply(plan, closing).plan
    assert WEST_GRID not in after.grids.keys() | after.names.keys() | after.officers.keys()


def test_a_community_keeps_its_last_grid(plan: Plan) -> None:
    merged = apply(plan, MergeGrids(grids=(NORTH_GRID, grid_code(0, 4)), into=WEST_GRID)).plan
    everything = tuple(sorted(merged.members[WEST_GRID]))
    away = PaintBlocks(blocks=everything, grid=EAST_GRID, allow=frozenset(Allow))
    assert refusal(merged, away).ids == (COMMUNITIES[0],)


def test_a_merge_keeps_name_and_officer_of_the_one_that_stays(plan: Plan) -> None:
    after = apply(plan, MergeGrids(grids=(WEST_GRID, NORTH_GRID), into=WEST_GRID)).plan
    assert after.officers == {WEST_GRID: "O1"}
    assert after.figures[WEST_GRID].blocks == 8
    assert NORTH_GRID not in after.grids


def test_grids_that_do_not_touch_are_not_merged(plan: Plan) -> None:
    assert refusal(plan, MergeGrids(grids=(grid_code(0, 4),), into=WEST_GRID)).allow is Allow.BROKEN


def test_a_merge_across_communities_is_refused(plan: Plan) -> None:
    assert refusal(plan, MergeGrids(grids=(EAST_GRID,), into=WEST_GRID)).allow is Allow.ACROSS


def test_a_new_grid_has_a_new_code_of_its_community(plan: Plan) -> None:
    new = NewGrid(community=COMMUNITIES[0], name="桥东", blocks=("K00", "K10"), code=FRESH)
    after = apply(plan, new).plan
    assert after.members[FRESH] == {"K00", "K10"}
    for code in (WEST_GRID, f"{COMMUNITIES[1]}009", "4", ""):
        with pytest.raises(EditError, match="cannot be the code of a new grid"):
            apply(plan, NewGrid(community=COMMUNITIES[0], name="x", blocks=("K00",), code=code))


def test_a_code_is_not_used_again_after_its_grid_was_merged_or_undone(plan: Plan) -> None:
    new = NewGrid(community=COMMUNITIES[0], name="桥东", blocks=("K00", "K10"), code=FRESH)
    done = apply(plan, new)
    merged = apply(done.plan, MergeGrids(grids=(FRESH,), into=WEST_GRID)).plan
    undone = done.plan.changed(reverse(done.changes))
    for later in (merged, undone):
        assert refusal(later, new).ids == (FRESH,)


def test_a_compound_is_transferred_whole(plan: Plan) -> None:
    after = apply(plan, TransferCompound(compound="C1", grid=NORTH_GRID,
                                         allow=frozenset({Allow.BROKEN}))).plan  # fmt: skip
    assert after.grid_of["K00"] == NORTH_GRID
    assert refusal(plan, TransferCompound(compound="C9", grid=NORTH_GRID)).ids == ("C9",)


def test_a_balance_is_one_step(plan: Plan) -> None:
    swap = {"K00": NORTH_GRID, "K01": NORTH_GRID, "K12": WEST_GRID, "K13": grid_code(0, 4)}
    done = apply(plan, ApplyBalance(assignment=swap))
    assert {block: done.plan.grid_of[block] for block in swap} == swap
    assert done.plan.changed(reverse(done.changes)).hash == plan.hash


def test_what_changes_nothing_is_refused(plan: Plan) -> None:
    assert "nothing to change" in str(refusal(plan, PaintBlocks(blocks=("K00",), grid=WEST_GRID)))
    assert "nothing to change" in str(refusal(plan, AssignOfficer(grid=WEST_GRID, officer="O1")))


@pytest.mark.parametrize(
    ("operation", "named"),
    [
        (PaintBlocks(blocks=("K99",), grid=WEST_GRID), "K99"),
        (PaintBlocks(blocks=("K00",), grid=FRESH), FRESH),
        (MergeGrids(grids=(FRESH,), into=WEST_GRID), FRESH),
        (RenameGrid(grid=FRESH, name="x"), FRESH),
        (RenameGrid(grid=WEST_GRID, name=" "), WEST_GRID),
        (RenameGrid(grid=WEST_GRID, name="长" * 101), WEST_GRID),
        (AssignOfficer(grid=FRESH, officer="O1"), FRESH),
        (NewGrid(community="141182009009", name="x", blocks=("K00",), code="141182009009001"),
         "141182009009"),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_named(plan: Plan, operation: Operation, named: str) -> None:
    error = refusal(plan, operation)
    assert error.ids == (named,)
    assert error.zh != str(error)


def test_a_point_with_lon_and_lat_exchanged_is_refused(plan: Plan) -> None:
    lon, lat = at(2, 2)
    with pytest.raises(CoordinateError, match="swapped"):
        apply(plan, MoveVertex(at=(lat, lon), to=(lon, lat)))
