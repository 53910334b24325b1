"""Plans in memory: never behind the database, never ahead of it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gis.edit import CutBlock, EditError, PaintBlocks, RenameGrid
from gis.errors import JingweiError
from layers.drafts.desk import Desk
from layers.drafts.draft import get_draft, open_draft, perform
from layers.models import Draft, DraftOperation
from tests.planned import add_planned_city
from tests.plans import at, grid_code, toy_plan

WEST_GRID, NORTH_GRID = grid_code(0, 0), grid_code(0, 2)
TO_NORTH = PaintBlocks(blocks=("K01",), grid=NORTH_GRID)


@pytest.fixture
def draft(session: Session) -> Draft:
    add_planned_city(session)
    return open_draft(session, actor="planner", label="调整")


def test_the_stored_city_is_the_plan_it_was_made_from(session: Session, draft: Draft) -> None:
    base = Desk().base(session, draft.base_id)
    assert base.plan.grid_of == toy_plan().grid_of
    assert not base.freehand
    assert {code: f.people for code, f in base.plan.figures.items()} == {
        code: f.people for code, f in toy_plan().figures.items()
    }
    assert base.plan.shapes["K11"].buildings


def test_what_was_rolled_back_is_forgotten(session: Session, draft: Draft) -> None:
    desk = Desk()
    attempt = session.begin_nested()
    perform(session, desk, draft.id, TO_NORTH, actor="a", seen=0)
    attempt.rollback()
    session.refresh(draft)
    assert desk.history(session, draft).version == 0
    rename = RenameGrid(grid=WEST_GRID, name="桥头")
    after = perform(session, desk, draft.id, rename, actor="a", seen=0)
    assert after.plan.grid_of["K01"] == WEST_GRID
    assert Desk().history(session, get_draft(session, draft.id)).plan.hash == after.plan.hash


def test_a_desk_that_is_behind_catches_up(session: Session, draft: Draft) -> None:
    one, other = Desk(), Desk()
    one.history(session, draft)
    cut = CutBlock(block="K11", line=(at(0.75, 1.25), at(2.25, 1.25)))
    perform(session, other, draft.id, cut, actor="b", seen=0)
    perform(session, other, draft.id, TO_NORTH, actor="b", seen=1)
    after = perform(session, one, draft.id, RenameGrid(grid=WEST_GRID, name="x"), actor="a", seen=2)
    assert after.plan.shapes["K11.1"].people == (0, 0, 0)
    assert after.plan.grid_of["K01"] == NORTH_GRID


def test_a_base_changed_behind_the_service_is_told(session: Session, draft: Draft) -> None:
    perform(session, Desk(), draft.id, TO_NORTH, actor="a", seen=0)
    draft.hash = "0" * 64
    session.flush()
    with pytest.raises(JingweiError, match="do not lead to its plan"):
        Desk().history(session, draft)


def test_an_operation_stays_as_it_was_stored(session: Session, draft: Draft) -> None:
    perform(session, Desk(), draft.id, TO_NORTH, actor="a", seen=0)
    for statement in (sa.update(DraftOperation).values(actor="b"), sa.delete(DraftOperation)):
        attempt = session.begin_nested()
        with pytest.raises(sa.exc.IntegrityError, match="only ever added"):
            session.execute(statement)
        attempt.rollback()


def test_a_refused_operation_leaves_the_draft_as_it_was(session: Session, draft: Draft) -> None:
    desk = Desk()
    with pytest.raises(EditError, match="1 to 100"):
        perform(session, desk, draft.id, RenameGrid(grid=WEST_GRID, name=""), actor="a", seen=0)
    assert get_draft(session, draft.id).version == 0
