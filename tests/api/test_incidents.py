"""Incidents over HTTP."""

from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from tests.cities import grid_code, middle


def body(column: int = 1, row: int = 1, **change: Any) -> dict[str, Any]:
    lon, lat = middle(column, row)
    given = {"category": "facility", "text": "路灯不亮", "lon": lon, "lat": lat}
    return {**given, "datum": "cgcs2000", **change}


def post(client: TestClient, **change: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/incidents", json=body(**change)).json()
    return answer


def test_a_report_is_created_with_its_grid_and_where_to_find_it(client: TestClient) -> None:
    answer = client.post("/incidents", json=body())
    assert answer.status_code == 201
    made = answer.json()
    assert made["grid"]["code"] == grid_code(1, 1)
    assert made["state"] == "dispatched"
    assert made["border_distance_m"] == round(made["border_distance_m"], 3) > 0
    assert client.get(answer.headers["location"]).json() == made


def test_the_same_key_gives_the_first_answer_again(client: TestClient) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = client.post("/incidents", json=body(), headers=key)
    again = client.post("/incidents", json=body(), headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_the_same_key_with_another_report_is_refused(client: TestClient) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    client.post("/incidents", json=body(), headers=key)
    answer = client.post("/incidents", json=body(text="水管漏"), headers=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key")


def test_seoul_goes_to_the_hand_queue(client: TestClient) -> None:
    made = post(client, lon=126.978, lat=37.566, datum="wgs84")
    assert (made["queue"], made["state"], made["grid"]) == ("dispatch", "to_sort", None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lon": 37.25, "lat": 111.75}, "swapped"),
        ({"datum": "mars"}, "datum"),
        ({"category": "magic"}, "use one of environment"),
        ({"text": "  "}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"who": "张三"}, "who"),
        ({"building_code": "B-77"}, "no building"),
    ],
)
def test_a_wrong_report_is_refused_and_not_stored(
    client: TestClient, change: dict[str, Any], words: str
) -> None:
    before = client.get("/incidents").json()["incidents"]
    answer = client.post("/incidents", json=body(**change))
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert client.get("/incidents").json()["incidents"] == before


def test_not_a_number_in_the_body_is_refused(client: TestClient) -> None:
    words = '{"category":"other","text":"x","lon":NaN,"lat":37.25,"datum":"wgs84"}'
    answer = client.post("/incidents", content=words, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_wrong_step_is_a_conflict_that_names_the_allowed_ones(client: TestClient) -> None:
    number = post(client)["number"]
    answer = client.post(f"/incidents/{number}/events", json={"kind": "close", "actor": "网格员"})
    assert answer.status_code == 409
    assert {"assign", "accept", "return", "void"} <= set(answer.json()["allowed"])


def test_steps_are_listed_as_events(client: TestClient) -> None:
    number = post(client)["number"]
    taken = client.post(f"/incidents/{number}/events", json={"kind": "accept", "actor": "网格员"})
    assert (taken.status_code, taken.json()["state"]) == (201, "accepted")
    events = client.get(f"/incidents/{number}/events").json()
    assert [event["kind"] for event in events] == ["report", "accept"]


def test_pages_follow_each_other_without_loss(client: TestClient) -> None:
    made = [post(client, column=0, row=2)["number"] for _ in range(5)]
    url: str | None = f"/incidents?grid={grid_code(0, 2)}&limit=2"
    seen: list[str] = []
    while url:
        page = client.get(url).json()
        seen += [incident["number"] for incident in page["incidents"]]
        url = page["next"]
    assert seen == made[::-1]


def test_a_list_of_one_queue_holds_that_queue_only(client: TestClient) -> None:
    post(client, lon=126.978, lat=37.566)
    post(client)
    page = client.get("/incidents", params={"queue": "dispatch"}).json()
    assert {incident["queue"] for incident in page["incidents"]} == {"dispatch"}


@pytest.mark.parametrize("path", ["", "/events"])
def test_an_unknown_incident_is_not_found(client: TestClient, path: str) -> None:
    answer = client.get(f"/incidents/20200101-9{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
