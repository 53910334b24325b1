"""
Faces: the ground between edges that have no counterpart, and who covers it.

The edges left over after matching are noded and closed to faces. Outside of these faces every
place is covered once, by a unit whose declared parent is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.coverage.width_kernel import inscribed_radii
from gis.edges import Edges, directed_edges, distinct, points_on_edges, split_edges
from gis.partition import geometries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from gis.partition import Floats, Geometries, Ints

NODING_M = 1e-7
"""Where two edges cross is known to some 1e-9 m at coordinates of 4e6 m."""


@dataclass(frozen=True, slots=True, eq=False)
class Borders:
    """
    m stretches of faces' outlines along edges of rows.

    `faces` (m,), `rows` (m,), `lengths` (m,) metres. `outside` (m,): the row lies across, on the
    other side of the stretch; else on the side of the face. `stretches` (m,) numbers the edge of
    a face, so that a stretch can be asked for more than one row.
    """

    faces: Ints
    rows: Ints
    lengths: Floats
    outside: NDArray[np.bool_]
    stretches: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """
    k faces in metres: polygons, areas, lengths of outline, and borders.

    `twins` (p, 2) are the pairs of faces that share an edge.
    """

    polygons: Geometries
    areas: Floats
    outlines: Floats
    borders: Borders
    twins: Ints


def make_faces(
    edges: Edges, more: Sequence[BaseGeometry], *, area_m2: float, edge_m: float
) -> Faces:
    """
    Close edges without counterpart to faces.

    Parameters
    ----------
    edges
        Edges in metres; rows of whom.
    more
        Polygons whose outlines cut faces but belong to nobody.
    area_m2, edge_m
        Faces smaller, or on average narrower, than this are rounding and left out.
    """
    lines = np.concatenate([edges.chains(), shapely.boundary(geometries(more))])
    noded = shapely.get_parts(shapely.union_all(lines))
    polygons = shapely.get_parts(shapely.polygonize(noded))
    areas, outlines = shapely.area(polygons), shapely.length(polygons)
    real = (areas > area_m2) & (2 * areas > edge_m * outlines)
    polygons, areas, outlines = polygons[real], areas[real], outlines[real]
    sides = directed_edges(polygons)
    return Faces(polygons, areas, outlines, _borders(sides, edges), _twins(sides))


def _undirected(ends: Floats) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Give edges at the same place the same number, and tell which run backward."""
    points = np.ascontiguousarray(ends).view(np.complex128).reshape(-1, 2)
    _, number = np.unique(points, return_inverse=True)
    number = number.reshape(-1, 2)
    back = number[:, 0] > number[:, 1]
    return number.min(axis=1) * (number.max() + 1 if len(number) else 1) + number.max(axis=1), back


def _borders(sides: Edges, edges: Edges) -> Borders:
    corners = distinct(sides.ends.reshape(-1, 2))
    pieces = split_edges(edges, points_on_edges(edges, NODING_M, points=corners))
    place, back = _undirected(np.concatenate([sides.ends, pieces.ends]))
    side_place, piece_place = place[: len(sides)], place[len(sides) :]
    order = np.argsort(piece_place, kind="stable")
    first = np.searchsorted(piece_place[order], side_place, "left")
    last = np.searchsorted(piece_place[order], side_place, "right")
    stretches = np.repeat(np.arange(len(sides)), last - first)
    start = np.cumsum(last - first) - (last - first)
    found = order[np.arange(len(stretches)) - np.repeat(start - first, last - first)]
    lengths = np.hypot(*(sides.ends[:, 2:] - sides.ends[:, :2]).T)
    return Borders(
        faces=sides.rows[stretches],
        rows=pieces.rows[found],
        lengths=lengths[stretches],
        outside=back[: len(sides)][stretches] != back[len(sides) :][found],
        stretches=stretches,
    )


def _twins(sides: Edges) -> Ints:
    place, _ = _undirected(sides.ends)
    order = np.argsort(place, kind="stable")
    same = np.flatnonzero(place[order][1:] == place[order][:-1])
    pairs = np.column_stack([sides.rows[order[same]], sides.rows[order[same + 1]]])
    return np.unique(np.sort(pairs, axis=1), axis=0)


def widths_m(polygons: Geometries) -> Floats:
    """
    Measure how wide ground is: the diameter of the largest circle inside, in (n,) polygons.

    Of several parts the widest counts. Length and area do not matter, as in the gap width of
    GEOS's coverage cleaner. Where an outline has more than some 100,000 edges the widest place may
    be missed; the answer is then too small, but never less than twice area by outline, which no
    largest circle is smaller than.
    """
    parts, rows = shapely.get_parts(polygons, return_index=True)
    sides = directed_edges(parts)
    ends = sides.ends - np.tile(sides.ends[np.searchsorted(sides.rows, sides.rows), :2], 2)
    start = np.searchsorted(sides.rows, np.arange(len(parts) + 1))
    radii = np.empty(len(parts))
    inscribed_radii(np.ascontiguousarray(ends).ravel(), start.astype(np.int64), radii)
    widest = np.zeros(len(polygons))
    least = shapely.area(parts) / shapely.length(parts)
    np.maximum.at(widest, rows, 2 * np.maximum(radii, least))
    return widest
