"""Jobs over HTTP, and a job of the real service followed as it goes."""

import json
import signal
import time
import urllib.request
from typing import Any

import psutil
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from layers.job_kinds import KINDS
from layers.jobs.worker import run_worker
from layers.settings import Settings
from tests.jobs import Count
from tests.jobs import ask as ask_to_count
from tests.service import Service


def check(client: TestClient) -> int:
    number: int = client.post("/versions/1/check").json()["id"]
    return number


@pytest.fixture(autouse=True)
def _no_jobs(client: TestClient, engine: Engine) -> None:
    assert client
    with engine.begin() as connection:
        connection.execute(sa.text("truncate jobs, procrastinate_jobs cascade"))


def events_of(text: str) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line[:5] == "data:"]
    return [json.loads(line) for line in lines]


def test_a_job_tells_what_it_is_how_far_and_what_came_of_it(
    client: TestClient, engine: Engine, settings: Settings
) -> None:
    number = check(client)
    waiting = client.get(f"/jobs/{number}").json()
    assert (waiting["state"], waiting["title"]["zh"]) == ("waiting", "检查边界版本")
    run_worker(engine, settings, KINDS, wait=False)
    done = client.get(f"/jobs/{number}").json()
    assert (done["state"], done["result"]["blocking"], done["error"]) == ("done", 0, None)
    assert done["progress"]["done"] == done["progress"]["total"] == 2


def test_jobs_are_listed_page_by_page(client: TestClient, engine: Engine) -> None:
    numbers = [ask_to_count(engine, Count(to=to)) for to in range(3)]
    first = client.get("/jobs", params={"limit": 2, "state": "waiting"}).json()
    second = client.get(first["next"]).json()
    assert [job["id"] for job in first["jobs"] + second["jobs"]] == numbers[::-1]
    assert second["next"] is None
    assert client.get("/jobs", params={"kind": "check"}).json()["jobs"] == []


def test_a_cancelled_job_is_over_and_its_stream_ends_and_is_not_asked_for_again(
    client: TestClient,
) -> None:
    number = check(client)
    cancelled = client.post(f"/jobs/{number}/cancel").json()
    assert cancelled["state"] == "cancelled"
    stream = client.get(f"/jobs/{number}/events")
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert [job["state"] for job in events_of(stream.text)] == ["cancelled"]
    last = next(line for line in stream.text.splitlines() if line.startswith("id: "))
    again = client.get(
        f"/jobs/{number}/events", headers={"last-event-id": last.removeprefix("id: ")}
    )
    assert (again.status_code, again.text) == (204, "")


def test_who_missed_the_end_gets_it_when_reconnecting(client: TestClient) -> None:
    number = check(client)
    client.post(f"/jobs/{number}/cancel")
    again = client.get(f"/jobs/{number}/events", headers={"last-event-id": "0"})
    assert [job["state"] for job in events_of(again.text)] == ["cancelled"]


@pytest.mark.parametrize("path", ["/jobs/999", "/jobs/999/events", "/jobs/999/cancel"])
def test_a_job_that_is_not_there_is_a_404(client: TestClient, path: str) -> None:
    answer = client.request("POST" if path.endswith("cancel") else "GET", path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_service_does_a_job_and_tells_of_it_even_when_its_worker_was_killed(
    service: Service,
) -> None:
    worker = worker_of(service)
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    request = urllib.request.Request(f"{service.url}/versions/1/check", method="POST")  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        number = json.load(answer)["id"]
    with urllib.request.urlopen(f"{service.url}/jobs/{number}/events", timeout=60) as stream:  # noqa: S310
        told = events_of(stream.read().decode())
    assert told[0]["state"] in {"waiting", "running"}
    assert (told[-1]["state"], told[-1]["result"]["blocking"]) == ("done", 0)
    assert [job["progress"]["done"] for job in told] == sorted(
        job["progress"]["done"] for job in told
    )


def worker_of(service: Service) -> psutil.Process:
    """Return the worker of a service once it is at work."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with urllib.request.urlopen(f"{service.url}/readyz", timeout=10) as answer:  # noqa: S310
            workers = json.load(answer)["workers"]
        for child in psutil.Process(service.pid).children():
            if workers and "layers.jobs" in child.cmdline():
                return child
        time.sleep(0.1)
    raise AssertionError("the service has no worker")
