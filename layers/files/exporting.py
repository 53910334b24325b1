"""Writing layers to files that others open: whole or not at all, codes as text."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from sqlalchemy import text

from gis.crs import LONLAT_CRS, parse_crs
from gis.errors import CrsError, JingweiError
from gis.partition import insert_missing_vertices
from layers.features import LAYERS, Layer
from layers.files.qgis_style import add_styles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

# a shapefile's names have ten letters
SHORT = {
    "community_code": "comm_code",
    "subdistrict_code": "subd_code",
    "service_region_code": "region",
    "official_name": "offic_name",
    "residents_60_plus": "res_60plus",
    "compound_code": "comp_code",
    "region_code": "region",
    "opening_hours": "hours",
}
DEGREES_BY_STANDARD = {".geojson": "GeoJSON (RFC 7946)", ".kml": "KML"}


class ExportError(JingweiError):
    """The layer or the format does not exist, or the file cannot be written."""


def read_layer(session: Session, name: str, version_id: int) -> gpd.GeoDataFrame:
    """
    Read a public layer as stored: CGCS2000 degrees, codes as text.

    Raises
    ------
    ExportError
        If there is no such layer.
    """
    layer = LAYERS.get(name)
    if layer is None:
        raise ExportError(f"there is no layer {name!r}: {', '.join(LAYERS)} are")
    rows = session.execute(text(_query(layer)), {"version": version_id}).mappings().all()
    plain = pd.DataFrame([{key: row[key] for key in layer.columns} for row in rows])
    for column in plain.columns:
        if any(isinstance(value, list) for value in plain[column]):
            plain[column] = ["、".join(value) for value in plain[column]]
    shapes = shapely.from_wkb([bytes(row["shape"]) for row in rows])
    return gpd.GeoDataFrame(
        plain.reindex(columns=list(layer.columns)), geometry=shapes, crs=LONLAT_CRS
    )


def _query(layer: Layer) -> str:
    where = "where version_id = :version" if layer.of_a_version else ""
    columns = ", ".join(layer.columns)
    return f"select {columns}, ST_AsBinary(geom) as shape from {layer.table} {where} order by code"  # noqa: S608


def write_layers(
    layers: dict[str, gpd.GeoDataFrame],
    path: Path,
    *,
    crs: str | None = None,
    encoding: str = "UTF-8",
) -> None:
    """
    Write layers to a file, in the format its ending names.

    Parameters
    ----------
    layers
        By name, in CGCS2000 degrees; more than one only into a GeoPackage.
    crs
        To write in; degrees CGCS2000 if not given.
    encoding
        Of a shapefile's attribute table.

    Raises
    ------
    ExportError
        If the ending is not known, the format holds one layer only, or the disk refuses.
    CrsError
        If the format has a CRS of its own by its standard and another is asked for.
    """
    suffix = path.suffix.lower()
    writers: dict[str, Callable[[dict[str, gpd.GeoDataFrame], Path, str], None]] = {
        ".gpkg": _write_gpkg,
        ".geojson": _write_geojson,
        ".kml": _write_kml,
        ".shp": _write_shapefile,
        ".zip": _write_zip,
        ".parquet": _write_parquet,
        ".csv": _write_csv,
    }
    if suffix not in writers:
        raise ExportError(
            f"{path}: {suffix or 'no ending'} is not written; {', '.join(writers)} are"
        )
    if len(layers) != 1 and suffix != ".gpkg":
        raise ExportError(f"{path}: {suffix} holds one layer; several go into a .gpkg")
    if crs is not None and suffix in DEGREES_BY_STANDARD:
        raise CrsError(
            f"{DEGREES_BY_STANDARD[suffix]} is in degrees by its standard: leave out the CRS"
        )
    made = {name: _in_crs(layer, crs) for name, layer in layers.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    # written beside the target, so that the last step is a rename on one disk
    with TemporaryDirectory(dir=path.parent, prefix=".jingwei-") as folder:
        written = Path(folder) / path.name
        try:
            writers[suffix](made, written, encoding)
        except (OSError, pyogrio.errors.DataSourceError) as error:
            raise ExportError(f"{path} cannot be written: {error}") from None
        for part in _parts(written):
            os.replace(part, path.with_name(part.name))  # noqa: PTH105 - replaces on every system


def _parts(written: Path) -> Sequence[Path]:
    """List the files a format is made of, the one that was asked for last."""
    beside = sorted(part for part in written.parent.iterdir() if part != written)
    return [*beside, written]


def _in_crs(layer: gpd.GeoDataFrame, crs: str | None) -> gpd.GeoDataFrame:
    if crs is None or parse_crs(crs) == parse_crs(LONLAT_CRS):
        return layer
    if not layer.empty and layer.geometry.iloc[0].geom_type.endswith("Polygon"):
        # a border keeps matching only if both sides have the same vertices before they move
        layer = layer.set_geometry(insert_missing_vertices(list(layer.geometry)), crs=layer.crs)
    return layer.to_crs(parse_crs(crs))


def _write_gpkg(layers: dict[str, gpd.GeoDataFrame], path: Path, _: str) -> None:
    for name, layer in layers.items():
        pyogrio.write_dataframe(
            layer, path, layer=name, driver="GPKG", promote_to_multi=_is_multi(layer),
            append=path.exists(), dataset_options={} if path.exists() else {"VERSION": "1.3"},
            layer_options={"FID": "fid", "GEOMETRY_NAME": "geom"},
        )  # fmt: skip
    add_styles(path, list(layers))


def _write_geojson(layers: dict[str, gpd.GeoDataFrame], path: Path, _: str) -> None:
    ((name, layer),) = layers.items()
    # CGCS2000 is WGS 84 to some centimetres, and RFC 7946 knows no other
    pyogrio.write_dataframe(
        layer.set_crs(4326, allow_override=True), path, layer=name, driver="GeoJSON",
        layer_options={"RFC7946": "YES", "COORDINATE_PRECISION": "9"},
    )  # fmt: skip


def _write_kml(layers: dict[str, gpd.GeoDataFrame], path: Path, _: str) -> None:
    ((name, layer),) = layers.items()
    pyogrio.write_dataframe(
        layer.set_crs(4326, allow_override=True), path, layer=name, driver="LIBKML"
    )


def _write_shapefile(layers: dict[str, gpd.GeoDataFrame], path: Path, encoding: str) -> None:
    ((_, layer),) = layers.items()
    pyogrio.write_dataframe(
        layer.rename(columns=SHORT), path, driver="ESRI Shapefile", encoding=encoding
    )


def _write_zip(layers: dict[str, gpd.GeoDataFrame], path: Path, encoding: str) -> None:
    with TemporaryDirectory(dir=path.parent) as folder:
        _write_shapefile(layers, Path(folder) / f"{path.stem}.shp", encoding)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for part in sorted(Path(folder).iterdir()):
                packed.write(part, part.name)
        shutil.rmtree(folder, ignore_errors=True)


def _write_parquet(layers: dict[str, gpd.GeoDataFrame], path: Path, _: str) -> None:
    ((_name, layer),) = layers.items()
    layer.to_parquet(path, index=False)


def _write_csv(layers: dict[str, gpd.GeoDataFrame], path: Path, _: str) -> None:
    ((_name, layer),) = layers.items()
    plain: dict[str, Any] = {name: layer[name] for name in layer.columns if name != "geometry"}
    plain["wkt"] = shapely.to_wkt(layer.geometry.array, rounding_precision=9)
    # Excel reads Chinese only with the mark at the start
    pd.DataFrame(plain).to_csv(path, index=False, encoding="utf-8-sig")


def _is_multi(layer: gpd.GeoDataFrame) -> bool:
    return any(str(kind).startswith("Multi") for kind in layer.geom_type)
