"""Plans in memory: base versions and the histories of drafts, read once and followed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import TypeAdapter
from sqlalchemy import select

from gis.edit import History, Operation, Step
from gis.errors import JingweiError
from layers.drafts.plan_record import read_changes, read_item
from layers.drafts.plans import BasePlan, load_plan
from layers.drafts.turns import Turns
from layers.models import Draft, DraftOperation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session, sessionmaker

KEPT_BASES, KEPT_DRAFTS = 3, 20
UNDO, REDO = "undo", "redo"

operations: TypeAdapter[Operation] = TypeAdapter(Operation)


class Desk:
    """
    The plans that planners work on.

    What is in memory may be behind the database, and is then brought up to it, or may hold what
    was never committed, and is then dropped: the stored version and hash decide.
    """

    def __init__(self) -> None:
        self._bases: OrderedDict[int, BasePlan] = OrderedDict()
        self._histories: OrderedDict[int, History] = OrderedDict()
        self._turns = Turns()
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, sessions: sessionmaker[Session], draft_id: int) -> Iterator[Session]:
        """
        Give a session to one thread of this process at a time, in the order in which they came.

        It commits before the next is let in, so that nobody waits for a lock of the database
        with a connection in hand.
        """
        with self._turns.take(draft_id), sessions.begin() as session:
            yield session

    def base(self, session: Session, version_id: int) -> BasePlan:
        """Return a version as a plan; raises as `load_plan`."""
        base = self._bases.get(version_id)
        if base is None:
            base = load_plan(session, version_id)
            with self._lock:
                base = self._bases.setdefault(version_id, base)
                while len(self._bases) > KEPT_BASES:
                    self._bases.popitem(last=False)
        return base

    def history(self, session: Session, draft: Draft) -> History:
        """
        Return the history of a draft as the session sees it.

        Raises
        ------
        JingweiError
            If what is stored does not lead to the plan that was stored with it.
        """
        held = self._histories.get(draft.id)
        if held is not None and held.version > draft.version:  # committed meanwhile, or never
            history = held.at(draft.version)
            if _agrees(history, draft):
                return history
        elif held is not None:
            history = self._caught_up(session, draft, held)
            if _agrees(history, draft):
                return self.keep(draft.id, history)
        begun = History.of(self.base(session, draft.base_id).plan)
        history = self._caught_up(session, draft, begun)
        if not _agrees(history, draft):
            raise JingweiError(
                f"the operations stored for draft {draft.id} do not lead to its plan: its base "
                f"version {draft.base_id} was changed behind the service; restore a backup"
            )
        return self.keep(draft.id, history)

    def keep(self, draft_id: int, history: History) -> History:
        """Hold a history in memory; one that is not committed after all is dropped later."""
        with self._lock:
            self._histories[draft_id] = history
            self._histories.move_to_end(draft_id)
            while len(self._histories) > KEPT_DRAFTS:
                self._histories.popitem(last=False)
        return history

    @staticmethod
    def _caught_up(session: Session, draft: Draft, history: History) -> History:
        if history.version == draft.version:
            return history
        rows = session.scalars(
            select(DraftOperation)
            .where(
                DraftOperation.draft_id == draft.id,
                DraftOperation.number > history.version,
                DraftOperation.number <= draft.version,
            )
            .order_by(DraftOperation.number)
        )
        for row in rows:
            history = history.recall(
                step_of(row),
                read_changes(row.changes, history.plan),
                [read_item(text) for text in row.reads],
            )
        return history


def step_of(row: DraftOperation) -> Step:
    """Return a stored operation as a step."""
    done = None if row.of_number else operations.validate_python(row.operation)
    return Step(row.number, row.actor, done, row.of_number, undo=row.kind == UNDO)


def _agrees(history: History, draft: Draft) -> bool:
    return history.version == draft.version and draft.hash in {None, history.plan.hash}
