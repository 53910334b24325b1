"""Communities: cells gathered around their seeds along the streets."""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from .cells import Cell
    from .linework import Border
    from .sketch import Community

# What it costs, in metres of way, to cross a line of a kind: communities end at big streets.
CROSSING_M = {"arterial": 260.0, "collector": 90.0, "bank": 60.0}
WALL_M = 2500.0
WET_ZONES = frozenset({"water", "bank"})
OLD_ZONES = frozenset({"old", "dormitory"})
LONE_KINDS = frozenset({"college", "hospital", "prison"})


def gather(
    cells: list[Cell], shared: dict[tuple[int, int], Border], communities: list[Community]
) -> list[str]:
    """
    Give each cell the community whose seed is nearest by way of neighbouring cells.

    A shortest-path tree makes every community one piece. The college, the hospital and the
    prison are one cell each, and nobody's way leads through them or across a river.

    Returns
    -------
    codes
        community code of each cell.
    """
    lone = {
        row: _seeded(cell, communities)
        for row, cell in enumerate(cells)
        if cell.place is not None and cell.place.kind in LONE_KINDS
    }
    ways = _ways(cells, shared, set(lone))
    owner = dict(lone)
    queue = [
        (0.0, community.code, _start(cells, community))
        for community in communities
        if community.code not in lone.values()
    ]
    heapq.heapify(queue)
    while queue:
        cost, code, row = heapq.heappop(queue)
        if row in owner:
            continue
        owner[row] = code
        for other, step in ways[row]:
            if other not in owner:
                heapq.heappush(queue, (cost + step, code, other))
    _give_away_the_rest(cells, shared, owner, set(lone))
    return [owner[row] for row in range(len(cells))]


def _ways(
    cells: list[Cell], shared: dict[tuple[int, int], Border], lone: set[int]
) -> dict[int, list[tuple[int, float]]]:
    """Say how far it is from each cell to its neighbours on the same side of all rivers."""
    points = shapely.get_coordinates(shapely.centroid([cell.polygon for cell in cells]))
    closed = {row for row, cell in enumerate(cells) if cell.zone in WET_ZONES} | lone
    ways: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (one, two), border in sorted(shared.items()):
        if {one, two} & closed or border.length_m < 12.0:
            continue
        cost = float(np.hypot(*(points[one] - points[two]))) + CROSSING_M.get(border.kind, 0.0)
        if (cells[one].zone in OLD_ZONES) != (cells[two].zone in OLD_ZONES):
            cost += WALL_M
        ways[one].append((two, cost))
        ways[two].append((one, cost))
    return ways


def _give_away_the_rest(
    cells: list[Cell], shared: dict[tuple[int, int], Border], owner: dict[int, str], lone: set[int]
) -> None:
    """Let a bank follow the land beside it, the water its banks, then whatever is left."""
    for zones in ({"bank"}, {"water"}, WET_ZONES, {cell.zone for cell in cells}):
        rest = [row for row in range(len(cells)) if row not in owner and cells[row].zone in zones]
        beside = dict(owner) if zones == {"bank"} else owner
        for row in rest:
            code = _by_longest_border(row, shared, beside, lone)
            if code is not None:
                owner[row] = code
    if len(owner) < len(cells):
        raise LookupError("some cells touch no community: redraw the streets there")


def _seeded(cell: Cell, communities: list[Community]) -> str:
    for community in communities:
        if cell.polygon.contains(community.seed):
            return community.code
    raise LookupError(f"no community has its seed in {cell.place}: move the seed in the sketch")


def _start(cells: list[Cell], community: Community) -> int:
    distances = shapely.distance([cell.polygon for cell in cells], community.seed)
    dry = np.array([cell.zone not in WET_ZONES for cell in cells])
    return int(np.argmin(np.where(dry, distances, np.inf)))


def _by_longest_border(
    row: int, shared: dict[tuple[int, int], Border], owner: dict[int, str], lone: set[int]
) -> str | None:
    """Give a river bank, or a cell with short borders only, to the neighbour it touches most."""
    lengths: dict[str, float] = defaultdict(float)
    for pair, border in sorted(shared.items()):
        if row in pair:
            other = pair[0] if pair[1] == row else pair[1]
            if other in owner and other not in lone:
                lengths[owner[other]] += border.length_m
    return max(sorted(lengths), key=lambda code: lengths[code], default=None)
