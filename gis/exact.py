"""Whether a polygon holds a point, in rational numbers: slow, and right whatever the numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from shapely import MultiPolygon, Polygon


class Held(NamedTuple):
    """Whether a closed polygon holds a point, and whether the point is on its border."""

    held: bool
    on_border: bool


def holds(polygon: Polygon | MultiPolygon, x: float, y: float) -> Held:
    """
    Settle whether a valid polygon holds a point.

    Parameters
    ----------
    x, y
        Finite, in the units of the polygon.
    """
    inside = False
    for ring in shapely.get_rings(shapely.get_parts(polygon)):
        xy = shapely.get_coordinates(ring)
        low, high = np.minimum(xy[:-1, 1], xy[1:, 1]), np.maximum(xy[:-1, 1], xy[1:, 1])
        for edge in np.flatnonzero((low <= y) & (high >= y)):
            (ax, ay), (bx, by) = xy[edge].tolist(), xy[edge + 1].tolist()
            side = orientation(ax, ay, bx, by, x, y)
            if side == 0 and min(ax, bx) <= x <= max(ax, bx):
                return Held(held=True, on_border=True)
            if (ay <= y) != (by <= y) and (side > 0) == (ay < by):
                inside = not inside
    return Held(held=inside, on_border=False)


def orientation(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> int:
    """Side of the line a to b that x, y is on: 1 left, -1 right, 0 on it."""
    px, py = Fraction(x), Fraction(y)
    left = (Fraction(ax) - px) * (Fraction(by) - py)
    right = (Fraction(ay) - py) * (Fraction(bx) - px)
    return (left > right) - (left < right)


def first_holding(
    polygons: NDArray[np.object_], candidates: Iterable[int], x: float, y: float
) -> tuple[int, bool]:
    """Give the first of some polygons that holds a point (-1: none), and if on its border."""
    for candidate in sorted(candidates):
        held, on_border = holds(polygons[candidate], x, y)
        if held:
            return candidate, on_border
    return -1, False
