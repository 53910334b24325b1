"""Versions in force and their publication."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gis.errors import JingweiError
from layers.boundaries import (
    NoVersionError,
    VersionConflictError,
    get_version,
    get_version_in_force,
    list_versions,
    load_city_map,
    next_grid_code,
    publish,
)
from layers.checks import CheckFailedError
from layers.models import BoundaryVersion, IssuedCode
from tests.cities import THEN, add_city, add_draft, community_code, grid_code, middle

LATER = THEN + timedelta(days=30)


def draft_of(session: Session, base_id: int | None) -> BoundaryVersion:
    return session.get_one(BoundaryVersion, add_draft(session, base_id=base_id, label="second"))


def test_before_the_first_publish_no_version_is_in_force(session: Session) -> None:
    add_draft(session)
    with pytest.raises(NoVersionError):
        get_version_in_force(session, datetime.now(UTC))


def test_a_publish_ends_the_version_before_at_the_same_instant(session: Session) -> None:
    first = add_city(session)
    second = publish(session, draft_of(session, first.id), LATER)
    just_before = LATER - timedelta(microseconds=1)
    assert get_version_in_force(session, just_before).id == first.id
    assert get_version_in_force(session, LATER).id == second.id
    assert [version.id for version in list_versions(session)] == [first.id, second.id]
    assert get_version(session, first.id).valid_to == LATER


def test_a_draft_based_on_an_older_version_is_not_published(session: Session) -> None:
    first = add_city(session)
    stale, fresh = draft_of(session, first.id), draft_of(session, first.id)
    publish(session, fresh, LATER)
    with pytest.raises(VersionConflictError, match="bring the draft up to date"):
        publish(session, stale, LATER + timedelta(days=1))


def test_a_version_cannot_start_before_the_one_it_follows(session: Session) -> None:
    first = add_city(session)
    with pytest.raises(VersionConflictError, match="choose a later time"):
        publish(session, draft_of(session, first.id), THEN)


def test_a_version_is_published_once(session: Session) -> None:
    first = add_city(session)
    with pytest.raises(JingweiError, match="only a draft"):
        publish(session, session.get_one(BoundaryVersion, first.id), LATER)


def test_a_time_without_zone_is_refused(session: Session) -> None:
    draft = draft_of(session, None)
    with pytest.raises(JingweiError, match="no time zone"):
        publish(session, draft, datetime(2026, 1, 1))  # noqa: DTZ001  the fault under test


def test_an_unpublished_version_is_not_given_out(session: Session) -> None:
    with pytest.raises(NoVersionError):
        get_version(session, add_draft(session))


def test_a_code_retired_by_one_version_and_restored_by_another_is_in_use(session: Session) -> None:
    first = add_city(session)
    session.execute(sa.update(IssuedCode).values(retired_at=THEN))
    draft = BoundaryVersion(
        city_code="141182", city_name="汾阳市", label="back", scheme="NBS", edition="2023",
        planar_srid=4546, frame=session.get_one(BoundaryVersion, first.id).frame, author="test",
        base_id=first.id, restores_id=first.id,
    )  # fmt: skip
    session.add(draft)
    session.flush()
    copied = {
        "subdistricts": "code, name, geom",
        "communities": "code, subdistrict_code, name, geom",
        "grids": "code, community_code, name, geom, kind, households, residents, residents_60_plus",
    }
    for table, columns in copied.items():
        session.execute(
            sa.text(
                f"insert into {table} (version_id, {columns}) select :new, {columns}"  # noqa: S608
                f" from {table} where version_id = :old"
            ),
            {"new": draft.id, "old": first.id},
        )
    publish(session, draft, LATER)
    in_use = session.scalars(sa.select(IssuedCode.code).where(IssuedCode.retired_at.is_(None)))
    assert len(in_use.all()) == 1 + 3 + 9


def test_a_version_without_grids_cannot_be_published(session: Session) -> None:
    first = add_city(session)
    draft = BoundaryVersion(
        city_code="141182", city_name="汾阳市", label="empty", scheme="NBS", edition="2023",
        planar_srid=4546, frame=session.get_one(BoundaryVersion, first.id).frame, author="test",
        base_id=first.id,
    )  # fmt: skip
    session.add(draft)
    session.flush()
    with pytest.raises(CheckFailedError, match="blocking faults"):
        publish(session, draft, LATER)


def test_serials_count_on_from_the_highest_ever_issued(session: Session) -> None:
    version = session.get_one(BoundaryVersion, add_draft(session))
    session.execute(sa.text("delete from version_blocks"))
    session.execute(sa.text("delete from grids where code like '%003'"))
    assert next_grid_code(session, version, community_code(0)) == f"{community_code(0)}004"


def test_serials_run_out_after_999(session: Session) -> None:
    version = session.get_one(BoundaryVersion, add_draft(session))
    session.add(
        IssuedCode(scheme="NBS", edition="2023", code=f"{community_code(0)}999", level="grid",
                   version_id=version.id)
    )  # fmt: skip
    session.flush()
    with pytest.raises(JingweiError, match="all 999"):
        next_grid_code(session, version, community_code(0))


def test_the_map_of_a_version_finds_each_square_and_its_parents(session: Session) -> None:
    city = load_city_map(session, add_city(session), gap_tolerance_m=10, near_border_m=30)
    for column in range(3):
        for row in range(3):
            code = city.locator.find(*middle(column, row))
            assert code == grid_code(column, row)
            assert city.community_of(code).code == community_code(column)
            assert city.subdistrict_of(code).name == "文峰街道"
