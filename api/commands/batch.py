"""`jingwei batch`: the grids of more points than one machine likes, on a Dask cluster."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress

from gis.crs import planar_crs
from gis.errors import JingweiError
from gis.locator import GAP_TOLERANCE_M, Locator
from layers.grid_file import read_grids

console = Console(stderr=True)


def batch(  # noqa: PLR0913 - options of a command
    points: Annotated[list[Path], typer.Argument(help="Parquet files, a point a row.")],
    grids: Annotated[Path, typer.Option(help="File of grids (GeoParquet, GDAL).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A new folder.")],
    *,
    code: Annotated[str | None, typer.Option(help="Column of the grids' codes.")] = None,
    lon: Annotated[str, typer.Option(help="Column of the longitudes.")] = "lon",
    lat: Annotated[str, typer.Option(help="Column of the latitudes.")] = "lat",
    scheduler: Annotated[
        str | None, typer.Option(help="tcp://… of a cluster; one on this machine if not given.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Of the cluster on this machine.")] = None,
    send_index: Annotated[
        bool, typer.Option("--send-index", help="Workers do not see the output folder's index.")
    ] = False,
    gap_tolerance: Annotated[
        float, typer.Option(help="Metres a grid may be from a point in none and still have it.")
    ] = GAP_TOLERANCE_M,
) -> None:
    """
    Name the grid of each point, in parallel; the results are Parquet files by place.

    Their column `row` is the number of the point in the files as given. Workers must see the
    files and the output folder. A worker that dies costs time, not answers.
    """
    try:
        from distributed import Client, LocalCluster  # noqa: PLC0415  an optional extra
    except ImportError:
        raise JingweiError("Dask is not installed: pip install 'jingwei[batch]'") from None
    from gis.batch import Job, locate_points  # noqa: PLC0415

    if output.exists():
        raise JingweiError(f"{output} is there already: name a new folder")
    codes, polygons = read_grids(grids, code)
    west, _, east, _ = np.array([polygon.bounds for polygon in polygons]).T
    planar = planar_crs(float((west.min() + east.max()) / 2))
    shapes = polygons.tolist()
    locator = Locator(codes, shapes, planar=planar, gap_tolerance_m=gap_tolerance)
    output.mkdir()
    locator.save(output / "index")
    local = None if scheduler else LocalCluster(n_workers=workers, dashboard_address=None)
    with (
        TemporaryDirectory(dir=output, prefix=".scratch-") as scratch,
        Client(scheduler or local) as client,
        Progress(console=console, transient=True) as progress,
    ):
        task = progress.add_task("locating", total=None)
        files, work = tuple(path.resolve() for path in points), Path(scratch).resolve()
        job = Job(
            files, (output / "index").resolve(), work, output.resolve(), lon, lat,
            send_index=send_index,
        )  # fmt: skip
        done = locate_points(
            client, job, lambda now, total: progress.update(task, completed=now, total=total)
        )
    if local is not None:
        local.close()
    console.print(f"{done} points assigned to {len(codes)} grids: {output}")
