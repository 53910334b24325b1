"""Versions, their checks and their findings over HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from layers.db import session_factory
from layers.job_kinds import KINDS
from layers.jobs.worker import run_worker
from layers.settings import Settings
from tests.cities import add_draft
from tests.flaws import cut_compound, make_gap, make_overlap

DECISION = {"actor": "规划科", "reason": "此处为水库"}


@pytest.fixture(scope="module")
def draft(client: TestClient, engine: Engine, settings: Settings) -> int:
    """Return a checked draft with a gap, an overlap and a compound cut by a grid line."""
    with session_factory(engine).begin() as session:
        draft_id = add_draft(session, base_id=1)
        make_gap(session, draft_id)
        make_overlap(session, draft_id, column=0)
        cut_compound(session)
    asked = client.post(f"/versions/{draft_id}/check", json={"actor": "规划科"})
    assert (asked.status_code, asked.json()["asked_by"]) == (202, "规划科")
    assert asked.headers["location"] == f"/jobs/{asked.json()['id']}"
    run_worker(engine, settings, KINDS, wait=False)
    return draft_id


def findings(client: TestClient, draft: int, **asked: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/versions/{draft}/findings", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["findings"]
    return found


def decide(client: TestClient, draft: int, key: str, act: str, **body: str) -> Any:
    return client.post(f"/versions/{draft}/findings/{key}/{act}", json=DECISION | body)


def test_findings_come_worst_first_in_both_languages_with_what_may_be_done(
    client: TestClient, draft: int
) -> None:
    found = findings(client, draft)
    assert [one["rule_id"] for one in found] == ["JW-C10", "JW-C20", "JW-C53"]
    assert [one["acceptable"] for one in found] == [True, False, True]
    assert all(one["text"]["zh"] and one["text"]["en"] for one in found)
    assert found[0]["rule"] == {"zh": "空隙", "en": "gap"}


@pytest.mark.parametrize(
    ("asked", "rules"),
    [
        ({"severity": "warning"}, ["JW-C53"]),
        ({"rule": "JW-C20"}, ["JW-C20"]),
        ({"accepted": "true"}, []),
        ({"after": 0, "limit": 1}, ["JW-C20"]),
    ],
)
def test_findings_are_filtered(
    client: TestClient, draft: int, asked: dict[str, Any], rules: list[str]
) -> None:
    assert [one["rule_id"] for one in findings(client, draft, **asked)] == rules


def test_the_next_page_begins_where_the_first_ends(client: TestClient, draft: int) -> None:
    first = client.get(f"/versions/{draft}/findings", params={"limit": 2}).json()
    second = client.get(first["next"]).json()
    assert len(first["findings"]) == 2
    assert [one["rule_id"] for one in second["findings"]] == ["JW-C53"]
    assert second["next"] is None


def test_findings_are_geojson_for_a_map(client: TestClient, draft: int) -> None:
    answer = client.get(f"/versions/{draft}/findings", params={"f": "geojson"})
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    assert [one["geometry"]["type"] for one in features[:2]] == ["Polygon", "Polygon"]
    west = min(lon for ring in features[0]["geometry"]["coordinates"] for lon, _ in ring)
    assert features[0]["properties"]["lon"] == pytest.approx(west, abs=0.001)


def test_an_accepted_finding_shows_by_whom_until_it_is_withdrawn(
    client: TestClient, draft: int
) -> None:
    key = findings(client, draft, rule="JW-C10")[0]["key"]
    made = decide(client, draft, key, "accept")
    assert (made.status_code, made.json()["reason"]) == (201, "此处为水库")
    assert findings(client, draft, rule="JW-C10")[0]["acceptance"]["actor"] == "规划科"
    again = decide(client, draft, key, "accept")
    assert (again.status_code, again.json()["code"]) == (409, "acceptance")
    assert "此处为水库" in again.json()["detail"]
    assert decide(client, draft, key, "withdraw").status_code == 201
    assert findings(client, draft, rule="JW-C10")[0]["acceptance"] is None
    assert decide(client, draft, key, "withdraw").status_code == 409
    acts = client.get(f"/versions/{draft}/findings/{key}/acceptances").json()
    assert [act["act"] for act in acts] == ["accept", "withdraw"]


def test_what_must_be_mended_cannot_be_accepted(client: TestClient, draft: int) -> None:
    key = findings(client, draft, rule="JW-C20")[0]["key"]
    answer = decide(client, draft, key, "accept")
    assert (answer.status_code, answer.json()["code"]) == (409, "acceptance")
    assert "has to be mended" in answer.json()["detail"]


@pytest.mark.parametrize("body", [{"reason": ""}, {"reason": "  "}, {"actor": ""}, {"why": "x"}])
def test_a_decision_without_name_or_reason_is_refused(
    client: TestClient, draft: int, body: dict[str, str]
) -> None:
    key = findings(client, draft, rule="JW-C10")[0]["key"]
    answer = decide(client, draft, key, "accept", **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "request")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (f"/versions/{10**20}/findings/JW-C10-00000000/accept", "水库"),
        ("/versions/{draft}/findings/%00/accept", "水库"),
        ("/versions/{draft}/findings/{key}/accept", "水\x00库"),
    ],
)
def test_what_the_database_cannot_hold_is_refused_without_showing_its_words(
    client: TestClient, draft: int, path: str, reason: str
) -> None:
    key = findings(client, draft, rule="JW-C10")[0]["key"]
    body = {"actor": "规划科", "reason": reason}
    answer = client.post(path.format(draft=draft, key=key), json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "input")
    assert "select" not in answer.json()["detail"].lower()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/versions/999"),
        ("POST", "/versions/999/check"),
        ("GET", "/versions/999/findings"),
        ("GET", "/versions/1/findings"),  # published and never checked
        ("POST", "/versions/{draft}/findings/JW-C10-00000000/accept"),
        ("POST", "/versions/{draft}/findings/JW-C10-00000000/withdraw"),
        ("GET", "/versions/{draft}/findings/JW-C10-00000000/acceptances"),
    ],
)
def test_what_is_not_there_is_a_404(client: TestClient, draft: int, method: str, path: str) -> None:
    body = DECISION if path.endswith(("accept", "withdraw")) else None
    answer = client.request(method, path.format(draft=draft), json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["content-type"] == "application/problem+json"


def test_versions_are_listed_and_a_draft_tells_when_it_was_checked(
    client: TestClient, draft: int
) -> None:
    listed = client.get("/versions").json()["versions"]
    assert [(one["id"], one["state"]) for one in listed] == [(draft, "draft"), (1, "published")]
    drafts = client.get("/versions", params={"state": "draft"}).json()["versions"]
    assert [one["id"] for one in drafts] == [draft]
    assert listed[1]["valid_from"] == "2026-01-01T00:00:00Z"
    assert client.get(f"/versions/{draft}").json()["check"]["current"] is True
    assert client.get("/versions/1").json()["check"] is None
