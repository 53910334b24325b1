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

from copy import copy
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import MultiPolygon, Polygon, STRtree

from gis.array_file import Arrays, load_arrays, save_arrays
from gis.borders import Blocks, Borders
from gis.cells import CellIndex
from gis.compiled import HAVE_NUMBA
from gis.crs import LonLatBounds, check_lonlat, point_to_planar, to_planar
from gis.errors import CodeError, GeometryError
from gis.locator_kernel import NO_GRID
from gis.orientation_kernel import SMALLEST, UNDECIDED
from gis.tree_index import TreeIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Rows = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Shapes = NDArray[np.object_]

GAP_TOLERANCE_M = 10.0
NEAR_BORDER_M = 30.0


class How(StrEnum):
    """How a grid was found for a point."""

    INSIDE = "inside"
    EDGE = "edge"
    GAP = "gap"
    OUTSIDE = "outside"


HOWS = tuple(How)
_GAP, _OUTSIDE = HOWS.index(How.GAP), HOWS.index(How.OUTSIDE)


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
        shapes = np.array([polygons[row] for row in order], dtype=object)
        self._read: Callable[[], Shapes] = lambda: shapes
        self._index = _index(shapes)
        self._borders = Borders.of(shapes, planar)

    def find(self, lon: float, lat: float) -> str | None:
        """
        Name the grid that holds a point, None where no grid does.

        Raises
        ------
        CoordinateError
            If a coordinate is not finite or out of range.
        """
        found = self._index.find_one(lon, lat)
        if found >= 0:
            return self.codes[found >> 1]
        if found == NO_GRID:
            return None
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
        return self._held(*_degrees(lon, lat), np.empty(0, np.uint8))

    def locate(self, lon: ArrayLike, lat: ArrayLike, *, distances: bool = True) -> Locations:
        """
        Locate n points by the whole rule, gaps and distances included.

        Parameters
        ----------
        lon, lat
            (n,) degrees.
        distances
            Whether to measure to the border inside of grids too, which takes most of the time;
            the distance is NaN there if not.

        Raises
        ------
        CoordinateError
            If a coordinate is not finite or out of range; the message names the rows.
        """
        lon, lat = _degrees(lon, lat)
        edges = np.zeros(len(lon), np.uint8)
        rows = self._held(lon, lat, edges)
        nearest_rows, nearest_m = np.full(len(rows), -1, np.int32), np.zeros(len(rows))
        border_m = np.full(len(rows), np.nan)
        border_m[edges == 1] = 0.0
        how = edges  # 0 is inside and 1 an edge
        loose = np.flatnonzero(rows < 0)
        if distances:
            inner = np.flatnonzero((rows >= 0) & (edges == 0))
            place = to_planar(lon[inner], lat[inner], self.planar)
            border_m[inner] = self._borders.distances(rows[inner], *place)
        how[loose] = _OUTSIDE
        border_m[loose] = np.inf
        if loose.size and self.codes:
            place = to_planar(lon[loose], lat[loose], self.planar)
            nearest_rows[loose], nearest_m[loose] = self._borders.nearest(*place)
            border_m[loose] = nearest_m[loose]
            near = loose[nearest_m[loose] <= self.gap_tolerance_m]
            rows[near] = nearest_rows[near]
            how[near] = _GAP
        return Locations(rows, how, border_m, nearest_rows, nearest_m)

    def locate_one(self, lon: float, lat: float) -> Location:
        """
        Locate one point by the whole rule and name the neighbours.

        Raises
        ------
        CoordinateError
            If a coordinate is not finite or out of range.
        """
        found = self._index.find_one(lon, lat)
        if found >= 0:
            return self._inside(lon, lat, found >> 1, on_border=bool(found & 1))
        if found == NO_GRID and self.codes:
            return self._loose(lon, lat)
        return self._with_care(lon, lat)

    def _inside(self, lon: float, lat: float, row: int, *, on_border: bool) -> Location:
        x, y = point_to_planar(lon, lat, self.planar)
        return Location(
            code=self.codes[row],
            how=How.EDGE if on_border else How.INSIDE,
            border_distance_m=0.0 if on_border else self._borders.distance(row, x, y),
            nearest=None,
            nearest_distance_m=0.0,
            neighbours=self._neighbours(x, y, row),
        )

    def _loose(self, lon: float, lat: float) -> Location:
        x, y = point_to_planar(lon, lat, self.planar)
        rows, distances = self._borders.nearest(np.array([x]), np.array([y]))
        nearest, distance_m = int(rows[0]), float(distances[0])
        in_gap = distance_m <= self.gap_tolerance_m
        return Location(
            code=self.codes[nearest] if in_gap else None,
            how=How.GAP if in_gap else How.OUTSIDE,
            border_distance_m=distance_m,
            nearest=self.codes[nearest],
            nearest_distance_m=distance_m,
            neighbours=self._neighbours(x, y, nearest if in_gap else NO_GRID),
        )

    def _with_care(self, lon: float, lat: float) -> Location:
        """Locate a point that cannot be, that doubles cannot decide, or that no grid is near."""
        found = self.locate([lon], [lat])
        row, nearest = int(found.rows[0]), int(found.nearest_rows[0])
        return Location(
            code=None if row < 0 else self.codes[row],
            how=HOWS[found.how[0]],
            border_distance_m=float(found.border_distance_m[0]),
            nearest=None if nearest < 0 else self.codes[nearest],
            nearest_distance_m=float(found.nearest_distance_m[0]),
            neighbours=self._neighbours(*point_to_planar(lon, lat, self.planar), row),
        )

    def replaced(self, codes: Sequence[str], polygons: Sequence[Polygon | MultiPolygon]) -> Locator:
        """
        Make the locator of the same grids with some polygons changed; takes milliseconds.

        Raises
        ------
        CodeError
            If a code is not one of this locator's, or codes repeat.
        GeometryError
            If a geometry is missing, empty, invalid or not a polygon.
        """
        _check_grids(codes, polygons)
        number = {code: row for row, code in enumerate(self.codes)}
        unknown = [code for code in codes if code not in number]
        if unknown:
            raise CodeError(f"there is no grid {unknown[0]} to change: make a new locator")
        rows = [number[code] for code in codes]
        shapes = self._polygons.copy()
        shapes[rows] = np.array(polygons, dtype=object)
        changed = shapely.bounds(np.concatenate([self._polygons[rows], shapes[rows]]))
        other = copy(self)
        for derived in ("_polygons", "_bounds", "_tree"):
            other.__dict__.pop(derived, None)
        other._read = lambda: shapes  # noqa: SLF001 - of our own kind
        index = self._index
        other._index = (  # noqa: SLF001
            index.replaced(shapes, changed) if isinstance(index, CellIndex) else _index(shapes)
        )
        other._borders = self._borders.replaced(shapes, rows)  # noqa: SLF001
        return other

    def save(self, path: Path) -> None:
        """Write a file that `load` maps into memory; programs that load it share it."""
        index = self._index
        about = {
            "codes": self.codes,
            "planar": self.planar,
            "gap_tolerance_m": self.gap_tolerance_m,
            "near_border_m": self.near_border_m,
            "bounds": self._bounds,
        }
        wkb = shapely.to_wkb(self._polygons)
        arrays: Arrays = {
            "wkb": np.frombuffer(b"".join(wkb), np.uint8),
            "wkb_ends": np.cumsum([len(one) for one in wkb], dtype=np.int64),
        }
        if isinstance(index, CellIndex):
            arrays |= index.arrays() | self._borders.blocks._asdict()
        save_arrays(path, about, arrays)

    @classmethod
    def load(cls, path: Path) -> Locator:
        """
        Map a saved locator into memory.

        Raises
        ------
        JingweiError
            If the file is not there or of another kind.
        """
        about, arrays = load_arrays(path)
        self = cls.__new__(cls)
        self.codes, self.planar = tuple(about["codes"]), about["planar"]
        self.gap_tolerance_m = about["gap_tolerance_m"]
        self.near_border_m = about["near_border_m"]
        self._bounds = about["bounds"]
        self._read = lambda: _from_wkb(arrays["wkb"], arrays["wkb_ends"])
        if HAVE_NUMBA and "tiles" in arrays:
            self._index = CellIndex.of(arrays)
            blocks = Blocks(*(arrays[name] for name in Blocks._fields))
            self._borders = Borders(blocks, self.planar, lambda: self._polygons)
        else:
            self._index = _index(self._polygons)
            self._borders = Borders.of(self._polygons, self.planar)
        return self

    @property
    def bounds(self) -> LonLatBounds:
        """West, south, east and north end of all grids, degrees; NaN without any."""
        return LonLatBounds(*self._bounds)

    def touched_by(self, area: BaseGeometry) -> list[str]:
        """Return the codes of the grids whose inside an area in degrees (lon, lat) reaches."""
        rows = self._tree.query(area, "intersects")
        shared = shapely.intersection(self._polygons[rows], area)
        reached = rows[shapely.get_dimensions(shared) >= shapely.get_dimensions(area)]
        return sorted(self.codes[row] for row in reached.tolist())

    @cached_property
    def _tree(self) -> STRtree:
        return STRtree(self._polygons)

    @cached_property
    def _bounds(self) -> list[float]:
        bounds: list[float] = shapely.total_bounds(self._polygons).tolist()
        return bounds

    @cached_property
    def _polygons(self) -> Shapes:
        return self._read()

    def _held(self, lon: Floats, lat: Floats, edges: Bytes) -> Rows:
        rows = np.empty(len(lon), np.int32)
        if not self._index.find_many(lon, lat, rows, edges):
            check_lonlat(lon, lat)
        if rows.min(initial=NO_GRID) < NO_GRID:
            exact = TreeIndex(self._polygons)
            for point in np.flatnonzero(rows == UNDECIDED):
                rows[point], on_border = exact.settle(float(lon[point]), float(lat[point]))
                if len(edges):
                    edges[point] = on_border
        return rows

    def _neighbours(self, x: float, y: float, row: int) -> tuple[Neighbour, ...]:
        near = self._borders.within(x, y, self.near_border_m, row)
        return tuple(Neighbour(self.codes[grid], distance) for distance, grid in near)


def _index(polygons: Shapes) -> CellIndex | TreeIndex:
    size = np.abs(shapely.get_coordinates(polygons))
    if not HAVE_NUMBA or np.any((size > 0.0) & (size < SMALLEST)):
        return TreeIndex(polygons)
    return CellIndex.build(polygons)


def _from_wkb(wkb: Bytes, ends: NDArray[np.int64]) -> Shapes:
    whole, starts = wkb.tobytes(), [0, *ends[:-1].tolist()]
    parts = [whole[start:end] for start, end in zip(starts, ends.tolist(), strict=True)]
    return np.asarray(shapely.from_wkb(parts))


def _degrees(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    lon, lat = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    if lon.shape != lat.shape:
        check_lonlat(lon, lat)
    return lon, lat


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
    invalid = np.flatnonzero(~shapely.is_valid(np.array(polygons, dtype=object)))
    if invalid.size:
        why = shapely.is_valid_reason(polygons[invalid[0]])
        raise GeometryError(
            f"grid {codes[invalid[0]]} is not valid ({why}): repair it before locating"
        )
