"""Cases over HTTP."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

from fastapi.testclient import TestClient

from tests.api.test_incidents import body

DESK = {"X-Actor": quote("一号坐席")}


def take_in(client: TestClient, **change: Any) -> dict[str, Any]:
    answer = client.post("/cases", json=body(**{"channel": "phone", **change}), headers=DESK)
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    assert client.get(answer.headers["location"]).json() == made
    return made


def step(client: TestClient, number: str, kind: str, **more: Any) -> Any:
    headers = {**DESK, **more.pop("headers", {})}
    given = {"kind": kind, "role": "dispatcher", **more}
    return client.post(f"/cases/{number}/steps", json=given, headers=headers)


def test_a_call_is_dispatched_at_once_owned_by_who_took_it(client: TestClient) -> None:
    made = take_in(client)
    assert (made["state"], made["owner"], made["colour"]) == ("dispatched", "一号坐席", "green")
    assert made["limit"] == {"amount": 5, "unit": "working_day"}
    assert "accept" in made["allowed"]


def test_what_came_in_by_itself_waits_to_be_verified(client: TestClient) -> None:
    made = take_in(client, channel="open311")
    assert (made["state"], made["allowed"]) == (
        "received", ["verify", "supervise", "hand_over", "void"],
    )  # fmt: skip


def test_a_case_goes_from_step_to_step_to_the_reporters_satisfaction(client: TestClient) -> None:
    number = take_in(client)["number"]
    for kind in ("accept", "handle", "inspect", "close"):
        assert step(client, number, kind).status_code == 201
    last = step(client, number, "feed_back", satisfaction=5).json()
    assert (last["state"], last["satisfaction"], last["allowed"]) == ("fed_back", 5, ["rework"])
    events = client.get(f"/cases/{number}/events").json()
    assert [event["kind"] for event in events] == [
        "report", "accept", "handle", "inspect", "close", "feed_back",
    ]  # fmt: skip
    assert events[-1]["detail"] == {"role": "dispatcher", "satisfaction": 5}


def test_a_wrong_step_and_a_wrong_role_say_what_would_be_right(client: TestClient) -> None:
    made = take_in(client)
    wrong = step(client, made["number"], "close")
    assert (wrong.status_code, wrong.json()["allowed"]) == (409, made["allowed"])
    wrong = step(client, made["number"], "extend", amount=2, note="雨")
    assert (wrong.status_code, wrong.json()["roles"]) == (403, ["leader"])
    assert step(client, made["number"], "void").status_code == 422
    assert step(client, made["number"], "supervise", role="clock", note="x").status_code == 422
    assert client.post("/cases", json=body()).status_code == 401


def test_a_step_sent_again_with_its_key_is_answered_and_not_taken_again(
    client: TestClient,
) -> None:
    number = take_in(client)["number"]
    key = {"Idempotency-Key": str(uuid4())}
    first = step(client, number, "accept", headers=key)
    again = step(client, number, "accept", headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert len(client.get(f"/cases/{number}/events").json()) == 2


def test_cases_are_listed_by_filters_page_by_page(client: TestClient) -> None:
    made = [take_in(client, category="dispute")["number"] for _ in range(3)]
    asked: dict[str, str | int] = {
        "category": "dispute",
        "owner": "一号坐席",
        "colour": "green",
        "limit": 2,
    }
    page = client.get("/cases", params=asked).json()
    rest = client.get(page["next"]).json()
    assert [case["number"] for case in page["cases"] + rest["cases"]] == made[::-1]
    assert rest["next"] is None


def test_types_and_the_table_of_steps_are_told(client: TestClient) -> None:
    types = {kind["code"]: kind for kind in client.get("/cases/types").json()}
    assert types["emergency"]["limit"] == {"amount": 2, "unit": "urgent_hour"}
    steps = {one["kind"]: one for one in client.get("/cases/steps").json()}
    assert steps["accept"]["before"] == ["dispatched"]
    assert steps["extend"]["needs"] == ["amount", "note"]
