"""What every table shares: naming of constraints, the CRS, columns used more than once."""

from typing import Annotated, Any

from geoalchemy2 import Geometry
from sqlalchemy import MetaData, Text
from sqlalchemy.dialects.postgresql import ENUM
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, mapped_column

SRID = 4490  # CGCS2000 geographic; served and stored as lon, lat

naming = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """Registry of all tables."""

    metadata = MetaData(naming_convention=naming)
    type_annotation_map = {str: Text()}  # noqa: RUF012  SQLAlchemy reads it as a plain attribute


Count = Annotated[int, mapped_column(default=0, server_default="0")]


def shape(kind: str) -> Geometry:
    """Return the geometry column type: two-dimensional, EPSG:4490, with a GiST index."""
    return Geometry(kind, srid=SRID, dimension=2, spatial_index=True)


def choices(enum: type[Any], name: str) -> ENUM:
    """Return a PostgreSQL enum that stores the values, not the Python names."""
    return ENUM(enum, name=name, values_callable=lambda members: [m.value for m in members])
