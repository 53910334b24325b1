"""
Datums a Chinese coordinate pair may be in, and the way between them.

WGS84 and CGCS2000 differ by centimetres and are treated as one. GCJ-02 shifts by about 600 m in
the sample city, BD-09 by about 1,350 m. Both shifts are published only as code; the formulas here
are the public ones, and both inverses are iterated because the usual closed forms are 0.14 m to
3 m off. Arrays in, arrays out, always lon, lat in degrees; NaN stays NaN.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.errors import DatumError

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = NDArray[np.float64]
LonLat = tuple[Floats, Floats]


class Datum(StrEnum):
    """What a coordinate pair was measured in."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


# The rectangle of the public codes: west, south, east, north.
_SHIFTED_AREA = (72.004, 0.8293, 137.8347, 55.8271)
# Krasovsky 1940, on which the GCJ-02 shift is written.
_AXIS_M = 6_378_245.0
_ECCENTRICITY2 = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
_CONVERGED_DEG = 1e-13
_MAX_ROUNDS = 20


def parse_datum(text: str) -> Datum:
    """
    Read a datum as people write it: any case, with or without hyphens.

    Raises
    ------
    DatumError
        If the name is none of the four; the message names them.
    """
    name = text.strip().casefold().translate(str.maketrans("", "", "-_ "))
    try:
        return Datum(name.removesuffix("ll"))
    except ValueError:
        choices = ", ".join(Datum)
        raise DatumError(f"datum {text!r} is not known: say one of {choices}") from None


def to_cgcs2000(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> LonLat:
    """
    Bring coordinates of any datum to CGCS2000.

    Parameters
    ----------
    lon, lat
        Degrees in `datum`, any equal shapes.
    datum
        What they were measured in.

    Returns
    -------
    lon, lat
        Degrees in CGCS2000 (EPSG:4490), the shapes kept.
    """
    if datum is Datum.GCJ02:
        return gcj02_to_wgs84(lon, lat)
    if datum is Datum.BD09:
        return bd09_to_wgs84(lon, lat)
    return _as_floats(lon, lat)


def point_to_cgcs2000(lon: float, lat: float, datum: Datum) -> tuple[float, float]:
    """Bring one point to CGCS2000; as `to_cgcs2000`, without the cost of arrays."""
    if datum in (Datum.CGCS2000, Datum.WGS84):
        return lon, lat
    west, south, east, north = _SHIFTED_AREA
    if datum is Datum.GCJ02 and west <= lon <= east and south <= lat <= north:
        return _invert_point(lon, lat)
    x, y = to_cgcs2000(lon, lat, datum)
    return float(x), float(y)


def from_cgcs2000(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> LonLat:
    """Bring CGCS2000 degrees to any datum: the way back of `to_cgcs2000`."""
    if datum is Datum.GCJ02:
        return wgs84_to_gcj02(lon, lat)
    if datum is Datum.BD09:
        return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))
    return _as_floats(lon, lat)


def in_shifted_area(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """
    Tell where the GCJ-02 shift applies: the rectangle all public codes use.

    It is wider than China: Seoul, Hanoi and Kathmandu are inside. Outside it GCJ-02 equals WGS84.
    """
    lon, lat = _as_floats(lon, lat)
    west, south, east, north = _SHIFTED_AREA
    inside: NDArray[np.bool_] = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    """Shift WGS84 degrees to GCJ-02 degrees."""
    lon, lat = _as_floats(lon, lat)
    d_lon, d_lat = _gcj02_shift(lon, lat)
    shifted = in_shifted_area(lon, lat)
    return np.where(shifted, lon + d_lon, lon), np.where(shifted, lat + d_lat, lat)


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    """Undo the GCJ-02 shift to better than a micrometre, by iteration."""
    lon, lat = _as_floats(lon, lat)

    def forward(lon: Floats, lat: Floats) -> LonLat:
        d_lon, d_lat = _gcj02_shift(lon, lat)
        return lon + d_lon, lat + d_lat

    found = _invert(forward, lon, lat)
    shifted = in_shifted_area(lon, lat)
    return np.where(shifted, found[0], lon), np.where(shifted, found[1], lat)


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    """Shift GCJ-02 degrees to BD-09 degrees."""
    lon, lat = _as_floats(lon, lat)
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    """Undo the BD-09 shift to better than a micrometre, by iteration."""
    return _invert(gcj02_to_bd09, *_as_floats(lon, lat))


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    """Shift WGS84 degrees to BD-09 degrees."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    """Bring BD-09 degrees to WGS84 degrees."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _as_floats(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    return np.asarray(lon, np.float64), np.asarray(lat, np.float64)


def _invert(forward: Callable[[Floats, Floats], LonLat], lon: Floats, lat: Floats) -> LonLat:
    """Find what `forward` takes to lon, lat; it moves points little, so each round gains digits."""
    guess_lon, guess_lat = lon.copy(), lat.copy()
    for _ in range(_MAX_ROUNDS):
        there_lon, there_lat = forward(guess_lon, guess_lat)
        miss_lon, miss_lat = there_lon - lon, there_lat - lat
        guess_lon = guess_lon - miss_lon
        guess_lat = guess_lat - miss_lat
        # A comparison with NaN is false, so missing coordinates never keep the loop going.
        if not np.any((np.abs(miss_lon) > _CONVERGED_DEG) | (np.abs(miss_lat) > _CONVERGED_DEG)):
            break
    return guess_lon, guess_lat


def _invert_point(lon: float, lat: float) -> tuple[float, float]:
    """Undo the GCJ-02 shift of one point, as `_invert` does."""
    guess_lon, guess_lat = lon, lat
    for _ in range(_MAX_ROUNDS):
        d_lon, d_lat = _gcj02_shift(guess_lon, guess_lat, math)
        miss_lon, miss_lat = guess_lon + d_lon - lon, guess_lat + d_lat - lat
        guess_lon, guess_lat = guess_lon - miss_lon, guess_lat - miss_lat
        if abs(miss_lon) <= _CONVERGED_DEG and abs(miss_lat) <= _CONVERGED_DEG:
            break
    return guess_lon, guess_lat


def _gcj02_shift(lon: Any, lat: Any, of: Any = np) -> tuple[Any, Any]:  # noqa: ANN401
    """
    Degrees the public GCJ-02 formula adds at a WGS84 position.

    Of arrays, or with `math` as `of` of one point, which is twenty times as fast as arrays of one.
    """
    x, y = lon - 105.0, lat - 35.0
    root, wave = of.sqrt(of.fabs(x)), _waves(of, x, (6.0, 20.0), (2.0, 20.0))
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east_m += _waves(of, x, (1.0, 20.0), (1 / 3, 40.0), (1 / 12, 150.0), (1 / 30, 300.0))
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north_m += _waves(of, y, (1.0, 20.0), (1 / 3, 40.0), (1 / 12, 160.0), (1 / 30, 320.0))
    phi = of.radians(lat)
    w2 = 1.0 - _ECCENTRICITY2 * of.sin(phi) ** 2
    w = of.sqrt(w2)
    d_lon = of.degrees(east_m * w / (_AXIS_M * of.cos(phi)))
    d_lat = of.degrees(north_m * w2 * w / (_AXIS_M * (1.0 - _ECCENTRICITY2)))
    return d_lon, d_lat


def _waves(of: Any, t: Any, *terms: tuple[float, float]) -> Any:  # noqa: ANN401
    """Two thirds of the sum of amplitude * sin(frequency * pi * t), in metres."""
    total = 0.0 * t
    for frequency, amplitude in terms:
        total += amplitude * of.sin(frequency * np.pi * t)
    return total * (2.0 / 3.0)
