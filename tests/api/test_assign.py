"""`jingwei assign`, from file to file."""

import sys
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from sqlalchemy.orm import Session

from api import cli
from layers import point_file
from layers.db import create_engine
from layers.settings import Settings
from tests.cities import add_city, grid_code
from tests.worlds import SIDE, SOUTH, WEST, holed_city

LON = [WEST + column * SIDE for column in (1, 3, 4, 5.5)] + [0.0]
LAT = [SOUTH + row * SIDE for row in (1, 3, 4.0, 4.5)] + [0.0]
GRIDS = ["a_ring", "b_core", "b_core", None, None]
HOWS = ["inside", "inside", "edge", "outside", "outside"]

Run = Callable[..., str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `jingwei assign`; give what it says, its fault starting with the exit code."""

    def run(*arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", ["jingwei", "assign", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = " ".join(capsys.readouterr().err.split())
        return said if not ended.value.code else f"{ended.value.code}: {said}"

    return run


@pytest.fixture
def grids(tmp_path: Path) -> Path:
    codes, polygons = holed_city()
    path = tmp_path / "grids.parquet"
    gpd.GeoDataFrame({"code": codes}, geometry=polygons, crs=4490).to_parquet(path)
    return path


@pytest.fixture
def points(tmp_path: Path) -> Path:
    path = tmp_path / "points.parquet"
    pq.write_table(pa.table({"id": ["007", "8", "9", "10", "11"], "lon": LON, "lat": LAT}), path)
    return path


def answers(path: Path) -> tuple[list[str | None], list[str]]:
    found = pq.read_table(path).to_pydict()
    return found["grid"], found["how"]


def test_parquet_to_parquet(run: Run, points: Path, grids: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    assert "5 points assigned to 4 grids" in run(points, "--grids", grids, "-o", out)
    assert answers(out) == (GRIDS, HOWS)
    table = pq.read_table(out)
    assert table.column_names == ["id", "lon", "lat", "grid", "how", "border_distance_m"]
    distances = table["border_distance_m"].to_pylist()
    assert distances[:3] == pytest.approx([86.7, 86.7, 0.0], abs=0.1)
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_csv_keeps_what_it_was_given(run: Run, points: Path, grids: Path, tmp_path: Path) -> None:
    given, out = tmp_path / "points.csv", tmp_path / "out.csv"
    pq.read_table(points).to_pandas().to_csv(given, index=False)
    run(given, "--grids", grids, "-o", out)
    read = pd.read_csv(out, dtype=str, keep_default_na=False)
    assert read["id"].tolist() == ["007", "8", "9", "10", "11"]
    assert read["grid"].tolist() == [grid or "" for grid in GRIDS]
    assert read["lon"].astype(float).tolist() == LON


def test_geoparquet_points_stay_geoparquet(run: Run, grids: Path, tmp_path: Path) -> None:
    given, out = tmp_path / "points.parquet", tmp_path / "out.parquet"
    gpd.GeoDataFrame(geometry=shapely.points(LON, LAT), crs=4490).to_parquet(given)
    run(given, "--grids", grids, "-o", out)
    assert gpd.read_parquet(out)["how"].tolist() == HOWS


def test_grids_in_metres_are_brought_to_degrees(run: Run, points: Path, tmp_path: Path) -> None:
    out, grids = tmp_path / "out.parquet", tmp_path / "grids.gpkg"
    codes, polygons = holed_city()
    frame = gpd.GeoDataFrame({"grid_id": codes}, geometry=polygons, crs=4490)
    frame.to_crs(4546).to_file(grids)
    run(points, "--grids", grids, "-o", out)
    assert answers(out)[0][:2] == GRIDS[:2]


def test_lots_are_put_together_in_order(
    run: Run, points: Path, grids: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(point_file, "CHUNK", 2)
    out = tmp_path / "out.parquet"
    run(points, "--grids", grids, "-o", out)
    assert answers(out) == (GRIDS, HOWS)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"x": LON, "lat": LAT}, "has no columns lon and lat: it has x, lat"),
        ({"lon": [*LON[:4], float("nan")], "lat": LAT}, "row 4: point (nan, 0.0) is not finite"),
        ({"lon": [*LON[:4], None], "lat": LAT}, "row 4: point (nan, 0.0) is not finite"),
        ({"lon": LAT, "lat": LON}, "row 0, 1, 2 and 1 more"),
        ({"lon": ["east"], "lat": ["north"]}, "column lon of"),
        ({"lon": LON, "lat": LAT, "how": LON}, "already has a column how: rename it"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    run: Run, grids: Path, tmp_path: Path, columns: dict[str, list[object]], said: str
) -> None:
    given, out = tmp_path / "points.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.table(columns), given)
    fault = run(given, "--grids", grids, "-o", out)
    assert fault.startswith("2: jingwei:")
    assert said in fault
    assert sorted(path.name for path in tmp_path.iterdir()) == ["grids.parquet", "points.parquet"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "say which grids"),
        (["--grids", "none.parquet"], "there is no file none.parquet"),
        (["--at", "spring"], "'spring' is no date"),
        (["--version", "1", "--at", "2026-03-01"], "say which grids"),
    ],
)
def test_grids_must_be_named_once(
    run: Run, points: Path, tmp_path: Path, options: list[str], said: str
) -> None:
    assert said in run(points, *options, "-o", tmp_path / "out.parquet")


def test_stored_versions_are_asked_by_number_and_by_date(
    run: Run, make_database: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_database()
    engine = create_engine(url, Settings(database_url=url))
    with Session(engine) as session, session.begin():
        version = add_city(session).id
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", url)
    given, out = tmp_path / "points.csv", tmp_path / "out.parquet"
    given.write_text(f"lon,lat\n{WEST + SIDE / 2},{SOUTH + SIDE / 2}\n", encoding="utf-8")
    for options in (["--version", version], ["--at", "2026-03-01"]):
        run(given, *options, "-o", out)
        assert answers(out) == ([grid_code(0, 0)], ["inside"])
    assert "no boundary version is in force" in run(given, "--at", "2025-12-31", "-o", out)
