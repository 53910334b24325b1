"""Styles kept inside a GeoPackage, so that QGIS opens it drawn as on the map."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# fill, outline, width in mm, column of the label or ""; R,G,B,A as QGIS writes them
_POLYGONS = {
    "subdistricts": ("255,255,255,0", "125,23,71,255", 0.9, "name"),
    "communities": ("246,236,194,90", "179,48,111,255", 0.5, "name"),
    "grids": ("255,255,255,0", "91,63,146,255", 0.35, "name"),
    "compounds": ("235,227,213,255", "183,169,143,255", 0.2, "name"),
    "buildings": ("205,191,174,255", "157,138,114,255", 0.1, ""),
    "blocks": ("255,255,255,0", "160,160,160,255", 0.15, ""),
}
# of findings: fill and outline
_SEVERITIES = {
    "blocking": ("179,38,30,110", "179,38,30,255"),
    "warning": ("201,120,0,110", "201,120,0,255"),
    "note": ("60,100,160,110", "60,100,160,255"),
}
_STYLES_TABLE = """
    create table layer_styles (
        id INTEGER primary key autoincrement not null, f_table_catalog TEXT(256),
        f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
        styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
        owner TEXT(30), ui TEXT(30),
        update_time DATETIME default (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
    )
"""


def add_styles(path: Path, layers: Sequence[str]) -> None:
    """Add QGIS's own table of styles to a GeoPackage, a default style for each layer."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(_STYLES_TABLE)
        database.execute(
            "insert into gpkg_contents (table_name, data_type, identifier) "
            "values ('layer_styles', 'attributes', 'layer_styles')"
        )
        for layer in layers:
            database.execute(
                "insert into layer_styles (f_table_catalog, f_table_schema, f_table_name, "
                "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, "
                "owner) values ('', '', ?, 'geom', ?, ?, '', 1, 'Jingwei 经纬', '')",
                (layer, layer, _style(layer, _kind_of(database, layer))),
            )


def _kind_of(database: sqlite3.Connection, layer: str) -> str:
    """Read what shapes a layer has."""
    found = database.execute(
        "select geometry_type_name from gpkg_geometry_columns where table_name = ?", (layer,)
    ).fetchone()
    return str(found[0]).upper() if found else ""


def _style(layer: str, kind: str) -> str:
    if layer.startswith("findings"):
        return _qml_of_findings("fill" if "POLYGON" in kind else "marker")
    return _qml("grids" if "POLYGON" in kind and layer not in _POLYGONS else layer)


def _qml_of_findings(kind: str) -> str:
    """Style findings by their severity."""
    symbols, categories = "", ""
    for number, (severity, (fill, outline)) in enumerate(_SEVERITIES.items()):
        if kind == "fill":
            layer = "SimpleFill"
            options = {"color": fill, "style": "solid", "outline_color": outline,
                       "outline_width": "0.5", "outline_width_unit": "MM"}  # fmt: skip
        else:
            layer = "SimpleMarker"
            options = {"name": "circle", "color": outline, "outline_color": "255,255,255,255",
                       "size": "2.6"}  # fmt: skip
        symbols += (
            f'<symbol type="{kind}" name="{number}" alpha="1"><layer class="{layer}" enabled="1">'
            f'<Option type="Map">{_listed(options)}</Option></layer></symbol>'
        )
        categories += (
            f'<category value="{severity}" symbol="{number}" label="{severity}" render="true"/>'
        )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.22" styleCategories="Symbology|Labeling" labelsEnabled="0">'
        '<renderer-v2 type="categorizedSymbol" attr="severity">'
        f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2></qgis>"
    )


def _listed(options: dict[str, str]) -> str:
    return "".join(
        f'<Option type="QString" name={quoteattr(name)} value={quoteattr(value)}/>'
        for name, value in options.items()
    )


def _qml(layer: str) -> str:
    fill, outline, width, label = _POLYGONS.get(
        layer, ("200,16,46,255", "255,255,255,255", 0.4, "name")
    )
    if layer in _POLYGONS:
        kind, symbol = "fill", "SimpleFill"
        options = {"color": fill, "style": "solid", "outline_color": outline,
                   "outline_width": str(width), "outline_width_unit": "MM"}  # fmt: skip
    elif layer == "streets":
        kind, symbol = "line", "SimpleLine"
        options = {"line_color": "201,150,47,255", "line_width": "0.5", "line_width_unit": "MM"}
    else:
        kind, symbol = "marker", "SimpleMarker"
        options = {"name": "circle", "color": fill, "outline_color": outline, "size": "3"}
    listed = _listed(options)
    labels = (
        f'<labeling type="simple"><settings><text-style fieldName={quoteattr(label)} '
        'fontSize="9" textColor="40,40,40,255"/></settings></labeling>'
        if label
        else ""
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.22" styleCategories="Symbology|Labeling" '
        f'labelsEnabled="{int(bool(label))}">'
        '<renderer-v2 type="singleSymbol"><symbols>'
        f'<symbol type="{kind}" name="0" alpha="1"><layer class="{symbol}" enabled="1">'
        f'<Option type="Map">{listed}</Option></layer></symbol></symbols></renderer-v2>'
        f"{labels}</qgis>"
    )
