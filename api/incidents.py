"""Incidents over HTTP: report, list, look at, take the next step."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.deps import AtlasDep, SessionDep
from api.schemas import EventOut, GridCode, IncidentOut, IncidentPage, ReportIn, StepIn
from layers.atlas import Atlas
from layers.boundaries import get_version
from layers.cases.case import Act, take_step
from layers.incidents import (
    Report,
    get_incident,
    list_events,
    list_incidents,
    report,
)
from layers.models import Incident, IncidentState, Queue
from layers.officers import get_officer

router = APIRouter(prefix="/incidents", tags=["incidents"])
PROBLEM: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no incident of that number."},
    409: {"description": "The step is not allowed now; `allowed` names those that are."},
}


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses={200: {"model": IncidentOut, "description": "The key was used: the first answer."}},
)
def post_incident(
    given: ReportIn,
    session: SessionDep,
    atlas: AtlasDep,
    response: Response,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=8,
            max_length=100,
            description="Any fresh unique text; the same report with the same key is one incident.",
        ),
    ] = None,
) -> IncidentOut:
    """Store a report; answers with the grid that must answer for it, the officer and why."""
    made = Report(**given.model_dump())
    incident, created = report(session, atlas, made, idempotency_key=idempotency_key)
    if not created:
        response.status_code = status.HTTP_200_OK
    response.headers["Location"] = f"/incidents/{incident.number}"
    return describe(session, atlas, incident)


class Wanted(BaseModel):
    """Which incidents to list."""

    model_config = ConfigDict(extra="forbid")

    state: list[IncidentState] = Field(default_factory=list)
    queue: Queue | None = None
    grid: GridCode | None = None
    before: str | None = Field(default=None, description="Number after which the page goes on.")
    limit: int = Field(default=50, ge=1, le=500)


@router.get("")
def get_incidents(
    request: Request, session: SessionDep, atlas: AtlasDep, wanted: Annotated[Wanted, Query()]
) -> IncidentPage:
    """List incidents, newest first."""
    limit = wanted.limit
    found = list_incidents(
        session,
        states=wanted.state,
        queue=wanted.queue,
        grid_code=wanted.grid,
        before=wanted.before,
        limit=limit + 1,
    )
    page, more = found[:limit], len(found) > limit
    following = request.url.include_query_params(before=page[-1].number) if more else None
    return IncidentPage(
        incidents=[describe(session, atlas, incident) for incident in page],
        next=str(following) if following else None,
    )


@router.get("/{number}", responses={404: PROBLEM[404]})
def get_one(number: str, session: SessionDep, atlas: AtlasDep) -> IncidentOut:
    """Return one incident."""
    return describe(session, atlas, get_incident(session, number))


@router.get("/{number}/events", responses={404: PROBLEM[404]})
def get_events(number: str, session: SessionDep) -> list[EventOut]:
    """Return what happened to an incident, first to last."""
    return [EventOut.of(event) for event in list_events(session, get_incident(session, number))]


@router.post("/{number}/events", status_code=status.HTTP_201_CREATED, responses=PROBLEM)
def post_event(number: str, step: StepIn, session: SessionDep, atlas: AtlasDep) -> IncidentOut:
    """Take the next step; `POST /cases/{number}/steps` takes those that need more as well."""
    act = Act(step.kind, step.actor, note=step.note, grid_code=step.grid_code)
    incident, _ = take_step(session, number, act)
    return describe(session, atlas, incident)


def describe(session: Session, atlas: Atlas, incident: Incident) -> IncidentOut:
    """Describe an incident by the map of the version that served it."""
    city = atlas.of(get_version(session, incident.version_id))
    officer = (
        get_officer(session, incident.officer_code, standing_in=incident.standing_in)
        if incident.officer_code
        else None
    )
    return IncidentOut.stored(incident, officer, city)
