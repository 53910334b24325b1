"""Findings as files, whole or not at all, styled for QGIS."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pytest

from gis.coverage import USUAL
from gis.crs import LONLAT_CRS
from layers.files.checked import Checked, check_survey
from layers.files.findings_file import write_findings
from layers.files.surveys import Files, Told, read_survey
from layers.files.whole import WriteError
from tests.worlds import square, square_city


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """Check four grids, one of which reaches a tenth into its neighbour and one has no shape."""
    city = square_city(2)
    shapes = [square(0, 0, 1.1, 1), *city.polygons[1:3], None]
    layer = gpd.GeoDataFrame({"code": city.codes}, geometry=shapes, crs=LONLAT_CRS)
    layer.to_file(tmp_path / "a.gpkg")
    return check_survey(read_survey(Files(tmp_path / "a.gpkg"), Told()), USUAL)


def test_json_holds_counts_and_every_finding(checked: Checked, tmp_path: Path) -> None:
    write_findings(checked, tmp_path / "f.json")
    told = json.loads((tmp_path / "f.json").read_text())
    assert told["units"] == 4
    assert sum(told["counts"].values()) == len(checked.findings) == len(told["findings"])
    assert {one["rule"] for one in told["findings"]} >= {"JW-C01", "JW-C20"}


def test_geojson_shows_the_ground_in_degrees(checked: Checked, tmp_path: Path) -> None:
    write_findings(checked, tmp_path / "f.geojson")
    layer = gpd.read_file(tmp_path / "f.geojson")
    assert len(layer) == len(checked.findings)
    overlap = layer[layer["kind"] == "overlap"].geometry.iloc[0]
    assert overlap.symmetric_difference(square(1, 0, 0.1, 1)).area < 1e-10


def test_geopackage_has_places_and_ground_each_with_a_style(
    checked: Checked, tmp_path: Path
) -> None:
    write_findings(checked, tmp_path / "f.gpkg")
    places = gpd.read_file(tmp_path / "f.gpkg", layer="findings")
    ground = gpd.read_file(tmp_path / "f.gpkg", layer="findings_ground")
    assert len(places) == len(checked.findings)
    assert set(ground["kind"]) == {"overlap"}
    with closing(sqlite3.connect(tmp_path / "f.gpkg")) as database:
        styles = dict(database.execute("select f_table_name, styleQML from layer_styles"))
    assert 'type="fill"' in styles["findings_ground"]
    assert 'type="marker"' in styles["findings"]
    assert all('attr="severity"' in style for style in styles.values())


def test_no_finding_is_a_file_too(tmp_path: Path) -> None:
    city = square_city(2)
    layer = gpd.GeoDataFrame({"code": city.codes}, geometry=city.polygons, crs=LONLAT_CRS)
    layer.to_file(tmp_path / "a.gpkg")
    clean = check_survey(read_survey(Files(tmp_path / "a.gpkg"), Told()), USUAL)
    assert clean.findings == []
    for name in ("f.json", "f.geojson", "f.gpkg"):
        write_findings(clean, tmp_path / name)
        assert (tmp_path / name).stat().st_size > 0


def test_a_folder_that_cannot_be_written_is_told_and_leaves_nothing(
    checked: Checked, tmp_path: Path
) -> None:
    (tmp_path / "f.json").mkdir()
    with pytest.raises(WriteError, match=r"f.json cannot be written"):
        write_findings(checked, tmp_path / "f.json")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.gpkg", "f.json"]
