"""`jingwei export`: layers of the database into a file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from layers.boundaries import get_version, get_version_in_force
from layers.db import migrate, open_database, session_factory
from layers.features import LAYERS
from layers.files.exporting import read_layer, write_layers
from layers.settings import Settings

console = Console()


def export(
    layer: Annotated[str, typer.Argument(help=f"all, or one of {', '.join(LAYERS)}.")],
    file: Annotated[Path, typer.Argument(help=".gpkg .geojson .shp .zip .parquet .csv or .kml")],
    *,
    version: Annotated[int | None, typer.Option(help="Of this published version.")] = None,
    at: Annotated[
        datetime | None, typer.Option(help="Of the version in force then; now if not given.")
    ] = None,
    crs: Annotated[str | None, typer.Option(help="Write in this CRS, e.g. EPSG:4525.")] = None,
    encoding: Annotated[str, typer.Option(help="Of a shapefile's table: UTF-8 or GBK.")] = "UTF-8",
) -> None:
    """Write a layer, or all of them into a GeoPackage with styles for QGIS."""
    settings = Settings()
    with open_database(settings) as engine:
        migrate(engine)
        with session_factory(engine)() as session:
            if version is not None:
                chosen = get_version(session, version)
            else:
                when = at.astimezone() if at else datetime.now(UTC)
                chosen = get_version_in_force(session, when)
            names = list(LAYERS) if layer == "all" else [layer]
            layers = {name: read_layer(session, name, chosen.id) for name in names}
    write_layers(layers, file, crs=crs, encoding=encoding)
    counts = ", ".join(f"{len(rows)} {name}" for name, rows in layers.items())
    console.print(f"{file}: {counts}, version {chosen.id} ({chosen.label})", highlight=False)
