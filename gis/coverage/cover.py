"""
Who covers a face: units, parents, the frame, declared voids.

One point of a face tells, but only if it is on nobody's border: of a grid drawn over the corner of
four others the middle point lies just there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.partition import geometries

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.coverage.site import Site
    from gis.coverage.vertices import Matched
    from gis.edges import Edges
    from gis.partition import Floats, Geometries, Ints

    Mask = NDArray[np.bool_]

_BESIDE_M = 1e-6  # a point this near to a border is on it, as far as coordinates of 4e6 m can tell
_TOO_NEAR_M = 1e-3  # an edge this near to the outline of a face cuts nothing off


class Cover:
    """
    Who covers each of k polygons in metres, at a point on nobody's border.

    `units` and `parents` list rows in ascending order; `framed` and `void` (k,) are flags.
    """

    def __init__(self, site: Site, polygons: Geometries) -> None:
        count, above = len(site.units), len(site.parent_polygons)
        layers = np.concatenate([everyone(site), site.voids])
        face, row = _rows_over(polygons, layers)
        self.units = _listed(face, row, len(polygons), range(count))
        self.parents = _listed(face, row, len(polygons), range(count, count + above))
        self.framed = np.bincount(face[row == count + above], minlength=len(polygons)) > 0
        self.void = np.bincount(face[row > count + above], minlength=len(polygons)) > 0


def everyone(site: Site) -> Geometries:
    """Put the polygons of units, parents and frame one after another; copies of units are None."""
    units = site.polygons.copy()
    units[site.alike != np.arange(len(units))] = None  # a duplicate is a fault of its own
    return np.concatenate([units, site.parent_polygons, geometries([site.frame])])


def _listed(face: Ints, row: Ints, count: int, rows: range) -> list[list[int]]:
    over: list[list[int]] = [[] for _ in range(count)]
    mine = (row >= rows.start) & (row < rows.stop)
    for f, r in sorted(zip(face[mine].tolist(), row[mine].tolist(), strict=True)):
        over[f].append(r - rows.start)
    return over


def _rows_over(polygons: Geometries, layers: Geometries) -> tuple[Ints, Ints]:
    """Pair polygons with the rows of the layers that hold a point of theirs."""
    tree = shapely.STRtree(layers)
    points = shapely.point_on_surface(polygons)
    for i in np.flatnonzero(_on_border(tree, points)).tolist():
        points[i] = _point_off_borders(tree, polygons[i], points[i])
    face, row = _near(tree, points)
    within = shapely.contains(layers[row], points[face])
    return face[within], row[within]


def _near(tree: shapely.STRtree, points: Geometries) -> tuple[Ints, Ints]:
    """Pair points with layers whose boxes hold them, prepared: a layer may have 1e6 vertices."""
    x, y = shapely.get_x(points), shapely.get_y(points)
    boxes = shapely.box(x - _BESIDE_M, y - _BESIDE_M, x + _BESIDE_M, y + _BESIDE_M)
    point, row = tree.query(boxes)
    shapely.prepare(tree.geometries[np.unique(row)])
    return point, row


def _on_border(tree: shapely.STRtree, points: Geometries) -> Mask:
    point, row = _near(tree, points)
    layers, at = tree.geometries[row], points[point]
    beside = shapely.dwithin(layers, at, _BESIDE_M) & ~shapely.contains(layers, at)
    mask: Mask = np.bincount(point[beside], minlength=len(points)) > 0
    return mask


def _point_off_borders(
    tree: shapely.STRtree, polygon: shapely.Polygon, point: shapely.Point
) -> shapely.Point:
    """Find another point: the middle of the largest triangle whose middle is on no border."""
    triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(polygon))
    triangles = triangles[np.argsort(-shapely.area(triangles), kind="stable")]
    middles = shapely.centroid(triangles)
    free = np.flatnonzero(~_on_border(tree, middles))
    return middles[free[0]] if len(free) else point


def edges_inside(site: Site, matched: Matched, polygons: Geometries) -> Edges:
    """
    Find edges with a counterpart that run through faces, in metres.

    Where a grid lies over two others, their common border runs through one face; who is concerned
    differs on its two sides.

    Parameters
    ----------
    site, matched
        The layers and their edges.
    polygons
        Faces with a fault.
    """
    row, face = shapely.STRtree(polygons).query(everyone(site))
    edges = site.edges_in_metres(matched.paired(np.unique(row)))
    first = np.searchsorted(edges.rows, row, "left")
    count = np.searchsorted(edges.rows, row, "right") - first
    edge = np.repeat(first - (np.cumsum(count) - count), count) + np.arange(count.sum())
    face = np.repeat(face, count)
    meets = _boxes_meet(edges.ends[edge], shapely.bounds(polygons)[face])
    edge, face = edge[meets], face[meets]
    lines = edges.take(edge).lines()
    shapely.prepare(polygons)
    meets = shapely.intersects(polygons[face], lines)
    edge, face = edge[meets], face[meets]
    parts, at = shapely.get_parts(
        shapely.intersection(lines[meets], polygons[face]), return_index=True
    )
    parts, at = parts[is_long := shapely.length(parts) > _TOO_NEAR_M], at[is_long]
    middles = shapely.line_interpolate_point(parts, 0.5, normalized=True)
    off = shapely.distance(middles, shapely.boundary(polygons)[face[at]])
    return edges.take(np.unique(edge[at[off > _TOO_NEAR_M]]))


def _boxes_meet(ends: Floats, boxes: Floats) -> Mask:
    low, high = np.minimum(ends[:, :2], ends[:, 2:]), np.maximum(ends[:, :2], ends[:, 2:])
    return np.asarray(((low <= boxes[:, 2:]) & (high >= boxes[:, :2])).all(axis=1))
