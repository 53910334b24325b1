"""Plans to choose from."""

from typing import Any

import numpy as np
import pytest

from gis.balance import Plan, Settings, alternatives, balance_within
from gis.balance.alternatives import front
from gis.balance.problem import Figures
from gis.errors import BalanceError
from tests.gis.balance.lattices import faults, lattice


def plan(outside: int, border_m: float, moved: float) -> Plan:
    flags = np.arange(3) < outside
    zeros: Any = np.zeros((3, 1))
    return Plan(np.zeros(3, np.int64), ("a", "b", "c"), np.zeros(3, np.int64),
                Figures(zeros, zeros, flags, border_m, moved, 0.0))  # fmt: skip


def test_plans_that_another_beats_or_equals_are_left_out() -> None:
    near, far, worse, same = plan(0, 9, 1), plan(0, 5, 7), plan(0, 9, 2), plan(0, 5, 7)
    outside = plan(1, 5, 0)
    assert front([far, near, worse, same, outside]) == [outside, near, far]


def test_alternatives_are_valid_and_trade_moves_for_borders() -> None:
    problem = lattice(4, 4, today="aaaa bbbb cccc dddd")
    seen: list[float] = []
    plans = alternatives(problem, Settings(effort_s=0.05), progress=seen.append)
    assert 2 <= len(plans) <= 5
    assert not [fault for each in plans for fault in faults(problem, each)]
    assert plans[0].figures.moved == 0.0
    assert plans[-1].figures.border_m == 800.0
    assert seen == sorted(seen)
    assert seen[-1] > 0.9


def test_a_budget_of_moves_is_kept_at_the_cost_of_borders() -> None:
    problem = lattice(4, 4, today="aabb aaab abbb aabb")  # a swap of two blocks halves the border
    wish = Settings(effort_s=0.05)
    free, bound = (balance_within(problem, most, wish) for most in (1.0, 0.1))
    assert (free.figures.border_m, free.figures.moved_share) == (400.0, 0.125)
    assert (bound.figures.border_m, bound.figures.moved_share) == (800.0, 0.0)
    with pytest.raises(BalanceError, match="most_moved is 15: give a share"):
        balance_within(problem, 15, wish)
