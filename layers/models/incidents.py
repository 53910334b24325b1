"""Incidents and their events: what was reported, who must answer and why."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from geoalchemy2 import WKBElement
from geoalchemy2.shape import to_shape
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Sequence,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base, choices, shape

incident_serial = Sequence("incident_serial", metadata=Base.metadata)  # ends an incident's number


class Channel(StrEnum):
    """How a report came in."""

    WEB = "web"
    PHONE = "phone"
    COUNTER = "counter"
    PATROL = "patrol"
    OPEN311 = "open311"
    WECOM = "wecom"


class Queue(StrEnum):
    """Who must act next: the grid's officer, or the dispatch centre by hand."""

    GRID = "grid"
    DISPATCH = "dispatch"


class IncidentState(StrEnum):
    """Where an incident stands."""

    RECEIVED = "received"
    VERIFIED = "verified"
    FILED = "filed"
    TO_SORT = "to_sort"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    MEDIATING = "mediating"
    BACKLOG = "backlog"
    HANDLED = "handled"
    INSPECTED = "inspected"
    CLOSED = "closed"
    FED_BACK = "fed_back"
    VOID = "void"


class Incident(Base):
    """One report. What was given is kept beside what it was taken to mean."""

    __tablename__ = "incidents"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    number: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[Channel] = mapped_column(choices(Channel, "channel"))
    category: Mapped[str]
    text: Mapped[str]
    given_lon: Mapped[float]
    given_lat: Mapped[float]
    datum: Mapped[str]
    geom: Mapped[WKBElement] = mapped_column(shape("POINT"))
    version_id: Mapped[int] = mapped_column(ForeignKey("boundary_versions.id"))
    how: Mapped[str]
    queue: Mapped[Queue] = mapped_column(choices(Queue, "queue"))
    state: Mapped[IncidentState] = mapped_column(choices(IncidentState, "incident_state"))
    reason_zh: Mapped[str]
    reason_en: Mapped[str]
    reported_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    due_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    warn_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    owner: Mapped[str] = mapped_column(default="dispatch_centre")
    first_owner: Mapped[str] = mapped_column(default="dispatch_centre")  # 首问负责: who took it
    paused_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), default=None)
    supervised_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), default=None)
    unit: Mapped[str | None] = mapped_column(default=None)  # other than the officer
    satisfaction: Mapped[int | None] = mapped_column(default=None)
    address: Mapped[str | None] = mapped_column(default=None)
    building_code: Mapped[str | None] = mapped_column(ForeignKey("buildings.code"), default=None)
    grid_code: Mapped[str | None] = mapped_column(default=None)
    nearest_grid_code: Mapped[str | None] = mapped_column(default=None)
    nearest_distance_m: Mapped[float | None] = mapped_column(default=None)
    border_distance_m: Mapped[float | None] = mapped_column(default=None)
    neighbours: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default_factory=list)
    officer_code: Mapped[str | None] = mapped_column(ForeignKey("officers.code"), default=None)
    standing_in: Mapped[bool] = mapped_column(default=False)
    idempotency_key: Mapped[str | None] = mapped_column(unique=True, default=None)
    request_hash: Mapped[str | None] = mapped_column(default=None)
    received_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now(), init=False
    )

    __table_args__ = (
        ForeignKeyConstraint(["version_id", "grid_code"], ["grids.version_id", "grids.code"]),
        CheckConstraint("datum in ('wgs84', 'cgcs2000', 'gcj02', 'bd09')", name="datum"),
        CheckConstraint(
            "how in ('inside', 'edge', 'gap', 'outside', 'building', 'by_hand')", name="how"
        ),
        CheckConstraint(
            "given_lon between -180 and 180 and given_lat between -90 and 90", name="given"
        ),
        CheckConstraint("queue = 'dispatch' or grid_code is not null", name="grid_queue"),
        CheckConstraint("state <> 'to_sort' or queue = 'dispatch'", name="to_sort_queue"),
        CheckConstraint("(idempotency_key is null) = (request_hash is null)", name="idempotency"),
        CheckConstraint("text <> '' and category <> ''", name="words"),
        CheckConstraint(
            "(nearest_grid_code is null) = (nearest_distance_m is null)", name="nearest"
        ),
        CheckConstraint("owner <> '' and first_owner <> ''", name="owner"),
        CheckConstraint("warn_at <= due_at", name="clock"),
        CheckConstraint(
            "(paused_at is null) = (state in ('received', 'verified', 'filed', 'to_sort',"
            " 'dispatched', 'accepted', 'mediating'))",
            name="paused",
        ),
        CheckConstraint("satisfaction between 1 and 5", name="satisfaction"),
        Index("ix_incidents_due", "due_at", postgresql_where="paused_at is null"),
        Index("ix_incidents_state_id", "state", "id"),
        Index("ix_incidents_grid_id", "grid_code", "id"),
    )

    @property
    def point(self) -> tuple[float, float]:
        """Where it is: lon, lat in CGCS2000 degrees."""
        ((lon, lat),) = to_shape(self.geom).coords
        return float(lon), float(lat)


class IncidentEvent(Base):
    """One thing that happened to an incident; rows are only ever added."""

    __tablename__ = "incident_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    serial: Mapped[int]
    kind: Mapped[str]
    actor: Mapped[str]
    state: Mapped[IncidentState] = mapped_column(choices(IncidentState, "incident_state"))
    owner: Mapped[str | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict, server_default="{}")
    idempotency_key: Mapped[str | None] = mapped_column(unique=True, default=None)
    grid_code: Mapped[str | None] = mapped_column(default=None)
    officer_code: Mapped[str | None] = mapped_column(ForeignKey("officers.code"), default=None)
    at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), init=False
    )

    __table_args__ = (UniqueConstraint("incident_id", "serial"),)
