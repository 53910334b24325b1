"""
Machine code of the locator: from a coordinate to the row of a grid.

The plane is cut into cells, eight by eight to a tile. Each cell is one byte, the number of its
value in the tile's palette. A value is the row of the grid that holds the whole cell, NO_GRID, or
`FIRST_RECORD - value` is where the record of a cell that a border crosses begins.

A record is a run of 64-bit words, one page for up to eight grids, lowest row first:

    head      points (32 bits), grids (4 bits), parity (8 bits), another page follows (1 bit)
    grids     their rows, two to a word
    owners    for each point a byte: the grids that have the edge to the next point as border
    points    x, y of the polylines that touch the cell

A ray from the point to the east counts crossings inside the cell only. Where an edge leaves the
cell by its east side it is taken to run on vertically, up if it rises and down if it falls, so
what lies further east is a constant of the cell: the parity. Which side of an edge a point is on
is decided by its exact orientation, so no rounding ever moves a border.

Run as a module (`python -m gis.locator_kernel`) it compiles everything and keeps the code.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gis.compiled import compiled
from gis.orientation_kernel import FILTER, UNDECIDED, UNDERFLOW, orientation

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = NDArray[np.int32]
Bytes = NDArray[np.uint8]

NO_GRID = -1
FIRST_RECORD = -2
WRONG = -3
DOUBTFUL = -4
_MOST_LON, _MOST_LAT = 180.0, 90.0
_BLOCK = 1024


@compiled()
def _in_box(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> bool:
    return min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by)


@compiled()
def crossings(frame: Floats, words: Ints, numbers: Floats, at: int, x: float, y: float) -> int:
    """
    Tell the grids of a page whose border the ray to the east crosses an odd number of times.

    One bit a grid; 8 bits higher those whose border the point is on. UNDECIDED if a side is.
    """
    head = words[at]
    points = head & 0xFFFFFFFF
    odd = on_border = 0
    owners = at + 1 + ((((head >> 32) & 0xF) + 1) >> 1)
    here = owners + ((points + 7) >> 3)
    east = np.float64(np.int64((x - frame[0]) * frame[1]) + 1)
    bx, by = numbers[here], numbers[here + 1]
    b_leaves = (bx - frame[0]) * frame[1] >= east
    for i in range(points - 1):
        here += 2
        ax, ay, a_leaves = bx, by, b_leaves
        bx, by = numbers[here], numbers[here + 1]
        b_leaves = (bx - frame[0]) * frame[1] >= east
        a_below = ay < by if a_leaves else ay <= y
        b_below = by < ay if b_leaves else by <= y
        if a_below == b_below and y not in (ay, by):
            continue
        owner = (words[owners + (i >> 3)] >> ((i & 7) << 3)) & 0xFF
        if owner == 0:
            continue
        if (ax == x and ay == y) or (bx == x and by == y):
            on_border |= owner
            continue
        side = orientation(ax, ay, bx, by, x, y)
        if side == UNDECIDED:
            return UNDECIDED
        if side == 0 and _in_box(ax, ay, bx, by, x, y):
            on_border |= owner
        # Side 0 off the edge is a point west of a level edge that leaves: its ray hits the rise.
        if a_below != b_below and (side == 0 or (side > 0) == a_below):
            odd ^= owner
    return odd | (on_border << 8)


@compiled()
def _sure_crossings(
    frame: Floats, words: Ints, numbers: Floats, at: int, x: float, y: float
) -> int:
    """Do what `crossings` does, without a branch; DOUBTFUL if the point may be on a border."""
    head = words[at]
    points = head & 0xFFFFFFFF
    odd = 0
    doubtful = False
    owners = at + 1 + ((((head >> 32) & 0xF) + 1) >> 1)
    here = owners + ((points + 7) >> 3)
    east = np.float64(np.int64((x - frame[0]) * frame[1]) + 1)
    bx, by = numbers[here], numbers[here + 1]
    b_leaves = (bx - frame[0]) * frame[1] >= east
    for i in range(points - 1):
        here += 2
        ax, ay, a_leaves = bx, by, b_leaves
        bx, by = numbers[here], numbers[here + 1]
        b_leaves = (bx - frame[0]) * frame[1] >= east
        a_below = (a_leaves & (ay < by)) | ((not a_leaves) & (ay <= y))
        b_below = (b_leaves & (by < ay)) | ((not b_leaves) & (by <= y))
        left, right = (ax - x) * (by - y), (ay - y) * (bx - x)
        determinant = left - right
        unsure = abs(determinant) <= FILTER * (abs(left) + abs(right)) + UNDERFLOW
        crosses = a_below != b_below
        doubtful |= (crosses & unsure) | (ay == y) | (by == y)
        owner = (words[owners + (i >> 3)] >> ((i & 7) << 3)) & 0xFF
        odd ^= owner & -np.int64(crosses & ((determinant > 0.0) == a_below))
    return DOUBTFUL if doubtful else odd


@compiled()
def _scan(frame: Floats, words: Ints, numbers: Floats, at: int, x: float, y: float) -> int:
    """Twice the row of the first grid that holds the point, plus one on its border; or NO_GRID."""
    while True:
        crossed = _sure_crossings(frame, words, numbers, at, x, y)
        if crossed == DOUBTFUL:
            crossed = crossings(frame, words, numbers, at, x, y)
            if crossed == UNDECIDED:
                return UNDECIDED
        head = words[at]
        on_border = crossed >> 8
        held = ((crossed ^ (head >> 36)) & 0xFF) | on_border
        grids = (head >> 32) & 0xF
        if held:
            slot = 1 - (held & 1)  # without a branch: which of two it is cannot be foreseen
            if not held & 3:
                slot = 2
                while not (held >> slot) & 1:
                    slot += 1
            row = (words[at + 1 + (slot >> 1)] >> ((slot & 1) << 5)) & 0xFFFFFFFF
            return 2 * row + ((on_border >> slot) & 1)
        if not (head >> 44) & 1:
            return NO_GRID
        points = head & 0xFFFFFFFF
        at += 1 + ((grids + 1) >> 1) + ((points + 7) >> 3) + 2 * points


@compiled()
def _cells_of(frame: Floats, lon: Floats, lat: Floats, cells: Rows) -> int:
    """Give the number of each point's cell; the result is not 0 if a coordinate cannot be."""
    west, per_lon, last_column = frame[0], frame[1], frame[2]
    south, per_lat, last_row = frame[3], frame[4], frame[5]
    tile_columns = np.int32(frame[6])
    bad = np.int32(0)
    for i in range(len(lon)):
        bad |= np.int32(not abs(lon[i]) <= _MOST_LON) | np.int32(not abs(lat[i]) <= _MOST_LAT)
        u = (lon[i] - west) * per_lon
        v = (lat[i] - south) * per_lat
        # Written so that NaN becomes 0: whatever comes, the cell exists.
        u = u if u > 0.0 else 0.0  # noqa: FURB136
        v = v if v > 0.0 else 0.0  # noqa: FURB136
        u = u if u < last_column else last_column  # noqa: FURB136
        v = v if v < last_row else last_row  # noqa: FURB136
        c, r = np.int32(u), np.int32(v)
        tile = (r >> np.int32(3)) * tile_columns + (c >> np.int32(3))
        inner = ((r & np.int32(7)) << np.int32(3)) | (c & np.int32(7))
        cells[i] = (tile << np.int32(6)) | inner
    return bad


@compiled()
def _values_of(tiles: Bytes, palette: Rows, cells: Rows, values: Rows, todo: Rows) -> int:
    """Read the value of each cell and list the points that need a record."""
    count = 0
    for i in range(len(values)):
        cell = np.uint32(cells[i])
        value = palette[np.uint32(palette[cell >> np.uint32(6)]) + np.uint32(tiles[cell])]
        values[i] = value
        todo[np.uint32(count)] = i
        count += value < NO_GRID
    return count


@compiled(
    "in float64", "in uint8", "in int32", "in int64", "in float64", "in float64",
    "out int32", "out uint8",
)  # fmt: skip
def find_many(
    frame: Floats,
    tiles: Bytes,
    palette: Rows,
    words: Ints,
    lon: Floats,
    lat: Floats,
    rows: Rows,
    edges: Bytes,
) -> int:
    """
    Fill rows with grid rows, NO_GRID or UNDECIDED; the result is not 0 if any input is wrong.

    `edges`, all 0 and as long as the points or empty, is set to 1 where the point is on the
    border of its grid.
    """
    numbers = words.view(np.float64)
    cells, todo = np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.int32)
    bad = 0
    for start in range(0, len(lon), _BLOCK):
        stop = min(start + _BLOCK, len(lon))
        block = rows[start:stop]
        bad |= _cells_of(frame, lon[start:stop], lat[start:stop], cells)
        count = _values_of(tiles, palette, cells, block, todo)
        for k in range(count):  # fetches records side by side, which hides the wait for memory
            at = FIRST_RECORD - block[todo[k]]
            cells[k] = words[at] ^ words[at + 7] ^ words[at + 14]
        for k in range(count):
            i = todo[k]
            at = FIRST_RECORD - block[i]
            found = _scan(frame, words, numbers, at, lon[start + i], lat[start + i])
            block[i] = found >> 1 if found >= 0 else found
            if found >= 0 and len(edges):
                edges[start + i] = found & 1
    return bad


@compiled(
    "in float64", "in uint8", "in int32", "in int64", "float64", "float64"
)  # fmt: skip
def find_one(
    frame: Floats, tiles: Bytes, palette: Rows, words: Ints, lon: float, lat: float
) -> int:
    """
    Give twice the row of the grid that holds a point, plus one on its border, or NO_GRID.

    UNDECIDED where doubles underflow, WRONG if the point cannot be one.
    """
    if not (abs(lon) <= _MOST_LON and abs(lat) <= _MOST_LAT):
        return WRONG
    column = min(max((lon - frame[0]) * frame[1], 0.0), frame[2])
    row = min(max((lat - frame[3]) * frame[4], 0.0), frame[5])
    c, r = np.int64(column), np.int64(row)
    tile = (r >> 3) * np.int64(frame[6]) + (c >> 3)
    value = palette[palette[tile] + tiles[(tile << 6) + ((r & 7) << 3) + (c & 7)]]
    if value >= 0:
        return 2 * np.int64(value)
    if value == NO_GRID:
        return NO_GRID
    return _scan(frame, words, words.view(np.float64), FIRST_RECORD - value, lon, lat)
