"""The table of steps: from where to where, who may take one, what it needs and whom it tells."""

from dataclasses import dataclass
from enum import StrEnum

from layers.models import IncidentState as S


class Role(StrEnum):
    """In which role somebody acts. The clock supervises by itself."""

    DISPATCHER = "dispatcher"
    OFFICER = "officer"
    UNIT = "unit"
    MEDIATOR = "mediator"
    INSPECTOR = "inspector"
    LEADER = "leader"
    CLOCK = "clock"


class Told(StrEnum):
    """Who is told of a step."""

    OFFICER = "officer"
    OWNER = "owner"
    CENTRE = "centre"
    REPORTER = "reporter"


class StepError(Exception):
    """The step is not allowed now; `allowed` names those that are."""

    def __init__(self, number: str, state: S, kind: str, allowed: list[str]) -> None:
        self.allowed = allowed
        choices = ", ".join(self.allowed) or "none: the incident is finished"
        super().__init__(f"incident {number} is {state.value}: {kind!r} is not allowed now; "
                         f"allowed: {choices}")  # fmt: skip


class RoleError(Exception):
    """Whoever acts may not take this step in this role; `roles` may."""

    def __init__(self, kind: str, role: Role, roles: tuple[Role, ...]) -> None:
        self.roles = [one.value for one in roles]
        super().__init__(
            f"the step {kind!r} is not for the role {role.value!r}: {', '.join(self.roles)} may"
        )


@dataclass(frozen=True, slots=True)
class Step:
    """
    One line of the table.

    `after` is the state it leads to, None where the state stays. `needs` names the fields of an
    act that must be given. `told` are those a message is written for.
    """

    zh: str
    en: str
    before: frozenset[S]
    after: S | None
    who: tuple[Role, ...]
    needs: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()


# Time runs against whoever must act; it stands still while nobody can, or the work is done.
RUNNING = frozenset(
    {S.RECEIVED, S.VERIFIED, S.FILED, S.TO_SORT, S.DISPATCHED, S.ACCEPTED, S.MEDIATING}
)
FINISHED = frozenset({S.CLOSED, S.FED_BACK, S.VOID})
OPEN = tuple(state for state in S if state not in FINISHED)
AT_WORK = frozenset({S.ACCEPTED, S.HANDLED, S.INSPECTED, S.MEDIATING, S.BACKLOG})

_DESK = (Role.DISPATCHER, Role.LEADER)
_HANDS = (Role.OFFICER, Role.UNIT, Role.DISPATCHER)


def _from(*states: S) -> frozenset[S]:
    return frozenset(states)


STEPS = {
    "verify": Step("核实", "verify", _from(S.RECEIVED), S.VERIFIED,
                   (Role.DISPATCHER, Role.OFFICER), ("note",)),
    "file": Step("立案", "file", _from(S.VERIFIED), S.FILED, _DESK),
    "dispatch": Step("派遣", "dispatch", _from(S.FILED), S.DISPATCHED, _DESK,
                     (), (Told.OFFICER,)),
    "assign": Step("指派网格", "assign to a grid", _from(S.FILED, S.TO_SORT, S.DISPATCHED),
                   S.DISPATCHED, _DESK, ("grid_code",), (Told.OFFICER,)),
    "refer": Step("转部门或志愿队", "refer to a department or volunteers",
                  _from(S.FILED, S.TO_SORT, S.DISPATCHED, S.ACCEPTED), S.DISPATCHED,
                  _DESK, ("unit",), (Told.OFFICER, Told.CENTRE)),
    "accept": Step("接收", "accept", _from(S.DISPATCHED), S.ACCEPTED, _HANDS),
    "return": Step("退回", "return", _from(S.DISPATCHED, S.ACCEPTED), S.TO_SORT,
                   _HANDS, ("note",), (Told.CENTRE,)),
    "handle": Step("办结", "handle", _from(S.ACCEPTED), S.HANDLED, _HANDS, (), (Told.CENTRE,)),
    "mediate": Step("启动调解", "begin mediation", _from(S.ACCEPTED), S.MEDIATING,
                    (Role.OFFICER, Role.MEDIATOR, Role.DISPATCHER), ("parties",)),
    "meet": Step("调解会议", "hold a meeting", _from(S.MEDIATING), None,
                 (Role.OFFICER, Role.MEDIATOR), ("note",)),
    "conclude": Step("调解结束", "conclude mediation", _from(S.MEDIATING), S.HANDLED,
                     (Role.OFFICER, Role.MEDIATOR), ("outcome",), (Told.CENTRE,)),
    "ask_extension": Step("申请延期", "ask for an extension", _from(S.ACCEPTED, S.MEDIATING), None,
                          (Role.OFFICER, Role.UNIT, Role.MEDIATOR), ("note",), (Told.CENTRE,)),
    "extend": Step("延期", "extend", _from(S.DISPATCHED, S.ACCEPTED, S.MEDIATING), None,
                   (Role.LEADER,), ("amount", "note"), (Told.OWNER,)),
    "shelve": Step("挂账", "put on the long list", _from(S.ACCEPTED, S.MEDIATING), S.BACKLOG,
                   (Role.LEADER,), ("note",), (Told.OWNER, Told.REPORTER)),
    "resume": Step("恢复办理", "resume", _from(S.BACKLOG), S.ACCEPTED, _DESK, (), (Told.OWNER,)),
    "supervise": Step("督办", "supervise", RUNNING, None,
                      (Role.LEADER, Role.CLOCK), ("note",), (Told.OWNER, Told.CENTRE)),
    "hand_over": Step("交接", "hand over", RUNNING | {S.BACKLOG}, None,
                      (Role.DISPATCHER, Role.OFFICER, Role.UNIT, Role.LEADER),
                      ("to",), (Told.OWNER,)),
    "inspect": Step("核查", "inspect", _from(S.HANDLED), S.INSPECTED,
                    (Role.INSPECTOR, Role.DISPATCHER)),
    "rework": Step("返工", "rework", _from(S.HANDLED, S.INSPECTED, S.CLOSED, S.FED_BACK),
                   S.ACCEPTED, (Role.INSPECTOR, Role.DISPATCHER, Role.LEADER), ("note",),
                   (Told.OFFICER, Told.OWNER)),
    "close": Step("结案", "close", _from(S.HANDLED, S.INSPECTED), S.CLOSED, _DESK,
                  (), (Told.REPORTER,)),
    "feed_back": Step("回访", "feed back", _from(S.CLOSED), S.FED_BACK,
                      (Role.DISPATCHER, Role.INSPECTOR), ("satisfaction",)),
    "void": Step("作废", "void", _from(S.RECEIVED, S.VERIFIED, S.FILED, S.TO_SORT, S.DISPATCHED,
                                      S.ACCEPTED), S.VOID, _DESK, ("note",), (Told.REPORTER,)),
}  # fmt: skip


def get_allowed(state: S, *, inspected_first: bool, has_grid: bool) -> list[str]:
    """
    Return the steps that may be taken in a state.

    Work that must be inspected is not closed before; a case without a grid is given to one by
    `assign`, not sent to the officer on duty.
    """
    return [
        kind
        for kind, step in STEPS.items()
        if state in step.before
        and not (kind == "close" and inspected_first and state is S.HANDLED)
        and not (kind == "dispatch" and not has_grid)
    ]
