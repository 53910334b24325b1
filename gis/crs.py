"""
Coordinate reference systems: which planar one to measure in, and coordinates that cannot be.

Stored and served coordinates are CGCS2000 lon, lat (EPSG:4490); lengths and areas are measured in
the CGCS2000 3-degree Gauss-Kruger zone whose central meridian is nearest. Axis order is always
lon, lat and x (east), y (north), whatever the registry says.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as PyprojCrsError

from gis.errors import CoordinateError, CrsError

Floats = NDArray[np.float64]

LONLAT_CRS = "EPSG:4490"
_FIRST_ZONE, _LAST_ZONE = 25, 45
_FIRST_EPSG, _FIRST_PREFIXED_EPSG = 4534, 4513
_SHOWN_ROWS = 3
_CRS_TEXT = re.compile(r"\d+$|\w+:\w+|\+proj=|\{|\w+\[|urn:|https?://")


class LonLatBounds(NamedTuple):
    """A box in degrees."""

    west: float
    south: float
    east: float
    north: float


def gauss_kruger_zone(lon: float) -> int:
    """
    Give the 3-degree zone number of a longitude in degrees: 37 is 109.5 to 112.5 E.

    Raises
    ------
    CrsError
        Outside 73.5 to 136.5 E, where CGCS2000 defines no zone.
    """
    zone = int(np.floor(lon / 3.0 + 0.5)) if np.isfinite(lon) else 0
    if not _FIRST_ZONE <= zone <= _LAST_ZONE:
        raise CrsError(
            f"longitude {lon} is in no CGCS2000 3-degree zone (73.5 to 136.5 E): "
            "name a planar CRS yourself"
        )
    return zone


def planar_crs(lon: float) -> str:
    """
    Choose the planar CRS for a longitude in degrees: EPSG:4534 (75 E) to EPSG:4554 (135 E).

    Raises
    ------
    CrsError
        Outside the zones.
    """
    return f"EPSG:{_FIRST_EPSG + gauss_kruger_zone(lon) - _FIRST_ZONE}"


def zone_prefixed_crs(lon: float) -> str:
    """Name the twin of `planar_crs` whose eastings carry the zone number: EPSG:4513 to 4533."""
    return f"EPSG:{_FIRST_PREFIXED_EPSG + gauss_kruger_zone(lon) - _FIRST_ZONE}"


def zone_of_easting(x: float) -> int | None:
    """Read the zone number off an easting in metres (37,5xx,xxx is 37); None if it has none."""
    zone = int(x // 1_000_000) if np.isfinite(x) else 0
    return zone if _FIRST_ZONE <= zone <= _LAST_ZONE else None


@lru_cache(maxsize=64)
def parse_crs(text: str) -> CRS:
    """
    Read a CRS from an EPSG code, WKT, PROJJSON or PROJ text.

    Raises
    ------
    CrsError
        If it is none of these; a bare name is refused because PROJ would guess.
    """
    text = text.strip()
    with suppress(PyprojCrsError):
        if _CRS_TEXT.match(text):
            return CRS.from_user_input(int(text) if text.isdecimal() else text)
    raise CrsError(
        f"CRS {text!r} cannot be read: give an EPSG code such as EPSG:4490 (CGCS2000 lon/lat) "
        "or EPSG:4546 (CGCS2000 3-degree Gauss-Kruger, 111 E)"
    )


@lru_cache(maxsize=64)
def transformer(source: str, target: str) -> Transformer:
    """Give the cached transformer between two CRSs, lon/lat and x/y order on both sides."""
    return Transformer.from_crs(parse_crs(source), parse_crs(target), always_xy=True)


def to_planar(lon: ArrayLike, lat: ArrayLike, crs: str) -> tuple[Floats, Floats]:
    """
    Project CGCS2000 degrees to metres.

    Parameters
    ----------
    lon, lat
        Degrees, any equal shapes.
    crs
        A projected CRS in metres, for example EPSG:4546.

    Returns
    -------
    x, y
        Metres east and north in `crs`, the shapes kept.

    Raises
    ------
    CrsError
        If `crs` cannot be read or does not measure in metres.
    """
    _check_planar(crs)
    x, y = transformer(LONLAT_CRS, crs).transform(*_as_floats(lon, lat))
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


def point_to_planar(lon: float, lat: float, crs: str) -> tuple[float, float]:
    """Project one point; as `to_planar`, without the cost of arrays."""
    _check_planar(crs)
    x, y = transformer(LONLAT_CRS, crs).transform(lon, lat)
    return x, y


def to_lonlat(x: ArrayLike, y: ArrayLike, crs: str) -> tuple[Floats, Floats]:
    """Bring metres in `crs` back to CGCS2000 degrees: the way back of `to_planar`."""
    _check_planar(crs)
    lon, lat = transformer(crs, LONLAT_CRS).transform(*_as_floats(x, y))
    return np.asarray(lon, np.float64), np.asarray(lat, np.float64)


def check_lonlat(lon: ArrayLike, lat: ArrayLike, bounds: LonLatBounds | None = None) -> None:
    """
    Refuse coordinates that cannot be a place.

    Parameters
    ----------
    lon, lat
        Degrees, scalars or arrays of equal shape.
    bounds
        The city. A point outside it is no error (it may be the next town's), unless exchanging
        lon and lat would put it inside.

    Raises
    ------
    CoordinateError
        If a value is missing, infinite, out of range, or lon and lat look swapped. The message
        gives the first offending rows and values.
    """
    if bounds is not None and isinstance(lon, float) and isinstance(lat, float):
        west, south, east, north = bounds
        if west <= lon <= east and south <= lat <= north:
            return  # one point, in the city: what nearly every request asks
        swapped = west <= lat <= east and south <= lon <= north
        if not swapped and abs(lon) <= 180.0 and abs(lat) <= 90.0:  # noqa: PLR2004 - degrees
            return
    lon, lat = _as_floats(lon, lat)
    lon, lat = np.atleast_1d(lon), np.atleast_1d(lat)
    if lon.shape != lat.shape:
        raise CoordinateError(f"{lon.size} longitudes but {lat.size} latitudes: give pairs")
    _refuse(~(np.isfinite(lon) & np.isfinite(lat)), lon, lat, "is not finite: give two numbers")
    if bounds is not None:
        exchanged = _inside(lat, lon, bounds) & ~_inside(lon, lat, bounds)
        _refuse(exchanged, lon, lat, "looks swapped: give longitude first, then latitude")
    wrong = (np.abs(lon) > 180.0) | (np.abs(lat) > 90.0)  # noqa: PLR2004 - degrees of the globe
    _refuse(
        wrong, lon, lat, "is out of range: longitude is -180 to 180 and latitude -90 to 90 degrees"
    )


def _inside(lon: Floats, lat: Floats, bounds: LonLatBounds) -> NDArray[np.bool_]:
    west, south, east, north = bounds
    inside: NDArray[np.bool_] = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside


def _refuse(wrong: NDArray[np.bool_], lon: Floats, lat: Floats, why: str) -> None:
    rows = np.flatnonzero(wrong)
    if not rows.size:
        return
    shown = ", ".join(f"({lon.flat[row]}, {lat.flat[row]})" for row in rows[:_SHOWN_ROWS])
    if lon.size == 1:
        raise CoordinateError(f"point {shown} {why}")
    listed = ", ".join(str(row) for row in rows[:_SHOWN_ROWS])
    more = f" and {rows.size - _SHOWN_ROWS} more" if rows.size > _SHOWN_ROWS else ""
    raise CoordinateError(f"row {listed}{more}: point {shown} {why}")


def _as_floats(first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats]:
    return np.asarray(first, np.float64), np.asarray(second, np.float64)


@lru_cache(maxsize=64)
def _check_planar(crs: str) -> None:
    parsed = parse_crs(crs)
    units = {axis.unit_name for axis in parsed.axis_info[:2]}
    if not parsed.is_projected or units != {"metre"}:
        raise CrsError(f"CRS {crs!r} does not measure in metres: name a projected one")
