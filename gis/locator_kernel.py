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
_MOST_SLOT = 7  # of the grids of a page


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
    owners = at + 1 + ((((head >> 32) & 0xF) + 1) >> 1)
    first = owners + ((points + 7) >> 3)
    east = np.float64(np.int64((x - frame[0]) * frame[1]) + 1)
    odd = doubtful = np.int64(0)
    # Eight edges at a time, as many as nearly any page has: what follows the last has no owner.
    for eight in range((points + 6) >> 3):
        owner_bytes = words[owners + eight]
        here = np.uint64(first + 16 * eight)
        for i in range(8):
            a = here + np.uint64(2 * i)
            ax, ay = numbers[a], numbers[a + np.uint64(1)]
            bx, by = numbers[a + np.uint64(2)], numbers[a + np.uint64(3)]
            a_leaves = (ax - frame[0]) * frame[1] >= east
            b_leaves = (bx - frame[0]) * frame[1] >= east
            a_below = ay < (by if a_leaves else y)  # that ay may be y itself is doubtful anyway
            b_below = by < (ay if b_leaves else y)
            left, right = (ax - x) * (by - y), (ay - y) * (bx - x)
            determinant = left - right
            unsure = abs(determinant) <= FILTER * (abs(left) + abs(right)) + UNDERFLOW
            crosses = a_below != b_below
            owner = (owner_bytes >> np.int64(8 * i)) & 0xFF
            doubtful |= owner & -np.int64((crosses & unsure) | (ay == y) | (by == y))
            odd ^= owner & -np.int64(crosses & ((determinant > 0.0) == a_below))
    return np.int64(DOUBTFUL) if doubtful else odd


@compiled()
def _scan(
    frame: Floats, words: Ints, numbers: Floats, at: int, x: float, y: float, crossed: int
) -> int:
    """
    Give twice the row of the first grid that holds the point, plus one on its border, or NO_GRID.

    `crossed` is what `_sure_crossings` says of the first page.
    """
    while True:
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
        crossed = _sure_crossings(frame, words, numbers, at, x, y)


@compiled()
def _cells_of(frame: Floats, lon: Floats, lat: Floats, cells: Rows) -> int:
    """Give the number of each point's cell; the result is not 0 if a coordinate cannot be."""
    west, per_lon, last_column = frame[0], frame[1], frame[2]
    south, per_lat, last_row = frame[3], frame[4], frame[5]
    # A tile counts 64 cells, a row in it 8: counting on by rows and columns counts part of it.
    row_step = np.int32(64.0 * (frame[6] - 1.0))
    bad = np.int64(0)
    for i in range(len(lon)):
        bad |= np.int64(not abs(lon[i]) <= _MOST_LON) | np.int64(not abs(lat[i]) <= _MOST_LAT)
        u = (lon[i] - west) * per_lon
        v = (lat[i] - south) * per_lat
        # Written so that NaN becomes 0: whatever comes, the cell exists.
        u = u if u > 0.0 else 0.0  # noqa: FURB136
        v = v if v > 0.0 else 0.0  # noqa: FURB136
        u = u if u < last_column else last_column  # noqa: FURB136
        v = v if v < last_row else last_row  # noqa: FURB136
        # Each step is brought back to 32 bits, of which the processor takes eight at a time.
        c, r = np.int32(u), np.int32(v)
        by_row = np.int32(np.int32(r >> np.int32(3)) * row_step) + np.int32(r << np.int32(3))
        by_column = np.int32(np.int32(c >> np.int32(3)) * np.int32(56)) + c
        cells[i] = np.int32(by_row) + np.int32(by_column)
    return bad


@compiled()
def _values_of(tiles: Bytes, palette: Rows, cells: Rows, values: Rows, todo: Rows) -> int:
    """Read the value of each cell and list the points that need a record."""
    for i in range(len(values)):  # apart from the next loop, for more looks under way at a time
        cell = np.uint32(cells[i])
        cells[i] = palette[cell >> np.uint32(6)] + np.int32(tiles[cell])
    count = 0
    for i in range(len(values)):
        value = palette[np.uint32(cells[i])]
        values[i] = value
        todo[np.uint32(count)] = i
        count += value < NO_GRID
    return count


@compiled()
def _values_at(by_cell: Rows, cells: Rows, values: Rows, todo: Rows) -> int:
    """Do what `_values_of` does, where the raster is kept as one value a cell."""
    for i in range(len(values)):
        values[i] = by_cell[np.uint32(cells[i])]
    count = 0
    for i in range(len(values)):
        todo[np.uint32(count)] = i
        count += values[i] < NO_GRID
    return count


@compiled()
def _resolve(words: Ints, at: int, crossed: int) -> int:
    """
    Give the row of the first grid of a page that holds a point, NO_GRID if none does.

    Without a branch, as nothing here can be foreseen; DOUBTFUL if it takes more than this page.
    """
    head = words[at]
    held = (crossed ^ (head >> 36)) & 0xFF
    lowest = held & -held
    slot = np.int64(0)
    for bit in range(_MOST_SLOT):
        slot += np.int64(lowest > (1 << bit))
    row = (words[at + 1 + (slot >> 1)] >> ((slot & 1) << 5)) & 0xFFFFFFFF
    row = row if held else np.int64(NO_GRID)
    more = (head >> 44) & 1 & np.int64(held == 0)
    return np.int64(DOUBTFUL) if more | np.int64(crossed < 0) else row


@compiled(
    "in float64", "in uint8", "in int32", "in int32", "in int64", "in float64", "in float64",
    "out int32", "out uint8",
)  # fmt: skip
def find_many(
    frame: Floats,
    tiles: Bytes,
    palette: Rows,
    by_cell: Rows,
    words: Ints,
    lon: Floats,
    lat: Floats,
    rows: Rows,
    edges: Bytes,
) -> int:
    """
    Fill rows with grid rows, NO_GRID or UNDECIDED; the result is not 0 if any input is wrong.

    `by_cell` is empty, or holds the value of each cell, which is then read instead of the tiles.
    `edges`, all 0 and as long as the points or empty, is set to 1 where the point is on the
    border of its grid.
    """
    numbers = words.view(np.float64)
    cells, todo = np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.int32)
    crossed = np.empty(_BLOCK, np.int32)
    bad = 0
    for start in range(0, len(lon), _BLOCK):
        stop = min(start + _BLOCK, len(lon))
        block = rows[start:stop]
        bad |= _cells_of(frame, lon[start:stop], lat[start:stop], cells)
        if len(by_cell):
            count = _values_at(by_cell, cells, block, todo)
        else:
            count = _values_of(tiles, palette, cells, block, todo)
        for k in range(count):  # fetches records side by side, which hides the wait for memory
            at = FIRST_RECORD - block[todo[k]]
            cells[k] = words[at] ^ words[at + 7] ^ words[at + 14]
        for k in range(count):
            i = start + todo[k]
            at = FIRST_RECORD - rows[i]
            crossed[k] = _sure_crossings(frame, words, numbers, at, lon[i], lat[i])
        left = 0
        for k in range(count):
            i = todo[k]
            found = _resolve(words, FIRST_RECORD - block[i], crossed[k])
            block[i] = block[i] if found == DOUBTFUL else found
            todo[left], crossed[left] = i, crossed[k]
            left += found == DOUBTFUL
        for k in range(left):
            i = start + todo[k]
            at = FIRST_RECORD - rows[i]
            found = _scan(frame, words, numbers, at, lon[i], lat[i], crossed[k])
            rows[i] = found >> 1 if found >= 0 else found
            if found >= 0 and len(edges):
                edges[i] = found & 1
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
    numbers, at = words.view(np.float64), FIRST_RECORD - value
    crossed = _sure_crossings(frame, words, numbers, at, lon, lat)
    return _scan(frame, words, numbers, at, lon, lat, crossed)
