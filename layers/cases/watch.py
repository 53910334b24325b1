"""Supervision by time: a case whose time is over is supervised once, without anybody asking."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from layers.cases.case import Act, take_step
from layers.cases.steps import Role
from layers.following import Follower
from layers.models import Incident

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

EVERY_S = 20.0
AT_ONCE = 200  # cases in one transaction
ACTOR = "clock"

log = logging.getLogger(__name__)


class Watch(Follower):
    """Looks for overdue cases in a thread of its own; of many services one supervises each."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        super().__init__("watch of cases")
        self._sessions = sessions

    def _follow(self) -> None:
        while not self._stop.wait(EVERY_S):
            try:
                with self._sessions.begin() as session:
                    supervise_overdue(session)
            except SQLAlchemyError as error:
                log.warning("overdue cases could not be supervised, trying on: %s", error)


def supervise_overdue(session: Session, now: datetime | None = None) -> list[str]:
    """Supervise cases that are overdue since they were last supervised; return their numbers."""
    now = now or datetime.now(UTC)
    numbers = session.scalars(
        select(Incident.number)
        .where(
            Incident.paused_at.is_(None),
            Incident.due_at < now,
            Incident.supervised_at.is_(None) | (Incident.supervised_at < Incident.due_at),
        )
        .order_by(Incident.due_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for number in numbers:
        act = Act("supervise", ACTOR, Role.CLOCK, note="已超时 (overdue)")
        take_step(session, number, act, now=now)
    return list(numbers)
