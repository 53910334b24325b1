"""Two planners at one draft, whatever they do and in whatever order: a machine for Hypothesis."""

from __future__ import annotations

import shapely
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gis.edit import (
    Allow,
    ApplyBalance,
    AssignOfficer,
    CutBlock,
    EditError,
    History,
    InsertVertex,
    MergeGrids,
    MoveVertex,
    NewGrid,
    Operation,
    OverlapError,
    PaintBlocks,
    RemoveVertex,
    RenameGrid,
    SimplifyBorders,
    SplitGrid,
    TransferCompound,
    full_digest,
    reverse,
)
from gis.edit.performing import sketch
from tests.plans import COMMUNITIES, SIZE, at, block_code, grid_code, toy_plan

quarters = st.integers(-2, 4 * SIZE + 2).map(lambda n: n / 4)
points = st.builds(at, quarters, quarters)
corners = st.builds(at, st.integers(1, SIZE - 1), st.integers(1, SIZE - 1))
lines = st.lists(points, min_size=2, max_size=3).map(tuple)
squares = st.builds(block_code, st.integers(0, SIZE - 1), st.integers(0, SIZE - 1))
pieces = st.builds(lambda code, n: f"{code}.{n}", squares, st.integers(1, 2))
blocks = st.one_of(squares, squares, squares, pieces)
pairs = st.builds(
    lambda c, r, up: (block_code(c, r), block_code(c, r + 1) if up else block_code(c + 1, r)),
    st.integers(0, SIZE - 2), st.integers(0, SIZE - 2), st.booleans(),
)  # fmt: skip
some_blocks = st.one_of(squares.map(lambda code: (code,)), pairs, st.tuples(blocks, blocks))
first_grids = st.builds(grid_code, st.integers(0, SIZE - 1), st.integers(0, SIZE - 1))
codes = st.builds(lambda c, n: f"{c}00{n}", st.sampled_from(COMMUNITIES), st.integers(3, 9))
grids = st.one_of(first_grids, first_grids, first_grids, codes)
allow = st.one_of(st.just(frozenset(Allow)), st.frozensets(st.sampled_from(Allow)))
names = st.sampled_from(["东街网格", "西街网格", "北街网格", ""])
on_borders = st.builds(
    lambda line, along, upright: at(line, along) if upright else at(along, line),
    st.integers(1, SIZE - 1), quarters, st.booleans(),
)  # fmt: skip


def across(code: str, part: float, *, upright: bool) -> tuple[tuple[float, float], ...]:
    """Make a line across a square of the lattice and a little beyond."""
    column, row = int(code[1]), int(code[2])
    if upright:
        return at(column + part, row - 0.25), at(column + part, row + 1.25)
    return at(column - 0.25, row + part), at(column + 1.25, row + part)


def through(grid: str, part: float, *, upright: bool) -> tuple[tuple[float, float], ...]:
    """Make a line through one of the first grids."""
    column, row = 2 * COMMUNITIES.index(grid[:12]), 2 * (int(grid[-1]) - 1)
    if upright:
        return at(column + part, row - 1), at(column + part, row + 3)
    return at(column - 1, row + part), at(column + 3, row + part)


halves = st.sampled_from([0.125, 0.25, 0.75])
assigning: st.SearchStrategy[Operation] = st.one_of(
    st.builds(PaintBlocks, blocks=some_blocks, grid=grids, allow=allow),
    st.builds(MergeGrids, grids=grids.map(lambda code: (code,)), into=grids, allow=allow),
    st.builds(
        NewGrid,
        community=st.sampled_from(COMMUNITIES), name=names, blocks=some_blocks, code=codes,
        allow=allow,
    ),
    st.builds(ApplyBalance, allow=allow,
              assignment=st.dictionaries(squares, grids, min_size=1, max_size=4)),
    st.builds(TransferCompound, compound=st.sampled_from(["C1", "C2"]), grid=grids, allow=allow),
    st.builds(RenameGrid, grid=grids, name=names),
    st.builds(AssignOfficer, grid=grids, officer=st.sampled_from(["O1", "O2", None])),
)  # fmt: skip
drawing: st.SearchStrategy[Operation] = st.one_of(
    st.builds(
        lambda grid, part, upright, cut, code: SplitGrid(
            grid=grid, line=through(grid, part, upright=upright), name="新", code=grid[:12] + code,
            cut_blocks=cut, allow=frozenset(Allow),
        ),
        first_grids, st.sampled_from([0.25, 0.75, 1, 1.25]), st.booleans(), st.booleans(),
        st.sampled_from(["004", "005", "006", "007", "008"]),
    ),
    st.builds(CutBlock, block=blocks, line=lines, allow=allow),
    st.builds(
        lambda code, part, upright: CutBlock(
            block=code, line=across(code, part, upright=upright), allow=frozenset(Allow)
        ),
        squares, halves, st.booleans(),
    ),
    st.builds(MoveVertex, at=st.one_of(corners, on_borders), to=points),
    st.builds(
        lambda c, r, dx, dy: MoveVertex(at=at(c, r), to=at(c + dx, r + dy)),
        st.integers(1, SIZE - 1), st.integers(1, SIZE - 1),
        st.sampled_from([-0.25, 0.125, 0.25]), st.sampled_from([-0.125, 0.25, 0.375]),
    ),
    st.builds(InsertVertex, at=on_borders),
    st.builds(RemoveVertex, at=on_borders),
    st.builds(SimplifyBorders, tolerance_m=st.sampled_from([5.0, 30.0]),
              grids=st.lists(first_grids, max_size=1).map(tuple)),
)  # fmt: skip


class TwoPlanners(RuleBasedStateMachine):
    """Two planners, each looking at a version that may be behind."""

    def __init__(self) -> None:
        super().__init__()
        self.history = History.of(toy_plan())
        self.seen = {"a": 0, "b": 0}

    planners = st.sampled_from(["a", "b"])

    @rule(planner=planners)
    def look(self, planner: str) -> None:
        """See what the other has done."""
        self.seen[planner] = self.history.version

    @rule(planner=planners, operation=assigning)
    def assign(self, planner: str, operation: Operation) -> None:
        """Say which block belongs to which grid."""
        self.perform(planner, operation)

    @rule(planner=planners, operation=drawing)
    def draw(self, planner: str, operation: Operation) -> None:
        """Draw borders."""
        self.perform(planner, operation)

    @rule(planner=planners, which=st.integers(0, 99))
    def remove(self, planner: str, which: int) -> None:
        """Remove a vertex that was drawn here."""
        corners_of = {at(c, r) for c in range(SIZE + 1) for r in range(SIZE + 1)}
        shapes = [self.history.plan.shapes[code].shape for code in sorted(self.history.plan.shapes)]
        drawn = sorted({(x, y) for x, y in shapely.get_coordinates(shapes).tolist()} - corners_of)
        if drawn:
            self.perform(planner, RemoveVertex(at=drawn[which % len(drawn)]))

    def perform(self, planner: str, operation: Operation) -> None:
        """Do something, which is taken, refused, or meets what the other did."""
        before, seen = self.history, self.seen[planner]
        try:
            after = before.perform_seen(operation, planner, seen)
        except OverlapError as error:
            refused: EditError | None = error
        except EditError as error:
            refused = error
        else:
            refused = None
        if refused is not None:
            assert refused.zh
            if isinstance(refused, OverlapError):
                assert min(clash.done.step.number for clash in refused.clashes) > seen
            return
        self.history, self.seen[planner] = after, after.version
        changes = after.done[-1].changes
        assert after.plan.changed(reverse(changes)).hash == before.plan.hash
        if seen != before.version:  # it did what it would have done where it was made
            there = sketch(before.sketch_at(seen), operation)
            assert there.changes.keys() == sketch(before.plan_at(seen), operation).changes.keys()
            assert there.changes.keys() == changes.keys()
            for item, (_, value) in changes.items():
                if item.table != "shapes":
                    assert there.changes[item][1] == value

    @rule(planner=planners, again=st.booleans())
    def undo_or_redo(self, planner: str, again: bool) -> None:  # noqa: FBT001 - drawn by name
        """Take back the planner's last operation, or do again what was taken back."""
        before = self.history
        try:
            self.history = before.redo(planner) if again else before.undo(planner)
        except EditError:
            return
        number = self.history.done[-1].step.of
        assert number is not None
        if number == before.version:
            assert self.history.plan.hash == before.plan_at(number - 1).hash
        if again and before.done[-1].step.of == number:
            assert self.history.plan.hash == before.plan_at(before.version - 1).hash

    @invariant()
    def the_ground_is_covered_once(self) -> None:
        """Blocks meet edge to edge and cover what they covered at first."""
        plan = self.history.plan
        shapes = [block.shape for block in plan.shapes.values()]
        first = shapely.coverage_union_all([b.shape for b in plan.ground.blocks.values()])
        assert shapely.coverage_is_valid(shapes)
        assert abs(sum(shape.area for shape in shapes) - first.area) < 1e-12 * first.area
        assert shapely.union_all(shapes).symmetric_difference(first).area < 1e-12 * first.area

    @invariant()
    def nobody_is_lost(self) -> None:
        """People and buildings are where they were, each once."""
        plan = self.history.plan
        held = [row for block in plan.shapes.values() for row in block.buildings]
        assert sorted(held) == [*range(len(plan.ground.buildings.codes))]
        for block in plan.shapes.values():
            for row in block.buildings:
                assert block.shape.covers(plan.ground.buildings.shapes[row])
        assert sum(b.people.residents for b in plan.shapes.values()) == sum(
            b.people.residents for b in plan.ground.blocks.values()
        )

    @invariant()
    def grids_are_their_blocks(self) -> None:
        """Each block is in one grid, each grid has blocks and is dissolved from them."""
        plan = self.history.plan
        assert plan.grid_of.keys() == plan.shapes.keys()
        assert set(plan.grid_of.values()) == plan.grids.keys() == plan.names.keys()
        assert plan.officers.keys() <= plan.grids.keys() <= plan.used
        for code, members in plan.members.items():
            assert {block for block, grid in plan.grid_of.items() if grid == code} == members
            whole = shapely.union_all([plan.shapes[block].shape for block in members])
            assert whole.equals(plan.dissolved[code])
            assert plan.figures[code].people.residents == sum(
                plan.shapes[block].people.residents for block in members
            )
        assert {record.community for record in plan.grids.values()} == set(COMMUNITIES)

    @invariant()
    def the_hash_is_that_of_the_content(self) -> None:
        """Compare what was kept up step by step with what counting anew gives."""
        assert self.history.plan.digest == full_digest(self.history.plan)

    def teardown(self) -> None:
        """Replay gives the same plan, and every version looked at again is what it was."""
        again = History.of(toy_plan())
        hashes = [again.plan.hash]
        for done in self.history.done:
            again = again.take(done.step)
            hashes.append(again.plan.hash)
        assert again.plan.hash == self.history.plan.hash
        for version in (0, self.history.version // 2):
            then = self.history.at(version)
            assert then.plan.hash == hashes[version]
            assert then.version == version
