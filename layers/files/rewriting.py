"""
A repaired survey written as it was delivered: same rows, same columns, other outlines.

What the repair did not touch is written as it was read, to the last bit the format keeps.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from gis.crs import LONLAT_CRS, parse_crs
from layers.files.checked import to_degrees
from layers.files.exporting import DEGREES_BY_STANDARD, ExportError, write_layers
from layers.files.reading import BY_GDAL, PARQUET, list_layers
from layers.files.whole import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from gis.partition import Partition
    from layers.files.surveys import Survey

WRITTEN = (".gpkg", ".geojson", ".shp", ".zip", ".parquet", ".csv")
"""Endings of the formats a repaired file is written in."""
_GEOJSON = {".geojson", ".json"}
_ONE_FILE = {".gpkg", ".csv", *_GEOJSON, *PARQUET}


def write_repaired(survey: Survey, repaired: Partition, kept: list[int], path: Path) -> None:
    """
    Write the units after a repair, in the format the ending of `path` names.

    Parameters
    ----------
    survey
        The units as read.
    repaired, kept
        The units after repair, and the row of the file that each is.
    path
        Not the file that was read.

    Raises
    ------
    ExportError, WriteError
        If the format is not written, `path` is the file that was read, or the disk refuses.
    """
    source = survey.delivered.path
    if path.exists() and path.samefile(source):
        raise ExportError(f"{path} is the file that was delivered: choose another for the result")
    suffix = path.suffix.lower()
    same_format = suffix == source.suffix.lower() and suffix in _ONE_FILE
    if same_format and not _changes(survey.units, repaired):
        write_whole(path, source.read_bytes())
    elif same_format and suffix in _GEOJSON:
        write_whole(path, _edited(survey, repaired, kept))
    else:
        encoding = survey.told.encoding or "UTF-8"
        write_layers(_table(survey, repaired, kept, suffix), path, encoding=encoding)


def _changes(units: Partition, repaired: Partition) -> bool:
    same = (repaired.codes, repaired.parent_codes) == (units.codes, units.parent_codes)
    return not same or any(
        new is not old for new, old in zip(repaired.geometries, units.geometries, strict=True)
    )


def _edited(survey: Survey, repaired: Partition, kept: list[int]) -> str:
    """Put new outlines, codes and parents into the document itself, one feature a line."""
    document = json.loads(survey.delivered.path.read_text(encoding="utf-8-sig"))
    features = document["features"]
    column = survey.mapping.get("community_code", "community_code")
    before = survey.units
    made = []
    for new_row, row in enumerate(kept):
        feature = features[row]
        if repaired.geometries[new_row] is not before.geometries[row]:
            feature["geometry"] = shapely.geometry.mapping(repaired.geometries[new_row])
        if repaired.codes[new_row] != before.codes[row]:
            feature["properties"][survey.mapping["code"]] = repaired.codes[new_row]
        if repaired.parent_codes and repaired.parent_codes[new_row] != before.parent_codes[row]:
            feature["properties"][column] = repaired.parent_codes[new_row]
        made.append(_compact(feature))
    head = {name: value for name, value in document.items() if name != "features"}
    listed = ",\n".join(made)
    return f'{_compact(head)[:-1]}, "features": [\n{listed}\n]}}\n'


def _compact(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False)


def _table(
    survey: Survey, repaired: Partition, kept: list[int], suffix: str
) -> dict[str, gpd.GeoDataFrame]:
    """Make a table of the units with all columns of the file in their own types."""
    rows = _typed(survey).iloc[kept].reset_index(drop=True)
    for new_row, row in enumerate(kept):
        if repaired.codes[new_row] != survey.units.codes[row]:
            rows.loc[new_row, survey.mapping["code"]] = repaired.codes[new_row]
    if repaired.parent_codes and repaired.parent_codes != survey.units.parent_codes:
        rows[survey.mapping.get("community_code", "community_code")] = list(repaired.parent_codes)
    shapes, crs = repaired.geometries, repaired.crs
    if suffix in DEGREES_BY_STANDARD:
        shapes, crs = to_degrees(shapes, crs), LONLAT_CRS
    elif parse_crs(crs) == parse_crs(LONLAT_CRS):
        crs = survey.source.crs if survey.source.in_degrees else crs
    return {_layer_name(survey): gpd.GeoDataFrame(rows, geometry=shapes, crs=parse_crs(crs))}


def _layer_name(survey: Survey) -> str:
    if survey.delivered.path.suffix.lower() != ".gpkg":
        return "grids"
    return survey.told.layer or list_layers(survey.delivered.path)[0]


def _typed(survey: Survey) -> pd.DataFrame:
    """Give the columns, which are read as text, the types the file says."""
    path, rows = survey.delivered.path, survey.delivered.rows.copy()
    if path.suffix.lower() in PARQUET:
        layer = gpd.read_parquet(path)
        return pd.DataFrame(layer.drop(columns=layer.geometry.name)).reset_index(drop=True)
    if path.suffix.lower() not in BY_GDAL:
        return rows
    layer_name = survey.told.layer or list_layers(path)[0]
    for encoding in (survey.told.encoding, "GB18030"):
        options = {"encoding": encoding} if encoding else {}
        about = pyogrio.read_info(path, layer=layer_name, **options)
        types = dict(zip(about["fields"], about["dtypes"], strict=True))
        if set(rows.columns) <= set(types):
            break
    for name in rows.columns:
        kind = str(types.get(name, "object"))
        if kind.startswith("int"):
            rows[name] = pd.to_numeric(rows[name]).astype("Int64")
        elif kind.startswith("float"):
            rows[name] = pd.to_numeric(rows[name]).astype("float64")
    return rows
