"""Workers that die, at once and in turns: every job is done, and once."""

import signal
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from layers.db import session_factory
from layers.jobs.attempt import MOST_ATTEMPTS
from layers.jobs.upkeep import count_workers, delete_old_jobs, rescue_jobs
from layers.jobs.worker import run_worker
from layers.models import Job, JobState
from layers.settings import Settings
from tests.jobs import KINDS, Count, ask, look, start_worker, wait_for, written

STALLED_S = 2.0


def rescue(engine: Engine, stalled_s: float = STALLED_S) -> list[int]:
    with session_factory(engine).begin() as session:
        return rescue_jobs(session, stalled_s)


def pretend_dead_worker(engine: Engine, job_id: int, *, attempts: int = 1) -> None:
    """Leave a job as a worker does that is killed: running, with a heart that stands still."""
    with engine.begin() as connection:
        worker = connection.scalar(
            sa.text(
                "insert into procrastinate_workers (last_heartbeat) "
                "values (now() - interval '1 hour') returning id"
            )
        )
        connection.execute(
            sa.text(
                "update procrastinate_jobs set status = 'doing', worker_id = :worker "
                "where id = (select queue_id from jobs where id = :job)"
            ),
            {"worker": worker, "job": job_id},
        )
        connection.execute(
            sa.text("update jobs set state = 'running', attempts = :n where id = :job"),
            {"n": attempts, "job": job_id},
        )


def test_a_job_whose_worker_is_killed_is_done_by_the_next_and_written_once(
    bench: Engine, database_url: str, settings: Settings
) -> None:
    job_id = ask(bench, Count(to=40, pause_s=0.05))
    victim = start_worker(database_url, JINGWEI_JOB_STALLED_S=str(STALLED_S))
    wait_for(bench, job_id, lambda job: job.steps_done >= 3)
    victim.kill()
    victim.wait()
    assert look(bench, job_id).state is JobState.RUNNING  # nobody knows yet
    until = time.monotonic() + 10 * STALLED_S
    while not rescue(bench):
        assert time.monotonic() < until
        time.sleep(0.1)
    run_worker(bench, settings, KINDS, wait=False)
    job = look(bench, job_id)
    assert (job.state, job.attempts, written(bench)) == (JobState.DONE, 2, [40])


def test_a_worker_told_to_stop_puts_its_job_back_and_ends_in_order(
    bench: Engine, database_url: str, settings: Settings
) -> None:
    job_id = ask(bench, Count(to=400, pause_s=0.05))
    worker = start_worker(database_url)
    wait_for(bench, job_id, lambda job: job.steps_done >= 3)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    job = look(bench, job_id)
    assert (job.state, job.attempts) == (JobState.WAITING, 0)
    with bench.begin() as connection:
        connection.execute(sa.text("""update jobs set arguments = '{"to": 5}'"""))
    run_worker(bench, settings, KINDS, wait=False)
    assert written(bench) == [5]


def test_the_job_of_a_living_worker_is_left_alone(bench: Engine) -> None:
    job_id = ask(bench, Count(to=3))
    pretend_dead_worker(bench, job_id)
    assert rescue(bench, stalled_s=7200) == []
    assert look(bench, job_id).state is JobState.RUNNING


def test_a_job_left_behind_is_rescued_by_one_of_many_and_done_once(
    bench: Engine, settings: Settings
) -> None:
    job_id = ask(bench, Count(to=3))
    pretend_dead_worker(bench, job_id)
    assert (rescue(bench), rescue(bench)) == ([job_id], [])
    run_worker(bench, settings, KINDS, wait=False)
    assert written(bench) == [3]


def test_a_job_whose_place_in_the_queue_was_lost_gets_another(
    bench: Engine, settings: Settings
) -> None:
    job_id = ask(bench, Count(to=3))
    with bench.begin() as connection:
        connection.execute(sa.text("truncate procrastinate_jobs cascade"))
    assert rescue(bench) == [job_id]
    run_worker(bench, settings, KINDS, wait=False)
    assert written(bench) == [3]


def test_a_job_that_was_cancelled_when_its_worker_died_ends_as_cancelled(bench: Engine) -> None:
    job_id = ask(bench, Count(to=3))
    pretend_dead_worker(bench, job_id)
    with bench.begin() as connection:
        connection.execute(sa.text("update jobs set cancel_requested = true"))
    rescue(bench)
    assert look(bench, job_id).state is JobState.CANCELLED


def test_a_job_that_kills_every_worker_fails_and_says_so(bench: Engine) -> None:
    job_id = ask(bench, Count(to=3))
    pretend_dead_worker(bench, job_id, attempts=MOST_ATTEMPTS)
    rescue(bench)
    job = look(bench, job_id)
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error["code"] == "worker_died"
    assert f"died {MOST_ATTEMPTS} times" in job.error["en"]


def test_a_worker_that_died_after_the_end_of_a_job_does_not_hold_up_the_next_of_its_subject(
    bench: Engine, settings: Settings
) -> None:
    job_id = ask(bench, Count(to=3))
    pretend_dead_worker(bench, job_id)
    with bench.begin() as connection:
        connection.execute(sa.text("update jobs set state = 'done', finished_at = now()"))
    again = ask(bench, Count(to=3))
    rescue(bench)
    run_worker(bench, settings, KINDS, wait=False)
    assert (look(bench, again).state, written(bench)) == (JobState.DONE, [3])


def test_workers_are_counted_while_their_heart_beats(bench: Engine) -> None:
    with session_factory(bench).begin() as session:
        session.execute(sa.text("truncate procrastinate_workers cascade"))
        session.execute(
            sa.text(
                "insert into procrastinate_workers (last_heartbeat) "
                "values (now()), (now() - interval '1 minute')"
            )
        )
        assert [count_workers(session, seconds) for seconds in (30, 90)] == [1, 2]


@pytest.mark.parametrize(("age_days", "left"), [(29, 1), (31, 0)])
def test_jobs_are_deleted_with_their_traces_when_they_ended_long_ago(
    bench: Engine, settings: Settings, age_days: int, left: int
) -> None:
    ask(bench, Count(to=1))
    run_worker(bench, settings, KINDS, wait=False)
    with session_factory(bench).begin() as session:
        session.execute(
            sa.update(Job).values(
                finished_at=sa.func.now() - sa.text(f"interval '{age_days} days'")
            )
        )
        delete_old_jobs(session, keep_days=30)
        counts = [
            session.scalar(sa.text(f"select count(*) from {table}"))  # noqa: S608
            for table in ("jobs", "procrastinate_jobs")
        ]
    assert counts == [left, left]


def test_a_job_that_is_not_over_is_never_deleted(bench: Engine, settings: Settings) -> None:
    ask(bench, Count(to=1))
    with session_factory(bench).begin() as session:
        session.execute(sa.text("update jobs set created_at = now() - interval '1 year'"))
        delete_old_jobs(session, keep_days=30)
    run_worker(bench, settings, KINDS, wait=False)
    assert written(bench) == [1]
