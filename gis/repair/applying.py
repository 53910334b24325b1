"""Operations carried out on a partition; what is not named in them stays the very same object."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.coverage import Action
from gis.coverage.screen import plane_of, polygonal, to_metres
from gis.crs import LONLAT_CRS, parse_crs, transformer
from gis.datum import Datum, to_cgcs2000
from gis.edges import directed_edges
from gis.errors import GeometryError
from gis.partition import EDGE_TOLERANCE_M, Partition, geometries
from gis.repair.corners import corners_of, share_corners
from gis.repair.ground import redistribute
from gis.repair.operations import GROUND, Operation, Refused
from gis.repair.proposals import Register

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from shapely.geometry.base import BaseGeometry

    from gis.partition import Floats, Geometries, Ints

_DEGREE_CRS = {4490, 4326}


@dataclass(frozen=True, slots=True, eq=False)
class Applied:
    """A partition after operations; `done` those that were carried out, `refused` the others."""

    partition: Partition
    done: tuple[Operation, ...]
    refused: tuple[Refused, ...]


def apply(
    partition: Partition,
    operations: Sequence[Operation],
    *,
    tolerance_m: float = EDGE_TOLERANCE_M,
    along: Collection[int] = (),
) -> Applied:
    """
    Carry out operations.

    Parameters
    ----------
    partition
        The units the operations were proposed for.
    operations
        In any order: outlines are made valid and converted first, then vertices are shared, then
        ground changes hands, then codes; copies go last.
    tolerance_m
        How near to each other vertices are meant to be the same: that of the check that proposed
        the operations.
    along
        Further rows of which vertices may follow where they are meant to be the same.

    Returns
    -------
    applied
        Rows keep their order, and codes that no operation changes; only units named in an
        operation, or in `along`, change. Nothing of a refused operation is done.

    Raises
    ------
    GeometryError
        If an operation names a row that is not there.
    """
    count = len(partition)
    for operation in operations:
        if any(not 0 <= row < count for row in operation.rows):
            raise GeometryError(
                f"an operation for {operation.finding} names rows {operation.rows}, but the "
                f"partition has {count}: propose the operations anew"
            )
    shapes = partition.geometries.copy()
    of = _by_action(operations)
    _uncross(shapes, of[Action.UNCROSS])
    _convert(shapes, partition.crs, of[Action.CONVERT])
    ground = [operation for action in sorted(GROUND) for operation in of[action]]
    refused = _reshape(shapes, partition.crs, ground, of[Action.INSERT_VERTEX], tolerance_m, along)
    renamed = _values(of[Action.RENAME])
    changed = replace(
        partition,
        geometries=shapes,
        codes=tuple(renamed.get(row, code) for row, code in enumerate(partition.codes)),
        parent_codes=_parents(partition, of),
    )
    dropped = {row for operation in of[Action.DROP_COPY] for row in operation.losing}
    not_done = {id(one.operation) for one in refused}
    done = tuple(operation for operation in operations if id(operation) not in not_done)
    return Applied(without_rows(changed, dropped), done, tuple(refused))


def _by_action(operations: Sequence[Operation]) -> dict[Action, list[Operation]]:
    of: dict[Action, list[Operation]] = {action: [] for action in Action}
    for operation in operations:
        of[operation.action].append(operation)
    return of


def _uncross(shapes: Geometries, operations: list[Operation]) -> None:
    for operation in operations:
        for row in operation.rows:
            made = polygonal(shapely.make_valid(shapely.force_2d(shapes[row]), method="structure"))
            shapes[row] = made if made is not None else shapes[row]


def _convert(shapes: Geometries, crs: str, operations: list[Operation]) -> None:
    """Read the coordinates of some units as those of another datum."""
    for operation in operations:
        datum, rows = Datum(operation.value), list(operation.rows)

        def convert(xy: Floats, datum: Datum = datum) -> Floats:
            if parse_crs(crs).to_epsg() in _DEGREE_CRS:
                return np.column_stack(to_cgcs2000(xy[:, 0], xy[:, 1], datum))
            lon, lat = transformer(crs, LONLAT_CRS).transform(xy[:, 0], xy[:, 1])
            lon, lat = to_cgcs2000(lon, lat, datum)
            return np.column_stack(transformer(LONLAT_CRS, crs).transform(lon, lat))

        shapes[rows] = shapely.transform(shapely.force_2d(shapes[rows]), convert)


def _reshape(
    shapes: Geometries,
    crs: str,
    ground: list[Operation],
    vertices: list[Operation],
    tolerance_m: float,
    along: Collection[int],
) -> list[Refused]:
    """Share vertices and hand over ground, in metres; put what changed back in the file's CRS."""
    if not ground and not vertices:
        return []
    named = {row for one in (*ground, *vertices) for row in one.rows}
    rows = np.array(sorted(named.union(along)), np.int64)
    sheet = _Sheet(shapes, rows, crs, [*ground, *vertices])
    grounds, before = sheet.places[: len(ground)], sheet.polygons
    shared = share_corners(
        before,
        corners_of(sheet.places),
        tolerance_m,
        settled=directed_edges(grounds).ends,
        fixed=sheet.vertices_beside(shapes),
    )
    polygons: dict[int, BaseGeometry] = dict(zip(rows.tolist(), shared, strict=True))
    made, refused = redistribute(polygons, ground, grounds, tolerance_m)
    for row, old in zip(rows.tolist(), before.tolist(), strict=True):
        new = made.get(row, polygons[row])
        if not shapely.equals_identical(new, old):
            shapes[row] = sheet.register.to_file(new)
    places = sheet.places[len(ground) :]
    return [*refused, *_not_shared(polygons, vertices, places)]


def _not_shared(
    polygons: dict[int, BaseGeometry], operations: list[Operation], places: Geometries
) -> list[Refused]:
    """Name the operations whose vertices could not be put in: an outline would cross itself."""
    return [
        Refused(
            operation,
            "补上折点后边界线会自相交",
            "with the vertices its outline would cross itself",
        )
        for operation, place in zip(operations, places, strict=True)
        for has in [
            {tuple(xy) for row in operation.rows for xy in shapely.get_coordinates(polygons[row])}
        ]
        if not {tuple(xy) for xy in shapely.get_coordinates(place)} <= has
    ]


class _Sheet:
    """The units concerned and the places of operations, in metres."""

    def __init__(
        self, shapes: Geometries, rows: Ints, crs: str, operations: list[Operation]
    ) -> None:
        given = geometries(shapely.force_2d(shapes[rows]))
        placed = geometries([operation.geometry for operation in operations])
        self.crs, self.plane = crs, plane_of(Partition(("",) * len(given), given, crs=crs))
        self.rows, self.placed = rows, placed
        self.polygons = geometries(to_metres(given, crs, self.plane))
        self.places = geometries(to_metres(placed, crs, self.plane))
        known, known_m = (
            shapely.get_coordinates(np.concatenate(pair)) + 0.0
            for pair in ((given, placed), (self.polygons, self.places))
        )
        self.register = Register(self.plane, crs, known, known_m)

    def vertices_beside(self, shapes: Geometries) -> Floats:
        """Return the vertices, in metres, of the units that stay as they are."""
        others = shapes.copy()
        others[self.rows] = None
        near = np.unique(shapely.STRtree(others).query(self.placed)[1])
        return corners_of(to_metres(geometries(others[near]), self.crs, self.plane))


def _parents(partition: Partition, of: dict[Action, list[Operation]]) -> tuple[str | None, ...]:
    if not of[Action.SET_PARENT]:
        return partition.parent_codes
    codes = partition.parent_codes or (None,) * len(partition)
    values = _values(of[Action.SET_PARENT])
    return tuple(values.get(row, code) for row, code in enumerate(codes))


def _values(operations: list[Operation]) -> dict[int, str]:
    return {row: operation.value for operation in operations for row in operation.rows}


def without_rows(partition: Partition, dropped: set[int]) -> Partition:
    """Return a partition without some rows; itself if there are none to drop."""
    if not dropped:
        return partition
    kept = [row for row in range(len(partition)) if row not in dropped]
    return replace(
        partition,
        codes=tuple(partition.codes[row] for row in kept),
        geometries=partition.geometries[kept],
        names=tuple(partition.names[row] for row in kept) if partition.names else (),
        parent_codes=tuple(partition.parent_codes[row] for row in kept)
        if partition.parent_codes
        else (),
        residents=partition.residents[kept] if len(partition.residents) else partition.residents,
        households=partition.households[kept]
        if len(partition.households)
        else partition.households,
    )
