"""The sample city located by us and by PostGIS."""

import numpy as np
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.engine import Engine

from gis.exact import first_holding
from gis.locator import Locator
from tests.data.sample import layer
from tests.gis.test_cells import tempting_points

COUNT = 10_000


@pytest.mark.parametrize("folder", ["fenyang", "survey"])
def test_ten_thousand_points_go_where_postgis_puts_them(engine: Engine, folder: str) -> None:
    grids = layer("grids", folder).drop_duplicates("code").sort_values("code")
    grids = grids[grids.is_valid]
    shapes, codes = grids.geometry.to_numpy(), grids["code"].tolist()
    points = np.unique(tempting_points(shapes, 11, COUNT // 4), axis=0)[:COUNT]
    with engine.begin() as connection:
        connection.execute(text("create temp table g (row int, geom geometry) on commit drop"))
        connection.execute(
            text("insert into g values (:row, ST_GeomFromWKB(:wkb))"),
            [{"row": row, "wkb": shape.wkb} for row, shape in enumerate(shapes)],
        )
        connection.execute(text("create temp table p (id int, geom geometry) on commit drop"))
        connection.execute(
            text("insert into p select i - 1, ST_MakePoint(x, y)"
                 " from unnest(cast(:x as float8[]), cast(:y as float8[]))"
                 " with ordinality as given (x, y, i)"),
            {"x": points[:, 0].tolist(), "y": points[:, 1].tolist()},
        )  # fmt: skip
        found = connection.execute(
            text("select p.id, min(g.row) from p join g on ST_Covers(g.geom, p.geom) group by 1")
        ).all()
    theirs = np.full(len(points), -1)
    for point, row in found:
        theirs[point] = row
    ours = Locator(codes, list(shapes)).find_rows(points[:, 0], points[:, 1])
    tree = shapely.STRtree(shapes)
    for point in np.flatnonzero(ours != theirs):  # PostGIS rounds: rational numbers decide
        near = tree.query(shapely.Point(points[point]))
        assert first_holding(shapes, near, *points[point])[0] == ours[point]
    assert (ours != theirs).mean() < 0.02
    assert (ours < 0).any()
