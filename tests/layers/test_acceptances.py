"""Accepting findings: by whom, why, which, for how long; and taking it back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gis.coverage import RULES, Severity
from gis.errors import JingweiError
from layers import db
from layers.acceptances import (
    ACCEPTABLE,
    AcceptanceError,
    FindingNotFoundError,
    accept_finding,
    list_acts,
    withdraw_acceptance,
)
from layers.db import session_factory
from layers.findings import Wanted, list_findings
from layers.models import FindingAcceptance
from layers.settings import Settings
from layers.versions import VersionNotFoundError
from tests.cities import add_city, add_draft
from tests.flaws import WIDER, cut_compound, make_gap, make_overlap
from tests.layers.test_findings import check, gap_of

WHO_AND_WHY = {"actor": "规划科", "reason": "此处为水库"}


def accepted(session: Session, version_id: int) -> list[str]:
    found = list_findings(session, version_id, Wanted(accepted=True))
    return [one.finding.key for one in found]


@pytest.fixture
def draft(session: Session) -> int:
    """Return a draft of the toy city with a gap in it."""
    draft_id = add_draft(session, base_id=add_city(session).id)
    make_gap(session, draft_id)
    return draft_id


def test_an_accepted_finding_says_who_why_when_and_what(session: Session, draft: int) -> None:
    gap = gap_of(session, draft)
    accept_finding(session, draft, gap.key, **WHO_AND_WHY)
    (act,) = list_acts(session, draft, gap.key)
    assert (act.actor, act.reason, act.text_zh) == ("规划科", "此处为水库", gap.text_zh)
    assert act.at is not None
    assert accepted(session, draft) == [gap.key]


def test_eight_who_accept_the_same_finding_at_once_leave_one_acceptance(
    make_database: Callable[[], str],
) -> None:
    engine: Engine = db.create_engine(make_database(), Settings())
    with session_factory(engine).begin() as session:
        draft_id = add_draft(session)
        make_gap(session, draft_id)
        key = gap_of(session, draft_id).key

    def accept(number: int) -> str:
        try:
            with session_factory(engine).begin() as session:
                accept_finding(session, draft_id, key, actor=f"officer {number}", reason="lake")
        except AcceptanceError as error:
            return str(error)
        return "accepted"

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(accept, range(8)))
    with session_factory(engine)() as session:
        (act,) = list_acts(session, draft_id, key)
    engine.dispose()
    assert said.count("accepted") == 1
    assert sum(f"is accepted already, by {act.actor}" in one for one in said) == 7


def test_an_acceptance_withdrawn_holds_no_longer_and_stays_on_record(
    session: Session, draft: int
) -> None:
    gap = gap_of(session, draft)
    accept_finding(session, draft, gap.key, **WHO_AND_WHY)
    withdraw_acceptance(session, draft, gap.key, actor="复核", reason="水库已填")
    assert accepted(session, draft) == []
    assert [act.act.value for act in list_acts(session, draft, gap.key)] == ["accept", "withdraw"]
    with pytest.raises(AcceptanceError, match="nothing to withdraw"):
        withdraw_acceptance(session, draft, gap.key, actor="复核", reason="again")
    accept_finding(session, draft, gap.key, **WHO_AND_WHY)
    assert accepted(session, draft) == [gap.key]


def test_an_acceptance_holds_for_later_versions_until_one_withdraws_it(
    session: Session, draft: int
) -> None:
    gap = gap_of(session, draft)
    accept_finding(session, draft, gap.key, **WHO_AND_WHY)
    child, other = add_draft(session, base_id=draft), add_draft(session)
    for one in (child, other):
        make_gap(session, one)
        assert gap_of(session, one).key == gap.key
    assert accepted(session, child) == [gap.key]
    assert accepted(session, other) == []  # not made from the one it was accepted in
    withdraw_acceptance(session, child, gap.key, actor="复核", reason="水库已填")
    assert (accepted(session, child), accepted(session, draft)) == ([], [gap.key])


def test_a_finding_that_has_grown_is_not_the_one_that_was_accepted(
    session: Session, draft: int
) -> None:
    gap = gap_of(session, draft)
    accept_finding(session, draft, gap.key, **WHO_AND_WHY)
    session.execute(sa.text("update findings set area_m2 = area_m2 * 1.2"))
    session.expire_all()
    assert accepted(session, draft) == []
    accept_finding(session, draft, gap.key, actor="规划科", reason="水库扩建")
    assert accepted(session, draft) == [gap.key]


def test_an_overlap_has_to_be_mended(session: Session) -> None:
    draft = add_draft(session)
    make_overlap(session, draft, WIDER)
    overlap = next(one for one in check(session, draft) if one.kind == "overlap")
    with pytest.raises(AcceptanceError, match=r"JW-C20.*has to be mended"):
        accept_finding(session, draft, overlap.key, **WHO_AND_WHY)


def test_a_finding_that_does_not_block_can_be_accepted(session: Session, draft: int) -> None:
    cut_compound(session)
    (warning,) = [one for one in check(session, draft) if one.severity == "warning"]
    accept_finding(session, draft, warning.key, **WHO_AND_WHY)
    assert accepted(session, draft) == [warning.key]


def test_only_blocking_rules_need_leave_to_be_accepted() -> None:
    assert {RULES[kind].severity for kind in ACCEPTABLE} == {Severity.BLOCKING}


def test_an_unknown_finding_and_an_unknown_version_are_named(session: Session, draft: int) -> None:
    with pytest.raises(FindingNotFoundError, match="no finding JW-C10-00000000"):
        accept_finding(session, draft, "JW-C10-00000000", **WHO_AND_WHY)
    with pytest.raises(VersionNotFoundError, match="999"):
        withdraw_acceptance(session, 999, "JW-C10-00000000", **WHO_AND_WHY)


@pytest.mark.parametrize(("actor", "reason"), [("", "lake"), ("规划科", "  ")])
def test_nobody_accepts_without_a_name_and_a_reason(
    session: Session, draft: int, actor: str, reason: str
) -> None:
    with pytest.raises(JingweiError, match="who decides"):
        accept_finding(session, draft, gap_of(session, draft).key, actor=actor, reason=reason)


@pytest.mark.parametrize(
    "change", ["delete from finding_acceptances", "update finding_acceptances set reason = 'x'"]
)
def test_decisions_are_kept_for_ever(session: Session, draft: int, change: str) -> None:
    accept_finding(session, draft, gap_of(session, draft).key, **WHO_AND_WHY)
    with pytest.raises(IntegrityError, match="only ever added"):
        session.execute(sa.text(change))


def test_the_database_takes_no_decision_twice(session: Session, draft: int) -> None:
    act = accept_finding(session, draft, gap_of(session, draft).key, **WHO_AND_WHY)
    values = {c.name: getattr(act, c.name) for c in FindingAcceptance.__table__.c if c.name != "id"}
    with pytest.raises(IntegrityError, match="uq_finding_acceptances"):
        session.execute(sa.insert(FindingAcceptance).values(values))
