"""
The rules a delivered boundary file is checked by: stable numbers, severities, names, tolerances.

A rule's number never changes its meaning and is never reused: accepted findings refer to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon


class Severity(StrEnum):
    """What a finding means for publishing."""

    BLOCKING = "blocking"
    WARNING = "warning"
    NOTE = "note"


SEVERITY_ZH = {Severity.BLOCKING: "必须处理", Severity.WARNING: "警告", Severity.NOTE: "提示"}


class Kind(StrEnum):
    """What can be wrong."""

    BROKEN_GEOMETRY = "broken_geometry"
    INVALID_RING = "invalid_ring"
    HEIGHTS = "heights"
    WRONG_UNITS = "wrong_units"
    SHIFTED_SHEET = "shifted_sheet"
    GAP = "gap"
    SLIVER_GAP = "sliver_gap"
    INLET = "inlet"
    OUTSIDE_FRAME = "outside_frame"
    OVERLAP = "overlap"
    SLIVER_OVERLAP = "sliver_overlap"
    DUPLICATE = "duplicate"
    UNMATCHED_VERTEX = "unmatched_vertex"
    EXCLAVE = "exclave"
    CROSSES_PARENT = "crosses_parent"
    PARENT_UNCOVERED = "parent_uncovered"
    WRONG_PARENT = "wrong_parent"
    UNKNOWN_PARENT = "unknown_parent"
    BUILDING_IN_NO_GRID = "building_in_no_grid"
    BUILDING_IN_TWO = "building_in_two"
    BUILDING_CUT = "building_cut"
    COMPOUND_CUT = "compound_cut"
    BROKEN_FOOTPRINT = "broken_footprint"
    MALFORMED_CODE = "malformed_code"
    DUPLICATE_CODE = "duplicate_code"
    CODE_NOT_OF_PARENT = "code_not_of_parent"
    SERIAL_ORDER = "serial_order"
    POPULATION = "population"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its number, how bad a breach is, its name for people, and where it comes from."""

    id: str
    kind: Kind
    severity: Severity
    name_zh: str
    name_en: str
    source: str


_SEAMLESS = "GB/T 30428.1 单元网格划分原则：无缝拼接；OGC 06-103r4 6.1.11"
_SIMPLE = "OGC 06-103r4 6.1.11: polygons are simple"
_NESTING = "GB/T 30428.1 单元网格属于且只属于一个社区；DB6101/T 3185-2024"
_CODE = "GB/T 30428.1 网格代码 = 12 位社区代码 + 3 位顺序码"
_OBJECTS = "GB/T 30428.1 划分原则：不拆分建筑物与部件；GB/T 34300-2017 保持楼院完整"


def _rules() -> dict[Kind, Rule]:
    block, warn, note = Severity.BLOCKING, Severity.WARNING, Severity.NOTE
    listed = [
        Rule("JW-C01", Kind.BROKEN_GEOMETRY, block, "没有可用的面", "no usable polygon", _SIMPLE),
        Rule("JW-C02", Kind.INVALID_RING, block, "边界线自相交", "invalid outline", _SIMPLE),
        Rule("JW-C03", Kind.HEIGHTS, note, "带有高程", "heights given", "GB/T 30428.1 网格为平面"),
        Rule("JW-C04", Kind.WRONG_UNITS, block, "坐标单位或次序不符",
             "wrong units or order of coordinates",
             "EPSG 4490 经纬度以度计；高斯投影以米计；东坐标在前"),
        Rule("JW-C05", Kind.SHIFTED_SHEET, block, "整幅偏移", "whole sheet shifted",
             "GCJ-02 and BD-09 against CGCS2000: 551-590 m and 1,316-1,386 m in the sample city"),
        Rule("JW-C10", Kind.GAP, block, "空隙", "gap", _SEAMLESS),
        Rule("JW-C11", Kind.SLIVER_GAP, block, "狭长空隙", "sliver gap", _SEAMLESS),
        Rule("JW-C12", Kind.INLET, block, "外缘缺口", "inlet at the outer limit", _SEAMLESS),
        Rule("JW-C13", Kind.OUTSIDE_FRAME, block, "超出城区范围", "outside the frame", _SEAMLESS),
        Rule("JW-C20", Kind.OVERLAP, block, "重叠", "overlap", _SEAMLESS),
        Rule("JW-C21", Kind.SLIVER_OVERLAP, block, "狭长重叠", "sliver overlap", _SEAMLESS),
        Rule("JW-C22", Kind.DUPLICATE, block, "重复录入", "duplicate", _SEAMLESS),
        Rule("JW-C30", Kind.UNMATCHED_VERTEX, warn, "共用边折点不一致",
             "vertex on one side of a border only", "ISO 19107: shared borders of a complex"),
        Rule("JW-C31", Kind.EXCLAVE, block, "飞地", "exclave", "GB/T 34300-2017 网格相对集中连片"),
        Rule("JW-C40", Kind.CROSSES_PARENT, block, "越过上级边界", "across its parent's border",
             _NESTING),
        Rule("JW-C41", Kind.PARENT_UNCOVERED, block, "上级范围未覆盖", "parent not covered",
             _NESTING),
        Rule("JW-C42", Kind.WRONG_PARENT, block, "所属上级填错", "wrong parent code", _NESTING),
        Rule("JW-C43", Kind.UNKNOWN_PARENT, block, "所属上级不存在", "unknown parent code",
             _NESTING),
        Rule("JW-C50", Kind.BUILDING_IN_NO_GRID, block, "楼宇不在任何网格",
             "building in no grid", _OBJECTS),
        Rule("JW-C51", Kind.BUILDING_IN_TWO, block, "楼宇同属两个网格", "building in two grids",
             _OBJECTS),
        Rule("JW-C52", Kind.BUILDING_CUT, block, "网格线穿过楼宇", "grid line through a building",
             _OBJECTS),
        Rule("JW-C53", Kind.COMPOUND_CUT, warn, "网格线穿过小区", "grid line through a compound",
             _OBJECTS),
        Rule("JW-C54", Kind.BROKEN_FOOTPRINT, warn, "轮廓无法检查",
             "footprint that cannot be checked", _SIMPLE),
        Rule("JW-C60", Kind.MALFORMED_CODE, block, "代码格式错误", "malformed code", _CODE),
        Rule("JW-C61", Kind.DUPLICATE_CODE, block, "代码重复", "code used twice", _CODE),
        Rule("JW-C62", Kind.CODE_NOT_OF_PARENT, block, "代码与所属上级不符",
             "code does not begin with the parent's", _CODE),
        Rule("JW-C63", Kind.SERIAL_ORDER, note, "顺序码次序", "order of serial numbers",
             "GB/T 30428.1 顺序码自西向东、自北向南"),
        Rule("JW-C64", Kind.POPULATION, warn, "规模超出范围", "size outside the range",
             "range given by the user, for example GB/T 34300-2017"),
    ]  # fmt: skip
    return {rule.kind: rule for rule in listed}


RULES: dict[Kind, Rule] = _rules()


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What was agreed for a check: tolerances in metres, and what is declared to be no fault.

    Parameters
    ----------
    edge_m
        Vertices this near to each other, or to an edge, are meant to be the same, or on it: twice
        what rounding to nine decimals of a degree (0.11 mm) moves a vertex.
    area_m2
        Ground smaller than this is rounding: a millimetre along one metre.
    sliver_m
        Narrower than this a gap or overlap is called a sliver: a border drawn twice.
    width_m
        What is wider is never mended without a person: it may be a whole local street (支路, about
        14 to 20 m between its red lines).
    building_share, compound_share
        This share of a footprint in one grid is the whole of it; the rest is drawing accuracy
        (0.05 m at the walls, TD/T 1001-2012, is 1 % of a footprint of 20 m by 20 m).
    parent_share
        A grid with less than this share in its declared parent has the wrong code.
    same_share
        Two outlines that share this much are one grid delivered twice.
    serial_slack_m
        Of two grids one counts as further west, or north, if its middle is so by more than this:
        the side of a grid (0.06 km2 in the sample city).
    residents, households
        Least and most in a grid; None to leave the rule out.
    code_digits
        Digits of a code; None takes 15 if most codes have them and checks nothing if not.
    voids
        Ground that belongs to nobody on purpose: a lake, a reservoir. In the CRS of the file.
    enclaves
        Codes of units that are allowed to have parts apart.
    """

    edge_m: float = 0.0002
    area_m2: float = 0.001
    sliver_m: float = 1.0
    width_m: float = 20.0
    building_share: float = 0.99
    compound_share: float = 0.99
    parent_share: float = 0.1
    same_share: float = 0.999
    serial_slack_m: float = 250.0
    residents: tuple[float, float] | None = None
    households: tuple[float, float] | None = None
    code_digits: int | None = None
    voids: tuple[Polygon | MultiPolygon, ...] = ()
    enclaves: frozenset[str] = frozenset()


USUAL = Terms()
