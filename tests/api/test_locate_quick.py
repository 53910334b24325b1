"""`GET /locate` says the same on its short way and on its long one."""

import pytest
from fastapi.testclient import TestClient

from api import locate_quick
from tests.cities import middle
from tests.worlds import SIDE, SOUTH, WEST

LON, LAT = middle(1, 1)
PLACES = [
    (LON, LAT),
    (WEST + SIDE, SOUTH + SIDE),
    (WEST + SIDE * 1.02, SOUTH + SIDE / 2),
    (WEST - 1e-5, SOUTH + SIDE / 2),
    (*middle(2, 2),),
    (126.978, 37.566),
    (-0.0, 0.5),
]
ODD = [
    f"lon={LON}&lat={LAT}&lat={LAT}&datum=wgs84",
    f"lon={LON}&lat={LAT}",
    f"lon={LON}&lat={LAT}&datum=wgs84&datum=bd09",
    f"lon={LON}&lat={LAT}&datum=mars",
    f"lon=%31%31%31.7&lat={LAT}&datum=wgs84",
    f"lon=1.1e2&lat={LAT}&datum=wgs84",
    f"lon=--1&lat={LAT}&datum=wgs84",
    f"lon=&lat={LAT}&datum=wgs84",
    f"lon={'9' * 400}&lat={LAT}&datum=wgs84",
    f"lon={LAT}&lat={LON}&datum=wgs84",
    f"lon=181&lat={LAT}&datum=wgs84",
    "",
]


def ask(client: TestClient, queries: list[str]) -> list[tuple[int, str, str]]:
    answers = [client.get(f"/locate?{query}") for query in queries]
    return [(a.status_code, a.headers["content-type"], a.text) for a in answers]


@pytest.mark.parametrize("datum", ["cgcs2000", "wgs84", "gcj02", "bd09"])
def test_both_ways_say_the_same(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, datum: str
) -> None:
    queries = [f"datum={datum}&lon={lon}&lat={lat}" for lon, lat in PLACES]
    short = ask(client, queries)
    monkeypatch.setattr(locate_quick, "_read", lambda _query: None)
    assert short == ask(client, queries)
    assert {status for status, _, _ in short} == {200}


def test_what_is_odd_is_answered_the_long_way(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = ask(client, ODD)
    monkeypatch.setattr(locate_quick, "_read", lambda _query: None)
    assert short == ask(client, ODD)


def test_plain_questions_go_the_short_way() -> None:
    given = locate_quick._read(b"lat=37.25&datum=gcj02&lon=111.75")
    assert given is not None
    assert (given.lon, given.lat, given.datum.value) == (111.75, 37.25, "gcj02")
    assert [locate_quick._read(query.encode()) for query in ODD[:9]] == [None] * 9
