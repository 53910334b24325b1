"""A plan as a problem of balance, and a balance as what would change in the plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gis.balance import Blocks, Neighbours, make_problem, neighbours_of
from gis.balance.check import guard
from gis.balance.drawn import named
from gis.borders import project
from gis.edit.goals import grids_to_balance
from gis.partition import geometries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.balance import Plan as Balance
    from gis.balance import Problem
    from gis.edit.goals import Goals
    from gis.edit.plan import Plan


def problem_of(plan: Plan, goals: Goals) -> Problem:
    """
    Put the grids of a plan as a problem of balance: its blocks, and the metres they share.

    Each community keeps its number of grids.

    Raises
    ------
    EditError, BalanceError
        If the goals do not fit the plan, or contradict each other.
    """
    chosen = grids_to_balance(plan, goals)
    codes = sorted(block for grid in chosen for block in plan.members[grid])
    blocks = [plan.shapes[code] for code in codes]
    today = [plan.grid_of[code] for code in codes]
    parents = [plan.grids[grid].community for grid in today]
    shapes = project(geometries(block.shape for block in blocks), plan.ground.plane)
    near = neighbours_of(list(shapes))
    kept, locked = set(goals.locked_grids), set(goals.locked_blocks)
    together = [block.compound if goals.together else None for block in blocks]
    return make_problem(
        Blocks(
            codes,
            {
                weight: np.array([getattr(block.people, weight) for block in blocks], np.float64)
                for weight in goals.tolerance
            },
            parents,
            today,
            np.array(
                [code in locked or grid in kept for code, grid in zip(codes, today, strict=True)]
            ),
            _atoms(together, parents, near),
        ),
        near,
        tolerance=[*goals.tolerance.values()],
    )


def as_it_is(problem: Problem) -> Balance:
    """Take the grids as they are as a balance, to be measured; they need not be contiguous."""
    parent = np.zeros(len(problem.grid_codes), np.int64)
    parent[problem.today] = problem.parent
    return named(problem, problem.today, parent)


def with_known_codes(problem: Problem, balance: Balance) -> Balance:
    """
    Give grids that continue none of the plan the codes of those that are continued by none.

    Raises
    ------
    BalanceError
        If the result is not valid; see `gis.balance.check`.
    """
    home = dict(zip(problem.today.tolist(), problem.parent.tolist(), strict=True))
    free = [row for row, code in enumerate(problem.grid_codes) if code not in balance.codes]
    codes = list(balance.codes)
    for row, code in enumerate(codes):
        if code not in problem.grid_codes:
            heir = next(each for each in free if home[each] == balance.parent[row])
            free.remove(heir)
            codes[row] = problem.grid_codes[heir]
    return guard(problem, replace(balance, codes=tuple(codes)))


def moves_of(problem: Problem, balance: Balance) -> dict[str, str]:
    """Return the blocks that change grid, and to which."""
    return {
        block: balance.codes[grid]
        for block, grid, today in zip(
            problem.ids, balance.grid.tolist(), problem.today.tolist(), strict=True
        )
        if balance.codes[grid] != problem.grid_codes[today]
    }


def _atoms(
    compounds: Sequence[str | None], parents: Sequence[str], near: Neighbours
) -> list[str | None]:
    """Name what stays together: blocks of a compound in one community that touch."""
    wholes = [
        None if compound is None else (compound, parent)
        for compound, parent in zip(compounds, parents, strict=True)
    ]
    same = np.array(
        [wholes[a] is not None and wholes[a] == wholes[b] for a, b in near.edges.tolist()], bool
    )
    joined, count = near.edges[same], len(wholes)
    graph = coo_matrix((np.ones(len(joined)), (joined[:, 0], joined[:, 1])), shape=(count, count))
    pieces = connected_components(graph, directed=False)[1].tolist()
    return [
        None if whole is None else str(piece) for whole, piece in zip(wholes, pieces, strict=True)
    ]
