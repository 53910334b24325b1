"""Cases from the first word to the last: every path, owners, clocks, messages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gis.datum import Datum
from gis.errors import JingweiError
from layers.atlas import Atlas
from layers.cases.case import Act, Filter, list_allowed, list_cases, take_step
from layers.cases.case_types import CASE_TYPES
from layers.cases.standing import Colour, get_colour
from layers.cases.steps import RUNNING, STEPS, Role, RoleError, StepError
from layers.cases.watch import supervise_overdue
from layers.incidents import IdempotencyError, Report, get_incident, list_events, report
from layers.models import Incident, IncidentState, OutboxMessage
from tests.cities import grid_code, middle

S = IncidentState
OUTSIDE = (126.978, 37.566)
NEEDED: dict[str, Any] = {
    "note": "原因",
    "grid_code": grid_code(1, 2),
    "unit": "城管中队",
    "to": "夜班",
    "amount": 2,
    "parties": ("楼上住户", "楼下住户"),
    "outcome": "agreed",
    "satisfaction": 4,
}


def take_in(
    session: Session,
    atlas: Atlas,
    category: str = "facility",
    *,
    where: tuple[float, float] | None = None,
    verify: bool = False,
) -> Incident:
    given = Report(category, "路灯不亮", *(where or middle(0, 0)), Datum.CGCS2000)
    return report(session, atlas, given, owner="一号坐席", verify=verify)[0]


def act(kind: str, **change: Any) -> Act:
    """Give what a step needs, by one who may take it."""
    needed = {name: NEEDED[name] for name in STEPS[kind].needs}
    if kind == "conclude":
        needed["agreement"] = "调解室/2026-17.pdf"
    return Act(kind, f"{kind}的人", **{"role": STEPS[kind].who[0], **needed, **change})


def go(session: Session, incident: Incident, *kinds: str, now: datetime | None = None) -> None:
    for kind in kinds:
        take_step(session, incident.number, act(kind), now=now)


def check_whole(session: Session, incident: Incident, steps: int) -> None:
    """Check that changes have an event each, the case an owner, and a clock that runs if due."""
    events = list_events(session, incident)
    assert [event.serial for event in events] == [*range(1, steps + 2)]
    assert (events[-1].state, events[-1].owner) == (incident.state, incident.owner)
    assert incident.owner
    assert incident.due_at >= incident.warn_at
    assert (incident.paused_at is None) == (incident.state in RUNNING)


@settings(
    max_examples=25, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data())
def test_every_path_leaves_one_event_a_change_and_never_lacks_owner_or_clock(
    session: Session, atlas: Atlas, data: st.DataObject
) -> None:
    with session.begin_nested() as example:
        walk(session, atlas, data)
        example.rollback()


def walk(session: Session, atlas: Atlas, data: st.DataObject) -> None:
    """Take steps at random times, wrong ones too, and check the case after each."""
    incident = take_in(
        session,
        atlas,
        data.draw(st.sampled_from(sorted(CASE_TYPES))),
        where=data.draw(st.sampled_from([middle(0, 0), middle(2, 2), OUTSIDE])),
        verify=data.draw(st.booleans()),
    )
    now = datetime.now(UTC)
    for steps in range(1, data.draw(st.integers(2, 15))):
        allowed = list_allowed(incident)
        wrong = data.draw(st.sampled_from(sorted(STEPS)))
        if wrong not in allowed:
            with pytest.raises(StepError) as caught:
                take_step(session, incident.number, act(wrong), now=now)
            assert caught.value.allowed == allowed
        if not allowed:
            break
        now += timedelta(minutes=data.draw(st.integers(1, 20_000)))
        kind, before = data.draw(st.sampled_from(allowed)), incident.state
        take_step(session, incident.number, act(kind), now=now)
        assert incident.state is (STEPS[kind].after or before)
        check_whole(session, incident, steps)


def test_every_state_but_the_first_is_reached_and_only_void_is_a_dead_end() -> None:
    reached = {step.after for step in STEPS.values()} - {None}
    assert set(S) - reached == {S.RECEIVED}
    assert {state for state in S if not any(state in step.before for step in STEPS.values())} == {
        S.VOID
    }


def test_a_call_is_followed_to_the_reporters_satisfaction(session: Session, atlas: Atlas) -> None:
    incident = take_in(session, atlas, verify=True)
    go(session, incident, "verify", "file", "dispatch", "accept", "handle", "inspect", "close")
    take_step(session, incident.number, act("feed_back", satisfaction=5))
    assert (incident.state, incident.satisfaction) == (S.FED_BACK, 5)
    check_whole(session, incident, 8)


def test_work_that_must_be_inspected_is_not_closed_before(session: Session, atlas: Atlas) -> None:
    incident = take_in(session, atlas, "construction")
    go(session, incident, "accept", "handle")
    with pytest.raises(StepError, match="allowed: inspect, rework"):
        go(session, incident, "close")
    go(session, incident, "inspect", "close")
    assert incident.state is S.CLOSED


def test_who_took_it_owns_it_until_somebody_accepts_and_again_when_it_comes_back(
    session: Session, atlas: Atlas
) -> None:
    incident = take_in(session, atlas)
    assert incident.owner == "一号坐席"
    go(session, incident, "hand_over")  # the shift ends
    assert incident.owner == "夜班"
    go(session, incident, "accept")
    assert incident.owner == "accept的人"
    go(session, incident, "return")
    assert (incident.owner, incident.state) == ("夜班", S.TO_SORT)


def test_mediation_has_parties_meetings_and_an_outcome_with_its_file(
    session: Session, atlas: Atlas
) -> None:
    incident = take_in(session, atlas, "dispute")
    go(session, incident, "accept", "mediate", "meet", "meet")
    with pytest.raises(JingweiError, match="where the signed file is kept"):
        take_step(session, incident.number, act("conclude", agreement=None))
    go(session, incident, "conclude")
    details = {event.kind: event.detail for event in list_events(session, incident)}
    assert details["mediate"]["parties"] == ["楼上住户", "楼下住户"]
    assert details["conclude"]["agreement"] == "调解室/2026-17.pdf"
    assert incident.state is S.HANDLED


def test_a_case_outside_goes_to_a_department_without_a_grid(session: Session, atlas: Atlas) -> None:
    incident = take_in(session, atlas, where=OUTSIDE)
    go(session, incident, "refer")
    assert (incident.state, incident.unit, incident.grid_code) == (S.DISPATCHED, "城管中队", None)


def test_one_who_may_not_is_told_who_may(session: Session, atlas: Atlas) -> None:
    incident = take_in(session, atlas)
    with pytest.raises(RoleError, match="dispatcher, leader may") as caught:
        take_step(session, incident.number, act("void", role=Role.OFFICER))
    assert caught.value.roles == ["dispatcher", "leader"]


@pytest.mark.parametrize(
    ("kind", "lack"),
    [(kind, name) for kind, step in STEPS.items() for name in step.needs if name != "grid_code"],
)
def test_a_step_without_what_it_needs_is_not_taken(kind: str, lack: str) -> None:
    with pytest.raises(JingweiError, match=f"needs a {lack}"):
        act(kind, **{lack: None}).check()


def test_time_stands_still_on_the_long_list(session: Session, atlas: Atlas) -> None:
    incident = take_in(session, atlas, "dispute")  # 30 natural days
    now = incident.reported_at
    go(session, incident, "accept", now=now)
    go(session, incident, "shelve", now=now + timedelta(days=10))
    assert get_colour(incident, now + timedelta(days=90)) is Colour.GREY
    go(session, incident, "resume", now=now + timedelta(days=100))
    assert incident.due_at == now + timedelta(days=120)


def test_an_extension_moves_the_due_time_in_the_units_of_the_limit(
    session: Session, atlas: Atlas
) -> None:
    incident = take_in(session, atlas, "dispute")
    due = incident.due_at
    go(session, incident, "extend")
    assert incident.due_at == due + timedelta(days=2)


def test_colours_follow_the_time_and_lists_agree_with_them(session: Session, atlas: Atlas) -> None:
    incident = take_in(session, atlas, "dispute")
    start = incident.reported_at
    for days, colour in ((1, Colour.GREEN), (25, Colour.YELLOW), (31, Colour.RED)):
        now = start + timedelta(days=days)
        assert get_colour(incident, now) is colour
        for asked in Colour:
            listed = list_cases(session, Filter(colours=[asked]), now=now)
            assert (incident in listed) == (asked is colour)
    go(session, incident, "accept", "handle", now=start + timedelta(days=2))
    assert get_colour(incident, start + timedelta(days=99)) is Colour.BLUE
    assert incident in list_cases(session, Filter(colours=[Colour.BLUE]))


def test_an_overdue_case_is_supervised_once_and_its_owner_told(
    session: Session, atlas: Atlas
) -> None:
    incident = take_in(session, atlas, "dispute")
    late = incident.due_at + timedelta(hours=1)
    assert supervise_overdue(session, incident.due_at - timedelta(hours=1)) == []
    assert supervise_overdue(session, late) == [incident.number]
    assert supervise_overdue(session, late) == []
    assert list_events(session, incident)[-1].kind == "supervise"
    told = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "case")).all()
    assert [message.receiver for message in told] == ["owner", "centre"]


def test_a_step_sent_twice_with_one_key_is_taken_once(session: Session, atlas: Atlas) -> None:
    incident = take_in(session, atlas)
    answers = [
        take_step(session, incident.number, act("accept"), idempotency_key="step-0001")[1]
        for _ in range(2)
    ]
    assert answers == [True, False]
    with pytest.raises(IdempotencyError, match="another step"):
        take_step(session, incident.number, act("handle"), idempotency_key="step-0001")
    check_whole(session, incident, 1)


def test_lists_are_by_owner_place_unit_and_supervision(session: Session, atlas: Atlas) -> None:
    here, there = take_in(session, atlas), take_in(session, atlas, where=middle(1, 1))
    go(session, there, "refer", "supervise")
    for wanted, found in (
        (Filter(owner="一号坐席"), [there, here]),
        (Filter(grid_code=grid_code(0, 0)), [here]),
        (Filter(community_code=grid_code(1, 1)[:12]), [there]),
        (Filter(unit="城管中队"), [there]),
        (Filter(supervised=False), [here]),
        (Filter(officer_code="O1", states=[S.DISPATCHED]), [here]),
        (Filter(category="dispute"), []),
    ):
        assert list_cases(session, wanted) == found


@pytest.mark.parametrize(
    "change",
    ["owner = ''", "due_at = null", "paused_at = now()", "satisfaction = 6", "state = 'handled'"],
)
def test_the_database_keeps_owner_and_clock_whoever_writes(
    session: Session, atlas: Atlas, change: str
) -> None:
    incident = take_in(session, atlas)
    with pytest.raises(IntegrityError):
        session.execute(sa.text(f"update incidents set {change} where id = {incident.id}"))  # noqa: S608


def test_a_case_is_found_by_its_number_after_all_that(session: Session, atlas: Atlas) -> None:
    incident = take_in(session, atlas)
    go(session, incident, "accept", "handle", "close", "rework")
    assert get_incident(session, incident.number).state is S.ACCEPTED
