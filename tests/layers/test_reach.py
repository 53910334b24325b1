"""Whom centres reach: two streets, three homes and two centres that can be counted by hand."""

import numpy as np
import pytest
import shapely

from gis.crs import to_lonlat
from gis.errors import JingweiError
from layers.boundaries import Unit
from layers.centres import Centre
from layers.opening import Hours
from layers.reach import Band, Homes, Reach, measure_reach
from tests.gis.network.worlds import network
from tests.layers.test_opening import at

PLANAR = "EPSG:4546"
X, Y = 560_000.0, 4_120_000.0
STREET = [(X, Y), (X + 1000, Y)]
BEYOND = [(X, Y + 30), (X + 1000, Y + 30)]  # across the river, no bridge
RIVER = shapely.box(X - 500, Y + 10, X + 1500, Y + 20)
NIGHT = at("2026-09-23 02:00")


def centre(code: str, x: float, kind: str, rule: str, capacity: int | None = None) -> Centre:
    lon, lat = to_lonlat(X + x, Y, PLANAR)
    return Centre(
        code=code, name=code, name_en=None, kind=kind, region=Unit("R", "片区", None),
        community_code=code[:12], address=None, phone=None, services=(), step_free=True,
        capacity=capacity, rule=rule, hours=Hours(rule), lon=float(lon), lat=float(lat),
    )  # fmt: skip


WEST = centre("141182001001-P01", 0, "community", "Mo-Fr 08:00-18:00", 50)
EAST = centre("141182002001-P00", 900, "regional", "24/7")
HOMES = Homes(
    codes=["141182001001-B1", "141182001001-B2", "141182001001-B3"],
    xy=np.array([[X + 100, Y], [X + 600, Y], [X + 100, Y + 30]]),
    people=np.array([100.0, 40.0, 7.0]),
    older=np.array([20.0, 10.0, 7.0]),
    sites=["shop", "hall"],
    sites_xy=np.array([[X + 600, Y], [X + 100, Y + 30]]),
)


@pytest.fixture(scope="module")
def found() -> Reach:
    return measure_reach(
        HOMES, [WEST, EAST], network(STREET, BEYOND),
        planar=PLANAR, water=RIVER, at_night=NIGHT, new=1,
    )  # fmt: skip


def band(found: Reach, tier: str, limit: int, unit: str, *, by_night: bool = False) -> Band:
    (one,) = [
        one for one in found.bands
        if (one.tier, one.limit, one.unit, one.by_night) == (tier, limit, unit, by_night)
    ]  # fmt: skip
    return one


def test_people_are_counted_within_metres_and_minutes_by_tier(found: Reach) -> None:
    assert band(found, "any", 300, "m").people == 140  # 100 m and 300 m
    assert band(found, "community", 300, "m").people == 100
    assert band(found, "regional", 300, "m").people == 40
    assert band(found, "any", 300, "m").people_share == pytest.approx(140 / 147)
    assert band(found, "any", 5, "min").people == 140  # 250 s at 1.2 m/s
    assert band(found, "any", 5, "min").older == 20  # 375 s at 0.8 m/s is too far
    assert band(found, "any", 10, "min").older == 30


def test_at_night_only_what_is_open_counts(found: Reach) -> None:
    assert band(found, "any", 300, "m", by_night=True).people == 40
    assert found.night.first.tolist() == [1, 1, -1]
    assert found.night.first_cost[0] == 800


def test_across_a_river_without_a_bridge_nobody_is_reached(found: Reach) -> None:
    assert np.isinf(found.near.first_cost[2])
    assert found.detour.tolist() == [False, False, True]
    lon, lat = to_lonlat(X + 100, Y + 29, PLANAR)
    assert not found.areas[15].intersects(shapely.Point(float(lon), float(lat)))


def test_the_second_nearest_and_another_subdistrict_are_told(found: Reach) -> None:
    assert found.near.first.tolist() == [0, 1, -1]
    assert found.near.second.tolist() == [1, 0, -1]
    assert found.near.second_cost[:2].tolist() == [800, 600]
    assert found.abroad.tolist() == [False, True, False]


def test_load_is_measured_by_capacity_or_by_the_standard(found: Reach) -> None:
    west, east = found.loads
    assert (west.people, west.capacity, west.ratio, west.by_standard) == (100, 50, 2.0, False)
    assert (east.people, east.capacity, east.by_standard) == (40, 100_000, True)


def test_new_sites_shorten_the_mean_way_and_reach_who_was_not_reached(found: Reach) -> None:
    assert found.median.chosen.tolist() == [0]  # 40 people by 300 m, against 7 by 600 m
    assert found.median.today == pytest.approx((100 * 100 + 40 * 300 + 7 * 600) / 147)
    assert found.median.then == pytest.approx((100 * 100 + 7 * 600) / 147)
    assert found.cover.chosen.tolist() == [1]
    assert (found.cover.today, found.cover.then) == (140, 147)


def test_without_centres_it_says_so() -> None:
    with pytest.raises(JingweiError, match="no service centres"):
        measure_reach(HOMES, [], network(STREET), planar=PLANAR, water=RIVER, at_night=NIGHT, new=1)
