"""Toy cities stored in the database: three by three squares that can be checked by hand."""

from datetime import UTC, datetime

import shapely
from geoalchemy2 import WKBElement
from geoalchemy2.shape import from_shape
from shapely import MultiPolygon
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from layers.boundaries import Version, publish
from layers.models import (
    SRID,
    Block,
    BoundaryVersion,
    Building,
    Community,
    Compound,
    Grid,
    GridDuty,
    Officer,
    ServiceCentre,
    ServiceRegion,
    Street,
    Subdistrict,
    VersionBlock,
)
from tests.worlds import SIDE, SOUTH, WEST, square

SUBDISTRICT = "141182001"
THEN = datetime(2026, 1, 1, tzinfo=UTC)


def community_code(column: int) -> str:
    """Each column of squares is a community, from west to east."""
    return f"{SUBDISTRICT}{column + 1:03d}"


def grid_code(column: int, row: int) -> str:
    """Each square is a grid, numbered from north to south inside its community."""
    return f"{community_code(column)}{3 - row:03d}"


def middle(column: float, row: float) -> tuple[float, float]:
    """Return the lon, lat of the middle of a square."""
    return WEST + (column + 0.5) * SIDE, SOUTH + (row + 0.5) * SIDE


def add_draft(session: Session, *, base_id: int | None = None, label: str = "toy") -> int:
    """Add a draft of the whole toy city; return its id."""
    draft = BoundaryVersion(
        city_code="141182",
        city_name="汾阳市",
        label=label,
        scheme="NBS",
        edition="2023",
        planar_srid=4546,
        frame=_multi(square(0, 0, 3, 3)),
        author="test",
        synthetic=True,
        base_id=base_id,
    )
    session.add(draft)
    session.flush()
    session.add(
        Subdistrict(
            version_id=draft.id, code=SUBDISTRICT, name="文峰街道", geom=_multi(square(0, 0, 3, 3))
        )
    )
    session.flush()
    for column in range(3):
        _add_community(session, draft.id, column)
    session.flush()
    return draft.id


def add_city(session: Session, valid_from: datetime = THEN) -> Version:
    """
    Add the toy city and publish it.

    In the south-west grid stands 桥头小区 with one building, home to 30 people; its officer is
    away-proof: each officer's stand-in is the one of the next grid. The grid in the north-east
    has no officer.
    """
    draft_id = add_draft(session)
    version = publish(session, session.get_one(BoundaryVersion, draft_id), valid_from)
    _add_places(session)
    _add_officers(session)
    session.flush()
    return version


def _add_community(session: Session, version_id: int, column: int) -> None:
    code = community_code(column)
    session.add(
        Community(
            version_id=version_id,
            code=code,
            subdistrict_code=SUBDISTRICT,
            name=f"第{column + 1}社区",
            name_en=f"Community {column + 1}",
            geom=_multi(square(column, 0, 1, 3)),
        )
    )
    session.flush()
    for row in range(3):
        grid = Grid(
            version_id=version_id,
            code=grid_code(column, row),
            community_code=code,
            name=f"第{column + 1}社区第{3 - row}网格",
            name_en=f"Community {column + 1} grid {3 - row}",
            geom=_multi(square(column, row)),
            households=10,
            residents=30,
            residents_60_plus=6,
        )
        session.add(grid)
        session.flush()
        block = session.query(Block).filter_by(code=f"{grid.code}-K").one_or_none()
        if block is None:
            block = Block(code=f"{grid.code}-K", geom=_multi(square(column, row)))
            session.add(block)
            session.flush()
        session.add(VersionBlock(version_id=version_id, block_id=block.id, grid_code=grid.code))


def _add_places(session: Session) -> None:
    home = square(0.25, 0.25, 0.5, 0.5)
    compound = f"{community_code(0)}-C001"
    session.add(Compound(code=compound, name="桥头小区", aliases=["老桥院"], geom=_multi(home)))
    session.add(
        Street(
            code="S001",
            name="府学街",
            street_class="arterial",
            geom=from_shape(
                shapely.MultiLineString([[(WEST, SOUTH), (WEST + 3 * SIDE, SOUTH)]]), srid=SRID
            ),
        )
    )
    session.flush()
    session.add(
        Building(
            code=f"{compound}-B01",
            name="1号楼",
            compound_code=compound,
            block_code=f"{grid_code(0, 0)}-K",
            address="桥头小区1号楼",
            geom=_multi(square(0.4, 0.4, 0.2, 0.2)),
            households=10,
            residents=30,
            residents_60_plus=6,
        )
    )
    session.add(ServiceRegion(code="R1", name="文峰片区"))
    session.flush()
    session.add(
        ServiceCentre(
            code="SC1",
            name="文峰党群服务中心",
            kind="regional",
            region_code="R1",
            geom=from_shape(shapely.Point(*middle(1, 1)), srid=SRID),
            opening_hours="24/7",
        )
    )


def _add_officers(session: Session) -> None:
    grids = [grid_code(column, row) for column in range(3) for row in range(3)][:-1]
    for number, code in enumerate(grids, 1):
        session.add(
            Officer(
                code=f"O{number}", role_name=f"{code} 网格员", duty_line=f"0358-000-{number:04d}"
            )
        )
    session.flush()
    for number, code in enumerate(grids, 1):
        session.add(
            GridDuty(
                grid_code=code,
                officer_code=f"O{number}",
                stand_in_code=f"O{number % len(grids) + 1}",
                validity=Range(THEN, None, bounds="[)"),
            )
        )


def _multi(shape: shapely.Polygon) -> WKBElement:
    return from_shape(MultiPolygon([shape]), srid=SRID)
