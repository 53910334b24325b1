"""What stands in the city whatever its boundaries: compounds, buildings, streets."""

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base, Count, shape


class Compound(Base):
    """小区: a walled or open estate; its address belongs to one grid."""

    __tablename__ = "compounds"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    geom: Mapped[WKBElement] = mapped_column(shape("MULTIPOLYGON"))
    name_en: Mapped[str | None] = mapped_column(default=None)
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text), default_factory=list)
    kind: Mapped[str] = mapped_column(default="walled")

    __table_args__ = (
        CheckConstraint("code ~ '^[0-9]{12}-C[0-9]{3}$'", name="code"),
        CheckConstraint("kind in ('walled', 'open', 'institution', 'village')", name="kind"),
        CheckConstraint("ST_IsValid(geom) and not ST_IsEmpty(geom)", name="geom_valid"),
        Index("ix_compounds_name", "name", postgresql_using="gin",
              postgresql_ops={"name": "gin_trgm_ops"}),
    )  # fmt: skip


class Building(Base):
    """楼宇 with counts only: nothing that names or describes a person is stored."""

    __tablename__ = "buildings"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    geom: Mapped[WKBElement] = mapped_column(shape("MULTIPOLYGON"))
    kind: Mapped[str] = mapped_column(default="slab")
    compound_code: Mapped[str | None] = mapped_column(
        ForeignKey("compounds.code"), default=None, index=True
    )
    block_code: Mapped[str | None] = mapped_column(
        ForeignKey("blocks.code"), default=None, index=True
    )
    address: Mapped[str | None] = mapped_column(default=None)
    floors: Mapped[int] = mapped_column(default=1)
    entrances: Mapped[int] = mapped_column(default=1)
    households: Mapped[Count] = mapped_column(default=0)
    residents: Mapped[Count] = mapped_column(default=0)
    residents_60_plus: Mapped[Count] = mapped_column(default=0)

    __table_args__ = (
        CheckConstraint("code ~ '^[0-9]{12}-C[0-9]{3}-B[0-9]{2,5}$'", name="code"),
        CheckConstraint(
            "compound_code is null or starts_with(code, compound_code || '-')",
            name="code_in_compound",
        ),
        CheckConstraint("floors between 1 and 200 and entrances between 0 and 99", name="size"),
        CheckConstraint(
            "households >= 0 and residents_60_plus between 0 and residents", name="people"
        ),
        CheckConstraint("ST_IsValid(geom) and not ST_IsEmpty(geom)", name="geom_valid"),
        Index("ix_buildings_address", "address", postgresql_using="gin",
              postgresql_ops={"address": "gin_trgm_ops"}),
    )  # fmt: skip


class Street(Base):
    """A street, lane, bridge or path by its centre line."""

    __tablename__ = "streets"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    geom: Mapped[WKBElement] = mapped_column(shape("MULTILINESTRING"))
    street_class: Mapped[str] = mapped_column("class")
    name_en: Mapped[str | None] = mapped_column(default=None)
    bridge: Mapped[bool] = mapped_column(default=False)
    steps: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        CheckConstraint(
            "class in ('arterial', 'collector', 'lane', 'bridge', 'path')", name="class"
        ),
        CheckConstraint("not ST_IsEmpty(geom)", name="geom_valid"),
        Index("ix_streets_name", "name", postgresql_using="gin",
              postgresql_ops={"name": "gin_trgm_ops"}),
    )  # fmt: skip


class MapArea(Base):
    """Water and green, drawn for orientation."""

    __tablename__ = "map_areas"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    kind: Mapped[str]
    name: Mapped[str | None]
    geom: Mapped[WKBElement] = mapped_column(shape("MULTIPOLYGON"))
    name_en: Mapped[str | None] = mapped_column(default=None)

    __table_args__ = (CheckConstraint("kind in ('water', 'green')", name="kind"),)
