"""
Whether coordinates are what the CRS says: degrees or metres, and which of the two comes first.

A layer that is wrong as a whole is read as what it is, so that its other faults can be seen; a few
rows that are wrong are set aside. Both are said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import shapely

from gis.coverage.findings import Finding
from gis.coverage.rules import Kind
from gis.coverage.screen import is_lonlat
from gis.crs import LONLAT_CRS, LonLatBounds, parse_crs, transformer
from gis.partition import Features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.coverage.findings import Findings
    from gis.partition import Floats, Ints

    Mask = NDArray[np.bool_]

CHINA = LonLatBounds(73.0, 3.0, 136.0, 54.0)
_BESIDE_DEGREES = 3.0  # a sheet may lie in the next zone
_WORLD_DEGREES = 90.0  # a CRS used over more than this says nothing about the place

Layer = TypeVar("Layer", bound=Features)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way in which coordinates are not what the CRS says, and how to read them instead."""

    zh: str
    en: str
    is_degrees: bool
    exchange: bool
    readable: bool = True


_DEGREES = _Reading("像是以度计", "seem to be in degrees", is_degrees=True, exchange=False)
_LAT_FIRST = _Reading(
    "像是以度计且纬度在前", "seem to be in degrees, lat first", is_degrees=True, exchange=True
)
_NORTH_FIRST = _Reading(
    "像是北坐标在前（x、y 颠倒）", "seem to give north before east", is_degrees=False, exchange=True
)
_METRES = _Reading(
    "像是以米计", "seem to be in metres", is_degrees=False, exchange=False, readable=False
)


def read_coordinates(layer: Layer, name: str = "grids") -> tuple[Layer, Findings]:
    """
    See whether coordinates are what the CRS says, and read them as what they are.

    Parameters
    ----------
    layer
        Units, buildings, or others, as delivered.
    name
        What findings say they are about.

    Returns
    -------
    layer, findings
        A layer that is in degrees although its CRS is in metres is read as lon, lat of CGCS2000;
        one with the two coordinates exchanged is read the other way round. Where only some rows
        are wrong they are set aside (None). A layer in metres that is labelled with degrees
        cannot be placed, its zone is unknown: its rows are set aside.
    """
    usable: Mask = np.asarray(np.isfinite(shapely.bounds(layer.geometries)).all(axis=1))
    findings = []
    geometries, crs = layer.geometries, layer.crs
    for reading, wrong in _wrong_rows(layer, usable):
        rows = np.flatnonzero(wrong)
        taken = reading.readable and len(rows) == usable.sum()
        findings.append(_finding(layer, rows, reading, name, taken=taken))
        geometries = geometries.copy()
        if not taken:
            geometries[rows] = None
            continue
        if reading.exchange:
            geometries[rows] = shapely.transform(geometries[rows], lambda xy: xy[:, ::-1])
        if reading.is_degrees and not is_lonlat(crs):
            crs = LONLAT_CRS
    return replace(layer, geometries=geometries, crs=crs), findings


def _wrong_rows(layer: Features, usable: Mask) -> list[tuple[_Reading, Mask]]:
    west, south, east, north = shapely.bounds(layer.geometries).T
    with np.errstate(invalid="ignore"):
        x = np.maximum(np.abs(west), np.abs(east))
        y = np.maximum(np.abs(south), np.abs(north))
        lon_lat = (x <= 180.0) & (y <= 90.0)  # noqa: PLR2004 - degrees of the globe
        lat_lon = ~lon_lat & (x <= 90.0) & (y <= 180.0)  # noqa: PLR2004 - degrees of the globe
    middles = np.column_stack([(west + east) / 2, (south + north) / 2])
    exchanged = _is_exchanged(layer.crs, middles, usable)
    if is_lonlat(layer.crs):
        lat_lon |= lon_lat & exchanged
        found = [(_LAT_FIRST, lat_lon), (_METRES, ~lon_lat & ~lat_lon)]
    else:
        in_metres = ~lon_lat & ~lat_lon
        found = [(_DEGREES, lon_lat), (_LAT_FIRST, lat_lon), (_NORTH_FIRST, in_metres & exchanged)]
    return [(reading, wrong & usable) for reading, wrong in found if (wrong & usable).any()]


def _is_exchanged(crs: str, middles: Floats, usable: Mask) -> Mask:
    """Tell which places are where the CRS is used only if the coordinates are exchanged."""
    mask = np.zeros(len(middles), bool)
    as_given = _is_where_used(crs, middles[usable])
    mask[usable] = ~as_given & _is_where_used(crs, middles[usable][:, ::-1])
    return mask


def _is_where_used(crs: str, places: Floats) -> Mask:
    used = parse_crs(crs).area_of_use
    box = CHINA
    if used is not None and 0.0 < used.east - used.west < _WORLD_DEGREES:
        box = LonLatBounds(used.west, used.south, used.east, used.north)
    lon, lat = places.T
    if not is_lonlat(crs):
        lon, lat = transformer(crs, LONLAT_CRS).transform(lon, lat)
    around = _BESIDE_DEGREES
    mask: Mask = (
        (lon >= box.west - around) & (lon <= box.east + around)
        & (lat >= box.south - around) & (lat <= box.north + around)
    )  # fmt: skip
    return mask


def _finding(layer: Features, rows: Ints, reading: _Reading, name: str, *, taken: bool) -> Finding:
    box = ", ".join(f"{bound:.10g}" for bound in shapely.total_bounds(layer.geometries[rows]))
    zh, en = ("度", "degrees") if is_lonlat(layer.crs) else ("米", "metres")
    what_zh, what_en = (
        ("已按实际读取并继续检查，请改正后重新提交", "read as they are; deliver them corrected")
        if taken
        else ("未参加检查，请改正后重新提交", "not checked; deliver them corrected")
    )
    return Finding(
        Kind.WRONG_UNITS, tuple(rows.tolist()), tuple(layer.codes[row] for row in rows.tolist()),
        None, layer=name,
        text_zh=f"{len(layer)} 个要素中有 {len(rows)} 个的坐标{reading.zh}（{box}），"
                f"而坐标系 {layer.crs} 以{zh}计、东坐标在前；{what_zh}。",
        text_en=f"{len(rows)} of {len(layer)} features {reading.en} ({box}), but the CRS "
                f"{layer.crs} is in {en}, east first; {what_en}.",
    )  # fmt: skip
