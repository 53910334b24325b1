"""
Which lines can be walked: classes of city street layers and the tags of OpenStreetMap.

One-way rules are for cars and are not read. What is not known to be closed to people on foot is
taken as open, except roads built for cars alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.errors import GeometryError

if TYPE_CHECKING:
    import geopandas as gpd

Mask = NDArray[np.bool_]

CITY_CLASSES = frozenset({"arterial", "collector", "lane", "bridge", "path"})
NOT_ON_FOOT = frozenset(
    {"motorway", "motorway_link", "construction", "proposed", "raceway", "abandoned", "razed",
     "bus_guideway", "planned", "no"}
)  # fmt: skip
ONLY_WITH_LEAVE = frozenset({"trunk", "trunk_link", "cycleway", "bridleway"})
BUSY = frozenset({"arterial", "trunk", "primary", "secondary"})
LEAVE = frozenset({"yes", "designated", "permissive", "official"})
REFUSED = frozenset({"no", "private", "use_sidepath"})
_TAG = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
_TAGS = ("foot", "access", "sidewalk", "bridge", "tunnel", "layer", "covered", "indoor", "area")


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """
    m lines open to people on foot, in a planar CRS in metres.

    `lines` (m,) line strings; `rows` (m,) the input row each is from; `busy` (m,) roads one waits
    at before crossing; `steps` (m,) stairs; `level` (m,) 0 on the ground, otherwise above or below
    it, where crossing lines do not meet.
    """

    lines: NDArray[np.object_]
    rows: NDArray[np.int64]
    busy: Mask
    steps: Mask
    level: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lines)


def read_ways(layer: gpd.GeoDataFrame) -> Ways:
    """
    Choose the lines of a layer that can be walked.

    Parameters
    ----------
    layer
        (n,) lines in a projected CRS in metres, with either `class` (arterial, collector, lane,
        bridge, path) and optionally `bridge` and `steps`, or OpenStreetMap's `highway`, its other
        tags in columns or, as GDAL gives them, in `other_tags`.

    Raises
    ------
    GeometryError
        If the layer has neither column, is not in metres, or holds a class that is not known.

    References
    ----------
    OpenStreetMap wiki, "OSM tags for routing/Access restrictions": the defaults for people on
    foot; `layer` counts only on bridges and in tunnels.
    """
    if layer.crs is None or not layer.crs.is_projected:
        raise GeometryError(f"streets are in {layer.crs}: give them in a projected CRS in metres")
    if "highway" in layer.columns:
        return _osm_ways(layer)
    if "class" in layer.columns:
        return _city_ways(layer)
    raise GeometryError(
        f"streets have the columns {', '.join(layer.columns)}: one of them must be 'class' "
        "(city streets) or 'highway' (OpenStreetMap)"
    )


def _city_ways(layer: gpd.GeoDataFrame) -> Ways:
    kind = layer["class"].astype(str).to_numpy(object)
    unknown = sorted({*kind} - CITY_CLASSES)
    if unknown:
        raise GeometryError(
            f"street class {unknown[0]!r} is not known: use {', '.join(sorted(CITY_CLASSES))}"
        )
    bridge = _flag(layer, "bridge") | (kind == "bridge")
    return _ways(
        layer,
        np.ones(len(layer), np.bool_),
        busy=kind == "arterial",
        steps=_flag(layer, "steps"),
        level=bridge.astype(np.int64),
    )


def _osm_ways(layer: gpd.GeoDataFrame) -> Ways:
    tags = _tags(layer)
    kind = layer["highway"].fillna("").astype(str).to_numpy(object)
    foot, access = tags["foot"], tags["access"]
    leave = np.isin(foot, [*LEAVE]) | np.isin(tags["sidewalk"], ["both", "left", "right", "yes"])
    closed = np.isin(foot, [*REFUSED]) | (np.isin(access, [*REFUSED]) & ~leave)
    closed |= np.isin(kind, [*NOT_ON_FOOT]) | (kind == "")
    closed |= np.isin(kind, [*ONLY_WITH_LEAVE]) & ~leave
    over = ~np.isin(tags["bridge"], ["", "no"])
    under = ~np.isin(tags["tunnel"], ["", "no", "building_passage"])
    said = pd.to_numeric(pd.Series(tags["layer"]), errors="coerce").fillna(0).to_numpy(np.int64)
    level = np.where(over, np.maximum(said, 1), np.where(under, np.minimum(said, -1), 0))
    return _ways(layer, ~closed, busy=np.isin(kind, [*BUSY]), steps=kind == "steps", level=level)


def _ways(
    layer: gpd.GeoDataFrame, walkable: Mask, *, busy: Mask, steps: Mask, level: NDArray[np.int64]
) -> Ways:
    shapes = layer.geometry.to_numpy()
    parts, rows = shapely.get_parts(shapes, return_index=True)
    kept = walkable[rows] & (shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING)
    kept &= shapely.length(parts) > 0
    rows = rows[kept].astype(np.int64)
    return Ways(shapely.force_2d(parts[kept]), rows, busy[rows], steps[rows], level[rows])


def _flag(layer: gpd.GeoDataFrame, name: str) -> Mask:
    if name not in layer.columns:
        return np.zeros(len(layer), np.bool_)
    return np.isin(layer[name].astype(str).to_numpy(object), ["True", "yes", "true", "1"])


def _tags(layer: gpd.GeoDataFrame) -> dict[str, NDArray[np.object_]]:
    """Return the tags that matter, (n,) texts each, empty where a line has none."""
    tags = {
        name: layer[name].fillna("").astype(str).to_numpy(object)
        if name in layer.columns
        else np.full(len(layer), "", dtype=object)
        for name in _TAGS
    }
    if "other_tags" in layer.columns:
        for row, text in enumerate(layer["other_tags"].fillna("")):
            for name, value in _TAG.findall(text):
                if name in tags:
                    tags[name][row] = value
    return tags
