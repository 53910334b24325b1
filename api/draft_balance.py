"""The balance of a draft over HTTP: asked for as a job, then one of its plans taken."""

from typing import Annotated, Any

from fastapi import APIRouter, Response, status
from pydantic import Field

from api.acting import ActorDep, ChangeDep, etag
from api.deps import SessionDep, StateDep
from api.draft_schemas import EditOut, Given
from api.jobs import JobOut
from gis.edit.goals import Goals, Weight
from layers.drafts.balance_job import Search, start_balance
from layers.drafts.balancing import apply_balance

router = APIRouter(prefix="/drafts/{draft_id}/balance", tags=["drafts"])
Code = Annotated[str, Field(min_length=1, max_length=60)]
Codes = Annotated[tuple[Code, ...], Field(max_length=100_000)]
Share = Annotated[float, Field(ge=0, le=1)]
ASKED: dict[int | str, dict[str, Any]] = {
    401: {"description": "X-Actor does not say who acts."},
    404: {"description": "There is no such draft, job or alternative."},
    409: {"description": "The draft's state forbids it, or what was balanced has changed since."},
    422: {"description": "The goals do not fit the draft; `ids` names what."},
}


class BalanceIn(Search, Given):
    """What to balance in a draft, how even, and how to search."""

    communities: Codes = ()
    grids: Codes = Field(default=(), description="With no communities either: all of the city.")
    tolerance: dict[Weight, Share] = Field(
        default_factory=lambda: dict(Goals().tolerance),
        description="How far from the mean of its community a grid may be, by weight, the main "
        "one first.",
    )
    locked_grids: Codes = ()
    locked_blocks: Codes = ()
    together: bool = Field(default=True, description="Blocks of a compound that touch stay so.")

    def goals(self) -> Goals:
        """Return what is wanted of the plan."""
        return Goals(**{name: getattr(self, name) for name in Goals.__slots__})

    def search(self) -> Search:
        """Return how to search."""
        return Search(**{name: getattr(self, name) for name in Search.model_fields})


class ChoiceIn(Given):
    """Which plan of a balance to take."""

    alternative: int = Field(default=0, ge=0, description="Counted from 0.")


@router.post("", status_code=status.HTTP_202_ACCEPTED, responses=ASKED)
def post_balance(
    draft_id: int,
    session: SessionDep,
    state: StateDep,
    actor: ActorDep,
    response: Response,
    given: BalanceIn | None = None,
) -> JobOut:
    """
    Have the grids of a draft, as it is now, drawn anew so that each holds a fair share.

    Follow the job under `/jobs`; cancelled, it ends with the plans it has by then.
    """
    given = given or BalanceIn()
    job, _ = start_balance(
        session, state.desk, draft_id, given.goals(), given.search(), asked_by=actor
    )
    response.headers["Location"] = f"/jobs/{job.id}"
    return JobOut.of(job)


@router.post("/{job_id}/apply", status_code=status.HTTP_201_CREATED, responses=ASKED)
def post_apply(
    draft_id: int,
    job_id: int,
    session: SessionDep,
    state: StateDep,
    change: ChangeDep,
    response: Response,
    choice: ChoiceIn | None = None,
) -> EditOut:
    """Take a plan that a balance found into the draft, as one operation that can be undone."""
    history = apply_balance(
        session,
        state.desk,
        draft_id,
        job_id,
        (choice or ChoiceIn()).alternative,
        actor=change.actor,
        seen=change.seen,
    )
    response.headers["ETag"] = etag(history.version)
    return EditOut.of(history, change.seen)
