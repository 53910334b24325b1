"""The worker that a service keeps: it never outlives the service, and is replaced if it dies."""

import os
import subprocess
import sys
import time

import psutil
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from layers.jobs import child
from layers.jobs.child import WorkerChild
from layers.settings import Settings


def worker_of_this_process(other_than: int | None = None) -> psutil.Process:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        for one in psutil.Process().children():
            if one.pid != other_than and "layers.jobs" in one.cmdline():
                return one
        time.sleep(0.05)
    raise AssertionError("there is no worker")


def test_a_worker_that_is_killed_is_replaced_and_the_last_ends_with_the_service(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "AGAIN_S", 0.05)
    with WorkerChild(engine, settings):
        first = worker_of_this_process()
        first.kill()
        second = worker_of_this_process(other_than=first.pid)
    assert not second.is_running()


def test_a_service_may_leave_the_work_to_others(engine: Engine, settings: Settings) -> None:
    with WorkerChild(engine, settings.model_copy(update={"jobs_at_once": 0})):
        assert not [one for one in psutil.Process().children() if "layers.jobs" in one.cmdline()]


def test_a_worker_ends_when_the_service_is_killed(engine: Engine, database_url: str) -> None:
    worker = subprocess.Popen(
        [sys.executable, "-P", "-m", "layers.jobs"],
        env=os.environ | {"DATABASE_URL": database_url},
        stdin=subprocess.PIPE,
    )
    until = time.monotonic() + 60
    with engine.connect() as connection:
        while not connection.scalar(sa.text("select count(*) from procrastinate_workers")):
            assert time.monotonic() < until
            connection.rollback()
            time.sleep(0.05)
    assert worker.stdin is not None
    worker.stdin.close()  # as the kernel does for a process that is killed
    assert worker.wait(10) == 1
