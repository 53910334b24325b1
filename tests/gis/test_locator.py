"""The rules of locating, on toy cities where the answer is known by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon

from gis.errors import CodeError, CoordinateError, GeometryError
from gis.locator import HOWS, How, Locator
from tests.worlds import (
    METRES_EAST_PER_DEGREE,
    METRES_NORTH_PER_DEGREE,
    SIDE,
    SOUTH,
    WEST,
    holed_city,
    square,
    square_city,
)

CITY = square_city(3)
LOCATOR = Locator(*CITY)
HOLED = Locator(*holed_city())
SIDE_EAST_M, SIDE_NORTH_M = SIDE * METRES_EAST_PER_DEGREE, SIDE * METRES_NORTH_PER_DEGREE
half_sides = st.sampled_from([count / 2 for count in range(-1, 8)])  # edges and corners, not luck


def at(column: float, row: float) -> tuple[float, float]:
    return WEST + column * SIDE, SOUTH + row * SIDE


def test_the_middle_of_a_square_is_inside_it() -> None:
    found = LOCATOR.locate_one(*at(1.5, 0.5))
    assert (found.code, found.how) == ("r0c1", How.INSIDE)
    assert found.border_distance_m == pytest.approx(SIDE_EAST_M / 2, rel=1e-3)
    assert (found.nearest, found.nearest_distance_m) == (None, 0.0)


@pytest.mark.parametrize(
    ("column", "row", "code"),
    [(1, 0.5, "r0c0"), (0.5, 1, "r0c0"), (1, 1, "r0c0"), (2, 2.5, "r2c1"), (0, 0.5, "r0c0")],
)
def test_a_shared_edge_or_corner_goes_to_the_code_that_sorts_first(
    column: float, row: float, code: str
) -> None:
    found = LOCATOR.locate_one(*at(column, row))
    assert (found.code, found.how, found.border_distance_m) == (code, How.EDGE, 0.0)


@given(column=half_sides, row=half_sides, order=st.permutations(range(9)))
def test_row_order_never_matters(column: float, row: float, order: list[int]) -> None:
    shuffled = CITY.shuffled(order)
    point = at(column, row)
    assert Locator(*shuffled).locate_one(*point) == LOCATOR.locate_one(*point)


@given(column=half_sides, row=half_sides)
def test_the_grid_found_is_the_first_that_covers_the_point(column: float, row: float) -> None:
    lon, lat = at(column, row)
    covering = [c for c, p in zip(*CITY, strict=True) if p.covers(Point(lon, lat))]
    assert LOCATOR.find(lon, lat) == (covering[0] if covering else None)


def test_in_a_gap_the_nearest_grid_has_the_point() -> None:
    lon, lat = at(0.5, 0)
    found = LOCATOR.locate_one(lon, lat - 4.0 / METRES_NORTH_PER_DEGREE)
    assert (found.code, found.how, found.nearest) == ("r0c0", How.GAP, "r0c0")
    assert found.border_distance_m == pytest.approx(4.0, rel=1e-3)
    assert found.nearest_distance_m == found.border_distance_m
    assert LOCATOR.find(lon, lat - 4.0 / METRES_NORTH_PER_DEGREE) is None


@pytest.mark.parametrize(("tolerance_m", "how"), [(3.9, How.OUTSIDE), (4.1, How.GAP)])
def test_the_tolerance_parts_gap_from_outside(tolerance_m: float, how: How) -> None:
    lon, lat = at(0.5, 0)
    locator = Locator(*CITY, gap_tolerance_m=tolerance_m)
    assert locator.locate_one(lon, lat - 4.0 / METRES_NORTH_PER_DEGREE).how is how


def test_outside_there_is_no_grid_but_the_nearest_is_named() -> None:
    found = LOCATOR.locate_one(*at(1.5, -2))
    assert (found.code, found.how, found.nearest) == (None, How.OUTSIDE, "r0c1")
    assert found.nearest_distance_m == pytest.approx(2 * SIDE_NORTH_M, rel=1e-3)


def test_seoul_is_outside_and_nothing_breaks() -> None:
    found = LOCATOR.locate_one(126.98, 37.57)
    assert (found.code, found.how) == (None, How.OUTSIDE)
    assert found.nearest is not None
    assert 1_300_000 < found.nearest_distance_m < 1_500_000


def test_near_a_corner_every_neighbour_is_named_nearest_first() -> None:
    lon, lat = at(1, 1)
    east, north = 5.0 / METRES_EAST_PER_DEGREE, 8.0 / METRES_NORTH_PER_DEGREE
    found = LOCATOR.locate_one(lon - east, lat - north)
    assert (found.code, found.how) == ("r0c0", How.INSIDE)
    assert [n.code for n in found.neighbours] == ["r0c1", "r1c0", "r1c1"]
    distances = [n.distance_m for n in found.neighbours]
    assert distances == pytest.approx([5.0, 8.0, 89**0.5], rel=2e-3)
    assert found.border_distance_m == pytest.approx(5.0, rel=2e-3)


def test_far_from_borders_no_neighbour_is_named() -> None:
    assert LOCATOR.locate_one(*at(1.5, 1.5)).neighbours == ()


@pytest.mark.parametrize(
    ("column", "row", "code", "how"),
    [
        (1, 1, "a_ring", How.INSIDE),
        (3, 3, "b_core", How.INSIDE),
        (2, 3, "a_ring", How.EDGE),
        (4.5, 4.5, "c_islands", How.INSIDE),
        (5.5, 5.5, "c_islands", How.INSIDE),
        (5, 5, "c_islands", How.EDGE),
        (4.5, 4, "b_core", How.EDGE),
        (5.5, 4.5, None, How.OUTSIDE),
        (5.5, 4, "b_core", How.EDGE),
        (6, 6, "a_ring", How.EDGE),
        (8.5, 4, None, How.OUTSIDE),
        (10, 4, "d_east", How.INSIDE),
    ],
)
def test_holes_and_parts_count(column: float, row: float, code: str | None, how: How) -> None:
    found = HOLED.locate_one(*at(column, row))
    assert (found.code, found.how) == (code, how)


def test_between_two_grids_at_one_distance_the_code_that_sorts_first_is_nearest() -> None:
    twins = Locator(["west", "east"], [square(0, 0), square(2, 0)], planar="EPSG:4547")
    # The strip between is symmetric about 1.5 sides, but the projection is not: stay on one vertex.
    stacked = Locator(["b", "a"], [square(0, 0), MultiPolygon([square(0, 0), square(3, 3)])])
    assert twins.locate_one(*at(1.25, 0.5)).nearest == "west"
    assert stacked.locate_one(*at(-1, -1)).nearest == "a"


def test_where_grids_overlap_the_code_that_sorts_first_has_the_point() -> None:
    overlapping = Locator(["b", "a"], [square(0, 0, 2, 2), square(1, 1, 2, 2)])
    assert overlapping.find(*at(1.5, 1.5)) == "a"
    assert overlapping.find(*at(0.5, 0.5)) == "b"


@given(columns=st.lists(half_sides, min_size=1, max_size=9), row=half_sides)
def test_many_points_get_the_answers_of_single_ones(columns: list[float], row: float) -> None:
    points = [at(column, row) for column in columns]
    many = LOCATOR.locate(*zip(*points, strict=True))
    for i, point in enumerate(points):
        one = LOCATOR.locate_one(*point)
        code = None if many.rows[i] < 0 else LOCATOR.codes[many.rows[i]]
        nearest = None if many.nearest_rows[i] < 0 else LOCATOR.codes[many.nearest_rows[i]]
        assert (code, nearest) == (one.code, one.nearest)
        assert list(How)[many.how[i]] is one.how
        assert many.border_distance_m[i] == one.border_distance_m


def test_no_points_are_no_answers() -> None:
    assert LOCATOR.find_rows([], []).shape == (0,)
    assert LOCATOR.locate([], []).rows.shape == (0,)


def test_a_city_without_grids_puts_everything_outside() -> None:
    found = Locator([], []).locate_one(*at(1, 1))
    assert (found.code, found.how, found.nearest) == (None, How.OUTSIDE, None)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_is_refused(bad: float) -> None:
    for ask in (LOCATOR.find, LOCATOR.locate_one):
        with pytest.raises(CoordinateError, match="not finite"):
            ask(bad, SOUTH)
    for ask_many in (LOCATOR.find_rows, LOCATOR.locate):
        with pytest.raises(CoordinateError, match=r"row 1: .* not finite"):
            ask_many([WEST, WEST], [SOUTH, bad])


def test_a_code_given_twice_is_refused() -> None:
    with pytest.raises(CodeError, match="r0c0 is given twice"):
        Locator(["r0c0", "r0c0"], [square(0, 0), square(1, 0)])


def test_each_grid_needs_a_code() -> None:
    with pytest.raises(CodeError, match="1 codes for 2 polygons"):
        Locator(["r0c0"], [square(0, 0), square(1, 0)])


@pytest.mark.parametrize(
    ("polygon", "why"),
    [(Polygon(), "no polygon"), (Polygon([at(0, 0), at(1, 1), at(1, 0), at(0, 1)]), "not valid")],
)
def test_a_polygon_that_is_none_is_refused(polygon: Polygon, why: str) -> None:
    with pytest.raises(GeometryError, match=why):
        Locator(["a"], [polygon])


@given(column=half_sides, row=half_sides, off_m=st.sampled_from([0.0, 0.4, 3.0, 40.0]))
def test_one_point_is_answered_like_many(column: float, row: float, off_m: float) -> None:
    lon, lat = at(column, row)
    lat -= off_m / METRES_NORTH_PER_DEGREE
    one, many = LOCATOR.locate_one(lon, lat), LOCATOR.locate([lon], [lat])
    assert one.code == (LOCATOR.codes[many.rows[0]] if many.rows[0] >= 0 else None)
    assert one.nearest == (LOCATOR.codes[many.nearest_rows[0]] if one.nearest else None)
    assert HOWS[many.how[0]] is one.how
    assert many.border_distance_m[0] == pytest.approx(one.border_distance_m, abs=1e-9)
    assert many.nearest_distance_m[0] == one.nearest_distance_m
