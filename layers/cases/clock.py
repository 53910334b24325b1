"""Time limits: when work is due that is counted in working time, or round the clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from layers.workdays import SATURDAY, DayKind, get_day

LOCAL_TIME = ZoneInfo("Asia/Shanghai")  # one civil time in all of China
SHIFTS = ((time(8), time(12)), (time(14, 30), time(18)))  # when offices work
WORKING_DAY = sum(
    (
        timedelta(hours=end.hour - begin.hour, minutes=end.minute - begin.minute)
        for begin, end in SHIFTS
    ),
    timedelta(),
)
DAY = timedelta(days=1)
LONGEST_DAYS = 3660  # a limit that needs more is a mistake


class Unit(StrEnum):
    """
    What a limit is counted in.

    Working hours and working days run while offices work; a working day is the working time of one
    day. Urgent hours and natural days run round the clock.
    """

    WORKING_HOUR = "working_hour"
    WORKING_DAY = "working_day"
    URGENT_HOUR = "urgent_hour"
    NATURAL_DAY = "natural_day"


LENGTHS = {
    Unit.WORKING_HOUR: timedelta(hours=1),
    Unit.WORKING_DAY: WORKING_DAY,
    Unit.URGENT_HOUR: timedelta(hours=1),
    Unit.NATURAL_DAY: DAY,
}
ROUND_THE_CLOCK = frozenset({Unit.URGENT_HOUR, Unit.NATURAL_DAY})


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take: 4 working hours, 7 working days."""

    amount: int
    unit: Unit


def is_worked(day: date) -> bool:
    """Tell whether offices work on a day; a make-up Saturday is worked, a holiday is not."""
    kind = get_day(day).kind
    if kind is DayKind.ORDINARY:
        return day.weekday() < SATURDAY
    return kind is DayKind.MAKE_UP


def get_due(start: datetime, limit: Limit, share: float = 1.0) -> datetime:
    """
    Return when a limit that starts to run at `start` is used up, or a share of it.

    Working time that is used up at a closing is due at that closing, not at the next opening.
    """
    return add(start, LENGTHS[limit.unit] * limit.amount * share, limit.unit)


def add(start: datetime, amount: timedelta, unit: Unit) -> datetime:
    """
    Return the moment by which so much time of a unit has run since `start`.

    Raises
    ------
    OverflowError
        If that is more than ten years ahead.
    """
    if unit in ROUND_THE_CLOCK:
        return start + amount
    if amount <= timedelta():
        return start
    left = amount
    for begin, end in _spans(start):
        if end - begin >= left:
            return (begin + left).astimezone(start.tzinfo)
        left -= end - begin
    raise OverflowError(f"{amount} of working time since {start} is more than ten years")


def between(start: datetime, end: datetime, unit: Unit) -> timedelta:
    """Return how much time of a unit runs from one moment to a later one; none if not later."""
    if end <= start:
        return timedelta()
    if unit in ROUND_THE_CLOCK:
        return end - start
    run = timedelta()
    for opens, closes in _spans(start):
        if opens >= end:
            break
        run += min(closes, end) - opens
    return run


def _spans(start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Give the spans of working time from a moment on."""
    first = start.astimezone(LOCAL_TIME).date()
    for number in range(LONGEST_DAYS):
        day = first + DAY * number
        if not is_worked(day):
            continue
        for begin, end in SHIFTS:
            opens = datetime.combine(day, begin, LOCAL_TIME)
            closes = datetime.combine(day, end, LOCAL_TIME)
            if closes > start:
                yield max(opens, start), closes
