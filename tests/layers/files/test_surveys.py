"""Files of a survey read for the check: lenient about units, strict about place."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.crs import LONLAT_CRS
from gis.errors import CrsError, DatumError, GeometryError
from layers.files.columns import ColumnError
from layers.files.reading import FileError
from layers.files.surveys import Files, Survey, Told, read_survey
from tests.worlds import square, square_city

CITY = square_city(2)


def write(path: Path, crs: str = LONLAT_CRS, **columns: list[object]) -> Path:
    layer = gpd.GeoDataFrame(
        {"WGDM": CITY.codes, **columns}, geometry=CITY.polygons, crs=LONLAT_CRS
    )
    layer.to_crs(crs).to_file(path)
    return path


def read(path: Path, **told: object) -> Survey:
    return read_survey(Files(path), Told(**told))  # type: ignore[arg-type]


def test_codes_are_found_by_their_usual_name_and_coordinates_stay_bit_by_bit(
    tmp_path: Path,
) -> None:
    survey = read(write(tmp_path / "a.gpkg"))
    assert survey.units.codes == tuple(CITY.codes)
    assert survey.units.crs == LONLAT_CRS
    assert all(
        new.equals(old) for new, old in zip(survey.units.geometries, CITY.polygons, strict=True)
    )


def test_parents_and_counts_are_taken_where_they_are(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", sqdm=["c1", "c1", None, "c2"], hs=["10", "x", None, "4"])
    units = read(path).units
    assert units.parent_codes == ("c1", "c1", None, "c2")
    np.testing.assert_array_equal(units.households, [10.0, np.nan, np.nan, 4.0])


def test_a_row_without_code_is_called_by_its_number(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", code=["a", None, "c", "d"])
    assert read(path).units.codes == ("a", "#2", "c", "d")


def test_a_file_without_any_code_is_refused_with_its_columns(tmp_path: Path) -> None:
    layer = gpd.GeoDataFrame({"x": [1]}, geometry=[square(0, 0)], crs=LONLAT_CRS)
    layer.to_file(tmp_path / "a.gpkg")
    with pytest.raises(ColumnError, match="--columns code=x"):
        read(tmp_path / "a.gpkg")
    assert read(tmp_path / "a.gpkg", columns={"code": "x"}).units.codes == ("1",)


def test_no_crs_is_refused_with_the_choices_and_taken_when_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp", "EPSG:4546")
    path.with_suffix(".prj").unlink()
    with pytest.raises(CrsError, match="EPSG:4546"):
        read(path)
    assert read(path, crs="EPSG:4546").units.crs == "EPSG:4546"


def test_degrees_in_a_csv_need_a_datum(tmp_path: Path) -> None:
    rows = [f'{code},"{shape.wkt}"' for code, shape in zip(*CITY, strict=True)]
    (tmp_path / "a.csv").write_text("\n".join(["code,wkt", *rows]))
    with pytest.raises(DatumError, match="--datum"):
        read(tmp_path / "a.csv")
    assert read(tmp_path / "a.csv", datum="cgcs2000").is_as_delivered
    assert not read(tmp_path / "a.csv", datum="gcj02").is_as_delivered


def test_numbers_that_do_not_fit_the_crs_are_left_to_the_check(tmp_path: Path) -> None:
    layer = gpd.GeoDataFrame({"code": CITY.codes}, geometry=CITY.polygons, crs="EPSG:4546")
    layer.to_file(tmp_path / "a.gpkg")
    assert read(tmp_path / "a.gpkg").units.crs == "EPSG:4546"


def test_other_layers_come_into_the_crs_of_the_units(tmp_path: Path) -> None:
    grids, frame = write(tmp_path / "a.gpkg", "EPSG:4546"), tmp_path / "f.geojson"
    write(frame, code=list("abcd"))
    survey = read_survey(Files(grids, frame=frame, buildings=frame, streets=frame), Told())
    assert survey.frame is not None
    assert survey.frame.area == pytest.approx(shapely.union_all(survey.units.geometries).area)
    assert survey.buildings is not None
    assert survey.buildings.crs == "EPSG:4546"


def test_a_frame_that_is_no_polygon_is_refused_with_its_row(tmp_path: Path) -> None:
    line = gpd.GeoDataFrame(geometry=[square(0, 0).exterior], crs=LONLAT_CRS)
    line.to_file(tmp_path / "f.geojson")
    with pytest.raises(GeometryError, match=r"f.geojson, row 1: a LineString"):
        read_survey(Files(write(tmp_path / "a.gpkg"), frame=tmp_path / "f.geojson"), Told())


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"no file .*none.gpkg"):
        read(tmp_path / "none.gpkg")
