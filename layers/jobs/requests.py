"""Ask for long work, see how far it is, cancel it."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from layers.jobs import queue
from layers.jobs.kinds import A, Kind
from layers.models import Job, JobState

IN_FLIGHT = (JobState.WAITING, JobState.RUNNING)


class JobNotFoundError(LookupError):
    """There is no job of that number (any more)."""


def start_job(
    session: Session, kind: Kind[A, Any], arguments: A, *, asked_by: str
) -> tuple[Job, bool]:
    """
    Ask for work; it begins after the commit of the session, when a worker is free.

    Returns
    -------
    job, created
        The job; not a new one if the same work is waiting or running already.
    """
    fingerprint = _fingerprint(arguments)
    while True:
        same = session.scalars(
            select(Job).where(
                Job.kind == kind.name,
                Job.fingerprint == fingerprint,
                Job.state.in_(IN_FLIGHT),
                Job.cancel_requested.is_(False),
            )
        ).one_or_none()
        if same is not None:
            return same, False
        job_id = _insert(session, kind, arguments, fingerprint=fingerprint, asked_by=asked_by)
        if job_id is not None:  # else another asked in this moment, and its row is there now
            job = session.get_one(Job, job_id)
            job.queue_id = queue.enqueue(session, job_id, job.subject)
            session.flush()
            session.refresh(job)
            return job, True


def get_job(session: Session, job_id: int) -> Job:
    """
    Return a job by number.

    Raises
    ------
    JobNotFoundError
        If there is none.
    """
    job = session.get(Job, job_id)
    if job is None:
        raise JobNotFoundError(
            f"there is no job {job_id}; finished ones are deleted some days later"
        )
    return job


def list_jobs(
    session: Session,
    *,
    states: list[JobState] | None = None,
    kind: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Job]:
    """Return jobs, newest first, of these states and this kind, older than number `before`."""
    query = select(Job).order_by(Job.id.desc()).limit(limit)
    if states:
        query = query.where(Job.state.in_(states))
    if kind is not None:
        query = query.where(Job.kind == kind)
    if before is not None:
        query = query.where(Job.id < before)
    return list(session.scalars(query))


def cancel_job(session: Session, job_id: int) -> Job:
    """
    Cancel a job: a waiting one at once, a running one within a second of its next step.

    It then ends with the best result it has kept so far. One that is over stays as it is.

    Raises
    ------
    JobNotFoundError
        If there is none of that number.
    """
    query = select(Job).where(Job.id == job_id).with_for_update()
    job = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if job is None:
        return get_job(session, job_id)
    if job.state is JobState.WAITING:
        if job.queue_id is not None:
            queue.withdraw(session, job.queue_id)
        job.state, job.finished_at = JobState.CANCELLED, datetime.now(UTC)
    if job.state is not JobState.DONE and job.state is not JobState.FAILED:
        job.cancel_requested = True
    session.flush()
    session.refresh(job)
    return job


def _insert(
    session: Session, kind: Kind[A, Any], arguments: A, *, fingerprint: str, asked_by: str
) -> int | None:
    row = {
        "kind": kind.name,
        "subject": kind.subject(arguments),
        "arguments": arguments.model_dump(mode="json"),
        "fingerprint": fingerprint,
        "asked_by": asked_by,
        "state": JobState.WAITING,
        "message_zh": "",
        "message_en": "",
        "cancel_requested": False,
    }
    return session.scalars(
        insert(Job).values(row).on_conflict_do_nothing().returning(Job.id)
    ).one_or_none()


def _fingerprint(arguments: BaseModel) -> str:
    told = json.dumps(arguments.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()
