"""
How long one edit of a plan takes in a city of 20,000 blocks.

    python bench/edit.py engine [--columns 200] [--rows 100] [--edits 1000] [--behind 0]
    python bench/edit.py sequences [--count 10000] [--seed 0]

`engine` makes a city whose borders wobble (40 vertices a block), 200 grids of 100 blocks, and
performs a mix of operations one after another, each on the plan the last one left; every tenth is
undone. Prints median, 95th percentile and worst for each kind. The plan is proven after each edit
(`gis.edit.invariants`); that is part of the time. With `--behind 20` each is made at the version
twenty edits ago, as those of one of twenty planners are.

`sequences` runs the machine of the tests: random sequences of 20 operations by two planners.
"""

import argparse
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable  # noqa: TC003 - no type checker runs here
from pathlib import Path

import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gis.edit import (
    Allow,
    Block,
    Buildings,
    CutBlock,
    EditError,
    GridName,
    GridRecord,
    History,
    InsertVertex,
    MergeGrids,
    MoveVertex,
    Operation,
    PaintBlocks,
    People,
    Plan,
    RenameGrid,
    SplitGrid,
    full_digest,
    make_ground,
    make_plan,
)
from gis.partition import geometries

WEST, SOUTH, SIDE = 111.7, 37.2, 0.001  # degrees; a block is about 90 by 110 m
STEPS = 10  # vertices on each side of a block
IN_GRID = 10  # blocks on each side of a grid
Shape = shapely.Polygon


def wobbly_block(column: int, row: int) -> Shape:
    """Make a block whose borders wobble the same way from both sides."""
    corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
    ring: list[tuple[float, float]] = []
    for (c0, r0), (c1, r1) in zip(corners, corners[1:] + corners[:1], strict=True):
        back = (c1, r1) < (c0, r0)
        (a, b), (c, d) = ((c1, r1), (c0, r0)) if back else ((c0, r0), (c1, r1))
        t = np.arange(STEPS + 1) / STEPS
        off = 0.02 * np.sin(2 * np.pi * t + 7 * a + 3 * b) * (b + d > 0) * np.sin(np.pi * t)
        x, y = a + (c - a) * t + off * (d - b), b + (d - b) * t + off * (c - a)
        line = [*zip((WEST + x * SIDE).tolist(), (SOUTH + y * SIDE).tolist(), strict=True)]
        ring.extend(line[::-1][:-1] if back else line[:-1])
    return Shape(ring)


def make_city(columns: int, rows: int) -> Plan:
    """Make a plan of columns by rows blocks; communities are 50 blocks wide and 10 high."""
    cells = [(c, r) for c in range(columns) for r in range(rows)]
    people = [People(20, 60 + c % 7, 12) for c, _ in cells]
    code = {
        (c, r): f"141182{1 + r // 10:03d}{1 + c // 50:03d}{1 + c % 50 // IN_GRID:03d}"
        for c, r in cells
    }
    blocks = {
        f"K{c:03d}{r:03d}": Block(wobbly_block(c, r), people[i], buildings=(i,))
        for i, (c, r) in enumerate(cells)
    }
    boxes = shapely.box(
        *np.array([[c + 0.4, r + 0.4, c + 0.6, r + 0.6] for c, r in cells]).T * SIDE
        + np.array([[WEST], [SOUTH], [WEST], [SOUTH]])
    )
    buildings = Buildings(tuple(f"B{c}-{r}" for c, r in cells), geometries(boxes), tuple(people))
    grids = {each: GridRecord(each[:12]) for each in code.values()}
    return make_plan(
        make_ground(blocks, buildings, {each[:12] for each in grids}, "EPSG:4546"),
        {f"K{c:03d}{r:03d}": code[c, r] for c, r in cells},
        grids,
        {each: GridName(each) for each in grids},
    )


def place(column: float, row: float) -> tuple[float, float]:
    """Return a place by column and row."""
    return WEST + column * SIDE, SOUTH + row * SIDE


class Planner:
    """Thinks of operations; some are refused, as a planner's are."""

    def __init__(self, columns: int, rows: int, seed: int) -> None:
        self.columns, self.rows, self.random = columns, rows, random.Random(seed)
        self.serial: dict[str, int] = defaultdict(lambda: 500)

    def code(self, community: str) -> str:
        """Return a grid code that was never used."""
        self.serial[community] += 1
        return f"{community}{self.serial[community]}"

    def paint(self, plan: Plan) -> Operation:
        """Paint a block over to the grid of a neighbour."""
        c, r = self.random.randrange(self.columns - 1), self.random.randrange(self.rows)
        c -= c % IN_GRID - IN_GRID + 1
        c = min(c, self.columns - 2)
        to = plan.grid_of[f"K{c + 1:03d}{r:03d}"]
        return PaintBlocks(
            blocks=(f"K{c:03d}{r:03d}",), grid=to, allow=frozenset({Allow.ACROSS, Allow.BROKEN})
        )

    def cut(self, _plan: Plan) -> Operation:
        """Cut a block beside its building."""
        c, r = self.random.randrange(self.columns), self.random.randrange(self.rows)
        across = self.random.uniform(0.1, 0.3)
        return CutBlock(
            block=f"K{c:03d}{r:03d}", line=(place(c - 0.3, r + across), place(c + 1.3, r + across))
        )

    def move_vertex(self, plan: Plan) -> Operation:
        """Move a vertex by a few metres."""
        block = self.random.choice(plan.index.codes)
        x, y = self.random.choice(shapely.get_coordinates(plan.shapes[block].shape).tolist())
        return MoveVertex(at=(x, y), to=(x + 2e-6, y + 3e-6))

    def insert_vertex(self, plan: Plan) -> Operation:
        """Insert a vertex in the middle of an edge."""
        block = self.random.choice(plan.index.codes)
        xy = shapely.get_coordinates(plan.shapes[block].shape)
        i = self.random.randrange(len(xy) - 1)
        lon, lat = ((xy[i] + xy[i + 1]) / 2).tolist()
        return InsertVertex(at=(lon, lat))

    def split(self, plan: Plan) -> Operation:
        """Split a grid in the middle."""
        grid = self.random.choice(sorted(plan.grids))
        west, south, east, north = plan.dissolved[grid].bounds
        x = (west + east) / 2
        line = ((x, south - SIDE), (x, north + SIDE))
        return SplitGrid(
            grid=grid, line=line, name="new", code=self.code(grid[:12]), cut_blocks=False
        )

    def merge(self, plan: Plan) -> Operation:
        """Merge two grids of a community."""
        into = self.random.choice(sorted(plan.grids))
        others = [each for each in plan.grids if each[:12] == into[:12] and each != into]
        return MergeGrids(grids=(self.random.choice(others or [into]),), into=into)

    def rename(self, plan: Plan) -> Operation:
        """Rename a grid."""
        grid = self.random.choice(sorted(plan.grids))
        return RenameGrid(grid=grid, name=f"grid {self.random.random():.6f}")

    def think(self, plan: Plan) -> Operation:
        """Think of an operation: mostly painting, and of everything some."""
        kinds: list[Callable[[Plan], Operation]] = [
            self.paint, self.cut, self.move_vertex, self.insert_vertex, self.split, self.merge,
            self.rename,
        ]  # fmt: skip
        return self.random.choices(kinds, [8, 3, 4, 2, 1, 1, 1])[0](plan)


def report(times: dict[str, list[float]]) -> None:
    """Print the times of each kind and of all."""
    times = {**times, "all": [each for kind in times.values() for each in kind]}
    print(f"{'kind':<14}{'n':>6}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}")
    for kind, of_kind in sorted(times.items()):
        p50, p95, worst = np.percentile(of_kind, [50, 95, 100]) * 1000
        print(f"{kind:<14}{len(of_kind):>6}{p50:>9.1f}{p95:>9.1f}{worst:>9.1f}")


def engine(columns: int, rows: int, edits: int, behind: int) -> None:
    """Measure the engine alone."""
    used = time.process_time()
    history = History.of(make_city(columns, rows))
    plan = history.plan
    vertices = shapely.get_num_coordinates([b.shape for b in plan.shapes.values()]).sum()
    print(f"{len(plan.shapes):,} blocks, {vertices:,} vertices, {len(plan.grids)} grids: "
          f"opened in {time.process_time() - used:.1f} core-s")  # fmt: skip
    planner, times, refused = Planner(columns, rows, 1), defaultdict(list), 0
    core: list[float] = []
    while sum(map(len, times.values())) < edits:
        operation = planner.think(history.plan)
        began, used = time.perf_counter(), time.process_time()
        try:
            seen = max(0, history.version - behind)
            history = history.perform_seen(operation, "p", seen)
        except EditError:
            refused += 1
            continue
        times[operation.kind].append(time.perf_counter() - began)
        core.append(time.process_time() - used)
        if history.version % 10 == 9:
            began = time.perf_counter()
            history = history.undo("p")
            times["undo"].append(time.perf_counter() - began)
    report(times)
    p50, p95, worst = np.percentile(core, [50, 95, 100]) * 1000
    print(f"processor time of all but undo: p50 {p50:.1f}, p95 {p95:.1f}, max {worst:.1f} ms; "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    began = time.perf_counter()
    agrees = history.plan.digest == full_digest(history.plan)
    seconds = time.perf_counter() - began
    print(f"{refused} refused; the hash counted anew agrees: {agrees} ({seconds:.2f} s)")


def sequences(count: int, seed: int) -> None:
    """Run random sequences of operations by two planners; a failing one is shrunk and shown."""
    from hypothesis import HealthCheck, settings  # noqa: PLC0415 - only here
    from hypothesis import seed as seeded  # noqa: PLC0415
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415

    from tests.gis.edit.machine import TwoPlanners  # noqa: PLC0415

    used = time.process_time()
    run_state_machine_as_test(
        seeded(seed)(TwoPlanners),
        settings=settings(
            max_examples=count,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    print(f"{count:,} sequences, no invariant broken, {time.process_time() - used:.0f} core-s")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["engine", "sequences"])
    parser.add_argument("--columns", type=int, default=200)
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--edits", type=int, default=1000)
    parser.add_argument("--behind", type=int, default=0)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if given.what == "engine":
        engine(given.columns, given.rows, given.edits, given.behind)
    else:
        sequences(given.count, given.seed)


if __name__ == "__main__":
    main()
