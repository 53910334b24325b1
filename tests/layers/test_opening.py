"""When a place is open, across midnight, holidays, make-up days and exceptions."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.opening import LOCAL_TIME, Closure, Hours, HoursError, check_hours

DESK = "Mo-Fr 08:30-12:00,14:30-18:00; Sa 09:00-12:00; PH off"
NIGHT = "Mo-Su 18:00-02:00; PH off"


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=LOCAL_TIME)


@pytest.mark.parametrize(
    ("rule", "moment", "is_open", "until"),
    [
        (DESK, "2026-09-30 17:59", True, "2026-09-30 18:00"),
        (DESK, "2026-09-30 18:00", False, "2026-10-08 08:30"),  # over National Day
        (DESK, "2026-09-29 13:00", False, "2026-09-29 14:30"),
        (DESK, "2026-10-03 10:00", False, "2026-10-08 08:30"),  # a Saturday inside the break
        (DESK, "2026-10-17 10:00", True, "2026-10-17 12:00"),  # a plain Saturday
        (DESK, "2026-10-10 15:00", True, "2026-10-10 18:00"),  # a Saturday that is worked
        (DESK, "2026-01-04 09:00", True, "2026-01-04 12:00"),  # a Sunday that is worked
        (DESK, "2026-10-11 09:00", False, "2026-10-12 08:30"),
        (NIGHT, "2026-10-08 23:59", True, "2026-10-09 02:00"),
        (NIGHT, "2026-10-09 00:00", True, "2026-10-09 02:00"),
        (NIGHT, "2026-10-09 02:00", False, "2026-10-09 18:00"),
        (NIGHT, "2026-10-01 01:30", True, "2026-10-01 02:00"),  # the night of 30 September
        (NIGHT, "2026-10-02 01:30", False, "2026-10-08 18:00"),  # of the holiday: closed
        ("Mo-Fr 22:00-06:00", "2026-10-17 05:00", True, "2026-10-17 06:00"),  # Friday's night
        ("Mo-Fr 22:00-06:00", "2026-10-18 05:00", False, "2026-10-19 22:00"),
        ("Mo-Su 20:00-26:00", "2026-10-17 01:59", True, "2026-10-17 02:00"),
        ("Mo-Su 08:00-21:00", "2026-10-01 20:00", True, "2026-10-01 21:00"),
        ("Mo-Fr,PH 10:00-12:00", "2026-10-03 11:00", True, "2026-10-03 12:00"),
        ("Tu-Su 09:00-17:00; Mo off", "2026-10-12 09:00", False, "2026-10-13 09:00"),
        ("24/7", "2026-10-01 03:00", True, None),
        ("Mo-Su 00:00-24:00", "2026-10-01 03:00", True, None),
        ("off", "2026-10-01 03:00", False, None),
    ],
)
def test_open_now_and_until_when(
    rule: str, moment: str, *, is_open: bool, until: str | None
) -> None:
    hours = Hours(rule)
    now = hours.at(at(moment))
    assert (now.open, now.until) == (is_open, at(until) if until else None)
    assert hours.is_open(at(moment)) == is_open


def test_an_exception_of_today_closes_or_changes_the_hours() -> None:
    today = date(2026, 9, 29)
    closed = Closure(today, today, None, "停电检修", "Power cut")
    shorter = Closure(today, today, "09:00-10:00", "会议", "Meeting")
    now = Hours(DESK, {today: closed}).at(at("2026-09-29 09:30"))
    assert (now.open, now.until) == (False, at("2026-09-30 08:30"))
    assert now.exception == closed
    now = Hours(DESK, {today: shorter}).at(at("2026-09-29 09:30"))
    assert (now.open, now.until) == (True, at("2026-09-29 10:00"))


def test_an_exception_may_open_on_a_holiday_and_go_past_midnight() -> None:
    first = date(2026, 10, 1)
    duty = Closure(first, first, "20:00-06:00", "值班", "On duty")
    hours = Hours(DESK, {first: duty})
    assert hours.is_open(at("2026-10-02 05:59"))
    assert not hours.is_open(at("2026-10-02 06:00"))


def test_an_exception_of_today_does_not_cut_last_night_short() -> None:
    today = date(2026, 9, 29)
    hours = Hours(NIGHT, {today: Closure(today, today, None, "检修", "Repairs")})
    assert hours.is_open(at("2026-09-29 01:00"))
    assert not hours.is_open(at("2026-09-29 19:00"))
    assert not hours.is_open(at("2026-09-30 01:00"))


def test_the_moment_may_be_given_in_any_zone() -> None:
    assert Hours(DESK).is_open(datetime(2026, 9, 29, 1, 0, tzinfo=UTC))  # 09:00 in China


@pytest.mark.parametrize(
    "rule",
    ["nonsense", "Mo-Fr 25:99", "sunrise-sunset", "PH +1 day off", '24/7 "ask"', "24/7 || off", ""],
)
def test_hours_that_cannot_be_read_are_refused(rule: str) -> None:
    with pytest.raises(HoursError, match="write them as in"):
        check_hours(rule)


clock = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02d}:{quarter % 4 * 15:02d}")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1))  # noqa: DTZ001  zone below


@given(start=clock, end=clock, moment=moments)
def test_what_ends_at_until_was_open_all_the_time_before(
    start: str, end: str, moment: datetime
) -> None:
    hours = Hours(f"Mo-Sa {start}-{end}; PH off")
    moment = moment.replace(tzinfo=LOCAL_TIME)
    now = hours.at(moment)
    assert now.open == hours.is_open(moment)
    if now.until is not None:
        assert hours.is_open(now.until) is not now.open
        middle = moment + (now.until - moment) / 2
        assert hours.is_open(middle) == now.open
