"""
Locating more points than one machine likes, on a Dask cluster (`pip install jingwei[batch]`).

Two rounds. *Split* reads one row group of the points and writes it again, ordered by place: the
index's extent cut into squares. *Locate* takes one place from all of these and names its grids, so
a task reads one part of the index, which every worker maps into memory once. A task writes one
file, whole or not at all, under a name of its own: done twice it is the same file, and so a worker
that dies costs the time of its tasks and nothing else.

All machines see the same folders, or the index is sent to each (`Job.send_index`) and points and
results lie on a store they share.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from distributed import WorkerPlugin, as_completed, get_worker
from numpy.typing import NDArray

from gis.crs import check_lonlat
from gis.errors import CoordinateError
from gis.locator import HOWS, Locator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from distributed import Client, Worker

Floats = NDArray[np.float64]

RETRIES = 5
ROWS_IN_PLACE = 5_000_000
_PLUGIN = "jingwei-index"


@dataclass(frozen=True, slots=True)
class Job:
    """
    What is to be located, and where everything is.

    Parameters
    ----------
    points
        Parquet files, read as one after the other.
    index
        File that `Locator.save` wrote.
    scratch, out
        Folders for points by place and for the results, which must be there.
    lon, lat
        Columns in degrees of CGCS2000.
    rows_in_place
        About how many points one task locates.
    send_index
        Send the index to each worker: for machines that do not see its file.
    """

    points: tuple[Path, ...]
    index: Path
    scratch: Path
    out: Path
    lon: str = "lon"
    lat: str = "lat"
    rows_in_place: int = ROWS_IN_PLACE
    send_index: bool = False


class IndexPlugin(WorkerPlugin):
    """Gives each worker the index, once, also one that joins or is restarted later."""

    def __init__(self, path: Path, content: bytes | None) -> None:
        self.name = _PLUGIN
        self.path = path
        self.content = content
        self.locator: Locator

    def setup(self, worker: Worker) -> None:
        """Map the index into the worker's memory."""
        path = self.path
        if self.content is not None:
            path = Path(worker.local_directory) / "jingwei.index"
            path.write_bytes(self.content)
        self.locator = Locator.load(path)
        self.content = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """A row group of the points; `first` is the number of its first row in all files."""

    number: int
    file: Path
    row_group: int
    first: int
    rows: int


def locate_points(
    client: Client, job: Job, progress: Callable[[int, int], None] | None = None
) -> int:
    """
    Locate all points on a cluster; return how many.

    The results are Parquet files in `job.out` with the columns `row` (number of the point in the
    files as given), `grid`, `how` and `border_distance_m`; `in_order` reads them by row.

    Raises
    ------
    CoordinateError
        If a coordinate is missing or cannot be.
    """
    content = job.index.read_bytes() if job.send_index else None
    client.register_plugin(IndexPlugin(job.index, content))
    pieces = list(_pieces(job.points))
    rows = sum(piece.rows for piece in pieces)
    side = max(1, round((rows / job.rows_in_place) ** 0.5))
    groups: defaultdict[int, list[tuple[Path, int]]] = defaultdict(list)
    done = 0
    for file, places in _gathered(client, _split, [(job, piece, side) for piece in pieces]):
        for group, place in enumerate(places):
            groups[place].append((file, group))
    for count in _gathered(client, _locate, [(job, *item) for item in sorted(groups.items())]):
        done += count
        if progress is not None:
            progress(done, rows)
    return done


def in_order(out: Path) -> pa.Table:
    """Read the results of a job that fits into memory, by row."""
    parts = [pq.read_table(file) for file in sorted(out.glob("place-*.parquet"))]
    return pa.concat_tables(parts, promote_options="default").sort_by("row")


def _gathered(
    client: Client, task: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]
) -> Iterator[Any]:
    futures = [client.submit(task, *given, retries=RETRIES, pure=False) for given in arguments]
    for future in as_completed(futures):
        yield future.result()


def _pieces(files: Sequence[Path]) -> Iterator[_Piece]:
    number = first = 0
    for path in files:
        with pq.ParquetFile(path) as file:
            for group in range(file.metadata.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                yield _Piece(number, path, group, first, rows)
                number, first = number + 1, first + rows


def _split(job: Job, piece: _Piece, side: int) -> tuple[Path, list[int]]:
    """Write a piece with one row group a place; give the file and its places."""
    with pq.ParquetFile(piece.file) as file:
        table = file.read_row_group(piece.row_group, [job.lon, job.lat])
    lon, lat = (np.array(table.column(name), np.float64) for name in (job.lon, job.lat))
    try:
        check_lonlat(lon, lat)
    except CoordinateError as error:
        where = f"{piece.file}, rows counted from {piece.first}"
        raise CoordinateError(f"{where}: {error}") from None
    place = _place(_locator().bounds, side, lon, lat)
    order = np.argsort(place, kind="stable")
    places, starts = np.unique(place[order], return_index=True)
    rows = order + piece.first
    path = job.scratch / f"piece-{piece.number:06d}.parquet"
    columns = pa.table({"row": rows, "lon": lon[order], "lat": lat[order]})
    ends = [*starts[1:].tolist(), len(order)]
    with _Whole(path, columns.schema) as writer:
        for start, end in zip(starts.tolist(), ends, strict=True):
            writer.write_table(columns.slice(start, end - start), row_group_size=end - start)
    return path, places.tolist()


def _locate(job: Job, place: int, groups: Sequence[tuple[Path, int]]) -> int:
    """Locate the points of a place; give their number."""
    parts = []
    for path, group in sorted(groups):
        with pq.ParquetFile(path) as file:
            parts.append(file.read_row_group(group))
    table = pa.concat_tables(parts)
    locator = _locator()
    found = locator.locate(table["lon"].to_numpy(), table["lat"].to_numpy())
    hows = pa.array([how.value for how in HOWS])
    codes = pa.array(locator.codes, pa.string())
    grid = codes.take(pa.array(found.rows, mask=found.rows < 0))
    how = hows.take(pa.array(found.how))
    result = pa.table(
        [table["row"], grid, how, pa.array(found.border_distance_m)],
        ["row", "grid", "how", "border_distance_m"],
    )
    with _Whole(job.out / f"place-{place:06d}.parquet", result.schema) as writer:
        writer.write_table(result)
    return len(result)


def _locator() -> Locator:
    """Give the index of the worker that runs this."""
    return cast("IndexPlugin", get_worker().plugins[_PLUGIN]).locator


def _place(
    bounds: tuple[float, float, float, float], side: int, lon: Floats, lat: Floats
) -> NDArray[np.int64]:
    """Give the square, of side by side, that each point is in; outside counts to the rim."""
    west, south, east, north = bounds
    column = np.floor((lon - west) * (side / max(east - west, 1e-9)))
    row = np.floor((lat - south) * (side / max(north - south, 1e-9)))
    place: Floats = np.clip(row, 0, side - 1) * side + np.clip(column, 0, side - 1)
    return place.astype(np.int64)


class _Whole:
    """A Parquet file that appears when all of it is written."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        self._writer = pq.ParquetWriter(self._unfinished, schema)

    def __enter__(self) -> pq.ParquetWriter:
        return self._writer

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._writer.close()
        if kind is None:
            self._unfinished.replace(self._path)
        else:
            self._unfinished.unlink(missing_ok=True)
