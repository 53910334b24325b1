"""Holidays and make-up days of China: what kind of day a date is, and how surely that is known."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

import holidays

SATURDAY = 5
DAY = timedelta(days=1)


class DayKind(StrEnum):
    """An ordinary day of the week, a day of a public holiday, or a weekend that is worked."""

    ORDINARY = "ordinary"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"


@dataclass(frozen=True, slots=True)
class Day:
    """
    What a date is.

    `holiday` names the holiday in Chinese and English. `announced` is false in a year whose
    arrangement the State Council has not published yet: then the days are those of the law
    alone, and days may still be moved.
    """

    kind: DayKind
    announced: bool
    holiday: tuple[str, str] | None = None


@lru_cache(maxsize=4096)
def get_day(day: date) -> Day:
    """
    Say what kind of day a date is in the official calendar.

    The weekend that touches a public holiday belongs to it: that is how each year's notice counts
    (1 to 3 January, 1 to 7 October).

    References
    ----------
    全国年节及纪念日放假办法 and the State Council's yearly notice, as kept by the package
    `holidays`. For every year from 2014 to 2026 its holidays and make-up days are those of the
    package `chinesecalendar`, apart from weekends beside a holiday of one day.
    """
    zh, en = _calendars(day.year)
    announced = any(moved.year == day.year for moved in zh.weekend_workdays)
    if day in zh.weekend_workdays:
        return Day(DayKind.MAKE_UP, announced)
    named = _holiday_of(day, zh)
    if named is None:
        return Day(DayKind.ORDINARY, announced)
    return Day(DayKind.HOLIDAY, announced, (_plain(zh[named]), _plain(en[named])))


@lru_cache(maxsize=32)
def _calendars(year: int) -> tuple[holidays.HolidayBase, holidays.HolidayBase]:
    years = (year - 1, year, year + 1)  # a break may lie across the new year
    return (
        holidays.country_holidays("CN", years=years, language="zh_CN"),
        holidays.country_holidays("CN", years=years, language="en_US"),
    )


def _holiday_of(day: date, calendar: holidays.HolidayBase) -> date | None:
    """Return the date that names the break a day is in; a moved day has no name of its own."""
    found = []
    for step in (-DAY, DAY):
        near = day
        while _is_off(near, calendar):
            if near in calendar:
                found.append(near)
            near += step
    return min(found, key=lambda near: (_is_moved(calendar[near]), abs(near - day)), default=None)


def _is_moved(name: str) -> bool:
    return any(letter.isdigit() for letter in name)  # it names the date it was exchanged for


def _is_off(day: date, calendar: holidays.HolidayBase) -> bool:
    weekend = day.weekday() >= SATURDAY and day not in calendar.weekend_workdays
    return weekend or day in calendar


def _plain(name: str) -> str:
    """Leave out of a name how the day was moved."""
    return re.split(r" ?[(（]", name, maxsplit=1)[0]
