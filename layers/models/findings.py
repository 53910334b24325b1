"""What a check of a version found, and which of it a person accepted, when and why."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import SRID, Base, choices


class VersionCheck(Base):
    """The latest check of a version; it holds for exactly the content it was made of."""

    __tablename__ = "version_checks"

    version_id: Mapped[int] = mapped_column(ForeignKey("boundary_versions.id"), primary_key=True)
    content_hash: Mapped[str]
    checked_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now(), init=False
    )

    __table_args__ = (CheckConstraint("content_hash <> ''", name="content_hash"),)


class StoredFinding(Base):
    """One finding of the latest check of a version; serials put the worst first."""

    __tablename__ = "findings"

    version_id: Mapped[int] = mapped_column(
        ForeignKey("version_checks.version_id", ondelete="CASCADE"), primary_key=True
    )
    serial: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    rule_id: Mapped[str]
    severity: Mapped[str]
    kind: Mapped[str]
    layer: Mapped[str]
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    owners: Mapped[list[str]] = mapped_column(ARRAY(Text))
    text_zh: Mapped[str]
    text_en: Mapped[str]
    fix: Mapped[dict[str, Any]] = mapped_column(JSONB)
    detail: Mapped[str] = mapped_column(default="")
    area_m2: Mapped[float | None] = mapped_column(default=None)
    width_m: Mapped[float | None] = mapped_column(default=None)
    lon: Mapped[float | None] = mapped_column(default=None)
    lat: Mapped[float | None] = mapped_column(default=None)
    geom: Mapped[WKBElement | None] = mapped_column(
        Geometry("GEOMETRY", srid=SRID, dimension=2, spatial_index=True), default=None
    )

    __table_args__ = (
        CheckConstraint("severity in ('blocking', 'warning', 'note')", name="severity"),
        Index("ix_findings_key", "version_id", "key"),
    )


class AcceptanceAct(StrEnum):
    """What a person did about a finding."""

    ACCEPT = "accept"
    WITHDRAW = "withdraw"


class FindingAcceptance(Base):
    """A finding accepted, or an acceptance withdrawn; rows are only ever added."""

    __tablename__ = "finding_acceptances"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    version_id: Mapped[int] = mapped_column(ForeignKey("boundary_versions.id"))
    key: Mapped[str]
    serial: Mapped[int]  # counts the acts on one finding of one version
    act: Mapped[AcceptanceAct] = mapped_column(choices(AcceptanceAct, "acceptance_act"))
    actor: Mapped[str]
    reason: Mapped[str]
    rule_id: Mapped[str]
    text_zh: Mapped[str]  # what was accepted, in the words of then
    text_en: Mapped[str]
    area_m2: Mapped[float | None] = mapped_column(default=None)
    at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), init=False
    )

    __table_args__ = (
        CheckConstraint("btrim(actor) <> '' and btrim(reason) <> ''", name="who_and_why"),
        CheckConstraint("serial > 0", name="serial"),
        UniqueConstraint("version_id", "key", "serial"),
    )
