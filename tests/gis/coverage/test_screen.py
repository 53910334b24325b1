"""Broken geometry is a named finding: never an exception, never dropped in silence."""

import warnings

import numpy as np
import pytest
import shapely
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from gis.coverage import Kind, Severity, Terms, find_defects
from gis.coverage.screen import polygonal
from gis.errors import GeometryError
from tests.gis.coverage.towns import (
    EAST,
    HALVES,
    NORTH,
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


def with_vertex(x: float, y: float) -> Polygon:
    """Make r1c1 with one vertex replaced; files can hold what Shapely warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return shape((100, 100), (200, 100), (x, y), (100, 200))


UNUSABLE = {
    "null": None,
    "empty": Polygon(),
    "empty parts": MultiPolygon(),
    "line": LineString([(EAST, NORTH), (EAST + 9, NORTH)]),
    "point": Point(EAST, NORTH),
    "collection": GeometryCollection([rect(1, 1), Point(EAST, NORTH)]),
    "not a number": with_vertex(np.nan, 200),
    "infinite": with_vertex(200, np.inf),
    "flat": shape((100, 100), (150, 100), (190, 100)),
    "one point": shape((100, 100), (100, 100), (100, 100)),
}


@pytest.mark.parametrize("broken", UNUSABLE.values(), ids=UNUSABLE)
@pytest.mark.parametrize("nested", [False, True])
def test_a_grid_without_a_usable_polygon_is_named_and_its_ground_is_a_gap(
    broken: BaseGeometry | None, *, nested: bool
) -> None:
    shapes = town(4, 4, r1c1=broken)
    found = check_nested(shapes) if nested else check(shapes)
    assert kinds(found) == [Kind.BROKEN_GEOMETRY, Kind.GAP]
    assert found[0].codes == ("r1c1",)
    assert "r1c1" in found[0].text_zh
    assert "r1c1" in found[0].text_en


@pytest.mark.parametrize("broken", UNUSABLE.values(), ids=UNUSABLE)
def test_a_broken_parent_is_named_and_its_grids_are_not_blamed(
    broken: BaseGeometry | None,
) -> None:
    grids = units(town(4, 4), homes(town(4, 4)))
    found = only(find_defects(grids, parents=units(HALVES | {"west": broken})),
                 Kind.BROKEN_GEOMETRY)  # fmt: skip
    assert (found.layer, found.codes) == ("parents", ("west",))


@pytest.mark.parametrize("broken", [one for one in UNUSABLE.values() if one is not None])
def test_a_broken_frame_or_lake_is_an_error_that_says_why(broken: BaseGeometry) -> None:
    with pytest.raises(GeometryError, match="the frame is"):
        find_defects(units(town()), broken)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(GeometryError, match="the void is"):
        check(town(), terms=Terms(voids=(broken,)))  # type: ignore[arg-type]


def test_a_self_crossing_outline_is_named_where_it_crosses_and_measured_all_the_same() -> None:
    found = check(town(r1c1=shape((100, 100), (200, 200), (200, 100), (100, 200))))
    assert kinds(found) == [Kind.INVALID_RING, Kind.GAP, Kind.GAP]
    assert found[0].geometry == Point(EAST + 150, NORTH + 150)
    assert "自相交" in found[0].text_zh
    assert sum(one.area_m2 or 0.0 for one in found) == pytest.approx(5000.0)


def test_a_hole_outside_its_shell_is_named() -> None:
    odd = Polygon(rect(1, 1).exterior, [rect(5, 5, 0.1, 0.1).exterior])
    assert kinds(check(town(r1c1=odd)))[0] is Kind.INVALID_RING


def test_heights_are_a_note_and_nothing_else_changes() -> None:
    found = only(check(town(r1c1=shapely.force_3d(rect(1, 1), 750.0))), Kind.HEIGHTS)
    assert found.severity is Severity.NOTE
    assert found.codes == ("r1c1",)


def test_a_ring_that_runs_clockwise_is_no_fault() -> None:
    assert check(town(r1c1=shapely.reverse(rect(1, 1)))) == []


def test_an_empty_layer_is_named() -> None:
    found = only(check({}), Kind.BROKEN_GEOMETRY)
    assert found.severity is Severity.BLOCKING
    assert "没有任何要素" in found.text_zh


def test_an_empty_layer_leaves_the_whole_frame_uncovered() -> None:
    found = check({}, frame=rect(0, 0, 3, 3))
    assert kinds(found) == [Kind.BROKEN_GEOMETRY, Kind.INLET]
    assert found[1].area_m2 == pytest.approx(90_000.0)


def test_an_empty_level_above_is_named_and_the_grids_are_checked_without_it() -> None:
    grids = units(town(4, 4, r1c1=rect(1, 1, 0.9, 1)), homes(town(4, 4)))
    found = find_defects(grids, parents=units({}))
    assert kinds(found) == [Kind.BROKEN_GEOMETRY, Kind.GAP]
    assert found[0].layer == "parents"


def test_one_polygon_is_a_partition() -> None:
    assert check({"only": rect(0, 0)}) == []


def test_an_outline_of_many_vertices_is_checked_like_any_other() -> None:
    angle = np.linspace(0.0, 2 * np.pi, 20_000, endpoint=False)
    xy = np.column_stack([EAST + 900 * np.cos(angle), NORTH + 900 * np.sin(angle)])
    xy[[500, 501]] = xy[[501, 500]]
    found = only(check({"round": Polygon(xy)}), Kind.INVALID_RING)
    assert found.codes == ("round",)


def test_the_polygons_of_a_collection_are_kept_and_a_line_has_none() -> None:
    parts = GeometryCollection([rect(0, 0), MultiPolygon([rect(2, 0), rect(4, 0)]), Point(1, 1)])
    assert shapely.get_num_geometries(polygonal(parts)) == 3
    assert polygonal(LineString([(0, 0), (1, 1)])) is None
