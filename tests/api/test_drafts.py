"""Drafts over HTTP, from opening to force."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from api.app import create_app
from layers.db import session_factory
from layers.settings import Settings
from tests.planned import add_planned_city, officer_code
from tests.plans import COMMUNITIES, at, grid_code

WEST_GRID, NORTH_GRID = grid_code(0, 0), grid_code(0, 2)
PAINT = {"kind": "paint", "blocks": ["K01"], "grid": NORTH_GRID}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def client(engine: Engine, settings: Settings) -> Iterator[TestClient]:
    with session_factory(engine).begin() as session:
        add_planned_city(session)
    with TestClient(create_app(settings, engine), raise_server_exceptions=False) as client:
        yield client


class Planner:
    """Somebody at the desk, who looks before each step."""

    def __init__(self, client: TestClient, name: str, draft: int | None = None) -> None:
        self.client, self.name, self.seen = client, name, 0
        self.draft = draft or self.send("/drafts", {"label": "调整"}).json()["id"]

    def send(self, path: str, body: Json | None = None, **headers: str) -> Any:
        return self.client.post(
            path, json=body, headers={"X-Actor": self.name, "If-Match": f'"{self.seen}"', **headers}
        )

    def get(self, what: str = "") -> Any:
        return self.client.get(f"/drafts/{self.draft}{what}").json()

    def look(self) -> None:
        self.seen = self.get()["version"]

    def do(self, operation: Json, status: int = 201) -> Json:
        return self.step("operations", operation, status)

    def step(self, what: str, body: Json | None = None, status: int = 200) -> Json:
        answer = self.send(f"/drafts/{self.draft}/{what}", body)
        assert answer.status_code == status, answer.text
        found: Json = answer.json()
        if answer.is_success and "version" in found and what != "publish":
            self.seen = found["version"]
        return found


@pytest.fixture
def anna(client: TestClient) -> Planner:
    return Planner(client, "planner-a")


def test_an_operation_answers_what_it_touched(anna: Planner) -> None:
    done = anna.do(PAINT)
    assert done["version"] == 1
    assert done["grid_of"] == {"K01": NORTH_GRID}
    assert {grid["code"]: grid["blocks"] for grid in done["grids"]} == {WEST_GRID: 3, NORTH_GRID: 5}
    assert done["merged_over"] == []


def test_a_new_grid_gets_a_code_that_no_other_draft_gets(client: TestClient, anna: Planner) -> None:
    split = {"kind": "split", "grid": WEST_GRID, "line": [at(1, -1), at(1, 3)], "name": "桥东"}
    first = anna.do(split)["operation"]["operation"]["code"]
    second = Planner(client, "planner-b").do(split)["operation"]["operation"]["code"]
    assert first[:12] == second[:12] == COMMUNITIES[0]
    assert first < second


def test_without_if_match_or_actor_nothing_is_changed(client: TestClient, anna: Planner) -> None:
    path = f"/drafts/{anna.draft}/operations"
    without = client.post(path, json=PAINT, headers={"X-Actor": "x"})
    assert (without.status_code, without.json()["code"]) == (428, "if_match")
    nobody = client.post(path, json=PAINT, headers={"If-Match": '"0"'})
    assert (nobody.status_code, nobody.json()["code"]) == (401, "actor")
    odd = client.post(path, json=PAINT, headers={"X-Actor": "x", "If-Match": "*"})
    assert odd.status_code == 422
    assert anna.get()["version"] == 0


def test_a_name_in_chinese_is_sent_percent_encoded(client: TestClient) -> None:
    planner = Planner(client, "%E8%A7%84%E5%88%92%E5%91%98")
    assert planner.get()["author"] == "规划员"


def test_disjoint_work_on_an_older_version_is_taken_and_says_over_what(
    client: TestClient, anna: Planner
) -> None:
    ben = Planner(client, "planner-b", anna.draft)
    anna.do(PAINT)
    done = ben.do({"kind": "rename", "grid": grid_code(4, 4), "name": "北门"})
    assert (done["version"], done["merged_over"]) == (2, [1])


def test_overlapping_work_is_refused_with_both_sides(client: TestClient, anna: Planner) -> None:
    ben = Planner(client, "planner-b", anna.draft)
    anna.do(PAINT)
    mine = {"kind": "merge", "grids": [NORTH_GRID], "into": WEST_GRID}
    refused = ben.do(mine, 409)
    assert refused["code"] == "overlap"
    assert refused["mine"]["kind"] == "merge"
    assert [theirs["actor"] for theirs in refused["theirs"]] == ["planner-a"]
    assert f"grids/{NORTH_GRID}" in refused["theirs"][0]["shared"]
    ben.look()
    ben.do(mine)


def test_a_stale_version_is_refused_if_that_is_asked_for(client: TestClient, anna: Planner) -> None:
    ben = Planner(client, "planner-b", anna.draft)
    anna.do(PAINT)
    refused = ben.step("operations?merge=false", {"kind": "rename", "grid": WEST_GRID, "name": "x"},
                       412)  # fmt: skip
    assert (refused["code"], refused["version"]) == ("stale", 1)
    assert [op["kind"] for op in refused["since"]] == ["paint"]
    ben.seen = 9
    assert ben.do(PAINT, 412)["since"] == []


def test_a_refusal_names_ids_and_what_to_allow(anna: Planner) -> None:
    refused = anna.do({**PAINT, "blocks": ["K00", "K11"]}, 422)
    assert refused["code"] == "edit"
    assert refused["ids"] == [WEST_GRID, NORTH_GRID]
    assert refused["allow"] == "broken"
    assert "断成" in refused["detail_zh"]
    anna.do({**PAINT, "blocks": ["K00", "K11"], "allow": ["broken"]})


@pytest.mark.parametrize(
    "operation",
    [
        {"kind": "vanish"},
        {"kind": "paint", "blocks": ["K00"]},
        {"kind": "paint", "blocks": ["K00"], "grid": NORTH_GRID, "colour": "red"},
        {"kind": "paint", "blocks": ["K00"], "grid": NORTH_GRID, "allow": ["everything"]},
        {"kind": "cut", "block": "K00", "line": [[111.75]]},
        {"kind": "cut", "block": "K00", "line": []},
        {"kind": "move_vertex", "at": [37.25, 111.75], "to": [111.75, 37.25]},
        {"kind": "new_grid", "community": "%", "name": "x", "blocks": ["K00"]},
        {"kind": "split", "grid": "%", "line": [at(0, 0), at(1, 1)], "name": "x"},
        {"kind": "assign_officer", "grid": WEST_GRID, "officer": "nobody"},
        {"kind": "repair", "shapes": [{"block": "K00", "polygons": [[]]}]},
        {"kind": "simplify", "tolerance_m": -1},
        {"kind": "balance", "assignment": {"K00": "x"}},
    ],
)
def test_bad_input_is_a_problem_and_changes_nothing(anna: Planner, operation: Json) -> None:
    refused = anna.do(operation, 422)
    assert refused["title_zh"]
    assert anna.get()["version"] == 0


def test_undo_and_redo_are_operations_of_their_own(client: TestClient, anna: Planner) -> None:
    before = anna.get("/state")["hash"]
    after = anna.do(PAINT)["hash"]
    assert anna.step("undo")["hash"] == before
    assert anna.step("redo", {"operation": 1})["hash"] == after
    listed = anna.get("/operations")["operations"]
    assert [(op["kind"], op["of"]) for op in listed] == [("paint", None), ("undo", 1), ("redo", 1)]
    assert Planner(client, "planner-b", anna.draft).step("undo", None, 409)["code"] == "clash"


def test_a_service_started_anew_has_the_same_plan(
    anna: Planner, engine: Engine, settings: Settings
) -> None:
    anna.do({"kind": "cut", "block": "K11", "line": [at(0.75, 1.25), at(2.25, 1.25)]})
    anna.do({"kind": "paint", "blocks": ["K01"], "grid": NORTH_GRID})
    anna.step("undo")
    with TestClient(create_app(settings, engine)) as again:
        other = Planner(again, "planner-b", anna.draft)
        assert other.get("/state") == anna.get("/state")
        assert other.get("/blocks") == anna.get("/blocks")
        other.look()
        other.do({"kind": "paint", "blocks": ["K11.1"], "grid": WEST_GRID}, 422)
        assert (
            other.step("undo", {"operation": 1})["hash"]
            == Planner(again, "x").get("/state")["hash"]
        )


def test_the_state_has_the_figures_and_open_cases_of_each_grid(
    client: TestClient, anna: Planner
) -> None:
    lon, lat = at(0.5, 1.5)
    report = {"category": "other", "text": "x", "lon": lon, "lat": lat, "datum": "cgcs2000"}
    number = client.post("/incidents", json=report).json()["number"]
    anna.do(PAINT)
    grids = {grid["code"]: grid for grid in anna.get("/state")["grids"]}
    assert grids[NORTH_GRID]["open_cases"] - grids[WEST_GRID]["open_cases"] >= 1
    assert grids[WEST_GRID]["residents"] == 10 + 11 + 17
    assert grids[WEST_GRID]["contiguous"]
    assert grids[WEST_GRID]["compactness"] < 0.7
    assert sum(grid["deviation"] for grid in grids.values()) == pytest.approx(0, abs=1e-3)
    compared = anna.get("/compare")
    assert compared["people_moving"] == {"households": 5, "residents": 16, "residents_60_plus": 5}
    assert [m["to_grid"] for m in compared["incidents"] if m["number"] == number] == [NORTH_GRID]
    officers = {change["code"]: change["officer_after"] for change in compared["grids"]}
    assert officers[NORTH_GRID]["role_name"].startswith(NORTH_GRID)


def test_the_map_of_a_draft_is_geojson_with_every_digit(anna: Planner) -> None:
    blocks = anna.get("/blocks")["features"]
    ring = next(b for b in blocks if b["id"] == "K23")["geometry"]["coordinates"][0]
    assert list(at(2, 3)) in ring
    assert len(anna.get("/grids")["features"]) == 9


def test_the_check_of_a_draft_is_that_of_a_publish(anna: Planner) -> None:
    assert anna.get("/check")["blocking"] == 0


def test_what_is_not_there_is_404(client: TestClient) -> None:
    for path in ("", "/state", "/compare", "/check", "/operations", "/events", "/blocks", "/grids"):
        assert client.get(f"/drafts/999{path}").status_code == 404
    assert Planner(client, "x", 999).step("submit", None, 404)["code"] == "not_found"


def test_nobody_approves_his_own_work_and_a_reviewer_may_send_it_back(
    client: TestClient, anna: Planner
) -> None:
    anna.step("submit", None, 422)
    anna.do(PAINT)
    assert anna.step("approve", None, 409)["allowed"] == ["operate", "submit", "discard"]
    anna.step("submit")
    anna.do({"kind": "rename", "grid": WEST_GRID, "name": "x"}, 409)
    assert anna.step("approve", None, 403)["code"] == "approver"
    chief = Planner(client, "chief", anna.draft)
    chief.step("approve", None, 412)
    chief.look()
    chief.step("return", None, 422)
    assert chief.step("return", {"note": "桥头应保留"})["state"] == "draft"
    assert [event["kind"] for event in anna.get("/events")] == ["open", "submit", "return"]


def test_a_plan_for_tomorrow_changes_the_answer_tomorrow_not_today(
    client: TestClient, engine: Engine, anna: Planner
) -> None:
    anna.do({"kind": "split", "grid": WEST_GRID, "line": [at(1, -1), at(1, 3)], "name": "桥东"})
    new = anna.get("/operations")["operations"][0]["operation"]["code"]
    anna.do({"kind": "cut", "block": "K33", "line": [at(2.75, 3.25), at(4.25, 3.25)]})
    anna.do({"kind": "assign_officer", "grid": new, "officer": officer_code(grid_code(4, 4))})
    anna.step("submit")
    chief = Planner(client, "chief", anna.draft)
    chief.look()
    chief.step("approve")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    late = {"valid_from": (tomorrow - timedelta(days=9)).isoformat()}
    assert "past" in chief.step("publish", late, 422)["detail"]
    published = chief.step("publish", {"valid_from": tomorrow.isoformat()})
    assert published["incidents_moved"] is None

    def answer(**when: str) -> Json:
        lon, lat = at(1.5, 0.5)
        found: Json = client.get(
            "/locate", params={"lon": lon, "lat": lat, "datum": "cgcs2000", **when}
        ).json()
        return found

    client.app.state.held.atlas.refresh()  # type: ignore[attr-defined]  # what a notice brings
    assert answer()["grid"]["code"] == WEST_GRID
    then = answer(at=tomorrow.isoformat())
    assert then["grid"]["code"] == new
    assert then["officer"]["role_name"].startswith(grid_code(4, 4))
    rows = client.get(f"/versions/{published['version']}/lineage").json()
    assert {(row["from_code"], row["to_code"]) for row in rows} == {
        (WEST_GRID, WEST_GRID),
        (WEST_GRID, new),
    }
    assert anna.get()["state"] == "published"
    with engine.connect() as connection:
        told = connection.execute(
            sa.text("select officer_code, content->>'change' from outbox order by 1")
        ).all()
        pieces = connection.scalar(sa.text("select count(*) from blocks where code like 'K33.%'"))
    assert (officer_code(grid_code(4, 4)), "new") in told
    assert (officer_code(WEST_GRID), "changed") in told
    assert pieces == 2
