"""Incidents: a report is stored with its grid, its officer and why."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from geoalchemy2.shape import from_shape
from shapely import Point
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gis.datum import Datum
from gis.errors import JingweiError
from layers.assignment import Assignment, assign, get_building
from layers.atlas import Atlas
from layers.boundaries import get_version_in_force
from layers.cases.standing import CENTRE, begin
from layers.models import (
    SRID,
    Channel,
    Incident,
    IncidentEvent,
    IncidentState,
    Queue,
    incident_serial,
)
from layers.officers import OnDuty, get_on_duty

LOCAL_TIME = ZoneInfo("Asia/Shanghai")  # one civil time in all of China


class IncidentNotFoundError(LookupError):
    """There is no incident of that number."""


class IdempotencyError(JingweiError):
    """The key was already used for another report."""


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reported; the point in degrees in its declared datum."""

    category: str
    text: str
    lon: float
    lat: float
    datum: Datum
    channel: Channel = Channel.WEB
    building_code: str | None = None
    address: str | None = None


def report(
    session: Session,
    atlas: Atlas,
    given: Report,
    *,
    idempotency_key: str | None = None,
    owner: str = CENTRE,
    verify: bool = False,
) -> tuple[Incident, bool]:
    """
    Store a report with the grid that must answer for it.

    `owner` took it and owns the case until somebody accepts it. With `verify` it waits to be
    verified before anybody is sent; else it is dispatched at once.

    Returns
    -------
    incident, created
        With a key already used for the same report the first incident, and False.

    Raises
    ------
    CoordinateError, CodeError
        If the point or the building is wrong.
    IdempotencyError
        If the key was used for another report.
    NoVersionError
        If no boundary version is in force now.
    """
    now = datetime.now(UTC)
    digest = _digest(given)
    if idempotency_key is not None:
        first = _first_answer(session, idempotency_key, digest)
        if first is not None:
            return first, False
    city = atlas.of(get_version_in_force(session, now, hold=True))
    building = get_building(session, city, given.building_code) if given.building_code else None
    place = assign(city, given.lon, given.lat, given.datum, building)
    officer = get_on_duty(session, place.grid.code, now) if place.grid else None
    state = IncidentState.DISPATCHED if place.grid else IncidentState.TO_SORT
    if verify:
        state = IncidentState.RECEIVED
    incident = _incident(given, place, now, city.version.id, state)
    incident.number = _next_number(session, now)
    incident.owner = incident.first_owner = owner
    give_to(incident, officer)
    if idempotency_key is not None:
        incident.idempotency_key, incident.request_hash = idempotency_key, digest
    session.add(incident)
    session.flush()
    actor = given.channel.value if owner == CENTRE else owner
    add_event(session, incident, "report", actor, place.reason.zh)
    return incident, True


def get_incident(session: Session, number: str, *, hold: bool = False) -> Incident:
    """
    Return an incident by number; with `hold` no other may change it before the commit.

    Raises
    ------
    IncidentNotFoundError
        If there is no such incident.
    """
    query = select(Incident).where(Incident.number == number)
    incident = session.scalars(query.with_for_update() if hold else query).one_or_none()
    if incident is None:
        raise IncidentNotFoundError(f"there is no incident {number!r}")
    return incident


def list_incidents(
    session: Session,
    *,
    states: Sequence[IncidentState] = (),
    queue: Queue | None = None,
    grid_code: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[Incident]:
    """Return incidents, newest first; `before` is the number after which a page goes on."""
    query = select(Incident).order_by(Incident.id.desc()).limit(limit)
    if states:
        query = query.where(Incident.state.in_(states))
    if queue is not None:
        query = query.where(Incident.queue == queue)
    if grid_code is not None:
        query = query.where(Incident.grid_code == grid_code)
    if before is not None:
        query = query.where(Incident.id < get_incident(session, before).id)
    return list(session.scalars(query))


def list_events(session: Session, incident: Incident) -> list[IncidentEvent]:
    """Return what happened to an incident, first to last."""
    query = (
        select(IncidentEvent)
        .where(IncidentEvent.incident_id == incident.id)
        .order_by(IncidentEvent.serial)
    )
    return list(session.scalars(query))


def _digest(given: Report) -> str:
    return hashlib.sha256(json.dumps(asdict(given), sort_keys=True).encode()).hexdigest()


def _first_answer(session: Session, key: str, digest: str) -> Incident | None:
    """Return what the key was used for; others with the same key wait here for our commit."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    first = session.scalars(select(Incident).where(Incident.idempotency_key == key)).one_or_none()
    if first is not None and first.request_hash != digest:
        raise IdempotencyError(
            f"the idempotency key {key!r} was used for another report ({first.number}): "
            "make a new key for a new report"
        )
    return first


def _next_number(session: Session, now: datetime) -> str:
    serial = session.scalar(incident_serial)
    return f"{now.astimezone(LOCAL_TIME):%Y%m%d}-{serial:06d}"


def _incident(
    given: Report, place: Assignment, now: datetime, version_id: int, state: IncidentState
) -> Incident:
    return Incident(
        number="",
        channel=given.channel,
        category=given.category,
        text=given.text,
        given_lon=given.lon,
        given_lat=given.lat,
        datum=given.datum.value,
        geom=from_shape(Point(place.lon, place.lat), srid=SRID),
        state=state,
        **begin(given.category, state, now),
        reported_at=now,
        address=given.address,
        building_code=given.building_code,
        version_id=version_id,
        **_found(place),
    )


def put(incident: Incident, place: Assignment, version_id: int) -> None:
    """Write where an incident was found by a version onto it."""
    incident.version_id = version_id
    for name, value in _found(place).items():
        setattr(incident, name, value)


def _found(place: Assignment) -> dict[str, Any]:
    return {
        "how": place.how,
        "queue": place.queue,
        "reason_zh": place.reason.zh,
        "reason_en": place.reason.en,
        "grid_code": place.grid.code if place.grid else None,
        "nearest_grid_code": place.nearest.code if place.nearest else None,
        "nearest_distance_m": place.nearest.distance_m if place.nearest else None,
        "border_distance_m": place.border_distance_m,
        "neighbours": [asdict(neighbour) for neighbour in place.neighbours],
    }


def give_to(incident: Incident, officer: OnDuty | None) -> None:
    """Make an officer answer for an incident, or nobody."""
    incident.officer_code = officer.code if officer else None
    incident.standing_in = officer is not None and officer.standing_in


def add_event(
    session: Session,
    incident: Incident,
    kind: str,
    actor: str,
    note: str,
    *,
    detail: dict[str, Any] | None = None,
    idempotency_key: str | None = None,
) -> None:
    """Record what just happened to an incident; serials count from 1 without a hole."""
    last = select(func.coalesce(func.max(IncidentEvent.serial), 0)).where(
        IncidentEvent.incident_id == incident.id
    )
    event = IncidentEvent(
        incident_id=incident.id,
        serial=session.scalars(last).one() + 1,
        kind=kind,
        actor=actor,
        state=incident.state,
        owner=incident.owner,
        note=note,
        detail=detail or {},
        idempotency_key=idempotency_key,
        grid_code=incident.grid_code,
        officer_code=incident.officer_code,
    )
    session.add(event)
    session.flush()
