"""
When a place is open: hours of the week, public holidays, make-up days, nights, exceptions.

Hours are written as OpenStreetMap writes them (`Mo-Fr 08:30-12:00,14:30-18:00; PH off`). The
grammar and the days of the week are read by a library; the Chinese calendar and what crosses
midnight are ours: each day is asked for its own hours, which may end on the next.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, State, validate

from gis.errors import JingweiError
from layers.workdays import Day, DayKind, get_day

LOCAL_TIME = ZoneInfo("Asia/Shanghai")  # one civil time in all of China
HORIZON_DAYS = 60  # how far ahead a next opening is looked for
WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
FRIDAY = 4
MIDNIGHT_MINUTES = 24 * 60
DAY = timedelta(days=1)
ENDLESS = timedelta(days=10)  # open without a break for longer than any week: it does not close

_SPAN = r"\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}"
_SPANS = re.compile(rf"{_SPAN}(?:\s*,\s*{_SPAN})*")
_CLOSED = re.compile(r"\b(?:off|closed)\b")
_WORDS = re.compile(
    r"(?:Mo|Tu|We|Th|Fr|Sa|Su|PH|off|closed|open|week"
    r"|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|24/7|[\d\s:,;/\[\]-])*"
)

Span = tuple[datetime, datetime]


class HoursError(JingweiError):
    """Opening hours that cannot be read."""


@dataclass(frozen=True, slots=True)
class Closure:
    """Another rule for some days: `hours`, or closed all day if None; with the reason."""

    first: date
    last: date
    hours: str | None
    reason_zh: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class Now:
    """
    How a place stands at a moment.

    `until` is when that ends: the closing, or the next opening; None if it never closes, or does
    not open within 60 days. `day` is what the date is in the calendar.
    """

    open: bool
    until: datetime | None
    day: Day
    exception: Closure | None


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of one place: the rule, and the days on which another one holds."""

    rule: str
    exceptions: Mapping[date, Closure] = field(default_factory=dict)

    def is_open(self, at: datetime) -> bool:
        """Tell whether it is open at a moment (with a time zone)."""
        local = at.astimezone(LOCAL_TIME)
        return any(
            start <= local < end
            for day in (local.date() - DAY, local.date())
            for start, end in self.spans(day)
        )

    def at(self, at: datetime) -> Now:
        """Say whether it is open at a moment, and until when."""
        local = at.astimezone(LOCAL_TIME)
        today = local.date()
        day, exception = get_day(today), self.exceptions.get(today)
        for start, end in self._merged(today):
            if end <= local:
                continue
            if start > local:
                return Now(open=False, until=start, day=day, exception=exception)
            until = None if end - start > ENDLESS else end
            return Now(open=True, until=until, day=day, exception=exception)
        return Now(open=False, until=None, day=day, exception=exception)

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return when it opens and closes by the rule of one day; the last may end the next."""
        exception = self.exceptions.get(day)
        if exception is None:
            return _spans(self.rule, day)
        return _spans(exception.hours, day) if exception.hours else ()

    def _merged(self, today: date) -> Iterator[Span]:
        """Yield the spans from yesterday on, those that touch as one."""
        open_from: datetime | None = None
        open_to: datetime | None = None
        for number in range(-1, HORIZON_DAYS + 1):
            for start, end in self.spans(today + number * DAY):
                if open_from is None or open_to is None:
                    open_from, open_to = start, end
                elif start <= open_to:
                    open_to = max(open_to, end)
                    if open_to - open_from > ENDLESS:
                        yield open_from, open_to
                        return
                else:
                    yield open_from, open_to
                    open_from, open_to = start, end
        if open_from is not None and open_to is not None:
            yield open_from, open_to


def check_hours(rule: str) -> None:
    """
    Refuse opening hours that cannot be read.

    Raises
    ------
    HoursError
        If the text is no rule, or uses what is not supported: sunrise and sunset, school
        holidays, days counted from a holiday, open ends, `||` and comments.
    """
    known = _WORDS.fullmatch(rule)
    if not known or re.search(r"PH\s*[+-]\s*\d", rule) or not validate(rule):
        raise HoursError(
            f"opening hours {rule!r} cannot be read: write them as in "
            "'Mo-Fr 08:30-12:00,14:30-18:00; Sa 09:00-12:00; PH off'"
        )


@lru_cache(maxsize=65536)
def _spans(rule: str, day: date) -> tuple[Span, ...]:
    """
    Return the spans of a rule on a day, in local time, in order.

    On a public holiday `PH` in the rule stands for that day of the week. A make-up day has the
    hours of the Friday before it, not of its own weekend.
    """
    kind = get_day(day).kind
    asked = day
    if kind is DayKind.HOLIDAY:
        rule = re.sub(r"\bPH\b", WEEKDAYS[day.weekday()], rule)
    elif kind is DayKind.MAKE_UP:
        asked = day - (day.weekday() - FRIDAY) * DAY
    found = [*_evaluate(_until_midnight(rule), asked)]
    found += [(start + MIDNIGHT_MINUTES, end + MIDNIGHT_MINUTES)
              for start, end in _evaluate(_after_midnight(rule), asked)]  # fmt: skip
    midnight = datetime(day.year, day.month, day.day, tzinfo=LOCAL_TIME)
    return tuple(
        (midnight + timedelta(minutes=start), midnight + timedelta(minutes=end))
        for start, end in _joined(found)
    )


def _joined(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join what goes on at midnight, in minutes of the day."""
    cuts = {b for (_, a), (b, _) in pairwise(found) if a == b}
    starts = [start for start, _ in found if start not in cuts]
    ends = [end for _, end in found if end not in cuts]
    return [*zip(starts, ends, strict=True)]


def _evaluate(rule: str, day: date) -> Iterator[tuple[int, int]]:
    """Yield the open spans of one day in minutes, by a rule without anything past midnight."""
    begin = datetime(day.year, day.month, day.day)  # noqa: DTZ001  local, as the library wants
    for start, end, state, _ in OpeningHours(rule, auto_timezone=False).intervals(
        begin, begin + DAY
    ):
        if state == State.OPEN:
            yield _minutes(start - begin), _minutes((end or begin + DAY) - begin)


def _until_midnight(rule: str) -> str:
    """Cut the spans that go past midnight off there."""

    def cut(spans: re.Match[str]) -> str:
        return ",".join(
            f"{start}-24:00" if past else f"{start}-{end}"
            for start, end, past in _each(spans.group())
        )

    return _SPANS.sub(cut, rule)


def _after_midnight(rule: str) -> str:
    """Leave of each span only what is past midnight, as if it were on the day itself."""
    return ";".join(_rest(part) for part in rule.split(";"))


def _rest(rule: str) -> str:
    def rest(spans: re.Match[str]) -> str:
        left = [end for _, end, past in _each(spans.group()) if past and end != "00:00"]
        return ",".join(f"00:00-{end}" for end in left) or "off"

    changed, count = _SPANS.subn(rest, rule)
    whole_days = not count and rule.strip() and not _CLOSED.search(rule)
    return f"{rule} off" if whole_days else changed


def _each(spans: str) -> Iterator[tuple[str, str, bool]]:
    """Yield start, end and whether it goes past midnight; an end of 26:00 is 02:00 then."""
    for span in spans.split(","):
        start, end = (part.strip() for part in span.split("-"))
        begin, finish = _clock(start), _clock(end)
        past = finish <= begin or finish > MIDNIGHT_MINUTES
        finish %= MIDNIGHT_MINUTES
        yield start, (f"{finish // 60:02d}:{finish % 60:02d}" if past else end), past


def _clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _minutes(time: timedelta) -> int:
    return int(time.total_seconds()) // 60
