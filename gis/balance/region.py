"""
Regions: what can be searched by itself. A parent is one, unless rivers or locked grids part it.

Atoms are contracted, grids locked as a whole are taken out, and what remains of a parent falls
into connected pieces; each gets its number of grids. What makes a plan impossible is said here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from gis.errors import BalanceError

if TYPE_CHECKING:
    from gis.balance.problem import Codes, Floats, Ints, Mask, Problem

Rows = NDArray[np.int32]

NOWHERE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """
    A connected graph of a atoms to be cut into k parts.

    Parameters
    ----------
    parent
        Index of the parent.
    ids, blocks, atom
        Codes and rows of the blocks, and the atom (0..a-1) of each.
    weights
        (a, m).
    pairs, width
        (e, 2) atoms that are neighbours and what a cut between them costs, in metres.
    home
        (a,) index of today's grid, NOWHERE for none; of several the one with most people.
    people
        (a,) how many are at home in it.
    locked
        (a,) whether the atom must stay home.
    k
        Number of parts.
    ideal, tolerance
        (m,) mean weight of a grid of the parent, and how far off it is fine.
    """

    parent: int
    ids: Codes
    blocks: Ints
    atom: Ints
    weights: Floats
    pairs: Ints
    width: Floats
    home: Ints
    people: Floats
    locked: Mask
    k: int
    ideal: Floats
    tolerance: Floats

    def __len__(self) -> int:
        return len(self.weights)


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """A problem taken apart: regions to search, and blocks of grids that stay as they are."""

    regions: tuple[Region, ...]
    kept: Ints  # (n,) index of today's grid for a block of one that is kept, NOWHERE elsewhere


def divide(problem: Problem) -> Division:
    """
    Take a problem apart into regions.

    Raises
    ------
    BalanceError
        If no plan can exist: an atom or a kept grid is in pieces, a parent is in more pieces than
        it gets grids, or has fewer atoms, or locks contradict.
    """
    pairs = problem.edges[problem.inside()]
    _check_atoms(problem, pairs)
    kept = _kept_grids(problem, pairs)
    _check_parents_of_locks(problem)
    free = kept < 0
    ideal = problem.ideal()
    regions: list[Region] = []
    for parent in range(len(problem.parent_codes)):
        of_parent = problem.parent == parent
        left = problem.k[parent] - len(np.unique(kept[of_parent & ~free]))
        blocks = np.flatnonzero(of_parent & free)
        if not len(blocks) and not left:
            continue
        pieces = _pieces(problem, blocks, pairs)
        numbers = _numbers(problem, parent, pieces, int(left))
        for piece, k in zip(pieces, numbers, strict=True):
            regions.append(_region(problem, piece, int(k), ideal[parent]))
    return Division(tuple(regions), kept)


def components(count: int, pairs: Ints) -> tuple[int, Ints]:
    """Return how many pieces a graph has, and the piece of each node."""
    ones = np.ones(len(pairs), np.int8)
    graph = scipy.sparse.coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    number, piece = connected_components(graph, directed=False)
    return int(number), piece.astype(np.int64)


def first_torn(labels: Ints, pairs: Ints) -> int:
    """Return a label that is in several pieces, or NOWHERE; labels below 0 do not count."""
    same = (labels[pairs[:, 0]] == labels[pairs[:, 1]]) & (labels[pairs[:, 0]] >= 0)
    _, piece = components(len(labels), pairs[same])
    here = np.flatnonzero(labels >= 0)
    of_label = np.unique(np.stack([labels[here], piece[here]], axis=1), axis=0)[:, 0]
    again = np.flatnonzero(of_label[1:] == of_label[:-1])
    return int(of_label[again[0]]) if len(again) else NOWHERE


def _check_atoms(problem: Problem, pairs: Ints) -> None:
    torn = first_torn(problem.atom, pairs)
    if torn >= 0:
        members = [problem.ids[row] for row in np.flatnonzero(problem.atom == torn)[:5]]
        raise BalanceError(
            f"blocks {', '.join(members)} must stay together but are not connected: declare a"
            " bridge between them or let them part"
        )


def _kept_grids(problem: Problem, pairs: Ints) -> Ints:
    """Mark the blocks of grids that are locked as a whole."""
    count = len(problem.grid_codes)
    has = problem.today >= 0
    size = np.bincount(problem.today[has], minlength=count)
    locked = np.bincount(problem.today[has & problem.locked], minlength=count)
    whole = np.append((locked == size) & (size > 0), False)  # the last stands for no grid
    kept = np.where(whole[problem.today], problem.today, NOWHERE)
    torn = first_torn(kept, pairs)
    if torn >= 0:
        raise BalanceError(
            f"grid {problem.grid_codes[torn]} is locked but not connected, or lies in several"
            " parents: unlock some of its blocks or declare a bridge"
        )
    _check_atoms_of_locks(problem, kept)
    return kept


def _check_parents_of_locks(problem: Problem) -> None:
    bound = np.stack([problem.today, problem.parent], axis=1)[problem.locked]
    grids = np.unique(bound, axis=0)[:, 0]
    again = np.flatnonzero(grids[1:] == grids[:-1])
    if len(again):
        raise BalanceError(
            f"blocks of grid {problem.grid_codes[grids[again[0]]]} are locked in several parents,"
            " and no grid may reach across: unlock those in all but one"
        )


def _check_atoms_of_locks(problem: Problem, kept: Ints) -> None:
    bound = np.where(problem.locked, problem.today, NOWHERE)
    order = np.lexsort((bound, problem.atom))
    atom, bound, kept = problem.atom[order], bound[order], kept[order]
    together = atom[1:] == atom[:-1]
    clash = (bound[1:] != bound[:-1]) & (bound[:-1] >= 0)
    clash |= (kept[1:] != kept[:-1]) & ((kept[1:] >= 0) | (kept[:-1] >= 0))
    bad = np.flatnonzero(together & clash)
    if len(bad):
        a, b = (problem.ids[row] for row in sorted(order[bad[0] : bad[0] + 2]))
        raise BalanceError(
            f"blocks {a} and {b} must stay together but locks hold them in different grids:"
            " unlock one or let them part"
        )


def _pieces(problem: Problem, blocks: Ints, pairs: Ints) -> list[Ints]:
    local = np.full(len(problem), NOWHERE)
    local[blocks] = np.arange(len(blocks))
    here = local[pairs]
    number, piece = components(len(blocks), here[(here >= 0).all(axis=1)])
    return [blocks[piece == i] for i in range(number)]


def _numbers(problem: Problem, parent: int, pieces: list[Ints], left: int) -> Ints:
    """Share a parent's grids out to its pieces so that the worst mean is as good as can be."""
    code = problem.parent_codes[parent]
    atoms = np.array([len(np.unique(problem.atom[piece])) for piece in pieces], np.int64)
    bound = [np.unique(problem.today[piece][problem.locked[piece]]) for piece in pieces]
    numbers = np.array([max(1, len(grids)) for grids in bound], np.int64)
    _check_locks_of_pieces(problem, bound)
    if numbers.sum() > left:
        raise BalanceError(_too_few(problem, parent, pieces, left, int(numbers.sum())))
    if atoms.sum() < left:
        raise BalanceError(
            f"{code} is to have {left} grids besides locked ones but only {atoms.sum()} blocks or"
            " groups of blocks that stay together: ask for fewer grids"
        )
    total = np.array([problem.weights[piece, 0].sum() for piece in pieces])
    for _ in range(left - int(numbers.sum())):
        mean = np.where(numbers < atoms, total / numbers, -1.0)
        numbers[int(np.argmax(mean))] += 1
    return numbers


def _check_locks_of_pieces(problem: Problem, bound: list[Ints]) -> None:
    grids, times = np.unique(np.concatenate([*bound, np.empty(0, np.int64)]), return_counts=True)
    if (times > 1).any():
        grid = problem.grid_codes[int(grids[np.argmax(times)])]
        raise BalanceError(
            f"blocks of grid {grid} are locked on both sides of what cannot be crossed (water,"
            " locked grids): unlock some or declare a bridge"
        )


def _too_few(problem: Problem, parent: int, pieces: list[Ints], left: int, needed: int) -> str:
    k = int(problem.k[parent])
    code = problem.parent_codes[parent]
    if left >= len(pieces) or not pieces:
        return (
            f"{code} is to have {k} grids but blocks of {needed + k - left} are locked in it:"
            " unlock some or ask for more grids"
        )
    if left <= 0:
        return (
            f"all {k} grids of {code} are locked as they are but block {problem.ids[pieces[0][0]]}"
            " is in none of them: unlock one or ask for more grids"
        )
    smallest = min(pieces, key=len)
    named = ", ".join(problem.ids[row] for row in smallest[:5])
    return (
        f"{code} is in {len(pieces)} pieces that do not touch but is to have {left} grids: declare"
        f" a bridge to the piece of {named}{', ...' if len(smallest) > 5 else ''}"  # noqa: PLR2004
        f" or ask for {needed} grids at least"
    )


def _region(problem: Problem, blocks: Ints, k: int, ideal: Floats) -> Region:
    _, atom = np.unique(problem.atom[blocks], return_inverse=True)
    count = int(atom.max()) + 1
    weights = np.zeros((count, problem.weights.shape[1]))
    np.add.at(weights, atom, problem.weights[blocks])
    locked = np.zeros(count, bool)
    np.logical_or.at(locked, atom, problem.locked[blocks])
    home, people = _homes(problem, blocks, atom, count)
    pairs, width = _contracted(problem, blocks, atom)
    return Region(
        parent=int(problem.parent[blocks[0]]),
        ids=tuple(problem.ids[row] for row in blocks),
        blocks=blocks,
        atom=atom,
        weights=weights,
        pairs=pairs,
        width=width,
        home=home,
        people=people,
        locked=locked,
        k=k,
        ideal=ideal,
        tolerance=problem.tolerance,
    )


def _homes(problem: Problem, blocks: Ints, atom: Ints, count: int) -> tuple[Ints, Floats]:
    """Tell where most of each atom's people are at home; a lock decides before people do."""
    home, people = np.full(count, NOWHERE, np.int64), np.zeros(count)
    has = problem.today[blocks] >= 0
    if not has.any():
        return home, people
    grids = len(problem.grid_codes)
    keys, where = np.unique(atom[has] * grids + problem.today[blocks][has], return_inverse=True)
    held = np.bincount(where, problem.weights[blocks[has], 0])
    bound = np.bincount(where, problem.locked[blocks[has]]) > 0
    order = np.lexsort((-keys, held, bound))  # the last of an atom wins
    home[keys[order] // grids] = keys[order] % grids
    people[keys[order] // grids] = held[order]
    return home, people


def _contracted(problem: Problem, blocks: Ints, atom: Ints) -> tuple[Ints, Floats]:
    local = np.full(len(problem), NOWHERE)
    local[blocks] = atom
    pairs = np.sort(local[problem.edges], axis=1)
    use = (pairs[:, 0] >= 0) & (pairs[:, 0] != pairs[:, 1])
    use &= problem.inside()
    keys, where = np.unique(pairs[use] @ np.array([len(blocks), 1]), return_inverse=True)
    width: Floats = np.bincount(where, (problem.border_m * problem.cost)[use], len(keys)).astype(
        float
    )
    both: Ints = np.stack(np.divmod(keys, len(blocks)), axis=1)
    return both, width
