"""Each way a plan can be wrong is seen and named; a right plan passes."""

from dataclasses import fields, replace

import numpy as np
import pytest

from gis.balance.check import Breach, find_violations, guard
from gis.balance.problem import Figures, Plan, Problem
from gis.errors import BalanceError
from tests.blocks import drawn, lattice

FIELD = [[10, 10, 10, 10], [10, 10, 10, 10]]
TODAY = ["aabb", "aabb"]


def breaches(problem: Problem, plan: Plan) -> list[tuple[Breach, str, tuple[str, ...]]]:
    return [(found.breach, found.grid, found.blocks) for found in find_violations(problem, plan)]


def test_a_valid_plan_passes_as_it_is() -> None:
    problem = lattice(FIELD, TODAY)
    plan = drawn(problem, *TODAY)
    assert guard(problem, plan) is plan


def test_a_grid_in_two_pieces_is_broken_and_the_smaller_piece_named() -> None:
    problem = lattice(FIELD, TODAY)
    plan = drawn(problem, "aaba", "abbb")
    assert breaches(problem, plan) == [(Breach.BROKEN, "a", ("r0c3",))]


def test_blocks_that_meet_at_a_corner_only_are_not_connected() -> None:
    problem = lattice([[1, 1], [1, 1]])
    assert [found[0] for found in breaches(problem, drawn(problem, "ab", "ba"))] == [
        Breach.BROKEN
    ] * 2


def test_a_bridge_connects_what_a_river_parts() -> None:
    river = [("r0c0", "r0c1"), ("r1c0", "r1c1")]
    whole = ["ab", "ab"], ["aa", "bb"]
    for grids in whole:
        dry = lattice([[1, 1], [1, 1]], apart=river)
        bridged = lattice([[1, 1], [1, 1]], apart=river, links=[("r0c0", "r0c1"), ("r1c0", "r1c1")])
        assert bool(breaches(dry, drawn(dry, *grids))) == (grids == ["aa", "bb"])
        assert not breaches(bridged, drawn(bridged, *grids))


def test_a_grid_across_parents_is_named_with_the_foreign_blocks() -> None:
    problem = lattice(FIELD, parents=["ppqq", "ppqq"], k=1)
    plan = replace(drawn(problem, "aabb", "aabb"), grid=np.array([0, 0, 0, 1, 0, 0, 1, 1]))
    assert (Breach.ACROSS_PARENTS, "a", ("r0c2",)) in breaches(problem, plan)


def test_one_grid_too_few_or_too_many_is_counted_for_its_parent() -> None:
    problem = lattice(FIELD, TODAY, k=3)
    (found,) = find_violations(problem, drawn(problem, *TODAY))
    assert (found.breach, found.grid, found.detail) == (Breach.NUMBER_OF_GRIDS, "p", "2 ≠ 3")


def test_a_grid_without_blocks_is_empty() -> None:
    problem = lattice(FIELD, TODAY)
    plan = drawn(problem, *TODAY)
    figures = replace(
        plan.figures,
        weights=np.vstack([plan.figures.weights, [[0.0]]]),
        deviation=np.vstack([plan.figures.deviation, [[-1.0]]]),
        outside=np.append(plan.figures.outside, True),
    )
    more = Plan(plan.grid, ("a", "b", "c"), np.array([0, 0, 0]), figures)
    assert breaches(problem, more) == [(Breach.EMPTY, "c", ())]


@pytest.mark.parametrize("wrong", [-1, 2])
def test_a_block_in_no_grid_or_one_that_does_not_exist_is_named(wrong: int) -> None:
    problem = lattice(FIELD, TODAY)
    plan = drawn(problem, *TODAY)
    grid = plan.grid.copy()
    grid[5] = wrong
    assert breaches(problem, replace(plan, grid=grid)) == [(Breach.NO_GRID, "", ("r1c1",))]


def test_a_plan_for_fewer_blocks_is_none() -> None:
    problem = lattice(FIELD, TODAY)
    plan = drawn(problem, *TODAY)
    (found,) = find_violations(problem, replace(plan, grid=plan.grid[:-1]))
    assert found.breach is Breach.NO_GRID


def test_a_code_used_twice_is_seen() -> None:
    problem = lattice(FIELD, TODAY)
    plan = replace(drawn(problem, *TODAY), codes=("a", "a"))
    assert breaches(problem, plan) == [(Breach.GRID_CODES, "a", ())]


def test_an_atom_in_two_grids_is_split() -> None:
    problem = lattice(FIELD, TODAY, together=[["r0c1", "r0c2"]])
    assert breaches(problem, drawn(problem, *TODAY)) == [(Breach.ATOM_SPLIT, "", ("r0c1", "r0c2"))]


def test_blocks_of_an_atom_connect_although_they_are_no_neighbours() -> None:
    problem = lattice([[10, 10, 10]], together=[["r0c0", "r0c2"]])
    assert not breaches(problem, drawn(problem, "aba"))


def test_a_locked_block_that_left_its_grid_is_named() -> None:
    problem = lattice(FIELD, TODAY, locked=["r0c2"])
    assert breaches(problem, drawn(problem, "aaab", "aabb")) == [(Breach.LOCK_LOST, "b", ("r0c2",))]


def test_a_grid_locked_whole_takes_nothing_in() -> None:
    problem = lattice(FIELD, TODAY, locked=["r0c0", "r0c1", "r1c0", "r1c1"])
    assert breaches(problem, drawn(problem, "aaab", "aabb")) == [
        (Breach.LOCKED_GRID_CHANGED, "a", ("r0c2",))
    ]


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("weights", [[41.0], [40.0]]),
        ("deviation", [[0.01], [0.0]]),
        ("outside", [True, False]),
        ("border_m", 199.0),
        ("moved", 10.0),
        ("moved_share", 0.1),
    ],
)
def test_a_figure_that_is_not_the_plans_is_named(figure: str, value: object) -> None:
    problem = lattice(FIELD, TODAY)
    plan = drawn(problem, *TODAY)
    parts = {part.name: getattr(plan.figures, part.name) for part in fields(Figures)}
    parts[figure] = value if isinstance(value, float) else np.array(value)
    wrong = replace(plan, figures=Figures(**parts))
    assert breaches(problem, wrong) == [(Breach.FIGURES, figure, ())]


def test_the_guard_says_which_grid_and_which_block() -> None:
    problem = lattice(FIELD, TODAY)
    with pytest.raises(BalanceError, match="grid a is in 2 pieces: block r0c3 lies apart"):
        guard(problem, drawn(problem, "aaba", "abbb"))


def test_a_violation_is_told_in_chinese_and_english() -> None:
    problem = lattice(FIELD, TODAY, together=[["r0c0", "r0c2", "r1c0", "r1c2"]])
    (found,) = find_violations(problem, drawn(problem, *TODAY))
    assert found.in_words() == (
        "地块r0c0、r0c2、r1c0等 4 个须在同一网格，却被拆开",
        "blocks r0c0, r0c2, r1c0 and 1 more must stay together and do not",
    )
