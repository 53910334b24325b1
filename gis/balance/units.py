"""One parent as the proofs see it: what moves as one is one unit; what cannot change is out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from gis.balance.problem import Floats, Ints, Mask, Problem


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """
    u units of one parent.

    A unit is an atom, or all blocks locked to one grid of today. Units need not be connected:
    joining them can only allow more plans, so what is proven impossible for units is impossible
    for blocks.

    Parameters
    ----------
    parent
        Index of the parent.
    rows
        Rows of the problem's blocks in the units.
    of
        (len(rows),) the unit of each.
    weights
        (u, m) what a unit holds.
    edges
        (e, 2) units that are neighbours, each pair once.
    grids
        How many grids they are cut into: those of the parent less those kept whole by locks.
    ideal
        (m,) mean of a grid of the parent.
    kept
        Indices of today's grids that are locked whole, and so no part of this.
    """

    parent: int
    rows: Ints
    of: Ints
    weights: Floats
    edges: Ints
    grids: int
    ideal: Floats
    kept: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.weights)

    def named(self, problem: Problem, units: Ints | Mask) -> tuple[str, ...]:
        """Give the codes of the blocks in some units."""
        wanted = np.isin(self.of, np.arange(len(self))[units])
        return tuple(problem.ids[row] for row in self.rows[wanted].tolist())


def units_of(problem: Problem, parent: int) -> Units:
    """Take the units of a parent out of a problem."""
    rows = np.flatnonzero(problem.parent == parent)
    kept = _locked_whole(problem, rows)
    rows = rows[~np.isin(problem.today[rows], kept)]
    of = _joined(problem, rows)
    count = int(of.max()) + 1 if len(of) else 0
    weights = np.zeros((count, problem.weights.shape[1]))
    np.add.at(weights, of, problem.weights[rows])
    place = np.full(len(problem.ids), -1)
    place[rows] = of
    pairs = np.sort(place[problem.edges.reshape(-1, 2)], axis=1)
    pairs = pairs[(pairs[:, 0] >= 0) & (pairs[:, 0] != pairs[:, 1])]
    return Units(
        parent=parent,
        rows=rows,
        of=of,
        weights=weights,
        edges=np.unique(pairs, axis=0).astype(np.int64),
        grids=int(problem.k[parent]) - len(kept),
        ideal=problem.ideal()[parent],
        kept=kept,
    )


def _locked_whole(problem: Problem, rows: Ints) -> tuple[int, ...]:
    grids = np.unique(problem.today[rows][problem.locked[rows]])
    return tuple(grid for grid in grids.tolist() if problem.locked[problem.today == grid].all())


def _joined(problem: Problem, rows: Ints) -> Ints:
    """Give units numbers: blocks of one atom, or locked to one grid, are one."""
    count = len(rows)
    _, atom = np.unique(problem.atom[rows], return_inverse=True)
    lock = np.where(problem.locked[rows], problem.today[rows], -1)
    _, lock = np.unique(lock, return_inverse=True)
    held = np.flatnonzero(problem.locked[rows])
    left = np.concatenate([np.arange(count), held])
    right = np.concatenate([count + atom, 2 * count + lock[held]])
    graph = coo_matrix((np.ones(len(left)), (left, right)), shape=(3 * count, 3 * count))
    piece = connected_components(graph, directed=False)[1][:count]
    # numbered in the order of the rows, so that the proofs do not depend on SciPy's order
    _, first, inverse = np.unique(piece, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    of: Ints = rank[inverse]
    return of
