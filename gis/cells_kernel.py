"""
Machine code that cuts grids into the cells and records that `gis.locator_kernel` reads.

Which edges touch a cell is found with slack: one too many does no harm. Whether the middle of a
cell is inside a grid is decided by exact orientations, and the parity of a record is what makes
the look-up of its middle come out so. A window is whole tiles: first column and row, end column
and row; a box is the same of any cells.

Run as a module (`python -m gis.cells_kernel`) it compiles everything and keeps the code.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gis.compiled import compiled
from gis.locator_kernel import FIRST_RECORD, NO_GRID, crossings
from gis.orientation_kernel import orientation

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = NDArray[np.int32]
Bytes = NDArray[np.uint8]

CELLS_IN_TILE = 64
_PAGE = 8  # grids on a page of a record
_SEARCHED = 64  # how far back an edge that two grids share is looked for
# Rounding moves a crossing with a row of cells by less than the slack, in cells, if the edge
# climbs at least so many cells.
_SLACK = 1e-6
_LEVEL = 1e-2


@compiled()
def _cell_of(value: float, origin: float, per_degree: float, last: float) -> int:
    """Give the column or row of a vertex, exactly as the look-up does."""
    return np.int64(min(max((value - origin) * per_degree, 0.0), last))


@compiled()
def _middle(frame: Floats, column: int, row: int) -> tuple[float, float]:
    """Give the middle of a cell."""
    return frame[0] + (column + 0.5) / frame[1], frame[3] + (row + 0.5) / frame[4]


@compiled()
def _rows_of(frame: Floats, xy: Floats, edge: int, box: Ints) -> tuple[int, int]:
    """First and end row of cells that an edge is in, within a box."""
    a = _cell_of(xy[2 * edge + 1], frame[3], frame[4], frame[5])
    b = _cell_of(xy[2 * edge + 3], frame[3], frame[4], frame[5])
    return max(min(a, b), box[1]), min(max(a, b) + 1, box[3])


@compiled()
def _columns_of(frame: Floats, xy: Floats, edge: int, row: int, box: Ints) -> tuple[int, int]:
    """First and end column an edge may touch in a row, within a box; too many do no harm."""
    ax, ay, bx, by = xy[2 * edge], xy[2 * edge + 1], xy[2 * edge + 2], xy[2 * edge + 3]
    a = _cell_of(ax, frame[0], frame[1], frame[2])
    b = _cell_of(bx, frame[0], frame[1], frame[2])
    low, high = max(min(a, b), box[0]), min(max(a, b) + 1, box[2])
    ua, va = (ax - frame[0]) * frame[1], (ay - frame[3]) * frame[4]
    du, dv = (bx - frame[0]) * frame[1] - ua, (by - frame[3]) * frame[4] - va
    if a == b or abs(dv) < _LEVEL:
        return low, high
    s, t = (row - va) / dv, (row + 1 - va) / dv
    s, t = min(max(s, 0.0), 1.0) * du, min(max(t, 0.0), 1.0) * du
    slack = _SLACK * (1.0 + abs(du))
    first, last = max(ua + min(s, t) - slack, 0.0), max(ua + max(s, t) + slack, 0.0)
    return max(low, np.int64(first)), min(high, np.int64(last) + 1)


@compiled()
def _is_hit(xy: Floats, edge: int, x: float, y: float) -> bool:
    """Tell whether the ray to the east from a point hits an edge that crosses its height."""
    ax, ay, bx, by = xy[2 * edge], xy[2 * edge + 1], xy[2 * edge + 2], xy[2 * edge + 3]
    side = orientation(ax, ay, bx, by, x, y)
    return side == 0 or (side > 0) == (ay < by)


@compiled()
def _columns_hitting(frame: Floats, xy: Floats, edge: int, row: int, end: int) -> int:
    """Count the columns up to `end` in whose middle the ray to the east hits an edge."""
    ax, ay, bx, by = xy[2 * edge], xy[2 * edge + 1], xy[2 * edge + 2], xy[2 * edge + 3]
    y = _middle(frame, 0, row)[1]
    if (ay <= y) == (by <= y):
        return 0
    x = ax + (y - ay) / (by - ay) * (bx - ax)
    count = np.int64(min(max((x - frame[0]) * frame[1] + 0.5, 0.0), np.float64(end)))
    while count < end and _is_hit(xy, edge, _middle(frame, count, row)[0], y):
        count += 1
    while count > 0 and not _is_hit(xy, edge, _middle(frame, count - 1, row)[0], y):
        count -= 1
    return count


@compiled()
def _box_of(frame: Floats, xy: Floats, first: int, end: int, window: Ints) -> Ints:
    """First column and row, end column and row of vertices, within a window."""
    west = south = np.inf
    east = north = -np.inf
    for i in range(first, end):
        west, east = min(west, xy[2 * i]), max(east, xy[2 * i])
        south, north = min(south, xy[2 * i + 1]), max(north, xy[2 * i + 1])
    box = np.empty(4, np.int64)
    box[0] = max(_cell_of(west, frame[0], frame[1], frame[2]), window[0])
    box[1] = max(_cell_of(south, frame[3], frame[4], frame[5]), window[1])
    box[2] = min(_cell_of(east, frame[0], frame[1], frame[2]) + 1, window[2])
    box[3] = min(_cell_of(north, frame[3], frame[4], frame[5]) + 1, window[3])
    return box


@compiled()
def _middles_inside(
    frame: Floats, xy: Floats, ring_start: Ints, first: int, end: int, box: Ints
) -> Bytes:
    """Tell for each cell of a box, row by row, whether its middle is inside a grid's rings."""
    width = box[2] - box[0]
    inside = np.zeros((box[3] - box[1]) * width, np.uint8)
    for ring in range(first, end):
        for edge in range(ring_start[ring], ring_start[ring + 1] - 1):
            first_row, end_row = _rows_of(frame, xy, edge, box)
            for row in range(first_row, end_row):
                hitting = _columns_hitting(frame, xy, edge, row, box[2]) - box[0]
                if hitting > 0:
                    inside[(row - box[1]) * width + hitting - 1] ^= 1
    for i in range(len(inside) - 2, -1, -1):
        if (i + 1) % width:
            inside[i] ^= inside[i + 1]
    return inside


@compiled()
def _window_cell(window: Ints, column: int, row: int) -> int:
    """Give the number of a cell of a window of whole tiles, tile by tile."""
    tile = ((row - window[1]) >> 3) * ((window[2] - window[0]) >> 3) + ((column - window[0]) >> 3)
    return (tile << 6) + ((row & 7) << 3) + (column & 7)


@compiled("in float64", "in int64", "in float64", "in int64", "out int64")
def count_touches(frame: Floats, window: Ints, xy: Floats, ring_start: Ints, ends: Ints) -> None:
    """Add to `ends`, one after each cell of a window, how many edges touch the cell."""
    for ring in range(len(ring_start) - 1):
        for edge in range(ring_start[ring], ring_start[ring + 1] - 1):
            first_row, end_row = _rows_of(frame, xy, edge, window)
            for row in range(first_row, end_row):
                first, end = _columns_of(frame, xy, edge, row, window)
                for column in range(first, end):
                    ends[_window_cell(window, column, row) + 1] += 1


@compiled(
    "in float64", "in int64", "in float64", "in int64", "in int64", "in int64",
    "out int64", "out int64", "out int64", "out int32",
)  # fmt: skip
def place_touches(
    frame: Floats,
    window: Ints,
    xy: Floats,
    ring_start: Ints,
    grid_start: Ints,
    grid_row: Ints,
    places: Ints,
    touch_edge: Ints,
    touch_row: Ints,
    full: Rows,
) -> None:
    """
    List the edges that touch each cell of a window, and the grids that hold whole cells.

    `grid_start` is each grid's first ring, grids by rising row; `places` is where the next touch
    of each cell goes. A touch is an edge and twice the row of its grid, plus one if the middle of
    the cell is inside. `full`, all NO_GRID, receives the first grid that holds the whole cell.
    """
    for grid in range(len(grid_row)):
        first_ring, end_ring = grid_start[grid], grid_start[grid + 1]
        box = _box_of(frame, xy, ring_start[first_ring], ring_start[end_ring], window)
        if box[0] >= box[2] or box[1] >= box[3]:
            continue
        inside = _middles_inside(frame, xy, ring_start, first_ring, end_ring, box)
        whole = inside.copy()
        width = box[2] - box[0]
        for ring in range(first_ring, end_ring):
            for edge in range(ring_start[ring], ring_start[ring + 1] - 1):
                first_row, end_row = _rows_of(frame, xy, edge, box)
                for row in range(first_row, end_row):
                    first, end = _columns_of(frame, xy, edge, row, box)
                    for column in range(first, end):
                        cell = _window_cell(window, column, row)
                        here = (row - box[1]) * width + column - box[0]
                        touch_edge[places[cell]] = edge
                        touch_row[places[cell]] = 2 * grid_row[grid] + inside[here]
                        places[cell] += 1
                        whole[here] = 0
        for i in range(len(whole)):
            cell = _window_cell(window, box[0] + i % width, box[1] + i // width)
            if whole[i] and full[cell] == NO_GRID:
                full[cell] = grid_row[grid]


@compiled()
def _chain(
    xy: Floats, touch_edge: Ints, touch_row: Ints, first: int, end: int, points: Floats,
    owners: Bytes,
) -> int:  # fmt: skip
    """Lay the edges of a page into polylines, shared ones once; return the number of points."""
    count, slot = 0, -1
    for i in range(first, end):
        if i == first or touch_row[i] >> 1 != touch_row[i - 1] >> 1:
            slot += 1
        edge = touch_edge[i]
        ax, ay, bx, by = xy[2 * edge], xy[2 * edge + 1], xy[2 * edge + 2], xy[2 * edge + 3]
        laid = False
        for j in range(max(0, count - _SEARCHED), count - 1):
            px, py, qx, qy = points[2 * j], points[2 * j + 1], points[2 * j + 2], points[2 * j + 3]
            if owners[j] and ax == qx and ay == qy and bx == px and by == py:
                owners[j] |= 1 << slot
                laid = True
                break
        if laid:
            continue
        if count == 0 or points[2 * count - 2] != ax or points[2 * count - 1] != ay:
            owners[max(count - 1, 0)] = 0
            points[2 * count], points[2 * count + 1] = ax, ay
            count += 1
        owners[count - 1] = 1 << slot
        points[2 * count], points[2 * count + 1] = bx, by
        count += 1
    return count


@compiled()
def _write_page(
    frame: Floats, xy: Floats, touch_edge: Ints, touch_row: Ints, first: int, end: int,
    full: int, more: int, words: Ints, at: int, column: int, row: int,
) -> int:  # fmt: skip
    """Write a page of a record; return where the next one goes."""
    numbers = words.view(np.float64)
    points, owners = np.empty(4 * (end - first) + 4), np.zeros(2 * (end - first) + 2, np.uint8)
    count = _chain(xy, touch_edge, touch_row, first, end, points, owners)
    grids = inside = 0
    for i in range(at, at + 1 + _PAGE // 2 + (count + 7) // 8):
        words[i] = 0
    for i in range(first, end):
        if i == first or touch_row[i] >> 1 != touch_row[i - 1] >> 1:
            words[at + 1 + (grids >> 1)] |= (touch_row[i] >> 1) << ((grids & 1) << 5)
            inside |= (touch_row[i] & 1) << grids
            grids += 1
    if full != NO_GRID:
        words[at + 1 + (grids >> 1)] |= full << ((grids & 1) << 5)
        inside |= 1 << grids
        grids += 1
    here = at + 1 + ((grids + 1) >> 1)
    for i in range(count):
        words[here + (i >> 3)] |= np.int64(owners[i]) << ((i & 7) << 3)
    here += (count + 7) >> 3
    for i in range(2 * count):
        numbers[here + i] = points[i]
    words[at] = count | (grids << 32)
    x, y = _middle(frame, column, row)
    parity = (crossings(frame, words, numbers, at, x, y) ^ inside) & 0xFF
    words[at] |= (parity << 36) | (more << 44)
    return here + 2 * count


@compiled()
def _write_record(
    frame: Floats, xy: Floats, touch_edge: Ints, touch_row: Ints, first: int, end: int,
    full: int, words: Ints, at: int, column: int, row: int,
) -> int:  # fmt: skip
    """Write all pages of a cell; return where the next record goes."""
    while True:
        stop, grids = first, 0
        while stop < end and (full == NO_GRID or touch_row[stop] >> 1 < full):
            if stop == first or touch_row[stop] >> 1 != touch_row[stop - 1] >> 1:
                if grids == _PAGE:
                    break
                grids += 1
            stop += 1
        wanted = stop < end and (full == NO_GRID or touch_row[stop] >> 1 < full)
        more = np.int64(wanted or (full != NO_GRID and grids == _PAGE))
        at = _write_page(
            frame, xy, touch_edge, touch_row, first, stop, NO_GRID if more else full, more,
            words, at, column, row,
        )  # fmt: skip
        if not more:
            return at
        first = stop


@compiled(
    "in float64", "in int64", "in float64", "in int64", "in int64", "in int64", "in int32",
    "out uint8", "out int32", "out int32", "out int64", "out int64",
)  # fmt: skip
def write_tiles(
    frame: Floats,
    window: Ints,
    xy: Floats,
    ends: Ints,
    touch_edge: Ints,
    touch_row: Ints,
    full: Rows,
    cells: Bytes,
    starts: Rows,
    palette: Rows,
    words: Ints,
    used: Ints,
) -> None:
    """
    Write the tiles of a window: cells, where each tile's palette starts, palettes and records.

    `used` is how much of palette and words is taken, before and after.
    """
    columns = window[2] - window[0]
    for tile in range(len(starts)):
        start = used[0]
        starts[tile] = start
        for inner in range(CELLS_IN_TILE):
            cell = (tile << 6) + inner
            value, first, end = np.int64(full[cell]), ends[cell], ends[cell + 1]
            if first < end and (value == NO_GRID or touch_row[first] >> 1 < value):
                column = window[0] + ((tile << 3) % columns) + (inner & 7)
                row = window[1] + ((tile << 3) // columns << 3) + (inner >> 3)
                at = used[1]
                used[1] = _write_record(
                    frame, xy, touch_edge, touch_row, first, end, value, words, at, column, row
                )
                value = FIRST_RECORD - at
            slot = start
            while slot < used[0] and palette[slot] != value:
                slot += 1
            if slot == used[0]:
                palette[slot] = value
                used[0] += 1
            cells[cell] = slot - start
