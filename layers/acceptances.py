"""What people accepted of the findings of a version: who, when and why, kept for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from gis.coverage import Finding, Kind, Severity
from gis.errors import JingweiError
from layers.models import AcceptanceAct, FindingAcceptance, StoredFinding
from layers.versions import get_any_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

# What may be so on purpose. All other blocking rules say that the service would answer wrongly or
# twice (overlaps, grids of two communities, wrong codes), or that the file is broken: to be mended.
ACCEPTABLE = frozenset(
    {
        Kind.GAP,  # a lake or barracks not declared as a void
        Kind.INLET,
        Kind.OUTSIDE_FRAME,
        Kind.EXCLAVE,
        Kind.PARENT_UNCOVERED,
        Kind.BUILDING_IN_NO_GRID,
        Kind.BUILDING_CUT,
    }
)
GROWTH, GROWTH_M2 = 1.1, 1.0  # a finding that grew by more than this is another one

_LINE = """
    with recursive line (id, depth) as (
        select cast(:version as bigint), 0
        union all
        select b.base_id, line.depth + 1
        from line join boundary_versions b on b.id = line.id where b.base_id is not null
    )
    select distinct on (a.key) a.id
    from finding_acceptances a join line on line.id = a.version_id
    where cast(:key as text) is null or a.key = :key
    order by a.key, line.depth, a.serial desc
"""
_LOCK = "select pg_advisory_xact_lock(hashtextextended(:key, :version))"


class FindingNotFoundError(LookupError):
    """The latest check of the version has no finding of that key."""


class AcceptanceError(Exception):
    """The finding cannot be accepted, or its acceptance not be withdrawn, as things stand."""


def may_be_accepted(finding: Finding | StoredFinding) -> bool:
    """Tell whether a finding may be accepted: what does not block, and what may be on purpose."""
    return finding.severity != Severity.BLOCKING or Kind(finding.kind) in ACCEPTABLE


def list_acts(session: Session, version_id: int, key: str) -> list[FindingAcceptance]:
    """Return every acceptance and withdrawal of a finding on this very version, first to last."""
    query = (
        select(FindingAcceptance)
        .where(FindingAcceptance.version_id == version_id, FindingAcceptance.key == key)
        .order_by(FindingAcceptance.serial)
    )
    return list(session.scalars(query))


def accept_finding(
    session: Session, version_id: int, key: str, *, actor: str, reason: str
) -> FindingAcceptance:
    """
    Accept a finding of the latest check; it holds for this version and those based on it.

    It holds as long as the finding is the same: of the same rule, units and place, and not larger.

    Raises
    ------
    VersionNotFoundError, FindingNotFoundError
        If there is no such version or finding.
    AcceptanceError
        If it is accepted already, or is one to be mended.
    JingweiError
        If nobody or no reason is named.
    """
    _check_words(actor, reason)
    finding, current = _look_up(session, version_id, key)
    if current is not None:
        raise AcceptanceError(
            f"finding {key} is accepted already, by {current.actor} on {current.at:%Y-%m-%d}: "
            f"{current.reason}"
        )
    if not may_be_accepted(finding):
        raise AcceptanceError(
            f"finding {key} ({finding.rule_id}) cannot be accepted, it has to be mended: "
            f"{finding.text_en}"
        )
    return _act(session, version_id, finding, AcceptanceAct.ACCEPT, actor=actor, reason=reason)


def withdraw_acceptance(
    session: Session, version_id: int, key: str, *, actor: str, reason: str
) -> FindingAcceptance:
    """
    Take an acceptance back, for this version and those based on it; both stay on record.

    Raises
    ------
    VersionNotFoundError, FindingNotFoundError, JingweiError
        As `accept_finding`.
    AcceptanceError
        If it is not accepted.
    """
    _check_words(actor, reason)
    finding, current = _look_up(session, version_id, key)
    if current is None:
        raise AcceptanceError(f"finding {key} is not accepted: there is nothing to withdraw")
    return _act(session, version_id, finding, AcceptanceAct.WITHDRAW, actor=actor, reason=reason)


def _check_words(actor: str, reason: str) -> None:
    if not actor.strip() or not reason.strip():
        raise JingweiError("say who decides (actor) and why (reason)")


def _look_up(
    session: Session, version_id: int, key: str
) -> tuple[StoredFinding, FindingAcceptance | None]:
    """Find a finding, and keep others from deciding on it before the end of the transaction."""
    get_any_version(session, version_id)
    session.execute(text(_LOCK), {"key": key, "version": version_id})
    finding = session.scalars(
        select(StoredFinding)
        .where(StoredFinding.version_id == version_id, StoredFinding.key == key)
        .order_by(StoredFinding.area_m2.desc().nulls_last())
        .limit(1)
    ).one_or_none()
    if finding is None:
        raise FindingNotFoundError(
            f"the latest check of version {version_id} has no finding {key}: check it, then list "
            "its findings"
        )
    return finding, acceptance_of(latest_acts(session, version_id, key), finding)


def _act(
    session: Session,
    version_id: int,
    finding: StoredFinding,
    act: AcceptanceAct,
    *,
    actor: str,
    reason: str,
) -> FindingAcceptance:
    serial = session.scalars(
        select(func.coalesce(func.max(FindingAcceptance.serial), 0) + 1).where(
            FindingAcceptance.version_id == version_id, FindingAcceptance.key == finding.key
        )
    ).one()
    made = FindingAcceptance(
        version_id=version_id,
        key=finding.key,
        serial=serial,
        act=act,
        actor=actor.strip(),
        reason=reason.strip(),
        rule_id=finding.rule_id,
        text_zh=finding.text_zh,
        text_en=finding.text_en,
        area_m2=finding.area_m2,
    )
    session.add(made)
    session.flush()
    session.refresh(made)
    return made


def latest_acts(
    session: Session, version_id: int, key: str | None = None
) -> dict[str, FindingAcceptance]:
    """Return the last word on each finding: the version's own, or of the nearest it is based on."""
    ids = session.scalars(text(_LINE), {"version": version_id, "key": key}).all()
    acts = session.scalars(select(FindingAcceptance).where(FindingAcceptance.id.in_(ids)))
    return {act.key: act for act in acts}


def acceptance_of(
    acts: Mapping[str, FindingAcceptance], finding: Finding | StoredFinding
) -> FindingAcceptance | None:
    """Return the acceptance among the last words that holds for a finding; None if none does."""
    act = acts.get(finding.key)
    if act is None or act.act is not AcceptanceAct.ACCEPT or not may_be_accepted(finding):
        return None
    grown = (finding.area_m2 or 0.0) > GROWTH * (act.area_m2 or 0.0) + GROWTH_M2
    return None if grown else act
