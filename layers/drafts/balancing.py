"""A balance that a job has found, taken into its draft as one operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.edit import ApplyBalance, History, OverlapError
from gis.edit.goals import changed_since, grids_to_balance
from layers.drafts.balance_job import BALANCE, BalanceArguments
from layers.drafts.draft import change_draft
from layers.jobs.requests import JobNotFoundError, get_job

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from layers.drafts.desk import Desk


class NoAlternativeError(LookupError):
    """A job has not found that many plans, or none yet."""


def apply_balance(
    session: Session,
    desk: Desk,
    draft_id: int,
    job_id: int,
    alternative: int,
    *,
    actor: str,
    seen: int,
) -> History:
    """
    Do in a draft what a balance of it has found, as one operation that can be undone.

    Parameters
    ----------
    alternative
        Which of the plans of the job, counted from 0.

    Raises
    ------
    JobNotFoundError, NoAlternativeError
        If there is no such balance of this draft, or it has no such plan.
    OverlapError
        If a block of the grids that were balanced is not what it was then: the figures of the
        balance would not be those of the draft.
    DraftNotFoundError, DraftStateError, StaleError, EditError
        As `layers.drafts.draft.perform`.
    """
    job = get_job(session, job_id)
    asked = BalanceArguments.model_validate(job.arguments) if job.kind == BALANCE.name else None
    if asked is None or asked.draft_id != draft_id:
        raise JobNotFoundError(f"job {job_id} is no balance of draft {draft_id}")
    plans = (job.result or {}).get("alternatives", [])
    if not 0 <= alternative < len(plans):
        raise NoAlternativeError(
            f"job {job_id} is {job.state.value} and has {len(plans)} alternatives: "
            f"there is no number {alternative} (they are counted from 0)"
        )
    operation = ApplyBalance(assignment=plans[alternative]["assignment"])

    def act(history: History) -> History:
        then = history.plan_at(asked.version)
        changed = changed_since(then, history.plan, grids_to_balance(then, asked.goals))
        if changed:
            clashes = history.clashes(asked.version, frozenset(changed), frozenset())
            raise OverlapError(asked.version, operation, clashes)
        return history.perform_seen(operation, actor, seen)

    return change_draft(session, desk, draft_id, act, seen=seen)
