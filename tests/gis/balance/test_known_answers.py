"""More small cities whose best plan is known, and requests refused by name; all plans checked."""

import numpy as np
import pytest

from gis.balance import Plan, Problem, Settings, balance
from gis.balance.check import guard
from gis.errors import BalanceError
from tests.blocks import lattice

EFFORT_S = 0.05


def solve(problem: Problem, mode: str = "fresh") -> Plan:
    return guard(problem, balance(problem, Settings(mode=mode, effort_s=EFFORT_S)))  # type: ignore[arg-type]


def grid_of(problem: Problem, plan: Plan, block: str) -> str:
    return plan.codes[int(plan.grid[problem.ids.index(block)])]


@pytest.mark.parametrize("mode", ["fresh", "stay-close"])
def test_locked_blocks_stay_and_the_others_make_up_for_it(mode: str) -> None:
    problem = lattice([[10] * 4] * 2, ["aaab", "aaab"], k=2, tolerance=0.0, locked=["r0c0", "r1c0"])
    plan = solve(problem, mode)
    assert grid_of(problem, plan, "r0c0") == grid_of(problem, plan, "r1c0") == "a"
    assert not plan.figures.outside.any()


def test_a_tower_has_a_grid_as_small_as_it_can_be() -> None:
    problem = lattice([[10, 10, 10], [10, 90, 10], [10, 10, 10]], k=2, tolerance=0.1)
    plan = solve(problem)
    tower = plan.grid[problem.ids.index("r1c1")]
    assert plan.figures.weights[tower, 0] == 90


def test_a_ring_is_cut_into_arcs() -> None:
    middle = [("r0c1", "r1c1"), ("r1c0", "r1c1"), ("r1c1", "r1c2")]
    people = [[10, 10, 10], [10, 0, 10], [10, 10, 10]]
    problem = lattice(people, k=4, tolerance=0.0, apart=middle)
    plan = solve(problem)
    assert plan.figures.weights[:, 0].tolist() == [20, 20, 20, 20]


def test_a_city_where_nobody_lives_is_cut_all_the_same() -> None:
    problem = lattice([[0, 0, 0, 0]], k=2, tolerance=0.0)
    assert len(solve(problem).codes) == 2


def test_a_river_without_a_bridge_is_no_border_a_grid_can_cross() -> None:
    river = [("r0c1", "r0c2"), ("r1c1", "r1c2")]
    problem = lattice([[10] * 4] * 2, k=2, tolerance=0.0, apart=river)
    plan = solve(problem)
    assert grid_of(problem, plan, "r0c0") == grid_of(problem, plan, "r1c1")
    assert grid_of(problem, plan, "r0c1") != grid_of(problem, plan, "r0c2")


def test_more_banks_than_grids_is_refused_with_the_parent_named() -> None:
    problem = lattice([[10, 10, 10]], k=2, apart=[("r0c0", "r0c1"), ("r0c1", "r0c2")])
    with pytest.raises(BalanceError, match=r"\bp\b"):
        solve(problem)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 6, 12])
def test_any_number_of_grids_that_divides_the_blocks_comes_out_even(k: int) -> None:
    problem = lattice([[10] * 4] * 3, k=k, tolerance=0.0)
    plan = solve(problem)
    assert len(plan.codes) == k
    assert np.abs(plan.figures.deviation).max() == 0


def test_more_grids_than_blocks_is_refused_with_both_numbers() -> None:
    with pytest.raises(BalanceError, match=r"\b4\b.*\b5\b|\b5\b.*\b4\b"):
        solve(lattice([[10, 10, 10, 10]], k=5))


def test_communities_are_cut_each_by_itself() -> None:
    problem = lattice([[10, 10, 30, 30]], k=[1, 2], parents=["ppqq"], tolerance=0.0)
    plan = solve(problem)
    assert sorted(plan.figures.weights[:, 0].tolist()) == [20, 30, 30]


def test_a_compound_is_never_split_even_if_balance_suffers() -> None:
    problem = lattice([[10] * 4], k=2, together=[["r0c0", "r0c1", "r0c2"]], tolerance=0.0)
    plan = solve(problem)
    assert sorted(plan.figures.weights[:, 0].tolist()) == [10, 30]


def test_a_compound_across_two_communities_is_refused_by_name() -> None:
    with pytest.raises(BalanceError, match="r0c1 and r0c2 must stay together"):
        lattice([[1, 1, 1, 1]], k=1, parents=["ppqq"], together=[["r0c1", "r0c2"]])


def test_locks_that_tear_a_grid_are_refused_with_its_name() -> None:
    problem = lattice([[10, 10, 10]], ["aba"], k=2, locked=["r0c0", "r0c1", "r0c2"])
    with pytest.raises(BalanceError, match=r"\ba\b"):
        solve(problem)
