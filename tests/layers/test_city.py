"""The sample city as PostGIS holds it: counted, nested, covering, and located like PostGIS does."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Engine

from gis.locator import Locator
from layers.city import CityFolderError, load_city
from layers.db import session_factory
from layers.models import BoundaryVersion

FENYANG = Path(__file__).parents[2] / "data" / "boundaries" / "fenyang"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def sample(engine: Engine) -> Engine:
    """Return an engine on a database that holds the sample city."""
    with session_factory(engine).begin() as session:
        load_city(session, FENYANG, publish_from=SINCE, author="test")
    return engine


def value(engine: Engine, statement: str, **values: Any) -> Any:
    with engine.connect() as connection:
        return connection.execute(sa.text(statement), values).scalar_one()


@pytest.mark.parametrize(
    ("table", "count"),
    [
        ("subdistricts", 3),
        ("communities", 38),
        ("grids", 194),
        ("compounds", 237),
        ("buildings", 1385),
        ("officers", 194),
        ("service_regions", 3),
        ("service_centres where kind = 'regional'", 3),
        ("service_centres where kind = 'community'", 38),
    ],
)
def test_the_database_holds_what_the_programme_says(sample: Engine, table: str, count: int) -> None:
    assert value(sample, f"select count(*) from {table}") == count  # noqa: S608


@pytest.mark.parametrize("table", ["grids", "blocks", "buildings"])
def test_the_people_add_up_at_every_level(sample: Engine, table: str) -> None:
    assert value(sample, f"select sum(residents) from {table}") == 169_000  # noqa: S608


def test_the_grids_cover_the_frame_and_nothing_twice(sample: Engine) -> None:
    grids = [
        shapely.from_wkb(shape)
        for shape in sample.connect()
        .execute(sa.text("select ST_AsBinary(geom) from grids"))
        .scalars()
    ]
    frame = shapely.from_wkb(value(sample, "select ST_AsBinary(frame) from boundary_versions"))
    assert shapely.coverage_is_valid(grids)
    assert shapely.coverage_union_all(grids).equals(frame)
    twice = """
        select count(*) from grids a join grids b
        on a.code < b.code and ST_Overlaps(a.geom, b.geom)
    """
    assert value(sample, twice) == 0


def test_each_grid_is_inside_exactly_the_community_its_code_names(sample: Engine) -> None:
    covering = """
        select count(*) from grids g where (
            select array_agg(c.code) from communities c
            where ST_Intersects(c.geom, g.geom) and ST_Area(ST_Intersection(
                ST_Transform(c.geom, 4546), ST_Transform(g.geom, 4546))) > 1
        ) is distinct from array[left(g.code, 12)]
    """
    assert value(sample, covering) == 0


def test_a_city_can_be_stored_only_once_and_nothing_is_left_of_the_second(sample: Engine) -> None:
    with pytest.raises(sa.exc.IntegrityError), session_factory(sample).begin() as session:
        load_city(session, FENYANG, publish_from=SINCE, author="test")
    assert value(sample, "select count(*) from boundary_versions") == 1


@pytest.mark.parametrize(
    "harm", ["no manifest", "a file is missing", "a file was changed", "datum"]
)
def test_a_folder_that_is_not_whole_is_refused_and_nothing_is_stored(
    sample: Engine, tmp_path: Path, harm: str
) -> None:
    folder = tmp_path / "city"
    shutil.copytree(FENYANG, folder)
    manifest = folder / "manifest.json"
    if harm == "no manifest":
        manifest.unlink()
    elif harm == "a file is missing":
        (folder / "streets.geojson").unlink()
    elif harm == "a file was changed":
        (folder / "officers.csv").write_bytes(b"code\n")
    else:
        said = json.loads(manifest.read_text(encoding="utf-8")) | {"datum": "gcj02"}
        manifest.write_text(json.dumps(said), encoding="utf-8")
    with (
        pytest.raises(CityFolderError, match=r"manifest|missing|not the file|gcj02"),
        session_factory(sample).begin() as session,
    ):
        load_city(session, folder, publish_from=SINCE, author="test")
    assert value(sample, "select count(*) from boundary_versions") == 1


def test_progress_is_told_to_the_end(sample: Engine) -> None:
    told: list[tuple[str, int, int]] = []
    with session_factory(sample)() as session:
        with pytest.raises(sa.exc.IntegrityError):
            load_city(
                session,
                FENYANG,
                publish_from=SINCE,
                author="test",
                progress=lambda stage, done, of: told.append((stage, done, of)),
            )
        session.rollback()
    assert [done for _, done, _ in told] == list(range(len(told)))


# ---- locating: PostGIS as a second opinion ---------------------------------------------------


def points_to_ask(polygons: list[Any]) -> tuple[Floats, Floats]:
    """10,000 points: anywhere, on vertices, on edges (as far as doubles allow), beside edges."""
    random = np.random.default_rng(20260101)
    west, south, east, north = shapely.total_bounds(polygons)
    anywhere = random.uniform(
        (west - 0.002, south - 0.002), (east + 0.002, north + 0.002), (5000, 2)
    )
    vertices = shapely.get_coordinates(polygons)
    on_vertices = vertices[random.integers(0, len(vertices), 2000)]
    start = random.integers(0, len(vertices) - 1, 3000)
    share = random.choice([0.5, 0.25, 1 / 3, 0.9], (3000, 1))
    on_edges = vertices[start] * (1 - share) + vertices[start + 1] * share
    beside = on_edges[2000:] + random.uniform(-1e-8, 1e-8, (1000, 2))
    lon, lat = np.concatenate([anywhere, on_vertices, on_edges[:2000], beside]).T
    return lon, lat


ASK = """
    select coalesce((select min(code) from grids where version_id = :version
        and code <> all(:without)
        and ST_Covers(geom, ST_SetSRID(ST_MakePoint(lon, lat), 4490))), '')
    from unnest(cast(:lon as float8[]), cast(:lat as float8[])) with ordinality p(lon, lat, row)
    order by row
"""


def test_ten_thousand_points_are_located_as_postgis_does(sample: Engine) -> None:
    with sample.connect() as connection:
        rows = connection.execute(sa.text("select code, ST_AsBinary(geom) from grids")).all()
        version = connection.execute(sa.select(BoundaryVersion.id)).scalar_one()
        without = sorted(code for code, _ in rows)[40:60:9]  # grids left out: gaps in the city
        kept = [(code, shapely.from_wkb(shape)) for code, shape in rows if code not in without]
        lon, lat = points_to_ask([shape for _, shape in kept])
        values = {"lon": lon.tolist(), "lat": lat.tolist(), "without": without, "version": version}
        said = connection.execute(sa.text(ASK), values).scalars().all()
    answers = []
    for order in (kept, kept[::-1], sorted(kept, key=lambda row: row[0][::-1])):
        locator = Locator([code for code, _ in order], [shape for _, shape in order])
        answers.append(
            [locator.codes[row] if row >= 0 else "" for row in locator.find_rows(lon, lat)]
        )
    assert answers == [said, said, said]  # under any order of the rows
    assert said.count("") > 500  # outside and in the gaps
