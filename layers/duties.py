"""Who answers for the grids of a new version: duties ended, begun and passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import Range

from layers.models import GridDuty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gis.edit import Plan
    from gis.edit.comparing import Flow


class Duty(NamedTuple):
    """An officer and who stands in."""

    officer: str
    stand_in: str | None


def change_duties(
    session: Session, old: Plan, new: Plan, flows: Sequence[Flow], valid_from: datetime
) -> None:
    """
    End and begin duties with a version that comes in force.

    What was decided in the plan counts. A new grid nothing was decided for gets the officer of
    the grid most of its ground was in; one that is brought back the officer it had last.
    """
    for grid in sorted(old.grids.keys() - new.grids.keys()):
        _end(session, grid, valid_from)
    fresh = sorted(new.grids.keys() - old.grids.keys())
    inherited = _inherited(session, fresh, flows, valid_from)
    for grid in sorted({*fresh, *new.officers.keys() & new.grids.keys()}):
        before = _at(session, grid, valid_from)
        duty = inherited.get(grid)
        if grid in new.officers:
            officer = new.officers[grid]
            stand_in = (before or duty or Duty("", None)).stand_in
            duty = Duty(officer, stand_in if stand_in != officer else None) if officer else None
        if duty == before:
            continue
        _end(session, grid, valid_from)
        if duty is not None:
            _begin(session, grid, duty, valid_from)


def _inherited(
    session: Session, fresh: Sequence[str], flows: Sequence[Flow], valid_from: datetime
) -> Mapping[str, Duty]:
    found = {}
    for grid in fresh:
        last = _last(session, grid)
        sources = [flow for flow in flows if flow.to_grid == grid]
        if last is None and sources:
            source = max(sources, key=lambda flow: (flow.area_m2, flow.from_grid))
            last = _at(session, source.from_grid, valid_from) or _last(session, source.from_grid)
        if last is not None:
            found[grid] = last
    return found


def _at(session: Session, grid: str, at: datetime) -> Duty | None:
    query = select(GridDuty).where(GridDuty.grid_code == grid, GridDuty.validity.contains(at))
    row = session.scalars(query).one_or_none()
    return Duty(row.officer_code, row.stand_in_code) if row else None


def _last(session: Session, grid: str) -> Duty | None:
    query = select(GridDuty).where(GridDuty.grid_code == grid)
    row = session.scalars(query.order_by(func.lower(GridDuty.validity).desc()).limit(1)).first()
    return Duty(row.officer_code, row.stand_in_code) if row else None


def _end(session: Session, grid: str, at: datetime) -> None:
    session.execute(
        delete(GridDuty).where(GridDuty.grid_code == grid, func.lower(GridDuty.validity) >= at)
    )
    query = select(GridDuty).where(GridDuty.grid_code == grid, GridDuty.validity.contains(at))
    for row in session.scalars(query):
        row.validity = Range(row.validity.lower, at, bounds="[)")
    session.flush()


def _begin(session: Session, grid: str, duty: Duty, at: datetime) -> None:
    session.add(
        GridDuty(
            grid_code=grid,
            officer_code=duty.officer,
            stand_in_code=duty.stand_in,
            validity=Range(at, None, bounds="[)"),
        )
    )
    session.flush()
