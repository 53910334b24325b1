"""The balance of a draft over HTTP, from the question to the operation that takes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

from api.app import create_app
from layers.db import session_factory
from layers.drafts.balance_job import BALANCE, BalanceArguments
from layers.jobs.progress import Progress
from layers.jobs.requests import cancel_job
from layers.jobs.worker import run_worker
from layers.settings import Settings
from tests.api.test_drafts import Planner
from tests.planned import add_planned_city
from tests.plans import COMMUNITIES, grid_code

FIRST, SECOND, THIRD = (grid_code(0, row) for row in (0, 2, 4))
ASKED = {
    "communities": [COMMUNITIES[0]],
    "tolerance": {"residents": 0.15},
    "effort_s": 0.2,
    "alternatives": 5,
    "together": False,
}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def client(engine: Engine, settings: Settings) -> Iterator[TestClient]:
    with session_factory(engine).begin() as session:
        add_planned_city(session)
        session.execute(sa.text("truncate jobs, procrastinate_jobs cascade"))
    with TestClient(create_app(settings, engine), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def anna(client: TestClient) -> Planner:
    return Planner(client, "planner-a")


def ask(planner: Planner, **more: Any) -> int:
    return int(planner.step("balance", ASKED | more, 202)["id"])


def balanced(planner: Planner, engine: Engine, settings: Settings) -> Json:
    number = ask(planner)
    run_worker(engine, settings, {BALANCE.name: BALANCE}, wait=False)
    job: Json = planner.client.get(f"/jobs/{number}").json()
    assert job["state"] == "done", job
    return job


def test_a_balance_lists_plans_to_choose_from_with_figures_and_bounds(
    anna: Planner, engine: Engine, settings: Settings
) -> None:
    job = balanced(anna, engine, settings)
    result = job["result"]
    assert (job["subject"], result["draft"], result["version"]) == (f"draft {anna.draft}",
                                                                    anna.draft, 0)  # fmt: skip
    assert result["today"]["worst_deviation"]["residents"] == pytest.approx(48 / 102)
    best = min(result["alternatives"], key=lambda plan: plan["worst_deviation"]["residents"])
    assert best["worst_deviation"]["residents"] < 0.2
    assert best["border_m"] > 0
    assert {grid["grid"] for grid in best["by_grid"]} == {FIRST, SECOND, THIRD}
    assert best["change"]["moved"]["residents"] > 0
    assert best["change"]["moved"].keys() == {"residents", "households", "residents_60_plus"}
    assert [bound["parent"] for bound in best["bounds"]] == [COMMUNITIES[0]]
    moved = [plan["change"]["moved"]["residents"] for plan in result["alternatives"]]
    assert moved == sorted(moved)


def test_one_plan_after_the_other_is_tried_as_a_step_that_can_be_undone(
    anna: Planner, engine: Engine, settings: Settings
) -> None:
    job = balanced(anna, engine, settings)
    before = anna.get("/state")["hash"]
    for number, plan in enumerate(job["result"]["alternatives"]):
        done = anna.step(f"balance/{job['id']}/apply", {"alternative": number}, 201)
        assert done["operation"]["kind"] == "balance"
        assert done["grid_of"] == plan["assignment"]
        told = {grid["grid"]: grid["residents"] for grid in plan["by_grid"]}
        state = {grid["code"]: grid["residents"] for grid in anna.get("/state")["grids"]}
        assert told.items() <= state.items()
        anna.step("undo")
        assert anna.get("/state")["hash"] == before


def test_work_elsewhere_is_kept_and_work_on_what_was_balanced_is_shown(
    client: TestClient, anna: Planner, engine: Engine, settings: Settings
) -> None:
    job = balanced(anna, engine, settings)
    ben = Planner(client, "planner-b", anna.draft)
    ben.do({"kind": "paint", "blocks": ["K42"], "grid": grid_code(4, 0)})
    done = anna.step(f"balance/{job['id']}/apply", {}, 201)
    assert done["merged_over"] == [1]
    anna.step("undo")
    ben.look()
    ben.do({"kind": "paint", "blocks": ["K02"], "grid": FIRST})
    refused = anna.step(f"balance/{job['id']}/apply", {}, 409)
    assert refused["code"] == "overlap"
    assert refused["ids"] == ["grid_of/K02"]
    assert refused["theirs"][-1]["actor"] == "planner-b"
    assert refused["mine"]["kind"] == "balance"


def test_a_cancelled_balance_ends_with_the_plans_it_has(
    anna: Planner, engine: Engine, settings: Settings
) -> None:
    number = ask(anna, effort_s=200)

    def run(
        sessions: sessionmaker[Session], asked: BalanceArguments, progress: Progress[Json]
    ) -> Json:
        with sessions.begin() as session:
            cancel_job(session, number)
        return BALANCE.run(sessions, asked, Late(progress))

    run_worker(engine, settings, {"balance": replace(BALANCE, run=run)}, wait=False)
    job = anna.client.get(f"/jobs/{number}").json()
    assert job["state"] == "cancelled", job
    (best,) = job["result"]["alternatives"]
    assert sum(grid["residents"] for grid in best["by_grid"]) == 306


class Late(Progress[Json]):
    """Lets the work begin before it learns that it was cancelled."""

    def __init__(self, told: Progress[Json]) -> None:
        self.told = told

    def say(self, done: int, total: int, zh: str, en: str) -> None:
        if done:
            self.told.say(done, total, zh, en)

    def check(self) -> None:
        self.told.check()

    def keep(self, best: Json) -> None:
        self.told.keep(best)


def test_what_cannot_be_balanced_or_is_no_balance_is_named(
    client: TestClient, anna: Planner
) -> None:
    refused = anna.step("balance", {"communities": ["141182009009"]}, 422)
    assert (refused["code"], refused["ids"]) == ("edit", ["141182009009"])
    assert anna.step("balance", {"tolerance": {"cats": 0.1}}, 422)["code"] == "request"
    number = ask(anna)
    assert anna.step(f"balance/{number}/apply", {}, 404)["detail"].startswith(f"job {number} is")
    other = Planner(client, "planner-b")
    other.step(f"balance/{number}/apply", {}, 404)
    other.step("balance/999/apply", {}, 404)
    anna.do({"kind": "rename", "grid": FIRST, "name": "东一"})
    anna.step("submit")
    assert anna.step("balance", ASKED, 409)["code"] == "state"
