"""Files for others: every format gives back what was stored; GeoPackages pass GDAL's validator."""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from sqlalchemy.orm import Session

from gis.errors import CrsError
from layers.features import LAYERS
from layers.files.exporting import ExportError, read_layer, write_layers
from layers.files.reading import read_file
from layers.files.source_crs import settle, to_lonlat_shapes
from tests.cities import add_city


@pytest.fixture
def grids(session: Session) -> gpd.GeoDataFrame:
    return read_layer(session, "grids", add_city(session).id)


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "shp", "zip", "parquet", "csv", "kml"])
@pytest.mark.parametrize("crs", [None, "EPSG:4525"])
def test_what_is_exported_comes_back_the_same(
    grids: gpd.GeoDataFrame, tmp_path: Path, ending: str, crs: str | None
) -> None:
    if crs is not None and ending in {"geojson", "kml"}:
        with pytest.raises(CrsError, match="in degrees by its standard"):
            write_layers({"grids": grids}, tmp_path / f"grids.{ending}", crs=crs)
        return
    path = tmp_path / f"grids.{ending}"
    write_layers({"grids": grids}, path, crs=crs)
    read = read_file(path)
    said = (crs or "EPSG:4490") if ending == "csv" else None
    back = to_lonlat_shapes(shapely.force_2d(read.shapes), settle(read, said))
    assert list(read.rows["code"]) == list(grids["code"])
    assert list(read.rows["name"]) == list(grids["name"])
    for old, new in zip(grids.geometry, back, strict=True):
        assert shapely.hausdorff_distance(old, new) < 1e-9
        assert (
            old.symmetric_difference(new).area < 1e-11
        )  # nine decimals along a border of some hundred metres


def test_all_layers_in_one_geopackage_pass_gdals_validator(
    session: Session, tmp_path: Path
) -> None:
    version = add_city(session).id
    path = tmp_path / "city.gpkg"
    write_layers({name: read_layer(session, name, version) for name in LAYERS}, path)
    validator = ["/usr/bin/python3", "-m", "osgeo_utils.samples.validate_gpkg", str(path)]
    done = subprocess.run(validator, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_qgis_finds_a_default_style_for_every_layer(session: Session, tmp_path: Path) -> None:
    version = add_city(session).id
    path = tmp_path / "city.gpkg"
    write_layers({name: read_layer(session, name, version) for name in LAYERS}, path)
    with closing(sqlite3.connect(path)) as database:
        styles = dict(
            database.execute(
                "select f_table_name, styleQML from layer_styles where useAsDefault = 1"
            ).fetchall()
        )
    assert set(styles) == set(LAYERS)
    assert all(style.count("<symbol ") == 1 for style in styles.values())


@pytest.mark.parametrize(
    ("name", "said"),
    [("grids.dwg", "is not written"), ("grids", "no ending")],
)
def test_a_format_that_is_not_written_is_said(
    grids: gpd.GeoDataFrame, tmp_path: Path, name: str, said: str
) -> None:
    with pytest.raises(ExportError, match=said):
        write_layers({"grids": grids}, tmp_path / name)


def test_several_layers_go_only_into_a_geopackage(grids: gpd.GeoDataFrame, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"several go into a \.gpkg"):
        write_layers({"grids": grids, "more": grids}, tmp_path / "grids.csv")


def test_a_failed_export_leaves_the_old_file_as_it_was(
    grids: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "grids.parquet"
    path.write_bytes(b"the old one")

    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(gpd.GeoDataFrame, "to_parquet", fail)
    with pytest.raises(ExportError, match="no space left"):
        write_layers({"grids": grids}, path)
    assert path.read_bytes() == b"the old one"
    assert [one.name for one in tmp_path.iterdir()] == ["grids.parquet"]


def test_an_unknown_layer_is_refused_with_those_that_exist(session: Session) -> None:
    with pytest.raises(ExportError, match="subdistricts, communities, grids"):
        read_layer(session, "people", 1)
