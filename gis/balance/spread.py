"""
The balance of a province on a Dask cluster (`pip install jingwei[batch]`), a task for each parent.

Parents have nothing to do with each other, so a task needs its own blocks only. A worker that dies
costs the time of its tasks. The plan does not depend on the number of workers; it is not that of
`balance`, which shares out its effort among all parents as it goes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from distributed import as_completed

from gis.balance.check import guard
from gis.balance.drawn import named
from gis.balance.optimise import Settings, balance

if TYPE_CHECKING:
    from collections.abc import Callable

    from distributed import Client

    from gis.balance.problem import Ints, Plan, Problem

RETRIES = 5


def balance_on(
    client: Client,
    problem: Problem,
    settings: Settings | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """
    Redraw grids, every parent on some worker.

    Parameters
    ----------
    client
        Of the cluster; its workers have this package.
    settings
        As for `balance`; each parent gets its share of the effort by its blocks.
    progress
        Told how many parents are done, of how many.

    Raises
    ------
    BalanceError
        As `balance` does.
    """
    settings = settings or Settings()
    parents = {}
    for parent in range(len(problem.parent_codes)):
        part = part_of(problem, parent)
        effort_s = settings.effort_s * len(part) / len(problem)
        wish = replace(settings, effort_s=effort_s, cores=1)
        parents[client.submit(_grids, part, wish, retries=RETRIES, pure=False)] = parent
    found: dict[int, Ints] = {}
    for future in as_completed(list(parents)):
        found[parents[future]] = future.result()
        if progress is not None:
            progress(len(found), len(parents))
    grid = np.empty(len(problem), np.int64)
    count = 0
    owner: list[int] = []
    for parent, drawn in sorted(found.items()):
        grid[problem.parent == parent] = count + drawn
        owner += [parent] * int(problem.k[parent])
        count = len(owner)
    return guard(problem, named(problem, grid, np.array(owner, np.int64)))


def part_of(problem: Problem, parent: int) -> Problem:
    """Take the blocks of one parent, and their neighbours among themselves, out of a problem."""
    rows = np.flatnonzero(problem.parent == parent)
    place = np.full(len(problem), -1)
    place[rows] = np.arange(len(rows))
    edges = place[problem.edges]
    inside = (edges >= 0).all(axis=1)
    return replace(
        problem,
        ids=tuple(problem.ids[row] for row in rows.tolist()),
        weights=problem.weights[rows],
        edges=edges[inside],
        border_m=problem.border_m[inside],
        link=problem.link[inside],
        cost=problem.cost[inside],
        parent=np.zeros(len(rows), np.int64),
        parent_codes=(problem.parent_codes[parent],),
        today=problem.today[rows],
        locked=problem.locked[rows],
        atom=problem.atom[rows],
        k=problem.k[parent : parent + 1],
    )


def _grids(part: Problem, settings: Settings) -> Ints:
    grid: Ints = balance(part, settings).grid
    return grid
