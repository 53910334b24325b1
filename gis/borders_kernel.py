"""
Machine code of distances to borders.

Borders are cut into blocks of a few edges with a box each, grids into groups with a box each; what
lies in a box farther than the best found so far is passed over. A box is west, south, east, north.

Run as a module (`python -m gis.borders_kernel`) it compiles everything and keeps the code.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gis.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = NDArray[np.int32]

EDGES_IN_BLOCK = 8


@compiled("in float64", "in int64", "out int64", "out float64")
def make_blocks(xy: Floats, ring_start: Ints, first_vertex: Ints, boxes: Floats) -> int:
    """
    Cut rings into blocks; return how many there are.

    `first_vertex` receives two numbers a block, its first and last vertex, `boxes` four.
    """
    count = 0
    for ring in range(len(ring_start) - 1):
        last = ring_start[ring + 1] - 1
        for first in range(ring_start[ring], last, EDGES_IN_BLOCK):
            end = min(first + EDGES_IN_BLOCK, last)
            first_vertex[2 * count], first_vertex[2 * count + 1] = first, end
            west = south = np.inf
            east = north = -np.inf
            for i in range(first, end + 1):
                west, east = min(west, xy[2 * i]), max(east, xy[2 * i])
                south, north = min(south, xy[2 * i + 1]), max(north, xy[2 * i + 1])
            boxes[4 * count], boxes[4 * count + 1] = west, south
            boxes[4 * count + 2], boxes[4 * count + 3] = east, north
            count += 1
    return count


@compiled()
def _to_box(boxes: Floats, box: int, x: float, y: float) -> float:
    """Square of the distance to a box."""
    dx = max(boxes[4 * box] - x, x - boxes[4 * box + 2], 0.0)
    dy = max(boxes[4 * box + 1] - y, y - boxes[4 * box + 3], 0.0)
    return dx * dx + dy * dy


@compiled()
def _to_block(xy: Floats, first: int, last: int, x: float, y: float) -> float:
    """Square of the distance to the edges between two vertices."""
    least = np.inf
    ax, ay = xy[2 * first] - x, xy[2 * first + 1] - y
    for i in range(first + 1, last + 1):
        bx, by = xy[2 * i] - x, xy[2 * i + 1] - y
        dx, dy = bx - ax, by - ay
        along, length = -(ax * dx + ay * dy), dx * dx + dy * dy
        share = along / length if length > 0.0 else 0.0
        ox, oy = ax + share * dx, ay + share * dy
        ox, oy = (ax, ay) if share <= 0.0 else (ox, oy)
        ox, oy = (bx, by) if share >= 1.0 else (ox, oy)
        least = min(least, ox * ox + oy * oy)
        ax, ay = bx, by
    return least


@compiled()
def _to_border(
    xy: Floats, first_vertex: Ints, boxes: Floats, first: int, end: int, x: float, y: float
) -> float:
    """Square of the distance to the blocks of a grid."""
    nearest, lower = first, np.inf
    for block in range(first, end):
        here = _to_box(boxes, block, x, y)
        nearest, lower = (block, here) if here < lower else (nearest, lower)
    least = _to_block(xy, first_vertex[2 * nearest], first_vertex[2 * nearest + 1], x, y)
    for block in range(first, end):
        if block != nearest and _to_box(boxes, block, x, y) < least:
            here = _to_block(xy, first_vertex[2 * block], first_vertex[2 * block + 1], x, y)
            least = min(least, here)
    return least


@compiled("in float64", "in int64", "in float64", "in int64", "int64", "float64", "float64")
def border_distance(
    xy: Floats, first_vertex: Ints, boxes: Floats, grid_block: Ints, row: int, x: float, y: float
) -> float:
    """Give the distance of one point to the border of a grid."""
    first, end = grid_block[2 * row], grid_block[2 * row + 1]
    return np.sqrt(_to_border(xy, first_vertex, boxes, first, end, x, y))


@compiled(
    "in float64", "in int64", "in float64", "in int64", "in int32", "in float64", "in float64",
    "out float64",
)  # fmt: skip
def border_distances(
    xy: Floats,
    first_vertex: Ints,
    boxes: Floats,
    grid_block: Ints,
    rows: Rows,
    x: Floats,
    y: Floats,
    distance: Floats,
) -> None:
    """
    Write the distance of each point to the border of its grid.

    `grid_block` is the first and end block of each grid, `rows` the grid of each point.
    """
    for i in range(len(rows)):
        first, end = grid_block[2 * rows[i]], grid_block[2 * rows[i] + 1]
        least = _to_border(xy, first_vertex, boxes, first, end, x[i], y[i])
        distance[i] = np.sqrt(least)


@compiled()
def _is_inside(
    xy: Floats, first_vertex: Ints, boxes: Floats, first: int, end: int, x: float, y: float
) -> bool:
    """Tell whether a point is inside a grid; on its border either may be said."""
    inside = False
    for block in range(first, end):
        if not (boxes[4 * block + 1] <= y <= boxes[4 * block + 3]) or x > boxes[4 * block + 2]:
            continue
        for i in range(first_vertex[2 * block], first_vertex[2 * block + 1]):
            ax, ay, bx, by = xy[2 * i], xy[2 * i + 1], xy[2 * i + 2], xy[2 * i + 3]
            if (ay > y) != (by > y) and x < ax + (bx - ax) * ((y - ay) / (by - ay)):
                inside = not inside
    return inside


@compiled(
    "in float64", "in int64", "in float64", "in int64", "in float64", "in int64", "in float64",
    "float64", "float64", "float64", "int64", "out int32", "out float64",
)  # fmt: skip
def grids_about(
    xy: Floats,
    first_vertex: Ints,
    boxes: Floats,
    grid_block: Ints,
    grid_boxes: Floats,
    groups: Ints,
    group_boxes: Floats,
    x: float,
    y: float,
    radius: float,
    but: int,
    rows: Rows,
    distance: Floats,
) -> int:
    """
    Write the grids within a radius of a point but one, and how far they are; count them.

    What does not fit in `rows` is only counted.
    """
    found = 0
    count = len(group_boxes) // 4
    size = len(groups) // count
    for group in range(count):
        if _to_box(group_boxes, group, x, y) > radius * radius:
            continue
        for grid in groups[group * size : (group + 1) * size]:
            if grid in (-1, but) or _to_box(grid_boxes, grid, x, y) > radius * radius:
                continue
            first, end = grid_block[2 * grid], grid_block[2 * grid + 1]
            least = np.inf
            for block in range(first, end):
                if _to_box(boxes, block, x, y) <= min(least, radius * radius):
                    ends = first_vertex[2 * block], first_vertex[2 * block + 1]
                    least = min(least, _to_block(xy, ends[0], ends[1], x, y))
            if _to_box(grid_boxes, grid, x, y) == 0.0 and _is_inside(
                xy, first_vertex, boxes, first, end, x, y
            ):
                least = 0.0
            if least <= radius * radius:
                if found < len(rows):
                    rows[found], distance[found] = grid, np.sqrt(least)
                found += 1
    return found


@compiled(
    "in float64", "in int64", "in float64", "in int64", "in float64", "in int64", "in float64",
    "in float64", "in float64", "out int32", "out float64",
)  # fmt: skip
def nearest_grids(
    xy: Floats,
    first_vertex: Ints,
    boxes: Floats,
    grid_block: Ints,
    grid_boxes: Floats,
    groups: Ints,
    group_boxes: Floats,
    x: Floats,
    y: Floats,
    rows: Rows,
    distance: Floats,
) -> None:
    """
    Write the grid whose border is nearest to each point, of several the first, and how far it is.

    `groups` lists as many grids a group as there are, -1 filling the last.
    """
    count = len(group_boxes) // 4
    size = len(groups) // count
    for i in range(len(x)):
        nearest, lower = 0, np.inf
        for group in range(count):
            here = _to_box(group_boxes, group, x[i], y[i])
            nearest, lower = (group, here) if here < lower else (nearest, lower)
        row, least = np.int64(-1), np.inf
        for turn in range(-1, count):
            group = nearest if turn < 0 else turn
            if turn == nearest or _to_box(group_boxes, group, x[i], y[i]) > least:
                continue
            for grid in groups[group * size : (group + 1) * size]:
                if grid < 0 or _to_box(grid_boxes, grid, x[i], y[i]) > least:
                    continue
                first, end = grid_block[2 * grid], grid_block[2 * grid + 1]
                here = _to_border(xy, first_vertex, boxes, first, end, x[i], y[i])
                if here < least or (here == least and grid < row):
                    row, least = grid, here
        rows[i], distance[i] = row, np.sqrt(least)
