"""Time limits across weekends, holidays and make-up days."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.cases.clock import Limit, Unit, add, between, get_due, is_worked

LOCAL = ZoneInfo("Asia/Shanghai")


def at(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        # Friday 9 October 2026, 16:00: the Saturday after National Day is a make-up day.
        (at(10, 9, 16), Limit(4, Unit.WORKING_HOUR), at(10, 10, 10)),
        (at(10, 9, 16), Limit(1, Unit.WORKING_DAY), at(10, 10, 16)),
        # Wednesday 30 September, 17:00: the 1st to the 7th of October are off.
        (at(9, 30, 17), Limit(4, Unit.WORKING_HOUR), at(10, 8, 11)),
        (at(9, 30, 17), Limit(2, Unit.WORKING_DAY), at(10, 9, 17)),
        (at(10, 3, 12), Limit(2, Unit.URGENT_HOUR), at(10, 3, 14)),
        (at(9, 30, 17), Limit(30, Unit.NATURAL_DAY), at(10, 30, 17)),
        # A plain Friday, its Saturday off; and at noon work rests.
        (at(10, 16, 16), Limit(4, Unit.WORKING_HOUR), at(10, 19, 10)),
        (at(10, 16, 11), Limit(2, Unit.WORKING_HOUR), at(10, 16, 15, 30)),
        # What is used up at a closing is due then, not the next morning.
        (at(10, 15, 16), Limit(2, Unit.WORKING_HOUR), at(10, 15, 18)),
        # Reported at night: time begins to run in the morning.
        (at(10, 14, 22), Limit(1, Unit.WORKING_HOUR), at(10, 15, 9)),
    ],
)
def test_a_limit_is_due_when_its_time_has_run(start: datetime, limit: Limit, due: datetime) -> None:
    assert get_due(start, limit) == due


def test_a_make_up_saturday_is_worked_and_national_day_is_not() -> None:
    assert is_worked(date(2026, 10, 10))
    assert not is_worked(date(2026, 10, 17))
    assert not [day for day in range(1, 8) if is_worked(date(2026, 10, day))]


moments = st.datetimes(
    datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)  # noqa: DTZ001
)  # fmt: skip


@given(start=moments, minutes=st.integers(1, 6_000), unit=st.sampled_from(Unit))
def test_what_is_added_is_what_lies_between(start: datetime, minutes: int, unit: Unit) -> None:
    amount = timedelta(minutes=minutes)
    assert between(start, add(start, amount, unit), unit) == amount


@given(start=moments, first=st.integers(0, 3_000), second=st.integers(0, 3_000))
def test_time_added_in_two_parts_is_time_added_at_once(
    start: datetime, first: int, second: int
) -> None:
    one, two = timedelta(minutes=first), timedelta(minutes=second)
    parts = add(add(start, one, Unit.WORKING_HOUR), two, Unit.WORKING_HOUR)
    assert parts == add(start, one + two, Unit.WORKING_HOUR)


@given(start=moments, earlier=st.integers(0, 3_000), more=st.integers(0, 3_000))
def test_nothing_is_due_before_less_is_due(start: datetime, earlier: int, more: int) -> None:
    less = get_due(start, Limit(earlier, Unit.WORKING_HOUR))
    assert get_due(start, Limit(earlier + more, Unit.WORKING_HOUR)) >= less
