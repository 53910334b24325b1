"""`jingwei assign`: the grid of each point of a file, by a file of grids or a stored version."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa
import shapely
import typer
from rich.console import Console
from rich.progress import Progress

from gis.crs import LonLatBounds, check_lonlat, planar_crs
from gis.datum import Datum, to_cgcs2000
from gis.errors import CoordinateError, JingweiError
from gis.locator import GAP_TOLERANCE_M, HOWS, Floats, Locator
from layers.grid_file import read_grids
from layers.point_file import PointFile, writing

CHINA = timezone(timedelta(hours=8))  # of a date without a zone
ADDED = ("grid", "how", "border_distance_m")

console = Console(stderr=True)


def assign(  # noqa: PLR0913 - options of a command
    points: Annotated[Path, typer.Argument(help="Parquet, GeoParquet or CSV, a point a row.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A .parquet or .csv file.")],
    *,
    grids: Annotated[Path | None, typer.Option(help="File of grids (GeoParquet, GDAL).")] = None,
    code: Annotated[str | None, typer.Option(help="Column of the grids' codes.")] = None,
    version: Annotated[int | None, typer.Option(help="Stored boundary version.")] = None,
    at: Annotated[
        str | None, typer.Option(help="The version in force then, such as 2026-03-01.")
    ] = None,
    lon: Annotated[str | None, typer.Option(help="Column of the longitudes.")] = None,
    lat: Annotated[str | None, typer.Option(help="Column of the latitudes.")] = None,
    datum: Annotated[Datum, typer.Option(help="What the points are in.")] = Datum.CGCS2000,
    gap_tolerance: Annotated[
        float, typer.Option(help="Metres a grid may be from a point in none and still have it.")
    ] = GAP_TOLERANCE_M,
) -> None:
    """
    Name the grid of each point of a file.

    To the columns of the file come `grid` (empty where there is none), `how` (inside, edge, gap,
    outside) and `border_distance_m`, the distance to the border of the grid, or in a gap and
    outside to the nearest grid.
    """
    file = PointFile(points, lon, lat)
    taken = [name for name in ADDED if name in file.schema.names]
    if taken:
        raise JingweiError(f"{points} already has a column {taken[0]}: rename it")
    locator, bounds = _grids(grids, code, version, at, gap_tolerance)
    schema = file.schema
    for field in _added(locator, np.empty(0), np.empty(0)).schema:
        schema = schema.append(field)
    done = 0
    with Progress(console=console, transient=True) as progress, writing(output, schema) as write:
        task = progress.add_task("assigning", total=file.rows)
        for table, given_lon, given_lat in file.chunks():
            _check(given_lon, given_lat, bounds, points, done)
            added = _added(locator, *to_cgcs2000(given_lon, given_lat, datum))
            for name in ADDED:
                table = table.append_column(name, added.column(name))  # noqa: PLW2901
            write(table)
            done += len(table)
            progress.update(task, completed=done)
    console.print(f"{done} points assigned to {len(locator.codes)} grids: {output}")


def _grids(
    path: Path | None, code: str | None, version: int | None, at: str | None, gap_tolerance: float
) -> tuple[Locator, LonLatBounds]:
    if sum(given is not None for given in (path, version, at)) != 1:
        raise JingweiError("say which grids: one of --grids FILE, --version N and --at DATE")
    if path is None:
        return _stored(version, at, gap_tolerance)
    codes, polygons = read_grids(path, code)
    bounds = LonLatBounds(*shapely.total_bounds(polygons).tolist())
    planar = planar_crs((bounds.west + bounds.east) / 2)
    shapes = polygons.tolist()
    return Locator(codes, shapes, planar=planar, gap_tolerance_m=gap_tolerance), bounds


def _stored(
    version_id: int | None, at: str | None, gap_tolerance: float
) -> tuple[Locator, LonLatBounds]:
    from layers.boundaries import get_version, get_version_in_force, load_city_map  # noqa: PLC0415  a second
    from layers.db import migrate, open_database, session_factory  # noqa: PLC0415  files need not
    from layers.settings import Settings  # noqa: PLC0415

    settings, wanted = Settings(), _time(at or "") if version_id is None else version_id
    with open_database(settings) as engine:
        migrate(engine)
        with session_factory(engine)() as session:
            version = (
                get_version(session, wanted)
                if isinstance(wanted, int)
                else get_version_in_force(session, wanted)
            )
            city = load_city_map(
                session,
                version,
                gap_tolerance_m=gap_tolerance,
                near_border_m=settings.near_border_m,
            )
    console.print(f"version {version.id} ({version.label})")
    return city.locator, city.bounds


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise JingweiError(f"{text!r} is no date: write 2026-03-01 or add a time") from None
    return time if time.tzinfo else time.replace(tzinfo=CHINA)


def _check(lon: Floats, lat: Floats, bounds: LonLatBounds, path: Path, done: int) -> None:
    try:
        check_lonlat(lon, lat, bounds)
    except CoordinateError as error:
        raise CoordinateError(f"{path}, rows counted from {done}: {error}") from None


def _added(locator: Locator, lon: Floats, lat: Floats) -> pa.Table:
    """Locate points; give the answers as columns."""
    found = locator.locate(lon, lat)
    codes = pa.array(locator.codes, pa.string())
    hows = pa.array([how.value for how in HOWS])
    grid = pa.DictionaryArray.from_arrays(pa.array(found.rows, mask=found.rows < 0), codes)
    how = pa.DictionaryArray.from_arrays(pa.array(found.how.astype(np.int32)), hows)
    return pa.table([grid, how, pa.array(found.border_distance_m)], list(ADDED))
