"""What forces grids outside by arithmetic alone: heavy blocks, pieces behind a block, parts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gis.balance.problem import Floats, Ints, Problem
    from gis.balance.units import Units

_HALVINGS = 40
_SLACK = 1e-9


class Force(StrEnum):
    """Why no plan can do better."""

    HEAVY = "heavy"  # one block, or blocks that stay together, is more than a grid
    REST = "rest"  # what is left for the other grids is too little, or too much
    PIECE = "piece"  # what hangs on one block does not make whole grids
    PART = "part"  # what no bridge joins to the rest does not make whole grids
    LOCKED = "locked"  # a grid that is locked whole
    SEARCH = "search"  # all plans were gone through


@dataclass(frozen=True, slots=True)
class Cause:
    """
    One reason.

    Parameters
    ----------
    force
        Which kind.
    weight
        Index of the weight.
    deviation
        Some grid is off the mean by this share at least, whatever the plan.
    blocks
        Codes of the blocks that force it; of a locked grid its code.
    held
        What these blocks hold, or what is left for each of the others, in mean grids.
    grids
        How many grids share the deviation: 1 but for REST.
    """

    force: Force
    weight: int
    deviation: float
    blocks: tuple[str, ...] = ()
    held: float = 0.0
    grids: int = 1


def locked_grids(problem: Problem, units: Units) -> Iterator[Cause]:
    """List the grids that are locked whole and outside of a tolerance."""
    for grid in units.kept:
        held = problem.weights[problem.today == grid].sum(axis=0)
        for weight, ideal in enumerate(units.ideal.tolist()):
            share = held[weight] / ideal if ideal > 0 else 1.0
            if abs(share - 1) > problem.tolerance[weight] + _SLACK:
                code = (problem.grid_codes[grid],)
                yield Cause(Force.LOCKED, weight, abs(share - 1), code, share)


def forced_by_pieces(problem: Problem, units: Units, weight: int) -> list[Cause]:
    """
    List what forces grids beyond the tolerance of one weight.

    All heavy blocks and what they leave; of parts and pieces the worst, if it says more than that.
    """
    shares = units.weights[:, weight] / units.ideal[weight]
    tolerance = float(problem.tolerance[weight])
    heavy = np.flatnonzero(shares > 1 + tolerance + _SLACK)
    causes = [
        Cause(Force.HEAVY, weight, share - 1, units.named(problem, np.array([unit])), share)
        for unit, share in zip(heavy.tolist(), shares[heavy].tolist(), strict=True)
    ]
    causes += _rest(shares, heavy, units.grids, tolerance, weight)
    known = max([tolerance, *(cause.deviation for cause in causes)])
    for force, found in (
        (Force.PART, _worst_part(units, shares)),
        (Force.PIECE, _worst_piece(units, shares)),
    ):
        if found is not None and found[0] > known + _SLACK:
            deviation, blocks = found
            held = float(shares[blocks].sum())
            named = units.named(problem, blocks)
            causes.append(Cause(force, weight, deviation, named, held))
    return causes


def _rest(
    shares: Floats, heavy: Ints, grids: int, tolerance: float, weight: int
) -> Iterator[Cause]:
    """Say what the heavy blocks, or grids locked whole, leave for each of the other grids."""
    others = grids - len(heavy)
    if others < 1:
        return
    left = float(shares.sum() - shares[heavy].sum()) / others
    # with a heavy block the others may also get less: only too little is sure
    if left < 1 - tolerance - _SLACK or (not len(heavy) and left > 1 + tolerance + _SLACK):
        yield Cause(Force.REST, weight, abs(1 - left), held=left, grids=others)


def _worst_part(units: Units, shares: Floats) -> tuple[float, Ints] | None:
    """Find the part, not joined to others, that cannot be whole grids; its least deviation."""
    count, part = _parts(len(units), units.edges)
    if count == 1:
        return None
    held = np.array([shares[part == which].sum() for which in range(count)])
    least = _least(partial(_numbers_fit, held, units.grids))
    worst = int(np.argmax([_own_deviation(share) for share in held.tolist()]))
    return least, np.flatnonzero(part == worst)


def _own_deviation(share: float) -> float:
    wholes = (max(1, int(share)), int(share) + 1)
    return min(abs(share / whole - 1) for whole in wholes)


def _numbers_fit(held: Floats, grids: int, off: float) -> bool:
    """Whether parts can be given whole numbers of grids, `grids` in all, none off by more."""
    sums = {0}
    for share in held.tolist():
        fits = [n for n in range(1, grids + 1) if abs(share / n - 1) <= off + _SLACK]
        sums = {total + n for total in sums for n in fits if total + n <= grids}
    return grids in sums


def _worst_piece(units: Units, shares: Floats) -> tuple[float, Ints] | None:
    """Find the block whose grid must take too much or too little of what hangs on it."""
    found: tuple[float, Ints] | None = None
    if _parts(len(units), units.edges)[0] > 1:
        return None
    for unit in _cut_vertices(len(units), units.edges):
        others = (units.edges != unit).all(axis=1)
        _, piece = _parts(len(units), units.edges[others])
        hanging = np.unique(np.delete(piece, unit))
        held = np.array([shares[piece == which].sum() for which in hanging.tolist()])
        own = float(shares[unit])
        least = _least(partial(_piece_fits, own, held, units.grids))
        if found is None or least > found[0] + _SLACK:
            small = np.isin(piece, hanging[held < held.max()])
            small[unit] = True
            found = least, np.flatnonzero(small)
    return found


def _piece_fits(own: float, held: Floats, grids: int, off: float) -> bool:
    """
    Whether the grid of a block can be whole, off by no more.

    Of each piece that hangs on the block some whole grids are cut off, and the rest goes to the
    grid of the block. Kept is, for each number of grids cut off, the range of these rests.
    """
    ranges = {0: (own, own)}
    for share in held.tolist():
        further: dict[int, tuple[float, float]] = {}
        for number, (low, high) in ranges.items():
            for cut in range(grids - number):
                least = max(0.0, share - cut * (1 + off))
                most = share - cut * (1 - off)
                if most < -_SLACK:
                    break
                old = further.get(number + cut, (np.inf, -np.inf))
                further[number + cut] = min(old[0], low + least), max(old[1], high + most)
        ranges = further
    low, high = ranges.get(grids - 1, (np.inf, -np.inf))
    return low <= 1 + off + _SLACK and high >= 1 - off - _SLACK


def _least(fits: Callable[[float], bool]) -> float:
    """Give a deviation that is just too small, by halving; 0 if none is."""
    if fits(0.0):
        return 0.0
    low, high = 0.0, 1.0
    while not fits(high) and high < 1e6:  # noqa: PLR2004 - so far off that it is no matter
        low, high = high, 2 * high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return low


def _parts(count: int, edges: Ints) -> tuple[int, Ints]:
    graph = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(count, count))
    number, part = connected_components(graph, directed=False)
    return int(number), part.astype(np.int64)


def _cut_vertices(count: int, edges: Ints) -> list[int]:
    """List the units without which the others fall apart (Hopcroft and Tarjan 1973)."""
    near: list[list[int]] = [[] for _ in range(count)]
    for a, b in edges.tolist():
        near[a].append(b)
        near[b].append(a)
    found: set[int] = set()
    depth, low = [-1] * count, [0] * count
    for root in range(count):
        if depth[root] < 0:
            _search_from(root, near, depth, low, found)
    return sorted(found)


def _search_from(
    root: int, near: list[list[int]], depth: list[int], low: list[int], found: set[int]
) -> None:
    """Go through what hangs together with `root`, depth first."""
    depth[root] = low[root] = 0
    stack = [(root, -1, iter(near[root]))]
    children = 0
    while stack:
        unit, parent, others = stack[-1]
        other = next(others, None)
        if other is None:
            stack.pop()
            if parent >= 0:
                low[parent] = min(low[parent], low[unit])
                if parent != root and low[unit] >= depth[parent]:
                    found.add(parent)
        elif depth[other] < 0:
            depth[other] = low[other] = depth[unit] + 1
            children += unit == root
            stack.append((other, unit, iter(near[other])))
        elif other != parent:
            low[unit] = min(low[unit], depth[other])
    if children > 1:
        found.add(root)
