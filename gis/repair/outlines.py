"""Outlines as sums of directed edges: ground is added and taken away without any rounding."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.edges import directed_edges
from gis.partition import geometries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapely.geometry.base import BaseGeometry

    from gis.partition import Floats

Edge = tuple[float, float, float, float]


class OutlineError(ValueError):
    """Edges do not close to one outline; holds why in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def listed(ends: Floats) -> list[Edge]:
    """Return (n, 4) edges as tuples."""
    return [(a, b, c, d) for a, b, c, d in ends.tolist()]


def summed(own: Iterable[Edge], added: Iterable[Edge], taken: Iterable[Edge]) -> list[Edge]:
    """
    Add ground to an outline and take other ground away.

    Parameters
    ----------
    own, added, taken
        Directed edges with the ground on their left, split at the same points.

    Returns
    -------
    edges
        Those that no other runs against: the outline of what is left.

    Raises
    ------
    OutlineError
        If ground is added where it was already, or taken where it was not.
    """
    count: Counter[Edge] = Counter()
    for edge in (*own, *added):
        _walk(count, edge)
    for a, b, c, d in taken:
        _walk(count, (c, d, a, b))
    if any(times > 1 for times in count.values()):
        raise OutlineError(
            "边界线与相邻单元对不上", "its border does not fit that of its neighbours"
        )
    return [edge for edge, times in count.items() if times]


def _walk(count: Counter[Edge], edge: Edge) -> None:
    back = (*edge[2:], *edge[:2])
    if count[back]:
        count[back] -= 1
    else:
        count[edge] += 1


def close(edges: list[Edge]) -> BaseGeometry:
    """
    Close directed edges to the polygon on their left.

    Raises
    ------
    OutlineError
        If nothing is left, or the edges do not close.
    """
    if not edges:
        raise OutlineError("该单元将不剩任何范围", "nothing would be left of it")
    lines = shapely.linestrings(np.array(edges).reshape(-1, 2, 2))
    faces = shapely.get_parts(shapely.polygonize(geometries(lines)))
    sides, walked = directed_edges(faces), set(edges)
    with_it = np.zeros(len(faces), np.int64)
    against = np.zeros(len(faces), np.int64)
    for row, edge in zip(sides.rows.tolist(), listed(sides.ends), strict=True):
        (with_it if edge in walked else against)[row] += 1
    inside = with_it > 0
    if with_it.sum() != len(edges) or against[inside].any():
        raise OutlineError("修补后的边界线无法闭合", "its outline would not close")
    parts = faces[inside]
    shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(list(parts))
    if not shape.is_valid:
        raise OutlineError("修补后的边界线无效", "its outline would not be valid")
    return shape


def like(shape: BaseGeometry, original: BaseGeometry) -> BaseGeometry:
    """Turn the rings of a polygon, and make it multipart, as the original's are."""
    first = shapely.get_exterior_ring(shapely.get_geometry(original, 0))
    turned = shapely.orient_polygons(shape, exterior_cw=not shapely.is_ccw(first))
    if original.geom_type != "MultiPolygon":
        return turned
    return shapely.MultiPolygon(list(shapely.get_parts(turned)))


def sides_of(shape: BaseGeometry) -> Floats:
    """Return the (n, 4) directed edges of one polygon."""
    return directed_edges(geometries([shape])).ends
