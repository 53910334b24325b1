"""
Machine code of the search: one region's atoms are handed from part to part, ever more coolly.

A region is a connected graph of n atoms to be cut into k connected parts. Its cost is the border
between parts, plus `push` for each share by which a part's weight exceeds the tolerance, plus the
price of atoms away from home. Three moves: hand one atom over; hand one over and the one that
then fits best on from there; join two neighbouring parts and cut them anew along a random tree.
No move ever leaves a part empty or in two pieces.

Run as a module (`python -m gis.balance.anneal_kernel`) it compiles everything and keeps the code.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gis.balance.parts_kernel import (
    CUTS,
    MARK,
    NOWHERE,
    WORK,
    Graph,
    State,
    accepts,
    enlist,
    excess,
    flip,
    flip_cost,
    may_leave,
    random,
    random_below,
)
from gis.balance.recut_kernel import Room, recut
from gis.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = NDArray[np.int32]

_MANY_MARKS = 1_000_000_000


@compiled()
def _hand_over(g: Graph, s: State, heat: float, push: float) -> None:
    """Try to hand one atom across a border."""
    drawn = random_below(s.numbers, 2 * s.numbers[CUTS])
    edge, side = s.cut[drawn >> 1], drawn & 1
    v, b = g.ends[2 * edge + side], s.part[g.ends[2 * edge + 1 - side]]
    if accepts(s, flip_cost(g, s, v, b, push), heat) and may_leave(g, s, v):
        flip(g, s, v, b)


@compiled()
def _best_from(g: Graph, s: State, b: int, but: int, push: float, most: float) -> tuple[int, int]:
    """Find the atom of part b, but for one, that may best go elsewhere at less than `most`."""
    best, to = NOWHERE, NOWHERE
    w = s.head[b]
    while w != NOWHERE:
        last = b
        for i in range(g.first[w], g.first[w + 1]):
            c = s.part[g.to[i]]
            if c in (b, last) or w == but:
                continue
            last = c
            cost = flip_cost(g, s, w, c, push)
            if cost < most and may_leave(g, s, w):
                best, to, most = w, c, cost
        w = s.after[w]
        s.numbers[WORK] += 4
    return best, to


@compiled()
def _hand_on(g: Graph, s: State, heat: float, push: float) -> None:
    """Try to hand an atom over and the one that then fits best on from where it went."""
    drawn = random_below(s.numbers, 2 * s.numbers[CUTS])
    edge, side = s.cut[drawn >> 1], drawn & 1
    v, b = g.ends[2 * edge + side], s.part[g.ends[2 * edge + 1 - side]]
    a = s.part[v]
    first = flip_cost(g, s, v, b, push)
    if not may_leave(g, s, v):
        return
    flip(g, s, v, b)
    most = -first - heat * math.log(max(random(s.numbers), 1e-12))
    w, c = _best_from(g, s, b, v, push, most)
    if w == NOWHERE:
        flip(g, s, v, a)
    else:
        flip(g, s, w, c)


@compiled()
def _total_excess(g: Graph, s: State) -> float:
    m = len(g.per_ideal)
    total = 0.0
    for i in range(len(s.load)):
        total += excess(g, s.load[i], i % m)
    return total


@compiled()
def _total_cost(g: Graph, s: State) -> float:
    cost = 0.0
    for i in range(s.numbers[CUTS]):
        cost += g.border[s.cut[i]]
    for v in range(len(s.part)):
        if g.home[v] != NOWHERE and g.home[v] != s.part[v]:
            cost += g.price[v]
    return cost


@compiled()
def _keep_best(g: Graph, s: State, best: Rows, best_key: Floats) -> None:
    """Keep the state if it has less excess than the best, or the same and costs less."""
    over = _total_excess(g, s)
    if over > best_key[0] + 1e-9:
        return
    cost = _total_cost(g, s)
    if over < best_key[0] - 1e-9 or cost < best_key[1] - 1e-9:
        best_key[0] = over
        best_key[1] = cost
        for v in range(len(best)):
            best[v] = s.part[v]


@compiled(
    "in int32", "in int32", "in int32", "in float64", "in int32", "in float64", "in float64",
    "in int32", "in float64", "in float64", "in float64",
    "out int32", "out float64", "out int32", "out int32", "out int64",
    "in float64", "int64", "int64", "out int32", "out float64",
)  # fmt: skip
def anneal(
    first: Rows, to: Rows, edge: Rows, width: Floats, ends: Rows, border: Floats, weight: Floats,
    home: Rows, price: Floats, per_ideal: Floats, tolerance: Floats,
    part: Rows, load: Floats, cut: Rows, place: Rows, numbers: Ints,
    schedule: Floats, limit: int, stop: int, best: Rows, best_key: Floats,
) -> None:  # fmt: skip
    """
    Search until the work done reaches `stop`, on a schedule that is made for `limit` in all.

    `schedule` holds heat and push at the beginning and at the end (they go from one to the other
    in equal ratios), the shares of work for cutting anew and for handing on.
    """
    g = Graph(first, to, edge, width, ends, border, weight, home, price, per_ideal, tolerance)
    n, e, m = len(part), len(border), len(per_ideal)
    s = State(
        part, load, cut, place, np.full(len(load) // m, NOWHERE, np.int32), np.empty(n, np.int32),
        np.empty(n, np.int32), np.zeros(n, np.int32), np.empty(n, np.int32), numbers,
    )  # fmt: skip
    for v in range(n):
        enlist(s, v)
    r = Room(
        np.empty(n, np.int32), np.empty(e, np.int32), np.empty(n, np.int32), np.empty(n, np.int32),
        np.empty(2 * n, np.int32), np.empty(2 * n, np.int32), np.empty(n, np.int32),
        np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n * (m + 3), np.float64),
    )  # fmt: skip
    numbers[MARK] = 0
    recut_work, chain_work = 0, 0
    began = numbers[WORK]
    while numbers[WORK] < stop and numbers[CUTS] > 0:
        course = numbers[WORK] / limit
        heat = schedule[0] * (schedule[1] / schedule[0]) ** course
        push = schedule[2] * (schedule[3] / schedule[2]) ** course
        if numbers[MARK] > _MANY_MARKS:
            s.seen[:] = 0
            numbers[MARK] = 0
        for _ in range(n):
            _hand_over(g, s, heat, push)
        while recut_work < schedule[4] * (numbers[WORK] - began):
            before = numbers[WORK]
            recut(g, s, r, heat, push)
            recut_work += numbers[WORK] - before
        while chain_work < schedule[5] * (numbers[WORK] - began):
            before = numbers[WORK]
            _hand_on(g, s, heat, push)
            chain_work += numbers[WORK] - before
        _keep_best(g, s, best, best_key)
        numbers[WORK] += 2 * n
