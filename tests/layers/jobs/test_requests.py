"""Asking for work, and cancelling it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from layers.db import session_factory
from layers.jobs.requests import JobNotFoundError, cancel_job, get_job, list_jobs
from layers.jobs.worker import run_worker
from layers.models import JobState
from layers.settings import Settings
from tests.jobs import KINDS, Count, ask, look, written


def cancel(engine: Engine, job_id: int) -> None:
    with session_factory(engine).begin() as session:
        cancel_job(session, job_id)


def test_the_same_work_asked_for_by_eight_at_once_is_one_job_done_once(
    bench: Engine, settings: Settings
) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = set(pool.map(lambda _: ask(bench, Count(to=3)), range(8)))
    assert len(numbers) == 1
    run_worker(bench, settings, KINDS, wait=False)
    assert written(bench) == [3]


def test_work_that_is_over_can_be_asked_for_again(bench: Engine, settings: Settings) -> None:
    first = ask(bench, Count(to=3))
    run_worker(bench, settings, KINDS, wait=False)
    assert ask(bench, Count(to=3)) != first


def test_other_arguments_are_another_job(bench: Engine) -> None:
    assert ask(bench, Count(to=3)) != ask(bench, Count(to=4))


def test_work_asked_for_in_a_transaction_that_fails_is_never_done(
    bench: Engine, settings: Settings
) -> None:
    from layers.jobs.requests import start_job  # noqa: PLC0415
    from tests.jobs import COUNT  # noqa: PLC0415

    with session_factory(bench)() as session:
        start_job(session, COUNT, Count(to=3), asked_by="test")
        session.rollback()
    run_worker(bench, settings, KINDS, wait=False)
    assert written(bench) == []
    with bench.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from procrastinate_jobs")) == 0


def test_a_waiting_job_is_cancelled_at_once_and_never_done(
    bench: Engine, settings: Settings
) -> None:
    job_id = ask(bench, Count(to=3))
    cancel(bench, job_id)
    run_worker(bench, settings, KINDS, wait=False)
    job = look(bench, job_id)
    assert (job.state, job.result, job.attempts) == (JobState.CANCELLED, None, 0)
    assert written(bench) == []


def test_a_job_that_is_over_stays_as_it_is_when_cancelled(
    bench: Engine, settings: Settings
) -> None:
    job_id = ask(bench, Count(to=3))
    run_worker(bench, settings, KINDS, wait=False)
    cancel(bench, job_id)
    job = look(bench, job_id)
    assert (job.state, job.cancel_requested) == (JobState.DONE, False)


def test_a_job_that_is_being_cancelled_is_not_given_to_who_asks_anew(bench: Engine) -> None:
    job_id = ask(bench, Count(to=3))
    with bench.begin() as connection:
        connection.execute(sa.text("update jobs set state = 'running', cancel_requested = true"))
    assert ask(bench, Count(to=3)) != job_id


def test_jobs_are_listed_newest_first_by_state_and_page(bench: Engine) -> None:
    numbers = [ask(bench, Count(to=to)) for to in range(3)]
    cancel(bench, numbers[1])
    with session_factory(bench)() as session:
        every = [job.id for job in list_jobs(session)]
        waiting = [job.id for job in list_jobs(session, states=[JobState.WAITING])]
        older = [job.id for job in list_jobs(session, before=numbers[2], limit=1)]
        assert list_jobs(session, kind="check") == []
    assert every == numbers[::-1]
    assert waiting == [numbers[2], numbers[0]]
    assert older == [numbers[1]]


def test_a_job_that_is_not_there_is_named(bench: Engine) -> None:
    with session_factory(bench)() as session:
        with pytest.raises(JobNotFoundError, match="no job 999"):
            get_job(session, 999)
        with pytest.raises(JobNotFoundError, match="no job 999"):
            cancel_job(session, 999)
