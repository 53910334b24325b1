"""
Which grid is responsible for a point, how it was found, and how far the border is.

The rules, in this order:

1. *Inside*: the point lies in the interior of a grid.
2. *Edge*: the point lies exactly on a border of the grid; where grids share it, the code that
   sorts first has it. So the answer depends on neither row order nor the computer.
3. *Gap*: no grid holds the point but one is within the tolerance: the nearest has it (of several
   at the same distance the code that sorts first), and the distance is given.
4. *Outside*: no grid is near. There is no code; the nearest grid is named.

Grids are closed polygons. Whether a grid holds a point is decided on the stored lon, lat, as
PostGIS decides `ST_Covers` on EPSG:4490; distances are metres in the planar CRS. Where grids
overlap, which a published version never does, the code that sorts first has the point.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import MultiPolygon, Point, Polygon

from gis.crs import check_lonlat, to_planar
from gis.errors import CodeError, GeometryError

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]
Rows = NDArray[np.int32]
Points = NDArray[np.object_]

GAP_TOLERANCE_M = 10.0
NEAR_BORDER_M = 30.0


class How(StrEnum):
    """How a grid was found for a point."""

    INSIDE = "inside"
    EDGE = "edge"
    GAP = "gap"
    OUTSIDE = "outside"


HOWS = tuple(How)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another grid near a point."""

    code: str
    distance_m: float


@dataclass(frozen=True, slots=True)
class Location:
    """
    The answer for one point.

    `border_distance_m` is the distance to the border of the grid that holds the point, or, in a
    gap and outside, to the nearest grid. `nearest` is filled in a gap and outside.
    `neighbours` are the other grids within the near-border distance, nearest first.
    """

    code: str | None
    how: How
    border_distance_m: float
    nearest: str | None
    nearest_distance_m: float
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True, slots=True)
class Locations:
    """
    The answers for n points, as arrays.

    `rows` and `nearest_rows` index the locator's `codes`, -1 for none; `how` indexes `HOWS`;
    distances are metres. What they mean is said at `Location`.
    """

    rows: Rows
    how: NDArray[np.uint8]
    border_distance_m: Floats
    nearest_rows: Rows
    nearest_distance_m: Floats


class Locator:
    """
    The grids of one boundary version, ready to locate points; never changes.

    Parameters
    ----------
    codes
        One distinct code a grid, in any order.
    polygons
        (n,) valid polygons or multipolygons in lon, lat degrees of CGCS2000 (EPSG:4490).
    planar
        CRS in metres for distances.
    gap_tolerance_m
        How far a grid may be from a point in no grid and still have it.
    near_border_m
        How near another grid must be to be named as a neighbour.

    Raises
    ------
    CodeError
        If codes repeat, or their number is not that of the polygons.
    GeometryError
        If a geometry is missing, empty, invalid or not a polygon.
    """

    def __init__(
        self,
        codes: Sequence[str],
        polygons: Sequence[Polygon | MultiPolygon],
        *,
        planar: str = "EPSG:4546",
        gap_tolerance_m: float = GAP_TOLERANCE_M,
        near_border_m: float = NEAR_BORDER_M,
    ) -> None:
        _check_grids(codes, polygons)
        order = sorted(range(len(codes)), key=codes.__getitem__)
        self.codes = tuple(codes[row] for row in order)
        self.planar = planar
        self.gap_tolerance_m = gap_tolerance_m
        self.near_border_m = near_border_m
        self._polygons = np.array([polygons[row] for row in order], dtype=object)
        shapely.prepare(self._polygons)
        self._tree = shapely.STRtree(self._polygons)

        def project(lonlat: Floats) -> Floats:
            return np.column_stack(to_planar(lonlat[:, 0], lonlat[:, 1], planar))

        self._planar_polygons = shapely.transform(self._polygons, project)
        self._borders = shapely.boundary(self._planar_polygons)
        self._planar_tree = shapely.STRtree(self._planar_polygons)

    def find(self, lon: float, lat: float) -> str | None:
        """
        Name the grid that holds a point, None where no grid does.

        Raises
        ------
        CoordinateError
            If a coordinate is not finite or out of range.
        """
        row = int(self.find_rows([lon], [lat])[0])
        return None if row < 0 else self.codes[row]

    def find_rows(self, lon: ArrayLike, lat: ArrayLike) -> Rows:
        """
        Find the grid that holds each of n points.

        Parameters
        ----------
        lon, lat
            (n,) degrees.

        Returns
        -------
        rows
            (n,) index into `codes`, -1 where no grid holds the point.

        Raises
        ------
        CoordinateError
            If a coordinate is not finite or out of range; the message names the rows.
        """
        lon, lat = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
        check_lonlat(lon, lat)
        points, grids = self._tree.query(shapely.points(lon, lat), "intersects")
        rows = np.full(len(lon), len(self.codes), np.int32)
        np.minimum.at(rows, points, grids.astype(np.int32))
        rows[rows == len(self.codes)] = -1
        return rows

    def locate(self, lon: ArrayLike, lat: ArrayLike) -> Locations:
        """
        Locate n points by the whole rule, gaps and distances included.

        Parameters
        ----------
        lon, lat
            (n,) degrees.

        Raises
        ------
        CoordinateError
            If a coordinate is not finite or out of range; the message names the rows.
        """
        lon, lat = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
        rows = self.find_rows(lon, lat)
        points: Points = np.asarray(shapely.points(*to_planar(lon, lat, self.planar)))
        border_m = np.full(len(rows), np.inf)
        nearest_rows, nearest_m = np.full(len(rows), -1, np.int32), np.zeros(len(rows))
        how = np.full(len(rows), HOWS.index(How.OUTSIDE), np.uint8)
        held, loose = np.flatnonzero(rows >= 0), np.flatnonzero(rows < 0)
        if held.size:
            grids = rows[held]
            inner = shapely.contains_xy(self._polygons[grids], lon[held], lat[held])
            border_m[held] = np.where(
                inner, shapely.distance(self._borders[grids], points[held]), 0.0
            )
            how[held] = np.where(inner, HOWS.index(How.INSIDE), HOWS.index(How.EDGE))
        if loose.size and self.codes:
            nearest_rows[loose], nearest_m[loose] = self._nearest(points[loose])
            border_m[loose] = nearest_m[loose]
            near = loose[nearest_m[loose] <= self.gap_tolerance_m]
            rows[near] = nearest_rows[near]
            how[near] = HOWS.index(How.GAP)
        return Locations(rows, how, border_m, nearest_rows, nearest_m)

    def locate_one(self, lon: float, lat: float) -> Location:
        """
        Locate one point by the whole rule and name the neighbours.

        Raises
        ------
        CoordinateError
            If a coordinate is not finite or out of range.
        """
        found = self.locate([lon], [lat])
        row, nearest = int(found.rows[0]), int(found.nearest_rows[0])
        return Location(
            code=None if row < 0 else self.codes[row],
            how=HOWS[found.how[0]],
            border_distance_m=float(found.border_distance_m[0]),
            nearest=None if nearest < 0 else self.codes[nearest],
            nearest_distance_m=float(found.nearest_distance_m[0]),
            neighbours=self._neighbours(lon, lat, row),
        )

    def _nearest(self, points: Points) -> tuple[Rows, Floats]:
        (asked, grids), distances = self._planar_tree.query_nearest(points, return_distance=True)
        order = np.lexsort((grids, distances, asked))
        first = order[np.unique(asked[order], return_index=True)[1]]
        return grids[first].astype(np.int32), distances[first]

    def _neighbours(self, lon: float, lat: float, row: int) -> tuple[Neighbour, ...]:
        x, y = to_planar(lon, lat, self.planar)
        point = Point(float(x), float(y))
        grids = self._planar_tree.query(point, "dwithin", self.near_border_m)
        distances = shapely.distance(self._planar_polygons[grids], point)
        near = sorted(zip(distances.tolist(), grids.tolist(), strict=True))
        return tuple(Neighbour(self.codes[g], d) for d, g in near if g != row)


def _check_grids(codes: Sequence[str], polygons: Sequence[Polygon | MultiPolygon]) -> None:
    if len(codes) != len(polygons):
        raise CodeError(f"{len(codes)} codes for {len(polygons)} polygons: give one code a grid")
    seen: set[str] = set()
    for code, polygon in zip(codes, polygons, strict=True):
        if code in seen:
            raise CodeError(f"code {code} is given twice: codes must be distinct")
        seen.add(code)
        if not isinstance(polygon, Polygon | MultiPolygon) or polygon.is_empty:
            raise GeometryError(f"grid {code} has no polygon: give a polygon or multipolygon")
        if not polygon.is_valid:
            why = shapely.is_valid_reason(polygon)
            raise GeometryError(f"grid {code} is not valid ({why}): repair it before locating")
