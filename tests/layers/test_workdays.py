"""What kind of day a date is in China."""

from datetime import date

import pytest

from layers.workdays import DayKind, get_day


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 1, 1), DayKind.HOLIDAY),
        (date(2026, 1, 3), DayKind.HOLIDAY),  # Saturday of the break of 1 to 3 January
        (date(2026, 1, 4), DayKind.MAKE_UP),  # Sunday, worked
        (date(2026, 2, 14), DayKind.MAKE_UP),  # Saturday, worked
        (date(2026, 2, 15), DayKind.HOLIDAY),  # the Spring Festival's nine days: 15 to 23
        (date(2026, 2, 23), DayKind.HOLIDAY),
        (date(2026, 2, 24), DayKind.ORDINARY),
        (date(2026, 10, 7), DayKind.HOLIDAY),
        (date(2026, 10, 8), DayKind.ORDINARY),
        (date(2026, 10, 10), DayKind.MAKE_UP),
        (date(2026, 10, 17), DayKind.ORDINARY),  # a plain Saturday
    ],
)
def test_2026_is_as_the_state_council_announced_it(day: date, kind: DayKind) -> None:
    assert get_day(day).kind is kind
    assert get_day(day).announced


def test_a_holiday_has_its_name_in_both_languages() -> None:
    assert get_day(date(2026, 10, 3)).holiday == ("国庆节", "National Day")
    assert get_day(date(2026, 2, 22)).holiday[1].startswith("Chinese New Year")  # type: ignore[index]


def test_a_year_without_a_notice_has_the_days_of_the_law_and_says_so() -> None:
    day = get_day(date(2060, 10, 1))
    assert (day.kind, day.announced) == (DayKind.HOLIDAY, False)
    assert get_day(date(2060, 10, 13)).kind is DayKind.ORDINARY
