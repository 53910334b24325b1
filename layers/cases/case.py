"""Cases taken from step to step: each change is one event, with who acted and whom it tells."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gis.errors import JingweiError
from layers.boundaries import get_version_in_force
from layers.cases.clock import LENGTHS, add
from layers.cases.standing import CENTRE, Colour, enter, get_type, has_colour
from layers.cases.steps import AT_WORK, STEPS, Role, RoleError, Step, StepError, Told, get_allowed
from layers.incidents import IdempotencyError, add_event, get_incident, give_to
from layers.models import (
    Channel,
    Grid,
    Incident,
    IncidentEvent,
    IncidentState,
    OutboxMessage,
    Queue,
)
from layers.officers import get_on_duty


@dataclass(frozen=True, slots=True)
class Act:
    """
    What somebody does to a case; each step needs some of the fields.

    `unit` names a department or a volunteer team; `to` the next owner; `amount` more time, in the
    unit of the case's limit; `parties` those of a dispute by role, never by name; `outcome` is one
    of agreed, failed, referred, and `agreement` where the signed file is kept.
    """

    kind: str
    actor: str
    role: Role | None = None
    note: str = ""
    grid_code: str | None = None
    unit: str | None = None
    to: str | None = None
    amount: int | None = None
    parties: tuple[str, ...] = ()
    outcome: str | None = None
    agreement: str | None = None
    satisfaction: int | None = None

    def check(self) -> None:
        """Raise a JingweiError if something is not given that the step needs."""
        for name in STEPS[self.kind].needs:
            value = getattr(self, name)
            if not (value.strip() if isinstance(value, str) else value) and name in _HINTS:
                raise JingweiError(f"the step {self.kind!r} needs a {name}: {_HINTS[name]}")
        if self.outcome == "agreed" and not self.agreement:
            raise JingweiError("an agreed outcome needs 'agreement': where the signed file is kept")


_HINTS = {  # a grid is asked for by its own words
    "note": "say why",
    "unit": "the department or the volunteer team",
    "to": "who owns the case from now on",
    "amount": "how much more time, in the unit of the case's limit",
    "parties": "those of the dispute by role, such as 'upstairs household'",
    "outcome": "agreed, failed or referred",
    "satisfaction": "1 (not at all) to 5 (very)",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases to list; what is None or empty does not limit."""

    states: Sequence[IncidentState] = ()
    colours: Sequence[Colour] = ()
    category: str | None = None
    channel: Channel | None = None
    owner: str | None = None
    officer_code: str | None = None
    grid_code: str | None = None
    community_code: str | None = None
    unit: str | None = None
    supervised: bool | None = None


def list_cases(
    session: Session,
    wanted: Filter,
    *,
    now: datetime | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[Incident]:
    """Return cases, newest first; `before` is the number after which a page goes on."""
    now = now or datetime.now(UTC)
    query = select(Incident).order_by(Incident.id.desc()).limit(limit)
    if wanted.states:
        query = query.where(Incident.state.in_(wanted.states))
    if wanted.colours:
        query = query.where(or_(*(has_colour(colour, now) for colour in wanted.colours)))
    for column, value in (
        (Incident.category, wanted.category),
        (Incident.channel, wanted.channel),
        (Incident.owner, wanted.owner),
        (Incident.officer_code, wanted.officer_code),
        (Incident.grid_code, wanted.grid_code),
        (Incident.unit, wanted.unit),
        (func.left(Incident.grid_code, 12), wanted.community_code),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.supervised is not None:
        query = query.where(Incident.supervised_at.is_not(None) == wanted.supervised)
    if before is not None:
        query = query.where(Incident.id < get_incident(session, before).id)
    return list(session.scalars(query))


def list_allowed(incident: Incident) -> list[str]:
    """Return the steps that may be taken now."""
    return get_allowed(
        incident.state,
        inspected_first=get_type(incident).inspected,
        has_grid=incident.grid_code is not None,
    )


def take_step(
    session: Session,
    number: str,
    act: Act,
    *,
    now: datetime | None = None,
    idempotency_key: str | None = None,
) -> tuple[Incident, bool]:
    """
    Take one step of a case and record it as one event.

    An act without a role is believed to be by somebody who may.

    Returns
    -------
    incident, taken
        With a key already used for the same step the case as it is, and False.

    Raises
    ------
    IncidentNotFoundError
        If there is no such case.
    StepError
        If the step is not allowed in its state; names those that are.
    RoleError
        If it is not for that role; names those that may.
    IdempotencyError
        If the key was used for another step.
    JingweiError
        If the step is unknown, or lacks what it needs.
    """
    now = now or datetime.now(UTC)
    step = STEPS.get(act.kind)
    if step is None:
        raise JingweiError(f"there is no step {act.kind!r}: use one of {', '.join(STEPS)}")
    incident = get_incident(session, number, hold=True)
    if idempotency_key is not None and _was_taken(session, incident, act, idempotency_key):
        return incident, False
    allowed = list_allowed(incident)
    if act.kind not in allowed:
        raise StepError(number, incident.state, act.kind, allowed)
    if act.role is not None and act.role not in step.who:
        raise RoleError(act.kind, act.role, step.who)
    act.check()
    _change(session, incident, act, step, now)
    session.flush()
    add_event(
        session,
        incident,
        act.kind,
        act.actor,
        act.note,
        detail=_detail(act),
        idempotency_key=idempotency_key,
    )
    _tell(session, incident, act, step)
    session.flush()
    return incident, True


def _was_taken(session: Session, incident: Incident, act: Act, key: str) -> bool:
    event = session.scalars(
        select(IncidentEvent).where(IncidentEvent.idempotency_key == key)
    ).one_or_none()
    if event is None:
        return False
    same = (event.incident_id, event.kind, event.actor, event.note, event.detail) == (
        incident.id, act.kind, act.actor, act.note, _detail(act)
    )  # fmt: skip
    if not same:
        raise IdempotencyError(
            f"the idempotency key {key!r} was used for another step: make a new key for a new step"
        )
    return True


def _change(session: Session, incident: Incident, act: Act, step: Step, now: datetime) -> None:
    """Write what a step changes: fields first, then the state with its owner and clock."""
    if act.kind in _SENDING:
        _send(session, incident, act, now)
    match act.kind:
        case "extend":
            unit = get_type(incident).limit.unit
            more = LENGTHS[unit] * (act.amount or 0)
            incident.due_at = add(incident.due_at, more, unit)
            incident.warn_at = add(incident.warn_at, more, unit)
        case "supervise":
            incident.supervised_at = now
        case "hand_over":
            incident.owner = act.to or CENTRE
            if incident.state not in AT_WORK:  # the next one at the desk
                incident.first_owner = incident.owner
        case "feed_back":
            incident.satisfaction = act.satisfaction
    if step.after is not None:
        enter(incident, step.after, now)
    if act.kind == "accept":
        incident.owner = act.actor


_SENDING = frozenset({"assign", "dispatch", "refer", "return"})


def _send(session: Session, incident: Incident, act: Act, now: datetime) -> None:
    """Say who must act: a grid's officer, a unit, or the dispatch centre again."""
    incident.unit = act.unit if act.kind == "refer" else None
    if act.kind == "assign":
        _give_to_grid(session, incident, act.grid_code, now)
    elif act.kind == "dispatch":
        give_to(incident, get_on_duty(session, incident.grid_code or "", now))
        incident.queue = Queue.GRID
    elif act.kind == "return":
        incident.queue = Queue.DISPATCH


def _give_to_grid(
    session: Session, incident: Incident, grid_code: str | None, now: datetime
) -> None:
    """Give the case to a grid of the version in force, by a dispatcher's decision."""
    version = get_version_in_force(session, now, hold=True)
    grid = session.get(Grid, (version.id, grid_code)) if grid_code else None
    if grid is None:
        raise JingweiError(f"there is no grid {grid_code!r} in the version in force: give its code")
    incident.version_id, incident.grid_code = version.id, grid.code
    give_to(incident, get_on_duty(session, grid.code, now))
    incident.queue, incident.how = Queue.GRID, "by_hand"
    incident.reason_zh = f"调度中心人工指派给{grid.name}。"
    incident.reason_en = f"Assigned to {grid.name_en or grid.name} by hand at the dispatch centre."


def _detail(act: Act) -> dict[str, Any]:
    """Return what was given besides who, what and the note."""
    given = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(act).items()
        if name not in {"kind", "actor", "note", "grid_code"} and value not in (None, ())
    }
    return given | ({"grid_code": act.grid_code} if act.grid_code else {})


def _tell(session: Session, incident: Incident, act: Act, step: Step) -> None:
    """Write the messages of a step; they are sent after the commit, by whoever sends."""
    for told in step.told:
        session.add(
            OutboxMessage(
                kind="case",
                receiver=told.value,
                officer_code=incident.officer_code if told is Told.OFFICER else None,
                version_id=incident.version_id,
                content={
                    "number": incident.number,
                    "step": act.kind,
                    "state": incident.state.value,
                    "owner": incident.owner,
                    "zh": f"案件{incident.number}：{step.zh}",
                    "en": f"Case {incident.number}: {step.en}",
                },
            )
        )
