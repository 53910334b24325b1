"""
Machine code that joins two neighbouring parts and cuts them anew along a random spanning tree.

Every edge of the tree is one way to cut; the cheapest of all is found from sums over branches, as
recombination chains do (DeFord, Duchin and Solomon 2021), but with borders and moves counted.
"""

from __future__ import annotations

from typing import NamedTuple

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
    excess,
    flip,
    random_below,
)
from gis.compiled import compiled

Floats = NDArray[np.float64]
Rows = NDArray[np.int32]


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
        chosen = i + random_below(s.numbers, edges - i)
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
def _hang_tree(r: Room) -> None:
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
    g: Graph,
    s: State,
    r: Room,
    x: int,
    ab: int,
    push: float,
    swapped: bool,  # noqa: FBT001
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
        cost += push * (excess(g, inside, j) + excess(g, total - inside, j))
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
        cost += push * (excess(g, s.load[a * m + j], j) + excess(g, s.load[b * m + j], j))
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
def recut(g: Graph, s: State, r: Room, heat: float, push: float) -> None:
    """Try to cut two neighbouring parts anew, at the best edge of a random spanning tree."""
    k = len(s.load) // len(g.per_ideal)
    edge = s.cut[random_below(s.numbers, s.numbers[CUTS])]
    v = g.ends[2 * edge]
    a, b = s.part[v], s.part[g.ends[2 * edge + 1]]
    count = _members(g, s, r, a, b, v)
    edges = _grow_tree(g, s, r, count)
    _hang_tree(r)
    _weigh_branches(g, s, r, count, edges, a, b)
    ab = a * k + b
    best, at, best_swapped = np.inf, 1, False
    for x in range(1, count):
        for swapped in (False, True):
            cost = _cut_cost(g, s, r, x, ab, push, swapped)
            if cost < best:
                best, at, best_swapped = cost, x, swapped
    change = best - _pair_cost(g, s, r, edges, ab, push) - _away(g, s, count, a, b)
    if not accepts(s, change, heat):
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
            flip(g, s, s.queue[i], part)
