"""Which coordinates a file is in: what it says, what the user says, or a refusal with the choices.

Nothing is guessed: a wrong central meridian puts a city 250 km away, a wrong datum 600 m.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.crs import (
    LONLAT_CRS,
    check_lonlat,
    parse_crs,
    planar_crs,
    transformer,
    zone_of_easting,
    zone_prefixed_crs,
)
from gis.datum import Datum, to_cgcs2000
from gis.errors import CrsError, DatumError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from layers.files.reading import Delivered, Shapes

DATUMS = ", ".join(Datum)
_WGS84 = 4326
_CGCS2000 = 4490
_WIDEST_EASTING_M = 1_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """The CRS of a file, and the datum where it is degrees."""

    crs: str
    datum: Datum = Datum.CGCS2000

    @property
    def in_degrees(self) -> bool:
        """Tell whether coordinates are lon, lat."""
        return bool(parse_crs(self.crs).is_geographic)

    def describe(self) -> str:
        """Say it for a person."""
        name = parse_crs(self.crs).name
        return (
            f"{self.crs} ({name}), datum {self.datum}"
            if self.in_degrees
            else f"{self.crs} ({name})"
        )


def settle(delivered: Delivered, crs: str | None = None, datum: str | None = None) -> Source:
    """
    Say what a file's coordinates are in.

    Parameters
    ----------
    crs, datum
        What the user says; it goes before what the file says.

    Raises
    ------
    CrsError
        If nobody says a CRS (the message names those that fit the numbers), or the numbers cannot
        be in the one that was said.
    DatumError
        If degrees come without a word on their datum.
    """
    told = Datum(datum) if datum is not None else None
    name = crs or delivered.crs
    bounds = _bounds(delivered.shapes)
    if name is None and told is not None and _are_degrees(bounds):
        name = LONLAT_CRS
    if name is None:
        raise _nobody_said(delivered, bounds)
    parsed = parse_crs(name)
    if parsed.is_geographic != _are_degrees(bounds):
        what = "degrees" if parsed.is_geographic else "metres"
        raise CrsError(
            f"{delivered.path.name} cannot be in {name} ({parsed.name}, {what}): its coordinates "
            f"run from {_pair(bounds[:2])} to {_pair(bounds[2:])}. {_advice(bounds)}"
        )
    if not parsed.is_geographic:
        if told is not None:
            raise DatumError("a datum is for degrees; these coordinates are metres in a named CRS")
        _check_zone(delivered, name, bounds)
        return Source(name)
    if told is None and parsed.to_epsg() not in {_WGS84, _CGCS2000}:
        return Source(name)
    return Source(name, told or (Datum.WGS84 if parsed.to_epsg() == _WGS84 else Datum.CGCS2000))


def to_lonlat_shapes(shapes: Shapes, source: Source) -> Shapes:
    """
    Bring (n,) shapes to CGCS2000 degrees; None stays None.

    Raises
    ------
    CoordinateError
        If a coordinate is no place on earth or looks swapped.
    """

    def convert(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = xy[:, 0], xy[:, 1]
        if source.in_degrees and source.datum is not Datum.CGCS2000:
            lon, lat = to_cgcs2000(lon, lat, source.datum)
        elif parse_crs(source.crs).to_epsg() not in {_WGS84, _CGCS2000}:
            lon, lat = transformer(source.crs, LONLAT_CRS).transform(lon, lat)
        check_lonlat(lon, lat)
        return np.column_stack((lon, lat))

    return np.asarray(shapely.transform(shapes, convert), dtype=object)


Bounds = tuple[float, float, float, float]


def _bounds(shapes: Shapes) -> Bounds:
    if not any(shape is not None and not shape.is_empty for shape in shapes):
        return (0.0, 0.0, 0.0, 0.0)
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return west, south, east, north


def _are_degrees(bounds: Bounds) -> bool:
    west, south, east, north = bounds
    return -180 <= west <= east <= 180 and -180 <= south <= north <= 180  # noqa: PLR2004 - swapped pairs are refused later, by name


def _nobody_said(delivered: Delivered, bounds: Bounds) -> CrsError | DatumError:
    if _are_degrees(bounds):
        return DatumError(
            f"{delivered.path.name} does not say its datum, and it cannot be told from the "
            f"numbers ({_pair(bounds[:2])} to {_pair(bounds[2:])}, degrees): "
            f"say --datum with one of {DATUMS} (gcj02: Amap, Tencent; bd09: Baidu)"
        )
    return CrsError(
        f"{delivered.path.name} does not say its CRS (a shapefile says it in a .prj): its "
        f"coordinates run from {_pair(bounds[:2])} to {_pair(bounds[2:])}. {_advice(bounds)}"
    )


def _advice(bounds: Bounds) -> str:
    listed = "; ".join(f"--crs {name} ({words})" for name, words in choices(bounds))
    return f"Choose: {listed}"


def choices(bounds: Bounds) -> list[tuple[str, str]]:
    """
    Name the CRSs that coordinates in a box may be in, the likeliest first, each with words.

    Parameters
    ----------
    bounds
        Least and most x and y, in whatever they are in.
    """
    west, south, east, north = bounds
    if _are_degrees(bounds):
        return [("EPSG:4490", "CGCS2000 degrees"), ("EPSG:4326", "WGS 84 degrees")]
    zone = zone_of_easting((west + east) / 2)
    if zone is not None:
        lon = zone * 3.0
        return [
            (zone_prefixed_crs(lon), f"CGCS2000, 3-degree zone {zone}, eastings begin with {zone}"),
            (f"EPSG:{2324 + zone}", f"Xian 1980, 3-degree zone {zone}, an older datum"),
        ]
    if 0 < west <= east < _WIDEST_EASTING_M and south > 0:
        meridians = range(75, 136, 3)
        return [
            (planar_crs(float(lon)), f"CGCS2000, central meridian {lon} E") for lon in meridians
        ]
    if 0 < south <= north < _WIDEST_EASTING_M or zone_of_easting((south + north) / 2):
        return [("EPSG:4490", "only if x and y are exchanged first: eastings seem to come second")]
    return [("EPSG:3857", "Web Mercator"), ("EPSG:4490", "after a look at the file: no usual CRS")]


def _check_zone(delivered: Delivered, name: str, bounds: Bounds) -> None:
    """Refuse metres that lie outside the area their CRS is made for: a wrong zone or prefix."""
    west, south, east, north = bounds
    lon, lat = transformer(name, LONLAT_CRS).transform((west + east) / 2, (south + north) / 2)
    area = parse_crs(name).area_of_use
    inside = area is None or (
        area.west - 1 <= lon <= area.east + 1 and area.south - 1 <= lat <= area.north + 1
    )
    if not (np.isfinite(lon) and np.isfinite(lat) and inside):
        raise CrsError(
            f"{delivered.path.name} cannot be in {name}: its coordinates run from "
            f"{_pair(bounds[:2])} to {_pair(bounds[2:])}, outside the area of that CRS. "
            f"{_advice(bounds)}"
        )


def _pair(values: tuple[float, ...]) -> str:
    digits = 4 if max(map(abs, values)) <= 180 else 0  # noqa: PLR2004 - degrees or metres
    return "(" + ", ".join(f"{value:.{digits}f}" for value in values) + ")"
