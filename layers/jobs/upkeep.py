"""What nobody else does: jobs of dead workers are run again, old ones are deleted."""

import logging
import threading
import time
from datetime import UTC, datetime

from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from layers.jobs import queue
from layers.jobs.attempt import MOST_ATTEMPTS, fail, put_back
from layers.models import Job, JobState

DELETE_EVERY_S = 3600.0

# A worker is gone if it left no row (it stopped, or was pruned) or its heart stands still.
_GONE = """
    from procrastinate_jobs q left join procrastinate_workers w on w.id = q.worker_id
    where q.status = 'doing'
        and (w.id is null or w.last_heartbeat < now() - make_interval(secs => :stalled_s))
"""
_LEFT_BEHIND = f"""
    select j.id from jobs j
    where j.state in ('waiting', 'running')
        and (not exists (select from procrastinate_jobs q
                         where q.id = j.queue_id and q.status in ('todo', 'doing'))
             or j.queue_id in (select q.id {_GONE}))
    order by j.id for update of j skip locked
"""  # noqa: S608
_TIDY_QUEUE = f"""
    select procrastinate_finish_job_v1(q.id, 'succeeded', false) {_GONE}
        and exists (select from jobs j where j.queue_id = q.id and j.finished_at is not null)
"""  # noqa: S608
_DELETE_JOBS = "delete from jobs where finished_at < now() - make_interval(days => :keep_days)"
_DELETE_TURNS = """
    delete from procrastinate_jobs q where q.status not in ('todo', 'doing')
        and not exists (select from jobs j where j.queue_id = q.id)
"""

log = logging.getLogger(__name__)


def rescue_jobs(session: Session, stalled_s: float) -> list[int]:
    """
    Put jobs whose worker is gone back into the queue; several may try at once.

    A cancelled one ends instead, and one that has cost several workers their life fails.

    Returns
    -------
    numbers
        Of the jobs that were seen to.
    """
    session.execute(text(_TIDY_QUEUE), {"stalled_s": stalled_s})
    found = session.scalars(text(_LEFT_BEHIND), {"stalled_s": stalled_s}).all()
    for job in session.scalars(select(Job).where(Job.id.in_(found)).order_by(Job.id)):
        if job.queue_id is not None:
            queue.give_up(session, job.queue_id)
        if job.cancel_requested:
            job.state, job.finished_at = JobState.CANCELLED, datetime.now(UTC)
        elif job.attempts >= MOST_ATTEMPTS:
            fail(
                job,
                code="worker_died",
                zh=f"工作进程执行此任务时 {job.attempts} 次意外终止，可能内存不足",
                en=f"the worker died {job.attempts} times while doing it, perhaps for want of "
                "memory",
            )
        else:
            put_back(session, job)
        log.warning("job %d was left behind by its worker: %s", job.id, job.state.value)
    return list(found)


def delete_old_jobs(session: Session, keep_days: int) -> None:
    """Delete jobs that ended more than `keep_days` days ago, and the queue's traces of them."""
    session.execute(text(_DELETE_JOBS), {"keep_days": keep_days})
    session.execute(text(_DELETE_TURNS))


def count_workers(session: Session, stalled_s: float) -> int:
    """Count the workers that are alive, wherever they run."""
    alive = (
        "select count(*) from procrastinate_workers "
        "where last_heartbeat >= now() - make_interval(secs => :stalled_s)"
    )
    return int(session.execute(text(alive), {"stalled_s": stalled_s}).scalar_one())


class Upkeep:
    """Does both from a thread of its own while it is used as a context manager."""

    def __init__(
        self, sessions: sessionmaker[Session], *, stalled_s: float, keep_days: int
    ) -> None:
        self._sessions = sessions
        self._stalled_s = stalled_s
        self._keep_days = keep_days
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._tend, name="upkeep of jobs", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def _tend(self) -> None:
        delete_at = time.monotonic()
        while True:
            try:
                with self._sessions.begin() as session:
                    rescue_jobs(session, self._stalled_s)
                    if time.monotonic() >= delete_at:
                        delete_old_jobs(session, self._keep_days)
                        delete_at = time.monotonic() + DELETE_EVERY_S
            except SQLAlchemyError as error:
                log.warning("could not look after jobs: %s", error)
            if self._ending.wait(min(5.0, self._stalled_s / 4)):
                return
