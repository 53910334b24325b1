"""Vertices that neighbours must share: moved where they are a hair off, put in where missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import KDTree

from gis.coverage.vertices import moved_points
from gis.edges import PointsOnEdges, directed_edges, distinct, points_on_edges
from gis.partition import EDGE_TOLERANCE_M, geometries, insert_vertices

if TYPE_CHECKING:
    from gis.partition import Floats, Geometries


def corners_of(shapes: Geometries) -> Floats:
    """Return each vertex of some shapes once, (k, 2), ordered by x, then y."""
    points = shapely.get_coordinates(shapes) + 0.0
    return distinct(points) if len(points) else np.empty((0, 2))


def share_corners(
    polygons: Geometries,
    corners: Floats,
    tolerance_m: float,
    *,
    settled: Floats,
    fixed: Floats,
) -> Geometries:
    """
    Give polygons the corners that lie on their outlines.

    Parameters
    ----------
    polygons
        (n,) valid polygons in metres; None has no outline.
    corners
        (k, 2) distinct points.
    tolerance_m
        How near to a corner a vertex or an edge is meant to be there.
    settled
        (m, 4) edges that get no vertex, whichever way they run: those of ground that changes
        hands were split at all corners when it was found.
    fixed
        (l, 2) vertices that are not moved by more than `EDGE_TOLERANCE_M`: polygons that are not
        given have them too.

    Returns
    -------
    polygons
        (n,) a vertex near a corner is moved there, an edge that passes near gets it as a vertex.
        Those that have all corners already are the same objects; one that would become invalid is
        left.
    """
    if not len(corners):
        return polygons
    source, target = _hairs(polygons, corners, tolerance_m, fixed)
    changed = polygons.copy()
    off = shapely.STRtree(geometries(shapely.points(source)))
    for row in np.unique(off.query(polygons, "intersects")[0]).tolist():
        moved = shapely.transform(polygons[row], lambda xy: moved_points(xy, source, target))
        moved = shapely.remove_repeated_points(moved)
        if moved.is_valid:
            changed[row] = moved
    edges = directed_edges(changed)
    found = points_on_edges(edges, tolerance_m, points=corners)
    known = {tuple(edge) for edge in (*settled.tolist(), *settled[:, [2, 3, 0, 1]].tolist())}
    new = np.array([tuple(edge) not in known for edge in edges.ends[found.edges].tolist()], bool)
    found = PointsOnEdges(found.edges[new], found.points[new])
    return insert_vertices(changed, edges.take(found.edges), found.points)


def _hairs(
    polygons: Geometries, corners: Floats, tolerance_m: float, fixed: Floats
) -> tuple[Floats, Floats]:
    """Find the vertices a hair off a corner: where each is, ordered by x, then y, and should be."""
    vertices = corners_of(polygons)
    if not len(vertices):
        return vertices, vertices
    apart, nearest = KDTree(corners).query(vertices, distance_upper_bound=tolerance_m)
    off = (apart > 0.0) & np.isfinite(apart)
    is_fixed = np.isin(vertices.view(np.complex128), fixed.view(np.complex128)).ravel()
    off &= ~is_fixed | (apart <= EDGE_TOLERANCE_M)
    return vertices[off], corners[np.asarray(nearest)[off]]
