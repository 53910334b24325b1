"""Rows of a file on their way into the database: taken, changed, refused, and never half-stored."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from gis.coverage import Kind
from layers.boundaries import get_version_in_force
from layers.checks import CheckFailedError
from layers.files.columns import FORMS
from layers.files.importing import About, ImportRefusedError, store_grids, store_places
from layers.files.preparing import Prepared, prepare
from layers.files.reading import Delivered
from layers.files.source_crs import Source
from layers.models import BoundaryVersion, Compound, Grid, VersionBlock, VersionState
from tests.cities import SUBDISTRICT, add_city, community_code, grid_code
from tests.worlds import square

ABOUT = About(author="test", label="imported")
LONLAT = Source("EPSG:4490")
Row = tuple[str, str | None, BaseGeometry | None]


def prepared(
    layer: str,
    rows: Sequence[Row],
    more: dict[str, list[str]] | None = None,
    *,
    split: bool = False,
) -> Prepared:
    shapes = np.array([*(shape for _, _, shape in rows), None], dtype=object)[:-1]
    named = {
        "code": [code for code, _, _ in rows],
        "name": [name for _, name, _ in rows],
        **(more or {}),
    }
    table = pd.DataFrame(named, dtype=object)
    delivered = Delivered(Path("file.gpkg"), table, shapes, "EPSG:4490")
    return prepare(delivered, FORMS[layer], LONLAT, {name: name for name in named}, split=split)


def toy_grids() -> list[Row]:
    """Give the nine squares of the toy city under new names."""
    return [
        (grid_code(column, row), f"网格{column}{row}", square(column, row))
        for column in range(3)
        for row in range(3)
    ]


def test_faultless_grids_become_the_version_in_force(session: Session) -> None:
    base = add_city(session)
    since = datetime(2026, 6, 1, tzinfo=UTC)
    version = store_grids(session, prepared("grids", toy_grids()), ABOUT, publish_from=since)
    assert get_version_in_force(session, since).id == version.id
    assert get_version_in_force(session, since - timedelta(seconds=1)).id == base.id
    plan = select(func.count()).where(VersionBlock.version_id == version.id)
    assert session.scalar(plan) == session.scalar(select(func.count()).select_from(text("blocks")))


def test_people_are_counted_from_the_buildings_where_the_file_has_no_counts(
    session: Session,
) -> None:
    base = add_city(session)
    version = store_grids(session, prepared("grids", toy_grids()), ABOUT)

    def people(version_id: int) -> Any:
        query = select(Grid.code, Grid.residents).where(Grid.version_id == version_id)
        return {row.code: row.residents for row in session.execute(query)}

    counted = people(version.id)
    in_buildings = session.scalar(text("select sum(residents) from buildings"))
    assert sum(counted.values()) == in_buildings
    assert set(counted) == set(people(base.id))


def test_grids_with_faults_become_a_draft_and_are_not_published(session: Session) -> None:
    add_city(session)
    rows = toy_grids()
    rows[4] = (rows[4][0], rows[4][1], square(1, 1, 1, 0.9))  # a gap in the middle
    faulty = prepared("grids", rows)
    assert {fault.kind for fault in faulty.faults} == {Kind.GAP}
    version = store_grids(session, faulty, ABOUT)
    assert version.state is VersionState.DRAFT
    with pytest.raises(CheckFailedError, match="blocking faults: Nobody's ground"):
        store_grids(session, faulty, ABOUT, publish_from=datetime(2026, 6, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("141182001001009", "无", None), "it has no shape"),
        (("141182001001009", "无", Polygon()), "it has no shape"),
        (("141182001001009", "线", LineString([(111.7, 37.2), (111.8, 37.2)])), "not a polygon"),
        (
            (
                "141182001001009",
                "结",
                Polygon([(111.7, 37.2), (111.8, 37.3), (111.8, 37.2), (111.7, 37.3)]),
            ),
            "its outline is not valid: Self-intersection",
        ),
        (("141182001001000", "零", square(5, 5)), "serial of 3, from 001"),
        (("1.41182001001E+14", "表", square(5, 5)), "shortened by a spreadsheet"),
        (("141182001001001", "重", square(5, 5)), "is already in row"),
        ((grid_code(0, 0), "", square(5, 5)), "name is empty"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named_and_the_others_are_taken(row: Row, why: str) -> None:
    rows = [*toy_grids(), (row[0], row[1] or None, row[2])]
    found = prepared("grids", rows)
    assert [(refused.row, why in refused.why) for refused in found.refused] == [(10, True)]
    assert len(found.rows) == 9


def test_heights_are_dropped_and_said() -> None:
    high = shapely.force_3d(square(0, 0), 750.0)
    found = prepared("grids", [(grid_code(0, 0), "高", high)])
    assert not found.shapes[0].has_z
    assert found.changed == ["heights (Z) dropped from 1 shapes"]


def test_parts_stay_together_or_become_grids_of_the_next_serials() -> None:
    parts: BaseGeometry = MultiPolygon([square(0, 0), square(0, 2, 0.5, 0.5)])
    rows: list[Row] = [(grid_code(0, 0), "甲", parts), (grid_code(0, 1), "乙", square(0, 1))]
    assert prepared("grids", rows).shapes[0].equals(parts)
    found = prepared("grids", rows, split=True)
    assert [row["code"][-3:] for row in found.rows] == ["003", "002", "004"]
    assert found.shapes[0].equals(square(0, 0))
    assert found.changed == [f"a part of {grid_code(0, 0)} became grid {community_code(0)}004"]


def test_a_grid_of_no_community_is_left_out_and_said(session: Session) -> None:
    add_city(session)
    stray = prepared("grids", [*toy_grids(), ("141182001077001", "孤", square(9, 9))])
    version = store_grids(session, stray, ABOUT)
    assert stray.refused[-1].why == "there is no community 141182001077"
    count = select(func.count()).where(Grid.version_id == version.id)
    assert session.scalar(count) == 9


def test_a_first_version_needs_its_subdistricts_and_communities(session: Session) -> None:
    with pytest.raises(ImportRefusedError, match="--subdistricts and --communities"):
        store_grids(session, prepared("grids", toy_grids()), ABOUT)
    parents = (
        prepared("subdistricts", [(SUBDISTRICT, "文峰街道", square(0, 0, 3, 3))]),
        prepared(
            "communities",
            [(community_code(c), f"社区{c}", square(c, 0, 1, 3)) for c in range(3)],
        ),
    )
    since = datetime(2026, 1, 1, tzinfo=UTC)
    version = store_grids(
        session, prepared("grids", toy_grids()), ABOUT, parents=parents, publish_from=since
    )
    assert get_version_in_force(session, since).city_code == "141182"
    assert session.get_one(BoundaryVersion, version.id).planar_srid == 4546


def test_a_place_of_a_known_code_is_replaced_and_a_new_one_added(session: Session) -> None:
    add_city(session)
    code = session.scalars(select(Compound.code).order_by(Compound.code)).first() or ""
    before = session.scalar(select(func.count()).select_from(Compound))
    rows: list[Row] = [
        (code, "新名小区", square(0, 0)),
        (f"{community_code(2)}-C777", "新小区", square(2, 2)),
    ]
    assert store_places(session, prepared("compounds", rows)) == 2
    session.expire_all()
    assert session.get_one(Compound, code).name == "新名小区"
    assert session.scalar(select(func.count()).select_from(Compound)) == (before or 0) + 1


def test_a_value_of_the_wrong_kind_is_refused_with_its_row() -> None:
    rows: list[Row] = [(grid_code(0, 0), "甲", square(0, 0)), (grid_code(0, 1), "乙", square(0, 1))]
    found = prepared("grids", rows, {"residents": ["1200", "约八百"]})
    assert [(one.row, one.why) for one in found.refused] == [
        (2, "residents '约八百' is not a whole number")
    ]
    found = prepared("grids", rows, {"kind": ["unit", "圆"]})
    assert "kind '圆' is none of residential, dedicated, unit" in found.refused[0].why


def test_a_nan_coordinate_is_refused_with_its_row() -> None:
    with np.errstate(invalid="ignore"):
        lost = Polygon([(111.7, 37.2), (float("nan"), 37.3), (111.8, 37.2)])
    found = prepared("grids", [(grid_code(0, 0), "甲", lost)])
    assert [(one.row, one.why) for one in found.refused] == [(1, "a coordinate is not a number")]


def test_a_point_is_no_street() -> None:
    found = prepared("streets", [("S1", "路", Point(111.7, 37.2))], {"class": ["lane"]})
    assert "not a line" in found.refused[0].why
