"""
Plans to start from: today's or METIS's, mended until every part is whole and there are k of them.

Mending is for validity alone; balance and borders are what the search is for.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import pymetis

from gis.balance.region import NOWHERE, Region, components
from gis.errors import BalanceError

if TYPE_CHECKING:
    from gis.balance.problem import Ints

ANEW = 1 << 40
"""Labels from here on stand for no grid of today."""
_FEW = 3  # METIS is no use for less


def today_mended(region: Region) -> Ints:
    """
    Return (a,) labels as near to today's grids as cutting into k whole parts allows.

    A part that continues a grid of today has its index, another a number from ANEW on.

    Raises
    ------
    BalanceError
        If locked atoms of a grid cannot be joined, or locks leave no way to have k parts.
    """
    return _Mender(region, region.home).mended()


def metis(region: Region, seed: int) -> Ints:
    """Return (a,) labels by METIS (Karypis and Kumar 1998), mended where parts are not whole."""
    if region.k == 1 or len(region) < _FEW:
        return _Mender(region, np.zeros(len(region), np.int64)).mended()
    both = np.concatenate([region.pairs, region.pairs[:, ::-1]])
    order = np.lexsort(both.T[::-1])
    starts = np.concatenate([[0], np.cumsum(np.bincount(both[:, 0], minlength=len(region)))])
    scale = 1000.0 / max(float(region.width.max()), 1e-9)
    widths = np.maximum(1, np.round(np.tile(region.width, 2)[order] * scale)).astype(int)
    weights = np.maximum(0, np.round(region.weights[:, 0])).astype(int)
    options = pymetis.Options(seed=seed % 2**31, contig=1, niter=20)
    cut = pymetis.part_graph(
        region.k,
        adjacency=pymetis.CSRAdjacency(starts.tolist(), both[order, 1].tolist()),
        vweights=weights.tolist() if weights.sum() else None,
        eweights=widths.tolist(),
        recursive=False,
        options=options,
    )
    return _Mender(region, np.array(cut.vertex_part, np.int64)).mended()


class _Mender:
    """Labels of atoms on their way to a valid plan."""

    def __init__(self, region: Region, labels: Ints) -> None:
        self.region = region
        self.labels = labels.copy()
        self.near: list[list[int]] = [[] for _ in range(len(region))]
        for a, b in region.pairs.tolist():
            self.near[a].append(b)
            self.near[b].append(a)
        self.bound = np.where(region.locked, region.home, NOWHERE)

    def mended(self) -> Ints:
        """Return labels of k whole parts."""
        self._join_locked()
        self._release_pieces()
        self._spread()
        while len(np.unique(self.labels)) > self.region.k:
            self._merge()
        while len(np.unique(self.labels)) < self.region.k:
            self._split()
        return self.labels

    def _weights(self) -> dict[int, float]:
        """Return the weight of each part, the lightest first."""
        parts, where = np.unique(self.labels, return_inverse=True)
        held = np.bincount(where, self.region.weights[:, 0])
        return {int(parts[i]): float(held[i]) for i in np.argsort(held, kind="stable")}

    def _join_locked(self) -> None:
        """Give each locked grid a way between its locked atoms, through what no other locked."""
        for grid in np.unique(self.bound[self.bound >= 0]).tolist():
            atoms = np.flatnonzero(self.bound == grid)
            self.labels[atoms] = grid
            while len(apart := self._apart(grid, atoms)):
                way = self._way(grid, int(atoms[0]), set(apart.tolist()))
                self.labels[way] = grid
                self.bound[way] = grid

    def _apart(self, grid: int, atoms: Ints) -> Ints:
        """Return the locked atoms of a grid that its own ground does not join to the first."""
        pairs = self.region.pairs
        inside = (self.labels[pairs] == grid).all(axis=1)
        _, piece = components(len(self.labels), pairs[inside])
        apart: Ints = atoms[piece[atoms] != piece[atoms[0]]]
        return apart

    def _way(self, grid: int, start: int, ends: set[int]) -> list[int]:
        """Walk from an atom to the nearest of others past what other grids have locked."""
        came, queue = {start: start}, deque([start])
        while queue:
            atom = queue.popleft()
            if atom in ends:
                way = [atom]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return way
            for other in self.near[atom]:
                if other not in came and self.bound[other] in {NOWHERE, grid}:
                    came[other] = atom
                    queue.append(other)
        raise BalanceError(
            f"locked blocks of one grid, {self._name(start)} and {self._name(min(ends))}, are cut"
            " off from each other by those of another: unlock some"
        )

    def _name(self, atom: int) -> str:
        return self.region.ids[int(np.flatnonzero(self.region.atom == atom)[0])]

    def _release_pieces(self) -> None:
        """Keep of each label one piece: that with locked atoms, else the heaviest."""
        pairs, weight = self.region.pairs, self.region.weights[:, 0]
        inside = (self.labels[pairs[:, 0]] == self.labels[pairs[:, 1]]).nonzero()[0]
        count, piece = components(len(self.labels), pairs[inside])
        held = np.bincount(piece, weight, count)
        held[np.unique(piece[self.bound >= 0])] = np.inf
        first = np.full(count, len(self.labels))
        np.minimum.at(first, piece, np.arange(len(self.labels)))
        best: dict[int, int] = {}
        for one in np.lexsort((-first, held)).tolist():  # the last wins
            best[int(self.labels[first[one]])] = one
        keep = np.zeros(count, bool)
        keep[list(best.values())] = True
        self.labels[~keep[piece]] = NOWHERE

    def _spread(self) -> None:
        """Give atoms without a label that of a neighbour."""
        if (self.labels < 0).all():
            self.labels[0] = ANEW
        queue = deque(np.flatnonzero(self.labels >= 0).tolist())
        while queue:
            atom = queue.popleft()
            for other in self.near[atom]:
                if self.labels[other] < 0:
                    self.labels[other] = self.labels[atom]
                    queue.append(other)

    def _merge(self) -> None:
        """Give the lightest part without locked atoms to its lightest neighbour."""
        weights = self._weights()
        held = set(self.labels[self.bound >= 0].tolist())  # at most k, so another is left
        part = next(part for part in weights if part not in held)
        pairs = self.labels[self.region.pairs]
        touching = pairs[(pairs == part).any(axis=1)]
        others = np.unique(touching[touching != part]).tolist()
        self.labels[self.labels == part] = min(others, key=weights.__getitem__)

    def _split(self) -> None:
        """Cut off a branch without locked atoms from the heaviest part that has one."""
        for part, weight in reversed(self._weights().items()):
            branch = self._branch(part, weight / 2)
            if branch:
                self.labels[branch] = max(ANEW, int(self.labels.max()) + 1)
                return
        raise BalanceError(
            f"no room for {self.region.k} grids was found between the locked blocks: unlock some"
            " or ask for fewer grids"
        )

    def _branch(self, part: int, wanted: float) -> list[int]:
        """Find the branch of a tree of a part, free of locked atoms, of about the wanted weight."""
        atoms = np.flatnonzero(self.labels == part)
        order, came = self._tree(part, int(atoms[np.argmax(self.bound[atoms] >= 0)]))
        weight = dict(zip(atoms.tolist(), self.region.weights[atoms, 0].tolist(), strict=True))
        free = dict(zip(atoms.tolist(), (self.bound[atoms] < 0).tolist(), strict=True))
        for atom in reversed(order[1:]):
            weight[came[atom]] += weight[atom]
            free[came[atom]] &= free[atom]
        open_ = [atom for atom in order[1:] if free[atom]]
        if not open_:
            return []
        root = min(open_, key=lambda atom: abs(weight[atom] - wanted))
        below = {root}
        for atom in order[1:]:
            if came[atom] in below:
                below.add(atom)
        return sorted(below)

    def _tree(self, part: int, root: int) -> tuple[list[int], dict[int, int]]:
        order, came = [root], {root: root}
        for atom in order:  # grows on the way
            for other in self.near[atom]:
                if self.labels[other] == part and other not in came:
                    came[other] = atom
                    order.append(other)
        return order, came
