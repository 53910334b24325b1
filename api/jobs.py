"""Jobs over HTTP: how far long work is, as one answer or as a stream; cancelling it."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Header, Query, Request, Response, status
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import SQLAlchemyError

from api.deps import SessionDep, State, StateDep
from api.schemas import Answer, Text
from layers.job_kinds import KINDS
from layers.jobs.requests import JobNotFoundError, cancel_job, get_job, list_jobs
from layers.models import Job, JobState

router = APIRouter(prefix="/jobs", tags=["jobs"])
ABSENT: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such job (any more)."}}
EVENT_STREAM = "text/event-stream"
HEARTBEAT_S = 15.0  # proxies close a connection on which nothing comes
LOOK_S = 5.0  # the row is read again after this long even if no notice came
RECONNECT_MS = 2000


class Steps(Answer):
    """How far a job is: steps done of all, and what is being done."""

    done: int
    total: int
    message: Text


class JobError(Text):
    """Why a job failed; `code` is stable."""

    code: str


class JobOut(Answer):
    """One piece of long work."""

    id: int
    kind: str
    title: Text
    subject: str
    state: JobState
    progress: Steps
    cancel_requested: bool
    result: dict[str, Any] | None = Field(description="As the kind of work documents it.")
    error: JobError | None
    asked_by: str
    attempts: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> Self:
        """Describe a stored job."""
        kind = KINDS.get(job.kind)
        return cls(
            id=job.id,
            kind=job.kind,
            title=Text(
                zh=kind.title_zh if kind else job.kind, en=kind.title_en if kind else job.kind
            ),
            subject=job.subject,
            state=job.state,
            progress=Steps(
                done=job.steps_done,
                total=job.steps_total,
                message=Text(zh=job.message_zh, en=job.message_en),
            ),
            cancel_requested=job.cancel_requested,
            result=job.result,
            error=JobError.model_validate(job.error) if job.error else None,
            asked_by=job.asked_by,
            attempts=job.attempts,
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
        )


class JobPage(Answer):
    """Some jobs and where the next ones are."""

    jobs: list[JobOut]
    next: str | None


class Wanted(BaseModel):
    """Which jobs to list."""

    model_config = ConfigDict(extra="forbid")

    state: list[JobState] = Field(default_factory=list)
    kind: str | None = None
    before: int | None = Field(default=None, description="Number after which the page goes on.")
    limit: int = Field(default=50, ge=1, le=500)


@router.get("")
def get_jobs(request: Request, session: SessionDep, wanted: Annotated[Wanted, Query()]) -> JobPage:
    """List jobs, newest first."""
    found = list_jobs(
        session,
        states=wanted.state,
        kind=wanted.kind,
        before=wanted.before,
        limit=wanted.limit + 1,
    )
    page, more = found[: wanted.limit], len(found) > wanted.limit
    following = request.url.include_query_params(before=page[-1].id) if more else None
    return JobPage(
        jobs=[JobOut.of(job) for job in page], next=str(following) if following else None
    )


@router.get("/{job_id}", responses=ABSENT)
def get_one_job(job_id: int, session: SessionDep) -> JobOut:
    """Return one job."""
    return JobOut.of(get_job(session, job_id))


@router.post("/{job_id}/cancel", responses=ABSENT)
def post_cancel(job_id: int, session: SessionDep) -> JobOut:
    """
    Cancel a job: a waiting one ends at once, a running one soon, with its best result so far.

    A job that is over stays as it is.
    """
    return JobOut.of(cancel_job(session, job_id))


@router.get(
    "/{job_id}/events",
    response_class=Response,
    responses={
        200: {"content": {EVENT_STREAM: {}}},
        204: {"description": "The job is over and its last event was received: do not reconnect."},
        **ABSENT,
    },
)
async def get_job_events(
    job_id: int,
    state: StateDep,
    last_event_id: Annotated[
        str | None, Header(description="Sent by a reconnecting client.")
    ] = None,
) -> Response:
    """
    Follow a job as server-sent events until it is over.

    Each event `job` holds the whole job, so a client that reconnects misses nothing.
    """
    revision, job = await run_in_threadpool(_read, state, job_id)
    if job.finished_at is not None and last_event_id == str(revision):
        return Response(status_code=status.HTTP_204_NO_CONTENT)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_follow(state, job_id), media_type=EVENT_STREAM, headers=headers)


async def _follow(state: State, job_id: int) -> AsyncIterator[bytes]:
    """Yield the job as it is now, then at each change; a comment when nothing changes."""
    seen, spoke_at = -1, time.monotonic()
    with state.news.about(job_id) as changed:
        while not state.news.ending:
            changed.clear()
            try:
                revision, job = await run_in_threadpool(_read, state, job_id)
            except (SQLAlchemyError, JobNotFoundError):
                return  # the client comes back and is told what is wrong
            if revision != seen:
                seen, spoke_at = revision, time.monotonic()
                told = job.model_dump_json()
                yield format_sse_event(
                    event="job", data_str=told, id=str(revision), retry=RECONNECT_MS
                )
            elif time.monotonic() >= spoke_at + HEARTBEAT_S:
                spoke_at = time.monotonic()
                yield format_sse_event(comment="still there")
            if job.finished_at is not None:
                return
            try:
                async with asyncio.timeout(LOOK_S):
                    await changed.wait()
            except TimeoutError:
                continue


def _read(state: State, job_id: int) -> tuple[int, JobOut]:
    with state.sessions() as session:
        job = get_job(session, job_id)
        return job.revision, JobOut.of(job)
