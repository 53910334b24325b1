"""One turn of a job at a worker: begun, run, and ended in one transaction with what it writes."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from gis.errors import JingweiError
from layers.jobs import queue
from layers.jobs.kinds import Kind
from layers.jobs.progress import (
    JobCancelledError,
    JobInterruptedError,
    JobLostError,
    Progress,
    Turn,
    is_mine,
)
from layers.models import Job, JobState

MOST_ATTEMPTS = 3  # a job whose workers died this often is not given to another

Kinds = Mapping[str, Kind[Any, Any]]
Sessions = sessionmaker[Session]

log = logging.getLogger(__name__)


def take_turn(
    sessions: Sessions, kinds: Kinds, turn: Turn, is_stopping: Callable[[], bool]
) -> None:
    """
    Do a job if it is still this turn's, and write down what came of it.

    Raises
    ------
    sqlalchemy.exc.OperationalError
        If the database cannot be reached; the job is then found and run again.
    """
    begun = _begin(sessions, turn)
    if begun is None:
        return
    name, given = begun
    try:
        kind = kinds.get(name)
        if kind is None:
            raise JingweiError(  # noqa: TRY301 - told like every other fault of a job
                f"this release does not know the kind of work {name!r}: ask for it again"
            )
        arguments = kind.arguments.model_validate(given)
        _run(sessions, kind, arguments, turn, is_stopping)
    except JobLostError:
        log.warning("job %d is in other hands; this attempt counts for nothing", turn.job_id)
    except JobInterruptedError:
        _put_back(sessions, turn)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the job says so
        _fail(sessions, turn, error)


def _run(
    sessions: Sessions,
    kind: Kind[Any, Any],
    arguments: BaseModel,
    turn: Turn,
    is_stopping: Callable[[], bool],
) -> None:
    progress: Progress[Any] = Progress(sessions, turn, is_stopping)
    try:
        result, state = kind.run(sessions, arguments, progress), JobState.DONE
    except JobCancelledError:
        result, state = progress.best, JobState.CANCELLED
    with sessions.begin() as session:
        job = _hold(session, turn)
        job.result = None if result is None else kind.store(session, arguments, result)
        job.state, job.finished_at = state, datetime.now(UTC)
        if state is JobState.DONE:
            job.steps_done = job.steps_total


def _begin(sessions: Sessions, turn: Turn) -> tuple[str, dict[str, Any]] | None:
    """Mark the job as running; None if it is over or at another turn."""
    with sessions.begin() as session:
        query = select(Job).where(Job.id == turn.job_id, Job.queue_id == turn.queue_id)
        job = session.scalars(query.with_for_update()).one_or_none()
        if job is None or job.finished:
            return None
        job.state = JobState.RUNNING
        job.attempts += 1
        job.started_at = job.started_at or datetime.now(UTC)
        return job.kind, job.arguments


def _hold(session: Session, turn: Turn) -> Job:
    """Lock the job till the end of the transaction, if it is still at this turn."""
    job = session.scalars(select(Job).where(*is_mine(turn)).with_for_update()).one_or_none()
    if job is None:
        raise JobLostError(f"job {turn.job_id} is in other hands")
    return job


def _put_back(sessions: Sessions, turn: Turn) -> None:
    """Queue the job again for the next worker; an orderly stop is not held against it."""
    with sessions.begin() as session:
        job = _hold(session, turn)
        job.attempts -= 1
        put_back(session, job)


def put_back(session: Session, job: Job) -> None:
    """Give a job another turn."""
    job.state = JobState.WAITING
    job.queue_id = queue.enqueue(session, job.id, job.subject)


def _fail(sessions: Sessions, turn: Turn, error: Exception) -> None:
    with sessions.begin() as session:
        try:
            job = _hold(session, turn)
        except JobLostError:
            log.warning("job %d is in other hands and failed here: %s", turn.job_id, error)
            return
        fail(job, **_said(turn, error))


def fail(job: Job, *, code: str, zh: str, en: str) -> None:
    """End a job that cannot be done, and say why."""
    job.state, job.finished_at = JobState.FAILED, datetime.now(UTC)
    job.error = {"code": code, "zh": zh, "en": en}


def _said(turn: Turn, error: Exception) -> dict[str, str]:
    if isinstance(error, ValidationError):
        return {"code": "arguments", "zh": "任务参数有误", "en": f"wrong arguments: {error}"}
    if isinstance(error, JingweiError | LookupError) and _is_ours(error):
        return {"code": "input", "zh": f"输入有误：{error}", "en": str(error)}
    log.error("job %d failed", turn.job_id, exc_info=error)
    return {
        "code": "internal",
        "zh": f"程序内部错误，详情见工作进程日志（任务 {turn.job_id}）",
        "en": f"a fault of the program; the log of the worker has it under job {turn.job_id}",
    }


def _is_ours(error: Exception) -> bool:
    return type(error).__module__.startswith(("gis.", "layers."))
