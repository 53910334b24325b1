"""An operation: one change to a partition that mends one finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gis.coverage import Action

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

GROUND = frozenset({Action.GIVE, Action.TAKE, Action.MOVE, Action.CLIP})
"""What changes whose ground it is."""


@dataclass(frozen=True, slots=True)
class Operation:
    """
    One change that mends one finding.

    Parameters
    ----------
    action
        What is done.
    finding
        Key of the finding that is mended.
    rows
        All units whose outline, code or existence may change, by row: those that lose, the one
        that gains, and those that only get vertices.
    losing
        Rows that lose the ground.
    to_row
        The row that gains the ground, or keeps it; for a copy the row that stays.
    geometry
        The ground, or the vertices to be shared, in the CRS of the partition.
    value
        A datum, the code of a parent, or the unit's own new code.
    """

    action: Action
    finding: str
    rows: tuple[int, ...]
    losing: tuple[int, ...] = ()
    to_row: int | None = None
    geometry: BaseGeometry | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """An operation that was not carried out, and why; nothing of it was done."""

    operation: Operation
    why_zh: str
    why_en: str
