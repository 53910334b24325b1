"""Centres as they are stored: sorted, with services, hours and their exceptions."""

from datetime import date

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from layers.centres import add_exception, list_centres
from layers.models import ServiceCentre
from layers.opening import Closure, HoursError
from tests.cities import add_city
from tests.layers.test_opening import at

FIRST, LAST = date(2026, 9, 28), date(2026, 9, 30)


@pytest.fixture
def stored(session: Session) -> Session:
    add_city(session)
    return session


def test_a_centre_is_read_with_its_region_and_exceptions(stored: Session) -> None:
    add_exception(stored, "SC1", Closure(FIRST, LAST, None, "装修", "Works"))
    (centre,) = list_centres(stored)
    assert (centre.code, centre.region.name) == ("SC1", "文峰片区")
    assert centre.is_open(at("2026-09-27 23:59"))
    assert not centre.is_open(at("2026-09-30 23:59"))
    assert centre.is_open(at("2026-10-01 00:00"))


def test_two_exceptions_of_one_day_are_refused(stored: Session) -> None:
    add_exception(stored, "SC1", Closure(FIRST, LAST, None, "装修", "Works"))
    with pytest.raises(IntegrityError, match="one_a_day"):
        add_exception(stored, "SC1", Closure(LAST, LAST, "24/7", "值班", "On duty"))


@pytest.mark.parametrize(
    ("closure", "words"),
    [
        (Closure(FIRST, LAST, "soon", "x", "x"), "cannot be read"),
        (Closure(LAST, FIRST, None, "x", "x"), "before 2026-09-30"),
    ],
)
def test_an_exception_that_makes_no_sense_is_refused(
    stored: Session, closure: Closure, words: str
) -> None:
    with pytest.raises(HoursError, match=words):
        add_exception(stored, "SC1", closure)


def test_hours_that_cannot_be_read_leave_the_centre_standing_without_them(
    stored: Session, caplog: pytest.LogCaptureFixture
) -> None:
    stored.execute(update(ServiceCentre).values(opening_hours="by appointment"))
    (centre,) = list_centres(stored)
    assert centre.at(at("2026-09-28 09:00")) is None
    assert not centre.is_open(at("2026-09-28 09:00"))
    assert "SC1" in caplog.text
