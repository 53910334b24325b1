"""Open incidents given to their grids in a version, when it comes in force."""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from layers.boundaries import get_version, load_city_map
from layers.following import Follower
from layers.models import Handover, IncidentChoice, OutboxMessage
from layers.officers import load_roster
from layers.reassign import hand_over

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from layers.reassign import HandedOver

EVERY_S = 5.0

log = logging.getLogger(__name__)


class Handovers(Follower):
    """Does what is due in a thread of its own; of many services one does each, in one go."""

    def __init__(
        self, sessions: sessionmaker[Session], *, gap_tolerance_m: float, near_border_m: float
    ) -> None:
        super().__init__("handovers")
        self._sessions = sessions
        self._tolerances = gap_tolerance_m, near_border_m

    def run_due(self, at: datetime | None = None) -> int:
        """Do everything that is due at a time, now if none is given; return how many versions."""
        done = 0
        while True:
            with self._sessions.begin() as session:
                due = session.scalars(
                    select(Handover)
                    .where(Handover.done_at.is_(None), Handover.due_at <= (at or datetime.now(UTC)))
                    .order_by(Handover.due_at)
                    .limit(1)
                    .with_for_update(skip_locked=True)
                ).one_or_none()
                if due is None:
                    return done
                gap_tolerance_m, near_border_m = self._tolerances
                carry_out(
                    session, due, gap_tolerance_m=gap_tolerance_m, near_border_m=near_border_m
                )
            done += 1

    def _follow(self) -> None:
        while not self._stop.wait(EVERY_S):
            try:
                self.run_due()
            except SQLAlchemyError as error:
                log.warning("open incidents could not be handed over, trying on: %s", error)


def carry_out(
    session: Session, due: Handover, *, gap_tolerance_m: float, near_border_m: float
) -> list[HandedOver]:
    """Hand open incidents over to a version, tell the officers, and note that it is done."""
    handed: list[HandedOver] = []
    if due.choice is IncidentChoice.MOVE:
        city = load_city_map(
            session,
            get_version(session, due.version_id),
            gap_tolerance_m=gap_tolerance_m,
            near_border_m=near_border_m,
        )
        handed = hand_over(session, city, load_roster(session), actor=due.actor, kept=due.kept)
        _tell(session, due.version_id, handed)
    due.done_at, due.moved = datetime.now(UTC), len(handed)
    session.flush()
    return handed


def _tell(session: Session, version_id: int, handed: list[HandedOver]) -> None:
    told: dict[str, dict[str, list[str]]] = defaultdict(lambda: {"given": [], "taken": []})
    for each in handed:
        if each.from_officer != each.to_officer:
            if each.from_officer:
                told[each.from_officer]["taken"].append(each.number)
            if each.to_officer:
                told[each.to_officer]["given"].append(each.number)
    session.add_all(
        OutboxMessage(
            kind="incidents_moved", officer_code=officer, version_id=version_id, content=content
        )
        for officer, content in sorted(told.items())
    )
