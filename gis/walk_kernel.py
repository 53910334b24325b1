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
    reached[seeds[0]] = seed_cost[0]
    for i in range(1, len(seeds)):
        if seed_cost[i] < reached[seeds[i]]:
            reached[seeds[i]] = seed_cost[i]
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
            t = door[d]
            if allowed[t] == 1 and here + door_cost[d] < best[t]:
                if np.isinf(best[t]):
                    touched[count] = t
                    count += 1
                best[t] = here + door_cost[d]
                via[t] = u
                bound = _bound(best, touched, count, wanted)
        for a in range(start[u], start[u + 1]):
            v = neighbour[a]
            if here + cost[a] < reached[v]:
                reached[v] = here + cost[a]
                back[v] = a
                heappush(heap, (reached[v], v))
    return settled

