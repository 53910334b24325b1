"""
Toy towns of squares of 100 m, in metres, whose faults can be measured by hand.

Squares are coded r0c0 (south-west) to r{n-1}c{n-1}; row 0 is the south.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from gis.coverage import Finding, Findings, Kind, find_defects
from gis.partition import Features, Partition, geometries

PLANE = "EPSG:4546"
EAST, NORTH, SIDE = 560_000.0, 4_120_000.0, 100.0


def rect(column: float, row: float, width: float = 1, height: float = 1) -> Polygon:
    """Make a rectangle of `width` by `height` squares; its south-west corner is that place."""
    west, south = EAST + column * SIDE, NORTH + row * SIDE
    return shapely.box(west, south, west + width * SIDE, south + height * SIDE)


def shape(*corners: tuple[float, float]) -> Polygon:
    """Make a polygon of corners given in metres from the south-west corner of the town."""
    return Polygon([(EAST + x, NORTH + y) for x, y in corners])


Shapes = dict[str, BaseGeometry | None]


def town(columns: int = 3, rows: int = 3, **changed: BaseGeometry | None) -> Shapes:
    """Make squares, some of them replaced by other shapes."""
    squares: Shapes = {f"r{r}c{c}": rect(c, r) for r in range(rows) for c in range(columns)}
    return squares | changed


def units(
    shapes: Mapping[str, BaseGeometry | None],
    parents: Mapping[str, str | None] | None = None,
    crs: str = PLANE,
    **columns: Any,
) -> Partition:
    """Make a partition of shapes by code, each with the parent given for it."""
    above = () if parents is None else tuple(parents.get(code) for code in shapes)
    return Partition(tuple(shapes), geometries(shapes.values()), crs=crs, parent_codes=above,
                     **columns)  # fmt: skip


def features(crs: str = PLANE, **shapes: BaseGeometry | None) -> Features:
    """Make buildings or compounds."""
    return Features(tuple(shapes), geometries(shapes.values()), crs=crs)


HALVES = {"west": rect(0, 0, 2, 4), "east": rect(2, 0, 2, 4)}
"""The parents of a town of four by four squares."""


def homes(shapes: Mapping[str, BaseGeometry | None]) -> dict[str, str | None]:
    """Give the squares of a town of four by four the parent they lie in."""
    return {code: "west" if code[-1] in "01" else "east" for code in shapes}


def check(shapes: Mapping[str, BaseGeometry | None], **layers: Any) -> Findings:
    """Check a town without parents."""
    return find_defects(units(shapes), **layers)


def check_nested(
    shapes: Mapping[str, BaseGeometry | None],
    parents: Mapping[str, str | None] | None = None,
    **layers: Any,
) -> Findings:
    """Check a town of four by four squares within its halves."""
    grids = units(shapes, homes(shapes) if parents is None else parents)
    return find_defects(grids, parents=units(HALVES), **layers)


def kinds(findings: Findings) -> list[Kind]:
    """List what kinds were found."""
    return [finding.kind for finding in findings]


def only(findings: Findings, kind: Kind) -> Finding:
    """Return the one finding there is; it must be of a kind."""
    assert kinds(findings) == [kind], [finding.text_en for finding in findings]
    return findings[0]


def shuffled(shapes: Shapes, order: Sequence[int]) -> Shapes:
    """Put the same shapes in another row order."""
    listed = list(shapes.items())
    return dict(listed[i] for i in order)
