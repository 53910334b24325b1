"""A repaired file: the same rows and columns, other outlines, never half written."""

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gis.crs import LONLAT_CRS
from gis.partition import Partition
from gis.repair.applying import without_rows
from layers.files.exporting import ExportError
from layers.files.rewriting import write_repaired
from layers.files.surveys import Files, Survey, Told, read_survey
from tests.worlds import square, square_city

CITY = square_city(2)
WIDER = square(0, 0, 1.5, 1)


def write(path: Path, crs: str = LONLAT_CRS) -> Path:
    layer = gpd.GeoDataFrame(
        {
            "code": CITY.codes,
            "sqdm": ["c1"] * 4,
            "人口": [7, 8, 9, 10],
            "note": ["é", "", "x", "y"],
        },
        geometry=CITY.polygons,
        crs=LONLAT_CRS,
    ).to_crs(crs)
    if path.suffix == ".parquet":
        layer.to_parquet(path)
    else:
        layer.to_file(path)
    return path


def changed(survey: Survey, shape: object = WIDER) -> Partition:
    shapes = survey.units.geometries.copy()
    shapes[0] = shape
    return replace(survey.units, geometries=shapes, parent_codes=("c2", "c1", "c1", "c1"))


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.parquet"])
def test_nothing_changed_is_the_very_same_bytes(tmp_path: Path, name: str) -> None:
    survey = read_survey(Files(write(tmp_path / name)), Told())
    write_repaired(survey, survey.units, [0, 1, 2, 3], tmp_path / "out" / name)
    assert (tmp_path / "out" / name).read_bytes() == (tmp_path / name).read_bytes()


@pytest.mark.parametrize("source", ["a.gpkg", "a.geojson", "a.parquet", "a.shp"])
@pytest.mark.parametrize("target", ["b.gpkg", "b.geojson", "b.parquet", "b.shp"])
def test_columns_keep_values_and_types_and_one_outline_changes(
    tmp_path: Path, source: str, target: str
) -> None:
    survey = read_survey(Files(write(tmp_path / source)), Told())
    write_repaired(survey, changed(survey), [0, 1, 2, 3], tmp_path / target)
    out = (
        gpd.read_parquet(tmp_path / target)
        if target.endswith("parquet")
        else gpd.read_file(tmp_path / target, layer=0)
    )
    assert out["code"].tolist() == CITY.codes
    assert out["人口"].tolist() == [7, 8, 9, 10]
    assert out["人口"].dtype.kind == "i"
    assert out["sqdm"].tolist() == ["c2", "c1", "c1", "c1"]
    wanted = shapely.normalize([WIDER, *CITY.polygons[1:]])
    made = shapely.normalize([shapely.get_geometry(shape, 0) for shape in out.geometry])
    assert shapely.equals_exact(made, wanted, tolerance=1e-9).all()  # the decimals of GeoJSON


def test_untouched_features_of_geojson_keep_their_text(tmp_path: Path) -> None:
    path = write(tmp_path / "a.geojson")
    document = json.loads(path.read_text())
    document["features"][1]["id"] = "kept"
    document["metadata"] = {"by": "surveyor"}
    path.write_text(json.dumps(document, ensure_ascii=False))
    survey = read_survey(Files(path), Told())
    write_repaired(survey, changed(survey), [0, 1, 2, 3], tmp_path / "b.geojson")
    made = json.loads((tmp_path / "b.geojson").read_text())
    assert made["features"][1:] == document["features"][1:]
    assert made["metadata"] == {"by": "surveyor"}


def test_a_row_that_went_is_not_written(tmp_path: Path) -> None:
    survey = read_survey(Files(write(tmp_path / "a.geojson")), Told())
    write_repaired(survey, without_rows(survey.units, {0}), [1, 2, 3], tmp_path / "b.geojson")
    assert gpd.read_file(tmp_path / "b.geojson")["code"].tolist() == CITY.codes[1:]


def test_metres_stay_metres_but_for_formats_in_degrees_by_standard(tmp_path: Path) -> None:
    survey = read_survey(Files(write(tmp_path / "a.gpkg", "EPSG:4546")), Told())
    shape = survey.units.geometries[0].buffer(-1.0)
    for name, west in (("b.parquet", 500_000), ("b.geojson", 111.75)):
        write_repaired(survey, changed(survey, shape), [0, 1, 2, 3], tmp_path / name)
        read = gpd.read_parquet if name.endswith("parquet") else gpd.read_file
        assert read(tmp_path / name).total_bounds[0] == pytest.approx(west, rel=0.2)


def test_the_file_that_was_read_is_never_written_to(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg")
    survey = read_survey(Files(path), Told())
    before = path.read_bytes()
    with pytest.raises(ExportError, match="choose another"):
        write_repaired(survey, changed(survey), [0, 1, 2, 3], path)
    assert path.read_bytes() == before
