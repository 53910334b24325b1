"""Jobs: long work that was asked for, how far it is and what came of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, func
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base, Count, choices


class JobState(StrEnum):
    """Where a job stands; the last three are for good."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Base):
    """
    One piece of long work.

    The queue that hands it to a worker is procrastinate's; what a user sees of it is here. A
    trigger counts `revision` and tells `job_changed` with each change.
    """

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    kind: Mapped[str]
    subject: Mapped[str]  # what it is about; jobs with the same subject run one after another
    arguments: Mapped[dict[str, Any]] = mapped_column(JSONB)
    fingerprint: Mapped[str]  # of the arguments: the same work twice at once is one job
    asked_by: Mapped[str]
    state: Mapped[JobState] = mapped_column(
        choices(JobState, "job_state"), default=JobState.WAITING
    )
    queue_id: Mapped[int | None] = mapped_column(BigInteger, default=None)
    attempts: Mapped[Count] = mapped_column(default=0)
    revision: Mapped[Count] = mapped_column(default=0)
    steps_done: Mapped[Count] = mapped_column(default=0)
    steps_total: Mapped[Count] = mapped_column(default=0)
    message_zh: Mapped[str] = mapped_column(default="")
    message_en: Mapped[str] = mapped_column(default="")
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), default=None)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), default=None)
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now(), init=False
    )
    started_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), default=None)
    finished_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), default=None)

    __table_args__ = (
        CheckConstraint("kind <> '' and asked_by <> ''", name="words"),
        CheckConstraint("steps_done between 0 and steps_total", name="steps"),
        CheckConstraint(
            "(state in ('done', 'failed', 'cancelled')) = (finished_at is not null)",
            name="finished_is_dated",
        ),
        CheckConstraint("(state = 'failed') = (error is not null)", name="failed_says_why"),
        CheckConstraint("result is null or state in ('done', 'cancelled')", name="result"),
        Index(
            "uq_jobs_one_in_flight",
            "kind",
            "fingerprint",
            unique=True,
            postgresql_where="state in ('waiting', 'running') and not cancel_requested",
        ),
        Index("ix_jobs_finished_at", "finished_at"),
    )

    @property
    def finished(self) -> bool:
        """Whether nothing will change any more."""
        return self.finished_at is not None
