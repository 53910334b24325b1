"""
Is a plan valid? Asked of every plan before it is given out or stored.

Nothing here is shared with the code that makes plans: sets, sums and SciPy's connected components,
so a mistake there is not repeated here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gis.errors import BalanceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.balance.problem import Ints, Plan, Problem

_CLOSE = 1e-6  # figures are sums of floats, in another order here than there
_MOST_NAMED = 3


class Breach(StrEnum):
    """What a plan can get wrong."""

    NO_GRID = "no_grid"  # a block is in none, or in one that does not exist
    GRID_CODES = "grid_codes"  # two grids of one code, or codes and parents do not match in number
    ACROSS_PARENTS = "across_parents"
    NUMBER_OF_GRIDS = "number_of_grids"
    EMPTY = "empty"
    BROKEN = "broken"
    ATOM_SPLIT = "atom_split"
    LOCK_LOST = "lock_lost"
    LOCKED_GRID_CHANGED = "locked_grid_changed"
    FIGURES = "figures"


_WORDS = {
    Breach.NO_GRID: ("地块{blocks}没有网格", "no grid for block {blocks}"),
    Breach.GRID_CODES: ("网格编码{grid}不唯一或缺所属社区", "grid code {grid} comes twice"),
    Breach.ACROSS_PARENTS: (
        "网格{grid}越过社区边界（地块{blocks}属于另一社区）",
        "grid {grid} reaches across its parent (block {blocks} has another)",
    ),
    Breach.NUMBER_OF_GRIDS: (
        "社区{grid}的网格数不符：{detail}",
        "parent {grid} has {detail} grids",
    ),
    Breach.EMPTY: ("网格{grid}没有地块", "grid {grid} has no block"),
    Breach.BROKEN: (
        "网格{grid}不连通：{detail}处，例如地块{blocks}与主体分离",
        "grid {grid} is in {detail} pieces: block {blocks} lies apart",
    ),
    Breach.ATOM_SPLIT: (
        "地块{blocks}须在同一网格，却被拆开",
        "blocks {blocks} must stay together and do not",
    ),
    Breach.LOCK_LOST: (
        "锁定的地块{blocks}离开了网格{grid}",
        "locked block {blocks} left its grid {grid}",
    ),
    Breach.LOCKED_GRID_CHANGED: (
        "锁定的网格{grid}多了地块{blocks}",
        "locked grid {grid} took in block {blocks}",
    ),
    Breach.FIGURES: (
        "指标{grid}与方案不符：{detail}",
        "figure {grid} is not that of the plan: {detail}",
    ),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """
    One thing that makes a plan invalid.

    Parameters
    ----------
    breach
        Which rule.
    grid
        Code of the grid, of the parent where the number of grids is wrong, or name of a figure.
    blocks
        Codes of the blocks concerned.
    detail
        A value the sentence needs.
    """

    breach: Breach
    grid: str = ""
    blocks: tuple[str, ...] = ()
    detail: str = ""

    def in_words(self) -> tuple[str, str]:
        """Say it in Chinese and in English."""
        more = len(self.blocks) - _MOST_NAMED
        named = ", ".join(self.blocks[:_MOST_NAMED])
        zh, en = _WORDS[self.breach]
        return (
            zh.format(
                grid=self.grid,
                blocks=named.replace(", ", "、")
                + (f"等 {len(self.blocks)} 个" if more > 0 else ""),
                detail=self.detail,
            ),
            en.format(
                grid=self.grid,
                blocks=named + (f" and {more} more" if more > 0 else ""),
                detail=self.detail,
            ),
        )


def guard(problem: Problem, plan: Plan) -> Plan:
    """
    Let a valid plan pass.

    Raises
    ------
    BalanceError
        If it is not valid; the message names the first violations.
    """
    violations = find_violations(problem, plan)
    if violations:
        told = "; ".join(violation.in_words()[1] for violation in violations[:_MOST_NAMED])
        raise BalanceError(
            f"the plan is not valid ({len(violations)} violations): {told}. Nothing was kept of it"
        )
    return plan


def find_violations(problem: Problem, plan: Plan) -> list[Violation]:
    """
    List all that makes a plan invalid; empty if nothing does.

    Every block is in one grid; each parent has its number of grids, none empty and none reaching
    across; each grid is connected over neighbours and bridges, where blocks of one atom count as
    connected; atoms are whole; locked blocks keep their grid, and a grid that is locked whole takes
    nothing in; the figures are those of the plan.
    """
    violations = [*_unplaced(problem, plan), *_miscoded(plan)]
    if violations:
        return violations  # the rest is asked of grids
    return [
        *_across(problem, plan),
        *_numbers(problem, plan),
        *_broken(problem, plan),
        *_split_atoms(problem, plan),
        *_lost_locks(problem, plan),
        *_wrong_figures(problem, plan),
    ]


def _unplaced(problem: Problem, plan: Plan) -> Iterator[Violation]:
    if plan.grid.shape != (len(problem.ids),):
        yield Violation(Breach.NO_GRID, blocks=problem.ids, detail=str(plan.grid.shape))
        return
    lost = np.flatnonzero((plan.grid < 0) | (plan.grid >= len(plan.codes)))
    if len(lost):
        yield Violation(Breach.NO_GRID, blocks=_named(problem, lost))


def _miscoded(plan: Plan) -> Iterator[Violation]:
    seen: set[str] = set()
    for code in plan.codes:
        if code in seen:
            yield Violation(Breach.GRID_CODES, code)
        seen.add(code)
    if len(plan.parent) != len(plan.codes):
        yield Violation(Breach.GRID_CODES, plan.codes[-1] if plan.codes else "")


def _across(problem: Problem, plan: Plan) -> Iterator[Violation]:
    strangers = np.flatnonzero(plan.parent[plan.grid] != problem.parent)
    for grid, rows in _by(plan.grid, strangers):
        yield Violation(Breach.ACROSS_PARENTS, plan.codes[grid], _named(problem, rows))


def _numbers(problem: Problem, plan: Plan) -> Iterator[Violation]:
    filled = set(plan.grid.tolist())
    yield from (
        Violation(Breach.EMPTY, code) for row, code in enumerate(plan.codes) if row not in filled
    )
    for parent, code in enumerate(problem.parent_codes):
        grids = set(plan.grid[problem.parent == parent].tolist())
        if len(grids) != problem.k[parent]:
            yield Violation(
                Breach.NUMBER_OF_GRIDS, code, detail=f"{len(grids)} ≠ {problem.k[parent]}"
            )


def _broken(problem: Problem, plan: Plan) -> Iterator[Violation]:
    order = np.argsort(problem.atom, kind="stable")
    together = problem.atom[order][1:] == problem.atom[order][:-1]
    pairs = np.concatenate(
        [problem.edges.reshape(-1, 2), np.column_stack([order[:-1], order[1:]])[together]]
    )
    kept = pairs[plan.grid[pairs[:, 0]] == plan.grid[pairs[:, 1]]]
    count = len(problem.ids)
    graph = coo_matrix((np.ones(len(kept)), (kept[:, 0], kept[:, 1])), shape=(count, count))
    piece = connected_components(graph, directed=False)[1]
    for grid, code in enumerate(plan.codes):
        rows = np.flatnonzero(plan.grid == grid)
        pieces, sizes = np.unique(piece[rows], return_counts=True)
        if len(pieces) > 1:
            apart = rows[piece[rows] != pieces[sizes.argmax()]]
            yield Violation(Breach.BROKEN, code, _named(problem, apart), str(len(pieces)))


def _split_atoms(problem: Problem, plan: Plan) -> Iterator[Violation]:
    for _, rows in _by(problem.atom, np.arange(len(problem.ids))):
        if len(set(plan.grid[rows].tolist())) > 1:
            yield Violation(Breach.ATOM_SPLIT, blocks=_named(problem, rows))


def _lost_locks(problem: Problem, plan: Plan) -> Iterator[Violation]:
    locked = np.flatnonzero(problem.locked)
    for grid, rows in _by(problem.today, locked):
        code = problem.grid_codes[grid]
        left = [row for row in rows if plan.codes[plan.grid[row]] != code]
        if left:
            yield Violation(Breach.LOCK_LOST, code, _named(problem, left))
        if not problem.locked[problem.today == grid].all() or code not in plan.codes:
            continue
        joined = np.flatnonzero(
            (plan.grid == plan.codes.index(code)) & (problem.today != grid)
        ).tolist()
        if joined:
            yield Violation(Breach.LOCKED_GRID_CHANGED, code, _named(problem, joined))


def _wrong_figures(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Measure the plan again, slowly, and compare."""
    told = plan.figures
    grids = range(len(plan.codes))
    held = np.array([problem.weights[plan.grid == grid].sum(axis=0) for grid in grids])
    if not np.allclose(held, told.weights, rtol=_CLOSE, atol=_CLOSE):
        yield Violation(Breach.FIGURES, "weights", detail="sums of the blocks differ")
    off = np.zeros_like(held)
    for grid, parent in enumerate(plan.parent.tolist()):
        mean = problem.weights[problem.parent == parent].sum(axis=0) / problem.k[parent]
        off[grid] = np.where(mean > 0, held[grid] / np.where(mean > 0, mean, 1) - 1, 0)
    if not np.allclose(off, told.deviation, atol=_CLOSE):
        yield Violation(Breach.FIGURES, "deviation", detail="off the mean by another share")
    clear = np.abs(np.abs(off) - problem.tolerance) > _CLOSE  # on the limit either answer will do
    outside = (clear & (np.abs(off) > problem.tolerance)).any(axis=1)
    if (outside != told.outside)[clear.all(axis=1)].any():
        yield Violation(Breach.FIGURES, "outside", detail=f"{outside.sum()} grids are")
    measured = {"border_m": _border_m(problem, plan), **_moved(problem, plan)}
    for name, value in measured.items():
        if not np.isclose(value, getattr(told, name), rtol=_CLOSE, atol=_CLOSE):
            yield Violation(Breach.FIGURES, name, detail=f"{getattr(told, name):g} ≠ {value:g}")


def _border_m(problem: Problem, plan: Plan) -> float:
    a, b = problem.edges.reshape(-1, 2).T
    cut = (plan.grid[a] != plan.grid[b]) & (problem.parent[a] == problem.parent[b])
    return float(problem.border_m[cut].sum())


def _moved(problem: Problem, plan: Plan) -> dict[str, float]:
    moved = total = 0.0
    for row, today in enumerate(problem.today.tolist()):
        if today >= 0:
            total += problem.weights[row, 0]
            if plan.codes[plan.grid[row]] != problem.grid_codes[today]:
                moved += problem.weights[row, 0]
    return {"moved": moved, "moved_share": moved / total if total > 0 else 0.0}


def _by(group: Ints, rows: Ints) -> Iterator[tuple[int, list[int]]]:
    """Give the rows of each group, groups in order."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows.tolist():
        found[int(group[row])].append(row)
    yield from sorted(found.items())


def _named(problem: Problem, rows: Ints | list[int]) -> tuple[str, ...]:
    return tuple(problem.ids[int(row)] for row in rows)
