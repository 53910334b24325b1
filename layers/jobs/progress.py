"""How far a job is: told to those who wait for it, and where it learns that it is to stop."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session, sessionmaker

from layers.models import Job, JobState

R = TypeVar("R")

TELL_S = 0.3  # a step of the same sentence is told no more often than this
ASK_S = 0.3  # the database is asked no more often than this whether to stop


class JobStoppedError(Exception):
    """Base of the reasons for which work is broken off; no fault of the work."""


class JobCancelledError(JobStoppedError):
    """Somebody cancelled the job."""


class JobInterruptedError(JobStoppedError):
    """The worker is about to stop; the job will be run again."""


class JobLostError(JobStoppedError):
    """The job was given to another worker, or is over: this attempt counts for nothing."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a job at a worker; the queue's number tells it from every other turn."""

    job_id: int
    queue_id: int


class Progress(Generic[R]):
    """Told by the work how far it is; raises `JobStoppedError` when it is to stop."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        turn: Turn,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._sessions = sessions
        self._turn = turn
        self._is_stopping = is_stopping
        self._told: tuple[str, str] | None = None
        self._told_at = self._asked_at = -float("inf")
        self.best: R | None = None

    def say(self, done: int, total: int, zh: str, en: str) -> None:
        """
        Tell that `done` of `total` steps are done, and in words what is being done now.

        Raises
        ------
        JobStoppedError
            If the job is to stop.
        """
        self.check()
        now = time.monotonic()
        if self._told == (zh, en) and done < total and now < self._told_at + TELL_S:
            return
        self._write(steps_done=done, steps_total=total, message_zh=zh, message_en=en)
        self._told, self._told_at = (zh, en), now

    def check(self) -> None:
        """
        Go on, or learn that the job is to stop; costs next to nothing.

        Raises
        ------
        JobStoppedError
            If the job is to stop.
        """
        if self._is_stopping():
            raise JobInterruptedError("the worker is stopping")
        now = time.monotonic()
        if now >= self._asked_at + ASK_S:
            self._asked_at = now
            with self._sessions() as session:
                asked_to_stop(session, self._turn)

    def keep(self, best: R) -> None:
        """Keep the best result so far: it is what a cancelled job ends with."""
        self.best = best

    def _write(self, **values: int | str) -> None:
        mine = update(Job).where(*is_mine(self._turn)).values(**values).returning(Job.id)
        with self._sessions.begin() as session:
            if session.scalars(mine).one_or_none() is None:
                raise JobLostError(f"job {self._turn.job_id} is in other hands")


def is_mine(turn: Turn) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a job is still at its turn."""
    return (
        Job.id == turn.job_id,
        Job.queue_id == turn.queue_id,
        Job.state == JobState.RUNNING,
    )


def asked_to_stop(session: Session, turn: Turn) -> None:
    """
    Look whether a turn still counts and nobody cancelled its job.

    Raises
    ------
    JobCancelledError, JobLostError
        If it is to stop.
    """
    job = session.get(Job, turn.job_id)
    if job is None or job.queue_id != turn.queue_id or job.state is not JobState.RUNNING:
        raise JobLostError(f"job {turn.job_id} is in other hands")
    if job.cancel_requested:
        raise JobCancelledError(f"job {turn.job_id} was cancelled")
