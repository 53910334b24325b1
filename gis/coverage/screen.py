"""
The door of the check: what cannot be measured is named and set aside, never dropped in silence.

After it every unit has a valid polygon in two dimensions or None, and all are in one plane CRS.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.coverage.findings import Action, Finding, Fix
from gis.coverage.rules import Kind
from gis.crs import LONLAT_CRS, parse_crs, planar_crs, to_planar, transformer
from gis.errors import CrsError, JingweiError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from gis.partition import Features, Geometries, Partition

    Mask = NDArray[np.bool_]

POLYGONS = (3, 6)  # type ids of GEOS: polygon, multipolygon
_KIND_NAMES = ("point", "line", "line", "polygon", "points", "lines", "polygons", "collection")
_KIND_NAMES_ZH = ("点", "线", "线", "面", "点", "线", "面", "几何集合")
_NOT_FINITE = ("坐标含无穷大或非数", "a coordinate is infinite or not a number")


@dataclass(frozen=True, slots=True)
class Screened:
    """Polygons fit to be measured (None where there is none), and what had to be said."""

    polygons: Geometries
    findings: list[Finding]


def is_lonlat(crs: str) -> bool:
    """Tell whether a CRS is in degrees."""
    return bool(parse_crs(crs).is_geographic)


def screen(layer: Partition, name: str = "grids") -> Screened:
    """
    Take what is usable of each unit, and name what is not.

    Parameters
    ----------
    layer
        The units as delivered.
    name
        "grids" or "parents": what findings say they are about.

    Returns
    -------
    screened
        (n,) valid polygons or None, in the CRS of the layer.
    """
    taken, findings = layer.geometries.copy(), []
    for row, words in _unusable(layer.geometries).items():
        taken[row] = None
        findings.append(
            Finding(Kind.BROKEN_GEOMETRY, (row,), (layer.codes[row],), None, layer=name,
                    text_zh=f"{layer.codes[row]}：{words[0]}，无法参加检查；请补交该网格的面。",
                    text_en=f"{layer.codes[row]}: {words[1]}; it could not be checked. "
                            "Deliver a polygon for it.")
        )  # fmt: skip
    with_heights = np.flatnonzero(shapely.has_z(taken))
    if len(with_heights):
        taken[with_heights] = shapely.force_2d(taken[with_heights])
        findings.append(
            Finding(Kind.HEIGHTS, tuple(with_heights.tolist()), _codes(layer, with_heights), None,
                    layer=name,
                    text_zh=f"{len(with_heights)} 个单元带有高程值，检查时不使用；无需处理。",
                    text_en=f"{len(with_heights)} units carry heights, which are not used; "
                            "nothing has to be done.")
        )  # fmt: skip
    for row in np.flatnonzero(~shapely.is_valid(taken) & ~shapely.is_missing(taken)).tolist():
        taken[row], finding = _uncross(layer, row, taken[row], name)
        findings.append(finding)
    return Screened(taken, findings)


def _unusable(given: Geometries) -> dict[int, tuple[str, str]]:
    """Name the rows that are no polygons, with the reason in both languages."""
    reasons: dict[int, tuple[str, str]] = {}
    kinds = shapely.get_type_id(given)
    finite = np.isfinite(shapely.bounds(given)).all(axis=1)
    for row in np.flatnonzero(~np.isin(kinds, POLYGONS) | ~finite).tolist():
        if given[row] is None:
            reasons[row] = ("几何为空值", "it has no geometry")
        elif given[row].is_empty:
            reasons[row] = ("几何为空", "its geometry is empty")
        elif kinds[row] not in POLYGONS:
            zh, en = _KIND_NAMES_ZH[kinds[row]], _KIND_NAMES[kinds[row]]
            reasons[row] = (f"几何是{zh}而不是面", f"it is a {en}, not a polygon")
        else:
            reasons[row] = _NOT_FINITE
    for row in np.flatnonzero(_has_bad_coordinate(given)).tolist():
        reasons.setdefault(row, _NOT_FINITE)
    return reasons


def _has_bad_coordinate(given: Geometries) -> Mask:
    xy, rows = shapely.get_coordinates(given, return_index=True)
    bad = np.zeros(len(given), bool)
    bad[rows[~np.isfinite(xy).all(axis=1)]] = True
    return bad


def _uncross(
    layer: Partition, row: int, polygon: BaseGeometry, name: str
) -> tuple[BaseGeometry | None, Finding]:
    """Make one invalid polygon valid, and say why it was not."""
    reason = shapely.is_valid_reason(polygon)
    why, _, at = reason.partition("[")
    made = polygonal(shapely.make_valid(polygon, method="structure"))
    point = shapely.Point(*map(float, at.rstrip("]").split()[:2])) if at else None
    code = layer.codes[row]
    zh = {"Self-intersection": "边界线自相交", "Ring Self-intersection": "边界线与自身相接"}
    finding = Finding(
        Kind.INVALID_RING, (row,), (code,), point, layer=name, owners=(code,),
        text_zh=f"{code}：{zh.get(why.strip(), '边界线无效')}（{why.strip()}）；"
                "建议按线段交点拆开并重新围合。",
        text_en=f"{code}: its outline is invalid ({why.strip().lower()}); "
                "break it at the crossing and close it again.",
        fix=Fix(Action.UNCROSS, code, automatic=made is not None),
    )  # fmt: skip
    return made, finding


def polygonal(geometry: BaseGeometry) -> BaseGeometry | None:
    """Keep the polygons of a geometry; None if it has none."""
    parts = shapely.get_parts(shapely.get_parts(geometry))  # a collection may hold multipolygons
    polygons = [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]
    if not polygons:
        return None
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _codes(layer: Partition, rows: NDArray[np.intp]) -> tuple[str, ...]:
    return tuple(layer.codes[row] for row in rows.tolist())


def look_like_degrees(polygons: Geometries) -> Mask:
    """Tell which polygons have coordinates that could be lon, lat: none is larger than 180, 90."""
    west, south, east, north = np.abs(shapely.bounds(polygons)).T
    with np.errstate(invalid="ignore"):
        mask: Mask = (np.maximum(west, east) <= 180.0) & (np.maximum(south, north) <= 90.0)  # noqa: PLR2004 - degrees of the globe
    return mask


def check_units(layer: Partition, name: str = "grids") -> tuple[Partition, list[Finding]]:
    """
    See whether coordinates are in the units that the CRS says, and read them as what they are.

    Returns
    -------
    layer, findings
        A layer that is all in degrees although its CRS is in metres is taken for lon, lat of
        CGCS2000. Single rows in the other unit are set aside (None). A layer in metres that is
        labelled with degrees cannot be placed: its zone is unknown, all rows are set aside.
    """
    usable = ~shapely.is_missing(layer.geometries) & ~shapely.is_empty(layer.geometries)
    degrees = look_like_degrees(layer.geometries)
    lonlat = is_lonlat(layer.crs)
    wrong = usable & (degrees != lonlat) & np.isfinite(shapely.bounds(layer.geometries)).all(axis=1)
    if not wrong.any():
        return layer, []
    rows = np.flatnonzero(wrong)
    box = ", ".join(f"{bound:.10g}" for bound in shapely.total_bounds(layer.geometries[rows]))
    is_all = bool(wrong.sum() == usable.sum())
    given, said_zh, said_en = ("metres", "度", "degrees") if lonlat else ("degrees", "米", "metres")
    given_zh = "米" if lonlat else "度"
    taken = is_all and not lonlat
    finding = Finding(
        Kind.WRONG_UNITS, tuple(rows.tolist()), _codes(layer, rows), None, layer=name,
        text_zh=f"{len(rows)} 个单元的坐标像是以{given_zh}计（{box}），而坐标系 {layer.crs} "
                f"以{said_zh}计；" + ("已按 CGCS2000 经纬度读取，请改正坐标系标注。" if taken
                                    else "未参加检查，请注明正确的坐标系后重新提交。"),
        text_en=f"{len(rows)} units seem to be in {given} ({box}), but the CRS {layer.crs} is in "
                f"{said_en}; " + ("read as CGCS2000 lon, lat: label the file so." if taken
                                  else "not checked: deliver them with their right CRS."),
        fix=Fix(Action.ASK),
    )  # fmt: skip
    if taken:
        return replace(layer, crs=LONLAT_CRS), [finding]
    kept = layer.geometries.copy()
    kept[rows] = None
    return replace(layer, geometries=kept), [finding]


def plane_of(layer: Features) -> str:
    """
    Choose the plane CRS to measure a layer in: its own if it is in metres.

    Raises
    ------
    CrsError
        If the CRS is in neither degrees nor metres, or the place is in no CGCS2000 zone.
    """
    if not is_lonlat(layer.crs):
        to_planar([], [], layer.crs)  # refuses feet and geocentric systems
        return layer.crs
    there = layer.geometries[~shapely.is_missing(layer.geometries)]
    bounds = shapely.total_bounds(there) if len(there) else np.array([np.nan])
    if not np.isfinite(bounds).all():
        return planar_crs(111.0)  # nothing to measure: any zone does
    try:
        return planar_crs(float(bounds[0] + bounds[2]) / 2)
    except JingweiError as error:
        raise CrsError(
            f"cannot choose a plane for lon {bounds[0]} to {bounds[2]}: {error}"
        ) from None


def to_metres(polygons: Geometries, crs: str, plane: str) -> Geometries:
    """Bring geometries (None stays None) from a CRS in degrees to a plane one."""
    if not is_lonlat(crs):
        return polygons

    def project(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer(crs, plane).transform(xy[:, 0], xy[:, 1]))

    moved: Geometries = shapely.transform(polygons, project)
    return moved
