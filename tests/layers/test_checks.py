"""Stored versions against the rules of coverage."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gis.coverage import Kind, Severity
from layers.boundaries import publish
from layers.checks import CheckFailedError, check_version
from layers.models import BoundaryVersion, VersionState
from tests.cities import THEN, add_city, add_draft, grid_code

SHRINK = """
    update grids set geom = ST_Multi(ST_Intersection(geom, ST_MakeEnvelope(
        ST_XMin(geom), ST_YMin(geom), ST_XMax(geom) - 0.0001, ST_YMax(geom), 4490)))
    where version_id = :v and code = :code
"""


def test_the_toy_city_has_nothing_that_forbids_publishing(session: Session) -> None:
    found = check_version(session, add_city(session).id)
    assert [one for one in found if one.severity is Severity.BLOCKING] == []


def test_a_gap_between_two_communities_is_found_and_whose_it_is(session: Session) -> None:
    draft = add_draft(session, base_id=add_city(session).id)
    session.execute(sa.text(SHRINK), {"v": draft, "code": grid_code(0, 1)})
    gaps = [one for one in check_version(session, draft) if one.kind is Kind.GAP]
    assert [gap.fix.to for gap in gaps] == [grid_code(0, 1)]
    assert gaps[0].area_m2 == pytest.approx(0.0001 * 88_700 / 1024 * 111_000, rel=0.01)


def test_a_draft_with_a_gap_cannot_be_published_and_stays_a_draft(session: Session) -> None:
    draft = add_draft(session, base_id=add_city(session).id)
    session.execute(sa.text(SHRINK), {"v": draft, "code": grid_code(0, 1)})
    version = session.get_one(BoundaryVersion, draft)
    with pytest.raises(CheckFailedError, match=r"JW-C10"):
        publish(session, version, THEN + timedelta(days=9))
    assert version.state is VersionState.DRAFT
