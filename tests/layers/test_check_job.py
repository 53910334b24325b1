"""The check of a version as a job, from the question to the stored findings."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from layers.check_job import start_check
from layers.db import session_factory
from layers.findings import Wanted, get_check, list_findings
from layers.job_kinds import KINDS
from layers.jobs.worker import run_worker
from layers.models import Job, JobState
from layers.settings import Settings
from tests.cities import add_draft
from tests.flaws import make_gap
from tests.jobs import look


def ask(engine: Engine, version_id: int) -> int:
    with session_factory(engine).begin() as session:
        return start_check(session, version_id, asked_by="test")[0].id


@pytest.fixture
def draft(engine: Engine) -> int:
    with session_factory(engine).begin() as session:
        session.execute(sa.text("truncate jobs, procrastinate_jobs cascade"))
        draft_id = add_draft(session)
        make_gap(session, draft_id)
    return draft_id


def test_a_check_counts_what_it_found_and_stores_it(
    engine: Engine, settings: Settings, draft: int
) -> None:
    job_id = ask(engine, draft)
    run_worker(engine, settings, KINDS, wait=False)
    job = look(engine, job_id)
    assert (job.state, job.steps_done, job.steps_total) == (JobState.DONE, 2, 2)
    assert job.result is not None
    with session_factory(engine)() as session:
        check = get_check(session, draft)
        found = list_findings(session, draft, Wanted())
    assert check is not None
    assert job.result == {
        "version_id": draft,
        "content_hash": check.content_hash,
        "to_settle": 1,
        "blocking": 1,
        "warning": 0,
        "note": 0,
    }
    assert [one.finding.rule_id for one in found] == ["JW-C10"]


def test_two_who_ask_at_once_for_a_check_of_one_draft_get_one_job(
    engine: Engine, draft: int
) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: ask(engine, draft), range(2))
    assert first == second


def test_a_draft_changed_since_gets_a_check_of_its_own_after_the_first(
    engine: Engine, settings: Settings, draft: int
) -> None:
    first = ask(engine, draft)
    with engine.begin() as connection:
        connection.execute(sa.text("update grids set residents = 31"))
    second = ask(engine, draft)
    assert first != second
    for _ in range(2):  # the second waits for the first: they are about one version
        run_worker(engine, settings, KINDS, wait=False)
    with session_factory(engine)() as session:
        finished = session.scalars(sa.select(Job.id).order_by(Job.finished_at)).all()
        check = get_check(session, draft)
    assert finished == [first, second]
    assert check is not None
    assert check.content_hash == (look(engine, second).result or {})["content_hash"]


def test_a_version_deleted_before_its_check_is_named(
    engine: Engine, settings: Settings, draft: int
) -> None:
    job_id = ask(engine, draft)
    with engine.begin() as connection:
        connection.execute(
            sa.text("""update jobs set arguments = arguments || '{"version_id": 999}'""")
        )
    run_worker(engine, settings, KINDS, wait=False)
    assert (look(engine, job_id).error or {})["en"] == "there is no boundary version 999"
