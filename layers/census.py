"""Counts of the city and of one grid; never below a building, never about a person."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from layers.models import Building, Community, Compound, Grid, Subdistrict


@dataclass(frozen=True, slots=True)
class CityCounts:
    """How many there are of each in one boundary version."""

    subdistricts: int
    communities: int
    grids: int
    compounds: int
    buildings: int
    households: int
    residents: int


@dataclass(frozen=True, slots=True)
class GridCounts:
    """The people of one grid, and its box in degrees (west, south, east, north)."""

    households: int
    residents: int
    residents_60_plus: int
    bbox: tuple[float, float, float, float]


def count_city(session: Session, version_id: int) -> CityCounts:
    """Count what one boundary version and the places in the city hold."""

    def units(model: type[Subdistrict] | type[Community] | type[Grid]) -> int:
        query = select(func.count()).where(model.version_id == version_id)
        return session.scalars(query.select_from(model)).one()

    households, residents = session.execute(
        select(
            func.coalesce(func.sum(Grid.households), 0), func.coalesce(func.sum(Grid.residents), 0)
        ).where(Grid.version_id == version_id)
    ).one()
    return CityCounts(
        subdistricts=units(Subdistrict),
        communities=units(Community),
        grids=units(Grid),
        compounds=session.scalars(select(func.count()).select_from(Compound)).one(),
        buildings=session.scalars(select(func.count()).select_from(Building)).one(),
        households=households,
        residents=residents,
    )


def get_grid(session: Session, version_id: int, code: str) -> GridCounts | None:
    """Return the counts and the box of a grid; None if the version has no such grid."""
    row = session.execute(
        select(
            Grid.households,
            Grid.residents,
            Grid.residents_60_plus,
            func.ST_XMin(Grid.geom),
            func.ST_YMin(Grid.geom),
            func.ST_XMax(Grid.geom),
            func.ST_YMax(Grid.geom),
        ).where(Grid.version_id == version_id, Grid.code == code)
    ).one_or_none()
    if row is None:
        return None
    households, residents, older, west, south, east, north = row
    return GridCounts(households, residents, older, (west, south, east, north))
