"""Rules that the database keeps, whoever writes to it."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from geoalchemy2.shape import from_shape
from shapely import Point
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from layers.boundaries import publish
from layers.db import MIGRATIONS
from layers.models import (
    SRID,
    BoundaryVersion,
    Building,
    Channel,
    Grid,
    GridDuty,
    Incident,
    IncidentEvent,
    IncidentState,
    IssuedCode,
    Queue,
    VersionState,
)
from tests.cities import THEN, add_city, add_draft, community_code, grid_code


@pytest.fixture
def city(session: Session) -> int:
    return add_city(session).id


def test_migrations_make_exactly_the_models(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)


def test_migrations_can_be_taken_back_and_made_again(make_database: object) -> None:
    assert callable(make_database)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = sa.create_engine(make_database(), poolclass=sa.NullPool)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        left = sa.inspect(connection).get_table_names()
        command.upgrade(config, "head")
    assert sorted(left) == ["alembic_version", "spatial_ref_sys"]


@pytest.mark.parametrize(
    "change",
    [
        "update grids set name = 'x'",
        "delete from version_blocks",
        "update communities set name_en = 'x'",
        "delete from subdistricts",
        "update boundary_versions set label = 'x'",
        "update boundary_versions set state = 'draft', validity = null, published_at = null",
        "update blocks set geom = ST_Translate(geom, 0.001, 0)",
        "update issued_codes set level = 'grid'",
        "delete from issued_codes",
    ],
)
@pytest.mark.usefixtures("city")
def test_what_was_published_never_changes(session: Session, change: str) -> None:
    with pytest.raises(IntegrityError, match=r"never changes|keeps its shape|kept for ever"):
        session.execute(sa.text(change))


def test_nothing_can_be_added_to_a_published_version(session: Session, city: int) -> None:
    old = session.get_one(Grid, (city, grid_code(0, 0)))
    session.add(
        Grid(
            version_id=city,
            code=f"{community_code(0)}099",
            community_code=community_code(0),
            name="新网格",
            geom=old.geom,
        )
    )
    with pytest.raises(IntegrityError, match="published and never changes"):
        session.flush()


def test_every_code_of_a_draft_is_on_record(session: Session) -> None:
    add_draft(session)
    codes = session.scalars(sa.select(IssuedCode.code).where(IssuedCode.level == "grid")).all()
    assert sorted(codes) == sorted(grid_code(c, r) for c in range(3) for r in range(3))


def test_a_retired_code_is_never_used_again(session: Session, city: int) -> None:
    gone = grid_code(2, 2)
    second = add_draft(session, base_id=city)
    for table in ("version_blocks", "grids"):
        column = "grid_code" if table == "version_blocks" else "code"
        session.execute(
            sa.text(f"delete from {table} where version_id = :v and {column} = :c"),  # noqa: S608
            {"v": second, "c": gone},
        )
    session.execute(  # its neighbour in the community takes the ground over
        sa.text(
            "update grids set geom = ST_Multi(ST_Union(geom, (select geom from grids"
            " where code = :c and version_id = :old))) where version_id = :v and code = :near"
        ),
        {"v": second, "old": city, "c": gone, "near": grid_code(2, 1)},
    )
    later = publish(session, session.get_one(BoundaryVersion, second), THEN + timedelta(days=9))
    with pytest.raises(IntegrityError, match=r"retired .* never used again"):
        add_draft(session, base_id=later.id)


def test_a_roll_back_may_bring_a_retired_code_back(session: Session, city: int) -> None:
    session.execute(sa.update(IssuedCode).values(retired_at=datetime.now(UTC)))
    draft = BoundaryVersion(
        city_code="141182",
        city_name="汾阳市",
        label="back",
        scheme="NBS",
        edition="2023",
        planar_srid=4546,
        frame=session.get_one(BoundaryVersion, city).frame,
        author="test",
        restores_id=city,
    )
    session.add(draft)
    session.flush()
    session.execute(
        sa.text(
            "insert into subdistricts (version_id, code, name, geom)"
            " select :to, code, name, geom from subdistricts where version_id = :of"
        ),
        {"to": draft.id, "of": city},
    )


def test_two_versions_are_never_in_force_at_once(session: Session, city: int) -> None:
    second = session.get_one(BoundaryVersion, add_draft(session, base_id=city))
    second.state, second.published_at = VersionState.PUBLISHED, datetime.now(UTC)
    second.validity = Range(THEN + timedelta(days=1), None, bounds="[)")
    with pytest.raises(IntegrityError, match="one_in_force"):
        session.flush()


def test_a_grid_never_has_two_officers_at_once(session: Session, city: int) -> None:
    assert city
    again = GridDuty(
        grid_code=grid_code(0, 0),
        officer_code="O2",
        validity=Range(THEN + timedelta(days=1), None, bounds="[)"),
    )
    session.add(again)
    with pytest.raises(IntegrityError, match="one_officer"):
        session.flush()


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("residents_60_plus", 31, "people"),
        ("households", -1, "people"),
        ("floors", 0, "size"),
        ("code", "1号楼", "code"),
        ("code", "141182001002-C001-B01", "code_in_compound"),
    ],
)
def test_a_building_with_impossible_values_is_refused(
    session: Session, city: int, column: str, value: object, rule: str
) -> None:
    assert city
    session.expunge_all()
    with pytest.raises(IntegrityError, match=f"ck_buildings_{rule}"):
        session.execute(sa.update(Building).values({column: value}))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("code = '141182001001000'", "serial"),
        ("code = '141182009001001'", "code_in_community"),
        ("code = '14118200100100A'", "code"),
        ("name = ''", "name"),
        ("geom = 'SRID=4490;MULTIPOLYGON(((0 0,1 1,1 0,0 1,0 0)))'", "geom_valid"),
        ("geom = 'SRID=4490;MULTIPOLYGON EMPTY'", "geom_valid"),
    ],
)
def test_a_grid_with_a_wrong_code_or_shape_is_refused(
    session: Session, change: str, rule: str
) -> None:
    draft = add_draft(session)
    session.execute(sa.text("delete from version_blocks"))
    with pytest.raises(IntegrityError, match=f"ck_grids_{rule}"):
        session.execute(
            sa.text(f"update grids set {change} where version_id = :v and code = :c"),  # noqa: S608
            {"v": draft, "c": grid_code(0, 2)},
        )


def test_events_are_only_ever_added(session: Session, city: int) -> None:
    incident = Incident(
        number="1",
        channel=Channel.WEB,
        category="other",
        text="x",
        given_lon=0,
        given_lat=0,
        datum="wgs84",
        geom=from_shape(Point(0, 0), srid=SRID),
        version_id=city,
        how="outside",
        queue=Queue.DISPATCH,
        state=IncidentState.TO_SORT,
        reason_zh="x",
        reason_en="x",
        reported_at=THEN,
        due_at=THEN,
        warn_at=THEN,
    )
    session.add(incident)
    session.flush()
    session.add(
        IncidentEvent(
            incident_id=incident.id, serial=1, kind="report", actor="web",
            state=IncidentState.TO_SORT,
        )
    )  # fmt: skip
    session.flush()
    with pytest.raises(IntegrityError, match="only ever added"):
        session.execute(sa.text("delete from incident_events"))
