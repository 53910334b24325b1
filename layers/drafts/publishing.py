"""
A draft put in force, or an older version brought back: one transaction, all of it or nothing.

The base must still be the latest version and nothing blocking be found. Written together: the
version, its lineage, the duties of officers, what they must be told, and open incidents given to
their grids at once, or noted for the moment the version comes in force.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from gis.edit.comparing import Flow, changed_grids, compare_plans
from gis.errors import JingweiError
from layers.acceptances import accept_finding
from layers.boundaries import get_version, publish
from layers.checks import check_content, read_content
from layers.drafts.draft import DraftStateError, StaleError, add_event, get_draft
from layers.drafts.plan_storage import COPIED, store_plan
from layers.duties import change_duties
from layers.findings import store_findings
from layers.handovers import carry_out
from layers.models import (
    BoundaryVersion,
    DraftState,
    GridLineage,
    Handover,
    IncidentChoice,
    OutboxMessage,
    VersionState,
)
from layers.officers import load_roster

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from gis.edit import Plan
    from layers.boundaries import Version
    from layers.drafts.desk import Desk

CLOCKS_DIFFER = timedelta(minutes=1)
UNITS = {
    "subdistricts": "code, name, name_en, geom",
    "communities": "code, subdistrict_code, name, name_en, official_name, service_region_code, "
    "geom",
    "grids": "code, community_code, name, name_en, kind, households, residents, "
    "residents_60_plus, geom",
    "version_blocks": "block_id, grid_code",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """
    How a version is put in force.

    `valid_from` None is now. `incidents` says what becomes of open ones whose grid changes;
    those whose numbers are in `keep` stay in any case. `accept` gives reasons to accept findings,
    by their keys, that would forbid it. The tolerances are those of locating.
    """

    actor: str
    valid_from: datetime | None = None
    incidents: IncidentChoice = IncidentChoice.MOVE
    keep: tuple[str, ...] = ()
    accept: Mapping[str, str] = field(default_factory=dict)
    gap_tolerance_m: float
    near_border_m: float


@dataclass(frozen=True, slots=True)
class Published:
    """A version put in force; `moved` counts incidents, None if that is still to be done."""

    version: Version
    moved: int | None


def publish_draft(
    session: Session, desk: Desk, draft_id: int, *, seen: int, terms: Terms
) -> Published:
    """
    Put an approved draft in force.

    Raises
    ------
    DraftNotFoundError, DraftStateError, StaleError
        If there is no such draft, it is not approved, or not what was looked at.
    VersionConflictError
        If its base is no longer the latest version, or another is planned later.
    CheckFailedError
        If it has blocking faults that nobody accepted.
    FindingNotFoundError, AcceptanceError
        If a finding to be accepted is not there, or must be mended.
    JingweiError
        If the time lies in the past or has no zone.
    """
    draft = get_draft(session, draft_id, hold=True)
    if draft.state is not DraftState.APPROVED:
        raise DraftStateError(draft, "publish")
    history = desk.history(session, draft)
    if seen != draft.version:
        raise StaleError(draft, seen, history.done[seen:])
    base = desk.base(session, draft.base_id)
    stored = store_plan(
        session, base, history.plan, author=draft.author, label=draft.label, note=draft.note
    )
    published = _put_in_force(session, stored, base.plan, history.plan, terms)
    draft.state, draft.published_id = DraftState.PUBLISHED, stored.id
    add_event(session, draft, "publish", terms.actor, published.version.valid_from.isoformat())
    return published


def roll_back(
    session: Session, desk: Desk, version_id: int, *, label: str, note: str, terms: Terms
) -> Published:
    """
    Bring back the division of an older version, as a new version that follows the latest.

    Raises
    ------
    NoVersionError
        If there is no such published version.
    VersionConflictError, CheckFailedError, JingweiError
        As `publish_draft`; also if it is the latest already, or no reason is given.
    """
    older = session.get_one(BoundaryVersion, get_version(session, version_id).id)
    latest = session.scalars(
        select(BoundaryVersion).where(
            BoundaryVersion.city_code == older.city_code,
            BoundaryVersion.state == VersionState.PUBLISHED,
            func.upper_inf(BoundaryVersion.validity),
        )
    ).one()
    if latest.id == older.id:
        raise JingweiError(f"version {older.id} is the latest: there is nothing to bring back")
    if not note.strip():
        raise JingweiError("a roll-back needs a note: say why")
    again = BoundaryVersion(
        **{name: getattr(older, name) for name in COPIED},
        frame=older.frame,
        author=terms.actor,
        label=label,
        note=note,
        base_id=latest.id,
        restores_id=older.id,
    )
    session.add(again)
    session.flush()
    for table, columns in UNITS.items():
        session.execute(
            text(
                f"insert into {table} (version_id, {columns}) "  # noqa: S608 - our own names
                f"select :new, {columns} from {table} where version_id = :old"
            ),
            {"new": again.id, "old": older.id},
        )
    old, new = desk.base(session, latest.id).plan, desk.base(session, older.id).plan
    return _put_in_force(session, again, old, new, terms)


def list_lineage(session: Session, version_id: int) -> list[GridLineage]:
    """Return where the grids of a version come from, in order of the codes."""
    query = select(GridLineage).where(GridLineage.version_id == version_id)
    return list(session.scalars(query.order_by(GridLineage.from_code, GridLineage.to_code)))


def _put_in_force(
    session: Session, stored: BoundaryVersion, old: Plan, new: Plan, terms: Terms
) -> Published:
    now = datetime.now(UTC)
    valid_from = terms.valid_from or now
    if valid_from.tzinfo is not None and valid_from < now - CLOCKS_DIFFER:
        raise JingweiError(
            f"valid_from {valid_from.isoformat()} lies in the past: what was answered since would "
            "be wrong after the fact; choose a later time, or leave it out for now"
        )
    if terms.accept:
        _accept(session, stored.id, terms)
    version = publish(session, stored, valid_from)
    flows = compare_plans(old, new)
    session.add_all(_lineage(version.id, flow) for flow in flows)
    before = load_roster(session)
    change_duties(session, old, new, flows, valid_from)
    after = load_roster(session)
    for grid in sorted(changed_grids(old, new)):
        content = _told(old, new, flows, grid)
        content["valid_from"] = valid_from.isoformat()
        on_duty = (before.on_duty(grid, valid_from), after.on_duty(grid, valid_from))
        session.add_all(
            OutboxMessage(
                kind="grid_changed", officer_code=code, version_id=version.id, content=content
            )
            for code in sorted({officer.code for officer in on_duty if officer})
        )
    handover = Handover(
        version_id=version.id,
        choice=terms.incidents,
        actor=terms.actor,
        due_at=valid_from,
        kept=sorted(terms.keep),
    )
    session.add(handover)
    session.flush()
    if valid_from <= now:
        carry_out(
            session,
            handover,
            gap_tolerance_m=terms.gap_tolerance_m,
            near_border_m=terms.near_border_m,
        )
    return Published(version, handover.moved)


def _accept(session: Session, version_id: int, terms: Terms) -> None:
    """Keep what a check finds with the version, and accept of it what there are reasons for."""
    content = read_content(session, version_id)
    store_findings(session, version_id, content, check_content(content))
    for key, reason in terms.accept.items():
        accept_finding(session, version_id, key, actor=terms.actor, reason=reason)


def _lineage(version_id: int, flow: Flow) -> GridLineage:
    return GridLineage(
        version_id=version_id,
        from_code=flow.from_grid,
        to_code=flow.to_grid,
        blocks=flow.blocks,
        residents=flow.people.residents,
        area_m2=flow.area_m2,
    )


def _told(old: Plan, new: Plan, flows: Sequence[Flow], grid: str) -> dict[str, object]:
    """Say what an officer must know of a grid that changes."""

    def residents(plan: Plan) -> int | None:
        return plan.figures[grid].people.residents if grid in plan.figures else None

    name = new.names.get(grid) or old.names[grid]
    return {
        "grid": grid,
        "name": name.name,
        "change": "changed" if grid in old.grids.keys() & new.grids.keys()
        else "new" if grid in new.grids else "closed",
        "residents_before": residents(old),
        "residents_after": residents(new),
        "gives_to": sorted({flow.to_grid for flow in flows if flow.from_grid == grid} - {grid}),
        "takes_from": sorted({flow.from_grid for flow in flows if flow.to_grid == grid} - {grid}),
    }  # fmt: skip
