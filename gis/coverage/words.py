"""Findings in a planner's words: what, whose, where, how large, what to do; Chinese and English."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import shapely

from gis.coverage.findings import Action
from gis.coverage.rules import Kind
from gis.coverage.screen import to_metres
from gis.crs import LONLAT_CRS, parse_crs, transformer

if TYPE_CHECKING:
    from gis.coverage.findings import Finding, Findings
    from gis.coverage.site import Site
    from gis.partition import Features

_NEAR_M = 80.0  # a street further away says nothing about the place
_MOST_NAMED = 3
_HECTARE_M2 = 10_000.0

_WHAT = {
    Kind.GAP: ("{units}之间有空隙，不属于任何网格", "nobody's ground between {units}"),
    Kind.SLIVER_GAP: ("{units}之间有狭长空隙", "a sliver of nobody's ground between {units}"),
    Kind.INLET: ("{units}外缘未到达城区边界", "{units} does not reach the outer limit"),
    Kind.OUTSIDE_FRAME: ("{first}超出城区范围", "{first} reaches outside the city"),
    Kind.OVERLAP: ("{units}重叠，两位网格员都会认为归自己", "{units} overlap: both answer for it"),
    Kind.SLIVER_OVERLAP: ("{units}的边界线重复绘制，狭长重叠", "{units} overlap in a sliver"),
    Kind.DUPLICATE: ("{units}是同一轮廓，重复录入", "{units} are one outline delivered twice"),
    Kind.UNMATCHED_VERTEX: (
        "{units}的共用边上有 {detail} 个折点只在一侧",
        "{detail} vertices on one side only of the border of {units}",
    ),
    Kind.EXCLAVE: ("{first}有一块与主体分离的飞地", "a part of {first} lies apart from it"),
    Kind.CROSSES_PARENT: ("{first}越过上级边界，进入{owners}", "{first} reaches into {owners}"),
    Kind.PARENT_UNCOVERED: ("{owners}大部分没有网格覆盖", "most of {owners} has no grid"),
    Kind.WRONG_PARENT: ("{first}的所属上级填错，应为{owners}", "{first} lies in {owners}"),
    Kind.UNKNOWN_PARENT: (
        "{first}的所属上级“{detail}”不存在",
        "{first} names a parent '{detail}' that does not exist",
    ),
    Kind.SHIFTED_SHEET: (
        "{count} 个网格整幅偏移，坐标实为 {detail}",
        "{count} grids are shifted: their coordinates are {detail}",
    ),
    Kind.BUILDING_IN_NO_GRID: (
        "楼宇 {code} 只有 {detail} 在网格内",
        "only {detail} of building {code} is in a grid",
    ),
    Kind.BUILDING_IN_TWO: ("楼宇 {code} 同属{units}", "building {code} is in {units} at once"),
    Kind.BUILDING_CUT: (
        "网格线穿过楼宇 {code}（{units}）",
        "a grid line runs through building {code} ({units})",
    ),
    Kind.COMPOUND_CUT: (
        "网格线穿过小区 {code}（{units}）",
        "a grid line runs through compound {code} ({units})",
    ),
    Kind.MALFORMED_CODE: (
        "网格代码“{code}”不是 {detail} 位数字",
        "code '{code}' is not {detail} digits with a serial",
    ),
    Kind.DUPLICATE_CODE: ("网格代码 {code} 用了多次", "code {code} is used more than once"),
    Kind.CODE_NOT_OF_PARENT: (
        "网格代码 {code} 不以所属上级 {detail} 开头",
        "code {code} does not begin with its parent's, {detail}",
    ),
    Kind.SERIAL_ORDER: (
        "{code} 的网格顺序码有 {detail} 处未按自西向东、自北向南编排",
        "serials in {code} do not run from west to east and north to south ({detail} times)",
    ),
    Kind.POPULATION: ("{first}规模超出范围（{detail}）", "{first} is outside the range ({detail})"),
    Kind.INVALID_RING: ("{first}的边界线自相交", "the outline of {first} crosses itself"),
}
_DO = {
    Action.GIVE: ("建议划归{to}", "give it to {to}"),
    Action.TAKE: ("建议只留给{to}", "leave it to {to} alone"),
    Action.MOVE: ("建议划归{to}", "move it to {to}"),
    Action.CLIP: ("建议裁去", "cut it off"),
    Action.INSERT_VERTEX: ("建议在{to}一侧补上折点", "add the vertices to {to}"),
    Action.UNCROSS: ("建议拆开后重新围合", "break it at the crossing and close it again"),
    Action.CONVERT: ("建议换算到 CGCS2000", "convert them to CGCS2000"),
    Action.SET_PARENT: ("建议改为 {to}", "set it to {to}"),
    Action.RENAME: ("请重新编排", "number them again"),
    Action.DROP_COPY: ("请删去其中一个，保留{to}", "drop one of them and keep {to}"),
    Action.ASK: ("需人工判断", "a person has to decide"),
}


def in_words(site: Site, findings: Findings, streets: Features | None = None) -> Findings:
    """Give each finding its place in degrees and its sentences; those it has are kept."""
    places = [finding.place for finding in findings]
    near = _nearest_streets(site, places, streets)
    to_degrees = transformer(site.plane, LONLAT_CRS).transform
    told = []
    for finding, place, street in zip(findings, places, near, strict=True):
        lon, lat = (None, None) if place is None else to_degrees(place.x, place.y)
        zh, en = _sentences(site, finding, street)
        told.append(
            replace(
                finding,
                lon=lon,
                lat=lat,
                text_zh=finding.text_zh or zh,
                text_en=finding.text_en or en,
            )
        )
    return told


def _nearest_streets(
    site: Site, places: list[shapely.Point | None], streets: Features | None
) -> list[str]:
    near = [""] * len(places)
    if streets is None or not len(streets):
        return near
    named = [row for row in range(len(streets)) if streets.names and streets.names[row]]
    lines = to_metres(streets.geometries[named], parse_crs(streets.crs).to_string(), site.plane)
    asked = [i for i, place in enumerate(places) if place is not None]
    at, line = shapely.STRtree(lines).query_nearest(
        [places[i] for i in asked], max_distance=_NEAR_M, all_matches=False
    )
    for i, row in zip(at.tolist(), line.tolist(), strict=True):
        near[asked[i]] = streets.names[named[row]]
    return near


def _sentences(site: Site, finding: Finding, street: str) -> tuple[str, str]:
    what_zh, what_en = _WHAT.get(finding.kind, (finding.rule.name_zh, finding.rule.name_en))
    do_zh, do_en = _DO[finding.fix.action]
    named = [_name(site, finding, row) for row in finding.rows[:_MOST_NAMED]]
    more = len(finding.rows) - len(named)
    values = {
        "first": named[0] if named else "",
        "code": finding.codes[0] if finding.codes else "",
        "count": len(finding.rows),
        "detail": finding.detail,
    }
    owners = [_owner(site, code) for code in finding.owners[:_MOST_NAMED]]
    to = finding.fix.to or ""
    if finding.fix.to_row is not None:
        to = _name(site, finding, finding.fix.to_row)
    zh = what_zh.format(
        units="、".join(named) + (f"等 {len(finding.rows)} 个" if more > 0 else ""),
        owners="、".join(owners) or "另一上级",
        **values,
    )
    en = what_en.format(
        units=" and ".join(named) + (f" and {more} more" if more > 0 else ""),
        owners=" and ".join(owners) or "another parent",
        **values,
    )
    size_zh, size_en = _size(finding)
    where_zh, where_en = (f"（{street}附近）", f" near {street}") if street else ("", "")
    return (
        f"{zh}{where_zh}{size_zh}；{do_zh.format(to=to)}。",
        f"{en[:1].upper()}{en[1:]}{where_en}{size_en}; {do_en.format(to=to)}.",
    )


def _name(site: Site, finding: Finding, row: int) -> str:
    if finding.layer == "parents":
        return site.parent_name(row)
    return site.name(row)


def _owner(site: Site, code: str) -> str:
    if site.parents is not None and code in site.parents.codes:
        return site.parent_name(site.parents.codes.index(code))
    return code


def _size(finding: Finding) -> tuple[str, str]:
    """Say how large; only where ground is in question."""
    if not finding.area_m2 or finding.width_m is None:
        return "", ""
    area = finding.area_m2
    if area >= _HECTARE_M2:
        zh, en = f"{area / _HECTARE_M2:.1f} 公顷", f"{area / _HECTARE_M2:.1f} ha"
    else:
        digits = 0 if area >= 10 else 2  # noqa: PLR2004 - two figures are enough
        zh, en = f"{area:.{digits}f} 平方米", f"{area:.{digits}f} m²"
    width = finding.width_m
    digits = 1 if width >= 1 else 3
    return f"，{zh}，最宽 {width:.{digits}f} 米", f", {en}, at most {width:.{digits}f} m wide"
