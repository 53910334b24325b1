"""From the parts of each region to a plan: grids get their codes, and the plan its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from gis.balance.problem import Codes, Figures, Ints, Plan, Problem
from gis.balance.region import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.balance.region import Division, Rows

_LOCKED = 1e12  # people: whoever locks a block decides which code its grid has
_BLOCK = 1e-6  # people: where nobody lives blocks decide


def draw(problem: Problem, division: Division, parts: Sequence[Rows]) -> Plan:
    """
    Make a plan of the (a,) part of each atom of each region.

    A grid continues the one of today with which it shares the most people, each at most one
    (the assignment that keeps most people in their grid).
    """
    grid = np.full(len(problem), NOWHERE, np.int64)
    kept = np.unique(division.kept[division.kept >= 0])
    grid[division.kept >= 0] = np.searchsorted(kept, division.kept[division.kept >= 0])
    count = len(kept)
    for region, part in zip(division.regions, parts, strict=True):
        grid[region.blocks] = count + part[region.atom]
        count += region.k
    parent = np.zeros(count, np.int64)
    parent[grid] = problem.parent
    return named(problem, grid, parent)


def named(problem: Problem, grid: Ints, parent: Ints) -> Plan:
    """
    Make a plan of (n,) grids numbered in any way and the (g,) parent of each.

    Grids are put in the order of their codes.
    """
    continues = _continued(problem, grid, len(parent))
    codes = _codes(problem, continues, parent)
    order = np.array(sorted(range(len(codes)), key=codes.__getitem__), np.int64)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    grid, parent = place[grid], parent[order]
    today = np.full(len(problem.grid_codes) + 1, NOWHERE)  # the last stands for no grid today
    today[continues[continues >= 0]] = place[continues >= 0]
    figures = measure(problem, grid, parent, today[problem.today])
    return Plan(grid, tuple(codes[i] for i in order), parent, figures)


def measure(problem: Problem, grid: Ints, parent: Ints, today: Ints) -> Figures:
    """
    Measure a plan.

    Parameters
    ----------
    problem
        The blocks.
    grid, parent
        (n,) grid of each block and (g,) parent of each grid.
    today
        (n,) which of these grids continues a block's grid of today, NOWHERE if none does.
    """
    weights = np.zeros((len(parent), problem.weights.shape[1]))
    np.add.at(weights, grid, problem.weights)
    ideal = problem.ideal()[parent]
    deviation = np.divide(weights, ideal, out=np.ones_like(weights), where=ideal > 0) - 1.0
    ends = grid[problem.edges]
    cut = problem.inside() & (ends[:, 0] != ends[:, 1])
    had = problem.today >= 0
    moved = float(problem.weights[had & (today != grid), 0].sum())
    return Figures(
        weights=weights,
        deviation=deviation,
        outside=np.any(np.abs(deviation) > problem.tolerance + 1e-9, axis=1),
        border_m=float(problem.border_m[cut].sum()),
        moved=moved,
        moved_share=moved / max(float(problem.weights[had, 0].sum()), 1e-9),
    )


def _continued(problem: Problem, grid: Ints, count: int) -> Ints:
    """Tell which grid of today each grid continues, NOWHERE for none."""
    continues = np.full(count, NOWHERE, np.int64)
    had = problem.today >= 0
    if not had.any():
        return continues
    shared = np.zeros((count, len(problem.grid_codes)))
    worth = problem.weights[:, 0] + _BLOCK + np.where(problem.locked, _LOCKED, 0.0)
    np.add.at(shared, (grid[had], problem.today[had]), worth[had])
    rows, columns = linear_sum_assignment(-shared)
    real = shared[rows, columns] > 0
    continues[rows[real]] = columns[real]
    return continues


def _codes(problem: Problem, continues: Ints, parent: Ints) -> Codes:
    taken = set(problem.grid_codes)
    codes: list[str] = []
    number = 0
    for old, row in zip(continues.tolist(), parent.tolist(), strict=True):
        if old >= 0:
            codes.append(problem.grid_codes[old])
            continue
        number += 1
        while (code := f"{problem.parent_codes[row]}-new-{number}") in taken:
            number += 1
        codes.append(code)
    return tuple(codes)
