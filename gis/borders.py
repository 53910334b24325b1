"""How far borders and other grids are from a point, in metres of the planar CRS."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from gis import borders_kernel as kernel
from gis.cells import Rings
from gis.compiled import HAVE_NUMBA
from gis.crs import to_planar

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = NDArray[np.int32]
Polygons = NDArray[np.object_]

_INSIDE_AFTER_ALL_M = 1.0


class Borders:
    """
    The borders of n grids in a planar CRS.

    Edges run straight in the plane between the vertices' planar places.

    Parameters
    ----------
    polygons
        (n,) in degrees.
    planar
        CRS in metres.
    """

    def __init__(self, polygons: Polygons, planar: str) -> None:
        self.planar = planar
        self.polygons = project(polygons, planar)
        xy, ring_start, grid_start = Rings.of(self.polygons)
        most = len(xy) // 2
        vertices, boxes = np.empty(2 * most, np.int64), np.empty(4 * most)
        blocks = kernel.make_blocks(xy, ring_start, vertices, boxes) if HAVE_NUMBA else 0
        vertices, boxes = vertices[: 2 * blocks].copy(), boxes[: 4 * blocks].copy()
        first = np.searchsorted(vertices[::2], ring_start[grid_start])
        self._blocks = xy, vertices, boxes, first.astype(np.int64)

    def distances(self, rows: Rows, x: Floats, y: Floats) -> Floats:
        """Measure from each of n points to the border of the grid given for it."""
        if not HAVE_NUMBA:
            measured: Floats = shapely.distance(self._lines[rows], shapely.points(x, y))
            return measured
        distance = np.empty(len(rows))
        kernel.border_distances(*self._blocks, rows, x, y, distance)
        return distance

    def nearest(self, x: Floats, y: Floats) -> tuple[Rows, Floats]:
        """Name the grid nearest to each of n points, of several the first, and how far it is."""
        if not HAVE_NUMBA:
            return self._nearest_by_tree(x, y)
        rows, distance = np.empty(len(x), np.int32), np.empty(len(x))
        kernel.nearest_grids(*self._blocks, *self._groups, x, y, rows, distance)
        # An edge straight in degrees is not quite so in the plane: the point may be inside here.
        close = np.flatnonzero(distance < _INSIDE_AFTER_ALL_M)
        if close.size:
            rows[close], distance[close] = self._nearest_by_tree(x[close], y[close])
        return rows, distance

    def within(self, x: float, y: float, radius_m: float) -> list[tuple[float, int]]:
        """List the distances and numbers of the grids within a radius, nearest first."""
        point = shapely.Point(x, y)
        grids = self._tree.query(point, "dwithin", radius_m)
        distances = shapely.distance(self.polygons[grids], point)
        return sorted(zip(distances.tolist(), grids.tolist(), strict=True))

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


def project(polygons: Polygons, planar: str) -> Polygons:
    """Bring polygons from degrees to metres of a planar CRS."""

    def convert(lonlat: Floats) -> Floats:
        return np.column_stack(to_planar(lonlat[:, 0], lonlat[:, 1], planar))

    return np.asarray(shapely.transform(polygons, convert))
