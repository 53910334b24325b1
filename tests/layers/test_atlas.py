"""The city in memory follows what is published and who is on duty."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from layers.atlas import Atlas
from layers.boundaries import NoVersionError, Version, publish
from layers.db import create_engine
from layers.models import BoundaryVersion, OfficerAbsence
from layers.settings import Settings
from tests.cities import THEN, add_city, add_draft, grid_code


@pytest.fixture
def fresh(make_database: Callable[[], str], settings: Settings) -> Iterator[Engine]:
    engine = create_engine(make_database(), settings)
    yield engine
    engine.dispose()


@pytest.fixture
def atlas(fresh: Engine) -> Iterator[Atlas]:
    atlas = Atlas(fresh, gap_tolerance_m=10, near_border_m=30)
    atlas.start()
    yield atlas
    atlas.stop()


def soon(happens: Callable[[], bool]) -> bool:
    until = time.monotonic() + 10
    while not happens() and time.monotonic() < until:
        time.sleep(0.01)
    return happens()


def add(engine: Engine, valid_from: datetime = THEN) -> Version:
    with Session(engine) as session, session.begin():
        return add_city(session, valid_from)


def test_an_empty_city_has_no_version(atlas: Atlas) -> None:
    with pytest.raises(NoVersionError):
        atlas.at()


def test_a_publish_is_followed_without_being_asked(fresh: Engine, atlas: Atlas) -> None:
    version = add(fresh)

    def followed() -> bool:
        try:
            return atlas.at().version.id == version.id
        except NoVersionError:
            return False

    assert soon(followed)


def test_each_time_is_answered_by_the_version_of_that_time(fresh: Engine) -> None:
    first = add(fresh)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with Session(fresh) as session, session.begin():
        draft = session.get_one(BoundaryVersion, add_draft(session, base_id=first.id))
        second = publish(session, draft, tomorrow)
    atlas = Atlas(fresh, gap_tolerance_m=10, near_border_m=30)
    atlas.refresh()
    assert atlas.at().version.id == first.id
    assert atlas.at(tomorrow).version.id == second.id
    assert atlas.at(tomorrow - timedelta(microseconds=1)).version.id == first.id
    with pytest.raises(NoVersionError):
        atlas.at(THEN - timedelta(days=1))


def test_a_map_is_built_once(fresh: Engine) -> None:
    add(fresh)
    atlas = Atlas(fresh, gap_tolerance_m=10, near_border_m=30)
    atlas.refresh()
    held = atlas.at()
    atlas.refresh()
    assert atlas.at() is held


def test_an_absence_is_followed(fresh: Engine, atlas: Atlas) -> None:
    add(fresh)
    now = datetime.now(UTC)
    with Session(fresh) as session, session.begin():
        always = Range(THEN, None, bounds="[)")
        session.add(OfficerAbsence(officer_code="O1", validity=always))

    def stands_in() -> bool:
        officer = atlas.roster.on_duty(grid_code(0, 0), now)
        return officer is not None and officer.standing_in

    assert soon(stands_in)


def test_after_the_database_was_away_the_city_is_followed_again(
    fresh: Engine, atlas: Atlas
) -> None:
    with fresh.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    version = add(fresh)

    def followed() -> bool:
        try:
            return atlas.at().version.id == version.id
        except NoVersionError:
            return False

    assert soon(followed)
