"""What changes from one plan to another: who gets another grid, which officers it touches."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gis.errors import JingweiError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Floats = NDArray[np.float64]


class CompareError(JingweiError):
    """Two plans do not say the same of their blocks, or not the same things."""


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """
    n blocks and the grid of each.

    Parameters
    ----------
    blocks
        (n,) codes, each once.
    grids
        (n,) code of the grid, None for a block in none.
    weights
        By name (n,) what each block holds: people, households, those above 60.
    officers
        Who answers for a grid; grids without are left out.
    """

    blocks: Sequence[str]
    grids: Sequence[str | None]
    weights: Mapping[str, Floats]
    officers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Borders:
    """
    Borders between blocks, by which the length of grid borders is measured.

    Parameters
    ----------
    pairs
        (e, 2) codes of two neighbours.
    length_m
        (e,) metres they share. Leave out pairs of two communities: their border is nobody's choice.
    """

    pairs: Sequence[tuple[str, str]]
    length_m: Floats


@dataclass(frozen=True, slots=True)
class Move:
    """A block that changes grid, and what it holds; None stands for no grid, or no such block."""

    block: str
    before: str | None
    after: str | None
    held: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    What is different.

    Parameters
    ----------
    moves
        Blocks that change grid, in the order of their codes.
    moved, total
        By weight, what these blocks hold, and what all hold.
    touched
        Grids that gain or lose a block, new and ended ones included.
    new, ended
        Grids that are in the second only; in the first only.
    officers
        Who answers for a touched grid, before or after, and who answers for a grid that another
        answered for before.
    border_before_m, border_after_m
        Metres of border between grids; None if no borders were given.
    """

    moves: tuple[Move, ...]
    moved: Mapping[str, float]
    total: Mapping[str, float]
    touched: tuple[str, ...]
    new: tuple[str, ...]
    ended: tuple[str, ...]
    officers: tuple[str, ...]
    border_before_m: float | None = None
    border_after_m: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes for anybody."""
        return not (self.moves or self.new or self.ended or self.officers)


def compare(before: Assigned, after: Assigned, borders: Borders | None = None) -> Comparison:
    """
    Say what changes from one plan to another.

    A block that is in one of them only counts as moved from or to no grid; what a block in both
    holds is taken from the second.

    Raises
    ------
    CompareError
        If a block comes twice, or the two hold different weights.
    """
    was, is_ = _by_block(before), _by_block(after)
    if set(before.weights) != set(after.weights):
        raise CompareError(
            f"one plan holds {', '.join(before.weights)}, the other {', '.join(after.weights)}:"
            " give both the same"
        )
    held = {**_held(before), **_held(after)}
    moves = tuple(
        Move(block, was.get(block), is_.get(block), held[block])
        for block in sorted({*was, *is_})
        if was.get(block) != is_.get(block)
    )
    names = tuple(after.weights)
    touched = {grid for move in moves for grid in (move.before, move.after) if grid is not None}
    had, have = _used(was), _used(is_)
    return Comparison(
        moves=moves,
        moved={name: sum(move.held[name] for move in moves) for name in names},
        total={name: float(np.sum(after.weights[name])) for name in names},
        touched=tuple(sorted(touched)),
        new=tuple(sorted(have - had)),
        ended=tuple(sorted(had - have)),
        officers=_officers(before.officers, after.officers, touched, had | have),
        border_before_m=None if borders is None else _border_m(borders, was),
        border_after_m=None if borders is None else _border_m(borders, is_),
    )


def _by_block(plan: Assigned) -> dict[str, str | None]:
    grids = dict(zip(plan.blocks, plan.grids, strict=True))
    if len(grids) < len(plan.blocks):
        twice = Counter(plan.blocks).most_common(1)[0][0]
        raise CompareError(f"block {twice} comes twice: each must come once")
    return grids


def _held(plan: Assigned) -> dict[str, dict[str, float]]:
    columns = [np.asarray(values, float).tolist() for values in plan.weights.values()]
    rows = zip(*columns, strict=True) if columns else [()] * len(plan.blocks)
    return {
        block: dict(zip(plan.weights, row, strict=True))
        for block, row in zip(plan.blocks, rows, strict=True)
    }


def _used(grids: Mapping[str, str | None]) -> set[str]:
    return {grid for grid in grids.values() if grid is not None}


def _officers(
    before: Mapping[str, str], after: Mapping[str, str], touched: set[str], grids: set[str]
) -> tuple[str, ...]:
    handed_over = {grid for grid in grids if before.get(grid) != after.get(grid)}
    found = {who.get(grid) for grid in touched | handed_over for who in (before, after)}
    return tuple(sorted(officer for officer in found if officer is not None))


def _border_m(borders: Borders, grids: Mapping[str, str | None]) -> float:
    cut = [grids.get(one) != grids.get(other) for one, other in borders.pairs]
    return float(np.sum(borders.length_m[np.array(cut, bool)])) if cut else 0.0
