"""Gaps and overlaps of the delivered survey, by us and by PostGIS."""

import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gis.coverage import Kind, find_defects
from gis.partition import Partition, geometries
from tests.data.sample import layer

GAPS = {Kind.GAP, Kind.SLIVER_GAP, Kind.INLET, Kind.PARENT_UNCOVERED}
OVERLAPS = {Kind.OVERLAP, Kind.SLIVER_OVERLAP}
MANY_M2 = 0.01  # what is smaller is rounding to nine decimals of a degree, to one or the other

QUERIES = {
    "gaps": """
        select ST_AsBinary((ST_Dump(ST_Difference(ST_GeomFromWKB(f.wkb), u.geom))).geom)
        from frame f, (select ST_Union(ST_GeomFromWKB(wkb)) as geom from g) u""",
    "overlaps": """
        with h as (select row, ST_GeomFromWKB(wkb) as geom from g)
        select ST_AsBinary((ST_Dump(ST_CollectionExtract(ST_Intersection(a.geom, b.geom), 3))).geom)
        from h a join h b on a.row < b.row and ST_Relate(a.geom, b.geom, '2********')""",
}


@pytest.mark.parametrize(("asked", "kinds"), [("gaps", GAPS), ("overlaps", OVERLAPS)])
def test_postgis_finds_the_same_ground(engine: Engine, asked: str, kinds: set[Kind]) -> None:
    grids = layer("grids", "survey")
    grids = grids[grids.is_valid].drop_duplicates("geometry").to_crs("EPSG:4546")
    frame = layer("frame", "survey").to_crs("EPSG:4546").geometry.iloc[0]
    shapes = geometries(grids.geometry)
    with engine.begin() as connection:
        for table, rows in (("g", shapes), ("frame", [frame])):
            columns = sa.table(table, sa.column("row"), sa.column("wkb", sa.LargeBinary))
            connection.execute(
                sa.text(f"create temp table {table} (row int, wkb bytea) on commit drop")
            )
            connection.execute(
                columns.insert(),
                [{"row": row, "wkb": shape.wkb} for row, shape in enumerate(rows)],
            )
        found = connection.execute(sa.text(QUERIES[asked])).scalars().all()
    ground = shapely.from_wkb([bytes(one) for one in found])
    theirs = shapely.union_all(ground[shapely.area(ground) > MANY_M2])
    findings = find_defects(Partition(tuple(grids["code"]), shapes, crs="EPSG:4546"), frame)
    ours = shapely.union_all([one.geometry for one in findings if one.kind in kinds])
    difference = shapely.symmetric_difference(ours, theirs)
    assert ours.area > 1000.0
    assert np.sum(shapely.area(shapely.get_parts(difference))) < 0.001 * ours.area
