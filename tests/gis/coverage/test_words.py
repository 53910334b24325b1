"""The sentences a planner reads: where, what, whose, how large, what to do."""

import pytest
import shapely

from gis.coverage import Finding, Kind, find_defects
from gis.coverage.check import examine
from gis.coverage.rules import USUAL
from gis.coverage.words import in_words
from gis.partition import Features, geometries
from tests.gis.coverage.towns import (
    HALVES,
    PLANE,
    check,
    check_nested,
    homes,
    only,
    rect,
    town,
    units,
)

SITE = examine(units(town(4, 4), homes(town(4, 4))), None, parents=units(HALVES), terms=USUAL).site


def test_a_gap_says_between_whom_how_large_and_whom_to_give_it_to() -> None:
    found = only(check(town(r1c1=rect(1, 1, 0.95, 1))), Kind.GAP)
    to = found.fix.to
    zh = f"之间有空隙，不属于任何网格，500 平方米，最宽 5.0 米；建议划归{to}。"
    assert found.text_zh.endswith(zh)
    assert found.text_en.startswith("Nobody's ground between r1c")
    assert found.text_en.endswith(f", 500 m², at most 5.0 m wide; give it to {to}.")


def test_what_is_wider_than_agreed_asks_for_a_person_and_for_the_grid() -> None:
    shapes = town(3, 3)
    del shapes["r1c1"]
    found = only(check(shapes), Kind.GAP)
    assert "等 4 个之间" in found.text_zh
    assert "可能漏交了一个网格" in found.text_zh
    assert found.text_zh.endswith("（须人工确认）。")
    assert "and 1 more" in found.text_en
    assert found.text_en.endswith("(a person has to confirm).")


def test_a_place_begins_with_the_street_near_it_if_that_has_a_name() -> None:
    lines = [shapely.LineString([(560_200, 4_120_000), (560_200, 4_120_300)])] * 2
    for name, begins in (("府学街", "府学街附近：r1c"), ("", "r1c")):
        streets = Features(("s1", "s2"), geometries(lines), (name, name), PLANE)
        found = only(check(town(r1c1=rect(1, 1, 1.05, 1)), streets=streets), Kind.OVERLAP)
        assert found.text_zh.startswith(begins)


def test_names_come_with_their_codes() -> None:
    grids = units(town(2, 1, r0c0=rect(0, 0, 1.05, 1)), names=("第1网格", ""))
    found = only(find_defects(grids), Kind.OVERLAP)
    assert "第1网格 (r0c0)" in found.text_zh
    assert "r0c1" in found.text_en


def test_a_wrong_parent_says_where_the_grid_lies() -> None:
    found = only(check_nested(town(4, 4), homes(town(4, 4)) | {"r1c0": "east"}), Kind.WRONG_PARENT)
    assert found.text_zh == "r1c0的所属上级填错，它在west内；建议改为 west（须人工确认）。"


@pytest.mark.parametrize(("declared", "told"), [("north", "“north”不存在"), (None, "没有填写")])
def test_an_unknown_parent_is_quoted(declared: str | None, told: str) -> None:
    found = only(check_nested(town(4, 4), homes(town(4, 4)) | {"r1c0": declared}),
                 Kind.UNKNOWN_PARENT)  # fmt: skip
    assert told in found.text_zh
    assert found.fix.to == "west"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_sentence_in_both_languages(kind: Kind) -> None:
    bare = Finding(kind, (0, 1), ("r0c0", "r0c1"), rect(0, 0), 9.0, 1.5, text_zh="", text_en="")
    if kind in {Kind.BROKEN_GEOMETRY, Kind.HEIGHTS, Kind.WRONG_UNITS, Kind.POPULATION}:
        bare = Finding(kind, (0,), ("r0c0",), None, text_zh="已说。", text_en="Said.")
    told = in_words(SITE, [bare])[0]
    assert told.text_zh.endswith("。")
    assert told.text_en.endswith(".")
    assert "{" not in told.text_zh + told.text_en


def test_a_place_in_degrees_is_on_the_ground_it_is_about() -> None:
    told = in_words(SITE, [Finding(Kind.GAP, (), (), rect(0, 0))])[0]
    assert told.lon == pytest.approx(111.6765, abs=0.001)
    assert told.lat == pytest.approx(37.2102, abs=0.001)
