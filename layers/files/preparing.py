"""From what was delivered to rows that can be stored: read, checked, converted; nothing written."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.coverage import Findings, find_defects
from gis.errors import CoordinateError
from gis.partition import (
    EDGE_TOLERANCE_M,
    Partition,
    geometries,
    insert_missing_vertices,
)
from layers.files.source_crs import Source, to_lonlat_shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry

    from layers.files.columns import Column, Form
    from layers.files.reading import Delivered, Shapes

CODES = {
    "subdistricts": (r"\d{9}", "9 digits"),
    "communities": (r"\d{12}", "12 digits"),
    "grids": (r"\d{12}(?!000)\d{3}", "12 digits of the community and a serial of 3, from 001"),
    "compounds": (r"\d{12}-C\d{3}", "like 141182002008-C001"),
    "buildings": (r"\d{12}-C\d{3}-B\d{2,5}", "like 141182002008-C001-B01"),
    "streets": (r".+", "any text"),
}
KINDS = {
    "grids": ("residential", "dedicated", "unit"),
    "compounds": ("walled", "open", "institution", "village"),
}
_FAMILY = {"polygon": "Polygon", "line": "LineString", "point": "Point"}
_OF_A_SPREADSHEET = re.compile(r"\d(\.\d+)?[eE]\+\d+")


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not taken: its number in the file, counted from 1, and why."""

    row: int
    code: str
    why: str


@dataclass(slots=True, eq=False)
class Prepared:
    """
    Rows of one layer ready to be stored, and what was done to get there.

    `rows` are column values by our names, `shapes` their geometries in CGCS2000 degrees.
    """

    form: Form
    source: Source
    mapping: Mapping[str, str]
    rows: list[dict[str, Any]] = field(default_factory=list)
    shapes: list[BaseGeometry] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    faults: Findings = field(default_factory=list)


def prepare(
    delivered: Delivered,
    form: Form,
    source: Source,
    mapping: Mapping[str, str],
    *,
    split: bool = False,
) -> Prepared:
    """
    Make rows of a delivered file.

    Parameters
    ----------
    mapping
        Our columns -> those of the file.
    split
        Make a grid of its own of each further part of a multipart grid; it gets the next serial.
    """
    prepared = Prepared(form, source, mapping, changed=list(delivered.notes))
    if form.layer == "grids":
        prepared.faults = _faults(delivered, source, mapping)
    shapes = _two_dimensional(delivered.shapes, prepared)
    seen: dict[str, int] = {}
    kept: list[int] = []
    for row, values in enumerate(delivered.rows.to_dict("records")):
        taken, why = _read_row(form, mapping, values)
        code = taken.get("code") or ""
        why = why or _shape_fault(shapes[row], form.geometry)
        if why is None and code in seen:
            why = f"code {code} is already in row {seen[code]}"
        if why is not None:
            prepared.refused.append(Refused(row + 1, code, why))
            continue
        seen[code] = row + 1
        kept.append(row)
        prepared.rows.append(taken)
    _convert(prepared, shapes[kept])
    if split:
        _split(prepared)
    return prepared


def _two_dimensional(shapes: Shapes, prepared: Prepared) -> Shapes:
    high = sum(1 for shape in shapes if shape is not None and shape.has_z)
    if high:
        prepared.changed.append(f"heights (Z) dropped from {high} shapes")
    return np.asarray(shapely.force_2d(shapes), dtype=object)


def _read_row(
    form: Form, mapping: Mapping[str, str], values: Mapping[Any, Any]
) -> tuple[dict[str, Any], str | None]:
    """Read the columns of one row; the second value says what is wrong with it."""
    taken: dict[str, Any] = {}
    for column in form.columns:
        text = values[mapping[column.name]] if column.name in mapping else None
        if text is None:
            if column.required:
                return taken, f"{column.name} is empty"
            continue
        value, why = _read_value(form, column, text)
        if value is not None:
            taken[column.name] = value
        if why is not None:
            return taken, why
    return taken, None


def _read_value(form: Form, column: Column, text: str) -> tuple[Any, str | None]:
    try:
        value = column.read(text)
    except ValueError:
        wanted = {"_whole": "a whole number", "_yes": "yes or no"}.get(column.read.__name__, "text")
        return None, f"{column.name} {text!r} is not {wanted}"
    if column.name == "code":
        pattern, words = CODES[form.layer]
        if _OF_A_SPREADSHEET.fullmatch(text):
            return value, (
                f"code {text} was shortened by a spreadsheet: format the column as text and "
                "deliver it again"
            )
        if not re.fullmatch(pattern, text):
            return value, f"code {text!r} is not {words}"
    if column.name == "kind" and value not in KINDS.get(form.layer, (value,)):
        return None, f"kind {value!r} is none of {', '.join(KINDS[form.layer])}"
    return value, None


def _shape_fault(shape: BaseGeometry | None, wanted: str) -> str | None:
    if shape is None or shape.is_empty:
        return "it has no shape"
    if shape.geom_type.removeprefix("Multi") != _FAMILY[wanted]:
        return f"its shape is a {shape.geom_type}, not a {wanted}"
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return "a coordinate is not a number"
    if not shape.is_valid:
        return f"its outline is not valid: {shapely.is_valid_reason(shape)}; `jingwei repair` helps"
    return None


def _faults(delivered: Delivered, source: Source, mapping: Mapping[str, str]) -> Findings:
    """Check grids as they were delivered; the later check of the version knows their parents."""
    codes, names = (
        tuple(value or "" for value in delivered.rows[mapping[column]])
        for column in ("code", "name")
    )
    shapes = delivered.shapes
    known = [shape for shape in shapes if shape is not None and not shape.is_empty]
    if not known:
        return []
    return find_defects(Partition(codes, geometries(shapes), names, crs=source.crs))


def _convert(prepared: Prepared, shapes: Shapes) -> None:
    """Bring shapes to CGCS2000 degrees, borders matched first so that they stay matched."""
    if prepared.form.layer == "grids" and not prepared.source.in_degrees:
        before = list(shapes)
        shapes = np.array([*insert_missing_vertices(before, EDGE_TOLERANCE_M), None], object)[:-1]
        count = sum(1 for old, new in zip(before, shapes, strict=True) if old is not new)
        if count:
            prepared.changed.append(
                f"{count} grids got the vertices of their neighbours on shared borders before "
                "the transformation to degrees"
            )
    try:
        prepared.shapes = list(to_lonlat_shapes(shapes, prepared.source))
    except CoordinateError as error:
        raise CoordinateError(f"{error} ({prepared.form.layer}, nothing was written)") from None


def _split(prepared: Prepared) -> None:
    """Make rows of the smaller parts of multipart shapes."""
    highest = Counter[str]()
    for row in prepared.rows:
        parent, serial = row["code"][:-3], int(row["code"][-3:])
        highest[parent] = max(highest[parent], serial)
    for number in range(len(prepared.rows)):
        parts = sorted(shapely.get_parts(prepared.shapes[number]), key=lambda part: -part.area)
        prepared.shapes[number] = parts[0]
        for part in parts[1:]:
            row = dict(prepared.rows[number])
            parent = row["code"][:-3]
            highest[parent] += 1
            new = f"{parent}{highest[parent]:03d}"
            prepared.changed.append(f"a part of {row['code']} became grid {new}")
            prepared.rows.append(row | {"code": new, "name": f"{row['name']}（{new[-3:]}）"})
            prepared.shapes.append(part)
