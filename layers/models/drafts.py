"""Drafts of boundary versions: who did what to them, and what becomes of one that is published."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base, choices


class DraftState(StrEnum):
    """Where a draft stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class IncidentChoice(StrEnum):
    """What becomes of open incidents whose place another grid answers for."""

    MOVE = "move"
    KEEP = "keep"


class Draft(Base):
    """A plan in the making: a base version and the operations on it, counted by `version`."""

    __tablename__ = "drafts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    base_id: Mapped[int] = mapped_column(ForeignKey("boundary_versions.id"))
    label: Mapped[str]
    author: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    state: Mapped[DraftState] = mapped_column(
        choices(DraftState, "draft_state"), default=DraftState.DRAFT
    )
    version: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str | None] = mapped_column(default=None)  # of the plan after the last operation
    published_id: Mapped[int | None] = mapped_column(
        ForeignKey("boundary_versions.id"), unique=True, default=None
    )
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now(), init=False
    )
    changed_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now(), init=False
    )

    __table_args__ = (
        CheckConstraint("label <> '' and author <> ''", name="words"),
        CheckConstraint("version >= 0 and (version = 0) = (hash is null)", name="version"),
        CheckConstraint("(state = 'published') = (published_id is not null)", name="published"),
    )


class DraftOperation(Base):
    """
    One operation, undo or redo; number n made version n of the draft.

    `changes` holds what it left of each item it changed, so that a draft can be read again
    whatever has become of people, buildings and the program.
    """

    __tablename__ = "draft_operations"

    draft_id: Mapped[int] = mapped_column(ForeignKey("drafts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    actor: Mapped[str]
    kind: Mapped[str]
    seen: Mapped[int]  # the version its author was looking at
    operation: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changes: Mapped[list[Any]] = mapped_column(JSONB)
    reads: Mapped[list[str]] = mapped_column(ARRAY(Text))
    hash: Mapped[str]
    of_number: Mapped[int | None] = mapped_column(default=None)  # of an undo or a redo
    made_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now(), init=False
    )

    __table_args__ = (
        CheckConstraint("number > 0 and seen between 0 and number - 1", name="number"),
        CheckConstraint("(kind in ('undo', 'redo')) = (of_number is not null)", name="of_number"),
        CheckConstraint("actor <> ''", name="actor"),
    )


class DraftEvent(Base):
    """A step in the life of a draft: opened, submitted, returned, approved, published."""

    __tablename__ = "draft_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    draft_id: Mapped[int] = mapped_column(ForeignKey("drafts.id"), index=True)
    kind: Mapped[str]
    actor: Mapped[str]
    version: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now(), init=False
    )

    __table_args__ = (
        CheckConstraint("actor <> ''", name="actor"),
        CheckConstraint(
            "kind in ('open', 'submit', 'return', 'approve', 'publish', 'discard')", name="kind"
        ),
    )


class GivenCode(Base):
    """A grid code handed to a draft; whether it is published or not, no other draft gets it."""

    __tablename__ = "given_codes"

    scheme: Mapped[str] = mapped_column(primary_key=True)
    edition: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("drafts.id"))

    __table_args__ = (CheckConstraint("code ~ '^[0-9]{15}$'", name="code"),)


class GridLineage(Base):
    """What of a grid of the version before went to which grid of this one."""

    __tablename__ = "grid_lineages"

    version_id: Mapped[int] = mapped_column(ForeignKey("boundary_versions.id"), primary_key=True)
    from_code: Mapped[str] = mapped_column(primary_key=True)
    to_code: Mapped[str] = mapped_column(primary_key=True)
    blocks: Mapped[int]
    residents: Mapped[int]
    area_m2: Mapped[float]


class Handover(Base):
    """Open incidents to be given to their grids in a version once it is in force."""

    __tablename__ = "handovers"

    version_id: Mapped[int] = mapped_column(ForeignKey("boundary_versions.id"), primary_key=True)
    choice: Mapped[IncidentChoice] = mapped_column(choices(IncidentChoice, "incident_choice"))
    actor: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    kept: Mapped[list[str]] = mapped_column(ARRAY(Text), default_factory=list)
    done_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), default=None)
    moved: Mapped[int | None] = mapped_column(default=None)

    __table_args__ = (
        CheckConstraint("(done_at is null) = (moved is null)", name="done"),
        Index("ix_handovers_due", "due_at", postgresql_where="done_at is null"),
    )


class OutboxMessage(Base):
    """What somebody must be told; written with the change itself, sent afterwards."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    kind: Mapped[str]
    version_id: Mapped[int] = mapped_column(ForeignKey("boundary_versions.id"))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    officer_code: Mapped[str | None] = mapped_column(ForeignKey("officers.code"), default=None)
    receiver: Mapped[str] = mapped_column(default="officer", server_default="officer")
    made_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now(), init=False
    )
    sent_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), default=None)

    __table_args__ = (
        CheckConstraint("kind in ('grid_changed', 'incidents_moved', 'case')", name="kind"),
        CheckConstraint("kind = 'case' or officer_code is not null", name="officer"),
        CheckConstraint("receiver in ('officer', 'owner', 'centre', 'reporter')", name="receiver"),
        Index("ix_outbox_unsent", "id", postgresql_where="sent_at is null"),
    )
