"""
Machine code of the search: one region's blocks are handed from grid to grid, ever more coolly.

A region is a connected graph of n atoms to be cut into k connected parts. Its cost is the border
between parts, plus `push` for each share by which a part's weight exceeds the tolerance, plus the
price of atoms away from home. Three moves: hand one atom over; hand one over and another on from
there; join two neighbouring parts and cut them anew along a random spanning tree.
No move ever leaves a part empty or in two pieces.

Run as a module (`python -m gis.balance.anneal_kernel`) it compiles everything and keeps the code.
"""

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
_TRIES = 60  # to find a border atom of a given part
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
    seen: Rows  # (n) marks
    queue: Rows  # (n)
    numbers: Ints  # RANDOM, WORK, CUTS, MARK


class Room(NamedTuple):
    """Room for cutting two parts anew: n or e numbers each."""

    local: Rows  # place of an atom among the members
    edges: Rows
    root: Rows  # of union-find
    head: Rows  # of lists of tree edges
    link: Rows
    other: Rows
    up: Rows  # parent in the tree
    depth: Rows
    order: Rows
    below: Floats  # (n * (m + 3)): border, home with the first, home with the second, weights


@compiled()
def _random(numbers: Ints) -> float:
    """Draw from [0, 1)."""
    numbers[RANDOM] = (numbers[RANDOM] * _MULTIPLY + _ADD) & _MASK
    return float(numbers[RANDOM] >> 16) * (1.0 / 4294967296.0)


@compiled()
def _below(numbers: Ints, count: int) -> int:
    """Draw from 0..count-1."""
    numbers[RANDOM] = (numbers[RANDOM] * _MULTIPLY + _ADD) & _MASK
    return ((numbers[RANDOM] >> 16) * count) >> 32


@compiled()
def _excess(g: Graph, load: float, j: int) -> float:
    """Share by which a weight is off its ideal beyond the tolerance."""
    return max(0.0, abs(load * g.per_ideal[j] - 1.0) - g.tolerance[j])


@compiled()
def _flip_cost(g: Graph, s: State, v: int, b: int, push: float) -> float:
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
        before = _excess(g, x, j) + _excess(g, y, j)
        change += push * (_excess(g, x - w, j) + _excess(g, y + w, j) - before)
    if g.home[v] == a:
        change += g.price[v]
    elif g.home[v] == b:
        change -= g.price[v]
    return change


@compiled()
def _may_leave(g: Graph, s: State, v: int) -> bool:
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
def _flip(g: Graph, s: State, v: int, b: int) -> None:
    """Put v into part b."""
    m = len(g.per_ideal)
    a = s.part[v]
    for j in range(m):
        s.load[a * m + j] -= g.weight[v * m + j]
        s.load[b * m + j] += g.weight[v * m + j]
    s.part[v] = b
    for i in range(g.first[v], g.first[v + 1]):
        _set_cut(s, g.edge[i], s.part[g.to[i]] != b)
    s.numbers[WORK] += 4 * (g.first[v + 1] - g.first[v])


@compiled()
def _accepts(s: State, change: float, heat: float) -> bool:
    return change <= 0.0 or (change < 30.0 * heat and _random(s.numbers) < math.exp(-change / heat))


@compiled()
def _hand_over(g: Graph, s: State, heat: float, push: float) -> None:
    """Try to hand one atom across a border."""
    drawn = _below(s.numbers, 2 * s.numbers[CUTS])
    edge, side = s.cut[drawn >> 1], drawn & 1
    v, b = g.ends[2 * edge + side], s.part[g.ends[2 * edge + 1 - side]]
    if _accepts(s, _flip_cost(g, s, v, b, push), heat) and _may_leave(g, s, v):
        _flip(g, s, v, b)


@compiled()
def _hand_on(g: Graph, s: State, heat: float, push: float) -> None:
    """Try to hand an atom over and another one on from where it went."""
    drawn = _below(s.numbers, 2 * s.numbers[CUTS])
    edge, side = s.cut[drawn >> 1], drawn & 1
    v, b = g.ends[2 * edge + side], s.part[g.ends[2 * edge + 1 - side]]
    a = s.part[v]
    first = _flip_cost(g, s, v, b, push)
    if not _may_leave(g, s, v):
        return
    _flip(g, s, v, b)
    for _ in range(_TRIES):
        edge = s.cut[_below(s.numbers, s.numbers[CUTS])]
        side = 0 if s.part[g.ends[2 * edge]] == b else 1
        w = g.ends[2 * edge + side]
        if s.part[w] != b or w == v:
            continue
        c = s.part[g.ends[2 * edge + 1 - side]]
        if _accepts(s, first + _flip_cost(g, s, w, c, push), heat) and _may_leave(g, s, w):
            _flip(g, s, w, c)
            return
        break
    _flip(g, s, v, a)


# ---- two parts cut anew -----------------------------------------------------------------------


@compiled()
def _members(g: Graph, s: State, r: Room, a: int, b: int, start: int) -> int:
    """List the atoms of two neighbouring parts in `queue`; return how many."""
    s.numbers[MARK] += 2
    mark = s.numbers[MARK]
    s.seen[start] = mark
    s.queue[0] = start
    head, tail = 0, 1
    while head < tail:
        u = s.queue[head]
        r.local[u] = head
        head += 1
        for i in range(g.first[u], g.first[u + 1]):
            t = g.to[i]
            if s.seen[t] != mark and (s.part[t] == a or s.part[t] == b):
                s.seen[t] = mark
                s.queue[tail] = t
                tail += 1
    return tail


@compiled()
def _find(root: Rows, i: int) -> int:
    while root[i] != i:
        root[i] = root[root[i]]
        i = root[i]
    return i


@compiled()
def _grow_tree(g: Graph, s: State, r: Room, count: int) -> int:
    """Join the members by edges in random order; the tree goes to lists. Return all edges."""
    mark = s.numbers[MARK]
    edges = 0
    for i in range(count):
        u = s.queue[i]
        r.root[i] = i
        r.head[i] = NOWHERE
        for h in range(g.first[u], g.first[u + 1]):
            if g.to[h] > u and s.seen[g.to[h]] == mark:
                r.edges[edges] = g.edge[h]
                edges += 1
    links = 0
    for i in range(edges):
        chosen = i + _below(s.numbers, edges - i)
        edge = r.edges[chosen]
        r.edges[chosen] = r.edges[i]
        x, y = r.local[g.ends[2 * edge]], r.local[g.ends[2 * edge + 1]]
        p, q = _find(r.root, x), _find(r.root, y)
        if p != q:
            r.root[p] = q
            for one, two in ((x, y), (y, x)):
                r.other[links] = two
                r.link[links] = r.head[one]
                r.head[one] = links
                links += 1
        r.edges[i] = edge
        if links == 2 * (count - 1):
            break
    return edges


@compiled()
def _hang_tree(r: Room, count: int) -> None:
    """Order the tree from its root, member 0, downwards."""
    r.up[0] = NOWHERE
    r.depth[0] = 0
    r.order[0] = 0
    head, tail = 0, 1
    while head < tail:
        x = r.order[head]
        head += 1
        i = r.head[x]
        while i != NOWHERE:
            y = r.other[i]
            if y != r.up[x]:
                r.up[y] = x
                r.depth[y] = r.depth[x] + 1
                r.order[tail] = y
                tail += 1
            i = r.link[i]


@compiled()
def _weigh_branches(g: Graph, s: State, r: Room, count: int, edges: int, a: int, b: int) -> None:
    """Sum up, for the branch below each member, its border, what is away from home, its weights."""
    m = len(g.per_ideal)
    size = m + 3
    for i in range(count):
        u = s.queue[i]
        r.below[i * size] = 0.0
        r.below[i * size + 1] = g.price[u] if g.home[u] == a else 0.0
        r.below[i * size + 2] = g.price[u] if g.home[u] == b else 0.0
        for j in range(m):
            r.below[i * size + 3 + j] = g.weight[u * m + j]
    work = 10 * count + 6 * edges
    for e in range(edges):
        edge = r.edges[e]
        x, y = r.local[g.ends[2 * edge]], r.local[g.ends[2 * edge + 1]]
        width = g.border[edge]
        r.below[x * size] += width
        r.below[y * size] += width
        while x != y:
            if r.depth[x] < r.depth[y]:
                x, y = y, x
            x = r.up[x]
            work += 1
        r.below[x * size] -= 2.0 * width
    for i in range(count - 1, 0, -1):
        x = r.order[i]
        p = r.up[x]
        for j in range(size):
            r.below[p * size + j] += r.below[x * size + j]
    s.numbers[WORK] += work


@compiled()
def _cut_cost(
    g: Graph, s: State, r: Room, x: int, ab: int, push: float, swapped: bool  # noqa: FBT001
) -> float:
    """Cost of two parts if the branch below x is the first and the rest the second, or swapped."""
    m = len(g.per_ideal)
    size = m + 3
    k = len(s.load) // m
    a, b = ab // k, ab % k
    here, there = (2, 1) if swapped else (1, 2)
    cost = r.below[x * size] + r.below[x * size + there] + r.below[here] - r.below[x * size + here]
    for j in range(m):
        inside = r.below[x * size + 3 + j]
        total = s.load[a * m + j] + s.load[b * m + j]
        cost += push * (_excess(g, inside, j) + _excess(g, total - inside, j))
    return cost


@compiled()
def _pair_cost(g: Graph, s: State, r: Room, edges: int, ab: int, push: float) -> float:
    """Cost of two parts as they are."""
    m = len(g.per_ideal)
    k = len(s.load) // m
    a, b = ab // k, ab % k
    cost = 0.0
    for i in range(edges):
        edge = r.edges[i]
        if s.part[g.ends[2 * edge]] != s.part[g.ends[2 * edge + 1]]:
            cost += g.border[edge]
    for j in range(m):
        cost += push * (_excess(g, s.load[a * m + j], j) + _excess(g, s.load[b * m + j], j))
    return cost


@compiled()
def _away(g: Graph, s: State, count: int, a: int, b: int) -> float:
    """Sum the price of members that are from one of two parts and in the other."""
    cost = 0.0
    for i in range(count):
        u = s.queue[i]
        if g.home[u] != s.part[u] and (g.home[u] == a or g.home[u] == b):
            cost += g.price[u]
    return cost


@compiled()
def _recut(g: Graph, s: State, r: Room, heat: float, push: float) -> None:
    """Try to cut two neighbouring parts anew, at the best edge of a random spanning tree."""
    k = len(s.load) // len(g.per_ideal)
    edge = s.cut[_below(s.numbers, s.numbers[CUTS])]
    v = g.ends[2 * edge]
    a, b = s.part[v], s.part[g.ends[2 * edge + 1]]
    count = _members(g, s, r, a, b, v)
    edges = _grow_tree(g, s, r, count)
    _hang_tree(r, count)
    _weigh_branches(g, s, r, count, edges, a, b)
    ab = a * k + b
    best, at, best_swapped = np.inf, 1, False
    for x in range(1, count):
        for swapped in (False, True):
            cost = _cut_cost(g, s, r, x, ab, push, swapped)
            if cost < best:
                best, at, best_swapped = cost, x, swapped
    change = best - _pair_cost(g, s, r, edges, ab, push) - _away(g, s, count, a, b)
    if not _accepts(s, change, heat):
        return
    _put(g, s, r, count, at, (b, a) if best_swapped else (a, b))


@compiled()
def _put(g: Graph, s: State, r: Room, count: int, at: int, parts: tuple[int, int]) -> None:
    """Give the branch below a member to the first part, the rest to the second."""
    for i in range(count):
        x = r.order[i]
        inside = x == at or (x != 0 and r.root[r.up[x]] == NOWHERE)
        r.root[x] = NOWHERE if inside else 0
    for i in range(count):
        part = parts[0] if r.root[i] == NOWHERE else parts[1]
        if s.part[s.queue[i]] != part:
            _flip(g, s, s.queue[i], part)


# ---- the course of a search -------------------------------------------------------------------


@compiled()
def _total_excess(g: Graph, s: State) -> float:
    m = len(g.per_ideal)
    total = 0.0
    for i in range(len(s.load)):
        total += _excess(g, s.load[i], i % m)
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
    excess = _total_excess(g, s)
    if excess > best_key[0] + 1e-9:
        return
    cost = _total_cost(g, s)
    if excess < best_key[0] - 1e-9 or cost < best_key[1] - 1e-9:
        best_key[0] = excess
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
    in equal ratios), the share of work for cutting anew, and of moves for handing on.
    """
    g = Graph(first, to, edge, width, ends, border, weight, home, price, per_ideal, tolerance)
    n, e, m = len(part), len(border), len(per_ideal)
    s = State(part, load, cut, place, np.zeros(n, np.int32), np.empty(n, np.int32), numbers)
    r = Room(
        np.empty(n, np.int32), np.empty(e, np.int32), np.empty(n, np.int32), np.empty(n, np.int32),
        np.empty(2 * n, np.int32), np.empty(2 * n, np.int32), np.empty(n, np.int32),
        np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n * (m + 3), np.float64),
    )  # fmt: skip
    numbers[MARK] = 0
    recut_work = 0
    began = numbers[WORK]
    while numbers[WORK] < stop and numbers[CUTS] > 0:
        course = numbers[WORK] / limit
        heat = schedule[0] * (schedule[1] / schedule[0]) ** course
        push = schedule[2] * (schedule[3] / schedule[2]) ** course
        if numbers[MARK] > 1_000_000_000:
            s.seen[:] = 0
            numbers[MARK] = 0
        for _ in range(n):
            if _random(numbers) < schedule[5]:
                _hand_on(g, s, heat, push)
            else:
                _hand_over(g, s, heat, push)
        while recut_work < schedule[4] * (numbers[WORK] - began):
            before = numbers[WORK]
            _recut(g, s, r, heat, push)
            recut_work += numbers[WORK] - before
        _keep_best(g, s, best, best_key)
        numbers[WORK] += 2 * n
