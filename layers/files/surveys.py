"""A survey read from files for the check and the repair: units, frame, parents, places."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np
import shapely

from gis.crs import LONLAT_CRS, parse_crs, transformer
from gis.datum import Datum
from gis.errors import CrsError, GeometryError
from gis.partition import Features, Partition, geometries
from layers.files.columns import FORMS, Form, guess
from layers.files.reading import Delivered, read_file
from layers.files.source_crs import Source, settle, to_lonlat_shapes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from shapely import MultiPolygon, Polygon

    from layers.files.reading import Shapes

_DEGREES_OF_TODAY = {4326, 4490}  # the two differ by centimetres


@dataclass(frozen=True, slots=True)
class Files:
    """Where the layers of a survey are; only the units are needed."""

    units: Path
    frame: Path | None = None
    parents: Path | None = None
    buildings: Path | None = None
    compounds: Path | None = None
    streets: Path | None = None
    voids: Path | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the user says of the files: see `layers.files.reading` and `source_crs`."""

    layer: str | None = None
    crs: str | None = None
    datum: str | None = None
    encoding: str | None = None
    columns: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """
    Layers in one CRS, `units.crs`, as `gis.coverage.find_defects` takes them.

    `told` is what the user said, `delivered` the file of the units, `source` what its coordinates
    are in, and `mapping` which of its columns is which.
    """

    told: Told
    delivered: Delivered
    source: Source
    mapping: Mapping[str, str]
    units: Partition
    frame: Polygon | MultiPolygon | None = None
    parents: Partition | None = None
    buildings: Features | None = None
    compounds: Features | None = None
    streets: Features | None = None
    voids: tuple[Polygon | MultiPolygon, ...] = ()

    @property
    def is_as_delivered(self) -> bool:
        """Tell whether coordinates are those of the file, so that they can be written back."""
        return self.source.datum in {Datum.CGCS2000, Datum.WGS84}


def read_survey(files: Files, told: Told) -> Survey:
    """
    Read the layers of a survey and bring them into the CRS of the units.

    Units keep their coordinates bit by bit, unless they are in a datum that has to be converted.

    Raises
    ------
    FileError, ColumnError, CrsError, DatumError, GeometryError
        If a file cannot be read, has no column of codes, does not say its CRS, or the frame is no
        polygon. Whatever is wrong with single units raises nothing: it is for the check to name.
    """
    delivered = read_file(files.units, layer=told.layer, encoding=told.encoding)
    source = _source(delivered, told)
    mapping = guess(_lenient("grids"), _names(delivered), told.columns)
    shapes, crs = _in_own_crs(delivered.shapes, source)
    frame, voids = (
        () if path is None else _polygons(path, told, crs) for path in (files.frame, files.voids)
    )
    return Survey(
        told,
        delivered,
        source,
        mapping,
        _partition(delivered, mapping, shapes, crs, "community_code"),
        frame=cast("Polygon | MultiPolygon", shapely.union_all(list(frame))) if frame else None,
        parents=_parents(files.parents, told, crs),
        buildings=_places(files.buildings, "buildings", told, crs),
        compounds=_places(files.compounds, "compounds", told, crs),
        streets=_places(files.streets, "streets", told, crs),
        voids=voids,
    )


def _names(delivered: Delivered) -> list[str]:
    return [str(name) for name in delivered.rows.columns]


def _lenient(layer: str) -> Form:
    """Ask for nothing but the code: what else is missing does not keep from checking."""
    form = FORMS[layer]
    columns = (replace(column, required=column.name == "code") for column in form.columns)
    return replace(form, columns=tuple(columns))


def _source(delivered: Delivered, told: Told) -> Source:
    """Say what coordinates are in; where a CRS is said the check tells which rows do not fit it."""
    says = delivered.crs is not None and told.crs is None and told.datum is None
    crs, datum = (None, None) if says else (told.crs, told.datum)
    try:
        return settle(delivered, crs, datum)
    except CrsError:
        name = crs or delivered.crs
        if name is None:
            raise
        parse_crs(name)
        return Source(name)


def _other_source(delivered: Delivered, told: Told) -> Source:
    """Say what a further layer is in: what its file says, else what was said of all."""
    return (
        settle(delivered) if delivered.crs is not None else settle(delivered, told.crs, told.datum)
    )


def _in_own_crs(shapes: Shapes, source: Source) -> tuple[Shapes, str]:
    if source.in_degrees and source.datum not in {Datum.CGCS2000, Datum.WGS84}:
        return to_lonlat_shapes(shapes, source), LONLAT_CRS
    if parse_crs(source.crs).to_epsg() in _DEGREES_OF_TODAY:
        return shapes, LONLAT_CRS
    return shapes, source.crs


def _in_crs(delivered: Delivered, told: Told, crs: str) -> Shapes:
    """Bring the shapes of a further layer into the CRS of the units."""
    shapes, own = _in_own_crs(delivered.shapes, _other_source(delivered, told))
    if parse_crs(own) == parse_crs(crs):
        return shapes

    def convert(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer(own, crs).transform(xy[:, 0], xy[:, 1]))

    return np.asarray(shapely.transform(shapes, convert), dtype=object)


def _polygons(path: Path, told: Told, crs: str) -> tuple[Polygon | MultiPolygon, ...]:
    """Read the frame or voids: there every shape has to be a polygon."""
    shapes = _in_crs(read_file(path, encoding=told.encoding), told, crs)
    for number, shape in enumerate(shapes, 1):
        if shape is None or not shape.geom_type.endswith("Polygon") or not shape.is_valid:
            what = "nothing" if shape is None else f"a {shape.geom_type}"
            why = "" if shape is None or shape.is_valid else f" ({shapely.is_valid_reason(shape)})"
            raise GeometryError(f"{path.name}, row {number}: {what}{why}; give a valid polygon")
    return tuple(shapely.force_2d(shapes))


def _parents(path: Path | None, told: Told, crs: str) -> Partition | None:
    if path is None:
        return None
    delivered = read_file(path, encoding=told.encoding)
    mapping = guess(_lenient("communities"), _names(delivered))
    return _partition(delivered, mapping, _in_crs(delivered, told, crs), crs, "subdistrict_code")


def _places(path: Path | None, layer: str, told: Told, crs: str) -> Features | None:
    if path is None:
        return None
    delivered = read_file(path, encoding=told.encoding)
    mapping = guess(_lenient(layer), _names(delivered))
    shapes = _in_crs(delivered, told, crs)
    return Features(
        _codes(delivered, mapping), shapes, _column(delivered, mapping, "name"), crs=crs
    )


def _partition(
    delivered: Delivered, mapping: Mapping[str, str], shapes: Shapes, crs: str, parent: str
) -> Partition:
    parents = delivered.rows[mapping[parent]] if parent in mapping else ()
    return Partition(
        _codes(delivered, mapping),
        geometries(shapes),
        _column(delivered, mapping, "name"),
        crs=crs,
        parent_codes=tuple(parents),
        residents=_counts(delivered, mapping, "residents"),
        households=_counts(delivered, mapping, "households"),
    )


def _codes(delivered: Delivered, mapping: Mapping[str, str]) -> tuple[str, ...]:
    """Return the codes; a row without one is called by its number, which is no code."""
    values = delivered.rows[mapping["code"]]
    return tuple(value or f"#{number}" for number, value in enumerate(values, 1))


def _column(delivered: Delivered, mapping: Mapping[str, str], name: str) -> tuple[str, ...]:
    if name not in mapping:
        return ()
    return tuple(value or "" for value in delivered.rows[mapping[name]])


def _counts(delivered: Delivered, mapping: Mapping[str, str], name: str) -> NDArray[np.float64]:
    """Return counts, NaN where there is none that can be read."""
    if name not in mapping:
        return np.empty(0)

    def count(value: str | None) -> float:
        try:
            return float(value) if value else np.nan
        except ValueError:
            return np.nan

    return np.array([count(value) for value in delivered.rows[mapping[name]]], np.float64)
