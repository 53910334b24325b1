"""Names: compounds, lanes and their romanised twins; no person is named anywhere."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from .sketch import rows

if TYPE_CHECKING:
    from numpy.random import Generator
    from shapely.geometry.base import BaseGeometry

    from .blocks import Block

NUMERALS = "一二三四五六七八九"
NEAR_M = 450.0
ENDINGS_EN = {
    "大街": "Main Street",
    "大道": "Avenue",
    "街": "Street",
    "路": "Road",
    "巷": "Lane",
    "桥": "Bridge",
    "河": "River",
    "公园": "Park",
    "游园": "Garden",
    "广场": "Square",
    "家属院": "Staff Housing",
    "宿舍": "Dormitory",
    "小区": "Estate",
    "新村": "New Village",
    "花园": "Gardens",
    "家园": "Homes",
    "东区": "East",
    "西区": "West",
    "南区": "South",
    "北区": "North",
    "中区": "Centre",
    "村": "Village",
    "东苑": "East Court",
    "西苑": "West Court",
    "南苑": "South Court",
    "北苑": "North Court",
    "佳苑": "Jiayuan",
    "名苑": "Mingyuan",
    "嘉园": "Jia Garden",
    "新城": "New Town",
    "上城": "Uptown",
    "华府": "Huafu",
    "府邸": "Mansion",
    "雅居": "Yaju",
}
COUNTED = re.compile(rf"(.+?)([{NUMERALS}十]+)([巷街路区])")
COUNTED_EN = {"巷": "Lane", "街": "Street", "路": "Road", "区": "Area"}
WHOLE_EN = {
    "山西医科大学汾阳学院": "Fenyang College of Shanxi Medical University",
    "山西省汾阳医院": "Fenyang Hospital of Shanxi Province",
    "山西省汾阳监狱": "Fenyang Prison of Shanxi Province",
    "市文化馆": "City Cultural Centre",
    "市老干部活动中心": "Veteran Cadres Activity Centre",
    "建昌文体中心": "Jianchang Culture and Sports Centre",
}


@cache
def words(kind: str) -> tuple[str, ...]:
    """Read one list of words for names."""
    return next(
        tuple(row["words"].split()) for row in rows("name_words.csv") if row["list"] == kind
    )


@cache
def _readings() -> dict[str, str]:
    return {row["char"]: row["pinyin"] for row in rows("pinyin.csv")}


def pinyin(text: str) -> str:
    """
    Spell Chinese characters in one capitalised word without tones.

    Raises
    ------
    KeyError
        If a character is not in `sources/pinyin.csv`.
    """
    return "".join(_readings().get(char) or char for char in text).capitalize()


def english(name: str) -> str:
    """Put a place name into English: pinyin, and the generic part translated."""
    if name in WHOLE_EN:
        return WHOLE_EN[name]
    counted = COUNTED.fullmatch(name)
    if counted is not None:
        stem, number, ending = counted.groups()
        return f"{pinyin(stem)} {COUNTED_EN[ending]} {_number(number)}"
    for ending in sorted(ENDINGS_EN, key=len, reverse=True):
        if name.endswith(ending) and len(name) > len(ending):
            return f"{pinyin(name.removesuffix(ending))} {ENDINGS_EN[ending]}"
    return pinyin(name)


def community_english(name: str) -> str:
    """Put a community's name into English."""
    stem = name.removesuffix("社区")
    return f"{WHOLE_EN.get(stem) or pinyin(stem)} Community"


def numeral(number: int) -> str:
    """Write 1 to 99 in Chinese numerals."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else NUMERALS[tens - 1] + "十"
    return head + (NUMERALS[ones - 1] if ones else "")


def _number(text: str) -> int:
    """Read a Chinese numeral from 1 to 99."""
    tens, _, ones = text.rpartition("十")
    high = (NUMERALS.index(tens) + 1 if tens else 1) if "十" in text else 0
    return 10 * high + (NUMERALS.index(ones) + 1 if ones else 0)


def compound_names(
    rng: Generator,
    blocks: list[Block],
    community_names: dict[str, str],
    anchors: dict[str, BaseGeometry],
) -> dict[int, tuple[str, list[str], str]]:
    """
    Name every compound once, with what people call it besides.

    Where a stem is also the name of a street, a river or a community (`anchors`), only compounds
    near that are named after it.

    Returns
    -------
    names
        block row -> (name, aliases, kind of compound).
    """
    used: set[str] = set()
    found: dict[int, tuple[str, list[str], str]] = {}
    village_parts: dict[str, list[int]] = {}
    for row, block in enumerate(blocks):
        if block.use == "village" and block.kind == "compound":
            village_parts.setdefault(block.community, []).append(row)
        elif block.use in {"college", "hospital", "prison"}:
            found[row] = (block.place, _short(block.place), "institution")
        elif block.kind == "compound":
            found[row] = _town_name(rng, block, used, anchors)
    for code, members in village_parts.items():
        stem = community_names[code].removesuffix("社区")
        for row, name in zip(members, _village_names(stem, members, blocks), strict=True):
            found[row] = (name, [name.removesuffix("区")], "village")
    return found


def _short(place: str) -> list[str]:
    return {
        "山西医科大学汾阳学院": ["汾阳学院", "医学院"],
        "山西省汾阳医院": ["汾阳医院", "省汾医院"],
        "山西省汾阳监狱": ["汾阳监狱"],
    }[place]


def _town_name(
    rng: Generator, block: Block, used: set[str], anchors: dict[str, BaseGeometry]
) -> tuple[str, list[str], str]:
    """Draw a free name that fits the age of the compound."""
    age = (
        "unit"
        if block.zone == "dormitory" or (block.zone == "core" and rng.random() < 0.34)
        else "old"
    )
    if block.zone == "new":
        age = "new"
    suffixes = {"unit": "unit_suffix", "old": "old_suffix", "new": "new_suffix"}[age]
    stems = {"unit": "unit", "old": "old_stem", "new": "new_stem"}[age]
    near = [
        stem
        for stem in words(stems)
        if stem not in anchors or anchors[stem].distance(block.polygon) < NEAR_M
    ]
    free = [
        (stem, suffix) for stem in near for suffix in words(suffixes) if stem + suffix not in used
    ]
    stem, suffix = free[int(rng.integers(len(free)))]
    used.add(stem + suffix)
    aliases = [stem + "院"] if age == "unit" else []
    if suffix == "小区":
        aliases.append(stem + "小院" if age == "unit" else stem + "楼")
    if age == "new" and rng.random() < 0.4:
        aliases.append(f"{stem}{suffix}小区")
    kind = "open" if age != "new" and rng.random() < 0.14 else "walled"
    return stem + suffix, sorted(set(aliases)), kind


def _village_names(stem: str, members: list[int], blocks: list[Block]) -> list[str]:
    """Name the parts of a village by where they lie, or by number when there are many."""
    if len(members) == 1:
        return [f"{stem}村"]
    at = np.array(
        [[blocks[row].polygon.centroid.x, blocks[row].polygon.centroid.y] for row in members]
    )
    spread = np.ptp(at, axis=0)
    axis, pair = (0, "西东") if spread[0] > spread[1] else (1, "南北")
    order = np.argsort(at[:, axis], kind="stable").tolist()
    names = [f"{stem}{numeral(place + 1)}区" for place in range(len(members))]
    if len(members) == 2:
        names = [f"{stem}{side}区" for side in pair]
    elif len(members) == 3:
        names = [f"{stem}{side}区" for side in (pair[0], "中", pair[1])]
    return [names[order.index(place)] for place in range(len(members))]
