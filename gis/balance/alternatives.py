"""
Plans to choose from: few people moved, short borders, and what lies between.

Nobody can say beforehand what a kilometre of border is worth in people who change grid. So the
city is balanced at several prices of a move, and of the plans those are shown that no other beats
in everything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gis.balance.optimise import Settings, balance
from gis.errors import BalanceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gis.balance.problem import Figures, Plan, Problem

PRICES = (100.0, 30.0, 6.0, 1.0)
"""What moving a mean block's people counts in plans near today's; the last plan is drawn anew."""


def alternatives(
    problem: Problem,
    settings: Settings | None = None,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Plan]:
    """
    Balance at several prices of a move.

    Parameters
    ----------
    problem
        The blocks and what is asked for.
    settings
        As for `balance`, each plan with the whole effort; mode and price play no part.
    progress, cancelled
        As for `balance`; once cancelled no further plan is begun.

    Returns
    -------
    plans
        Up to five, fewest people moved first. None is as good as another in number of grids
        outside tolerance, border and people moved, and worse in one of them.

    Raises
    ------
    BalanceError
        As `balance` does.
    """
    settings = settings or Settings()
    wishes = [replace(settings, mode="stay-close", price=price) for price in PRICES]
    wishes.append(replace(settings, mode="fresh"))
    plans = []
    for number, wish in enumerate(wishes):
        step = None if progress is None else _part(progress, number, len(wishes))
        plans.append(balance(problem, wish, progress=step, cancelled=cancelled))
        if cancelled is not None and cancelled():
            break
    return front(plans)


def balance_within(
    problem: Problem,
    most_moved: float,
    settings: Settings | None = None,
    *,
    cancelled: Callable[[], bool] | None = None,
) -> Plan:
    """
    Balance near today's plan with a budget of people who may change grid.

    Parameters
    ----------
    problem
        The blocks and what is asked for.
    most_moved
        Share of the people who have a grid today.
    settings, cancelled
        As for `balance`, with the whole effort at each price that is tried; mode and price play
        no part.

    Returns
    -------
    plan
        That at the lowest price of a move which keeps to the budget; if none does, the one that
        moves fewest.

    Raises
    ------
    BalanceError
        As `balance` does, or if the budget is not a share.
    """
    if not 0.0 <= most_moved <= 1.0:
        raise BalanceError(f"most_moved is {most_moved}: give a share of the people, 0 to 1")
    settings = settings or Settings()
    plans = []
    for price in reversed(PRICES):
        wish = replace(settings, mode="stay-close", price=price)
        plans.append(balance(problem, wish, cancelled=cancelled))
        if plans[-1].figures.moved_share <= most_moved:
            return plans[-1]
    return min(plans, key=lambda plan: plan.figures.moved)


def front(plans: list[Plan]) -> list[Plan]:
    """Leave out plans that another one beats, or equals and comes before; fewest moved first."""
    goals = [_goals(plan.figures) for plan in plans]
    kept = [
        plan
        for i, plan in enumerate(plans)
        if not any(
            all(a <= b for a, b in zip(goals[j], goals[i], strict=True))
            and (goals[j] != goals[i] or j < i)
            for j in range(len(plans))
        )
    ]
    return sorted(kept, key=lambda plan: plan.figures.moved)


def _goals(figures: Figures) -> tuple[float, float, float]:
    return float(figures.outside.sum()), figures.border_m, figures.moved


def _part(progress: Callable[[float], None], number: int, of: int) -> Callable[[float], None]:
    return lambda done: progress((number + done) / of)
