"""
An index that answers which grid holds a point: a raster of cells, and records where borders run.

A cell that lies in one grid answers by itself; a cell that a border crosses has a record of the
few edges in it, and the exact side of each decides. How both are laid out in memory is told in
`gis.locator_kernel`. The index never changes; `replaced` makes another that shares its records.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gis import cells_kernel as cutting
from gis import locator_kernel as kernel

if TYPE_CHECKING:
    from collections.abc import Mapping

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Polygons = NDArray[np.object_]

# Cells to the width of a mean grid: with fewer more points are tested exactly, with more the index
# outgrows the processor's caches, which a small city's never does.
CELLS_PER_WIDTH, CELLS_PER_WIDTH_OF_FEW = 16, 24
FEW = 500
MOST_CELLS_PER_GRID = 2048  # where grids lie far apart, cells are larger instead
_FEWEST_CELLS = 65_536
_SMALLEST_CELL = 1e-11  # degrees, a micrometre: below, rounding would blur the cells
_TILE = 8
_MOST_BY_CELL = 1 << 24  # cells, 64 MB: twenty thousand grids need half of it
_RASTER = "frame", "tiles", "palette", "by_cell"
_READ_AHEAD = 32  # words the look-up may fetch past the last record
_SPARE_WORDS = 1 << 17  # for the records of grids that will be replaced


class Rings(NamedTuple):
    """Polygons as arrays: x, y of all vertices, where each ring starts, each grid's first ring."""

    xy: Floats
    ring_start: Ints
    grid_start: Ints

    @classmethod
    def of(cls, polygons: Polygons) -> Rings:
        """Take (n,) polygons or multipolygons apart."""
        parts, grid = shapely.get_parts(polygons, return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        ends = np.cumsum(shapely.get_num_coordinates(rings))
        first = np.searchsorted(grid[part], np.arange(len(polygons) + 1))
        xy = shapely.get_coordinates(rings).ravel() + 0.0  # no negative zero
        return cls(xy, np.concatenate([[0], ends]), first.astype(np.int64))


class Records:
    """Words of records that several indexes share: what is written stays, more is appended."""

    def __init__(self, words: Ints, used: int) -> None:
        self.words = words
        self.used = used
        self.lock = threading.Lock()


class CellIndex:
    """
    The cells of n grids.

    Parameters
    ----------
    frame, tiles, palette, by_cell
        The raster as `gis.locator_kernel` reads it.
    records
        Shared by indexes that come from each other.
    """

    def __init__(
        self, frame: Floats, tiles: Bytes, palette: Rows, by_cell: Rows, records: Records
    ) -> None:
        self.frame, self.tiles, self.palette, self.records = frame, tiles, palette, records
        self.by_cell = by_cell
        self.words = records.words.view()
        for array in (self.frame, self.tiles, self.palette, self.by_cell, self.words):
            array.flags.writeable = False  # the kernel is compiled for arrays that are only read

    @property
    def bytes_used(self) -> int:
        """Memory of the index."""
        raster = self.tiles.nbytes + self.palette.nbytes + self.by_cell.nbytes
        return raster + 8 * self.records.used

    @classmethod
    def build(cls, polygons: Polygons) -> CellIndex:
        """Index (n,) valid polygons in degrees; their order decides who has a shared border."""
        frame, window = _frame(polygons)
        cut = _cut(frame, window, polygons, np.arange(len(polygons)))
        words = np.empty(cut.most_words, np.int64)
        tiles = len(cut.full) // cutting.CELLS_IN_TILE
        cells, palette, used = cut.written(words, 0, tiles)
        kept = np.empty(used + used // 32 + _SPARE_WORDS, np.int64)
        kept[:used] = words[:used]
        valued = tiles if len(cells) <= _MOST_BY_CELL else 0
        by_cell = _values(cells, palette, np.arange(valued))
        return cls(frame, cells, palette, by_cell, Records(kept, used))

    @classmethod
    def of(cls, arrays: Mapping[str, Any]) -> CellIndex:
        """Take up what `arrays` gave."""
        records = Records(arrays["words"], len(arrays["words"]) - _READ_AHEAD)
        frame, tiles, palette, by_cell = (arrays[name] for name in _RASTER)
        return cls(frame, tiles, palette, by_cell, records)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Give the arrays to be kept."""
        words = self.records.words[: self.records.used + _READ_AHEAD]
        return {name: getattr(self, name) for name in _RASTER} | {"words": words}

    def find_many(self, lon: Floats, lat: Floats, rows: Rows, edges: Bytes) -> bool:
        """
        Find the first grid that holds each of n points.

        Parameters
        ----------
        lon, lat
            (n,) degrees.
        rows
            (n,) receives the grid's number, or NO_GRID or UNDECIDED.
        edges
            (n,) zeros or nothing; receives 1 where the point is on the border of its grid.

        Returns
        -------
        fine
            False if a coordinate is not finite or out of range.
        """
        lon, lat = np.ascontiguousarray(lon), np.ascontiguousarray(lat)
        raster = self.frame, self.tiles, self.palette, self.by_cell, self.words
        return not kernel.find_many(*raster, lon, lat, rows, edges)

    def find_one(self, lon: float, lat: float) -> int:
        """Give twice the number of the first grid that holds a point, plus one on its border.

        NO_GRID, UNDECIDED or WRONG (not finite, out of range) if there is none.
        """
        found: int = kernel.find_one(self.frame, self.tiles, self.palette, self.words, lon, lat)
        return found

    def replaced(self, polygons: Polygons, bounds: Floats) -> CellIndex:
        """
        Index the same grids with some of them changed.

        Parameters
        ----------
        polygons
            (n,) all polygons, the changed ones included, in the old order.
        bounds
            (m, 4) west, south, east, north of each place where something changed.
        """
        boxes = _cell_boxes(self.frame, shapely.bounds(polygons))
        changed = _cell_boxes(self.frame, bounds)
        if changed.min() < 1 or np.any(changed[:, 2:] >= self.frame[[2, 5]]):
            return CellIndex.build(polygons)
        tiles, palette, records = self.tiles.copy(), self.palette, self.records
        by_cell = self.by_cell.copy()
        for box in changed:
            window = np.concatenate([box[:2] // _TILE, box[2:] // _TILE + 1]) * _TILE
            near = np.flatnonzero(
                (boxes[:, :2] < window[2:]).all(axis=1) & (boxes[:, 2:] >= window[:2]).all(axis=1)
            )
            cut = _cut(self.frame, window, polygons[near], near)
            with records.lock:
                records = _with_room(records, cut.most_words)
                cells, added, used = cut.written(records.words, records.used, len(palette))
                records.used = used
            here = cut.tiles_in(int(self.frame[6]))
            tiles.reshape(-1, cutting.CELLS_IN_TILE)[here] = cells.reshape(
                -1, cutting.CELLS_IN_TILE
            )
            palette = np.concatenate([palette, added[len(here) :]])
            palette[here] = added[: len(here)]
            if len(by_cell):
                values = _values(tiles, palette, here).reshape(-1, cutting.CELLS_IN_TILE)
                by_cell.reshape(-1, cutting.CELLS_IN_TILE)[here] = values
        return CellIndex(self.frame, tiles, palette, by_cell, records)


def _values(cells: Bytes, palette: Rows, tiles: Ints) -> Rows:
    """Give the value of each cell of some tiles, tile after tile."""
    numbers = cells.reshape(-1, cutting.CELLS_IN_TILE)[tiles]
    values: Rows = palette[palette[tiles, None] + numbers].ravel()
    return values


class _Cut(NamedTuple):
    """Grids cut into the cells of a window, ready to be written."""

    frame: Floats
    window: Ints
    xy: Floats
    ends: Ints
    touch_edge: Ints
    touch_row: Ints
    full: Rows

    @property
    def most_words(self) -> int:
        """How many words the records take at most."""
        return _READ_AHEAD + 14 * len(self.touch_edge)

    def written(self, words: Ints, at: int, palette_at: int) -> tuple[Bytes, Rows, int]:
        """Write records to `words`; give cells, starts with the palettes, the end of the records.

        The palettes are to stand from `palette_at` on.
        """
        cells = np.empty(len(self.full), np.uint8)
        tiles = len(cells) // cutting.CELLS_IN_TILE
        starts, palette = np.empty(tiles, np.int32), np.empty(len(cells), np.int32)
        used = np.array([0, at])
        cutting.write_tiles(*self, cells, starts, palette, words, used)
        return cells, np.concatenate([starts + palette_at, palette[: used[0]]]), int(used[1])

    def tiles_in(self, columns: int) -> Ints:
        """Give the numbers of the tiles of the window in a raster of so many columns of tiles."""
        west, south, east, north = self.window // _TILE
        return (np.arange(south, north)[:, None] * columns + np.arange(west, east)).ravel()


def _cut(frame: Floats, window: Ints, polygons: Polygons, numbers: Ints) -> _Cut:
    xy, ring_start, grid_start = Rings.of(polygons)
    cells = int(np.prod(window[2:] - window[:2]))
    ends = np.zeros(cells + 1, np.int64)
    cutting.count_touches(frame, window, xy, ring_start, ends)
    np.cumsum(ends, out=ends)
    touch_edge, touch_row = np.empty((2, ends[-1]), np.int64)
    full = np.full(cells, kernel.NO_GRID, np.int32)
    grids = grid_start, numbers.astype(np.int64)
    places = ends[:-1].copy()
    cutting.place_touches(
        frame, window, xy, ring_start, *grids, places, touch_edge, touch_row, full
    )
    return _Cut(frame, window, xy, ends, touch_edge, touch_row, full)


def _frame(polygons: Polygons) -> tuple[Floats, Ints]:
    """Choose the raster from the data: its numbers for the kernel, and all of it as a window."""
    if not len(polygons):
        return np.array([0.0, 1.0, 7.0, 0.0, 1.0, 7.0, 1.0]), np.array([0, 0, _TILE, _TILE])
    west, south, east, north = shapely.total_bounds(polygons)
    narrowing = max(np.cos(np.radians((south + north) / 2)), 0.01)
    width = np.sqrt(shapely.area(polygons).mean() * narrowing)
    per_width = CELLS_PER_WIDTH_OF_FEW if len(polygons) <= FEW else CELLS_PER_WIDTH
    cell = np.array([width / narrowing, width]) / per_width
    extent = np.array([east - west, north - south])
    most = max(_FEWEST_CELLS, MOST_CELLS_PER_GRID * len(polygons))
    cell *= max(1.0, np.sqrt(np.prod(extent / cell) / most))
    cell = np.maximum(cell, np.maximum(_SMALLEST_CELL, extent / most))
    # Half a cell more than one all round: cells on the rim are in no grid, whatever the rounding.
    cells = np.ceil((extent / cell + 4.0) / _TILE).astype(np.int64) * _TILE
    frame = np.array(
        [
            west - 1.5 * cell[0], 1.0 / cell[0], cells[0] - 1,
            south - 1.5 * cell[1], 1.0 / cell[1], cells[1] - 1, cells[0] // _TILE,
        ]
    )  # fmt: skip
    return frame, np.array([0, 0, *cells])


def _cell_boxes(frame: Floats, bounds: Floats) -> Ints:
    """Turn (n, 4) bounds in degrees into columns and rows, the ends included."""
    origin, per_degree = frame[[0, 3, 0, 3]], frame[[1, 4, 1, 4]]
    boxes: Ints = np.floor((bounds - origin) * per_degree).astype(np.int64)
    return boxes


def _with_room(records: Records, more: int) -> Records:
    """Give records with room for more words: the same, or a copy."""
    if records.used + more <= len(records.words):
        return records
    words = np.empty(records.used + more + records.used // 32 + _SPARE_WORDS, np.int64)
    words[: records.used] = records.words[: records.used]
    return Records(words, records.used)
