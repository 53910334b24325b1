"""
Reading files as they are delivered: rows, shapes, and what the file says of its CRS.

Nothing is mended or converted here. Everything but the shapes is text, so that codes keep their
zeros.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray

from gis.errors import JingweiError

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Shapes = NDArray[np.object_]

BY_GDAL = {".gpkg", ".geojson", ".json", ".kml", ".shp"}
PARQUET = {".parquet", ".geoparquet"}
LON = ("lon", "longitude", "lng", "经度", "x")
LAT = ("lat", "latitude", "纬度", "y")
WKT = ("wkt", "geometry", "geom", "the_geom", "几何")
WGS84_BY_FORMAT = {".kml": "KML", ".geojson": "GeoJSON", ".json": "GeoJSON"}


class FileError(JingweiError):
    """A file is missing, empty, damaged or of a format that is not read."""


@dataclass(frozen=True, slots=True, eq=False)
class Delivered:
    """
    What a file holds.

    `rows` has one text column a field, None where empty; `shapes` are (n,) geometries as
    delivered, None where there is none; `crs` is what the file says, None if nothing;
    `degrees_by_name` is set where two columns were called lon and lat.
    """

    path: Path
    rows: pd.DataFrame
    shapes: Shapes
    crs: str | None
    degrees_by_name: bool = False
    notes: list[str] = field(default_factory=list)


def read_file(path: Path, *, layer: str | None = None, encoding: str | None = None) -> Delivered:
    """
    Read a file, or one layer of it.

    Parameters
    ----------
    layer
        Which layer of a GeoPackage, or which file of a zip; needed where there are several.
    encoding
        Of the attribute table; if None it is found out: what the file says if its bytes agree,
        else UTF-8 if they are, else GB 18030 (which contains GBK).

    Raises
    ------
    FileError
        If there is no such file, it is empty, damaged or of another format.
    """
    if not path.is_file():
        raise FileError(f"there is no file {path}")
    if path.stat().st_size == 0:
        raise FileError(f"{path} is empty (0 bytes): it was not copied whole")
    suffix = path.suffix.lower()
    if suffix == ".zip":
        return _read_zip(path, layer, encoding)
    if suffix in PARQUET:
        return _read_parquet(path)
    if suffix in {".csv", ".txt"}:
        return _read_csv(path, encoding)
    if suffix in BY_GDAL:
        return _read_by_gdal(path, layer, encoding)
    known = ", ".join(sorted({*BY_GDAL, *PARQUET, ".csv", ".zip"}))
    raise FileError(f"{path}: files ending in {suffix or 'nothing'} are not read; {known} are")


def list_layers(path: Path) -> list[str]:
    """
    Name the layers of shapes in a file GDAL reads.

    Raises
    ------
    FileError
        If it cannot be read.
    """
    try:
        # tables without shapes, such as styles, are no layers
        return [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise FileError(f"{path} cannot be read: {error}") from None


def _read_zip(path: Path, layer: str | None, encoding: str | None) -> Delivered:
    with TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(path) as packed:
                packed.extractall(folder)  # refuses names that lead out of the folder
        except zipfile.BadZipFile as error:
            raise FileError(f"{path} is no zip file: {error}") from None
        found = sorted(one for one in Path(folder).rglob("*") if one.suffix.lower() == ".shp")
        if layer is not None:
            found = [one for one in found if one.stem == layer]
        if len(found) != 1:
            names = ", ".join(one.name for one in found) or "none"
            raise FileError(f"{path} must hold one shapefile ({names} found): name it with --layer")
        read = read_file(found[0], encoding=encoding)
        return Delivered(path, read.rows, read.shapes, read.crs, notes=read.notes)


def _read_by_gdal(path: Path, layer: str | None, encoding: str | None) -> Delivered:
    layers, notes = list_layers(path), []
    if layer is None and len(layers) > 1:
        raise FileError(f"{path} has {len(layers)} layers: name one of {', '.join(layers)}")
    if layer is not None and layer not in layers:
        raise FileError(f"{path} has no layer {layer!r}; it has {', '.join(layers)}")
    if not layers:
        raise FileError(f"{path} holds a table without shapes")
    if path.suffix.lower() == ".shp":
        encoding, note = _encoding_of(path, encoding)
        notes.append(note)
    try:
        about, table = pyogrio.read_arrow(
            path, layer=layer or layers[0], **({"encoding": encoding} if encoding else {})
        )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise FileError(f"{path} cannot be read: {error}") from None
    geometry = about["geometry_name"] or "wkb_geometry"
    shapes = _from_wkb(np.asarray(table.column(geometry)))
    rows = _as_text(table.drop_columns([geometry]).to_pandas())
    rows = rows.drop(columns=[name for name in ("fid", "OGC_FID") if name in rows])
    if path.suffix.lower() == ".kml":  # its standard columns come with every file, mostly empty
        rows = rows.dropna(axis="columns", how="all").rename(columns={"Name": "name"})
    if path.suffix.lower() in WGS84_BY_FORMAT and about["crs"] in {"EPSG:4326", "OGC:CRS84"}:
        named = WGS84_BY_FORMAT[path.suffix.lower()]
        notes.append(f"taken as WGS 84, which {named} is by its standard")
    return Delivered(path, rows, shapes, about["crs"], notes=notes)


def _encoding_of(path: Path, given: str | None) -> tuple[str, str]:
    """Find the encoding of a shapefile's attribute table."""
    if given is not None:
        return given, f"attribute table read as {given}, as told"
    table = path.with_suffix(".dbf")
    if not table.is_file():
        raise FileError(f"{table} is missing: a shapefile is several files, copy all of them")
    content = _texts(table.read_bytes())
    sidecar = path.with_suffix(".cpg")
    said = sidecar.read_text("ascii", errors="replace").strip() if sidecar.is_file() else None
    if said and _decodes(content, said):
        return said, f"attribute table read as {said}, as its .cpg says"
    found = "UTF-8" if _decodes(content, "utf-8") else "GB18030"
    wrong = f"; its .cpg says {said}, which it is not" if said else ""
    return found, f"attribute table read as {found} by its bytes{wrong}"


def _texts(table: bytes) -> bytes:
    """Take the names of the columns and the records out of a dBASE table."""
    start = int.from_bytes(table[8:10], "little")
    names = b"".join(table[at : at + 11].rstrip(b"\0") for at in range(32, start - 1, 32))
    return names + table[start:]


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _read_parquet(path: Path) -> Delivered:
    try:
        layer = gpd.read_parquet(path)
    except (ValueError, OSError) as error:
        raise FileError(f"{path} cannot be read as GeoParquet: {error}") from None
    crs = layer.crs.to_string() if layer.crs is not None else None
    plain = pd.DataFrame(layer.drop(columns=layer.geometry.name))
    return Delivered(path, _as_text(plain), np.asarray(layer.geometry.array), crs)


def _read_csv(path: Path, encoding: str | None) -> Delivered:
    content = path.read_bytes()
    used = encoding or ("utf-8-sig" if _decodes(content, "utf-8") else "gb18030")
    try:
        rows = pd.read_csv(io.StringIO(content.decode(used)), dtype=str, keep_default_na=False)
    except (UnicodeDecodeError, LookupError) as error:
        raise FileError(f"{path} is not in {used}: {error}; name its encoding") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FileError(f"{path} cannot be read as CSV: {error}") from None
    rows = _as_text(rows)
    notes = [f"read as {used.removesuffix('-sig').upper()}"]
    wkt, lon, lat = (_named(rows, names) for names in (WKT, LON, LAT))
    if wkt is not None:
        shapes = np.array([_from_wkt(value) for value in rows[wkt]], dtype=object)
        return Delivered(path, rows.drop(columns=wkt), shapes, None, notes=notes)
    if lon is None or lat is None:
        raise FileError(
            f"{path} has no column of shapes: it needs lon and lat, or wkt; "
            f"it has {', '.join(map(str, rows.columns))}"
        )
    pairs = rows[[lon, lat]].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    shapes = np.array([None] * len(rows), dtype=object)
    good = np.isfinite(pairs).all(axis=1)
    shapes[good] = shapely.points(pairs[good])
    in_degrees = lon.casefold() != "x"
    return Delivered(
        path, rows.drop(columns=[lon, lat]), shapes, None, degrees_by_name=in_degrees, notes=notes
    )


def _named(rows: pd.DataFrame, names: tuple[str, ...]) -> str | None:
    return next((str(name) for name in rows.columns if str(name).strip().casefold() in names), None)


def _from_wkt(value: str | None) -> BaseGeometry | None:
    try:
        return shapely.from_wkt(value) if value else None
    except shapely.errors.GEOSException:
        return None


def _from_wkb(values: Shapes) -> Shapes:
    return cast("Shapes", np.asarray(shapely.from_wkb(values, on_invalid="ignore"), dtype=object))


def _as_text(rows: pd.DataFrame) -> pd.DataFrame:
    """Make every value text or None; whole numbers without a point."""
    return pd.DataFrame(
        {str(name): [_text(value) for value in rows[name]] for name in rows.columns},
        dtype=object,
        index=range(len(rows)),
    )


def _text(value: object) -> str | None:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() or None
