"""Where the sketch lies: from the drawing board to metres and to degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

import math

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely import LineString, Polygon

Floats = NDArray[np.float64]

CENTRE_LON, CENTRE_LAT = 111.78, 37.265
PLANAR_CRS, GEOGRAPHIC_CRS = "EPSG:4546", "EPSG:4490"
DEGREE_DECIMALS = 9
GRID_M = 0.01
_TURN_RAD = math.radians(-3.2)

_to_degrees = Transformer.from_crs(PLANAR_CRS, GEOGRAPHIC_CRS, always_xy=True)
_to_planar = Transformer.from_crs(GEOGRAPHIC_CRS, PLANAR_CRS, always_xy=True)
ORIGIN_X, ORIGIN_Y = (float(round(value)) for value in _to_planar.transform(CENTRE_LON, CENTRE_LAT))


def bend(points: Floats) -> Floats:
    """
    Turn and bend (n, 2) drawing-board metres into local metres east and north of the drum tower.

    No old Chinese street is straight for a kilometre and no town stands exactly north.
    """
    u, v = points[:, 0], points[:, 1]
    du = 45 * np.sin(v / 1100 + 0.6) + 22 * np.sin((u + v) / 700) + 7 * np.sin(v / 230 + u / 500)
    dv = (
        40 * np.sin(u / 1300 + 1.1) + 20 * np.sin((u - v) / 800 + 2) + 7 * np.sin(u / 210 - v / 600)
    )
    u, v = u + du, v + dv
    x = u * math.cos(_TURN_RAD) - v * math.sin(_TURN_RAD)
    y = u * math.sin(_TURN_RAD) + v * math.cos(_TURN_RAD)
    return np.column_stack([x, y])


def unbend(points: Floats) -> Floats:
    """Invert `bend` for (n, 2) local metres, to a millimetre."""
    guess = points.copy()
    for _ in range(40):
        guess = guess + (points - bend(guess))
    return guess


def bend_line(line: LineString, step_m: float = 40.0) -> LineString:
    """Bend a drawing-board line, with a vertex at least every `step_m` before simplifying."""
    bent = shapely.transform(shapely.segmentize(line, step_m), bend)
    coords = shapely.get_coordinates(shapely.simplify(bent, 0.4))
    return LineString(np.round(coords, 2))


def bend_polygon(polygon: Polygon, step_m: float = 40.0) -> Polygon:
    """Bend a drawing-board polygon without holes."""
    ring = shapely.segmentize(polygon.exterior, step_m)
    return Polygon(bend(shapely.get_coordinates(ring)))


def to_degrees(geometry: BaseGeometry) -> BaseGeometry:
    """Bring local metres to CGCS2000 lon, lat, each vertex by itself, so that shared ones agree."""

    def move(points: Floats) -> Floats:
        x = np.round(points[:, 0] + ORIGIN_X, 2)
        y = np.round(points[:, 1] + ORIGIN_Y, 2)
        lon, lat = _to_degrees.transform(x, y)
        return np.round(np.column_stack([lon, lat]), DEGREE_DECIMALS)

    return shapely.transform(geometry, move)


def to_local(geometry: BaseGeometry) -> BaseGeometry:
    """Bring CGCS2000 lon, lat to local metres."""

    def move(points: Floats) -> Floats:
        x, y = _to_planar.transform(points[:, 0], points[:, 1])
        return np.column_stack([x - ORIGIN_X, y - ORIGIN_Y])

    return shapely.transform(geometry, move)


def polygon_of(geometry: BaseGeometry) -> Polygon:
    """
    Take a geometry for the one polygon it must be.

    Raises
    ------
    ValueError
        If it is empty, or has several parts.
    """
    if not isinstance(geometry, Polygon) or geometry.is_empty:
        raise ValueError(
            f"one polygon expected, not a {geometry.geom_type} at {geometry.centroid}: redraw it"
        )
    return geometry
