"""Machine code of a region cut into parts: what handing an atom over costs, if it may go."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = NDArray[np.int32]

_MULTIPLY, _ADD, _MASK = 25214903917, 11, (1 << 48) - 1  # drand48, wraps alike in Python and C
NOWHERE = -1

# Where the running numbers of a search are kept.
RANDOM, WORK, CUTS, MARK = 0, 1, 2, 3


class Graph(NamedTuple):
    """Neighbours of atom v are `to[first[v]:first[v + 1]]`, over edge `edge`, border `width`."""

    first: Rows
    to: Rows
    edge: Rows
    width: Floats
    ends: Rows  # (2 * e) the two atoms of each edge
    border: Floats  # (e) the same width by edge
    weight: Floats  # (n * m)
    home: Rows  # part an atom is from, or NOWHERE
    price: Floats  # of being elsewhere
    per_ideal: Floats  # (m) one by the mean weight of a part
    tolerance: Floats  # (m)


class State(NamedTuple):
    """Where the search stands, and room to work in."""

    part: Rows  # (n)
    load: Floats  # (k * m)
    cut: Rows  # edges between parts, the first CUTS of them
    place: Rows  # (e) where an edge stands in `cut`, or NOWHERE
    head: Rows  # (k) an atom of each part, and from each
    after: Rows  # (n) to the next
    before: Rows  # (n) or the one before it, NOWHERE at the ends
    seen: Rows  # (n) marks
    queue: Rows  # (n)
    numbers: Ints  # RANDOM, WORK, CUTS, MARK


@compiled()
def random(numbers: Ints) -> float:
    """Draw from [0, 1)."""
    numbers[RANDOM] = (int(numbers[RANDOM]) * _MULTIPLY + _ADD) & _MASK
    return float(numbers[RANDOM] >> 16) * (1.0 / 4294967296.0)


@compiled()
def random_below(numbers: Ints, count: int) -> int:
    """Draw from 0..count-1."""
    numbers[RANDOM] = (int(numbers[RANDOM]) * _MULTIPLY + _ADD) & _MASK
    return ((int(numbers[RANDOM]) >> 16) * count) >> 32


@compiled()
def excess(g: Graph, load: float, j: int) -> float:
    """Share by which a weight is off its ideal beyond the tolerance."""
    return max(0.0, abs(load * g.per_ideal[j] - 1.0) - g.tolerance[j])


@compiled()
def flip_cost(g: Graph, s: State, v: int, b: int, push: float) -> float:
    """Change of cost if v goes to part b."""
    a = s.part[v]
    change = 0.0
    for i in range(g.first[v], g.first[v + 1]):
        other = s.part[g.to[i]]
        if other == a:
            change += g.width[i]
        elif other == b:
            change -= g.width[i]
    s.numbers[WORK] += 10 + 2 * (g.first[v + 1] - g.first[v])
    m = len(g.per_ideal)
    for j in range(m):
        w, x, y = g.weight[v * m + j], s.load[a * m + j], s.load[b * m + j]
        before = excess(g, x, j) + excess(g, y, j)
        change += push * (excess(g, x - w, j) + excess(g, y + w, j) - before)
    if g.home[v] == a:
        change += g.price[v]
    elif g.home[v] == b:
        change -= g.price[v]
    return change


@compiled()
def may_leave(g: Graph, s: State, v: int) -> bool:
    """Tell whether the part of v stays whole, and is not empty, without v."""
    a = s.part[v]
    s.numbers[MARK] += 2
    wanted = s.numbers[MARK]
    reached = wanted + 1
    count, start = 0, NOWHERE
    for i in range(g.first[v], g.first[v + 1]):
        u = g.to[i]
        if s.part[u] == a:
            s.seen[u] = wanted
            start = u
            count += 1
    if count <= 1:
        return count == 1
    s.seen[v] = reached
    s.seen[start] = reached
    s.queue[0] = start
    head, tail = 0, 1
    count -= 1
    while head < tail:
        u = s.queue[head]
        head += 1
        for i in range(g.first[u], g.first[u + 1]):
            t = g.to[i]
            if s.part[t] != a or s.seen[t] == reached:
                continue
            if s.seen[t] == wanted:
                count -= 1
                if count == 0:
                    s.numbers[WORK] += 8 * head
                    return True
            s.seen[t] = reached
            s.queue[tail] = t
            tail += 1
    s.numbers[WORK] += 8 * head
    return False


@compiled()
def _set_cut(s: State, edge: int, is_cut: bool) -> None:  # noqa: FBT001 - machine code
    """Keep the list of edges between parts."""
    if is_cut and s.place[edge] < 0:
        s.place[edge] = s.numbers[CUTS]
        s.cut[s.numbers[CUTS]] = edge
        s.numbers[CUTS] += 1
    elif not is_cut and s.place[edge] >= 0:
        s.numbers[CUTS] -= 1
        last = s.cut[s.numbers[CUTS]]
        s.cut[s.place[edge]] = last
        s.place[last] = s.place[edge]
        s.place[edge] = NOWHERE


@compiled()
def _unlist(s: State, v: int) -> None:
    """Take v off the list of its part."""
    if s.before[v] == NOWHERE:
        s.head[s.part[v]] = s.after[v]
    else:
        s.after[s.before[v]] = s.after[v]
    if s.after[v] != NOWHERE:
        s.before[s.after[v]] = s.before[v]


@compiled()
def enlist(s: State, v: int) -> None:
    """Put v at the head of the list of its part."""
    first = s.head[s.part[v]]
    s.before[v] = NOWHERE
    s.after[v] = first
    if first != NOWHERE:
        s.before[first] = v
    s.head[s.part[v]] = v


@compiled()
def flip(g: Graph, s: State, v: int, b: int) -> None:
    """Put v into part b."""
    m = len(g.per_ideal)
    a = s.part[v]
    for j in range(m):
        s.load[a * m + j] -= g.weight[v * m + j]
        s.load[b * m + j] += g.weight[v * m + j]
    _unlist(s, v)
    s.part[v] = b
    enlist(s, v)
    for i in range(g.first[v], g.first[v + 1]):
        _set_cut(s, g.edge[i], s.part[g.to[i]] != b)
    s.numbers[WORK] += 4 * (g.first[v + 1] - g.first[v])


@compiled()
def accepts(s: State, change: float, heat: float) -> bool:
    """Decide on a change of cost by the rule of Metropolis et al. (1953)."""
    return change <= 0.0 or (change < 30.0 * heat and random(s.numbers) < math.exp(-change / heat))
