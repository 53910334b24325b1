"""How far borders and other grids are from a point, in metres of the planar CRS."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.borders_kernel import border_distances
from gis.cells import Rings
from gis.compiled import HAVE_NUMBA
from gis.crs import to_planar

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = NDArray[np.int32]
Polygons = NDArray[np.object_]


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
        self._rings = Rings.of(self.polygons)

    def distances(self, rows: Rows, x: Floats, y: Floats) -> Floats:
        """Measure from each of n points to the border of the grid given for it."""
        if not HAVE_NUMBA:
            measured: Floats = shapely.distance(self._lines[rows], shapely.points(x, y))
            return measured
        xy, ring_start, grid_start = self._rings
        distance = np.empty(len(rows))
        border_distances(xy, ring_start, grid_start[:-1], grid_start[1:], rows, x, y, distance)
        return distance

    def nearest(self, x: Floats, y: Floats) -> tuple[Rows, Floats]:
        """Name the grid nearest to each of n points, of several the first, and how far it is."""
        points = shapely.points(x, y)
        (asked, grids), distances = self._tree.query_nearest(points, return_distance=True)
        order = np.lexsort((grids, distances, asked))
        first = order[np.unique(asked[order], return_index=True)[1]]
        return grids[first].astype(np.int32), distances[first]

    def within(self, x: float, y: float, radius_m: float) -> list[tuple[float, int]]:
        """List the distances and numbers of the grids within a radius, nearest first."""
        point = shapely.Point(x, y)
        grids = self._tree.query(point, "dwithin", radius_m)
        distances = shapely.distance(self.polygons[grids], point)
        return sorted(zip(distances.tolist(), grids.tolist(), strict=True))

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
