"""Store a whole city from a folder: boundaries, places, centres and officers, or nothing."""

import csv
import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import geopandas as gpd
import pandas as pd
import pyogrio
from geoalchemy2 import WKBElement
from geoalchemy2.shape import from_shape
from shapely import LineString, MultiLineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Table, func, insert, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from gis.errors import JingweiError
from layers.boundaries import publish
from layers.models import (
    SRID,
    Base,
    Block,
    BoundaryVersion,
    Building,
    Community,
    Compound,
    Grid,
    GridDuty,
    MapArea,
    Officer,
    ServiceCentre,
    ServiceRegion,
    Street,
    Subdistrict,
    VersionBlock,
    VersionState,
)

MANIFEST = "manifest.json"
LISTS = {"aliases", "services"}

Progress = Callable[[str, int, int], None]
Rows = list[dict[str, Any]]


class CityFolderError(JingweiError):
    """The folder is not a whole city, or a file in it is not as its manifest says."""


def load_city(
    session: Session,
    folder: Path,
    *,
    publish_from: datetime,
    author: str,
    progress: Progress | None = None,
) -> BoundaryVersion:
    """
    Store the city in a folder and put its boundaries in force from a time on.

    Everything is written in the transaction of the session. Places (compounds, buildings,
    streets, areas, centres, officers) replace nothing: the database must not hold them yet.

    Parameters
    ----------
    folder
        With `manifest.json` and one file a layer, in CGCS2000 lon, lat; see `docs/files.md`.
    progress
        Told the stage in words, how many are done and of how many.

    Raises
    ------
    CityFolderError
        If a file is missing or is not the one the manifest describes.
    """
    manifest = read_manifest(folder)
    steps: list[tuple[str, Callable[[], None]]] = []
    version = _draft(session, folder, manifest, author)

    def step(stage: str, model: type[Base], rows: Callable[[], Rows]) -> None:
        steps.append((stage, lambda: _insert(session, model, rows())))

    step("subdistricts", Subdistrict, lambda: _units(folder, "subdistricts", version.id))
    step("regions", ServiceRegion, lambda: _table(folder, "service_regions"))
    step("communities", Community, lambda: _units(folder, "communities", version.id))
    step("grids", Grid, lambda: _counted(folder, _units(folder, "grids", version.id), "grid_code"))
    step("compounds", Compound, lambda: _layer(folder, "compounds"))
    step("blocks", Block, lambda: _counted(folder, _layer(folder, "blocks"), "code"))
    step("plan", VersionBlock, lambda: _plan(session, folder, version.id))
    step("buildings", Building, lambda: _layer(folder, "buildings"))
    step("streets", Street, lambda: _layer(folder, "streets"))
    step("areas", MapArea, lambda: _areas(folder))
    step("centres", ServiceCentre, lambda: _layer(folder, "centres"))
    step("officers", Officer, lambda: _table(folder, "officers"))
    step("duties", GridDuty, lambda: _duties(folder, publish_from))
    for number, (stage, act) in enumerate(steps):
        if progress is not None:
            progress(stage, number, len(steps))
        act()
    publish(session, version, publish_from)
    return version


def read_manifest(folder: Path) -> dict[str, Any]:
    """
    Read what a folder says it holds and check its files against it.

    Raises
    ------
    CityFolderError
        If there is no manifest, or a file is missing or was changed.
    """
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CityFolderError(f"{path} cannot be read ({error}): a city folder has one") from None
    if manifest.get("datum") != "cgcs2000":
        raise CityFolderError(f"{path}: datum {manifest.get('datum')!r}, expected 'cgcs2000'")
    for name, said in manifest["files"].items():
        try:
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError as error:
            raise CityFolderError(f"{folder / name} is missing: {error.strerror}") from None
        if found != said["sha256"]:
            raise CityFolderError(f"{folder / name} is not the file the manifest describes")
    return manifest


def _draft(
    session: Session, folder: Path, manifest: dict[str, Any], author: str
) -> BoundaryVersion:
    frame = _read(folder, "frame").geometry.iloc[0]
    last = session.scalars(
        select(BoundaryVersion.id).where(
            BoundaryVersion.city_code == manifest["city_code"],
            BoundaryVersion.state == VersionState.PUBLISHED,
            func.upper_inf(BoundaryVersion.validity),
        )
    ).one_or_none()
    version = BoundaryVersion(
        city_code=manifest["city_code"],
        city_name=manifest["name"],
        city_name_en=manifest.get("name_en"),
        label=manifest.get("title", manifest["name"]),
        scheme=manifest["code_scheme"]["scheme"],
        edition=manifest["code_scheme"]["edition"],
        planar_srid=int(manifest["planar_crs"].removeprefix("EPSG:")),
        frame=_element(frame),
        author=author,
        synthetic=bool(manifest.get("synthetic")),
        base_id=last,
    )
    session.add(version)
    session.flush()
    return version


def _insert(session: Session, model: type[Base], rows: Rows) -> None:
    """Add rows to a table; what the files say beyond its columns is left out."""
    table = cast("Table", model.__table__)
    known = {column.name for column in table.columns}
    if rows:
        kept = [{name: row[name] for name in row if name in known} for row in rows]
        session.execute(insert(table), kept)


def _read(folder: Path, name: str) -> gpd.GeoDataFrame:
    return pyogrio.read_dataframe(folder / f"{name}.geojson")


def _layer(folder: Path, name: str) -> Rows:
    """Read a layer as rows of its table; the geometry becomes multipart where the table is."""
    layer = _read(folder, name)
    shapes = [_element(shape) for shape in layer.geometry]
    plain = pd.DataFrame(layer.drop(columns="geometry")).astype(object)
    rows: list[dict[Any, Any]] = plain.where(plain.notna(), None).to_dict("records")
    return [{**_listed(row), "geom": shape} for row, shape in zip(rows, shapes, strict=True)]


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    """Turn lists, which come as arrays or as JSON text, into plain lists."""
    for name in LISTS & row.keys():
        value = row[name]
        if value is None:
            value = []
        row[name] = json.loads(value) if isinstance(value, str) else [str(one) for one in value]
    return row


def _units(folder: Path, name: str, version_id: int) -> Rows:
    return [{**row, "version_id": version_id} for row in _layer(folder, name)]


def _counted(folder: Path, rows: Rows, by: str) -> Rows:
    """Add people to blocks or grids, summed over the buildings in them."""
    buildings = pd.DataFrame(_read(folder, "buildings").drop(columns="geometry"))
    key = "block_code"
    if by == "grid_code":
        grid_of = _read(folder, "blocks").set_index("code")["grid_code"]
        buildings[by] = buildings["block_code"].map(grid_of)
        key = by
    columns = ["households", "residents", "residents_60_plus"]
    sums = buildings.groupby(key)[columns].sum()
    none = dict.fromkeys(columns, 0)
    counts = {code: dict(zip(columns, row, strict=True)) for code, *row in sums.itertuples()}
    return [{**row, **counts.get(row["code"], none)} for row in rows]


def _plan(session: Session, folder: Path, version_id: int) -> Rows:
    grids = _read(folder, "blocks").set_index("code")["grid_code"]
    blocks = session.execute(select(Block.id, Block.code)).all()
    return [
        {"version_id": version_id, "block_id": block.id, "grid_code": grids[block.code]}
        for block in blocks
        if block.code in grids.index
    ]


def _areas(folder: Path) -> Rows:
    return [
        {"kind": kind, "name": row.get("name"), "name_en": row.get("name_en"), "geom": row["geom"]}
        for kind in ("water", "green")
        for row in _layer(folder, kind)
    ]


def _table(folder: Path, name: str) -> Rows:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [
            {column: value or None for column, value in row.items()} for row in csv.DictReader(file)
        ]


def _duties(folder: Path, since: datetime) -> Rows:
    return [
        {
            "grid_code": row["grid_code"],
            "officer_code": row["code"],
            "stand_in_code": row["stand_in_code"],
            "validity": Range(since, None, bounds="[)"),
        }
        for row in _table(folder, "officers")
    ]


def _element(shape: BaseGeometry) -> WKBElement:
    if isinstance(shape, Polygon):
        shape = MultiPolygon([shape])
    elif isinstance(shape, LineString):
        shape = MultiLineString([shape])
    return from_shape(shape, srid=SRID)
