"""Blocks in rows and columns, to be balanced, and what a valid plan of them is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gis.balance import Blocks, Neighbours, Plan, Problem, make_problem


def lattice_neighbours(rows: int, columns: int, width_m: float = 100.0) -> Neighbours:
    """Squares that share sides of equal length, numbered row by row."""
    number = np.arange(rows * columns).reshape(rows, columns)
    across = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
    along = np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1)
    edges = np.concatenate([across, along])
    count = len(edges)
    return Neighbours(edges, np.full(count, width_m), np.zeros(count, bool), np.ones(count))


def lattice(
    rows: int,
    columns: int,
    *,
    k: int | dict[str, int] | str = "today",
    people: Sequence[float] | None = None,
    parents: str = "",
    today: str = "",
    locked: str = "",
    atoms: str = "",
    neighbours: Neighbours | None = None,
    tolerance: float = 0.05,
) -> Problem:
    """
    Make a problem of rows by columns blocks b00, b01, ...

    `parents`, `today` and `atoms` are a letter for each block, row by row ("." for none), and
    `locked` an x for each that is. Spaces are for the reader.
    """
    count = rows * columns
    letters = [text.replace(" ", "") or "." * count for text in (parents, today, locked, atoms)]
    codes = [[None if c == "." else c for c in text] for text in letters]
    blocks = Blocks(
        ids=[f"b{i:02d}" for i in range(count)],
        weights={"people": np.array(people or [10.0] * count, dtype=float)},
        parents=[code or "p" for code in codes[0]],
        today=codes[1],
        locked=np.array([code is not None for code in codes[2]]),
        atoms=codes[3],
    )
    numbers = {"p": k} if isinstance(k, int) else k
    pairs = neighbours or lattice_neighbours(rows, columns)
    return make_problem(blocks, pairs, k=numbers, tolerance=[tolerance])


def is_whole(problem: Problem, blocks: set[int]) -> bool:
    """Tell whether a walk from block to neighbouring block reaches all of them."""
    near: dict[int, set[int]] = {block: set() for block in blocks}
    for a, b in problem.edges.tolist():
        if a in blocks and b in blocks:
            near[a].add(b)
            near[b].add(a)
    reached = [min(blocks)]
    for block in reached:
        reached.extend(sorted(near[block] - set(reached)))
    return set(reached) == blocks


def faults(problem: Problem, plan: Plan) -> list[str]:
    """Name all that makes a plan invalid, the slow and plain way."""
    found = [] if len(set(plan.codes)) == len(plan.codes) else ["a code comes twice"]
    for grid, code in enumerate(plan.codes):
        blocks = set(np.flatnonzero(plan.grid == grid).tolist())
        if not blocks or not is_whole(problem, blocks):
            found.append(f"{code} is empty or in pieces")
        if {int(problem.parent[block]) for block in blocks} != {int(plan.parent[grid])}:
            found.append(f"{code} is in other parents")
    if (np.bincount(plan.parent, minlength=len(problem.k)) != problem.k).any():
        found.append("a parent has another number of grids")
    atoms = [plan.grid[problem.atom == atom] for atom in np.unique(problem.atom)]
    if any(len(np.unique(grids)) > 1 for grids in atoms):
        found.append("an atom is parted")
    codes = np.array(plan.codes)[plan.grid]
    held = [problem.grid_codes[grid] for grid in problem.today[problem.locked]]
    if codes[problem.locked].tolist() != held:
        found.append("a locked block left its grid")
    return found


def drawing(problem: Problem, plan: Plan) -> dict[str, str]:
    """Return the blocks of each grid by its code."""
    return {
        code: " ".join(problem.ids[i] for i in np.flatnonzero(plan.grid == grid))
        for grid, code in enumerate(plan.codes)
    }
