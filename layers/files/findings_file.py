"""Findings as files: GeoPackage with styles for QGIS, GeoJSON, JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry import mapping

from gis.coverage.screen import polygonal
from gis.crs import LONLAT_CRS
from gis.partition import geometries
from layers.files.exporting import write_layers
from layers.files.whole import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from gis.coverage import Finding
    from layers.files.checked import Checked

FORMATS = (".gpkg", ".geojson", ".json")
_DECIMALS = 9
_COLUMNS = (
    "key", "rule", "severity", "kind", "name_zh", "name_en", "layer", "codes", "owners", "area_m2",
    "width_m", "lon", "lat", "text_zh", "text_en", "fix", "fix_to", "automatic",
)  # fmt: skip


def row_of(finding: Finding) -> dict[str, Any]:
    """Return a finding's columns; places in degrees CGCS2000, sizes in metres."""
    return {
        "key": finding.key,
        "rule": finding.rule_id,
        "severity": finding.severity.value,
        "kind": finding.kind.value,
        "name_zh": finding.rule.name_zh,
        "name_en": finding.rule.name_en,
        "layer": finding.layer,
        "codes": list(finding.codes),
        "owners": list(finding.owners),
        "area_m2": None if finding.area_m2 is None else round(finding.area_m2, 4),
        "width_m": None if finding.width_m is None else round(finding.width_m, 4),
        "lon": None if finding.lon is None else round(finding.lon, _DECIMALS),
        "lat": None if finding.lat is None else round(finding.lat, _DECIMALS),
        "text_zh": finding.text_zh,
        "text_en": finding.text_en,
        "fix": finding.fix.action.value,
        "fix_to": finding.fix.to,
        "automatic": finding.fix.automatic,
    }


def write_findings(checked: Checked, path: Path) -> None:
    """
    Write findings in the format the ending names, one of `FORMATS`; whole or not at all.

    Raises
    ------
    WriteError, ExportError
        If the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix == ".gpkg":
        write_layers(_layers(checked), path)
    elif suffix == ".geojson":
        write_whole(path, _to_text({"type": "FeatureCollection", "features": _features(checked)}))
    else:
        write_whole(path, _to_text(summary(checked)))


def summary(checked: Checked) -> dict[str, Any]:
    """Return what a pipeline needs: how many units, how many findings of each severity, and all."""
    return {
        "file": checked.survey.delivered.path.name,
        "units": len(checked.survey.units),
        "crs": checked.survey.source.crs,
        "counts": {severity.value: count for severity, count in checked.counts.items()},
        "findings": [row_of(finding) for finding in checked.findings],
    }


def _features(checked: Checked) -> list[dict[str, Any]]:
    return [
        {
            "type": "Feature",
            "id": finding.key,
            "geometry": None if shape is None else mapping(_rounded(shape)),
            "properties": row_of(finding),
        }
        for finding, shape in zip(checked.findings, checked.shapes, strict=True)
    ]


def _rounded(shape: BaseGeometry) -> BaseGeometry:
    return shapely.transform(shape, lambda xy: xy.round(_DECIMALS))


def _to_text(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _layers(checked: Checked) -> dict[str, gpd.GeoDataFrame]:
    """Make a layer of places, one for each finding, and one of the ground in question."""
    rows = [row_of(finding) for finding in checked.findings]
    for row in rows:
        row["codes"], row["owners"] = "、".join(row["codes"]), "、".join(row["owners"])
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    places = [
        None if lon is None or lat is None else shapely.Point(lon, lat)
        for lon, lat in ((finding.lon, finding.lat) for finding in checked.findings)
    ]
    grounds = [None if shape is None else polygonal(shape) for shape in checked.shapes]
    has_ground = ~shapely.is_missing(geometries(grounds))
    ground = gpd.GeoDataFrame(table, geometry=geometries(grounds), crs=LONLAT_CRS).loc[has_ground]
    place = gpd.GeoDataFrame(table, geometry=geometries(places), crs=LONLAT_CRS)
    return {"findings_ground": ground, "findings": place}
