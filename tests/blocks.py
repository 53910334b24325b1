"""Toy cities of square blocks, with plans for them, small enough to check by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gis.balance.problem import NEW, Codes, Figures, Ints, Plan, Problem

SIDE_M = 100.0


def lattice(
    people: Sequence[Sequence[float]],
    today: Sequence[str] = (),
    *,
    k: int | Sequence[int] = 2,
    tolerance: float | Sequence[float] = 0.1,
    parents: Sequence[str] = (),
    locked: Sequence[str] = (),
    together: Sequence[Sequence[str]] = (),
    second: Sequence[Sequence[float]] | None = None,
    apart: Sequence[tuple[str, str]] = (),
    links: Sequence[tuple[str, str]] = (),
) -> Problem:
    """
    Make a field of square blocks r0c0 (first row, first column), r0c1, ...

    Parameters
    ----------
    people
        What each block holds, row by row; `second` is a further weight.
    today, parents
        A letter a block, row by row: the grid of today ("." for none) and the parent.
    apart, links
        Neighbours that a barrier parts; blocks that a bridge joins.
    """
    rows, columns = len(people), len(people[0])
    ids = [f"r{r}c{c}" for r in range(rows) for c in range(columns)]
    row_of = {code: row for row, code in enumerate(ids)}
    parted = {frozenset(pair) for pair in apart}
    pairs = [
        (r * columns + c, (r + down) * columns + c + right)
        for r in range(rows)
        for c in range(columns)
        for down, right in ((0, 1), (1, 0))
        if r + down < rows and c + right < columns
    ]
    pairs = [(a, b) for a, b in pairs if frozenset((ids[a], ids[b])) not in parted]
    bridges = [(row_of[a], row_of[b]) for a, b in links]
    edges = np.array([*pairs, *bridges], np.int64).reshape(-1, 2)
    is_link = np.arange(len(edges)) >= len(pairs)
    parent, parent_codes = _letters("".join(parents) or "p" * len(ids))
    grid, grid_codes = _letters("".join(today) or "." * len(ids))
    atom = np.arange(len(ids))
    for group in together:
        atom[[row_of[code] for code in group]] = row_of[group[0]]
    weights = [np.ravel(layer) for layer in (people, second) if layer is not None]
    return Problem(
        ids=tuple(ids),
        weights=np.array(weights, float).T,
        weight_names=("people", "elderly")[: len(weights)],
        edges=edges,
        border_m=np.where(is_link, 0.0, SIDE_M),
        link=is_link,
        cost=np.ones(len(edges)),
        parent=parent,
        parent_codes=parent_codes,
        today=grid,
        grid_codes=grid_codes,
        locked=np.isin(ids, list(locked)),
        atom=atom,
        k=np.broadcast_to(np.asarray(k, np.int64), len(parent_codes)).copy(),
        tolerance=np.broadcast_to(np.asarray(tolerance, float), len(weights)).copy(),
    )


def drawn(problem: Problem, *grids: str) -> Plan:
    """Make the plan in which each block, row by row, is in the grid of that letter."""
    grid, codes = _letters("".join(grids))
    parent = np.array([problem.parent[grid == row][0] for row in range(len(codes))])
    weights = np.array([problem.weights[grid == row].sum(axis=0) for row in range(len(codes))])
    mean = problem.ideal()[parent]
    deviation = np.where(mean > 0, weights / np.where(mean > 0, mean, 1) - 1, 0)
    cut = (grid[problem.edges[:, 0]] != grid[problem.edges[:, 1]]) & problem.inside()
    had = problem.today >= 0
    names = np.array([*problem.grid_codes, ""], dtype=object)
    moves = had & (names[problem.today] != np.array(codes, dtype=object)[grid])
    moved = float(problem.weights[moves, 0].sum())
    total = float(problem.weights[had, 0].sum())
    figures = Figures(
        weights=weights,
        deviation=deviation,
        outside=np.any(np.abs(deviation) > problem.tolerance + 1e-12, axis=1),
        border_m=float(problem.border_m[cut].sum()),
        moved=moved,
        moved_share=moved / total if total else 0.0,
    )
    return Plan(grid=grid, codes=codes, parent=parent, figures=figures)


def _letters(text: str) -> tuple[Ints, Codes]:
    codes = sorted(set(text) - {"."})
    return np.array([codes.index(a) if a != "." else NEW for a in text], np.int64), tuple(codes)
