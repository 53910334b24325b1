"""Service regions and centres, officers and who is on duty for a grid."""

from datetime import date, datetime

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Text
from sqlalchemy.dialects.postgresql import (
    ARRAY,
    DATERANGE,
    TSTZRANGE,
    ExcludeConstraint,
    Range,
)
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base, shape


class ServiceRegion(Base):
    """片区: the communities one regional centre serves."""

    __tablename__ = "service_regions"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str | None] = mapped_column(default=None)


class ServiceCentre(Base):
    """党群服务中心, regional or of a community."""

    __tablename__ = "service_centres"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    region_code: Mapped[str] = mapped_column(ForeignKey("service_regions.code"), index=True)
    geom: Mapped[WKBElement] = mapped_column(shape("POINT"))
    opening_hours: Mapped[str]  # in the opening_hours syntax of OpenStreetMap
    name_en: Mapped[str | None] = mapped_column(default=None)
    community_code: Mapped[str | None] = mapped_column(default=None)
    address: Mapped[str | None] = mapped_column(default=None)
    phone: Mapped[str | None] = mapped_column(default=None)
    services: Mapped[list[str]] = mapped_column(ARRAY(Text), default_factory=list)
    step_free: Mapped[bool] = mapped_column(default=False)
    capacity: Mapped[int | None] = mapped_column(default=None)  # people it is meant to serve

    __table_args__ = (
        CheckConstraint("kind in ('regional', 'community')", name="kind"),
        CheckConstraint("opening_hours <> ''", name="opening_hours"),
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint(
            "kind = 'regional' or community_code ~ '^[0-9]{12}$'", name="community_code"
        ),
    )


class CentreException(Base):
    """Days on which a centre has other hours, or is closed if `hours` is null."""

    __tablename__ = "centre_exceptions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    centre_code: Mapped[str] = mapped_column(ForeignKey("service_centres.code", ondelete="CASCADE"))
    days: Mapped[Range[date]] = mapped_column(DATERANGE)
    reason_zh: Mapped[str]
    reason_en: Mapped[str]
    hours: Mapped[str | None] = mapped_column(default=None)

    __table_args__ = (
        CheckConstraint(
            "not isempty(days) and not lower_inf(days) and not upper_inf(days)"
            " and upper(days) - lower(days) <= 3660",
            name="days",
        ),
        CheckConstraint("reason_zh <> '' and reason_en <> ''", name="reason"),
        CheckConstraint("hours <> ''", name="hours"),
        ExcludeConstraint(
            ("centre_code", "="),
            ("days", "&&"),
            name="ex_centre_exceptions_one_a_day",
            using="gist",
        ),
    )


class Officer(Base):
    """网格员 by role name and duty line; no person is described."""

    __tablename__ = "officers"

    code: Mapped[str] = mapped_column(primary_key=True)
    role_name: Mapped[str]
    duty_line: Mapped[str]
    role_name_en: Mapped[str | None] = mapped_column(default=None)

    __table_args__ = (CheckConstraint("role_name <> ''", name="role_name"),)


class GridDuty(Base):
    """From when to when an officer answers for a grid, and who stands in."""

    __tablename__ = "grid_duties"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    grid_code: Mapped[str]
    officer_code: Mapped[str] = mapped_column(ForeignKey("officers.code"), index=True)
    validity: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    stand_in_code: Mapped[str | None] = mapped_column(ForeignKey("officers.code"), default=None)

    __table_args__ = (
        CheckConstraint("grid_code ~ '^[0-9]{15}$'", name="grid_code"),
        CheckConstraint("stand_in_code <> officer_code", name="stand_in"),
        CheckConstraint("not isempty(validity)", name="validity"),
        ExcludeConstraint(
            ("grid_code", "="),
            ("validity", "&&"),
            name="ex_grid_duties_one_officer",
            using="gist",
        ),
    )


class OfficerAbsence(Base):
    """From when to when an officer is away; why is nobody's business."""

    __tablename__ = "officer_absences"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    officer_code: Mapped[str] = mapped_column(ForeignKey("officers.code"), index=True)
    validity: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)

    __table_args__ = (CheckConstraint("not isempty(validity)", name="validity"),)
