"""Who is on duty for a grid: its officer, the stand-in, or the dispatch centre."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from layers.models import GridDuty, Officer, OfficerAbsence


@dataclass(frozen=True, slots=True)
class OnDuty:
    """The officer who answers now; a role and its duty line, never a person's name."""

    code: str
    role_name: str
    role_name_en: str | None
    duty_line: str
    standing_in: bool


@dataclass(frozen=True, slots=True)
class Duty:
    """From when to when an officer answers for a grid, with a stand-in or none."""

    validity: Range[datetime]
    officer: OnDuty
    stand_in: OnDuty | None


@dataclass(frozen=True, slots=True)
class Roster:
    """Duties and absences in memory; answers for any time, never changes."""

    duties: Mapping[str, Sequence[Duty]]
    absences: Mapping[str, Sequence[Range[datetime]]]

    def on_duty(self, grid_code: str, at: datetime) -> OnDuty | None:
        """
        Return who answers for a grid at a time.

        The officer of the grid; while that officer is away the stand-in; None when there is
        neither, and then the dispatch centre answers.
        """
        for duty in self.duties.get(grid_code, ()):
            if duty.validity.contains(at):
                if not self._away(duty.officer, at):
                    return duty.officer
                if duty.stand_in is not None and not self._away(duty.stand_in, at):
                    return duty.stand_in
        return None

    def _away(self, officer: OnDuty, at: datetime) -> bool:
        return any(absence.contains(at) for absence in self.absences.get(officer.code, ()))


def load_roster(session: Session, grid_code: str | None = None) -> Roster:
    """Read the duties of all grids, or of one, with the absences of everybody named in them."""
    query = select(GridDuty)
    if grid_code is not None:
        query = query.where(GridDuty.grid_code == grid_code)
    rows = session.scalars(query).all()
    codes = {code for row in rows for code in (row.officer_code, row.stand_in_code) if code}
    officers = {
        officer.code: officer
        for officer in session.scalars(select(Officer).where(Officer.code.in_(codes)))
    }
    duties: dict[str, list[Duty]] = defaultdict(list)
    for row in rows:
        deputy = officers.get(row.stand_in_code or "")
        duties[row.grid_code].append(
            Duty(
                row.validity,
                _describe(officers[row.officer_code], standing_in=False),
                _describe(deputy, standing_in=True) if deputy else None,
            )
        )
    absences: dict[str, list[Range[datetime]]] = defaultdict(list)
    for absence in session.scalars(
        select(OfficerAbsence).where(OfficerAbsence.officer_code.in_(codes))
    ):
        absences[absence.officer_code].append(absence.validity)
    return Roster(dict(duties), dict(absences))


def get_on_duty(session: Session, grid_code: str, at: datetime) -> OnDuty | None:
    """Return who answers for a grid at a time, as the database has it now."""
    return load_roster(session, grid_code).on_duty(grid_code, at)


def get_officer(session: Session, code: str, *, standing_in: bool) -> OnDuty:
    """
    Return an officer by code, as on duty or standing in.

    Raises
    ------
    LookupError
        If there is no such officer.
    """
    officer = session.get(Officer, code)
    if officer is None:
        raise LookupError(f"there is no officer {code!r}")
    return _describe(officer, standing_in=standing_in)


def _describe(officer: Officer, *, standing_in: bool) -> OnDuty:
    return OnDuty(
        officer.code, officer.role_name, officer.role_name_en, officer.duty_line, standing_in
    )
