"""Who is on duty for a grid."""

from datetime import timedelta

import pytest
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from layers.models import OfficerAbsence
from layers.officers import get_officer, get_on_duty, load_roster
from tests.cities import THEN, add_city, grid_code

NOON = THEN + timedelta(hours=12)
GRID = grid_code(0, 0)


def away(session: Session, officer: str, hours: int = 24) -> None:
    until = THEN + timedelta(hours=hours)
    session.add(
        OfficerAbsence(officer_code=officer, validity=Range(THEN, until, bounds="[)"))
    )  # fmt: skip
    session.flush()


def test_the_officer_of_the_grid_answers(session: Session) -> None:
    add_city(session)
    found = get_on_duty(session, GRID, NOON)
    assert found is not None
    assert (found.code, found.standing_in) == ("O1", False)


def test_while_the_officer_is_away_the_stand_in_answers(session: Session) -> None:
    add_city(session)
    away(session, "O1")
    found = get_on_duty(session, GRID, NOON)
    assert found is not None
    assert (found.code, found.standing_in) == ("O2", True)


def test_the_officer_answers_again_from_the_instant_the_absence_ends(session: Session) -> None:
    add_city(session)
    away(session, "O1", hours=12)
    found = get_on_duty(session, GRID, NOON)
    assert found is not None
    assert found.code == "O1"


def test_with_both_away_nobody_is_named(session: Session) -> None:
    add_city(session)
    away(session, "O1")
    away(session, "O2")
    assert get_on_duty(session, GRID, NOON) is None


@pytest.mark.parametrize("grid", [grid_code(2, 2), "999999999999999"])
def test_a_grid_without_a_duty_has_nobody(session: Session, grid: str) -> None:
    add_city(session)
    assert get_on_duty(session, grid, NOON) is None


def test_before_the_duty_begins_nobody_answers(session: Session) -> None:
    add_city(session)
    assert get_on_duty(session, GRID, THEN - timedelta(seconds=1)) is None


def test_the_roster_in_memory_says_what_the_database_says(session: Session) -> None:
    add_city(session)
    away(session, "O3")
    roster = load_roster(session)
    for column in range(3):
        for row in range(3):
            code = grid_code(column, row)
            assert roster.on_duty(code, NOON) == get_on_duty(session, code, NOON)


def test_an_unknown_officer_is_said(session: Session) -> None:
    with pytest.raises(LookupError, match="no officer 'O99'"):
        get_officer(session, "O99", standing_in=False)
