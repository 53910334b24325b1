"""How many people must change grid, at least, for grids within given limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csc_array
from scipy.sparse.csgraph import connected_components

from gis.balance.problem import NEW
from gis.balance.units import units_of

if TYPE_CHECKING:
    from gis.balance.problem import Floats, Ints, Mask, Problem
    from gis.balance.units import Units

MOST_VARIABLES = 1_200  # beyond, totals only
_NODES = 300  # of the solver's tree, in each round; the bound holds wherever it stops
_WHOLE = 1e-6
_ON = 0.5


def least_moved(problem: Problem, parent: int, limits: Floats, *, rounds: int = 4) -> float | None:
    """
    Bound from below the people of a parent who change grid.

    Parameters
    ----------
    limits
        (m,) how far grids may be off the mean, as a share of it.
    rounds
        How often a solution whose grids are torn is cut off and the solver asked again; with 0 the
        bound is that of grids that need not hang together.

    Returns
    -------
    moved
        Of column 0: no plan within the limits moves less. None if there are no grids today, or
        nothing within the limits was left.

    Notes
    -----
    An integer program: blocks to the codes of today's grids and of new ones, within the limits, the
    people elsewhere than today as few as can be. Cuts are those of Validi, Buchanan and Lykhovyd
    (2022), Imposing contiguity constraints in political districting models: two blocks in one grid
    need one of the blocks that part them.
    """
    units = units_of(problem, parent)
    rows = np.flatnonzero((problem.parent == parent) & (problem.today != NEW))
    if not len(rows):
        return None
    by_totals = _by_totals(problem, units, rows, float(limits[0]))
    codes = [grid for grid in np.unique(problem.today[rows]).tolist() if grid not in units.kept]
    codes += [NEW] * max(0, units.grids - len(codes))
    if not by_totals or len(units) * len(codes) > MOST_VARIABLES:
        return by_totals
    bound = _Program(problem, units, codes, limits).solve(rounds)
    if bound is None:
        return None
    weights = problem.weights[rows, 0]
    if (weights == np.round(weights)).all():
        bound = float(np.ceil(bound - _WHOLE))
    return max(by_totals, bound)


def _by_totals(problem: Problem, units: Units, rows: Ints, limit: float) -> float:
    """
    Count what grids have too much, and what they lack, new ones included.

    If there will be fewer grids, nothing need be lacking, but the people of those that end move.
    """
    free = rows[~np.isin(problem.today[rows], units.kept)]
    total = np.bincount(problem.today[free], problem.weights[free, 0], len(problem.grid_codes))
    total = np.sort(total[np.unique(problem.today[free])])
    most, least = units.ideal[0] * (1 + limit), units.ideal[0] * (1 - limit)
    more = units.grids - len(total)
    if more < 0:
        coming = total[:-more].sum()
    else:
        coming = np.maximum(least - total, 0).sum() + more * max(least, 0.0)
    return float(max(np.maximum(total - most, 0).sum(), coming))


class _Program:
    """Columns: unit u to code c at u * g + c, then whether code c is used."""

    def __init__(self, problem: Problem, units: Units, codes: list[int], limits: Floats) -> None:
        self._units, self._count = units, len(codes)
        n, g = len(units), self._count
        people = np.zeros((n, g))
        locked = np.zeros((n, g), bool)
        at = {code: column for column, code in enumerate(codes) if code != NEW}
        for row, unit in zip(units.rows.tolist(), units.of.tolist(), strict=True):
            today = int(problem.today[row])
            if today == NEW:
                continue
            people[unit] += problem.weights[row, 0]
            if today in at:
                people[unit, at[today]] -= problem.weights[row, 0]
            if problem.locked[row]:
                locked[unit] |= np.arange(g) != at[today]
        self._cost = np.concatenate([people.ravel(), np.zeros(g)])
        self._upper = np.concatenate([~locked.ravel(), np.ones(g, bool)]).astype(float)
        self._rows: list[tuple[Ints, Floats, float, float]] = []
        self._require_grids(limits)

    def _require_grids(self, limits: Floats) -> None:
        """Each unit once; each used code within the limits; as many codes used as grids."""
        n, g = len(self._units), self._count
        used = n * g + np.arange(g)
        for unit in range(n):
            self._rows.append((unit * g + np.arange(g), np.ones(g), 1, 1))
        self._rows.append((used, np.ones(g), self._units.grids, self._units.grids))
        for weight, limit in enumerate(limits.tolist()):
            ideal = self._units.ideal[weight]
            held = self._units.weights[:, weight]
            for code in range(g):
                columns = np.append(np.arange(n) * g + code, used[code])
                low, high = ideal * (1 - limit), ideal * (1 + limit)
                self._rows.append((columns, np.append(held, -low), -_WHOLE, np.inf))
                self._rows.append((columns, np.append(held, -high), -np.inf, _WHOLE))

    def solve(self, rounds: int) -> float | None:
        """Give the best bound; None if there is no solution."""
        bound = 0.0
        for _ in range(rounds + 1):
            found = milp(
                self._cost,
                integrality=np.ones(len(self._cost), np.int64),
                bounds=Bounds(np.zeros(len(self._cost)), self._upper),
                constraints=self._constraint(),
                options={"node_limit": _NODES},
            )
            if found.status == 2:  # noqa: PLR2004 - SciPy's number for infeasible
                return None
            if found.mip_dual_bound is not None:
                bound = max(bound, float(found.mip_dual_bound))
            if found.x is None or not self._cut_torn(found.x[: -self._count] > _ON):
                break
        return bound

    def _constraint(self) -> LinearConstraint:
        place = np.concatenate([np.full(len(row[0]), i) for i, row in enumerate(self._rows)])
        column = np.concatenate([row[0] for row in self._rows])
        value = np.concatenate([row[1] for row in self._rows])
        shape = (len(self._rows), len(self._cost))
        matrix = csc_array(coo_array((value, (place, column)), shape=shape))
        low, high = (np.array([row[i] for row in self._rows]) for i in (2, 3))
        return LinearConstraint(matrix, low, high)

    def _cut_torn(self, chosen: Mask) -> bool:
        """Forbid what tears grids in a solution; False if nothing is torn."""
        n, g = len(self._units), self._count
        code = chosen.reshape(n, g).argmax(axis=1)
        edges = self._units.edges
        kept = edges[code[edges[:, 0]] == code[edges[:, 1]]]
        graph = coo_array((np.ones(len(kept)), (kept[:, 0], kept[:, 1])), shape=(n, n))
        piece = connected_components(graph, directed=False)[1]
        torn = False
        for which in range(g):
            members = np.flatnonzero(code == which)
            names = np.unique(piece[members])
            if len(names) < 2:  # noqa: PLR2004 - one piece is whole
                continue
            torn = True
            weights = self._units.weights[:, 0]
            main = max(names.tolist(), key=lambda name: weights[piece == name].sum())
            anchor = members[piece[members] == main]
            anchor = int(anchor[weights[anchor].argmax()])
            for name in names.tolist():
                if name != main:
                    self._forbid(np.flatnonzero(piece == name), anchor, which)
        return torn

    def _forbid(self, apart: Ints, anchor: int, code: int) -> None:
        """Let a unit of a piece and the anchor share a code only with a unit around the piece."""
        edges, g = self._units.edges, self._count
        inside = np.isin(edges, apart)
        around = np.unique(edges[inside.any(axis=1)])
        around = np.setdiff1d(around, apart)
        one = int(apart[self._units.weights[apart, 0].argmax()])
        columns = np.concatenate([[one, anchor], around]) * g + code
        values = np.concatenate([[1.0, 1.0], -np.ones(len(around))])
        self._rows.append((columns, values, -np.inf, 1.0))
