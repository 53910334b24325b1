"""How far borders and other grids are from a point, in metres of the planar CRS."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gis import borders_kernel as kernel
from gis.cells import Rings
from gis.compiled import HAVE_NUMBA
from gis.crs import to_planar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = NDArray[np.int32]
Polygons = NDArray[np.object_]

_INSIDE_AFTER_ALL_M = 1.0
_MOST_ABOUT = 64  # grids within a radius, at the first try


class Blocks(NamedTuple):
    """Borders as `gis.borders_kernel` reads them."""

    xy: Floats
    vertices: Ints
    boxes: Floats
    grid_block: Ints

    def replaced(self, rows: Sequence[int], other: Blocks) -> Blocks:
        """Take the blocks of some grids from another; those they had are left unused."""
        grid_block = self.grid_block.copy().reshape(-1, 2)
        grid_block[rows] = other.grid_block.reshape(-1, 2) + len(self.vertices) // 2
        return Blocks(
            np.concatenate([self.xy, other.xy]),
            np.concatenate([self.vertices, other.vertices + len(self.xy) // 2]),
            np.concatenate([self.boxes, other.boxes]),
            grid_block.ravel(),
        )


class Borders:
    """
    The borders of n grids in a planar CRS.

    Edges run straight in the plane between the vertices' planar places.

    Parameters
    ----------
    blocks
        Vertices, and the blocks and boxes of `gis.borders_kernel`; x, y in metres.
    planar
        CRS in metres.
    read
        Gives the (n,) polygons in degrees, when they are first needed.
    """

    def __init__(self, blocks: Blocks, planar: str, read: Callable[[], Polygons]) -> None:
        self.blocks = blocks
        self.planar = planar
        self._read = read

    @classmethod
    def of(cls, polygons: Polygons, planar: str) -> Borders:
        """Take (n,) polygons in degrees."""
        projected = project(polygons, planar)
        borders = cls(cut_blocks(projected), planar, lambda: polygons)
        borders.__dict__["polygons"] = projected  # made already
        return borders

    @cached_property
    def polygons(self) -> Polygons:
        """The polygons in metres."""
        return project(self._read(), self.planar)

    def replaced(self, polygons: Polygons, rows: Sequence[int]) -> Borders:
        """Take the same grids with those of some rows changed; `polygons` are all, in degrees."""
        changed = project(polygons[rows], self.planar)
        projected = self.polygons.copy()
        projected[rows] = changed
        borders = Borders(
            self.blocks.replaced(rows, cut_blocks(changed)), self.planar, lambda: polygons
        )
        borders.__dict__["polygons"] = projected
        return borders

    def distances(self, rows: Rows, x: Floats, y: Floats) -> Floats:
        """Measure from each of n points to the border of the grid given for it."""
        if not HAVE_NUMBA:
            measured: Floats = shapely.distance(self._lines[rows], shapely.points(x, y))
            return measured
        distance = np.empty(len(rows))
        kernel.border_distances(*self.blocks, rows, x, y, distance)
        return distance

    def nearest(self, x: Floats, y: Floats) -> tuple[Rows, Floats]:
        """Name the grid nearest to each of n points, of several the first, and how far it is."""
        if not HAVE_NUMBA:
            return self._nearest_by_tree(x, y)
        rows, distance = np.empty(len(x), np.int32), np.empty(len(x))
        kernel.nearest_grids(*self.blocks, *self._groups, x, y, rows, distance)
        # An edge straight in degrees is not quite so in the plane: the point may be inside here.
        close = np.flatnonzero(distance < _INSIDE_AFTER_ALL_M)
        if close.size:
            rows[close], distance[close] = self._nearest_by_tree(x[close], y[close])
        return rows, distance

    def distance(self, row: int, x: float, y: float) -> float:
        """Measure from a point to the border of a grid."""
        if not HAVE_NUMBA:
            return float(self.distances(np.array([row], np.int32), np.array([x]), np.array([y]))[0])
        measured: float = kernel.border_distance(*self.blocks, row, x, y)
        return measured

    def within(self, x: float, y: float, radius_m: float, but: int = -1) -> list[tuple[float, int]]:
        """List distances and numbers of the grids within a radius but one, nearest first."""
        if not (HAVE_NUMBA and len(self.polygons)):
            return self._within_by_tree(x, y, radius_m, but)
        most = _MOST_ABOUT
        while True:
            rows, distances = np.empty(most, np.int32), np.empty(most)
            count = kernel.grids_about(
                *self.blocks, *self._groups, x, y, radius_m, but, rows, distances
            )
            if count <= most:
                break
            most = count
        if not count:
            return []
        return sorted(zip(distances[:count].tolist(), rows[:count].tolist(), strict=True))

    def _within_by_tree(
        self, x: float, y: float, radius_m: float, but: int
    ) -> list[tuple[float, int]]:
        point = shapely.Point(x, y)
        near = [row for row in self._tree.query(point, "dwithin", radius_m).tolist() if row != but]
        distances = shapely.distance(self.polygons[near], point).tolist() if near else []
        return sorted(zip(distances, near, strict=True))

    def _nearest_by_tree(self, x: Floats, y: Floats) -> tuple[Rows, Floats]:
        points = shapely.points(x, y)
        (asked, grids), distances = self._tree.query_nearest(points, return_distance=True)
        order = np.lexsort((grids, distances, asked))
        first = order[np.unique(asked[order], return_index=True)[1]]
        return grids[first].astype(np.int32), distances[first]

    @cached_property
    def _groups(self) -> tuple[Floats, Ints, Floats]:
        """Boxes of the grids, neighbouring grids in groups, and boxes of the groups."""
        boxes = shapely.bounds(self.polygons)
        size = max(1, round(len(boxes) ** 0.5 / 2))
        middle = boxes[:, :2] + boxes[:, 2:]
        strips = np.argsort(np.argsort(middle[:, 0])) // max(1, round((len(boxes) * size) ** 0.5))
        groups = np.full(-(-len(boxes) // size) * size, -1)
        groups[: len(boxes)] = np.lexsort((middle[:, 1], strips))
        firsts = np.arange(0, len(boxes), size)
        low = np.minimum.reduceat(boxes[groups[: len(boxes)], :2], firsts)
        high = np.maximum.reduceat(boxes[groups[: len(boxes)], 2:], firsts)
        return boxes.ravel(), groups, np.hstack([low, high]).ravel()

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.polygons)

    @cached_property
    def _lines(self) -> Polygons:
        return np.asarray(shapely.boundary(self.polygons))


def cut_blocks(polygons: Polygons) -> Blocks:
    """Cut the borders of polygons in metres into blocks."""
    xy, ring_start, grid_start = Rings.of(polygons)
    vertices, boxes = np.empty(len(xy), np.int64), np.empty(2 * len(xy))
    blocks = kernel.make_blocks(xy, ring_start, vertices, boxes) if HAVE_NUMBA else 0
    vertices, boxes = vertices[: 2 * blocks].copy(), boxes[: 4 * blocks].copy()
    first = np.searchsorted(vertices[::2], ring_start[grid_start])
    grid_block = np.column_stack([first[:-1], first[1:]]).ravel()
    return Blocks(xy, vertices, boxes, grid_block.astype(np.int64))


def project(polygons: Polygons, planar: str) -> Polygons:
    """Bring polygons from degrees to metres of a planar CRS."""

    def convert(lonlat: Floats) -> Floats:
        return np.column_stack(to_planar(lonlat[:, 0], lonlat[:, 1], planar))

    return np.asarray(shapely.transform(polygons, convert))
