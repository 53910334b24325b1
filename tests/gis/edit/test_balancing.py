"""A plan as a problem of balance, and what comes back from it."""

import numpy as np
import pytest

from gis.balance import Settings, balance
from gis.edit import ApplyBalance, EditError, PaintBlocks, apply
from gis.edit.balancing import as_it_is, moves_of, problem_of, with_known_codes
from gis.edit.goals import Goals, changed_since, grids_to_balance
from tests.plans import COMMUNITIES, grid_code, toy_plan

FIRST, SECOND, THIRD = (grid_code(0, row) for row in (0, 2, 4))


def test_a_problem_holds_the_blocks_of_the_community_and_the_metres_they_share() -> None:
    problem = problem_of(toy_plan(), Goals(communities=(COMMUNITIES[0],)))
    assert problem.ids == tuple(f"K{c}{r}" for c in (0, 1) for r in range(6))
    assert problem.weights[:, 0].sum() == 306
    assert len(problem.edges) == 6 + 2 * 5
    assert problem.border_m == pytest.approx(np.full(16, problem.border_m.mean()), rel=0.3)
    assert as_it_is(problem).figures.deviation[:, 0] * 102 == pytest.approx([-48, 0, 48])


def test_a_balance_of_a_plan_can_be_done_in_it_as_one_operation() -> None:
    plan = toy_plan()
    problem = problem_of(plan, Goals(communities=(COMMUNITIES[0],)))
    found = with_known_codes(problem, balance(problem, Settings(effort_s=0.2)))
    after = apply(plan, ApplyBalance(assignment=moves_of(problem, found))).plan
    held = [after.figures[code].people.residents for code in (FIRST, SECOND, THIRD)]
    assert held == [int(each) for each in found.figures.weights[:, 0]]
    assert max(held) < 150
    assert all(after.figures[code].contiguous for code in (FIRST, SECOND, THIRD))


def test_locked_grids_and_blocks_and_those_not_named_stay() -> None:
    plan = toy_plan()
    goals = Goals(communities=(COMMUNITIES[0],), locked_grids=(FIRST,), locked_blocks=("K04",))
    problem = problem_of(plan, goals)
    moves = moves_of(problem, balance(problem, Settings(effort_s=0.2)))
    assert moves
    assert moves.keys() <= {"K02", "K03", "K12", "K13", "K05", "K14", "K15"}
    assert {*moves.values()} <= {SECOND, THIRD}
    assert {*problem_of(plan, Goals(grids=(SECOND, THIRD))).grid_codes} == {SECOND, THIRD}


@pytest.mark.parametrize(
    ("goals", "named"),
    [
        (Goals(communities=("141182001009",)), ("141182001009",)),
        (Goals(grids=(FIRST, SECOND), locked_blocks=("K99",)), ("K99",)),
        (Goals(grids=(FIRST, SECOND), locked_grids=(FIRST,)), (FIRST, SECOND)),
        (Goals(grids=(FIRST, grid_code(2, 0))), (FIRST, grid_code(2, 0))),
        (Goals(tolerance={}), ()),
    ],
)
def test_goals_that_do_not_fit_are_refused_by_name(goals: Goals, named: tuple[str, ...]) -> None:
    with pytest.raises(EditError) as refused:
        grids_to_balance(toy_plan(), goals)
    assert refused.value.ids == named


def test_only_blocks_of_the_grids_in_question_count_as_changed() -> None:
    plan = toy_plan()
    later = apply(plan, PaintBlocks(blocks=("K02",), grid=FIRST)).plan
    assert {str(item) for item in changed_since(plan, later, [SECOND])} == {"grid_of/K02"}
    assert {str(item) for item in changed_since(plan, later, [FIRST])} == {"grid_of/K02"}
    assert not changed_since(plan, later, [THIRD])
