"""Reports and the steps after them."""

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from gis.datum import Datum
from gis.errors import JingweiError
from layers.atlas import Atlas
from layers.cases.case import Act, take_step
from layers.cases.steps import STEPS, StepError
from layers.db import session_factory
from layers.incidents import (
    IdempotencyError,
    IncidentNotFoundError,
    Report,
    get_incident,
    list_events,
    list_incidents,
    report,
)
from layers.models import Incident, IncidentState, Queue
from tests.cities import grid_code, middle

SEOUL = (126.978, 37.566)


def given(lon: float, lat: float, text: str = "路灯不亮") -> Report:
    return Report("facility", text, lon, lat, Datum.CGCS2000)


def test_a_report_goes_to_the_officer_of_its_grid(session: Session, atlas: Atlas) -> None:
    incident, created = report(session, atlas, given(*middle(0, 0)))
    assert created
    assert (incident.grid_code, incident.officer_code) == (grid_code(0, 0), "O1")
    assert (incident.state, incident.queue) == (IncidentState.DISPATCHED, Queue.GRID)
    assert [event.kind for event in list_events(session, incident)] == ["report"]


def test_a_report_outside_is_kept_for_sorting_by_hand(session: Session, atlas: Atlas) -> None:
    incident, _ = report(session, atlas, given(*SEOUL))
    assert (incident.grid_code, incident.queue) == (None, Queue.DISPATCH)
    assert incident.state is IncidentState.TO_SORT
    assert incident.point == pytest.approx(SEOUL, abs=1e-9)


def test_a_grid_without_officer_still_gets_its_reports(session: Session, atlas: Atlas) -> None:
    incident, _ = report(session, atlas, given(*middle(2, 2)))
    assert (incident.grid_code, incident.officer_code) == (grid_code(2, 2), None)


def test_the_same_key_twice_is_one_incident(session: Session, atlas: Atlas) -> None:
    first, _ = report(session, atlas, given(*middle(1, 1)), idempotency_key="key-00001")
    again, created = report(session, atlas, given(*middle(1, 1)), idempotency_key="key-00001")
    assert (again.number, created) == (first.number, False)


def test_the_same_key_for_another_report_is_refused(session: Session, atlas: Atlas) -> None:
    report(session, atlas, given(*middle(1, 1)), idempotency_key="key-00002")
    with pytest.raises(IdempotencyError, match="another report"):
        report(session, atlas, given(*middle(1, 1), text="水管漏"), idempotency_key="key-00002")


def test_eight_posts_at_once_with_one_key_are_one_incident(engine: Engine, atlas: Atlas) -> None:
    answers: list[tuple[str, bool]] = []

    def post() -> None:
        with session_factory(engine).begin() as session:
            found, made = report(session, atlas, given(*middle(2, 1)), idempotency_key="at-once")
            answers.append((found.number, made))

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({number for number, _ in answers}) == 1
    assert sorted(made for _, made in answers) == [False] * 7 + [True]


def test_a_whole_life_leaves_one_event_a_step(session: Session, atlas: Atlas) -> None:
    number = report(session, atlas, given(*middle(0, 0)))[0].number
    for kind in ("accept", "handle", "close"):
        take_step(session, number, Act(kind, "网格员"))
    incident = get_incident(session, number)
    assert incident.state is IncidentState.CLOSED
    kinds = [event.kind for event in list_events(session, incident)]
    assert kinds == ["report", "accept", "handle", "close"]


def test_a_wrong_step_names_the_allowed_ones_and_changes_nothing(
    session: Session, atlas: Atlas
) -> None:
    number = report(session, atlas, given(*middle(0, 0)))[0].number
    with pytest.raises(StepError, match="allowed: assign, refer, accept, return") as caught:
        take_step(session, number, Act("close", "网格员"))
    assert {"assign", "accept", "return", "void"} <= set(caught.value.allowed)
    assert len(list_events(session, get_incident(session, number))) == 1


def test_a_finished_incident_allows_no_step(session: Session, atlas: Atlas) -> None:
    number = report(session, atlas, given(*middle(0, 0)))[0].number
    take_step(session, number, Act("void", "调度员", note="重复"))
    for kind in STEPS:
        with pytest.raises(StepError, match="the incident is finished"):
            take_step(session, number, Act(kind, "调度员", note="x", grid_code=grid_code(0, 0)))


def test_by_hand_a_dispatcher_gives_it_to_a_grid(session: Session, atlas: Atlas) -> None:
    number = report(session, atlas, given(*SEOUL))[0].number
    incident, _ = take_step(session, number, Act("assign", "调度员", grid_code=grid_code(1, 2)))
    assert (incident.grid_code, incident.how) == (grid_code(1, 2), "by_hand")
    assert (incident.state, incident.queue) == (IncidentState.DISPATCHED, Queue.GRID)


def test_a_returned_incident_is_sorted_again(session: Session, atlas: Atlas) -> None:
    number = report(session, atlas, given(*middle(0, 0)))[0].number
    incident, _ = take_step(session, number, Act("return", "网格员", note="不在我格"))
    assert (incident.state, incident.queue) == (IncidentState.TO_SORT, Queue.DISPATCH)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("return", "needs a note"), ("assign", "no grid None"), ("fly", "no step 'fly'")],
)
def test_a_step_without_what_it_needs_is_refused(
    session: Session, atlas: Atlas, kind: str, words: str
) -> None:
    number = report(session, atlas, given(*middle(0, 0)))[0].number
    with pytest.raises(JingweiError, match=words):
        take_step(session, number, Act(kind, "网格员"))


def test_lists_are_newest_first_and_go_on_page_by_page(session: Session, atlas: Atlas) -> None:
    made = [report(session, atlas, given(*middle(0, 1)))[0].number for _ in range(5)]
    first = list_incidents(session, grid_code=grid_code(0, 1), limit=3)
    rest = list_incidents(session, grid_code=grid_code(0, 1), before=first[-1].number)
    assert [incident.number for incident in first + rest] == made[::-1]


def test_an_unknown_number_is_said(session: Session) -> None:
    with pytest.raises(IncidentNotFoundError, match="'20200101-9'"):
        get_incident(session, "20200101-9")


def test_a_failed_report_leaves_nothing(session: Session, atlas: Atlas) -> None:
    before = session.scalar(sa.select(sa.func.count()).select_from(Incident))
    with pytest.raises(JingweiError):
        report(session, atlas, given(float("nan"), 37.25))
    assert session.scalar(sa.select(sa.func.count()).select_from(Incident)) == before
