"""
Why not better? Bounds that no plan can beat, and the blocks that force them.

Everything here holds for every valid plan: the number of contiguous grids each parent was given,
atoms whole, locks kept. Each weight is looked at alone, so a plan that serves several can only be
worse. Two kinds of proof: arithmetic on what cannot be divided (`pieces`), and a search through all
plans (`frontier`); people who must move are bounded by an integer program (`moved`). Where none of
them says anything, nothing is claimed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gis.balance.frontier import WIDTHS, Answer, FrontierSearch, Sizes
from gis.balance.moved import least_moved
from gis.balance.pieces import Cause, Force, forced_by_pieces, locked_grids
from gis.balance.units import units_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gis.balance.problem import Floats, Mask, Plan, Problem
    from gis.balance.units import Units

SAME = 1e-6
"""Deviations that differ by less than this are the same."""
_NOBODY_KNOWS = 1.0  # without a plan the search asks for deviations up to this


@dataclass(frozen=True, slots=True)
class Effort:
    """
    How hard to look for proofs.

    Parameters
    ----------
    widths
        States the search keeps, tried one after the other; empty: arithmetic only.
    halvings
        How often the range that the least worst deviation is in is halved.
    rounds
        See `moved.least_moved`; None: people who must move are not bounded.
    """

    widths: tuple[int, ...] = WIDTHS
    halvings: int = 4
    rounds: int | None = 4


@dataclass(frozen=True, slots=True)
class Bound:
    """
    What holds for every plan of one parent.

    Parameters
    ----------
    parent
        Its code.
    causes
        What forces grids outside, the worst first.
    worst
        (m,) no plan has a smaller worst deviation, as a share of the mean grid, of that weight.
    outside
        At least so many grids are outside of a tolerance.
    excess
        The shares by which grids are beyond their tolerances sum to this at least.
    limits
        (m,) the deviations `moved` is for: the tolerance, or what is forced or the plan has.
    moved
        People (column 0) who change grid in every plan within the limits; None if unknown.
    """

    parent: str
    causes: tuple[Cause, ...]
    worst: tuple[float, ...]
    outside: int
    excess: float
    limits: tuple[float, ...]
    moved: float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """
    How the plan of a parent stands against its bound.

    Parameters
    ----------
    bound
        What holds for every plan.
    outside
        Codes of the plan's grids that are outside of a tolerance, with their (m,) deviations.
    worst, excess, moved
        Of the plan; see `Bound`.
    proven_by
        Why nothing better exists: "inside" if no grid is outside, else "outside", "excess" or
        "worst" for what is as small as can be; "" if there is no proof.
    """

    bound: Bound
    outside: tuple[tuple[str, tuple[float, ...]], ...]
    worst: tuple[float, ...]
    excess: float
    moved: float
    proven_by: str


def explain(
    problem: Problem,
    plan: Plan | None = None,
    *,
    effort: Effort | None = None,
    parents: Sequence[int] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Bound]:
    """
    Bound the plans of each parent.

    Parameters
    ----------
    plan
        The search asks only where this plan has grids outside, and whether there is a better one;
        if None it asks of every parent.
    parents
        Indices of the parents; all if None.
    progress
        Told how many parents are done, of how many.

    Returns
    -------
    bounds
        In the order of the parents.
    """
    asked = range(len(problem.parent_codes)) if parents is None else parents
    bounds = []
    for parent in asked:
        bounds.append(_bound(problem, parent, plan, effort or Effort()))
        if progress is not None:
            progress(len(bounds), len(asked))
    return bounds


def stand(problem: Problem, plan: Plan, bounds: Sequence[Bound]) -> list[Standing]:
    """Hold a plan against the bounds of its parents, in their order."""
    return [_standing(problem, plan, bound) for bound in bounds]


def _standing(problem: Problem, plan: Plan, bound: Bound) -> Standing:
    parent = problem.parent_codes.index(bound.parent)
    mine = plan.parent == parent
    outside = np.flatnonzero(mine & plan.figures.outside)
    worst, excess = _measured(problem, plan, mine)
    rows = np.flatnonzero((problem.parent == parent) & (problem.today >= 0))
    codes = np.array(plan.codes, dtype=object)[plan.grid[rows]]
    today = np.array([*problem.grid_codes, ""], dtype=object)[problem.today[rows]]
    if not len(outside):
        proven = "inside"
    elif len(outside) <= bound.outside:
        proven = "outside"
    elif excess <= bound.excess + SAME:
        proven = "excess"
    else:
        best = all(had <= least + SAME for had, least in zip(worst, bound.worst, strict=True))
        proven = "worst" if best else ""
    return Standing(
        bound=bound,
        outside=tuple(
            (plan.codes[grid], tuple(plan.figures.deviation[grid].tolist())) for grid in outside
        ),
        worst=tuple(worst.tolist()),
        excess=excess,
        moved=float(problem.weights[rows[codes != today], 0].sum()),
        proven_by=proven,
    )


def _measured(problem: Problem, plan: Plan, mine: Mask) -> tuple[Floats, float]:
    off = np.abs(plan.figures.deviation[mine])
    return off.max(axis=0), float(np.maximum(off - problem.tolerance, 0).sum())


def _bound(problem: Problem, parent: int, plan: Plan | None, effort: Effort) -> Bound:
    units = units_of(problem, parent)
    causes = list(locked_grids(problem, units))
    had, had_excess, outside, fewest = None, 0.0, 0, 0
    if plan is not None:
        had, had_excess = _measured(problem, plan, plan.parent == parent)
        outside = int(plan.figures.outside[plan.parent == parent].sum())
    for weight in range(len(problem.tolerance)):
        if units.ideal[weight] <= 0 or units.grids < 1:
            continue
        causes += forced_by_pieces(problem, units, weight)
        if not effort.widths or (plan is not None and not outside):
            continue
        known = max((cause.deviation for cause in causes if cause.weight == weight), default=0.0)
        search = _Search(units, weight, float(problem.tolerance[weight]), effort)
        found = search.least_worst(known, None if had is None else float(had[weight]))
        if found > known:
            causes.append(Cause(Force.SEARCH, weight, found))
            known = found
        least, excess = _summed(problem, causes)
        if outside > least and had_excess > excess + SAME and search.none_with_spare(outside - 1):
            fewest = outside
    worst = [0.0] * len(problem.tolerance)
    for cause in causes:
        worst[cause.weight] = max(worst[cause.weight], cause.deviation)
    limits = np.maximum(problem.tolerance, worst if had is None else had)
    moved = None
    if effort.rounds is not None:
        moved = least_moved(problem, parent, limits + SAME, rounds=effort.rounds)
    least, excess = _summed(problem, causes)
    return Bound(
        parent=problem.parent_codes[parent],
        causes=tuple(sorted(causes, key=lambda cause: -cause.deviation)),
        worst=tuple(worst),
        outside=max(least, fewest),
        excess=excess,
        limits=tuple(limits.tolist()),
        moved=moved,
    )


def _summed(problem: Problem, causes: Sequence[Cause]) -> tuple[int, float]:
    """Add up what different grids are forced to; the most over the weights."""
    counts: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    sums: defaultdict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    apart = {Force.HEAVY, Force.LOCKED, Force.REST}  # each of other grids
    for cause in causes:
        beyond = cause.deviation - float(problem.tolerance[cause.weight])
        if cause.force in apart:
            counts[cause.weight][0] += 1
            sums[cause.weight][0] += cause.grids * beyond
        elif beyond > 0:
            counts[cause.weight][1] = 1
            sums[cause.weight][1] = max(sums[cause.weight][1], beyond)
    return (
        max((max(count) for count in counts.values()), default=0),
        max((max(total) for total in sums.values()), default=0.0),
    )


class _Search:
    """What going through all plans says of one weight of one parent."""

    def __init__(self, units: Units, weight: int, tolerance: float, effort: Effort) -> None:
        self._tolerance = tolerance
        self._grids = units.grids
        self._effort = effort
        self._search = FrontierSearch(units.weights[:, weight] / units.ideal[weight], units.edges)

    def least_worst(self, known: float, had: float | None) -> float:
        """
        Raise what is known of the least worst deviation.

        `had` is what a plan has: the range between is halved, after asking whether any is better.
        """
        if had is not None and had <= known + SAME:
            return known
        if known < self._tolerance:
            if not self._none_within(self._tolerance):
                return known
            known = self._tolerance
        if had is not None and self._none_within(had - SAME):
            return had - SAME
        high = _NOBODY_KNOWS if had is None else had
        for _ in range(self._effort.halvings):
            middle = min((known + high) / 2, 2 * known)
            if self._none_within(middle):
                known = middle
            else:
                high = middle
        return known

    def none_with_spare(self, spare: int) -> bool:
        """Whether every plan has more grids outside than that."""
        sizes = Sizes(self._grids, 1 - self._tolerance, 1 + self._tolerance, spare)
        widths = self._effort.widths[:-1] or self._effort.widths  # far more states for less
        return self._search.answer(sizes, widths) is Answer.IMPOSSIBLE

    def _none_within(self, off: float) -> bool:
        sizes = Sizes(self._grids, 1 - off, 1 + off)
        return self._search.answer(sizes, self._effort.widths) is Answer.IMPOSSIBLE
