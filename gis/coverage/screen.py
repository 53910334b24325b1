"""
The door of the check: what cannot be measured is named and set aside, never dropped in silence.

After it every unit has a valid polygon in two dimensions or None, and all are in one plane CRS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Proj

from gis.coverage.findings import Action, Finding, Fix
from gis.coverage.rules import Kind
from gis.crs import parse_crs, planar_crs, to_lonlat, to_planar, transformer

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from gis.partition import Features, Geometries

    Mask = NDArray[np.bool_]

POLYGONS = (3, 6)  # type ids of GEOS: polygon, multipolygon
_KIND_NAMES = ("point", "line", "line", "polygon", "points", "lines", "polygons", "collection")
_KIND_NAMES_ZH = ("点", "线", "线", "面", "点", "线", "面", "几何集合")
_TRUE_SCALE = 0.005  # Gauss-Kruger is 0.0014 off at the rim of a 6-degree zone
_NOT_FINITE = ("坐标含无穷大或非数", "a coordinate is infinite or not a number")
_NO_GROUND = ("边界线没有围出面积", "its outline encloses no ground")
_WHY_ZH = {
    "Self-intersection": "边界线自相交",
    "Ring Self-intersection": "边界线与自身相接",
    "Hole lies outside shell": "内环在外环之外",
    "Nested shells": "几块面互相套叠",
    "Nested holes": "内环互相套叠",
    "Duplicate Rings": "边界线重复",
    "Interior is disconnected": "内环把面断开",
}


@dataclass(frozen=True, slots=True)
class Screened:
    """Polygons fit to be measured (None where there is none), and what had to be said."""

    polygons: Geometries
    findings: list[Finding]


def is_lonlat(crs: str) -> bool:
    """Tell whether a CRS is in degrees."""
    return bool(parse_crs(crs).is_geographic)


def screen(layer: Features, name: str = "grids", said: frozenset[int] = frozenset()) -> Screened:
    """
    Take what is usable of each unit, and name what is not.

    Parameters
    ----------
    layer
        The units as delivered.
    name
        "grids" or "parents": what findings say they are about.
    said
        Rows that were set aside before and named then.

    Returns
    -------
    screened
        (n,) valid polygons or None, in the CRS of the layer.
    """
    taken, findings = layer.geometries.copy(), []
    for row, words in _unusable(layer.geometries).items():
        taken[row] = None
        if row not in said:
            findings.append(_set_aside(layer, row, words, name))
    with_heights = np.flatnonzero(shapely.has_z(taken))
    if len(with_heights):
        taken[with_heights] = shapely.force_2d(taken[with_heights])
        findings.append(
            Finding(Kind.HEIGHTS, tuple(with_heights.tolist()), _codes(layer, with_heights), None,
                    layer=name,
                    text_zh=f"{len(layer)} 个单元中有 {len(with_heights)} 个带有高程值，"
                            "检查时不使用；无需处理。",
                    text_en=f"{len(with_heights)} of {len(layer)} units carry heights, which are "
                            "not used; nothing has to be done.")
        )  # fmt: skip
    for row in np.flatnonzero(~shapely.is_valid(taken) & ~shapely.is_missing(taken)).tolist():
        taken[row], finding = _uncross(layer, row, taken[row], name)
        findings.append(finding)
    return Screened(taken, findings)


def _set_aside(layer: Features, row: int, words: tuple[str, str], name: str) -> Finding:
    return Finding(
        Kind.BROKEN_GEOMETRY, (row,), (layer.codes[row],), None, layer=name,
        text_zh=f"{layer.called(row)}：{words[0]}，未参加检查；请补交它的面。",
        text_en=f"{layer.called(row)}: {words[1]}; not checked. Deliver a polygon for it.",
    )  # fmt: skip


def _unusable(given: Geometries) -> dict[int, tuple[str, str]]:
    """Name the rows that are no polygons, with the reason in both languages."""
    reasons: dict[int, tuple[str, str]] = {}
    kinds = shapely.get_type_id(given)
    bad = has_bad_coordinate(given)
    for row in np.flatnonzero(~np.isin(kinds, POLYGONS) | shapely.is_empty(given) | bad).tolist():
        if given[row] is None:
            reasons[row] = ("几何为空值", "it has no geometry")
        elif given[row].is_empty:
            reasons[row] = ("几何为空", "its geometry is empty")
        elif kinds[row] not in POLYGONS:
            zh, en = _KIND_NAMES_ZH[kinds[row]], _KIND_NAMES[kinds[row]]
            reasons[row] = (f"几何是{zh}而不是面", f"it is a {en}, not a polygon")
        else:
            reasons[row] = _NOT_FINITE
    return reasons


def has_bad_coordinate(given: Geometries) -> Mask:
    """Tell which geometries have a coordinate that is infinite or not a number."""
    xy, rows = shapely.get_coordinates(given, return_index=True)
    bad = np.zeros(len(given), bool)
    bad[rows[~np.isfinite(xy).all(axis=1)]] = True
    return bad


def _uncross(
    layer: Features, row: int, polygon: BaseGeometry, name: str
) -> tuple[BaseGeometry | None, Finding]:
    """Make one invalid polygon valid, and say why it was not; None if no ground is left of it."""
    reason = shapely.is_valid_reason(polygon)
    why, _, at = reason.partition("[")
    made = polygonal(shapely.make_valid(polygon, method="structure"))
    point = shapely.Point(*map(float, at.rstrip("]").split()[:2])) if at else None
    code = layer.codes[row]
    if made is None:
        return None, _set_aside(layer, row, _NO_GROUND, name)
    why = why.strip()
    zh = _WHY_ZH.get(why, f"边界线无效（{why}）")
    finding = Finding(
        Kind.INVALID_RING, (row,), (code,), point, layer=name, owners=(code,),
        text_zh=f"{layer.called(row)}的{zh}；建议在相交处断开后重新围合。",
        text_en=f"The outline of {layer.called(row)} is invalid ({why.lower()}); "
                "break it where it meets itself and close it again.",
        fix=Fix(Action.UNCROSS, code, automatic=True),
    )  # fmt: skip
    return made, finding


def polygonal(geometry: BaseGeometry) -> BaseGeometry | None:
    """Keep the polygons of a geometry; None if it has none."""
    parts = shapely.get_parts(shapely.get_parts(geometry))  # a collection may hold multipolygons
    polygons = [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]
    if not polygons:
        return None
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _codes(layer: Features, rows: NDArray[np.intp]) -> tuple[str, ...]:
    return tuple(layer.codes[row] for row in rows.tolist())


def plane_of(layer: Features) -> str:
    """
    Choose the plane CRS to measure a layer in: its own if it is in metres, and these are true.

    A metre of Web Mercator is 0.8 m in the sample city: such a CRS is not measured in.

    Raises
    ------
    CrsError
        If the CRS is in neither degrees nor metres, or lengths in it are not true and the place
        is in no CGCS2000 zone.
    """
    lonlat = is_lonlat(layer.crs)
    if not lonlat:
        to_planar([], [], layer.crs)  # refuses feet and geocentric systems
    west, south, east, north = shapely.total_bounds(layer.geometries).tolist()
    x, y = (west + east) / 2, (south + north) / 2
    if not np.isfinite([x, y]).all():
        return planar_crs(111.0) if lonlat else layer.crs  # nothing to measure: any zone does
    if not lonlat:
        x, y = to_lonlat(x, y, layer.crs)
        scale = Proj(parse_crs(layer.crs)).get_factors(float(x), float(y)).meridional_scale
        if abs(scale - 1.0) < _TRUE_SCALE:
            return layer.crs
    return planar_crs(float(x))


def to_metres(polygons: Geometries, crs: str, plane: str) -> Geometries:
    """Bring geometries (None stays None) from their CRS to the plane one."""
    if crs == plane or parse_crs(crs) == parse_crs(plane):
        return polygons

    def project(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer(crs, plane).transform(xy[:, 0], xy[:, 1]))

    moved: Geometries = shapely.transform(polygons, project)
    return moved
