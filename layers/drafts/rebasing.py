"""A draft whose base was followed by another version, done again on the latest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gis.edit import EditError
from layers.drafts.draft import get_draft, open_draft, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gis.edit import Done
    from layers.drafts.desk import Desk
    from layers.models import Draft


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An operation that cannot be done on the latest version, and why."""

    done: Done
    error: EditError


@dataclass(frozen=True, slots=True)
class Rebased:
    """The new draft, how many operations it has, and which were left out."""

    draft: Draft
    taken: int
    left_out: list[LeftOut]


def rebase(session: Session, desk: Desk, draft_id: int, *, actor: str) -> Rebased:
    """
    Open a draft on the latest version and do there what is in force in another.

    Operations keep their authors and the codes they gave; the other draft stays as it is.

    Raises
    ------
    DraftNotFoundError
        If there is no such draft.
    """
    old = get_draft(session, draft_id)
    before = desk.history(session, old)
    draft = open_draft(
        session,
        actor=actor,
        label=old.label,
        note=f"草案 {draft_id} → 最新版本。{old.note}".strip(),
    )
    history, left_out = desk.history(session, draft), []
    for done in before.done:
        operation = done.step.operation
        if operation is None or done.step.number in before.undone:
            continue
        try:
            after = history.perform(operation, done.step.actor)
        except EditError as error:
            left_out.append(LeftOut(done, error))
        else:
            history = record(session, desk, draft, after, seen=history.version)
    return Rebased(draft, history.version, left_out)
