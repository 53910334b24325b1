"""Cases over HTTP: take in, list, look at, take the next step; the table of steps itself."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Header, Query, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from api.acting import ActorDep
from api.deps import AtlasDep, SessionDep
from api.incidents import describe
from api.schemas import Answer, EventOut, GridCode, IncidentOut, ReportIn, Text
from layers.cases.case import Act, Filter, list_allowed, list_cases, take_step
from layers.cases.case_types import CASE_TYPES
from layers.cases.clock import Unit
from layers.cases.standing import Colour, get_colour, get_type
from layers.cases.steps import STEPS, Role
from layers.incidents import Report, get_incident, list_events, report
from layers.models import Channel, Incident, IncidentState

router = APIRouter(prefix="/cases", tags=["cases"])
TAKEN_BY_STAFF = {Channel.PHONE, Channel.COUNTER, Channel.PATROL}
ABSENT: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no case of that number."},
}
PROBLEM: dict[int | str, dict[str, Any]] = {
    401: {"description": "The header X-Actor does not say who acts."},
    403: {"description": "The step is not for this role; `roles` names those it is for."},
    **ABSENT,
    409: {"description": "The step is not allowed now; `allowed` names those that are."},
}
Key = Annotated[
    str | None,
    Header(
        min_length=8,
        max_length=100,
        description="Any fresh unique text; what is sent again with the same key is done once.",
    ),
]


class LimitOut(Answer):
    """How long something may take."""

    amount: int
    unit: Unit


class CaseTypeOut(Answer):
    """What holds for all cases of a category."""

    code: str
    name: Text
    limit: LimitOut
    inspected: bool = Field(description="Closed only after an inspection.")


class StepOut(Answer):
    """One line of the table of steps."""

    kind: str
    name: Text
    before: list[IncidentState]
    after: IncidentState | None = Field(description="null: the state stays.")
    roles: list[Role]
    needs: list[str]
    told: list[str]


class CaseOut(IncidentOut):
    """A case: the report with its assignment, who owns it, its clock and what may be done now."""

    owner: str
    first_owner: str = Field(description="Who took it in, and owns it until somebody accepts it.")
    unit: str | None = Field(description="Department or volunteers it was referred to.")
    limit: LimitOut
    due_at: datetime
    warn_at: datetime
    paused_at: datetime | None = Field(description="null while the clock runs.")
    colour: Colour
    supervised_at: datetime | None
    satisfaction: int | None
    allowed: list[str]

    @classmethod
    def of_case(cls, incident: Incident, answer: IncidentOut, now: datetime) -> Self:
        """Describe a case beyond its incident."""
        return cls(
            **dict(answer),
            owner=incident.owner,
            first_owner=incident.first_owner,
            unit=incident.unit,
            limit=LimitOut.model_validate(get_type(incident).limit),
            due_at=incident.due_at,
            warn_at=incident.warn_at,
            paused_at=incident.paused_at,
            colour=get_colour(incident, now),
            supervised_at=incident.supervised_at,
            satisfaction=incident.satisfaction,
            allowed=list_allowed(incident),
        )


class CasePage(Answer):
    """Cases, newest first; `next` is the link to the page after, None on the last."""

    cases: list[CaseOut]
    next: str | None


class Wanted(BaseModel):
    """Which cases to list."""

    model_config = ConfigDict(extra="forbid")

    state: list[IncidentState] = Field(default_factory=list)
    colour: list[Colour] = Field(default_factory=list)
    category: str | None = None
    channel: Channel | None = None
    owner: str | None = None
    officer: str | None = Field(default=None, description="Code of the officer.")
    grid: GridCode | None = None
    community: Annotated[str, Field(pattern=r"^[0-9]{12}$")] | None = None
    unit: str | None = None
    supervised: bool | None = None
    before: str | None = Field(default=None, description="Number after which the page goes on.")
    limit: int = Field(default=50, ge=1, le=500)


class ActIn(BaseModel):
    """A step, and what it needs; which step needs what is told by `GET /cases/steps`."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: str = Field(examples=["accept"])
    role: Literal[tuple(role for role in Role if role is not Role.CLOCK)]  # type: ignore[valid-type]
    note: str = Field(default="", max_length=2000)
    grid_code: GridCode | None = None
    unit: str | None = Field(default=None, max_length=100)
    to: str | None = Field(default=None, max_length=60)
    amount: int | None = Field(default=None, ge=1, le=365)
    parties: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(
        default=(), max_length=20, description="Those of a dispute by role, never by name."
    )
    outcome: Literal["agreed", "failed", "referred"] | None = None
    agreement: str | None = Field(
        default=None, max_length=200, description="Where the signed file is kept."
    )
    satisfaction: int | None = Field(default=None, ge=1, le=5)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {"model": CaseOut, "description": "The key was used: the first answer."},
        401: PROBLEM[401],
    },
)
def post_case(
    given: ReportIn,
    actor: ActorDep,
    session: SessionDep,
    atlas: AtlasDep,
    response: Response,
    idempotency_key: Key = None,
) -> CaseOut:
    """
    Take in a case; who acts owns it until somebody accepts it.

    What staff took by phone, counter or patrol is verified by that and dispatched at once;
    what came in by itself waits to be verified.
    """
    incident, created = report(
        session,
        atlas,
        Report(**given.model_dump()),
        idempotency_key=idempotency_key,
        owner=actor,
        verify=given.channel not in TAKEN_BY_STAFF,
    )
    if not created:
        response.status_code = status.HTTP_200_OK
    response.headers["Location"] = f"/cases/{incident.number}"
    return _case(session, atlas, incident)


@router.get("")
def get_cases(
    request: Request, session: SessionDep, atlas: AtlasDep, wanted: Annotated[Wanted, Query()]
) -> CasePage:
    """List cases, newest first: by state, colour, owner, place and more."""
    found = list_cases(
        session,
        Filter(
            states=wanted.state,
            colours=wanted.colour,
            category=wanted.category,
            channel=wanted.channel,
            owner=wanted.owner,
            officer_code=wanted.officer,
            grid_code=wanted.grid,
            community_code=wanted.community,
            unit=wanted.unit,
            supervised=wanted.supervised,
        ),
        before=wanted.before,
        limit=wanted.limit + 1,
    )
    page, more = found[: wanted.limit], len(found) > wanted.limit
    following = request.url.include_query_params(before=page[-1].number) if more else None
    return CasePage(
        cases=[_case(session, atlas, incident) for incident in page],
        next=str(following) if following else None,
    )


@router.get("/types")
def get_case_types() -> list[CaseTypeOut]:
    """List the types of cases with their limits."""
    return [
        CaseTypeOut(
            code=code,
            name=Text(zh=kind.zh, en=kind.en),
            limit=LimitOut.model_validate(kind.limit),
            inspected=kind.inspected,
        )
        for code, kind in CASE_TYPES.items()
    ]


@router.get("/steps")
def get_steps() -> list[StepOut]:
    """Return the whole table of steps."""
    return [
        StepOut(
            kind=kind,
            name=Text(zh=step.zh, en=step.en),
            before=[state for state in IncidentState if state in step.before],
            after=step.after,
            roles=list(step.who),
            needs=list(step.needs),
            told=list(step.told),
        )
        for kind, step in STEPS.items()
    ]


@router.get("/{number}", responses=ABSENT)
def get_case(number: str, session: SessionDep, atlas: AtlasDep) -> CaseOut:
    """Return one case."""
    return _case(session, atlas, get_incident(session, number))


@router.get("/{number}/events", responses=ABSENT)
def get_case_events(number: str, session: SessionDep) -> list[EventOut]:
    """Return what happened to a case, first to last."""
    return [EventOut.of(event) for event in list_events(session, get_incident(session, number))]


@router.post(
    "/{number}/steps",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {"model": CaseOut, "description": "The key was used: the step was taken already."},
        **PROBLEM,
    },
)
def post_step(
    number: str,
    given: ActIn,
    actor: ActorDep,
    session: SessionDep,
    atlas: AtlasDep,
    response: Response,
    idempotency_key: Key = None,
) -> CaseOut:
    """Take the next step of a case; it is one event, and tells those it concerns."""
    act = Act(actor=actor, **given.model_dump())
    incident, taken = take_step(session, number, act, idempotency_key=idempotency_key)
    if not taken:
        response.status_code = status.HTTP_200_OK
    return _case(session, atlas, incident)


def _case(session: SessionDep, atlas: AtlasDep, incident: Incident) -> CaseOut:
    return CaseOut.of_case(incident, describe(session, atlas, incident), datetime.now(UTC))
