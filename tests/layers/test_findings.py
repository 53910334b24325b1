"""Stored findings, and when they count for publishing."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gis.coverage import Kind, Severity
from layers.acceptances import accept_finding
from layers.boundaries import publish
from layers.checks import CheckFailedError, check_content, read_content
from layers.findings import (
    Wanted,
    get_check,
    is_current,
    list_findings,
    list_open_blocking,
    store_findings,
)
from layers.models import BoundaryVersion, StoredFinding
from layers.versions import VersionNotFoundError
from tests.cities import THEN, add_city, add_draft, grid_code
from tests.flaws import WIDER, cut_compound, make_gap, make_overlap

NINE_DAYS = timedelta(days=9)


@pytest.fixture
def draft(session: Session) -> int:
    """Return a draft of the toy city with a gap in it."""
    draft_id = add_draft(session, base_id=add_city(session).id)
    make_gap(session, draft_id)
    return draft_id


def check(session: Session, version_id: int) -> list[StoredFinding]:
    content = read_content(session, version_id)
    store_findings(session, version_id, content, check_content(content))
    return [one.finding for one in list_findings(session, version_id, Wanted())]


def gap_of(session: Session, version_id: int) -> StoredFinding:
    (gap,) = [one for one in check(session, version_id) if one.kind == Kind.GAP.value]
    return gap


def test_what_is_stored_is_what_was_found_and_where(session: Session, draft: int) -> None:
    found = check_content(read_content(session, draft))
    stored = check(session, draft)
    assert [(one.key, one.text_zh, one.codes) for one in stored] == [
        (one.key, one.text_zh, list(one.codes)) for one in found
    ]
    gap = gap_of(session, draft)
    assert gap.fix["to"] == grid_code(1, 1)
    inside = session.scalar(
        sa.text(
            "select ST_Covers(geom, ST_SetSRID(ST_MakePoint(lon, lat), 4490)) "
            "and ST_Area(geom::geography) between area_m2 * 0.99 and area_m2 * 1.01 "
            "from findings where key = :key"
        ),
        {"key": gap.key},
    )
    assert inside is True


def test_a_check_replaces_what_the_check_before_it_found(session: Session, draft: int) -> None:
    before = gap_of(session, draft).key
    make_gap(session, draft, WIDER)
    assert before not in {one.key for one in check(session, draft)}


def test_findings_are_filtered_by_severity_rule_and_page(session: Session, draft: int) -> None:
    cut_compound(session)
    assert [one.rule_id for one in check(session, draft)] == ["JW-C10", "JW-C53"]
    blocking = list_findings(session, draft, Wanted(severity=Severity.BLOCKING))
    assert {one.finding.severity for one in blocking} == {"blocking"}
    gaps = list_findings(session, draft, Wanted(rule_id="JW-C10"))
    assert {one.finding.kind for one in gaps} == {"gap"}
    rest = list_findings(session, draft, Wanted(after=0, limit=1))
    assert [one.finding.serial for one in rest] == [1]


@pytest.mark.parametrize(
    "change",
    [
        "update grids set residents = 29 where code = '141182001001001' and version_id = :v",
        "update grids set name = '新名' where code = '141182001001001' and version_id = :v",
        "update buildings set name = '2号楼'",
        "update compounds set geom = ST_Translate(geom, 0.0000001, 0)",
        "update boundary_versions set frame = ST_Reverse(frame) where id = :v",
    ],
)
def test_a_check_is_current_only_as_long_as_nothing_it_looked_at_changes(
    session: Session, draft: int, change: str
) -> None:
    check(session, draft)
    made = get_check(session, draft)
    assert made is not None
    assert is_current(session, made)
    session.execute(sa.text(change), {"v": draft} if ":v" in change else {})
    assert not is_current(session, made)


def test_stored_findings_count_for_publishing_when_they_are_of_this_content(
    session: Session, draft: int
) -> None:
    check(session, draft)
    session.execute(sa.text("update findings set text_en = 'as it was stored'"))
    assert [one.text_en for one in list_open_blocking(session, draft)] == ["as it was stored"]


def test_a_draft_changed_since_its_check_is_checked_again_for_publishing(
    session: Session, draft: int
) -> None:
    check(session, draft)
    session.execute(sa.text("delete from findings"))
    assert list_open_blocking(session, draft) == []  # the stored word is taken
    make_gap(session, draft, WIDER)
    assert [one.rule_id for one in list_open_blocking(session, draft)] == ["JW-C10"]


@pytest.mark.parametrize("stored", [True, False])
def test_a_draft_whose_gap_was_accepted_can_be_published(
    session: Session, draft: int, *, stored: bool
) -> None:
    accept_finding(session, draft, gap_of(session, draft).key, actor="规划科", reason="水库")
    if not stored:
        session.execute(sa.text("delete from version_checks"))
    published = publish(session, session.get_one(BoundaryVersion, draft), THEN + NINE_DAYS)
    assert published.id == draft


def test_an_accepted_gap_does_not_excuse_the_overlap_beside_it(
    session: Session, draft: int
) -> None:
    accept_finding(session, draft, gap_of(session, draft).key, actor="规划科", reason="水库")
    make_overlap(session, draft, column=0)
    with pytest.raises(CheckFailedError, match=r"JW-C2") as refused:
        publish(session, session.get_one(BoundaryVersion, draft), THEN + NINE_DAYS)
    assert "JW-C10" not in {one.rule_id for one in refused.value.findings}


def test_a_version_that_is_not_there_is_named(session: Session) -> None:
    with pytest.raises(VersionNotFoundError, match="no boundary version 999"):
        get_check(session, 999)
    with pytest.raises(VersionNotFoundError, match="no boundary version 999"):
        read_content(session, 999)
