"""
What is to be balanced, and what came out: plain arrays, checked once at the door.

A *block* is the smallest thing that moves; blocks of one *atom* move together. The blocks of one
*parent* (a community) are cut into a given number of contiguous *grids*, parent by parent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gis.errors import BalanceError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Codes = tuple[str, ...]

NEW = -1
"""Stands for "no grid today" in `Problem.today`."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """
    n blocks, e pairs of neighbours, p parents, m weights (people first).

    Parameters
    ----------
    ids
        (n,) codes of the blocks, each once.
    weights
        (n, m) what each block holds, not negative; column 0 is the main one: it counts moves.
    weight_names
        (m,) their names, for messages.
    edges
        (e, 2) pairs of rows that are neighbours, each pair once. What a barrier parts and no
        bridge joins is not here. Pairs across parents are allowed and play no part.
    border_m
        (e,) metres of border the pair shares; 0 for a link.
    link
        (e,) a declared bridge between blocks that share no border.
    cost
        (e,) what a metre of this border counts when grids are cut along it: 1 as a rule, less
        where a border is welcome (an arterial, a river with a bridge).
    parent, parent_codes
        (n,) index into the (p,) codes of the parents.
    today, grid_codes
        (n,) index into the (g,) codes of today's grids, NEW for a block that has none.
    locked
        (n,) the block keeps its grid of today. A grid all of whose blocks are locked is kept as
        it is: no other block joins it.
    atom
        (n,) blocks of equal number stay together.
    k
        (p,) how many grids each parent gets.
    tolerance
        (m,) how far a grid's weight may be off the mean of its parent, as a share of it.

    Raises
    ------
    BalanceError
        If the arrays do not fit together; the message names block, value and remedy.
    """

    ids: Codes
    weights: Floats
    weight_names: Codes
    edges: Ints
    border_m: Floats
    link: Mask
    cost: Floats
    parent: Ints
    parent_codes: Codes
    today: Ints
    grid_codes: Codes
    locked: Mask
    atom: Ints
    k: Ints
    tolerance: Floats

    def __post_init__(self) -> None:
        _check_shapes(self)
        _check_blocks(self)
        _check_edges(self)
        _check_parents(self)

    def __len__(self) -> int:
        return len(self.ids)

    def ideal(self) -> Floats:
        """Return (p, m) the mean weight of a grid of each parent."""
        total = np.zeros((len(self.parent_codes), self.weights.shape[1]))
        np.add.at(total, self.parent, self.weights)
        ideal: Floats = total / self.k[:, None]
        return ideal

    def inside(self) -> Mask:
        """Return (e,) whether both blocks of a pair have the same parent."""
        same: Mask = self.parent[self.edges[:, 0]] == self.parent[self.edges[:, 1]]
        return same


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """
    What a plan measures; g grids as in `Plan.codes`.

    Parameters
    ----------
    weights
        (g, m) what each grid holds.
    deviation
        (g, m) by how much that is off the mean of its parent, as a share of it, with its sign; 0
        where the mean is 0.
    outside
        (g,) whether any deviation is beyond its tolerance.
    border_m
        Metres of border between grids of the same parent.
    moved, moved_share
        Weight of column 0 that is in another grid than today, and its share of all that has one.
    """

    weights: Floats
    deviation: Floats
    outside: Mask
    border_m: float
    moved: float
    moved_share: float


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """
    A grid for each of n blocks.

    Parameters
    ----------
    grid
        (n,) index into `codes`.
    codes
        (g,) codes of the grids: today's where a grid continues one of today's, and names of the
        form `<parent code>-new-1` where it does not.
    parent
        (g,) index of each grid's parent.
    figures
        What the plan measures.
    """

    grid: Ints
    codes: Codes
    parent: Ints
    figures: Figures


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """
    n blocks as they are in a file: codes instead of indices, and what may be missing missing.

    Parameters
    ----------
    ids
        (n,) codes.
    weights
        Name of each weight, the main one first, and its (n,) values.
    parents
        (n,) code of each block's parent.
    today
        (n,) code of today's grid, None for a block without; empty if there are no grids today.
    locked
        (n,) see `Problem`; empty if none is.
    atoms
        (n,) a code that blocks which stay together share, None for a block by itself; empty if
        all are.
    """

    ids: Sequence[str]
    weights: Mapping[str, Floats]
    parents: Sequence[str]
    today: Sequence[str | None] = ()
    locked: Mask = field(default_factory=lambda: np.empty(0, bool))
    atoms: Sequence[str | None] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """e pairs of neighbours: see `edges`, `border_m`, `link` and `cost` of `Problem`."""

    edges: Ints
    border_m: Floats
    link: Mask
    cost: Floats


@dataclass(frozen=True, slots=True)
class HouseholdRange:
    """
    A grid should hold `least` to `most` of the weight of this name.

    The usual size of a city grid is 300 to 500 households.
    """

    least: float = 300.0
    most: float = 500.0
    weight: str = "households"


AS_TODAY = "today"
Wanted = Mapping[str, int] | HouseholdRange | str


def make_problem(
    blocks: Blocks, neighbours: Neighbours, *, k: Wanted = AS_TODAY, tolerance: Sequence[float]
) -> Problem:
    """
    Put blocks and neighbours together.

    Parameters
    ----------
    blocks, neighbours
        The city.
    k
        Grids of each parent: by its code, a range of households, or `AS_TODAY`.
    tolerance
        One for each weight, or one for all.

    Raises
    ------
    BalanceError
        If something does not fit together, or the number of grids cannot be told.
    """
    count = len(blocks.ids)
    parent, parent_codes = _indexed(blocks.parents or [""] * count)
    today, grid_codes = _indexed(blocks.today or [None] * count)
    atom, named = _indexed(blocks.atoms or [None] * count)
    alone = atom < 0
    atom[alone] = len(named) + np.arange(int(alone.sum()))
    weights = np.zeros((count, len(blocks.weights)))
    for column, (name, values) in enumerate(blocks.weights.items()):
        if len(values) != count:
            raise BalanceError(f"{count} blocks but {len(values)} {name}: give one for each block")
        weights[:, column] = values
    shares = np.asarray(tolerance, dtype=float)
    return Problem(
        ids=tuple(blocks.ids),
        weights=weights,
        weight_names=tuple(blocks.weights),
        edges=neighbours.edges,
        border_m=neighbours.border_m,
        link=neighbours.link,
        cost=neighbours.cost,
        parent=parent,
        parent_codes=parent_codes,
        today=today,
        grid_codes=grid_codes,
        locked=blocks.locked if len(blocks.locked) else np.zeros(count, bool),
        atom=atom,
        k=_numbers(k, blocks, parent, parent_codes),
        tolerance=np.repeat(shares, len(blocks.weights)) if len(shares) == 1 else shares,
    )


def grids_for(total: float, wanted: HouseholdRange, today: int = 0) -> int:
    """
    Choose the number of grids for a parent of so many households.

    All numbers for which the mean grid is in the range will do; of these the one nearest to
    today's is taken, or, if there are no grids today, the one whose mean is nearest to the middle
    of the range. If none will do, the one whose mean is least outside.
    """
    first = max(1, int(np.floor(total / wanted.most)))
    last = max(first, int(np.ceil(total / wanted.least)))
    middle = (wanted.least + wanted.most) / 2

    def worse(number: int) -> tuple[float, float, int]:
        mean = total / number
        outside = max(wanted.least - mean, mean - wanted.most, 0.0)
        return outside, abs(number - today) if today else abs(mean - middle), number

    return min(range(first, last + 1), key=worse)


def _numbers(k: Wanted, blocks: Blocks, parent: Ints, parent_codes: Codes) -> Ints:
    grids: list[set[str]] = [set() for _ in parent_codes]
    for row, code in zip(parent.tolist(), blocks.today, strict=False):
        if code is not None:
            grids[row].add(code)
    if isinstance(k, HouseholdRange):
        if k.weight not in blocks.weights:
            raise BalanceError(
                f"the blocks have no weight named {k.weight!r} to choose the number of grids by"
                f" (there are {', '.join(blocks.weights)}): add it or give the numbers"
            )
        total = np.bincount(parent, blocks.weights[k.weight], len(parent_codes))
        pairs = zip(total.tolist(), grids, strict=True)
        return np.array([grids_for(sum_, k, len(have)) for sum_, have in pairs], np.int64)
    if isinstance(k, str):
        return np.array([len(have) for have in grids], np.int64)
    missing = [code for code in parent_codes if code not in k]
    if missing:
        raise BalanceError(f"no number of grids is given for {missing[0]}: give one for each")
    return np.array([k[code] for code in parent_codes], np.int64)


def _indexed(codes: Sequence[str | None]) -> tuple[Ints, Codes]:
    """Give each code its number in their order; None becomes -1."""
    known = sorted({code for code in codes if code is not None})
    number: dict[str | None, int] = {code: row for row, code in enumerate(known)}
    return np.array([number.get(code, -1) for code in codes], np.int64), tuple(known)


def _check_shapes(problem: Problem) -> None:
    n, m = problem.weights.shape
    e, p = len(problem.edges), len(problem.parent_codes)
    for name, wanted in (
        ("ids", n), ("parent", n), ("today", n), ("locked", n), ("atom", n), ("border_m", e),
        ("link", e), ("cost", e), ("k", p), ("tolerance", m), ("weight_names", m),
    ):  # fmt: skip
        found = len(getattr(problem, name))
        if found != wanted:
            raise BalanceError(f"{found} {name} where {wanted} are needed: give one for each")
    if not n or not m:
        raise BalanceError("there is no block or no weight: nothing can be balanced")


def _check_blocks(problem: Problem) -> None:
    seen: set[str] = set()
    for code in problem.ids:
        if code in seen:
            raise BalanceError(f"block {code} comes twice: each block must come once")
        seen.add(code)
    bad = np.argwhere(~(np.isfinite(problem.weights) & (problem.weights >= 0)))
    if len(bad):
        row, column = bad[0]
        raise BalanceError(
            f"block {problem.ids[row]} has {problem.weights[row, column]}"
            f" {problem.weight_names[column]}: give a number that is not negative"
        )
    if not (np.isfinite(problem.tolerance) & (problem.tolerance >= 0)).all():
        raise BalanceError(f"tolerance {problem.tolerance.tolist()}: none may be negative")
    lost = np.flatnonzero(problem.locked & (problem.today < 0))
    if len(lost):
        raise BalanceError(
            f"block {problem.ids[lost[0]]} is locked but has no grid today: unlock it or name one"
        )


def _check_edges(problem: Problem) -> None:
    pairs = np.sort(problem.edges.reshape(-1, 2), axis=1)
    if len(pairs) and (pairs.min() < 0 or pairs.max() >= len(problem)):
        raise BalanceError(f"a pair of neighbours names a row that is not in 0..{len(problem) - 1}")
    same = np.flatnonzero(pairs[:, 0] == pairs[:, 1])
    if len(same):
        code = problem.ids[pairs[same[0], 0]]
        raise BalanceError(f"block {code} is its own neighbour: leave the pair out")
    order = np.lexsort(pairs.T)
    again = np.flatnonzero((pairs[order][1:] == pairs[order][:-1]).all(axis=1))
    if len(again):
        a, b = (problem.ids[row] for row in pairs[order][again[0]])
        raise BalanceError(f"blocks {a} and {b} are neighbours twice: add their borders up")
    for name in ("border_m", "cost"):
        values = getattr(problem, name)
        bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
        if len(bad):
            a, b = (problem.ids[row] for row in problem.edges[bad[0]])
            raise BalanceError(
                f"{name} between {a} and {b} is {values[bad[0]]}: it must not be negative"
            )


def _check_parents(problem: Problem) -> None:
    for row, code in enumerate(problem.parent_codes):
        if problem.k[row] < 1:
            raise BalanceError(f"parent {code} is to have {problem.k[row]} grids: at least 1")
    order = np.argsort(problem.atom, kind="stable")
    atom, parent = problem.atom[order], problem.parent[order]
    torn = np.flatnonzero((atom[1:] == atom[:-1]) & (parent[1:] != parent[:-1]))
    if len(torn):
        a, b = (problem.ids[row] for row in order[torn[0] : torn[0] + 2])
        raise BalanceError(
            f"blocks {a} and {b} must stay together but belong to"
            f" {problem.parent_codes[parent[torn[0]]]} and"
            f" {problem.parent_codes[parent[torn[0] + 1]]}: part them or move one"
        )
