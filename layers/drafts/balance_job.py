"""The balance of a draft as a job: plans to choose from, each with what it changes and proves."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from gis.edit.goals import Goals, grids_to_balance
from layers.drafts.desk import Desk
from layers.drafts.draft import get_draft, refuse_unless_open
from layers.jobs.kinds import Kind
from layers.jobs.progress import JobCancelledError, JobStoppedError, Progress
from layers.jobs.requests import start_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session, sessionmaker

    from gis.balance import Plan as Balance
    from gis.balance import Problem
    from gis.balance.bounds import Effort
    from gis.edit import Plan
    from layers.models import Job

STEPS = 100
Result = dict[str, Any]


class Search(BaseModel):
    """How to look for a balance."""

    mode: Literal["fresh", "stay-close"] = "stay-close"
    alternatives: int = Field(default=1, ge=1, le=5)
    seed: int = Field(default=0, ge=0, le=2**31)
    effort_s: float = Field(default=10.0, gt=0, le=300)
    price: float = Field(default=30.0, ge=0, le=1000)
    proof: bool = False


class BalanceArguments(BaseModel):
    """Which draft, at which version, and what is wanted of it."""

    draft_id: int
    version: int
    hash: str | None
    goals: Goals
    search: Search


def start_balance(
    session: Session, desk: Desk, draft_id: int, goals: Goals, search: Search, *, asked_by: str
) -> tuple[Job, bool]:
    """
    Ask for a balance of a draft as it is now.

    Raises
    ------
    DraftNotFoundError, DraftStateError
        If there is no such draft, or it cannot be changed now.
    EditError
        If the goals do not fit the draft.
    """
    draft = get_draft(session, draft_id)
    refuse_unless_open(draft)
    history = desk.history(session, draft)
    grids_to_balance(history.plan, goals)
    asked = BalanceArguments(
        draft_id=draft_id,
        version=history.version,
        hash=draft.hash,
        goals=goals,
        search=search,
    )
    return start_job(session, BALANCE, asked, asked_by=asked_by)


def _run(
    sessions: sessionmaker[Session], asked: BalanceArguments, progress: Progress[Result]
) -> Result:
    # The service names this kind of work without doing it: SciPy and the kernels take a second.
    from gis.balance.bounds import Effort  # noqa: PLC0415
    from gis.edit.balancing import problem_of  # noqa: PLC0415

    progress.say(0, STEPS, "正在读取草案", "reading the draft")
    with sessions() as session:
        draft = get_draft(session, asked.draft_id)
        plan = Desk().history(session, draft).plan_at(asked.version)
    problem = problem_of(plan, asked.goals)
    watch = _Watch(progress, len(problem.grid_codes))
    plans = _search(problem, asked.search, watch)
    arithmetic = Effort(widths=(), rounds=0)
    found = _described(problem, plan, plans, arithmetic, lambda _done, _of: None)
    progress.keep(found)
    if watch.stopped is not None:
        raise watch.stopped
    if asked.search.proof:
        progress.say(STEPS - 1, STEPS, "正在论证", "looking for proofs")
        found = _described(problem, plan, plans, Effort(), lambda _done, _of: progress.check())
    return found


class _Watch:
    """Between the threads of a search and a job: tells how far, and learns whether to stop."""

    def __init__(self, progress: Progress[Result], grids: int) -> None:
        self._progress, self._grids = progress, grids
        self.stopped: JobStoppedError | None = None

    def tell(self, share: float) -> None:
        """Tell how much is done; a search is not broken off from here."""
        zh, en = f"正在均衡 {self._grids} 个网格", f"balancing {self._grids} grids"
        try:
            self._progress.say(int(share * (STEPS - 1)), STEPS, zh, en)
        except JobStoppedError as error:
            self.stopped = error

    def is_over(self) -> bool:
        """Tell whether to end with the best so far; raises nothing into the threads."""
        if self.stopped is None:
            try:
                self._progress.check()
            except JobStoppedError as error:
                self.stopped = error
        return self.stopped is not None


def _search(problem: Problem, search: Search, watch: _Watch) -> list[Balance]:
    from gis.balance import Settings, alternatives, balance  # noqa: PLC0415
    from gis.edit.balancing import with_known_codes  # noqa: PLC0415

    settings = Settings(
        mode=search.mode,
        seed=search.seed,
        effort_s=search.effort_s,
        price=search.price,
        cores=max(1, (os.cpu_count() or 1) // 2),  # planners work on meanwhile
    )
    if search.alternatives == 1:
        plans = [balance(problem, settings, progress=watch.tell, cancelled=watch.is_over)]
    else:
        plans = alternatives(problem, settings, progress=watch.tell, cancelled=watch.is_over)
    if watch.stopped is not None and not isinstance(watch.stopped, JobCancelledError):
        raise watch.stopped
    return [with_known_codes(problem, plan) for plan in plans[: search.alternatives]]


def _described(
    problem: Problem,
    plan: Plan,
    found: list[Balance],
    effort: Effort,
    watched: Callable[[int, int], None],
) -> Result:
    import numpy as np  # noqa: PLC0415

    from gis.balance.bounds import explain, stand  # noqa: PLC0415
    from gis.edit.balancing import as_it_is, moves_of  # noqa: PLC0415
    from gis.edit.items import People  # noqa: PLC0415
    from layers.balance_figures import change_of, figures_of  # noqa: PLC0415

    carried = {
        name: np.array([getattr(plan.shapes[code].people, name) for code in problem.ids], float)
        for name in People._fields
        if name not in problem.weight_names
    }
    alternatives = []
    for each in found:
        standings = stand(problem, each, explain(problem, each, effort=effort, progress=watched))
        figures = figures_of(problem, each, change_of(problem, each, carried), standings)
        alternatives.append({**figures, "assignment": moves_of(problem, each)})
    today = as_it_is(problem)
    return {
        "today": figures_of(problem, today, change_of(problem, today, carried)),
        "alternatives": alternatives,
    }


def _store(_session: Session, asked: BalanceArguments, result: Result) -> Result:
    return {"draft": asked.draft_id, "version": asked.version, **result}


BALANCE = Kind(
    name="balance",
    title_zh="均衡草案的网格",
    title_en="balance of a draft",
    arguments=BalanceArguments,
    subject=lambda asked: f"draft {asked.draft_id}",
    run=_run,
    store=_store,
)
