"""Jobs for tests: a kind of work that counts, and ways to have it done here and now."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

from gis.errors import JingweiError
from layers.db import open_database, session_factory
from layers.jobs.kinds import Kind
from layers.jobs.progress import Progress
from layers.jobs.requests import start_job
from layers.jobs.worker import patient, run_worker
from layers.models import Job
from layers.settings import Settings

PATIENCE_S = 60


class Count(BaseModel):
    """How far to count, how long each step takes, and what goes wrong at the end."""

    to: int
    pause_s: float = 0.0
    fault: str = ""


def count(_: sessionmaker[Session], asked: Count, progress: Progress[int]) -> int:
    for number in range(asked.to):
        progress.say(number, asked.to, f"数到 {number}", f"counted to {number}")
        progress.keep(number)
        time.sleep(asked.pause_s)
    if asked.fault == "user":
        raise JingweiError("the number 7 is taken: choose another")
    if asked.fault == "program":
        raise ZeroDivisionError("secret")
    return asked.to


def write_down(session: Session, _: Count, counted: int) -> dict[str, Any]:
    """Leave a trace that shows how often it was done."""
    session.execute(sa.text("insert into counted values (:n)"), {"n": counted})
    return {"counted": counted}


COUNT = Kind(
    name="count",
    title_zh="计数",
    title_en="counting",
    arguments=Count,
    subject=lambda asked: f"number {asked.to}",
    run=count,
    store=write_down,
)
KINDS = {COUNT.name: COUNT}


def make_table(engine: Engine) -> None:
    """Make the table into which counting writes."""
    with engine.begin() as connection:
        connection.execute(sa.text("create table if not exists counted (n int)"))
        connection.execute(sa.text("truncate counted"))


def written(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.scalars(sa.text("select n from counted order by n")))


def ask(engine: Engine, asked: Count, kind: Kind[Count, int] = COUNT) -> int:
    """Ask for counting; return the number of the job."""
    with session_factory(engine).begin() as session:
        return start_job(session, kind, asked, asked_by="test")[0].id


def look(engine: Engine, job_id: int) -> Job:
    with session_factory(engine)() as session:
        return session.get_one(Job, job_id)


def wait_for(engine: Engine, job_id: int, done: Callable[[Job], bool]) -> Job:
    """Wait until a job is as wanted."""
    until = time.monotonic() + PATIENCE_S
    while not done(job := look(engine, job_id)):
        assert time.monotonic() < until, f"job {job_id} is {job.state}, {job.message_en!r}"
        time.sleep(0.05)
    return job


def start_worker(url: str, **settings: str) -> subprocess.Popen[bytes]:
    """Start a worker that knows how to count, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", "from tests.jobs import main; main()"],
        env=os.environ | {"DATABASE_URL": url} | settings,
    )


def main() -> None:
    """Run a worker as the environment says."""
    settings = patient(Settings())
    with open_database(settings) as engine:
        run_worker(engine, settings, KINDS)
    os._exit(0)  # as `layers.jobs` does: taking the interpreter apart takes seconds
