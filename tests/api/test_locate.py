"""`GET /locate`."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.cities import community_code, grid_code, middle
from tests.worlds import SIDE, SOUTH, WEST

LON, LAT = middle(1, 1)
HERE: dict[str, Any] = {"lon": LON, "lat": LAT, "datum": "cgcs2000"}


def test_a_point_gets_its_grid_parents_officer_and_reason(client: TestClient) -> None:
    answer = client.get("/locate", params=HERE).json()
    assert answer["grid"]["code"] == grid_code(1, 1)
    assert answer["community"]["code"] == community_code(1)
    assert answer["subdistrict"]["name"] == "文峰街道"
    assert answer["officer"]["duty_line"].startswith("0358-000-")
    assert (answer["how"], answer["queue"]) == ("inside", "grid")
    assert "第2社区第2网格" in answer["reason"]["zh"]
    assert answer["version"]["label"] == "toy"


def test_far_outside_the_dispatch_centre_answers(client: TestClient) -> None:
    seoul: dict[str, Any] = {"lon": 126.978, "lat": 37.566, "datum": "wgs84"}
    answer = client.get("/locate", params=seoul).json()
    assert (answer["grid"], answer["officer"], answer["queue"]) == (None, None, "dispatch")
    assert answer["nearest"]["distance_m"] > 1_000_000


def test_a_named_building_wins(client: TestClient) -> None:
    params = {**HERE, "building": f"{community_code(0)}-C001-B01"}
    answer = client.get("/locate", params=params).json()
    assert (answer["how"], answer["grid"]["code"]) == ("building", grid_code(0, 0))


def test_on_a_corner_of_four_the_first_code_answers(client: TestClient) -> None:
    corner: dict[str, Any] = {"lon": WEST + SIDE, "lat": SOUTH + SIDE, "datum": "cgcs2000"}
    answer = client.get("/locate", params=corner).json()
    assert (answer["how"], answer["grid"]["code"]) == ("edge", grid_code(0, 1))


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"lon": "nan"}, 422, "finite"),
        ({"lon": "inf"}, 422, "finite"),
        ({"lon": LAT, "lat": LON}, 422, "swapped"),
        ({"lon": 181}, 422, "lon"),
        ({"datum": "mars"}, 422, "'wgs84', 'cgcs2000', 'gcj02' or 'bd09'"),
        ({"datum": None}, 422, "datum"),
        ({"building": "B-77"}, 422, "no building 'B-77'"),
        ({"at": "2026-03-01T00:00:00"}, 422, "no zone"),
        ({"at": "2001-01-01T00:00:00Z"}, 503, "no boundary version is in force"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    client: TestClient, change: dict[str, Any], status: int, words: str
) -> None:
    params = {name: value for name, value in (HERE | change).items() if value is not None}
    answer = client.get("/locate", params=params)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]
    assert answer.json()["title_zh"]
