"""Grids from a file: codes and polygons in CGCS2000 degrees."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from gis.crs import LONLAT_CRS, parse_crs, transformer
from gis.errors import CodeError, CrsError, GeometryError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

CODE_COLUMNS = ("code", "grid_code", "grid_id", "网格编码")
_WGS84 = 4326  # GeoJSON says so of everything; the two differ by centimetres


class GridFile(NamedTuple):
    """Codes and (n,) polygons in lon, lat degrees."""

    codes: list[str]
    polygons: NDArray[np.object_]


def read_grids(path: Path, code_column: str | None = None) -> GridFile:
    """
    Read grids from GeoParquet or from whatever GDAL reads.

    Parameters
    ----------
    code_column
        Holds the codes; the first of `CODE_COLUMNS` that is there if not given.

    Raises
    ------
    CodeError
        If there is no such column or a code is missing.
    CrsError
        If the file does not say its CRS, or says one that cannot be read.
    GeometryError
        If the file cannot be read, holds no grid or no geometry.
    """
    if not path.is_file():
        raise GeometryError(f"there is no file {path}")
    is_parquet = path.suffix.lower() in {".parquet", ".geoparquet"}
    table, column, crs = _read_parquet(path) if is_parquet else _read_by_gdal(path)
    codes = _codes(table, code_column, path)
    shapes = shapely.from_wkb(np.asarray(table.column(column)))
    if not len(shapes):
        raise GeometryError(f"{path} holds no grid")
    return GridFile(codes, _to_degrees(shapes, crs, path))


def _read_parquet(path: Path) -> tuple[pa.Table, str, str | None]:
    try:
        with pq.ParquetFile(path) as file:  # pyarrow's read_table takes a second to import pandas
            table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise GeometryError(f"{path} cannot be read as Parquet: {error}") from None
    described = json.loads((table.schema.metadata or {}).get(b"geo", b"null"))
    if described is None:
        raise GeometryError(f"{path} is Parquet but not GeoParquet: it has no geometry")
    column = described["primary_column"]
    crs: Any = described["columns"][column].get("crs", f"EPSG:{_WGS84}")  # the format's default
    return table, column, json.dumps(crs) if isinstance(crs, dict) else crs


def _read_by_gdal(path: Path) -> tuple[pa.Table, str, str | None]:
    import pyogrio  # noqa: PLC0415  half a second that GeoParquet does not need

    try:
        about, table = pyogrio.read_arrow(path)
    except pyogrio.errors.DataSourceError as error:
        raise GeometryError(f"{path} cannot be read: {error}") from None
    return table, about["geometry_name"] or "wkb_geometry", about["crs"]


def _codes(table: pa.Table, wanted: str | None, path: Path) -> list[str]:
    names = table.column_names
    column = wanted or next((name for name in CODE_COLUMNS if name in names), None)
    if column is None or column not in names:
        raise CodeError(
            f"{path} has no column {column or 'of codes'}: it has {', '.join(names)}; "
            "say which holds the grid codes"
        )
    codes = table.column(column)
    if codes.null_count:
        raise CodeError(f"{path}: {codes.null_count} grids have no {column}")
    return [str(code) for code in codes.to_pylist()]


def _to_degrees(shapes: NDArray[np.object_], crs: str | None, path: Path) -> NDArray[np.object_]:
    if crs is None:
        raise CrsError(f"{path} does not say its CRS: write it with one, for example {LONLAT_CRS}")
    if parse_crs(crs).to_epsg() == _WGS84 or parse_crs(crs) == parse_crs(LONLAT_CRS):
        return shapes
    convert = transformer(crs, LONLAT_CRS).transform

    def to_lonlat(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(convert(xy[:, 0], xy[:, 1]))

    return np.asarray(shapely.transform(shapes, to_lonlat))
