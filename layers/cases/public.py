"""What anybody may know of cases: kind, state, times and roughly where, never the words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from layers.cases.steps import FINISHED
from layers.models import Incident, IncidentEvent, IncidentState

PLACES = 3  # decimals of a degree: about 100 m, so that no home is pointed at
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as anybody may see it; degrees in CGCS2000, rounded."""

    number: str
    category: str
    state: IncidentState
    reported_at: datetime
    updated_at: datetime
    due_at: datetime
    lon: float
    lat: float

    @property
    def finished(self) -> bool:
        """Whether nothing more is done."""
        return self.state in FINISHED


def list_seen(
    session: Session,
    *,
    numbers: Sequence[str] = (),
    categories: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    finished: bool | None = None,
) -> list[Seen]:
    """Return cases, newest first, a thousand at most; by numbers if any are given."""
    updated = (
        select(func.max(IncidentEvent.at))
        .where(IncidentEvent.incident_id == Incident.id)
        .scalar_subquery()
    )
    query = select(Incident, updated).order_by(Incident.id.desc()).limit(MOST)
    if numbers:
        query = query.where(Incident.number.in_(numbers))
    if categories:
        query = query.where(Incident.category.in_(categories))
    if since is not None:
        query = query.where(Incident.reported_at >= since)
    if until is not None:
        query = query.where(Incident.reported_at <= until)
    if finished is not None:
        query = query.where(Incident.state.in_(FINISHED) == finished)
    return [_seen(incident, at) for incident, at in session.execute(query)]


def _seen(incident: Incident, updated_at: datetime) -> Seen:
    lon, lat = incident.point
    return Seen(
        incident.number,
        incident.category,
        incident.state,
        incident.reported_at,
        updated_at,
        incident.due_at,
        round(lon, PLACES),
        round(lat, PLACES),
    )
