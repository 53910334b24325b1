"""Points in files, chunk by chunk, with columns added on the way: memory does not grow."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from gis.errors import CoordinateError, JingweiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Floats = NDArray[np.float64]

CHUNK = 262_144  # rows
LON_COLUMNS = ("lon", "longitude", "lng", "经度")
LAT_COLUMNS = ("lat", "latitude", "纬度")
_CSV = {".csv", ".txt"}
_PARQUET = {".parquet", ".geoparquet"}


class PointFile:
    """
    A Parquet, GeoParquet or CSV file with a point a row.

    Parameters
    ----------
    lon, lat
        Names of the columns in degrees. If not given: lon, lat and their like; else the points
        of a GeoParquet file's geometry.

    Raises
    ------
    JingweiError
        If the file is not there, cannot be read, or no such columns are in it.
    """

    def __init__(self, path: Path, lon: str | None = None, lat: str | None = None) -> None:
        if not path.is_file():
            raise JingweiError(f"there is no file {path}")
        self.path = path
        self.rows, self.schema = self._open()
        self._geometry = None
        self._lon, self._lat = self._column(lon, LON_COLUMNS), self._column(lat, LAT_COLUMNS)
        if not (self._lon and self._lat):
            self._geometry = self._geometry_column()
        if self.path.suffix.lower() in _CSV:
            for name in (self._lon, self._lat):
                if name:
                    self.schema = self.schema.set(
                        self.schema.names.index(name), pa.field(name, pa.float64())
                    )
        if not (self._lon and self._lat) and self._geometry is None:
            raise JingweiError(
                f"{path} has no columns {lon or 'lon'} and {lat or 'lat'}: it has "
                f"{', '.join(self.schema.names)}; say which are longitude and latitude"
            )

    def chunks(self) -> Iterator[tuple[pa.Table, Floats, Floats]]:
        """
        Give the rows in lots, each with its longitudes and latitudes (NaN where missing).

        Raises
        ------
        JingweiError
            If a part of the file cannot be read or a coordinate is no number.
        """
        try:
            for batch in self._batches():
                table = pa.Table.from_batches([batch])
                yield table, *self._coordinates(table)
        except (pa.ArrowException, OSError) as error:
            raise JingweiError(f"{self.path} cannot be read: {error}") from None

    def _open(self) -> tuple[int | None, pa.Schema]:
        try:
            if self.path.suffix.lower() in _CSV:
                with pc.open_csv(self.path) as reader:
                    return None, pa.schema([(name, pa.string()) for name in reader.schema.names])
            if self.path.suffix.lower() in _PARQUET:
                with pq.ParquetFile(self.path) as file:
                    return file.metadata.num_rows, file.schema_arrow
        except (pa.ArrowException, OSError) as error:
            raise JingweiError(f"{self.path} cannot be read: {error}") from None
        raise JingweiError(f"{self.path} is of no known kind: give .parquet or .csv")

    def _column(self, wanted: str | None, usual: tuple[str, ...]) -> str | None:
        if wanted is not None:
            return wanted if wanted in self.schema.names else None
        return next((name for name in self.schema.names if name.lower() in usual), None)

    def _geometry_column(self) -> str | None:
        described = json.loads((self.schema.metadata or {}).get(b"geo", b"{}"))
        column: str | None = described.get("primary_column")
        return column

    def _batches(self) -> Iterator[pa.RecordBatch]:
        if self.path.suffix.lower() in _CSV:
            numbers = {name: pa.float64() for name in (self._lon, self._lat) if name}
            # All else stays as written: a code such as 007 is no number.
            types = dict.fromkeys(self.schema.names, pa.string()) | numbers
            with pc.open_csv(
                self.path,
                pc.ReadOptions(block_size=1 << 24),
                convert_options=pc.ConvertOptions(column_types=types),
            ) as reader:
                yield from reader
        else:
            # Without pre_buffer only the pages in hand are held, not whole row groups ahead.
            with pq.ParquetFile(self.path, pre_buffer=False) as file:
                yield from file.iter_batches(CHUNK)

    def _coordinates(self, table: pa.Table) -> tuple[Floats, Floats]:
        if self._geometry is None:
            return self._numbers(table, self._lon), self._numbers(table, self._lat)
        points = shapely.from_wkb(np.asarray(table.column(self._geometry)))
        return shapely.get_x(points), shapely.get_y(points)

    def _numbers(self, table: pa.Table, name: str | None) -> Floats:
        try:
            numbers = table.column(name).cast(pa.float64())
        except pa.ArrowException as error:
            raise CoordinateError(f"column {name} of {self.path} is no number: {error}") from None
        return np.ascontiguousarray(numbers.to_numpy())


@contextmanager
def writing(path: Path, schema: pa.Schema) -> Iterator[Callable[[pa.Table], Any]]:
    """
    Give a function that appends tables; the file appears when all are written.

    Raises
    ------
    JingweiError
        If the ending is neither .parquet nor .csv, or the folder is not there.
    """
    if path.suffix.lower() not in _CSV | _PARQUET:
        raise JingweiError(f"{path} is of no known kind: name a .parquet or .csv file")
    if not path.parent.is_dir():
        raise JingweiError(f"there is no folder {path.parent}")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    make = pc.CSVWriter if path.suffix.lower() in _CSV else pq.ParquetWriter
    try:
        with make(unfinished, schema) as writer:
            yield writer.write_table
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
