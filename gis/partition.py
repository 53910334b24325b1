"""
A partition: the units of one level as they were delivered, faults included; its shared vertices.

Two neighbours share a border only if they have the same vertices along it. Where one has a vertex
in the middle of the other's edge, a transform to another CRS bends the two apart. So vertices that
are missing are inserted before any transform.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.crs import LONLAT_CRS
from gis.edges import Edges, directed_edges, points_on_edges, unbalanced
from gis.errors import GeometryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

Geometries = NDArray[np.object_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EDGE_TOLERANCE_M = 0.0002
"""A vertex this near to a neighbour's edge is meant to be on it: nine decimals of a degree."""


def geometries(given: Iterable[BaseGeometry | None] | Geometries | BaseGeometry) -> Geometries:
    """Put geometries into an array, also when they are few or none."""
    listed = list(given)  # type: ignore[arg-type]  # Shapely's stubs say one or an array
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """
    n things on the map with a code each: buildings, compounds, streets, water.

    `names` are for people; "" where there is none. Geometries may be None or broken; they are in
    `crs`, x or lon first.
    """

    codes: tuple[str, ...]
    geometries: Geometries
    names: tuple[str, ...] = ()
    crs: str = LONLAT_CRS

    def __post_init__(self) -> None:
        _check_lengths(len(self.codes), geometries=len(self.geometries))
        if self.names:
            _check_lengths(len(self.codes), names=len(self.names))

    def __len__(self) -> int:
        return len(self.codes)

    def name(self, row: int) -> str:
        """Return what people call it, or its code."""
        return (self.names[row] if self.names else "") or self.codes[row]

    def called(self, row: int) -> str:
        """Return name and code, for a sentence."""
        name, code = self.name(row), self.codes[row]
        return name if name == code else f"{name} ({code})"


@dataclass(frozen=True, slots=True, eq=False)
class Partition(Features):
    """
    n units of one level, for example the grids of a city, as delivered: anything may be wrong.

    `parent_codes` is the unit of the level above that each declares, None where it declares none.
    `residents` and `households` are counts, NaN where unknown; empty if there are none at all.
    """

    parent_codes: tuple[str | None, ...] = ()
    residents: Floats = field(default_factory=lambda: np.empty(0))
    households: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        super(Partition, self).__post_init__()
        for name in ("parent_codes", "residents", "households"):
            if len(getattr(self, name)):
                _check_lengths(len(self.codes), **{name: len(getattr(self, name))})


def _check_lengths(codes: int, **others: int) -> None:
    for name, length in others.items():
        if length != codes:
            raise GeometryError(f"{codes} codes but {length} {name}: give one for each unit")


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Give the length in metres of a degree of lon and of lat, on the sphere of radius 6371 km."""
    north = np.pi / 180.0 * 6_371_000.0
    return float(north * np.cos(np.radians(lat))), float(north)


def insert_missing_vertices(
    polygons: Sequence[Polygon | MultiPolygon],
    tolerance_m: float = 0.0,
    *,
    metres_per_unit: tuple[float, float] = (1.0, 1.0),
) -> list[Polygon | MultiPolygon]:
    """
    Insert every vertex that lies on a neighbour's edge there.

    Parameters
    ----------
    polygons
        (n,) polygons of a planar coverage, in any CRS.
    tolerance_m
        How far off the edge a vertex may be. At 0 only vertices exactly on it count and no
        polygon changes its shape; coordinates in degrees need `EDGE_TOLERANCE_M`, because
        rounding has moved nearly every vertex off the edge.
    metres_per_unit
        Length of a unit of x and of y; for degrees see `metres_per_degree`.

    Returns
    -------
    polygons
        (n,) in the order given. Those that miss nothing are the very same objects; the others
        keep all their vertices and the direction and start of their rings, and have no Z. One
        that would become invalid (a neck narrower than the tolerance) is left as it was.
    """
    edges = directed_edges(geometries(polygons))
    kept = edges.take(unbalanced(edges))
    found = points_on_edges(kept, tolerance_m, metres_per_unit=metres_per_unit)
    return list(insert_vertices(geometries(polygons), kept.take(found.edges), found.points))


def insert_vertices(polygons: Geometries, edges: Edges, points: Floats) -> Geometries:
    """
    Insert points into edges of polygons.

    Parameters
    ----------
    polygons
        (n,) polygons.
    edges
        k edges whose rows index the polygons, one for each point; an edge may come often.
    points
        (k, 2) the points, those of one edge in its walking order.

    Returns
    -------
    polygons
        (n,) unchanged ones the same objects; one that would become invalid is left.
    """
    inside: dict[int, dict[tuple[float, ...], list[tuple[float, ...]]]] = defaultdict(dict)
    for row, ends, point in zip(
        edges.rows.tolist(), edges.ends.tolist(), points.tolist(), strict=True
    ):
        if row < len(polygons):
            inside[row].setdefault(tuple(ends), []).append(tuple(point))
    changed = polygons.copy()
    for row, of_polygon in inside.items():
        polygon = _with_vertices(shapely.force_2d(polygons[row]), of_polygon)
        if polygon.is_valid or not polygons[row].is_valid:
            changed[row] = polygon
    return changed


def _with_vertices(
    polygon: BaseGeometry, inside: dict[tuple[float, ...], list[tuple[float, ...]]]
) -> BaseGeometry:
    parts = []
    for part in shapely.get_parts(polygon):
        rings = []
        for ring in shapely.get_rings(part):
            vertices: list[tuple[float, ...]] = []
            line = [tuple(vertex) for vertex in shapely.get_coordinates(ring).tolist()]
            for a, b in pairwise(line):
                vertices.append(a)
                vertices.extend(inside.get((*a, *b)) or inside.get((*b, *a), [])[::-1])
            rings.append([*vertices, line[-1]])
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    return shapely.MultiPolygon(parts) if shapely.get_type_id(polygon) == 6 else parts[0]  # noqa: PLR2004 - GEOS: a multipolygon
