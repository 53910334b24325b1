"""How a case stands: its state with what belongs to it, owner, clock and colour."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func

from layers.cases.case_types import CASE_TYPES, CaseType
from layers.cases.clock import add, between, get_due
from layers.cases.steps import AT_WORK, FINISHED, RUNNING
from layers.models import Incident, IncidentState

CENTRE = "dispatch_centre"  # owns what came in by a door that names nobody
WARNING_SHARE = 0.75  # of its time gone, a case turns yellow


class Colour(StrEnum):
    """
    How a case stands with its time.

    Green: in time; yellow: three quarters of the time are gone; red: overdue, also if it was
    handled too late; grey: the clock stands still; blue: handled in time or over.
    """

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"
    BLUE = "blue"


def get_type(incident: Incident) -> CaseType:
    """Return the type of a case; what a former release called otherwise is `other`."""
    return CASE_TYPES.get(incident.category, CASE_TYPES["other"])


def begin(category: str, state: IncidentState, now: datetime) -> dict[str, Any]:
    """Return the clock of a new case, started now."""
    limit = CASE_TYPES[category].limit
    return {
        "due_at": get_due(now, limit),
        "warn_at": get_due(now, limit, WARNING_SHARE),
        "paused_at": None if state in RUNNING else now,
    }


def enter(incident: Incident, state: IncidentState, now: datetime) -> None:
    """
    Put a case into a state, and stop or go on with its clock.

    Time that was left when the clock stopped is left when it goes on. Before somebody accepted
    it, and again when it comes back, a case is owned by who took it in.
    """
    if state in RUNNING and incident.paused_at is not None:
        unit, stopped = get_type(incident).limit.unit, incident.paused_at
        for name in ("due_at", "warn_at"):
            was = getattr(incident, name)
            if was > stopped:  # what was already past stays past
                setattr(incident, name, add(now, between(stopped, was, unit), unit))
        incident.paused_at = None
    elif state not in RUNNING and incident.paused_at is None:
        incident.paused_at = now
    if state not in AT_WORK and state not in FINISHED:
        incident.owner = incident.first_owner
    incident.state = state


def get_colour(incident: Incident, now: datetime) -> Colour:
    """Return how a case stands with its time."""
    stopped = incident.paused_at
    if incident.state is IncidentState.BACKLOG:
        return Colour.GREY
    if (stopped or now) > incident.due_at:
        return Colour.RED
    if stopped is not None:
        return Colour.BLUE
    return Colour.YELLOW if now > incident.warn_at else Colour.GREEN


def has_colour(colour: Colour, now: datetime) -> ColumnElement[bool]:
    """Return the condition of that colour, for the database."""
    shelved = Incident.state == IncidentState.BACKLOG
    stopped = Incident.paused_at.is_not(None)
    late = func.coalesce(Incident.paused_at, now) > Incident.due_at
    match colour:
        case Colour.GREY:
            return shelved
        case Colour.RED:
            return and_(~shelved, late)
        case Colour.BLUE:
            return and_(~shelved, stopped, ~late)
        case Colour.YELLOW:
            return and_(~stopped, ~late, Incident.warn_at < now)
        case Colour.GREEN:
            return and_(~stopped, ~late, Incident.warn_at >= now)
