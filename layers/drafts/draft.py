"""
Drafts: opened from a version, changed by operations that are kept for ever, then decided on.

A draft's row is locked while an operation is added, so operations have one order, whoever sends
them from wherever; whoever looked at an older version has his operation taken if it meets none
of the newer ones, and is else told which it meets.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from gis.edit import AssignOfficer, EditError, NewGrid, Operation, SplitGrid
from gis.errors import JingweiError
from layers.boundaries import next_grid_code
from layers.drafts.desk import REDO, UNDO, operations
from layers.drafts.plan_record import write_changes
from layers.models import (
    BoundaryVersion,
    Draft,
    DraftEvent,
    DraftOperation,
    DraftState,
    GivenCode,
    Officer,
    VersionState,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from gis.edit import Done, History, Plan
    from layers.drafts.desk import Desk


class DraftNotFoundError(LookupError):
    """There is no draft of that number."""


class DraftStateError(Exception):
    """The draft is not in a state that allows this; `allowed` names what is."""

    def __init__(self, draft: Draft, step: str) -> None:
        self.allowed = [name for name, (before, _) in STEPS.items() if draft.state in before]
        if draft.state is DraftState.DRAFT:
            self.allowed.insert(0, "operate")
        choices = ", ".join(self.allowed) or "none: it is finished"
        super().__init__(
            f"draft {draft.id} is {draft.state.value}: {step!r} is not allowed now; "
            f"allowed: {choices}"
        )


class StaleError(JingweiError):
    """The version that was looked at is not the latest; `since` holds what came after it."""

    def __init__(self, draft: Draft, seen: int, since: Sequence[Done]) -> None:
        self.version, self.seen, self.since = draft.version, seen, since
        what = "there is no such version" if seen > draft.version else "look at what changed since"
        super().__init__(
            f"draft {draft.id} is at version {draft.version}, but If-Match says {seen}: {what}"
        )


class ApproverError(JingweiError):
    """Whoever made a draft, or worked on it, cannot approve it."""


STEPS = {
    "submit": ({DraftState.DRAFT}, DraftState.SUBMITTED),
    "return": ({DraftState.SUBMITTED, DraftState.APPROVED}, DraftState.DRAFT),
    "approve": ({DraftState.SUBMITTED}, DraftState.APPROVED),
    "publish": ({DraftState.APPROVED}, DraftState.PUBLISHED),
    "discard": (
        {DraftState.DRAFT, DraftState.SUBMITTED, DraftState.APPROVED},
        DraftState.DISCARDED,
    ),
}


def open_draft(
    session: Session, *, actor: str, label: str, note: str = "", base_id: int | None = None
) -> Draft:
    """
    Open a draft on a published version, the latest if none is named.

    Raises
    ------
    JingweiError
        If there is no such published version.
    """
    query = select(BoundaryVersion).where(BoundaryVersion.state == VersionState.PUBLISHED)
    if base_id is None:
        query = query.where(func.upper_inf(BoundaryVersion.validity))
    else:
        query = query.where(BoundaryVersion.id == base_id)
    base = session.scalars(query).one_or_none()
    if base is None:
        which = "no version is published" if base_id is None else f"no published version {base_id}"
        raise JingweiError(f"{which}: import a city, or name another base")
    draft = Draft(base_id=base.id, label=label, author=actor, note=note)
    session.add(draft)
    session.flush()
    add_event(session, draft, "open", actor, note)
    return draft


def get_draft(session: Session, draft_id: int, *, hold: bool = False) -> Draft:
    """
    Return a draft; with `hold` no other may change it before the commit.

    Raises
    ------
    DraftNotFoundError
        If there is none.
    """
    query = select(Draft).where(Draft.id == draft_id)
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    draft = session.scalars(query).one_or_none()
    if draft is None:
        raise DraftNotFoundError(f"there is no draft {draft_id}")
    return draft


def list_drafts(session: Session, state: DraftState | None = None) -> list[Draft]:
    """Return drafts, the latest first; those of one state if it is named."""
    query = select(Draft).order_by(Draft.id.desc())
    return list(session.scalars(query if state is None else query.where(Draft.state == state)))


def list_operations(
    session: Session, draft_id: int, *, after: int = 0, limit: int = 200
) -> list[DraftOperation]:
    """Return the operations of a draft after a version, in order."""
    query = (
        select(DraftOperation)
        .where(DraftOperation.draft_id == draft_id, DraftOperation.number > after)
        .order_by(DraftOperation.number)
        .limit(limit)
    )
    return list(session.scalars(query))


def list_events(session: Session, draft_id: int) -> list[DraftEvent]:
    """Return what happened to a draft, first to last."""
    query = select(DraftEvent).where(DraftEvent.draft_id == draft_id).order_by(DraftEvent.id)
    return list(session.scalars(query))


def perform(
    session: Session,
    desk: Desk,
    draft_id: int,
    operation: Operation,
    *,
    actor: str,
    seen: int,
    merge: bool = True,
) -> History:
    """
    Perform an operation on a draft for somebody who looked at version `seen`.

    Parameters
    ----------
    merge
        Take the operation also if `seen` is behind, as long as it meets nothing newer.

    Raises
    ------
    DraftNotFoundError, DraftStateError
        If there is no such draft, or it cannot be changed now.
    StaleError
        If `seen` is ahead, or behind and `merge` is not wanted.
    OverlapError
        If it meets what others did since.
    EditError, CoordinateError
        If it is refused; see `gis.edit.apply`.
    """
    with desk.turn(draft_id):
        draft, history = _take(session, desk, draft_id, seen, merge=merge)
        operation = _completed(session, draft, history.plan, operation)
        after = history.perform_seen(operation, actor, seen)
        return record(session, desk, draft, after, seen=seen)


def undo(
    session: Session,
    desk: Desk,
    draft_id: int,
    *,
    actor: str,
    seen: int,
    number: int | None = None,
    again: bool = False,
) -> History:
    """
    Undo an operation, or with `again` redo it; raises as `perform`.

    Parameters
    ----------
    number
        Which; the actor's own last one if not given.
    """

    def act(history: History) -> History:
        return history.redo(actor, number) if again else history.undo(actor, number)

    return change_draft(session, desk, draft_id, act, seen=seen)


def change_draft(
    session: Session,
    desk: Desk,
    draft_id: int,
    act: Callable[[History], History],
    *,
    seen: int,
    merge: bool = True,
) -> History:
    """Take a step in a draft that `act` takes in its history; raises as `perform`."""
    with desk.turn(draft_id):
        draft, history = _take(session, desk, draft_id, seen, merge=merge)
        return record(session, desk, draft, act(history), seen=seen)


def decide(
    session: Session, desk: Desk, draft_id: int, step: str, *, actor: str, seen: int, note: str = ""
) -> Draft:
    """
    Submit, return, approve or discard a draft exactly as it was looked at.

    Raises
    ------
    DraftNotFoundError, DraftStateError
        If there is no such draft, or the step is not allowed now.
    StaleError
        If it was changed since.
    ApproverError
        If somebody approves his own work.
    JingweiError
        If a draft without any operation is submitted, or one is returned without a reason.
    """
    draft = get_draft(session, draft_id, hold=True)
    before, after = STEPS[step]
    if draft.state not in before:
        raise DraftStateError(draft, step)
    if seen != draft.version:
        raise StaleError(draft, seen, desk.history(session, draft).done[seen:])
    if step == "submit" and draft.version == 0:
        raise JingweiError(f"draft {draft_id} changes nothing: there is nothing to submit")
    if step == "return" and not note.strip():
        raise JingweiError("a draft is returned with a note: say why")
    if step == "approve":
        refuse_own_work(session, draft, actor)
    draft.state = after
    add_event(session, draft, step, actor, note)
    return draft


def refuse_own_work(session: Session, draft: Draft, actor: str) -> None:
    """Refuse an approval by the author of a draft or of any of its operations."""
    query = select(DraftOperation.actor).where(DraftOperation.draft_id == draft.id).distinct()
    if actor in {draft.author, *session.scalars(query)}:
        raise ApproverError(
            f"{actor} made draft {draft.id} or worked on it: another person must approve it"
        )


def refuse_unless_open(draft: Draft) -> None:
    """Refuse to work on a draft that was submitted, or is over; raises `DraftStateError`."""
    if draft.state is not DraftState.DRAFT:
        raise DraftStateError(draft, "operate")


def add_event(session: Session, draft: Draft, kind: str, actor: str, note: str = "") -> None:
    """Record a step in the life of a draft."""
    session.add(
        DraftEvent(draft_id=draft.id, kind=kind, actor=actor, version=draft.version, note=note)
    )
    session.flush()


def _take(
    session: Session, desk: Desk, draft_id: int, seen: int, *, merge: bool
) -> tuple[Draft, History]:
    draft = get_draft(session, draft_id, hold=True)
    refuse_unless_open(draft)
    history = desk.history(session, draft)
    if seen > draft.version or (seen < draft.version and not merge):
        raise StaleError(draft, seen, history.done[seen:])
    return draft, history


def _completed(session: Session, draft: Draft, plan: Plan, operation: Operation) -> Operation:
    """Give a new grid its code, and see that officers exist."""
    officer = operation.officer if isinstance(operation, AssignOfficer | NewGrid) else None
    if officer and session.get(Officer, officer) is None:
        raise EditError(f"没有网格员 {officer}", f"there is no officer {officer!r}", [officer])
    if isinstance(operation, NewGrid) and operation.community in plan.ground.communities:
        return replace(operation, code=_give_code(session, draft, operation.community))
    if isinstance(operation, SplitGrid) and operation.grid in plan.grids:
        return replace(
            operation, code=_give_code(session, draft, plan.grids[operation.grid].community)
        )
    return operation


def _give_code(session: Session, draft: Draft, community: str) -> str:
    """Reserve the next grid code of a community; no other draft gets it, published or not."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("grid codes"))))
    base = session.get_one(BoundaryVersion, draft.base_id)
    code = next_grid_code(session, base, community)
    session.add(GivenCode(scheme=base.scheme, edition=base.edition, code=code, draft_id=draft.id))
    session.flush()
    return code


def record(session: Session, desk: Desk, draft: Draft, after: History, *, seen: int) -> History:
    """Store the last step of a history as the next operation of a draft that is held."""
    done = after.done[-1]
    step = done.step
    written = operations.dump_python(step.operation, mode="json") if step.operation else {}
    session.add(
        DraftOperation(
            draft_id=draft.id,
            number=after.version,
            actor=step.actor,
            kind=written.get("kind") or (UNDO if step.undo else REDO),
            seen=seen,
            operation=written,
            changes=write_changes(done.changes, after.plan),
            reads=sorted(map(str, done.reads)),
            hash=after.plan.hash,
            of_number=step.of,
        )
    )
    draft.version, draft.hash = after.version, after.plan.hash
    draft.changed_at = func.now()
    session.flush()
    return desk.keep(draft.id, after)
