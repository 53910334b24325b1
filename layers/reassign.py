"""Relocate stored incidents against another boundary version: first said, then written."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from gis.datum import Datum
from layers.assignment import BuildingPlace, assign, get_building
from layers.boundaries import CityMap
from layers.cases.standing import enter
from layers.cases.steps import OPEN
from layers.incidents import add_event, give_to, put
from layers.models import Incident, IncidentState
from layers.officers import Roster

BATCH = 2_000
BY_HAND = "by_hand"
SENT_AGAIN = (  # the new grid starts afresh; elsewhere the state stays, and the officer changes
    IncidentState.TO_SORT,
    IncidentState.DISPATCHED,
    IncidentState.ACCEPTED,
    IncidentState.HANDLED,
)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Move:
    """One incident that another version gives to another grid."""

    number: str
    state: IncidentState
    from_grid: str | None
    to_grid: str | None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """One open incident that was given to another grid, and the officers before and after."""

    number: str
    from_grid: str | None
    to_grid: str | None
    from_officer: str | None
    to_officer: str | None


def list_moves(
    sessions: sessionmaker[Session],
    city: CityMap,
    *,
    closed_too: bool = False,
    progress: Progress | None = None,
) -> Iterator[Move]:
    """
    Tell which incidents a version would give to another grid; writes nothing.

    What a dispatcher assigned by hand stays while its grid exists.
    """
    for ids in _batches(sessions, city, closed_too=closed_too, progress=progress):
        with sessions() as session:
            found = session.scalars(select(Incident).where(Incident.id.in_(ids))).all()
            for incident, to_grid in zip(found, _grids(session, city, found), strict=True):
                if to_grid != incident.grid_code:
                    yield Move(incident.number, incident.state, incident.grid_code, to_grid)


def move_open(
    sessions: sessionmaker[Session],
    city: CityMap,
    roster: Roster,
    *,
    actor: str,
    progress: Progress | None = None,
) -> int:
    """
    Give open incidents to their grids in a version; return how many changed hands.

    Closed incidents keep the version that served them. Each batch is one transaction and
    those done are passed over, so a run that was killed is simply started again.
    """
    moved = 0
    for ids in _batches(sessions, city, closed_too=False, progress=progress):
        with sessions.begin() as session:
            found = session.scalars(
                select(Incident)
                .where(Incident.id.in_(ids), Incident.state.in_(OPEN))
                .order_by(Incident.id)
                .with_for_update()
            ).all()
            for incident, to_grid in zip(found, _grids(session, city, found), strict=True):
                moved += _move(session, city, roster, incident, to_grid, actor)
    return moved


def hand_over(
    session: Session, city: CityMap, roster: Roster, *, actor: str, kept: Collection[str] = ()
) -> list[HandedOver]:
    """
    Give open incidents to their grids in a version within the transaction of the session.

    Those whose numbers are in `kept` stay where they are. Returns those that changed hands.
    """
    handed: list[HandedOver] = []
    last = 0
    while True:
        found = session.scalars(
            select(Incident)
            .where(
                Incident.id > last,
                Incident.version_id != city.version.id,
                Incident.state.in_(OPEN),
                Incident.number.not_in(kept),
            )
            .order_by(Incident.id)
            .limit(BATCH)
            .with_for_update()
        ).all()
        if not found:
            return handed
        last = found[-1].id
        for incident, to_grid in zip(found, _grids(session, city, found), strict=True):
            from_grid, from_officer = incident.grid_code, incident.officer_code
            if _move(session, city, roster, incident, to_grid, actor):
                handed.append(
                    HandedOver(
                        incident.number, from_grid, to_grid, from_officer, incident.officer_code
                    )
                )


def _batches(
    sessions: sessionmaker[Session],
    city: CityMap,
    *,
    closed_too: bool,
    progress: Progress | None,
) -> Iterator[Sequence[int]]:
    """Give the ids of incidents that another version served, in lots."""
    wanted = Incident.version_id != city.version.id
    if not closed_too:
        wanted &= Incident.state.in_(OPEN)
    with sessions() as session:
        total = session.scalars(select(func.count()).where(wanted)).one()
    last, done = 0, 0
    while True:
        with sessions() as session:
            query = select(Incident.id).where(wanted, Incident.id > last)
            ids = session.scalars(query.order_by(Incident.id).limit(BATCH)).all()
        if not ids:
            return
        yield ids
        last, done = ids[-1], done + len(ids)
        if progress is not None:
            progress(done, max(done, total))


def _grids(session: Session, city: CityMap, incidents: Sequence[Incident]) -> list[str | None]:
    """Name the grid of each incident in a version, all points in one go."""
    points = shapely.points([incident.point for incident in incidents])
    lon, lat = shapely.get_x(points), shapely.get_y(points)
    rows = city.locator.locate(lon, lat, distances=False).rows
    grids: list[str | None] = []
    for incident, row in zip(incidents, rows, strict=True):
        named = _building(session, city, incident)
        if incident.how == BY_HAND and incident.grid_code in city.grids:
            grids.append(incident.grid_code)
        elif named is not None and named.grid_code is not None:
            grids.append(named.grid_code)
        else:
            grids.append(city.locator.codes[row] if row >= 0 else None)
    return grids


def _building(session: Session, city: CityMap, incident: Incident) -> BuildingPlace | None:
    return get_building(session, city, incident.building_code) if incident.building_code else None


def _move(
    session: Session,
    city: CityMap,
    roster: Roster,
    incident: Incident,
    to_grid: str | None,
    actor: str,
) -> bool:
    """Write one incident over to the version; tell whether its grid changed."""
    from_grid, changes = incident.grid_code, to_grid != incident.grid_code
    if incident.how == BY_HAND and not changes:
        incident.version_id = city.version.id
        return False
    given = (incident.given_lon, incident.given_lat, Datum(incident.datum))
    put(incident, assign(city, *given, _building(session, city, incident)), city.version.id)
    if changes:
        officer = roster.on_duty(to_grid, datetime.now(UTC)) if to_grid else None
        give_to(incident, officer)
        if incident.state in SENT_AGAIN:
            state = IncidentState.DISPATCHED if to_grid else IncidentState.TO_SORT
            enter(incident, state, datetime.now(UTC))
        session.flush()
        note = f"{from_grid or '-'} → {to_grid or '-'} ({city.version.label})"
        add_event(session, incident, "reassign", actor, note)
    return changes
