"""The lattice of `tests.plans` stored as a city in force, with an officer for each grid."""

from __future__ import annotations

from datetime import UTC, datetime

from geoalchemy2.shape import from_shape
from shapely import MultiPolygon
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from layers.boundaries import Version, publish
from layers.files.importing import element
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
    Subdistrict,
    VersionBlock,
)
from tests.plans import COMMUNITIES, SIZE, toy_plan
from tests.worlds import square

THEN = datetime(2026, 1, 1, tzinfo=UTC)
SUBDISTRICT = "141182001"
COMPOUND = f"{COMMUNITIES[0]}-C001"


def building_code(block: str) -> str:
    """Name the building of a block."""
    number = 1 + int(block[1]) * SIZE + int(block[2])
    return f"{COMMUNITIES[int(block[1]) // 2]}-C000-B{number:02d}"


def officer_code(grid: str) -> str:
    """Each grid has an officer of its own."""
    return f"O-{grid[-7:]}"


def add_planned_city(session: Session, valid_from: datetime = THEN) -> Version:
    """Store the plan with its blocks, buildings and officers, and publish it."""
    plan, whole = toy_plan(), square(0, 0, SIZE, SIZE)
    version = BoundaryVersion(
        city_code="141182", city_name="汾阳市", label="lattice", scheme="NBS", edition="2023",
        planar_srid=4546, frame=from_shape(MultiPolygon([whole]), srid=SRID), author="test",
        synthetic=True,
    )  # fmt: skip
    session.add(version)
    session.flush()
    session.add(
        Subdistrict(version_id=version.id, code=SUBDISTRICT, name="文峰街道", geom=element(whole))
    )
    session.add(Compound(code=COMPOUND, name="桥头小区", geom=element(square(0, 0))))
    session.flush()
    for code, ground in plan.communities(COMMUNITIES).items():
        session.add(
            Community(
                version_id=version.id, code=code, subdistrict_code=SUBDISTRICT,
                name=f"第{code[-1]}社区", geom=element(ground),
            )
        )  # fmt: skip
    session.flush()
    _add_grids(session, version.id)
    _add_blocks(session, version.id)
    return publish(session, version, valid_from)


def _add_grids(session: Session, version_id: int) -> None:
    plan = toy_plan()
    for code, record in plan.grids.items():
        session.add(
            Grid(
                version_id=version_id, code=code, community_code=record.community,
                name=plan.names[code].name, geom=element(plan.dissolved[code]),
                **plan.figures[code].people._asdict(),
            )
        )  # fmt: skip
        session.add(
            Officer(code=officer_code(code), role_name=f"{code} 网格员", duty_line="0358-000-0000")
        )
    session.flush()
    for code in plan.grids:
        session.add(
            GridDuty(
                grid_code=code, officer_code=officer_code(code),
                validity=Range(THEN, None, bounds="[)"),
            )
        )  # fmt: skip
    session.flush()


def _add_blocks(session: Session, version_id: int) -> None:
    plan = toy_plan()
    for code, block in plan.shapes.items():
        stored = Block(
            code=code, geom=element(block.shape), kind=block.kind,
            compound_code=COMPOUND if block.compound else None, **block.people._asdict(),
        )  # fmt: skip
        session.add(stored)
        session.flush()
        session.add(
            VersionBlock(version_id=version_id, block_id=stored.id, grid_code=plan.grid_of[code])
        )
        session.add(
            Building(
                code=building_code(code), name="1号楼", block_code=code,
                geom=element(plan.ground.buildings.shapes[block.buildings[0]]),
                **block.people._asdict(),
            )
        )  # fmt: skip
    session.flush()
