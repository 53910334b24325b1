"""Ground that changes hands: all outlines concerned are summed at once, so they keep matching."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.coverage import Action
from gis.coverage.faces import NODING_M
from gis.edges import directed_edges, points_on_edges, split_edges
from gis.partition import geometries
from gis.repair.corners import corners_of
from gis.repair.operations import Operation, Refused
from gis.repair.outlines import Edge, OutlineError, close, like, listed, sides_of, summed

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from gis.partition import Floats, Geometries

_GAINING = {Action.GIVE, Action.MOVE}


class Ledger:
    """
    Who gains and who loses what.

    Outlines of units and of ground are split at each other's vertices, so that edges cancel.
    """

    def __init__(
        self,
        polygons: dict[int, BaseGeometry],
        operations: list[Operation],
        grounds: Geometries,
        tolerance_m: float,
    ) -> None:
        """Take the polygons concerned and the ground of each operation, all in metres."""
        self.polygons = polygons
        self._own = {row: listed(sides_of(shape)) for row, shape in polygons.items()}
        vertices = corners_of(geometries(polygons.values()))
        self._ground = _split(grounds, vertices, tolerance_m)
        self._numbers = {id(operation): i for i, operation in enumerate(operations)}

    def outline(self, row: int, operations: list[Operation]) -> BaseGeometry:
        """
        Return the polygon of a row after some operations.

        Raises
        ------
        OutlineError
            If it would be none, or fall into more parts than before.
        """
        added: list[Edge] = []
        taken: list[Edge] = []
        for operation in operations:
            edges = self._ground[self._numbers[id(operation)]]
            if row in operation.losing:
                taken += edges
            elif row == operation.to_row and operation.action in _GAINING:
                added += edges
        before = self.polygons[row]
        if not added and not taken:
            return before
        shape = close(summed(self._own[row], added, taken))
        if shapely.get_num_geometries(shape) > shapely.get_num_geometries(before):
            raise OutlineError("该单元将被分成几块", "it would fall into several parts")
        return like(shape, before)


def _split(grounds: Geometries, vertices: Floats, tolerance_m: float) -> list[list[Edge]]:
    """Take grounds apart into edges, split where a unit has a vertex or other ground a corner."""
    edges = directed_edges(grounds)
    known = corners_of(grounds)
    others = vertices[~np.isin(vertices.view(np.complex128), known.view(np.complex128)).ravel()]
    pieces = split_edges(edges, points_on_edges(edges, tolerance_m, points=others))
    # corners of ground are nodes already: one beside an edge is not meant to be on it
    pieces = split_edges(pieces, points_on_edges(pieces, NODING_M, points=known))
    edges_of: list[list[Edge]] = [[] for _ in range(len(grounds))]
    for row, edge in zip(pieces.rows.tolist(), listed(pieces.ends), strict=True):
        edges_of[row].append(edge)
    return edges_of


def redistribute(
    polygons: dict[int, BaseGeometry],
    operations: list[Operation],
    grounds: Geometries,
    tolerance_m: float,
) -> tuple[dict[int, BaseGeometry], list[Refused]]:
    """
    Carry out operations on ground.

    Parameters
    ----------
    polygons
        By row, valid, in metres, with all corners of the ground that lies along them.
    operations, grounds
        What is done, and the ground of each in metres.
    tolerance_m
        How near to an edge a vertex is meant to be on it.

    Returns
    -------
    polygons, refused
        The polygons that changed. An operation is done for all its units or refused.
    """
    if not operations:
        return {}, []
    ledger = Ledger(polygons, operations, grounds, tolerance_m)
    touching: dict[int, list[Operation]] = defaultdict(list)
    for operation in operations:
        for row in concerned(operation):
            touching[row].append(operation)
    made, troubled = _outlines(ledger, dict(touching))
    if not troubled:
        return made, []
    return _one_by_one(ledger, operations, troubled, made)


def concerned(operation: Operation) -> set[int]:
    """Return the rows whose ground changes."""
    gains = {operation.to_row} if operation.action in _GAINING else set()
    return {row for row in {*operation.losing, *gains} if row is not None}


def _outlines(
    ledger: Ledger, touching: dict[int, list[Operation]]
) -> tuple[dict[int, BaseGeometry], dict[int, OutlineError]]:
    made, troubled = {}, {}
    for row, operations in sorted(touching.items()):
        try:
            made[row] = ledger.outline(row, operations)
        except OutlineError as error:
            troubled[row] = error
    return made, troubled


def _one_by_one(
    ledger: Ledger,
    operations: list[Operation],
    troubled: dict[int, OutlineError],
    made: dict[int, BaseGeometry],
) -> tuple[dict[int, BaseGeometry], list[Refused]]:
    """Try the operations on troubled units one after another, and refuse those that fail."""
    suspects = [operation for operation in operations if concerned(operation) & troubled.keys()]
    done: dict[int, list[Operation]] = defaultdict(list)
    for operation in operations:
        if operation not in suspects:
            for row in concerned(operation):
                done[row].append(operation)
    refused = []
    for operation in suspects:
        trial = {row: [*done[row], operation] for row in concerned(operation)}
        shapes, trouble = _outlines(ledger, trial)
        if trouble:
            first = trouble[min(trouble)]
            refused.append(Refused(operation, first.zh, first.en))
            for row in trial:
                made[row] = ledger.outline(row, done[row])
        else:
            done.update(trial)
            made.update(shapes)
    return made, refused
