"""Planar systems by longitude, and coordinates that cannot be a place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.crs import (
    LonLatBounds,
    check_lonlat,
    gauss_kruger_zone,
    parse_crs,
    planar_crs,
    to_lonlat,
    to_planar,
    zone_of_easting,
    zone_prefixed_crs,
)
from gis.errors import CoordinateError, CrsError

CITY = LonLatBounds(111.43, 37.14, 112.03, 37.50)


def test_the_sample_city_is_measured_around_111_east() -> None:
    assert planar_crs(111.78) == "EPSG:4546"
    assert zone_prefixed_crs(111.78) == "EPSG:4525"


@pytest.mark.parametrize(
    ("lon", "zone"), [(73.5, 25), (109.4999, 36), (109.5, 37), (112.4999, 37), (136.4999, 45)]
)
def test_zones_begin_one_and_a_half_degrees_before_their_meridian(lon: float, zone: int) -> None:
    assert gauss_kruger_zone(lon) == zone


@pytest.mark.parametrize("zone", range(25, 46))
def test_every_zone_names_the_registered_system(zone: int) -> None:
    plain, prefixed = parse_crs(planar_crs(3 * zone)), parse_crs(zone_prefixed_crs(3 * zone))
    assert plain.name == f"CGCS2000 / 3-degree Gauss-Kruger CM {3 * zone}E"
    assert prefixed.name == f"CGCS2000 / 3-degree Gauss-Kruger zone {zone}"


@pytest.mark.parametrize("lon", [0.0, 73.4999, 136.5, -111.78, float("nan"), float("inf")])
def test_no_zone_is_invented_outside_china(lon: float) -> None:
    with pytest.raises(CrsError, match="name a planar CRS"):
        planar_crs(lon)


def test_an_easting_tells_its_zone() -> None:
    x, _ = to_planar(111.78, 37.27, "EPSG:4525")
    assert zone_of_easting(float(x)) == 37
    assert zone_of_easting(569_183.4) is None
    assert zone_of_easting(float("nan")) is None


@given(lon=st.floats(111.43, 112.03), lat=st.floats(37.14, 37.50))
def test_planar_coordinates_come_back(lon: float, lat: float) -> None:
    back = to_lonlat(*to_planar(lon, lat, "EPSG:4546"), "EPSG:4546")
    assert float(back[0]) == pytest.approx(lon, abs=1e-11)
    assert float(back[1]) == pytest.approx(lat, abs=1e-11)


def test_x_is_east_and_y_is_north() -> None:
    x, y = to_planar([111.0, 111.0, 111.01], [37.0, 37.01, 37.0], "EPSG:4546")
    assert x[0] == pytest.approx(500_000.0)
    assert (x[2] - x[0], y[1] - y[0]) == pytest.approx((890, 1110), rel=2e-3)


def test_degrees_are_no_planar_system() -> None:
    with pytest.raises(CrsError, match="does not measure in metres"):
        to_planar(111.0, 37.0, "EPSG:4326")


@pytest.mark.parametrize("text", ["", "EPSG:1", "beijing", "+proj=nonsense", "PROJCRS[]"])
def test_an_unreadable_system_is_refused_with_examples(text: str) -> None:
    with pytest.raises(CrsError, match="EPSG:4546"):
        parse_crs(text)


@pytest.mark.parametrize("text", ["EPSG:4546", "epsg:4546", "4546", parse_crs("4546").to_wkt()])
def test_a_system_is_read_from_its_code_or_definition(text: str) -> None:
    assert parse_crs(text).to_epsg() == 4546


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_is_refused_by_row(bad: float) -> None:
    with pytest.raises(CoordinateError, match=r"row 1: .* is not finite"):
        check_lonlat([111.7, bad, 111.8], [37.2, 37.2, 37.2])


def test_swapped_axes_are_recognised_by_the_city() -> None:
    with pytest.raises(CoordinateError, match=r"\(37.27, 111.78\) looks swapped"):
        check_lonlat(37.27, 111.78, CITY)


def test_without_a_city_a_latitude_above_90_is_out_of_range() -> None:
    with pytest.raises(CoordinateError, match="out of range"):
        check_lonlat(37.27, 111.78)


def test_another_city_is_no_error() -> None:
    check_lonlat(126.98, 37.57, CITY)


@pytest.mark.parametrize("corner", [(180.0, 90.0), (-180.0, -90.0), (0.0, 0.0)])
def test_the_whole_globe_is_in_range(corner: tuple[float, float]) -> None:
    check_lonlat(*corner)


def test_only_the_first_rows_are_listed() -> None:
    with pytest.raises(CoordinateError, match="row 0, 1, 2 and 7 more"):
        check_lonlat(np.full(10, np.nan), np.zeros(10))


def test_longitudes_and_latitudes_come_in_pairs() -> None:
    with pytest.raises(CoordinateError, match="2 longitudes but 1 latitudes"):
        check_lonlat([111.0, 112.0], [37.0])
