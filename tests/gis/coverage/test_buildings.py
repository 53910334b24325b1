"""Buildings and compounds: wholly in one grid, or named."""

import pytest
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from gis.coverage import Action, Findings, Kind, Severity, find_defects
from tests.gis.coverage.towns import (
    EAST,
    HALVES,
    NORTH,
    check,
    features,
    homes,
    kinds,
    only,
    rect,
    shape,
    town,
    units,
)


def with_building(footprint: BaseGeometry | None, **changed: BaseGeometry) -> Findings:
    return check(town() | changed, buildings=features(b1=footprint))


def test_a_building_in_one_grid_or_against_its_border_is_no_fault() -> None:
    assert with_building(rect(1.2, 1.2, 0.2, 0.2)) == []
    assert with_building(rect(1.8, 1.2, 0.2, 0.2)) == []


@pytest.mark.parametrize(("share", "is_cut"), [(0.989, True), (0.991, False)])
def test_one_hundredth_beyond_the_border_is_drawing_accuracy(share: float, *, is_cut: bool) -> None:
    found = with_building(rect(2 - share * 0.2, 1.2, 0.2, 0.2))
    assert kinds(found) == ([Kind.BUILDING_CUT] if is_cut else [])


def test_a_cut_building_names_the_grid_with_most_of_it_first() -> None:
    found = only(with_building(rect(1.95, 1.2, 0.2, 0.2)), Kind.BUILDING_CUT)
    assert found.codes == ("b1", "r1c2", "r1c1")
    assert found.detail == "75%"


def test_a_cut_building_is_proposed_to_the_grid_with_most_of_it_but_never_across_parents() -> None:
    shapes, parents = town(4, 4), units(HALVES)
    grids = units(shapes, homes(shapes))
    inside, across = (features(b1=rect(column, 1.2, 0.2, 0.2)) for column in (0.95, 1.95))
    found = only(find_defects(grids, parents=parents, buildings=inside), Kind.BUILDING_CUT)
    assert (found.fix.action, found.fix.to, found.fix.automatic) == (Action.MOVE, "r1c1", False)
    found = only(find_defects(grids, parents=parents, buildings=across), Kind.BUILDING_CUT)
    assert found.fix.action is Action.ASK


def test_a_building_in_a_gap_is_in_no_grid() -> None:
    found = with_building(rect(1.7, 1.2, 0.2, 0.2), r1c1=rect(1, 1, 0.6, 1))
    assert kinds(found) == [Kind.GAP, Kind.BUILDING_IN_NO_GRID]
    assert found[1].codes == ("b1",)


def test_a_building_half_in_a_gap_is_in_no_grid_too() -> None:
    found = with_building(rect(1.5, 1.2, 0.2, 0.2), r1c1=rect(1, 1, 0.6, 1))
    assert [one.detail for one in found if one.kind is Kind.BUILDING_IN_NO_GRID] == ["50%"]


def test_a_building_where_grids_overlap_is_in_two() -> None:
    found = with_building(rect(2.1, 1.2, 0.2, 0.2), r1c1=rect(1, 1, 1.5, 1))
    assert kinds(found) == [Kind.OVERLAP, Kind.BUILDING_IN_TWO]
    assert set(found[1].owners) == {"r1c1", "r1c2"}


def test_a_duplicate_grid_does_not_put_its_buildings_into_two() -> None:
    assert kinds(with_building(rect(1.2, 1.2, 0.2, 0.2), copy=rect(1, 1))) == [Kind.DUPLICATE]


@pytest.mark.parametrize("footprint", [
    None, Point(EAST, NORTH), LineString([(EAST, NORTH), (EAST + 9, NORTH)]),
    shape((100, 100), (150, 100), (190, 100)),
])  # fmt: skip
def test_a_footprint_that_cannot_be_measured_is_named(footprint: BaseGeometry | None) -> None:
    found = only(with_building(footprint), Kind.BROKEN_FOOTPRINT)
    assert (found.codes, found.layer) == (("b1",), "buildings")
    assert found.severity is Severity.WARNING


def test_a_self_crossing_footprint_is_measured_all_the_same() -> None:
    bow_tie = shape((190, 120), (210, 140), (210, 120), (190, 140))
    assert only(with_building(bow_tie), Kind.BUILDING_CUT).detail == "50%"


def test_a_compound_cut_by_a_grid_line_is_a_warning() -> None:
    found = only(check(town(), compounds=features(yard=rect(1.5, 1.1, 1, 0.5))), Kind.COMPOUND_CUT)
    assert found.severity is Severity.WARNING
    assert set(found.owners) == {"r1c1", "r1c2"}


def test_a_compound_beside_a_gap_is_not_cut() -> None:
    compounds = features(yard=rect(1.1, 1.1, 0.85, 0.5))
    assert kinds(check(town(r1c1=rect(1, 1, 0.9, 1)), compounds=compounds)) == [Kind.GAP]
