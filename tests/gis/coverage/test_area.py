"""Faults of ground in toy towns: what it is, how large, whose, and what mends it."""

import pytest
import shapely
from shapely import MultiPolygon, Polygon

from gis.coverage import Action, Kind, Terms, find_defects
from tests.gis.coverage.towns import (
    HALVES,
    check,
    check_nested,
    homes,
    kinds,
    only,
    rect,
    shape,
    town,
    units,
)

FRAME = rect(0, 0, 3, 3)


def test_a_gap_is_measured_and_given_to_the_longer_border() -> None:
    # 4 m by 50 m out of r1c1's eastern edge: 50 m along r1c2, 58 m along r1c1
    bitten = shapely.difference(rect(1, 1), rect(1.96, 1.25, 0.04, 0.5))
    gap = only(check(town(r1c1=bitten)), Kind.GAP)
    assert gap.area_m2 == pytest.approx(200.0)
    assert gap.width_m == pytest.approx(4.0)
    assert set(gap.codes) == {"r1c1", "r1c2"}
    assert (gap.fix.action, gap.fix.to, gap.fix.automatic) == (Action.GIVE, "r1c1", True)


def test_ground_nobody_owns_within_one_grid_is_a_gap() -> None:
    holed = Polygon(rect(1, 1).exterior, [rect(1.4, 1.4, 0.1, 0.1).exterior])
    gap = only(check(town(r1c1=holed)), Kind.GAP)
    assert gap.codes == ("r1c1",)
    assert gap.area_m2 == pytest.approx(100.0)


def test_a_missing_grid_is_a_gap_that_a_person_decides_on() -> None:
    shapes = town(4, 4)
    del shapes["r1c1"]
    gap = only(check_nested(shapes), Kind.GAP)
    assert gap.area_m2 == pytest.approx(10_000.0)
    assert gap.width_m == pytest.approx(100.0)
    assert gap.owners == ("west",)
    assert not gap.fix.automatic
    assert site_of(gap.fix.to) == "west"


def site_of(code: str | None) -> str | None:
    return homes({code: None})[code] if code else None


@pytest.mark.parametrize(("thick_m", "kind"), [(0.5, Kind.SLIVER_GAP), (2.0, Kind.GAP)])
def test_a_narrow_gap_is_called_a_sliver(thick_m: float, kind: Kind) -> None:
    narrow = rect(1, 1, 1 - thick_m / 100, 1)
    gap = only(check(town(r1c1=narrow)), kind)
    assert gap.width_m == pytest.approx(thick_m)
    assert gap.area_m2 == pytest.approx(100 * thick_m)


def test_a_gap_between_two_parents_is_split_where_they_meet() -> None:
    shapes = town(4, 4, r1c1=rect(1, 1, 0.9, 1), r1c2=rect(2.1, 1, 0.9, 1))
    found = check_nested(shapes)
    assert kinds(found) == [Kind.GAP, Kind.GAP]
    assert {(one.owners, one.fix.to) for one in found} == {(("west",), "r1c1"), (("east",), "r1c2")}


def test_an_inlet_does_not_reach_the_frame() -> None:
    notched = shape((0, 0), (40, 0), (50, 5), (60, 0), (100, 0), (100, 100), (0, 100))
    inlet = only(check(town(r0c0=notched), frame=FRAME), Kind.INLET)
    assert inlet.codes == ("r0c0",)
    assert inlet.area_m2 == pytest.approx(50.0)


def test_an_inlet_is_seen_without_a_frame_if_there_are_parents() -> None:
    notched = shape((0, 0), (40, 0), (50, 5), (60, 0), (100, 0), (100, 100), (0, 100))
    assert only(check_nested(town(4, 4, r0c0=notched)), Kind.INLET).owners == ("west",)


def test_a_grid_that_reaches_outside_the_frame_is_clipped() -> None:
    found = only(check(town(r2c2=rect(2, 2, 1, 1.1)), frame=FRAME), Kind.OUTSIDE_FRAME)
    assert found.codes[0] == "r2c2"
    assert found.area_m2 == pytest.approx(1000.0)
    assert (found.fix.action, found.fix.automatic) == (Action.CLIP, True)


def test_an_overlap_is_measured_and_left_to_the_longer_border() -> None:
    found = only(check(town(r1c1=rect(1, 1, 1.05, 1))), Kind.OVERLAP)
    assert set(found.codes) == {"r1c1", "r1c2"}
    assert found.area_m2 == pytest.approx(500.0)
    assert found.width_m == pytest.approx(5.0)
    assert found.fix.action is Action.TAKE
    assert found.fix.automatic


def test_an_overlap_goes_to_the_grid_whose_parent_it_lies_in() -> None:
    found = only(check_nested(town(4, 4, r1c1=rect(1, 1, 1.05, 1))), Kind.OVERLAP)
    assert (found.fix.to, found.owners) == ("r1c2", ("east",))


def test_an_overlap_wider_than_agreed_waits_for_a_person() -> None:
    found = check(town(r1c1=rect(1, 1, 1.3, 1)))
    assert not only(found, Kind.OVERLAP).fix.automatic
    narrow = check(town(r1c1=rect(1, 1, 1.05, 1)), terms=Terms(width_m=4.0))
    assert not only(narrow, Kind.OVERLAP).fix.automatic


@pytest.mark.parametrize("nested", [False, True])
def test_a_grid_over_the_corner_of_four_overlaps_each(*, nested: bool) -> None:
    shapes = town(4, 4, extra=rect(0.5, 0.5))
    above = homes(shapes) | {"extra": "west"}
    found = check_nested(shapes, above) if nested else check(shapes)
    assert kinds(found) == [Kind.OVERLAP] * 4
    pairs = [set(one.codes) - {"extra"} for one in found]
    assert sorted(map(min, pairs)) == ["r0c0", "r0c1", "r1c0", "r1c1"]
    assert {round(one.area_m2 or 0) for one in found} == {2500}


def test_a_small_grid_drawn_on_top_of_a_large_one_is_not_trimmed_by_itself() -> None:
    found = only(check(town(enclave=rect(1.4, 1.4, 0.05, 0.05))), Kind.OVERLAP)
    assert (found.fix.to, found.fix.automatic) == ("enclave", False)


def test_an_outline_that_is_nearly_another_is_a_duplicate() -> None:
    copy = shape((100, 100), (200, 100), (200, 200), (100.01, 200))
    found = only(check(town(copy=copy)), Kind.DUPLICATE)
    assert found.codes == ("r1c1", "copy")
    assert found.fix.action is Action.DROP_COPY


def test_two_grids_across_a_border_of_parents_are_named_each() -> None:
    shapes = town(
        4, 4, r1c1=rect(1, 1, 1.1, 1), r2c1=rect(1, 2, 1.1, 1),
        r1c2=rect(2.1, 1, 0.9, 1), r2c2=rect(2.1, 2, 0.9, 1),
    )  # fmt: skip
    found = check_nested(shapes)
    assert kinds(found) == [Kind.CROSSES_PARENT] * 2
    assert [one.codes[0] for one in found] == ["r1c1", "r2c1"]
    assert [one.fix.to for one in found] == ["r1c2", "r2c2"]
    assert {round(one.area_m2 or 0) for one in found} == {1000}


def test_neighbours_with_the_same_wrong_parent_are_named_each() -> None:
    above = homes(town(4, 4)) | {"r1c0": "east", "r2c0": "east"}
    found = check_nested(town(4, 4), above)
    assert kinds(found) == [Kind.WRONG_PARENT] * 2
    assert [one.codes for one in found] == [("r1c0",), ("r2c0",)]
    assert {one.fix.to for one in found} == {"west"}


def test_a_parent_without_any_grid_is_not_covered() -> None:
    shapes = {code: one for code, one in town(4, 4).items() if code[-1] in "01"}
    found = only(check_nested(shapes), Kind.PARENT_UNCOVERED)
    assert found.owners == ("east",)
    assert found.area_m2 == pytest.approx(80_000.0)


def test_a_declared_lake_is_no_gap_and_what_is_around_it_still_is() -> None:
    lake = rect(1.4, 1.4, 0.2, 0.2)
    shore = Polygon(rect(1, 1).exterior, [lake.exterior])
    assert check(town(r1c1=shore), terms=Terms(voids=(lake,))) == []
    smaller = rect(1.4, 1.4, 0.2, 0.15)
    around = check(town(r1c1=shore), terms=Terms(voids=(smaller,)))
    assert only(around, Kind.GAP).area_m2 == pytest.approx(100.0)


def test_a_lake_outside_of_all_parents_is_no_gap() -> None:
    lake = rect(0.4, 1.4, 0.2, 0.2)
    shore = Polygon(rect(0, 1).exterior, [lake.exterior])
    west = Polygon(HALVES["west"].exterior, [lake.exterior])
    shapes = town(4, 4, r1c0=shore)
    parents = units(HALVES | {"west": west})
    assert find_defects(units(shapes, homes(shapes)), parents=parents) == []


def test_slivers_along_one_border_are_one_finding() -> None:
    zigzag = shape(
        (200, 100), (200, 200), (100, 200), (100, 100),
        *[(100 + x, 100 + (0.3 if (x // 20) % 2 else -0.3)) for x in range(10, 100, 20)],
    )  # fmt: skip
    found = check(town(r1c1=zigzag))
    assert kinds(found) == [Kind.SLIVER_GAP, Kind.SLIVER_OVERLAP]
    assert all(isinstance(one.geometry, MultiPolygon) for one in found)
