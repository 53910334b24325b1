"""Incidents against another version of the boundaries."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

from gis.datum import Datum
from layers.atlas import Atlas
from layers.boundaries import CityMap, load_city_map, publish
from layers.cases.case import Act, take_step
from layers.db import create_engine, session_factory
from layers.incidents import Report, get_incident, list_events, report
from layers.models import BoundaryVersion, IncidentState
from layers.reassign import Move, list_moves, move_open
from layers.settings import Settings
from tests.cities import add_city, add_draft, community_code, grid_code, middle

MIDDLE, NORTH = grid_code(0, 1), grid_code(0, 2)
BUILDING = f"{community_code(0)}-C001-B01"


class Old:
    """A city with incidents, and a second version in which two grids swapped their squares."""

    def __init__(self, engine: Engine) -> None:
        self.sessions: sessionmaker[Session] = session_factory(engine)
        with self.sessions.begin() as session:
            first = add_city(session)
        self.atlas = Atlas(engine, gap_tolerance_m=10, near_border_m=30)
        self.atlas.refresh()
        self.first = first

    def report(self, column: int, row: int, building: str | None = None) -> str:
        given = Report("other", "x", *middle(column, row), Datum.CGCS2000, building_code=building)
        with self.sessions.begin() as session:
            return report(session, self.atlas, given)[0].number

    def step(self, number: str, *kinds: str, grid: str | None = None) -> None:
        with self.sessions.begin() as session:
            for kind in kinds:
                take_step(session, number, Act(kind, "x", note="x", grid_code=grid))

    def swapped(self) -> CityMap:
        with self.sessions.begin() as session:
            draft_id = add_draft(session, base_id=self.first.id, label="swapped")
            session.execute(
                sa.text(
                    "update grids g set geom = o.geom from grids o where g.version_id = :v and"
                    " o.version_id = :v and (g.code, o.code) in ((:a, :b), (:b, :a))"
                ),
                {"v": draft_id, "a": MIDDLE, "b": NORTH},
            )
            draft = session.get_one(BoundaryVersion, draft_id)
            version = publish(session, draft, datetime.now(UTC) + timedelta(days=1))
            return load_city_map(session, version, gap_tolerance_m=10, near_border_m=30)

    def move(self, city: CityMap) -> int:
        return move_open(self.sessions, city, self.atlas.roster, actor="test")


@pytest.fixture
def old(make_database: Callable[[], str], settings: Settings) -> Iterator[Old]:
    engine = create_engine(make_database(), settings)
    yield Old(engine)
    engine.dispose()


def test_the_report_names_just_those_that_change_hands_and_writes_nothing(old: Old) -> None:
    stays, goes = old.report(0, 0), old.report(0, 1)
    moves = list(list_moves(old.sessions, old.swapped()))
    assert moves == [Move(goes, IncidentState.DISPATCHED, MIDDLE, NORTH)]
    with old.sessions() as session:
        assert get_incident(session, goes).grid_code == MIDDLE
        assert get_incident(session, stays).version_id == old.first.id


def test_moving_gives_each_open_incident_to_its_new_grid_with_one_event(old: Old) -> None:
    goes, stays = old.report(0, 1), old.report(2, 2)
    city = old.swapped()
    assert old.move(city) == 1
    with old.sessions() as session:
        moved, kept = get_incident(session, goes), get_incident(session, stays)
        assert (moved.grid_code, moved.version_id) == (NORTH, city.version.id)
        assert [event.kind for event in list_events(session, moved)] == ["report", "reassign"]
        assert [event.kind for event in list_events(session, kept)] == ["report"]


def test_moving_again_changes_nothing(old: Old) -> None:
    old.report(0, 1)
    city = old.swapped()
    old.move(city)
    assert old.move(city) == 0
    assert list(list_moves(old.sessions, city)) == []


def test_a_run_that_stopped_half_way_is_finished_by_the_next(
    old: Old, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        old.report(0, 1)
    city = old.swapped()
    monkeypatch.setattr("layers.reassign.BATCH", 2)

    def stop(done: int, _total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move_open(old.sessions, city, old.atlas.roster, actor="test", progress=stop)
    assert len(list(list_moves(old.sessions, city))) == 1
    assert old.move(city) == 1


def test_a_closed_incident_keeps_the_version_that_served_it(old: Old) -> None:
    number = old.report(0, 1)
    old.step(number, "accept", "handle", "close")
    city = old.swapped()
    assert old.move(city) == 0
    assert [move.number for move in list_moves(old.sessions, city, closed_too=True)] == [number]
    with old.sessions() as session:
        assert get_incident(session, number).version_id == old.first.id


def test_what_was_assigned_by_hand_stays_with_its_grid(old: Old) -> None:
    number = old.report(0, 1)
    old.step(number, "assign", grid=grid_code(2, 0))
    city = old.swapped()
    assert old.move(city) == 0
    with old.sessions() as session:
        assert get_incident(session, number).version_id == city.version.id


def test_a_named_building_still_wins(old: Old) -> None:
    number = old.report(0, 1, building=BUILDING)
    city = old.swapped()
    assert old.move(city) == 0
    with old.sessions() as session:
        assert get_incident(session, number).how == "building"
