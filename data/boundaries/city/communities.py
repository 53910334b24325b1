"""Communities: cells gathered around their seeds along the streets."""

from __future__ import annotations

import heapq
from collections import defaultdict

import numpy as np
import shapely

from .cells import Cell
from .linework import Border
from .sketch import Community

# What it costs, in metres of way, to cross a line of a kind: communities end at big streets.
CROSSING_M = {"arterial": 260.0, "collector": 90.0, "bank": 60.0}
WALL_M = 2500.0
OLD_ZONES = frozenset({"old", "dormitory"})
LONE_KINDS = frozenset({"college", "hospital", "prison"})


def gather(
    cells: list[Cell], shared: dict[tuple[int, int], Border], communities: list[Community]
) -> list[str]:
    """
    Give each cell the community whose seed is nearest by way of neighbouring cells.

    A shortest-path tree makes every community one piece. The college, the hospital and the
    prison are one cell each, and nobody's way leads through them.

    Returns
    -------
    codes
        community code of each cell.
    """
    points = shapely.get_coordinates(shapely.centroid([cell.polygon for cell in cells]))
    lone = {
        row: _seeded(cell, communities)
        for row, cell in enumerate(cells)
        if cell.place is not None and cell.place.kind in LONE_KINDS
    }
    ways: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (one, two), border in sorted(shared.items()):
        if one in lone or two in lone or border.length_m < 12.0:
            continue
        cost = float(np.hypot(*(points[one] - points[two]))) + CROSSING_M.get(border.kind, 0.0)
        if (cells[one].zone in OLD_ZONES) != (cells[two].zone in OLD_ZONES):
            cost += WALL_M
        ways[one].append((two, cost))
        ways[two].append((one, cost))
    owner = dict(lone)
    queue: list[tuple[float, str, int]] = []
    for community in communities:
        if community.code not in lone.values():
            queue.append((0.0, community.code, _start(cells, community)))
    heapq.heapify(queue)
    while queue:
        cost, code, row = heapq.heappop(queue)
        if row in owner:
            continue
        owner[row] = code
        for other, step in ways[row]:
            if other not in owner:
                heapq.heappush(queue, (cost + step, code, other))
    missing = [row for row in range(len(cells)) if row not in owner]
    for row in missing:
        owner[row] = _by_longest_border(row, shared, owner, set(lone))
    return [owner[row] for row in range(len(cells))]


def _seeded(cell: Cell, communities: list[Community]) -> str:
    for community in communities:
        if cell.polygon.contains(community.seed):
            return community.code
    raise LookupError(f"no community has its seed in {cell.place}: move the seed in the sketch")


def _start(cells: list[Cell], community: Community) -> int:
    distances = shapely.distance([cell.polygon for cell in cells], community.seed)
    return int(np.argmin(distances))


def _by_longest_border(
    row: int, shared: dict[tuple[int, int], Border], owner: dict[int, str], lone: set[int]
) -> str:
    """Save a cell that touches its neighbours by short borders only."""
    touching = [
        (border.length_m, owner[other])
        for pair, border in sorted(shared.items())
        if row in pair
        for other in (pair[0] if pair[1] == row else pair[1],)
        if other in owner and other not in lone
    ]
    if not touching:
        raise LookupError(f"cell {row} has no neighbour in a community: redraw the streets there")
    return max(touching)[1]
