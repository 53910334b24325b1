"""
Machine code of one walk: from a point to the nearest destinations of a walking network.

Run as a module (`python -m gis.walk_kernel`) it compiles everything and keeps the code.
"""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from gis.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]


@compiled()
def _bound(best: Floats, touched: Ints, count: int, wanted: int) -> float:
    """Cost of the wanted-th best destination so far; infinite while there are fewer."""
    if count < wanted:
        return np.inf
    reached = np.empty(count, np.float64)
    for i in range(count):
        reached[i] = best[touched[i]]
    reached.sort()
    return float(reached[wanted - 1])


@compiled(
    "in int64", "in int64", "in float64", "in int64", "in float64", "in int64", "in int64",
    "in float64", "in uint8", "int64", "out float64", "out int64", "out float64", "out int64",
)  # fmt: skip
def walk_out(
    start: Ints,
    neighbour: Ints,
    cost: Floats,
    seeds: Ints,
    seed_cost: Floats,
    door_start: Ints,
    door: Ints,
    door_cost: Floats,
    allowed: Bytes,
    wanted: int,
    reached: Floats,
    back: Ints,
    best: Floats,
    via: Ints,
) -> int:
    """
    Dijkstra (1959) from one or two seeds until no destination can come among the wanted.

    Arc `a` of node `u` is one of `start[u]` to `start[u + 1]`, leads to `neighbour[a]` and costs
    `cost[a]`. Node `u` has the doors `door_start[u]` to `door_start[u + 1]`: destination `door[d]`
    for `door_cost[d]` more. `reached` (n,) and `best` come filled with infinity; `back` receives
    the arc by which a node is reached (-1 at a seed), `best` and `via` each destination's cost
    and the node whose door leads there. Returns how many nodes were settled.
    """
    heap = [(seed_cost[0], seeds[0])]
    for i in range(len(seeds)):
        reached[seeds[i]] = min(reached[seeds[i]], seed_cost[i])
        heappush(heap, (seed_cost[i], seeds[i]))
    touched = np.empty(len(best), np.int64)
    count = 0
    bound = np.inf
    settled = 0
    while len(heap) > 0:
        here, u = heappop(heap)
        if here > bound:
            break
        if here > reached[u]:
            continue
        settled += 1
        for d in range(door_start[u], door_start[u + 1]):
            if allowed[door[d]] == 1 and here + door_cost[d] < best[door[d]]:
                if np.isinf(best[door[d]]):
                    touched[count] = door[d]
                    count += 1
                best[door[d]], via[door[d]] = here + door_cost[d], u
                bound = _bound(best, touched, count, wanted)
        for a in range(start[u], start[u + 1]):
            v = neighbour[a]
            if here + cost[a] < reached[v]:
                reached[v] = here + cost[a]
                back[v] = a
                heappush(heap, (reached[v], v))
    return settled


@compiled(
    "in int64", "in int64", "in int64", "in uint8", "int64", "out int64", "out float64",
    "out float64",
)  # fmt: skip
def trace_back(
    back: Ints,
    source: Ints,
    arc_edge: Ints,
    arc_forward: Bytes,
    node: int,
    edges: Ints,
    entered: Floats,
    left: Floats,
) -> int:
    """
    Write the edges walked to a node, the last one first; return how many there are.

    `entered` and `left` receive 0 for an edge's tail and 1 for its head. The node where the walk
    began goes into `edges` after them. With no room nothing is written and -1 returned.
    """
    count = 0
    while back[node] >= 0:
        arc = back[node]
        if count + 1 >= len(edges):
            return -1
        edges[count] = arc_edge[arc]
        entered[count] = 0.0 if arc_forward[arc] == 1 else 1.0
        left[count] = 1.0 - entered[count]
        count += 1
        node = source[arc]
    edges[count] = node
    return count


@compiled()
def _put(xy: Floats, count: int, x: float, y: float) -> int:
    """Write a vertex unless it repeats the one before."""
    if count > 0 and xy[2 * count - 2] == x and xy[2 * count - 1] == y:
        return count
    xy[2 * count] = x
    xy[2 * count + 1] = y
    return count + 1


@compiled()
def _put_between(
    xy: Floats, count: int, vertices: Floats, along: Floats, after: int, at_m: float
) -> int:
    """Write the place `at_m` along an edge, between the vertex `after` and the one before it."""
    gap = along[after] - along[after - 1]
    share = (at_m - along[after - 1]) / gap if gap > 0.0 else 0.0
    x0, y0 = vertices[2 * after - 2], vertices[2 * after - 1]
    x = x0 + share * (vertices[2 * after] - x0)
    y = y0 + share * (vertices[2 * after + 1] - y0)
    return _put(xy, count, x, y)


@compiled(
    "in int64", "in float64", "in float64", "in int64", "in float64", "in float64", "out float64"
)
def lay_route(
    edges: Ints,
    entered: Floats,
    left: Floats,
    vertex_start: Ints,
    vertices: Floats,
    along: Floats,
    xy: Floats,
) -> int:
    """
    Write the vertices (x, y one after the other) of parts of edges; return how many there are.

    Each edge is walked from the share `entered` of its length to the share `left`. `along` holds
    how far along its edge each vertex is. Repeated vertices are left out.
    """
    count = 0
    for i in range(len(edges)):
        first, end = vertex_start[edges[i]], vertex_start[edges[i] + 1]
        length = along[end - 1]
        start_m, stop_m = entered[i] * length, left[i] * length
        low, high = min(start_m, stop_m), max(start_m, stop_m)
        begin = first + 1
        while begin < end - 1 and along[begin] <= low:
            begin += 1
        last = end - 1
        while last > first + 1 and along[last - 1] >= high:
            last -= 1
        # `begin` is the first vertex beyond `low`, `last` the first not before `high`
        if start_m <= stop_m:
            count = _put_between(xy, count, vertices, along, begin, start_m)
            for v in range(begin, last):
                count = _put(xy, count, vertices[2 * v], vertices[2 * v + 1])
            count = _put_between(xy, count, vertices, along, last, stop_m)
        else:
            count = _put_between(xy, count, vertices, along, last, start_m)
            for v in range(last - 1, begin - 1, -1):
                count = _put(xy, count, vertices[2 * v], vertices[2 * v + 1])
            count = _put_between(xy, count, vertices, along, begin, stop_m)
    return count
