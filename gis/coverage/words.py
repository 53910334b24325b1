"""Findings in a planner's words: what, whose, where, how large, what to do; Chinese and English."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import shapely

from gis.coverage.findings import Action, Fix
from gis.coverage.rules import Kind
from gis.coverage.screen import to_metres
from gis.crs import LONLAT_CRS, parse_crs, transformer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.coverage.findings import Finding, Findings
    from gis.coverage.site import Site
    from gis.partition import Features

_NEAR_M = 80.0  # a street further away says nothing about the place
_MOST_NAMED = 3
_HECTARE_M2 = 10_000.0

_WHAT = {
    Kind.INVALID_RING: ("{first}的边界线无效", "The outline of {first} is invalid"),
    Kind.SHIFTED_SHEET: (
        "{owners}的 {count} 个网格整幅偏移，坐标实为 {detail}",
        "{count} grids of {owners} are shifted: their coordinates are {detail}",
    ),
    Kind.GAP: ("{between}有空隙，不属于任何{unit}", "Nobody's ground {between}"),
    Kind.SLIVER_GAP: ("{between}有狭长空隙", "A sliver of nobody's ground {between}"),
    Kind.INLET: ("{units}未到达外缘", "The outer limit is not reached by {units}"),
    Kind.OUTSIDE_FRAME: ("{first}超出范围", "{first} reaches outside the limit"),
    Kind.OVERLAP: ("{units}重叠，双方都会认为归自己", "{units} overlap: each answers for it"),
    Kind.SLIVER_OVERLAP: ("{units}的边界线重复绘制，狭长重叠", "{units} overlap in a sliver"),
    Kind.DUPLICATE: (
        "{units}是同一轮廓，重复录入（第 {records} 条）",
        "{units} are one outline delivered twice (records {records})",
    ),
    Kind.UNMATCHED_VERTEX: (
        "{units}的共用边上有 {detail} 个折点只在一侧",
        "The border of {units} has {detail} on one side only",
    ),
    Kind.EXCLAVE: ("{first}有一块与主体分离", "A part of {first} lies apart from it"),
    Kind.CROSSES_PARENT: ("{first}越过上级边界，进入{owners}", "{first} reaches into {owners}"),
    Kind.PARENT_UNCOVERED: ("{owners}大部分没有网格覆盖", "Most of {owners} has no grid"),
    Kind.WRONG_PARENT: (
        "{first}的所属上级填错，它在{owners}内",
        "{first} names a wrong parent: it lies in {owners}",
    ),
    Kind.UNKNOWN_PARENT: (
        "{first}的所属上级“{detail}”不存在",
        "{first} names a parent '{detail}' that does not exist",
    ),
    Kind.BUILDING_IN_NO_GRID: (
        "{place}只有 {detail} 在网格内",
        "Only {detail} of {place} is in a grid",
    ),
    Kind.BUILDING_IN_TWO: ("{place}同属{units}", "{place} is in {units} at once"),
    Kind.BUILDING_CUT: (
        "网格线穿过{place}：{first}占 {detail}，其余属{others}",
        "A grid line runs through {place}: {first} has {detail} of it, {others} the rest",
    ),
    Kind.COMPOUND_CUT: (
        "网格线穿过小区{place}：{first}占 {detail}，其余属{others}",
        "A grid line runs through compound {place}: {first} has {detail} of it, {others} the rest",
    ),
    Kind.BROKEN_FOOTPRINT: (
        "{place}的轮廓为空或无效，未参加检查",
        "{place} has no usable footprint; not checked",
    ),
    Kind.MALFORMED_CODE: (
        "网格代码“{code}”不是 {detail} 位数字加顺序码的格式",
        "Code '{code}' is not {detail} digits ending in a serial from 001",
    ),
    Kind.DUPLICATE_CODE: (
        "网格代码 {code} 用了 {count} 次（第 {records} 条）",
        "Code {code} is used {count} times (records {records})",
    ),
    Kind.CODE_NOT_OF_PARENT: (
        "网格代码 {code} 不以所属上级 {detail} 开头",
        "Code {code} does not begin with its parent's, {detail}",
    ),
    Kind.SERIAL_ORDER: (
        "{owners}有 {detail} 个网格的顺序码未按自西向东、自北向南编排",
        "Serials of {detail} grids in {owners} do not run from west to east and north to south",
    ),
}
_WHAT_ELSE = {  # where there is nothing to put into the usual sentence
    Kind.BUILDING_IN_NO_GRID: ("{place}不在任何网格内", "{place} is in no grid"),
    Kind.INLET: ("没有网格到达外缘", "No grid reaches the outer limit"),
    Kind.UNKNOWN_PARENT: ("{first}没有填写所属上级", "{first} names no parent"),
    Kind.SHIFTED_SHEET: (
        "{count} 个网格整幅偏移，坐标实为 {detail}",
        "{count} grids are shifted: their coordinates are {detail}",
    ),
}
_DO = {
    Action.GIVE: ("建议划归{to}", "give it to {to}"),
    Action.TAKE: ("建议只留给{to}", "leave it to {to} alone"),
    Action.MOVE: ("建议划归{to}", "move it to {to}"),
    Action.CLIP: ("建议裁去", "cut it off"),
    Action.INSERT_VERTEX: ("建议在{to}一侧补上", "add it to {to}"),
    Action.UNCROSS: ("建议在相交处断开后重新围合", "break it where it meets itself and close it"),
    Action.CONVERT: ("建议换算到 CGCS2000", "convert them to CGCS2000"),
    Action.SET_PARENT: ("建议改为 {to}", "set it to {to}"),
    Action.RENAME: ("请重新编号", "number them again"),
    Action.DROP_COPY: ("请删去其中一条", "drop one of them"),
    Action.ASK: ("须人工判断", "a person has to decide"),
}
_DO_ELSE = {  # what a person has to do, where that is known
    Kind.BUILDING_IN_NO_GRID: ("请将其划入一个网格", "put it into one grid"),
    Kind.BUILDING_IN_TWO: ("请先处理重叠", "settle the overlap first"),
    Kind.BUILDING_CUT: ("请移动网格线，使整栋归一个网格", "move the line: one grid has all of it"),
    Kind.COMPOUND_CUT: ("请核对是否应整院归一个网格", "see whether one grid should have all of it"),
    Kind.BROKEN_FOOTPRINT: ("请补交它的面", "deliver a polygon for it"),
    Kind.MALFORMED_CODE: ("请更正代码", "correct it"),
    Kind.DUPLICATE_CODE: ("请为其中一个另编代码", "give one of them another"),
    Kind.CODE_NOT_OF_PARENT: ("请核对代码与所属上级哪个有误", "see which of the two is wrong"),
}
_CONFIRM = {Action.GIVE, Action.TAKE, Action.MOVE, Action.CLIP, Action.SET_PARENT, Action.RENAME}
_UNIT = {"grids": "网格", "parents": "上级单元"}


def in_words(
    site: Site,
    findings: Findings,
    streets: Features | None = None,
    *,
    names: Mapping[str, str] | None = None,
) -> Findings:
    """
    Give each finding its place in degrees and its sentences; those it has are kept.

    `names` are what people call buildings and compounds, by code.
    """
    places = [finding.place for finding in findings]
    near = _nearest_streets(site, places, streets)
    to_degrees = transformer(site.plane, LONLAT_CRS).transform
    told = []
    for finding, place, street in zip(findings, places, near, strict=True):
        lon, lat = (None, None) if place is None else to_degrees(place.x, place.y)
        zh, en = finding.text_zh, finding.text_en
        if not zh:
            zh, en = _sentences(site, finding, names or {})
        where_zh, where_en = (f"{street}附近：", f"Near {street}: ") if street else ("", "")
        told.append(replace(finding, lon=lon, lat=lat, text_zh=where_zh + zh,
                            text_en=where_en + en))  # fmt: skip
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


def _sentences(site: Site, finding: Finding, names: Mapping[str, str]) -> tuple[str, str]:
    """Say what is wrong, how large it is, and what to do."""
    what, do = _WHAT[finding.kind], _DO[finding.fix.action]
    if _says_nothing(finding):
        what = _WHAT_ELSE.get(finding.kind, what)
    if finding.fix.action is Action.ASK:
        do = _DO_ELSE.get(finding.kind, do)
    elif finding.fix.action is Action.RENAME and finding.fix.to:
        do = _DO[Action.SET_PARENT]
    proposed = finding.fix.action in _CONFIRM and finding.fix != Fix(Action.RENAME)
    confirm = proposed and not finding.fix.automatic
    wide = finding.kind is Kind.GAP and (finding.width_m or 0.0) > site.terms.width_m
    size = _size(finding)
    zh, en = (what[i].format(**_values(site, finding, names, i)) + size[i] for i in (0, 1))
    zh += "，可能漏交了一个网格" if wide else ""
    en += ", perhaps a grid that was not delivered" if wide else ""
    to = finding.fix.to or ""
    if finding.fix.to_row is not None:
        to = _name(site, finding, finding.fix.to_row)
    zh += f"；{do[0].format(to=to)}" + ("（须人工确认）" if confirm else "") + "。"
    en += f"; {do[1].format(to=to)}" + (" (a person has to confirm)" if confirm else "") + "."
    return zh, en


def _says_nothing(finding: Finding) -> bool:
    if finding.kind is Kind.SHIFTED_SHEET:
        return not finding.owners
    if finding.kind is Kind.INLET:
        return not finding.rows
    return finding.detail in {"", "0%"}


def _values(
    site: Site, finding: Finding, names: Mapping[str, str], language: int
) -> dict[str, object]:
    """Put together what a sentence may name, in Chinese (0) or English (1)."""
    named = [_name(site, finding, row) for row in finding.rows[:_MOST_NAMED]]
    owners = [_owner(site, code) for code in finding.owners[:_MOST_NAMED]]
    code = finding.codes[0] if finding.codes else ""
    units = _listed(named, len(finding.rows), language)
    return {
        "first": named[0] if named else "",
        "units": units,
        "others": _listed(named[1:], len(finding.rows) - 1, language),
        "between": _between(units, len(finding.rows), language),
        "owners": _listed(owners, len(finding.owners), language),
        "records": _listed([str(row + 1) for row in finding.rows[:_MOST_NAMED]],
                           len(finding.rows), language),
        "code": code,
        "place": names.get(code, code),
        "count": len(finding.rows),
        "detail": _counted(finding) if language else finding.detail,
        "unit": _UNIT.get(finding.layer, ""),
    }  # fmt: skip


def _listed(named: list[str], count: int, language: int) -> str:
    if language == 0:
        return "、".join(named) + (f"等 {count} 个" if count > len(named) else "")
    more = [f"{count - len(named)} more"] if count > len(named) else []
    *most, last = [*named, *more] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _between(units: str, count: int, language: int) -> str:
    if count == 0:
        return ("此处", "that touches no grid")[language]
    if count == 1:
        return (f"{units}内部", f"in {units}")[language]
    return (f"{units}之间", f"between {units}")[language]


def _counted(finding: Finding) -> str:
    if finding.kind is not Kind.UNMATCHED_VERTEX:
        return finding.detail
    return f"{finding.detail} {'vertex' if finding.detail == '1' else 'vertices'}"


def _name(site: Site, finding: Finding, row: int) -> str:
    if finding.layer == "parents":
        return site.parent_name(row)
    return site.name(row) if row < len(site.units) else ""


def _owner(site: Site, code: str) -> str:
    if site.parents is not None and code in site.parents.codes:
        return site.parent_name(site.parents.codes.index(code))
    return code


def _size(finding: Finding) -> tuple[str, str]:
    """Say how large; only where ground is in question."""
    if not finding.area_m2 or (finding.width_m is None and finding.kind is not Kind.EXCLAVE):
        return "", ""
    area = finding.area_m2
    if area >= _HECTARE_M2:
        zh, en = f"{area / _HECTARE_M2:.1f} 公顷", f"{area / _HECTARE_M2:.1f} ha"
    else:
        digits = 0 if area >= 10 else 2  # noqa: PLR2004 - two figures are enough
        zh, en = f"{area:.{digits}f} 平方米", f"{area:.{digits}f} m²"
    if finding.width_m is None:
        return f"，{zh}", f", {en}"
    width = finding.width_m
    digits = 1 if width >= 1 else 3
    return f"，{zh}，最宽 {width:.{digits}f} 米", f", {en}, at most {width:.{digits}f} m wide"
