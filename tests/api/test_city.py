"""The city, its grids and tiles."""

import math
import time

import pytest
from fastapi.testclient import TestClient

from tests.cities import grid_code, middle


def tile_over(lon: float, lat: float, zoom: int = 15) -> str:
    """Name the Web Mercator tile over a point, by the formula of the tile scheme."""
    north = math.asinh(math.tan(math.radians(lat))) / math.pi
    x, y = (lon + 180) / 360 * 2**zoom, (1 - north) / 2 * 2**zoom
    return f"/tiles/{zoom}/{int(x)}/{int(y)}.mvt"


HOME = tile_over(*middle(0, 0))


def test_the_city_names_itself_its_version_and_its_counts(client: TestClient) -> None:
    city = client.get("/city").json()
    assert city["name"]["zh"] == "汾阳市"
    assert city["counts"] | {"grids": 9, "communities": 3, "residents": 270} == city["counts"]
    assert city["synthetic"] is True
    assert "合成示例数据" in city["synthetic_note"]["zh"]


def test_a_grid_shows_counts_and_its_officer(client: TestClient) -> None:
    grid = client.get(f"/grids/{grid_code(0, 0)}").json()
    assert (grid["residents"], grid["residents_60_plus"]) == (30, 6)
    assert grid["officer"]["standing_in"] is False
    assert grid["community"]["name"] == "第1社区"


def test_a_grid_that_is_not_in_force_is_not_found(client: TestClient) -> None:
    assert client.get("/grids/141182001001099").status_code == 404


def test_a_tile_of_the_city_holds_its_layers_and_is_not_sent_twice(client: TestClient) -> None:
    first = client.get(HOME)
    assert first.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert all(name in first.content for name in (b"grids", b"buildings", b"grid_labels"))
    again = client.get(HOME, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_tile_far_away_is_empty(client: TestClient) -> None:
    assert client.get("/tiles/15/0/0.mvt").content == b""


@pytest.mark.parametrize("path", ["30/0/0", "3/8/0", "3/0/-1"])
def test_a_tile_that_does_not_exist_is_refused(client: TestClient, path: str) -> None:
    assert client.get(f"/tiles/{path}.mvt").status_code == 422


def test_tiles_are_drawn_anew_when_places_change(client: TestClient) -> None:
    held = client.app.state.held  # type: ignore[attr-defined]
    before = client.get(HOME).headers["etag"]
    with held.sessions.begin() as session:
        session.connection().exec_driver_sql("update compounds set name = '桥南小区'")
    after, until = before, time.monotonic() + 10
    while after == before and time.monotonic() < until:
        after = client.get(HOME).headers["etag"]
        time.sleep(0.02)
    with held.sessions.begin() as session:
        session.connection().exec_driver_sql("update compounds set name = '桥头小区'")
    assert after != before
