"""`jingwei check` as people and pipelines type it."""

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import geopandas as gpd
import pytest
import shapely
from shapely import LineString, Point, Polygon

from api.cli import main
from gis.crs import LONLAT_CRS
from tests.worlds import square, square_city

BOUNDARIES = Path(__file__).parents[2] / "data" / "boundaries"
SURVEY = [
    str(BOUNDARIES / "survey" / "grids.geojson"),
    "--frame", str(BOUNDARIES / "survey" / "frame.geojson"),
    "--parents", str(BOUNDARIES / "survey" / "communities.geojson"),
    "--buildings", str(BOUNDARIES / "fenyang" / "buildings.geojson"),
    "--compounds", str(BOUNDARIES / "fenyang" / "compounds.geojson"),
    "--streets", str(BOUNDARIES / "fenyang" / "streets.geojson"),
]  # fmt: skip


class Done(NamedTuple):
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def jingwei(*arguments: object) -> Done:
    """Run a command as it is typed, in this process: starting one takes seconds."""
    out, err = io.StringIO(), io.StringIO()
    typed = ["jingwei", *map(str, arguments)]
    with (
        patch.object(sys, "argv", typed),
        patch.dict(os.environ, {"COLUMNS": "300", "TERMINAL_WIDTH": "300"}),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return Done(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def test_the_survey_has_its_planted_faults_and_blocks_a_pipeline(tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    done = jingwei("check", *SURVEY, "-o", out)
    assert done.returncode == 1, done.stderr
    found = {finding["kind"] for finding in json.loads(out.read_text())["findings"]}
    planted = json.loads((BOUNDARIES / "survey" / "faults.json").read_text())["faults"]
    assert {fault["kind"] for fault in planted} <= found
    assert "必须处理" in done.stdout


def test_a_clean_file_passes_in_english(tmp_path: Path) -> None:
    city = square_city(2)
    layer = gpd.GeoDataFrame({"code": city.codes}, geometry=city.polygons, crs=LONLAT_CRS)
    layer.to_file(tmp_path / "grids.gpkg")
    done = jingwei("check", tmp_path / "grids.gpkg", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "0 blocking, 0 warning, 0 note" in done.stdout


def test_broken_input_is_named_row_by_row_and_never_dropped(tmp_path: Path) -> None:
    bow = Polygon([(111.7, 37.2), (111.701, 37.201), (111.701, 37.2), (111.7, 37.201)])
    high = shapely.force_3d(square(0, 0), 800.0)
    metres = shapely.box(566_000, 4_120_000, 567_000, 4_121_000)
    shapes = [None, Polygon(), LineString([(111.7, 37.2), (111.8, 37.2)]), high, bow, metres]
    codes = ["none", "empty", "line", "high", "bow", "metres"]
    layer = gpd.GeoDataFrame({"code": codes}, geometry=shapes, crs=LONLAT_CRS)
    layer.to_parquet(tmp_path / "grids.parquet")
    done = jingwei("check", tmp_path / "grids.parquet", "-o", tmp_path / "found.geojson")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    told = json.loads((tmp_path / "found.geojson").read_text())["features"]
    named = {code for finding in told for code in finding["properties"]["codes"]}
    assert set(codes) <= named


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "none.gpkg"], "there is no file"),
        (["check", "points.csv"], "--datum"),
        (["check", "points.csv", "--datum", "wgs84", "-o", "found.doc"], ".html"),
        (["check", "points.csv", "-o", "points.csv"], ".html"),
        (["check", "points.csv", "--columns", "code"], "ours=theirs"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "points.csv").write_text(f"code,wkt\na,{Point(111.7, 37.2).wkt}\n")
    done = jingwei(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
