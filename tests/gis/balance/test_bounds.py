"""Bounds on toys whose answer is known: what they say is true, and where it can be it is tight."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.balance.bounds import Bound, Effort, explain, stand
from gis.balance.check import find_violations
from gis.balance.pieces import Force
from gis.balance.problem import Plan, Problem
from tests.blocks import drawn, lattice

ARITHMETIC = Effort(widths=(), rounds=None)
LETTERS = "abc"


def bound(problem: Problem, plan: Plan | None = None, effort: Effort | None = None) -> Bound:
    (found,) = explain(problem, plan, effort=effort)
    return found


def all_plans(problem: Problem, grids: int) -> list[Plan]:
    """List every valid plan, by trying all assignments."""
    rows = product(LETTERS[:grids], repeat=len(problem) - 1)
    tried = (drawn(problem, "a", *row) for row in rows if len({"a", *row}) == grids)
    return [plan for plan in tried if not find_violations(problem, plan)]


def test_a_tower_alone_is_over_and_the_others_share_what_is_left() -> None:
    problem = lattice([[90, 10, 10, 10]], k=2, tolerance=0.1)
    found = bound(problem, effort=ARITHMETIC)
    tower, rest = found.causes
    assert (tower.force, tower.blocks, tower.deviation) == (Force.HEAVY, ("r0c0",), 0.5)
    assert (rest.force, rest.held, rest.grids, rest.deviation) == (Force.REST, 0.5, 1, 0.5)
    assert (found.worst, found.outside) == ((0.5,), 2)
    assert found.excess == pytest.approx(0.8)


def test_a_plan_that_meets_what_a_tower_forces_is_proven() -> None:
    problem = lattice([[90, 10, 10, 10]], ["aabb"], k=2)
    (standing,) = stand(problem, plan := drawn(problem, "abbb"), explain(problem, plan))
    assert (standing.proven_by, [code for code, _ in standing.outside]) == ("outside", ["a", "b"])


def test_what_hangs_on_one_block_is_named_with_it() -> None:
    # 30 + 10 + 30 hang on each other; cut anywhere, one of three grids is off
    problem = lattice([[30, 10, 30, 40, 40]], k=3, tolerance=0.1)
    cause = bound(problem, effort=ARITHMETIC).causes[0]
    assert cause.force is Force.PIECE
    best = min(abs(plan.figures.deviation).max() for plan in all_plans(problem, 3))
    assert cause.deviation <= best + 1e-9
    assert cause.deviation > 0.1


def test_a_part_across_the_river_cannot_be_one_and_a_half_grids() -> None:
    river = [("r0c2", "r0c3")]
    problem = lattice([[10, 10, 10, 10, 10, 10]], k=3, tolerance=0.1, apart=river)
    cause = bound(problem, effort=ARITHMETIC).causes[0]
    assert (cause.force, cause.held) == (Force.PART, 1.5)
    assert cause.deviation == pytest.approx(0.5)
    bridged = lattice(
        [[10, 10, 10, 10, 10, 10]], k=3, tolerance=0.1, apart=river, links=[("r0c2", "r0c3")]
    )
    assert not bound(bridged, effort=ARITHMETIC).causes


def test_a_grid_locked_whole_is_named_and_so_is_what_it_leaves() -> None:
    problem = lattice([[10, 10, 10, 30]], ["aabb"], locked=["r0c0", "r0c1"], tolerance=0.1)
    locked, rest = bound(problem, effort=ARITHMETIC).causes
    assert (locked.force, locked.blocks) == (Force.LOCKED, ("a",))
    assert locked.deviation == pytest.approx(1 / 3)
    assert rest.force is Force.REST
    assert rest.deviation == pytest.approx(1 / 3)


def test_a_city_that_can_be_equal_has_no_cause() -> None:
    problem = lattice([[10] * 4] * 2, ["aabb", "aabb"], k=2, tolerance=0.0)
    found = bound(problem)
    assert (found.causes, found.worst, found.outside, found.moved) == ((), (0.0,), 0, 0.0)


def test_the_search_proves_what_arithmetic_does_not_see() -> None:
    # no block is heavy and nothing hangs on one block, but 50 and 50 must be joined through 20
    problem = lattice([[50, 1, 50], [1, 20, 1]], k=2, tolerance=0.05)
    plans = all_plans(problem, 2)
    best = min(plans, key=lambda plan: abs(plan.figures.deviation).max())
    found = bound(problem, best)
    assert [cause.force for cause in found.causes] == [Force.SEARCH]
    assert found.worst[0] == pytest.approx(abs(best.figures.deviation).max(), abs=1e-5)


people = st.lists(st.integers(0, 9), min_size=6, max_size=6)


@settings(max_examples=6, deadline=None)
@given(people, st.sampled_from(["aabaab", "abcabc", "aabbab"]), st.sampled_from([0.1, 0.3]))
def test_no_plan_beats_a_bound(held: list[int], today: str, tolerance: float) -> None:
    held[0] += 1  # someone must live there
    problem = lattice([held[:3], held[3:]], [today], k=2, tolerance=tolerance)
    plans = all_plans(problem, 2)
    found = bound(problem)
    deviations = [abs(plan.figures.deviation).max() for plan in plans]
    assert found.worst[0] <= min(deviations) + 1e-6
    assert found.outside <= min(plan.figures.outside.sum() for plan in plans)
    within = [
        fewest_moved(problem, plan)
        for plan in plans
        if abs(plan.figures.deviation).max() <= found.limits[0] + 1e-6
    ]
    if within:
        assert found.moved is not None
        assert found.moved <= min(within) + 1e-6


def fewest_moved(problem: Problem, plan: Plan) -> float:
    """Count who moves if its two grids take the codes of today that suit best."""
    people = problem.weights[:, 0]
    names = [*range(len(problem.grid_codes)), -2, -3]
    return min(
        float(people[np.array(pair)[plan.grid] != problem.today].sum())
        for pair in permutations(names, 2)
    )


def test_people_who_must_move_are_counted_block_by_block() -> None:
    # 4 too many in a, but its blocks hold 10 each
    problem = lattice([[10, 10, 10, 10, 10, 14]], ["aaaabb"], k=2, tolerance=0.15)
    assert bound(problem).moved == 10.0


def test_a_grid_may_not_be_torn_so_that_fewer_move() -> None:
    # the corner of 1 would do, but does not touch b; the block of 2 does
    problem = lattice([[1, 2, 4], [5, 4, 4]], ["aab", "aab"], k=2, tolerance=0.1)
    torn, whole = Effort(rounds=0), Effort(rounds=4)
    assert (bound(problem, effort=torn).moved, bound(problem, effort=whole).moved) == (1.0, 2.0)
