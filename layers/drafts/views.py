"""What planners look at: figures of each grid, and what changes for people and incidents."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select

from gis.edit.comparing import Flow, changed_grids, compare_plans
from gis.edit.goals import DEDICATED
from gis.partition import Partition, geometries
from layers.acceptances import acceptance_of, latest_acts
from layers.cases.steps import OPEN
from layers.checks import check_content, read_content
from layers.models import Incident, IncidentState
from layers.officers import OnDuty, get_officer, load_roster
from layers.reassign import BY_HAND

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy.orm import Session

    from gis.coverage import Findings
    from gis.edit import Figures, Plan


@dataclass(frozen=True, slots=True)
class GridView:
    """
    One grid of a draft.

    `deviation` is how far its residents are from the mean of all grids that are not dedicated, as
    a share of it; None for dedicated grids, or where nobody lives. `officer` is what was decided
    in the draft: a code, "" for nobody, None if nothing was decided.
    """

    code: str
    name: str
    name_en: str | None
    community: str
    kind: str
    figures: Figures
    deviation: float | None
    officer: str | None


@dataclass(frozen=True, slots=True)
class IncidentMove:
    """An open incident that another grid would answer for."""

    number: str
    state: IncidentState
    from_grid: str | None
    to_grid: str | None


@dataclass(frozen=True, slots=True)
class GridChange:
    """A grid that changes, before and after; None where it does not exist."""

    code: str
    name_before: str | None
    name_after: str | None
    before: Figures | None
    after: Figures | None
    officer_before: OnDuty | None
    officer_after: OnDuty | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a draft changes against its base; `flows` say who changes grid."""

    flows: list[Flow]
    grids: list[GridChange]
    incidents: list[IncidentMove]


@dataclass(frozen=True, slots=True)
class Checked:
    """Findings, the worst first, and the keys of those that were accepted on the base."""

    findings: Findings
    accepted: frozenset[str]


def view_grids(plan: Plan, codes: Collection[str] | None = None) -> list[GridView]:
    """Return the figures of grids, in order of their codes; of all if none are named."""
    counted = [
        plan.figures[code].people.residents
        for code, record in plan.grids.items()
        if record.kind != DEDICATED
    ]
    mean = sum(counted) / len(counted) if counted else 0.0
    views = []
    for code in sorted(plan.grids if codes is None else set(codes) & plan.grids.keys()):
        record, name, figures = plan.grids[code], plan.names[code], plan.figures[code]
        comparable = record.kind != DEDICATED and mean > 0
        views.append(
            GridView(
                code=code,
                name=name.name,
                name_en=name.name_en,
                community=record.community,
                kind=record.kind,
                figures=figures,
                deviation=figures.people.residents / mean - 1 if comparable else None,
                officer=plan.officers.get(code),
            )
        )
    return views


def count_open_cases(session: Session, plan: Plan) -> Counter[str]:
    """Count the open incidents each grid of a plan would answer for."""
    return Counter(grid for _, grid in _place_incidents(session, plan) if grid is not None)


def compare_with_base(session: Session, base: Plan, plan: Plan) -> Comparison:
    """Say who changes grid, which open incidents change hands, and which officers are touched."""
    flows, now = compare_plans(base, plan), datetime.now(UTC)
    roster = load_roster(session)
    source = {flow.to_grid: flow.from_grid for flow in sorted(flows, key=lambda flow: flow.area_m2)}
    changes = []
    for code in sorted(changed_grids(base, plan)):
        before = roster.on_duty(code, now) if code in base.grids else None
        after = None
        if code in plan.officers:
            decided = plan.officers[code]
            after = get_officer(session, decided, standing_in=False) if decided else None
        elif code in plan.grids:
            after = roster.on_duty(code if code in base.grids else source[code], now)
        old, new = base.names.get(code), plan.names.get(code)
        changes.append(
            GridChange(
                code=code,
                name_before=old.name if old else None,
                name_after=new.name if new else None,
                before=base.figures.get(code),
                after=plan.figures.get(code),
                officer_before=before,
                officer_after=after,
            )
        )
    moves = [
        IncidentMove(incident.number, incident.state, incident.grid_code, grid)
        for incident, grid in _place_incidents(session, plan)
        if grid != incident.grid_code
    ]
    return Comparison(flows, changes, moves)


def check_plan(session: Session, version_id: int, plan: Plan) -> Checked:
    """Check a plan by the rules of coverage as if it were stored on top of a version."""
    content = read_content(session, version_id)
    codes, people = sorted(plan.grids), [plan.figures[code].people for code in sorted(plan.grids)]
    communities = plan.communities(content.communities.codes)
    found = check_content(
        replace(
            content,
            grids=Partition(
                tuple(codes),
                geometries(plan.dissolved[code] for code in codes),
                tuple(plan.names[code].name for code in codes),
                parent_codes=tuple(plan.grids[code].community for code in codes),
                residents=np.array([each.residents for each in people], np.float64),
                households=np.array([each.households for each in people], np.float64),
            ),
            communities=replace(
                content.communities,
                geometries=geometries(communities[code] for code in content.communities.codes),
            ),
        )
    )
    acts = latest_acts(session, version_id)
    accepted = {finding.key for finding in found if acceptance_of(acts, finding) is not None}
    return Checked(found, frozenset(accepted))


def _place_incidents(session: Session, plan: Plan) -> Iterable[tuple[Incident, str | None]]:
    """Name the grid each open incident would belong to, by the rules of assigning."""
    incidents = session.scalars(
        select(Incident).where(Incident.state.in_(OPEN)).order_by(Incident.id)
    ).all()
    points = [incident.point for incident in incidents]
    lon, lat = np.array(points, np.float64).reshape(-1, 2).T
    homes = {
        plan.ground.buildings.codes[row]: block
        for block, stored in plan.shapes.items()
        for row in stored.buildings
    }
    for incident, found in zip(incidents, plan.find_grids(lon, lat), strict=True):
        grid = found
        home = homes.get(incident.building_code or "")
        if incident.how == BY_HAND and incident.grid_code in plan.grids:
            grid = incident.grid_code
        elif home is not None:
            grid = plan.grid_of[home]
        yield incident, grid
