"""Boundary versions and what they divide the city into."""

from datetime import datetime
from enum import StrEnum

from geoalchemy2 import WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    func,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base, Count, choices, shape


class VersionState(StrEnum):
    """Where a boundary version stands."""

    DRAFT = "draft"
    PUBLISHED = "published"


class GridKind(StrEnum):
    """Kinds of grid: residential, dedicated (an institution), unit (万米单元网格)."""

    RESIDENTIAL = "residential"
    DEDICATED = "dedicated"
    UNIT = "unit"


class BoundaryVersion(Base):
    """One division of the city; once published it never changes."""

    __tablename__ = "boundary_versions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    city_code: Mapped[str]
    city_name: Mapped[str]
    label: Mapped[str]
    scheme: Mapped[str]  # who issues the division codes: NBS, MCA
    edition: Mapped[str]  # the year of the code list
    planar_srid: Mapped[int]
    frame: Mapped[WKBElement] = mapped_column(shape("MULTIPOLYGON"))  # what must be covered
    author: Mapped[str]
    city_name_en: Mapped[str | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(default="")
    synthetic: Mapped[bool] = mapped_column(default=False)
    state: Mapped[VersionState] = mapped_column(
        choices(VersionState, "version_state"), default=VersionState.DRAFT
    )
    validity: Mapped[Range[datetime] | None] = mapped_column(TSTZRANGE, default=None)
    base_id: Mapped[int | None] = mapped_column(ForeignKey("boundary_versions.id"), default=None)
    restores_id: Mapped[int | None] = mapped_column(
        ForeignKey("boundary_versions.id"), default=None
    )  # a roll-back names the version whose codes it may bring back
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now(), init=False
    )
    published_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), default=None)

    __table_args__ = (
        CheckConstraint("city_code ~ '^[0-9]{6}$'", name="city_code"),
        CheckConstraint("edition ~ '^[0-9]{4}$'", name="edition"),
        CheckConstraint(
            "(state = 'published') = (validity is not null and published_at is not null)",
            name="published_is_dated",
        ),
        CheckConstraint(
            "validity is null or (not isempty(validity) and not lower_inf(validity))",
            name="validity",
        ),
        CheckConstraint("ST_IsValid(frame)", name="frame_valid"),
        ExcludeConstraint(
            ("city_code", "="),
            ("validity", "&&"),
            name="ex_boundary_versions_one_in_force",
            using="gist",
            where="validity is not null",
        ),
    )


class IssuedCode(Base):
    """Each division or grid code ever used; a code is issued once and never deleted."""

    __tablename__ = "issued_codes"

    scheme: Mapped[str] = mapped_column(primary_key=True)
    edition: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str]
    version_id: Mapped[int] = mapped_column(ForeignKey("boundary_versions.id"))
    issued_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now(), init=False
    )
    retired_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), default=None)

    __table_args__ = (
        CheckConstraint("level in ('subdistrict', 'community', 'grid')", name="level"),
    )


class Subdistrict(Base):
    """街道 of one version, dissolved from its communities."""

    __tablename__ = "subdistricts"

    version_id: Mapped[int] = mapped_column(ForeignKey("boundary_versions.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    geom: Mapped[WKBElement] = mapped_column(shape("MULTIPOLYGON"))
    name_en: Mapped[str | None] = mapped_column(default=None)

    __table_args__ = (
        CheckConstraint("code ~ '^[0-9]{9}$'", name="code"),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("ST_IsValid(geom) and not ST_IsEmpty(geom)", name="geom_valid"),
    )


class Community(Base):
    """社区 of one version, dissolved from its grids."""

    __tablename__ = "communities"

    version_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    subdistrict_code: Mapped[str]
    name: Mapped[str]
    geom: Mapped[WKBElement] = mapped_column(shape("MULTIPOLYGON"))
    name_en: Mapped[str | None] = mapped_column(default=None)
    official_name: Mapped[str | None] = mapped_column(default=None)
    service_region_code: Mapped[str | None] = mapped_column(
        ForeignKey("service_regions.code"), default=None
    )

    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "subdistrict_code"], ["subdistricts.version_id", "subdistricts.code"]
        ),
        CheckConstraint("code ~ '^[0-9]{12}$'", name="code"),
        CheckConstraint("left(code, 9) = subdistrict_code", name="code_in_subdistrict"),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("ST_IsValid(geom) and not ST_IsEmpty(geom)", name="geom_valid"),
    )


class Grid(Base):
    """网格 of one version, dissolved from its blocks; one officer answers for it."""

    __tablename__ = "grids"

    version_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    community_code: Mapped[str]
    name: Mapped[str]
    geom: Mapped[WKBElement] = mapped_column(shape("MULTIPOLYGON"))
    name_en: Mapped[str | None] = mapped_column(default=None)
    kind: Mapped[GridKind] = mapped_column(
        choices(GridKind, "grid_kind"), default=GridKind.RESIDENTIAL
    )
    households: Mapped[Count] = mapped_column(default=0)
    residents: Mapped[Count] = mapped_column(default=0)
    residents_60_plus: Mapped[Count] = mapped_column(default=0)

    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "community_code"], ["communities.version_id", "communities.code"]
        ),
        CheckConstraint("code ~ '^[0-9]{15}$'", name="code"),
        CheckConstraint("left(code, 12) = community_code", name="code_in_community"),
        CheckConstraint("right(code, 3) <> '000'", name="serial"),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("ST_IsValid(geom) and not ST_IsEmpty(geom)", name="geom_valid"),
        CheckConstraint(
            "households >= 0 and residents_60_plus between 0 and residents", name="people"
        ),
    )


class Block(Base):
    """The smallest thing a planner moves: a compound, or what is left of a street block."""

    __tablename__ = "blocks"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    code: Mapped[str] = mapped_column(unique=True)
    geom: Mapped[WKBElement] = mapped_column(shape("MULTIPOLYGON"))
    kind: Mapped[str] = mapped_column(default="street")
    compound_code: Mapped[str | None] = mapped_column(ForeignKey("compounds.code"), default=None)
    households: Mapped[Count] = mapped_column(default=0)
    residents: Mapped[Count] = mapped_column(default=0)
    residents_60_plus: Mapped[Count] = mapped_column(default=0)

    __table_args__ = (
        CheckConstraint(
            "kind in ('compound', 'street', 'institution', 'green', 'water', 'fields')",
            name="kind",
        ),
        CheckConstraint("ST_IsValid(geom) and not ST_IsEmpty(geom)", name="geom_valid"),
        CheckConstraint(
            "households >= 0 and residents_60_plus between 0 and residents", name="people"
        ),
    )


class VersionBlock(Base):
    """The plan itself: in this version this block belongs to this grid."""

    __tablename__ = "version_blocks"

    version_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    block_id: Mapped[int] = mapped_column(ForeignKey("blocks.id"), primary_key=True)
    grid_code: Mapped[str]

    __table_args__ = (
        ForeignKeyConstraint(["version_id", "grid_code"], ["grids.version_id", "grids.code"]),
        Index("ix_version_blocks_grid", "version_id", "grid_code"),
    )
