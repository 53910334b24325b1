"""Figures of cases that can be counted by hand."""

from datetime import timedelta

from sqlalchemy.orm import Session

from layers.atlas import Atlas
from layers.cases.case import Act, take_step
from layers.cases.figures import By, Figures, count_cases
from layers.models import Incident
from tests.cities import grid_code, middle
from tests.layers.cases.test_case import take_in


def handle(session: Session, incident: Incident, days: float) -> None:
    now = incident.reported_at + timedelta(days=days)
    for kind in ("accept", "handle"):
        take_step(session, incident.number, Act(kind, "x"), now=now)


def test_on_time_closure_is_told_with_numerator_and_denominator(
    session: Session, atlas: Atlas
) -> None:
    intime, late, _open, void = (take_in(session, atlas, "dispute") for _ in range(4))
    other = take_in(session, atlas, where=middle(1, 1))
    handle(session, intime, 1)
    handle(session, late, 40)  # the limit is 30 days
    take_step(session, void.number, Act("void", "x", note="重复"))
    start = intime.reported_at
    after = start + timedelta(days=50)
    assert count_cases(session, By.CATEGORY, start, after) == [
        Figures("dispute", reported=3, open=3, due=3, in_time=1),
        Figures("facility", reported=1, open=1, due=1, in_time=0),
    ]
    soon = start + timedelta(days=2)  # nothing is overdue yet, one is done
    assert count_cases(session, By.GRID, start, soon)[0] == Figures(
        grid_code(0, 0), reported=3, open=3, due=1, in_time=1
    )
    hours = count_cases(session, By.HOUR, start, after)
    assert sum(figures.reported for figures in hours) == 4
    assert other.grid_code == grid_code(1, 1)
    assert count_cases(session, By.CHANNEL, after, after + timedelta(days=1)) == []
