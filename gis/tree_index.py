"""The answers of `gis.cells` without compiled code: a tree of boxes, ties settled exactly."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.exact import first_holding
from gis.locator_kernel import NO_GRID, WRONG

Floats = NDArray[np.float64]
Rows = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Polygons = NDArray[np.object_]

_DOUBT = 1e-9  # degrees, a tenth of a millimetre: far more than a test in doubles is off


class TreeIndex:
    """
    The boxes of n grids.

    Used where numba is missing, and for coordinates so small that doubles underflow.
    """

    def __init__(self, polygons: Polygons) -> None:
        self._polygons = polygons
        shapely.prepare(polygons)
        self._tree = shapely.STRtree(polygons)
        self._borders = shapely.STRtree(shapely.boundary(polygons))

    def find_many(self, lon: Floats, lat: Floats, rows: Rows, edges: Bytes) -> bool:
        """Find the first grid that holds each of n points; as `CellIndex.find_many`."""
        rows[:] = NO_GRID
        if np.any(~((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0))):  # noqa: PLR2004 - degrees
            return False
        points = shapely.points(lon, lat)
        asked, grids = self._tree.query(points, "intersects")
        first = np.full(len(rows), len(self._polygons))
        np.minimum.at(first, asked, grids)
        rows[:] = np.where(first < len(self._polygons), first, NO_GRID)
        for point in np.unique(self._borders.query(points, "dwithin", _DOUBT)[0]):
            rows[point], on_border = self.settle(float(lon[point]), float(lat[point]))
            if len(edges):
                edges[point] = on_border
        return True

    def find_one(self, lon: float, lat: float) -> int:
        """Find the first grid that holds a point; as `CellIndex.find_one`."""
        rows, edges = np.empty(1, np.int32), np.zeros(1, np.uint8)
        if not self.find_many(np.array([lon]), np.array([lat]), rows, edges):
            return WRONG
        return 2 * int(rows[0]) + int(edges[0]) if rows[0] >= 0 else NO_GRID

    def settle(self, lon: float, lat: float) -> tuple[int, bool]:
        """Give the first grid that holds a point and whether it is on its border, exactly."""
        return first_holding(self._polygons, self._tree.query(shapely.Point(lon, lat)), lon, lat)
