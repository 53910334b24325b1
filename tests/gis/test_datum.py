"""The datum shifts against two independent libraries and a worked example."""

import math
from collections.abc import Callable

import coord_convert.transform as coord_convert
import geocoordinates_ffi as geocoordinates  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis import datum
from gis.datum import Datum, parse_datum, point_to_cgcs2000, to_cgcs2000
from gis.errors import DatumError

Pair = tuple[float, float]
city_lon = st.floats(111.43, 112.03)
city_lat = st.floats(37.14, 37.50)
china_lon = st.floats(73.0, 135.0)
china_lat = st.floats(3.5, 53.5)


def metres_between(one: Pair, other: Pair) -> float:
    north = math.radians(one[1] - other[1])
    east = math.radians(one[0] - other[0]) * math.cos(math.radians(one[1]))
    return 6_371_000.0 * math.hypot(north, east)


def as_pair(values: tuple[object, object]) -> Pair:
    return float(np.asarray(values[0])), float(np.asarray(values[1]))


def test_the_worked_example_comes_out_to_the_last_printed_digit() -> None:
    gcj = as_pair(datum.wgs84_to_gcj02(111.78, 37.27))
    bd = as_pair(datum.gcj02_to_bd09(*gcj))
    assert gcj == pytest.approx((111.786450062, 37.270540976), abs=1e-9)
    assert bd == pytest.approx((111.793045609, 37.276221244), abs=1e-9)


@given(lon=china_lon, lat=china_lat)
def test_forward_shifts_agree_with_geocoordinates(lon: float, lat: float) -> None:
    gcj = geocoordinates.wgs84_to_gcj02(geocoordinates.Wgs84(lat=lat, lon=lon))
    bd = geocoordinates.gcj02_to_bd09(gcj)
    assert metres_between(as_pair(datum.wgs84_to_gcj02(lon, lat)), (gcj.lon, gcj.lat)) < 1e-3
    assert metres_between(as_pair(datum.wgs84_to_bd09(lon, lat)), (bd.lon, bd.lat)) < 1e-3


@given(lon=city_lon, lat=city_lat)
def test_inverse_shifts_agree_with_geocoordinates(lon: float, lat: float) -> None:
    wgs = geocoordinates.gcj02_to_wgs84_refined(geocoordinates.Gcj02(lat=lat, lon=lon))
    gcj = geocoordinates.bd09_to_gcj02_refined(geocoordinates.Bd09(lat=lat, lon=lon))
    assert metres_between(as_pair(datum.gcj02_to_wgs84(lon, lat)), (wgs.lon, wgs.lat)) < 1e-3
    assert metres_between(as_pair(datum.bd09_to_gcj02(lon, lat)), (gcj.lon, gcj.lat)) < 1e-3


@given(lon=city_lon, lat=city_lat)
def test_shifts_agree_with_coord_convert_where_it_is_exact(lon: float, lat: float) -> None:
    for ours, theirs in (
        (datum.wgs84_to_gcj02, coord_convert.wgs2gcj),
        (datum.gcj02_to_wgs84, coord_convert.gcj2wgs),
        (datum.gcj02_to_bd09, coord_convert.gcj2bd),
        (datum.wgs84_to_bd09, coord_convert.wgs2bd),
    ):
        assert metres_between(as_pair(ours(lon, lat)), theirs(lon, lat)) < 1e-3


@given(lon=china_lon, lat=china_lat, name=st.sampled_from(Datum))
def test_every_datum_survives_the_round_trip(lon: float, lat: float, name: Datum) -> None:
    there = datum.from_cgcs2000(lon, lat, name)
    assert metres_between(as_pair(to_cgcs2000(*there, name)), (lon, lat)) < 1e-5


@pytest.mark.parametrize("name", [Datum.WGS84, Datum.CGCS2000])
def test_wgs84_and_cgcs2000_are_taken_as_they_are(name: Datum) -> None:
    assert as_pair(to_cgcs2000(111.78, 37.27, name)) == (111.78, 37.27)


def test_arrays_keep_their_shape_and_equal_the_single_answers() -> None:
    lon, lat = np.array([[111.5, 111.7], [111.9, 112.0]]), np.array([[37.2, 37.3], [37.4, 37.5]])
    many = to_cgcs2000(lon, lat, Datum.BD09)
    assert many[0].shape == lon.shape
    single = as_pair(to_cgcs2000(111.9, 37.4, Datum.BD09))
    assert metres_between((many[0][1, 0], many[1][1, 0]), single) < 1e-6


def test_outside_the_rectangle_gcj02_is_wgs84() -> None:
    assert as_pair(datum.wgs84_to_gcj02(2.35, 48.86)) == (2.35, 48.86)
    assert as_pair(datum.gcj02_to_wgs84(2.35, 48.86)) == (2.35, 48.86)


def test_a_missing_coordinate_stays_missing_and_spoils_no_other() -> None:
    lon, lat = to_cgcs2000([np.nan, 111.786450062], [37.27, 37.270540976], Datum.GCJ02)
    assert np.isnan(lon[0])
    assert (lon[1], lat[1]) == pytest.approx((111.78, 37.27), abs=1e-8)


@pytest.mark.parametrize("text", ["GCJ-02", "gcj02", " Gcj_02 ", "gcj02ll"])
def test_a_datum_is_read_however_it_is_written(text: str) -> None:
    assert parse_datum(text) is Datum.GCJ02


@pytest.mark.parametrize("text", ["", "wgs72", "百度"])
def test_an_unknown_datum_is_refused_and_the_choices_are_named(text: str) -> None:
    with pytest.raises(DatumError, match="wgs84, cgcs2000, gcj02, bd09") as caught:
        parse_datum(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("convert", "least_m", "most_m"),
    [(datum.wgs84_to_gcj02, 551, 590), (datum.wgs84_to_bd09, 1316, 1386)],
)
def test_the_shift_in_the_sample_city_has_the_known_size(
    convert: Callable[[float, float], tuple[object, object]], least_m: float, most_m: float
) -> None:
    moved = metres_between(as_pair(convert(111.78, 37.27)), (111.78, 37.27))
    assert least_m <= moved <= most_m


@pytest.mark.parametrize("datum", Datum)
@pytest.mark.parametrize("place", [(111.7856, 37.2611), (121.5, 31.2), (-0.5, 51.5), (105.0, 35.0)])
def test_one_point_is_converted_like_many(datum: Datum, place: tuple[float, float]) -> None:
    lon, lat = to_cgcs2000([place[0]], [place[1]], datum)
    assert point_to_cgcs2000(*place, datum) == pytest.approx((lon[0], lat[0]), abs=1e-12)
