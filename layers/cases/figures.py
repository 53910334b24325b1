"""Figures of cases: how many, and how many of those due were handled in time."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from layers.cases.steps import FINISHED
from layers.models import Incident, IncidentState

DONE = (
    IncidentState.HANDLED,
    IncidentState.INSPECTED,
    IncidentState.CLOSED,
    IncidentState.FED_BACK,
)


class By(StrEnum):
    """What cases are counted by."""

    CATEGORY = "category"
    CHANNEL = "channel"
    COMMUNITY = "community"
    GRID = "grid"
    OFFICER = "officer"
    HOUR = "hour"


KEYS: dict[By, ColumnElement[Any]] = {
    By.CATEGORY: Incident.category.expression,
    By.CHANNEL: func.text(Incident.channel),
    By.COMMUNITY: func.left(Incident.grid_code, 12),
    By.GRID: Incident.grid_code.expression,
    By.OFFICER: Incident.officer_code.expression,
    By.HOUR: func.to_char(func.timezone("Asia/Shanghai", Incident.reported_at), "HH24"),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """
    The cases of a group that were reported in a period, without those voided.

    `due` are those whose time was over by the end of the period, or that were handled by then;
    `in_time` those of them that were handled before their time was over. The rate of on-time
    closure is in_time / due; there is none where nothing was due.
    """

    key: str | None
    reported: int
    open: int
    due: int
    in_time: int


def count_cases(session: Session, by: By, since: datetime, until: datetime) -> list[Figures]:
    """Count the cases reported from one moment to before another, the largest group first."""
    key = KEYS[by]
    done = and_(Incident.state.in_(DONE), Incident.paused_at < until)
    overdue = and_(Incident.due_at < until, Incident.state != IncidentState.BACKLOG)
    query = (
        select(
            key.label("key"),
            func.count().label("reported"),
            func.count().filter(Incident.state.not_in(FINISHED)),
            func.count().filter(done | overdue),
            func.count().filter(done, Incident.paused_at <= Incident.due_at),
        )
        .where(
            Incident.reported_at >= since,
            Incident.reported_at < until,
            Incident.state != IncidentState.VOID,
        )
        .group_by("key")
        .order_by(func.count().desc(), "key")
    )
    return [Figures(*row) for row in session.execute(query)]
