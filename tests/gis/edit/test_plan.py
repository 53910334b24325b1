"""The plan as a value: its hash, its figures, what is where."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gis.edit import (
    Allow,
    Block,
    Buildings,
    CutBlock,
    EditError,
    GridName,
    GridRecord,
    PaintBlocks,
    apply,
    full_digest,
    make_ground,
    make_plan,
)
from gis.edit.items import in_one, reverse
from gis.edit.plan import MOST_MOVED
from tests.plans import COMMUNITIES, PLANE, at, block_code, grid_code, toy_plan
from tests.worlds import square


def test_the_figures_of_a_square_grid_are_those_of_a_square() -> None:
    figures = toy_plan().figures[grid_code(0, 0)]
    assert figures.people == (20, 10 + 11 + 16 + 17, 3 + 3 + 5 + 5)
    assert figures.blocks == 4
    assert figures.area_m2 == pytest.approx(2 * 86.7 * 2 * 108.4, rel=0.01)
    assert figures.compactness == pytest.approx(math.pi / 4, rel=0.02)
    assert figures.contiguous


def test_points_are_found_in_blocks_also_after_a_cut() -> None:
    plan = apply(toy_plan(), CutBlock(block="K11", line=(at(0.75, 1.25), at(2.25, 1.25)))).plan
    lon, lat = np.array([at(0.5, 0.5), at(1.5, 1.5), at(1.5, 1.125), at(9, 9), at(1, 0.5)]).T
    assert plan.find_blocks(lon, lat) == [["K00"], ["K11"], ["K11.1"], [], ["K00", "K10"]]
    assert plan.find_grids(lon, lat) == [grid_code(0, 0)] * 3 + [None, grid_code(0, 0)]


def test_a_box_finds_its_blocks_before_and_after_the_index_is_made_anew() -> None:
    blocks = {f"K{c}-{r}": Block(square(c, r)) for c in range(20) for r in range(20)}
    code = grid_code(0, 0)
    plan = make_plan(
        make_ground(blocks, Buildings(), COMMUNITIES[:1], PLANE),
        dict.fromkeys(blocks, code), {code: GridRecord(COMMUNITIES[0])}, {code: GridName("x")},
    )  # fmt: skip
    steps = []
    for n in range(MOST_MOVED // 2 + 2):
        c, r = n % 20, n // 20
        line = (at(c - 0.25, r + 0.25), at(c + 1.25, r + 0.25))
        applied = apply(plan, CutBlock(block=f"K{c}-{r}", line=line))
        plan = applied.plan
        steps.append(applied)
        box = (*at(c + 0.1, r + 0.1), *at(c + 0.2, r + 0.2))
        assert len(plan.in_box(box)) == 1
    assert len(plan.moved) < MOST_MOVED
    assert plan.index is not plan.ground.index
    assert plan.digest == full_digest(plan)
    made_anew = next(n for n, step in enumerate(steps) if step.plan.index is plan.index)
    back = in_one([step.changes for step in steps[made_anew:]])
    before = plan.changed(reverse(back))  # its index has a piece that it has not
    assert before.index is plan.index
    c, r = made_anew % 20, made_anew // 20
    assert before.in_box((*at(c + 0.1, r + 0.1), *at(c + 0.2, r + 0.2))) == [f"K{c}-{r}"]
    assert before.find_blocks(*np.array([at(c + 0.5, r + 0.125)]).T) == [[f"K{c}-{r}"]]


def test_the_same_operations_in_another_order_give_the_same_hash() -> None:
    there = PaintBlocks(blocks=(block_code(0, 1),), grid=grid_code(0, 2))
    here = PaintBlocks(
        blocks=(block_code(5, 1),), grid=grid_code(5, 2), allow=frozenset({Allow.BROKEN})
    )
    one = apply(apply(toy_plan(), there).plan, here).plan
    other = apply(apply(toy_plan(), here).plan, there).plan
    assert one.hash == other.hash != toy_plan().hash


def test_a_block_without_grid_and_a_grid_without_block_are_refused() -> None:
    ground = make_ground({"K": Block(square(0, 0))}, Buildings(), COMMUNITIES, PLANE)
    grid = grid_code(0, 0)
    with pytest.raises(EditError, match="K: each block must"):
        make_plan(ground, {}, {}, {})
    with pytest.raises(EditError, match=grid):
        make_plan(ground, {}, {grid: GridRecord(COMMUNITIES[0])}, {grid: GridName("x")})
