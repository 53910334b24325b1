"""A draft put in force and an older version brought back: what is written with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from geoalchemy2.shape import to_shape
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

from gis.coverage import Severity
from gis.datum import Datum
from gis.edit import (
    Allow,
    CutBlock,
    MergeGrids,
    Operation,
    PaintBlocks,
    RenameGrid,
    SplitGrid,
    apply,
)
from gis.errors import JingweiError
from layers.atlas import Atlas
from layers.boundaries import VersionConflictError, get_version_in_force, load_city_map
from layers.checks import CheckFailedError
from layers.db import session_factory
from layers.drafts.desk import Desk
from layers.drafts.draft import decide, open_draft, perform
from layers.drafts.publishing import Published, Terms, list_lineage, publish_draft, roll_back
from layers.drafts.rebasing import rebase
from layers.drafts.views import check_plan
from layers.handovers import Handovers
from layers.incidents import Report, get_incident, list_events, report
from layers.models import Block, Grid, Handover, IncidentChoice, IssuedCode, OutboxMessage
from layers.officers import get_on_duty, load_roster
from tests.planned import add_planned_city, building_code, officer_code
from tests.plans import COMMUNITIES, at, grid_code, toy_plan

WEST_GRID, NORTH_GRID = grid_code(0, 0), grid_code(0, 2)
TO_NORTH = PaintBlocks(blocks=("K01",), grid=NORTH_GRID)
SPLIT = SplitGrid(grid=WEST_GRID, line=(at(1, -1), at(1, 3)), name="桥东")
TOLERANCES: dict[str, Any] = {"gap_tolerance_m": 10.0, "near_border_m": 30.0}


class Hall:
    """The city with somebody who plans and somebody who approves."""

    def __init__(self, session: Session) -> None:
        self.session, self.desk = session, Desk()
        self.first = add_planned_city(session)

    def approved(self, *operations: Operation) -> int:
        draft = open_draft(self.session, actor="planner", label="调整")
        for seen, operation in enumerate(operations):
            perform(self.session, self.desk, draft.id, operation, actor="planner", seen=seen)
        for step, actor in (("submit", "planner"), ("approve", "chief")):
            decide(self.session, self.desk, draft.id, step, actor=actor, seen=len(operations))
        return draft.id

    def publish(self, draft_id: int, seen: int, **terms: Any) -> Published:
        given = Terms(actor="chief", **TOLERANCES, **terms)
        return publish_draft(self.session, self.desk, draft_id, seen=seen, terms=given)

    def back(self, version_id: int) -> Published:
        terms = Terms(actor="chief", **TOLERANCES)
        return roll_back(
            self.session, self.desk, version_id, label="恢复", note="误改", terms=terms
        )


@pytest.fixture
def hall(session: Session) -> Hall:
    return Hall(session)


def test_a_published_plan_is_stored_as_it_was_drawn(hall: Hall) -> None:
    cut = CutBlock(block="K00", line=(at(-0.5, 0.25), at(1.5, 0.25)),
                   allow=frozenset({Allow.CUT_COMPOUND}))  # fmt: skip
    draft = hall.approved(TO_NORTH, cut)
    version = hall.publish(draft, 2).version
    again = Desk().base(hall.session, version.id)
    west = hall.session.get_one(Grid, (version.id, WEST_GRID))
    assert (west.residents, again.freehand) == (10 + 11 + 17, False)
    assert to_shape(west.geom).equals(again.plan.dissolved[WEST_GRID])
    assert again.plan.grid_of["K01"] == NORTH_GRID
    assert {block for block in again.plan.shapes if block.startswith("K00")} == {"K00.1", "K00.2"}
    assert len(again.plan.shapes) == 37
    city = load_city_map(hall.session, version, **TOLERANCES)
    assert city.locator.find(*at(0.5, 1.5)) == NORTH_GRID


def test_blocks_that_keep_their_shape_are_the_very_same_rows(hall: Hall) -> None:
    before = hall.session.scalar(sa.select(sa.func.count()).select_from(Block))
    hall.publish(hall.approved(TO_NORTH), 1)
    assert hall.session.scalar(sa.select(sa.func.count()).select_from(Block)) == before


def test_lineage_and_codes_follow_a_split_and_a_merge(hall: Hall) -> None:
    merge = MergeGrids(grids=(grid_code(0, 4),), into=NORTH_GRID)
    version = hall.publish(hall.approved(SPLIT, merge), 2).version
    new = f"{COMMUNITIES[0]}004"
    assert {(row.from_code, row.to_code, row.blocks) for row in
            list_lineage(hall.session, version.id)} == {
        (WEST_GRID, WEST_GRID, 2), (WEST_GRID, new, 2),
        (NORTH_GRID, NORTH_GRID, 4), (grid_code(0, 4), NORTH_GRID, 4),
    }  # fmt: skip
    retired = hall.session.scalars(
        sa.select(IssuedCode.code).where(IssuedCode.retired_at.is_not(None))
    ).all()
    assert retired == [grid_code(0, 4)]
    across = SplitGrid(grid=WEST_GRID, line=(at(-1, 1), at(3, 1)), name="桥南")
    following = hall.approved(across)
    version = hall.publish(following, 1).version
    assert hall.session.get(Grid, (version.id, f"{COMMUNITIES[0]}005")) is not None


def test_duties_end_and_begin_with_the_version(hall: Hall) -> None:
    new, day = f"{COMMUNITIES[0]}004", datetime.now(UTC) + timedelta(days=1)
    merge = MergeGrids(grids=(grid_code(0, 4),), into=NORTH_GRID)
    hall.publish(hall.approved(SPLIT, merge), 2, valid_from=day)

    def on_duty(grid: str, when: datetime) -> str | None:
        officer = get_on_duty(hall.session, grid, when)
        return officer.code if officer else None

    just_before = day - timedelta(seconds=1)
    assert on_duty(new, just_before) is None
    assert on_duty(new, day) == officer_code(WEST_GRID)  # nothing else was decided
    assert on_duty(grid_code(0, 4), just_before) == officer_code(grid_code(0, 4))
    assert on_duty(grid_code(0, 4), day) is None
    assert on_duty(WEST_GRID, day) == officer_code(WEST_GRID)


def test_officers_are_told_of_what_becomes_of_their_grid(hall: Hall) -> None:
    hall.publish(hall.approved(TO_NORTH, RenameGrid(grid=grid_code(4, 4), name="北门")), 2)
    told = {row.officer_code: row.content for row in hall.session.scalars(sa.select(OutboxMessage))}
    assert told.keys() == {officer_code(g) for g in (WEST_GRID, NORTH_GRID, grid_code(4, 4))}
    assert told[officer_code(WEST_GRID)]["gives_to"] == [NORTH_GRID]
    assert told[officer_code(NORTH_GRID)]["residents_after"] == 22 + 23 + 28 + 29 + 16
    assert told[officer_code(grid_code(4, 4))]["name"] == "北门"


def test_a_draft_whose_base_was_followed_is_not_published(hall: Hall) -> None:
    stale, fresh = hall.approved(TO_NORTH), hall.approved(RenameGrid(grid=WEST_GRID, name="x"))
    hall.publish(fresh, 1)
    with pytest.raises(VersionConflictError, match="bring the draft up to date"):
        hall.publish(stale, 1)


def test_what_would_forbid_a_publish_is_accepted_with_a_reason_or_forbids_it(hall: Hall) -> None:
    allow = frozenset({Allow.BROKEN})
    broken = PaintBlocks(blocks=("K00", "K11"), grid=NORTH_GRID, allow=allow)
    draft = hall.approved(broken)
    plan = hall.desk.base(hall.session, hall.first.id).plan
    checked = check_plan(hall.session, hall.first.id, apply(plan, broken).plan)
    keys = [f.key for f in checked.findings if f.severity is Severity.BLOCKING]
    attempt = hall.session.begin_nested()
    with pytest.raises(CheckFailedError, match="blocking"):
        hall.publish(draft, 1)
    attempt.rollback()
    assert hall.publish(draft, 1, accept=dict.fromkeys(keys, "两处同属一个单位")).version.label


def test_a_draft_is_done_again_on_the_version_that_followed_its_base(hall: Hall) -> None:
    stale = hall.approved(SPLIT, TO_NORTH, RenameGrid(grid=grid_code(0, 4), name="北门"))
    hall.publish(hall.approved(MergeGrids(grids=(grid_code(0, 4),), into=NORTH_GRID)), 1)
    again = rebase(hall.session, hall.desk, stale, actor="planner")
    assert again.taken == 2
    assert [left.error.ids for left in again.left_out] == [(grid_code(0, 4),)]
    plan = hall.desk.history(hall.session, again.draft).plan
    assert plan.grid_of["K01"] == NORTH_GRID
    assert plan.members[f"{COMMUNITIES[0]}004"] == {"K10", "K11"}
    assert again.draft.base_id != hall.first.id


def test_a_roll_back_brings_back_grids_codes_and_officers(hall: Hall) -> None:
    merge = MergeGrids(grids=(NORTH_GRID,), into=WEST_GRID)
    second = hall.publish(hall.approved(SPLIT, merge), 2).version
    back = hall.back(hall.first.id).version
    assert get_version_in_force(hall.session, datetime.now(UTC)).id == back.id != second.id
    restored = Desk().base(hall.session, back.id).plan
    assert restored.grid_of == toy_plan().grid_of
    assert load_roster(hall.session).on_duty(NORTH_GRID, datetime.now(UTC)) is not None
    assert get_on_duty(hall.session, f"{COMMUNITIES[0]}004", datetime.now(UTC)) is None
    with pytest.raises(JingweiError, match="is the latest"):
        hall.back(back.id)


class Reports:
    """Open incidents in a city whose commits stay."""

    def __init__(self, engine: Engine) -> None:
        self.sessions: sessionmaker[Session] = session_factory(engine)
        with self.sessions.begin() as session:
            self.hall = Hall(session)
        self.atlas = Atlas(engine, **TOLERANCES)
        self.atlas.refresh()

    def report(self, place: tuple[float, float], building: str | None = None) -> str:
        given = Report("other", "x", *place, Datum.CGCS2000, building_code=building)
        with self.sessions.begin() as session:
            return report(session, self.atlas, given)[0].number

    def publish(self, **terms: Any) -> Published:
        with self.sessions.begin() as session:
            self.hall.session = session
            back = self.hall.approved(TO_NORTH)
            return self.hall.publish(back, 1, **terms)

    def grid(self, number: str) -> str | None:
        with self.sessions() as session:
            return get_incident(session, number).grid_code


def test_open_incidents_go_to_their_new_grid_unless_kept(engine: Engine) -> None:
    city = Reports(engine)
    moved, kept, by_building, elsewhere = (
        city.report(at(0.25, 1.25)), city.report(at(0.25, 1.75)),
        city.report(at(5.5, 5.5), building_code("K01")), city.report(at(0.5, 0.25)),
    )  # fmt: skip
    published = city.publish(keep=(kept,))
    assert published.moved == 2
    assert city.grid(moved) == city.grid(by_building) == NORTH_GRID
    assert city.grid(kept) == city.grid(elsewhere) == WEST_GRID
    with city.sessions() as session:
        events = [event.kind for event in list_events(session, get_incident(session, moved))]
        assert events == ["report", "reassign"]
        assert len(list_events(session, get_incident(session, kept))) == 1
        told = session.scalars(
            sa.select(OutboxMessage).where(OutboxMessage.kind == "incidents_moved")
        ).all()
        assert {row.officer_code: len(row.content["given"]) for row in told} == {
            officer_code(WEST_GRID): 0, officer_code(NORTH_GRID): 2
        }  # fmt: skip
    # back again for later: nothing moves before its time
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with city.sessions.begin() as session:
        city.hall.session = session
        terms = Terms(actor="chief", valid_from=tomorrow, **TOLERANCES)
        first = city.hall.first.id
        done = roll_back(session, city.hall.desk, first, label="恢复", note="x", terms=terms)
        assert done.moved is None
    handovers = Handovers(city.sessions, **TOLERANCES)
    assert handovers.run_due() == 0
    assert city.grid(moved) == NORTH_GRID
    assert handovers.run_due(tomorrow) == 1
    assert city.grid(moved) == city.grid(kept) == WEST_GRID
    assert handovers.run_due(tomorrow) == 0
    with city.sessions() as session:
        last = session.scalars(sa.select(Handover).order_by(Handover.version_id.desc())).first()
        assert last is not None
        assert (last.choice, last.moved) == (IncidentChoice.MOVE, 2)
