"""Drafts over HTTP: open, edit, look at, compare, decide on, put in force."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response, status
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from api.acting import ActorDep, ChangeDep, etag
from api.deps import SessionDep, State, StateDep
from api.draft_outcomes import (
    CompareOut,
    DraftCheckOut,
    LineageOut,
    PublishedOut,
    RebasedOut,
)
from api.draft_schemas import (
    DraftIn,
    DraftList,
    DraftOut,
    EditOut,
    EventOut,
    ForceIn,
    GridStateOut,
    NoteIn,
    OperationIn,
    OperationList,
    OperationOut,
    RollBackIn,
    StateOut,
    WhichIn,
    block_features,
    grid_features,
)
from layers.drafts.draft import (
    decide,
    get_draft,
    list_drafts,
    list_events,
    list_operations,
    open_draft,
    perform,
    undo,
)
from layers.drafts.publishing import Terms, list_lineage, publish_draft, roll_back
from layers.drafts.rebasing import rebase
from layers.drafts.views import check_plan, compare_with_base, count_open_cases, view_grids
from layers.models import BoundaryVersion, Draft, DraftState

router = APIRouter(tags=["drafts"])
ABSENT: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such draft."}}
EDITED: dict[int | str, dict[str, Any]] = {
    **ABSENT,
    401: {"description": "X-Actor does not say who acts."},
    409: {"description": "It meets what others did since, or the draft's state forbids it."},
    412: {"description": "The draft was changed since; `since` says how."},
    422: {"description": "Refused, with the `ids` concerned and what to `allow`, if anything."},
    428: {"description": "If-Match is missing."},
}


Step = Literal["submit", "return", "approve", "discard"]


@router.post("/drafts", status_code=status.HTTP_201_CREATED)
def post_draft(
    given: DraftIn, session: SessionDep, actor: ActorDep, response: Response
) -> DraftOut:
    """Open a draft on a published version."""
    draft = open_draft(session, actor=actor, label=given.label, note=given.note, base_id=given.base)
    response.headers["Location"] = f"/drafts/{draft.id}"
    return _answer(session, draft, response)


@router.get("/drafts")
def get_drafts(session: SessionDep, state: DraftState | None = None) -> DraftList:
    """List drafts, the latest first."""
    return DraftList(drafts=[_answer(session, draft) for draft in list_drafts(session, state)])


@router.get("/drafts/{draft_id}", responses=ABSENT)
def get_one_draft(draft_id: int, session: SessionDep, response: Response) -> DraftOut:
    """Return one draft; its ETag is what a change must send as If-Match."""
    return _answer(session, get_draft(session, draft_id), response)


@router.get("/drafts/{draft_id}/events", responses=ABSENT)
def get_events(draft_id: int, session: SessionDep) -> list[EventOut]:
    """Return what happened to a draft, first to last."""
    get_draft(session, draft_id)
    return [EventOut.model_validate(event) for event in list_events(session, draft_id)]


@router.get("/drafts/{draft_id}/operations", responses=ABSENT)
def get_operations(
    draft_id: int,
    session: SessionDep,
    after: Annotated[int, Query(ge=0, le=10**9, description="The last number known.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> OperationList:
    """Return the operations of a draft after a version: what others did since."""
    draft = get_draft(session, draft_id)
    rows = list_operations(session, draft_id, after=after, limit=limit)
    return OperationList(version=draft.version, operations=[*map(OperationOut.stored, rows)])


@router.post(
    "/drafts/{draft_id}/operations",
    status_code=status.HTTP_201_CREATED,
    responses=EDITED,
)
def post_operation(
    draft_id: int,
    operation: OperationIn,
    state: StateDep,
    change: ChangeDep,
    response: Response,
    *,
    merge: Annotated[
        bool, Query(description="Take it also if others worked on, as long as it meets nothing.")
    ] = True,
) -> EditOut:
    """Perform an operation; what the code of a new grid is, the answer says."""
    desk, (actor, seen) = state.desk, change
    with desk.turn(state.sessions, draft_id) as session:
        history = perform(session, desk, draft_id, operation, actor=actor, seen=seen, merge=merge)
    response.headers["ETag"] = etag(history.version)
    return EditOut.of(history, seen)


@router.post("/drafts/{draft_id}/undo", responses=EDITED)
def post_undo(
    draft_id: int,
    state: StateDep,
    change: ChangeDep,
    response: Response,
    which: WhichIn | None = None,
) -> EditOut:
    """Undo an operation: the actor's own last one, or the one that is named."""
    number = which.operation if which else None
    desk, (actor, seen) = state.desk, change
    with desk.turn(state.sessions, draft_id) as session:
        history = undo(session, desk, draft_id, actor=actor, seen=seen, number=number)
    response.headers["ETag"] = etag(history.version)
    return EditOut.of(history, seen)


@router.post("/drafts/{draft_id}/redo", responses=EDITED)
def post_redo(
    draft_id: int,
    state: StateDep,
    change: ChangeDep,
    response: Response,
    which: WhichIn | None = None,
) -> EditOut:
    """Do again what was undone: what the actor undid last, or what is named."""
    number = which.operation if which else None
    desk, (actor, seen) = state.desk, change
    with desk.turn(state.sessions, draft_id) as session:
        history = undo(session, desk, draft_id, actor=actor, seen=seen, number=number, again=True)
    response.headers["ETag"] = etag(history.version)
    return EditOut.of(history, seen)


@router.get("/drafts/{draft_id}/state", responses=ABSENT)
def get_plan_state(
    draft_id: int, session: SessionDep, state: StateDep, response: Response
) -> StateOut:
    """Return all grids of a draft with people, size, form and open cases."""
    draft = get_draft(session, draft_id)
    history = state.desk.history(session, draft)
    cases = count_open_cases(session, history.plan)
    response.headers["ETag"] = etag(history.version)
    return StateOut(
        version=history.version,
        hash=history.plan.hash,
        freehand=state.desk.base(session, draft.base_id).freehand,
        grids=[GridStateOut.of(view, cases[view.code]) for view in view_grids(history.plan)],
    )


@router.get("/drafts/{draft_id}/blocks", responses=ABSENT)
def get_blocks(draft_id: int, session: SessionDep, state: StateDep) -> JSONResponse:
    """Return the blocks of a draft as GeoJSON in CGCS2000 degrees, every digit kept."""
    history = state.desk.history(session, get_draft(session, draft_id))
    features = block_features(history.plan, history.plan.shapes)
    return _geojson(features, history.version)


@router.get("/drafts/{draft_id}/grids", responses=ABSENT)
def get_grids(draft_id: int, session: SessionDep, state: StateDep) -> JSONResponse:
    """Return the grids of a draft as GeoJSON in CGCS2000 degrees, dissolved from its blocks."""
    history = state.desk.history(session, get_draft(session, draft_id))
    return _geojson(grid_features(history.plan), history.version)


@router.get("/drafts/{draft_id}/check", responses=ABSENT)
def get_check(draft_id: int, session: SessionDep, state: StateDep) -> DraftCheckOut:
    """Check a draft by the rules of coverage, as a publish will."""
    draft = get_draft(session, draft_id)
    history = state.desk.history(session, draft)
    return DraftCheckOut.of(history.version, check_plan(session, draft.base_id, history.plan))


@router.get("/drafts/{draft_id}/compare", responses=ABSENT)
def get_comparison(draft_id: int, session: SessionDep, state: StateDep) -> CompareOut:
    """Say who changes grid against the base, which open incidents and which officers."""
    draft = get_draft(session, draft_id)
    history = state.desk.history(session, draft)
    return CompareOut.of(history.version, compare_with_base(session, history.base, history.plan))


@router.post("/drafts/{draft_id}/publish", responses=EDITED)
def post_publish(
    draft_id: int,
    session: SessionDep,
    state: StateDep,
    change: ChangeDep,
    given: ForceIn | None = None,
) -> PublishedOut:
    """Put an approved draft in force from a time on; all of it or nothing."""
    terms = _terms(state, change.actor, given or ForceIn())
    return PublishedOut.of(
        publish_draft(session, state.desk, draft_id, seen=change.seen, terms=terms)
    )


@router.post("/drafts/{draft_id}/rebase", status_code=status.HTTP_201_CREATED, responses=ABSENT)
def post_rebase(
    draft_id: int, session: SessionDep, state: StateDep, actor: ActorDep, response: Response
) -> RebasedOut:
    """Open a draft on the latest version and do there what this one does; says what cannot be."""
    rebased = rebase(session, state.desk, draft_id, actor=actor)
    response.headers["Location"] = f"/drafts/{rebased.draft.id}"
    return RebasedOut.of(_answer(session, rebased.draft, response), rebased)


@router.post("/drafts/{draft_id}/{step}", responses=EDITED)
def post_step(
    draft_id: int,
    step: Step,
    session: SessionDep,
    state: StateDep,
    change: ChangeDep,
    response: Response,
    given: NoteIn | None = None,
) -> DraftOut:
    """Submit, return, approve or discard a draft; another person than its makers approves."""
    note = given.note if given else ""
    draft = decide(
        session, state.desk, draft_id, step, actor=change.actor, seen=change.seen, note=note
    )
    return _answer(session, draft, response)


@router.get("/versions/{version_id}/lineage")
def get_lineage(version_id: int, session: SessionDep) -> list[LineageOut]:
    """Return which grids of the version before the grids of a version come from."""
    return [LineageOut.model_validate(row) for row in list_lineage(session, version_id)]


@router.post("/versions/{version_id}/roll-back", status_code=status.HTTP_201_CREATED)
def post_roll_back(
    version_id: int, given: RollBackIn, session: SessionDep, state: StateDep, actor: ActorDep
) -> PublishedOut:
    """Bring back the division of an older version, as a new version after the latest."""
    terms = _terms(state, actor, given)
    published = roll_back(
        session, state.desk, version_id, label=given.label, note=given.note, terms=terms
    )
    return PublishedOut.of(published)


def _terms(state: State, actor: str, given: ForceIn) -> Terms:
    return Terms(
        actor=actor,
        valid_from=given.valid_from,
        incidents=given.incidents,
        keep=tuple(given.keep),
        accept=given.accept,
        gap_tolerance_m=state.settings.gap_tolerance_m,
        near_border_m=state.settings.near_border_m,
    )


def _answer(session: Session, draft: Draft, response: Response | None = None) -> DraftOut:
    if response is not None:
        response.headers["ETag"] = etag(draft.version)
    base = session.get_one(BoundaryVersion, draft.base_id).validity
    made = session.get(BoundaryVersion, draft.published_id) if draft.published_id else None
    ended = made.validity.upper if made is not None and made.validity is not None else None
    return DraftOut.of(
        draft,
        base_is_latest=base is not None and base.upper is None,
        superseded=ended is not None and ended <= datetime.now(UTC),
    )


def _geojson(features: dict[str, Any], version: int) -> JSONResponse:
    return JSONResponse(
        features, headers={"ETag": etag(version)}, media_type="application/geo+json"
    )
