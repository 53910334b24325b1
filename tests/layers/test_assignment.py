"""From a declared point to a grid, with the reason in words."""

import pytest
from sqlalchemy.orm import Session

from gis.datum import Datum, from_cgcs2000
from gis.errors import CodeError, CoordinateError
from layers.assignment import Assignment, assign, get_building
from layers.boundaries import CityMap, load_city_map
from layers.models import Queue
from tests.cities import add_city, community_code, grid_code, middle
from tests.worlds import SIDE, SOUTH, WEST

BUILDING = f"{community_code(0)}-C001-B01"


@pytest.fixture
def city(session: Session) -> CityMap:
    return load_city_map(session, add_city(session), gap_tolerance_m=10, near_border_m=30)


def at(city: CityMap, lon: float, lat: float) -> Assignment:
    return assign(city, lon, lat, Datum.CGCS2000)


def test_a_point_inside_says_its_grid_and_the_way_to_the_border(city: CityMap) -> None:
    place = at(city, *middle(1, 1))
    assert (place.how, place.grid) == ("inside", city.grids[grid_code(1, 1)])
    assert place.border_distance_m == pytest.approx(43.3, abs=0.5)  # half of 87 m
    assert place.reason.zh == "该点在第2社区第2网格范围内，距边界43 米。"
    assert place.reason.en.startswith("The point is inside Community 2 grid 2, 43 m from")


def test_near_a_border_the_neighbour_is_named(city: CityMap) -> None:
    place = at(city, WEST + 1.1 * SIDE, SOUTH + 1.5 * SIDE)
    assert [near.code for near in place.neighbours] == [grid_code(0, 1)]
    assert "对面是第1社区第2网格" in place.reason.zh


def test_on_a_shared_edge_the_first_code_answers_and_both_are_named(city: CityMap) -> None:
    place = at(city, WEST + SIDE, SOUTH + 1.5 * SIDE)
    assert (place.how, place.grid) == ("edge", city.grids[grid_code(0, 1)])
    assert "第1社区第2网格与第2社区第2网格的边界线上" in place.reason.zh


def test_on_the_city_limit_the_reason_does_not_name_a_far_neighbour(city: CityMap) -> None:
    place = at(city, WEST, SOUTH + 1.5 * SIDE)
    assert place.how == "edge"
    assert "与城市外界的边界线上" in place.reason.zh


def test_just_outside_the_nearest_grid_answers_and_the_gap_is_said(city: CityMap) -> None:
    place = at(city, WEST - 5 / 88_790, SOUTH + 1.5 * SIDE)
    assert (place.how, place.grid) == ("gap", city.grids[grid_code(0, 1)])
    assert "相距5.0 米" in place.reason.zh


def test_far_outside_it_goes_to_the_dispatch_centre(city: CityMap) -> None:
    place = at(city, 126.978, 37.566)  # Seoul
    assert (place.how, place.grid, place.queue) == ("outside", None, Queue.DISPATCH)
    assert place.nearest is not None
    assert "调度中心" in place.reason.zh
    assert "km away" in place.reason.en


@pytest.mark.parametrize("datum", list(Datum))
def test_each_datum_comes_to_the_same_place(city: CityMap, datum: Datum) -> None:
    lon, lat = from_cgcs2000(*middle(2, 0), datum)
    place = assign(city, float(lon), float(lat), datum)
    assert place.grid == city.grids[grid_code(2, 0)]
    assert (place.lon, place.lat) == pytest.approx(middle(2, 0), abs=1e-9)


@pytest.mark.parametrize(
    ("lon", "lat", "words"),
    [(float("nan"), 37.25, "finite"), (200, 37.25, "range|between"), (37.2515, 111.7515, "swap")],
)
def test_an_impossible_pair_is_refused(city: CityMap, lon: float, lat: float, words: str) -> None:
    with pytest.raises(CoordinateError, match=words):
        at(city, lon, lat)


def test_a_named_building_wins_and_a_disagreement_is_said(session: Session, city: CityMap) -> None:
    building = get_building(session, city, BUILDING)
    place = assign(city, *middle(1, 0), Datum.CGCS2000, building)
    assert (place.how, place.grid) == ("building", city.grids[grid_code(0, 0)])
    assert "但坐标落在第2社区第3网格，与楼宇不一致" in place.reason.zh


def test_a_building_and_a_point_that_agree_raise_no_question(
    session: Session, city: CityMap
) -> None:
    place = assign(city, *middle(0, 0), Datum.CGCS2000, get_building(session, city, BUILDING))
    assert place.reason.zh == "报告指明楼宇「桥头小区1号楼」，它属于第1社区第3网格。"


def test_an_unknown_building_is_refused_by_name(session: Session, city: CityMap) -> None:
    with pytest.raises(CodeError, match="no building 'B-77'"):
        get_building(session, city, "B-77")
