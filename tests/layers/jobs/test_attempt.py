"""One turn of a job: what it leaves when it ends well, badly, early, or in other hands."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from layers.db import session_factory
from layers.jobs.attempt import put_back, take_turn
from layers.jobs.progress import Progress, Turn
from layers.jobs.requests import cancel_job
from layers.models import Job, JobState
from tests.jobs import COUNT, KINDS, Count, ask, count, look, write_down, written

Sessions = sessionmaker[Session]


def turn_of(engine: Engine, job_id: int) -> Turn:
    queue_id = look(engine, job_id).queue_id
    assert queue_id is not None
    return Turn(job_id, queue_id)


def do(engine: Engine, job_id: int, kinds: dict[str, object] | None = None) -> Job:
    """Give a job its turn in this thread; return what it then is."""
    chosen = KINDS if kinds is None else kinds
    take_turn(session_factory(engine), chosen, turn_of(engine, job_id), lambda: False)  # type: ignore[arg-type]
    return look(engine, job_id)


def test_a_job_that_ends_well_keeps_its_result_and_all_its_steps(bench: Engine) -> None:
    job = do(bench, ask(bench, Count(to=3)))
    assert (job.state, job.result, job.error) == (JobState.DONE, {"counted": 3}, None)
    assert (job.steps_done, job.steps_total, job.message_zh) == (3, 3, "数到 2")
    assert job.started_at is not None
    assert job.finished_at is not None
    assert job.started_at <= job.finished_at


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        ("user", "input", "the number 7 is taken: choose another"),
        ("program", "internal", "a fault of the program; the log of the worker has it under job"),
    ],
)
def test_a_job_that_fails_says_why_and_writes_nothing(
    bench: Engine, fault: str, code: str, words: str
) -> None:
    job = do(bench, ask(bench, Count(to=1, fault=fault)))
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert (job.error["code"], job.error["en"].startswith(words)) == (code, True)
    assert job.error["zh"]
    assert "secret" not in str(job.error)
    assert written(bench) == []


def test_a_kind_of_work_this_release_does_not_know_is_named(bench: Engine) -> None:
    job = do(bench, ask(bench, Count(to=1)), kinds={})
    assert job.error is not None
    assert "does not know the kind of work 'count'" in job.error["en"]


def test_arguments_of_another_release_are_refused_with_what_is_wrong(bench: Engine) -> None:
    job_id = ask(bench, Count(to=1))
    with bench.begin() as connection:
        connection.execute(sa.text("update jobs set arguments = '{}'"))
    job = do(bench, job_id)
    assert job.error is not None
    assert job.error["code"] == "arguments"
    assert "to" in job.error["en"]


def test_a_cancelled_job_is_broken_off_and_ends_with_its_best_result(bench: Engine) -> None:
    job_id = ask(bench, Count(to=1000, pause_s=0.02))

    def count_and_cancel(sessions: Sessions, asked: Count, progress: Progress[int]) -> int:
        progress.keep(41)
        with sessions.begin() as session:
            cancel_job(session, job_id)
        return count(sessions, asked, progress)

    job = do(bench, job_id, {"count": replace(COUNT, run=count_and_cancel)})
    assert job.state is JobState.CANCELLED
    (best,) = written(bench)
    assert job.result == {"counted": best}
    assert best < 999


def test_a_job_cancelled_before_it_has_any_result_ends_with_none(bench: Engine) -> None:
    job_id = ask(bench, Count(to=3))

    def cancel_first(sessions: Sessions, asked: Count, progress: Progress[int]) -> int:
        with sessions.begin() as session:
            cancel_job(session, job_id)
        return count(sessions, asked, progress)

    job = do(bench, job_id, {"count": replace(COUNT, run=cancel_first)})
    assert (job.state, job.result) == (JobState.CANCELLED, None)
    assert written(bench) == []


def test_a_worker_that_stops_puts_its_job_back_without_holding_it_against_it(
    bench: Engine,
) -> None:
    job_id = ask(bench, Count(to=3))
    first = turn_of(bench, job_id)
    take_turn(session_factory(bench), KINDS, first, lambda: True)
    job = look(bench, job_id)
    assert (job.state, job.attempts, written(bench)) == (JobState.WAITING, 0, [])
    assert turn_of(bench, job_id) != first
    assert do(bench, job_id).state is JobState.DONE


def test_an_attempt_whose_job_was_given_to_another_writes_nothing(bench: Engine) -> None:
    job_id = ask(bench, Count(to=3))

    def be_taken_for_dead(sessions: Sessions, asked: Count, progress: Progress[int]) -> int:
        with sessions.begin() as session:
            put_back(session, session.get_one(Job, job_id))
        assert do(bench, job_id).state is JobState.DONE  # the other is quicker
        return asked.to + len(progress.__dict__)  # what this one would write

    job = do(bench, job_id, {"count": replace(COUNT, run=be_taken_for_dead)})
    assert (job.state, job.result, written(bench)) == (JobState.DONE, {"counted": 3}, [3])


def test_a_job_taken_over_is_told_at_its_next_step(bench: Engine) -> None:
    job_id = ask(bench, Count(to=3))
    after: list[int] = []

    def lose_and_go_on(sessions: Sessions, asked: Count, progress: Progress[int]) -> int:
        with sessions.begin() as session:
            put_back(session, session.get_one(Job, job_id))
        progress.say(0, asked.to, "数", "counting")
        after.append(1)
        return asked.to

    job = do(bench, job_id, {"count": replace(COUNT, run=lose_and_go_on)})
    assert (job.state, after) == (JobState.WAITING, [])


def test_a_turn_that_is_given_twice_is_taken_once(bench: Engine) -> None:
    job_id = ask(bench, Count(to=3))
    turn = turn_of(bench, job_id)
    for _ in range(2):
        take_turn(session_factory(bench), KINDS, turn, lambda: False)
    assert written(bench) == [3]


def test_what_is_written_at_the_end_is_written_with_the_end_or_not_at_all(bench: Engine) -> None:
    job_id = ask(bench, Count(to=3))

    def write_then_break(session: Session, asked: Count, counted: int) -> dict[str, object]:
        write_down(session, asked, counted)
        session.execute(sa.text("insert into jobs (kind) values (null)"))
        raise AssertionError("the row above cannot be stored")

    job = do(bench, job_id, {"count": replace(COUNT, store=write_then_break)})
    assert (job.state, written(bench)) == (JobState.FAILED, [])


@pytest.mark.parametrize(
    "change",
    [
        "state = 'done'",
        "state = 'failed', finished_at = now()",
        "steps_done = 2, steps_total = 1",
        "result = '{}'",
    ],
)
def test_the_database_refuses_a_job_that_contradicts_itself(bench: Engine, change: str) -> None:
    ask(bench, Count(to=3))
    with pytest.raises(IntegrityError, match="ck_jobs"), bench.begin() as connection:
        connection.execute(sa.text(f"update jobs set {change}"))  # noqa: S608
