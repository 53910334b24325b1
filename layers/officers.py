"""Who is on duty for a grid: its officer, the stand-in, or the dispatch centre."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Exists, exists, select
from sqlalchemy.orm import Session, aliased

from layers.models import GridDuty, Officer, OfficerAbsence


@dataclass(frozen=True, slots=True)
class OnDuty:
    """The officer who answers now; a role and its duty line, never a person's name."""

    code: str
    role_name: str
    role_name_en: str | None
    duty_line: str
    standing_in: bool


def get_on_duty(session: Session, grid_code: str, at: datetime) -> OnDuty | None:
    """
    Return who answers for a grid at a time.

    The officer of the grid; while that officer is away the stand-in; None when there is
    neither, and then the dispatch centre answers.
    """
    return list_on_duty(session, at, grid_code).get(grid_code)


def list_on_duty(session: Session, at: datetime, grid_code: str | None = None) -> dict[str, OnDuty]:
    """Return who answers at a time, by grid code; of one grid when its code is given."""
    own, stand_in = aliased(Officer), aliased(Officer)

    def away(officer: type[Officer]) -> Exists:
        return exists().where(
            OfficerAbsence.officer_code == officer.code, OfficerAbsence.validity.contains(at)
        )

    query = (
        select(
            GridDuty.grid_code, own, stand_in, away(own).label("away"), away(stand_in).label("gone")
        )
        .join(own, own.code == GridDuty.officer_code)
        .outerjoin(stand_in, stand_in.code == GridDuty.stand_in_code)
        .where(GridDuty.validity.contains(at))
    )
    if grid_code is not None:
        query = query.where(GridDuty.grid_code == grid_code)
    on_duty = {}
    for code, officer, deputy, officer_away, deputy_away in session.execute(query):
        if not officer_away:
            on_duty[code] = _describe(officer, standing_in=False)
        elif deputy is not None and not deputy_away:
            on_duty[code] = _describe(deputy, standing_in=True)
    return on_duty


def _describe(officer: Officer, *, standing_in: bool) -> OnDuty:
    return OnDuty(
        officer.code, officer.role_name, officer.role_name_en, officer.duty_line, standing_in
    )
