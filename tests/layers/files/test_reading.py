"""Files as they are delivered, with their usual faults."""

import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import Point, Polygon, box

from layers.files.reading import FileError, list_layers, read_file

NAMES = ["太和桥社区第1网格", "西河社区第2网格"]
CODES = ["041182001001001", "041182001001002"]


def grids(crs: str | None = "EPSG:4490") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"WGDM": CODES, "WGMC": NAMES},
        geometry=[box(111.70, 37.2, 111.71, 37.21), box(111.71, 37.2, 111.72, 37.21)],
        crs=crs,
    )


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "shp", "parquet", "kml"])
def test_every_format_keeps_codes_with_their_zeros_and_chinese_names(
    tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"grids.{ending}"
    if ending == "parquet":
        grids().to_parquet(path)
    else:
        layer = grids("EPSG:4326" if ending in {"geojson", "kml"} else "EPSG:4490")
        layer.to_file(path, driver="LIBKML" if ending == "kml" else None, encoding="UTF-8")
    read = read_file(path)
    assert list(read.rows["WGDM"]) == CODES
    assert list(read.rows["WGMC"]) == NAMES
    assert read.crs is not None


@pytest.mark.parametrize("sidecar", [None, "GBK", "UTF-8"])
def test_a_gbk_table_is_read_with_without_and_despite_its_cpg(
    tmp_path: Path, sidecar: str | None
) -> None:
    path = tmp_path / "grids.shp"
    grids().to_file(path, encoding="GBK")
    cpg = path.with_suffix(".cpg")
    cpg.unlink()
    if sidecar is not None:
        cpg.write_text(sidecar)
    read = read_file(path)
    assert list(read.rows["WGMC"]) == NAMES
    assert ("which it is not" in read.notes[0]) == (sidecar == "UTF-8")


def test_a_shapefile_without_prj_says_no_crs(tmp_path: Path) -> None:
    path = tmp_path / "grids.shp"
    grids().to_file(path)
    path.with_suffix(".prj").unlink()
    assert read_file(path).crs is None


def test_a_zipped_shapefile_is_read(tmp_path: Path) -> None:
    grids().to_file(tmp_path / "grids.shp", encoding="GBK")
    with zipfile.ZipFile(tmp_path / "grids.zip", "w") as packed:
        for part in tmp_path.glob("grids.*"):
            if part.suffix != ".zip":
                packed.write(part, f"交付/{part.name}")
    assert list(read_file(tmp_path / "grids.zip").rows["WGMC"]) == NAMES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_csv_with_coordinates_or_wkt_is_read_in_any_encoding(
    tmp_path: Path, encoding: str
) -> None:
    points, shapes = tmp_path / "points.csv", tmp_path / "shapes.csv"
    points.write_bytes("编码,经度,纬度\n007,111.7,37.2\n008,甲,37.2\n".encode(encoding))
    shapes.write_bytes('编码,wkt\n007,"POLYGON((0 0,1 0,1 1,0 0))"\n008,乱\n'.encode(encoding))
    read = read_file(points)
    assert (list(read.rows["编码"]), read.shapes[0], read.shapes[1]) == (
        ["007", "008"],
        Point(111.7, 37.2),
        None,
    )
    read = read_file(shapes)
    assert (read.shapes[0], read.shapes[1]) == (Polygon([(0, 0), (1, 0), (1, 1)]), None)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.gpkg", None, "there is no file"),
        ("empty.gpkg", b"", r"is empty \(0 bytes\)"),
        ("text.gpkg", b"not a database", "cannot be read"),
        ("text.parquet", b"not parquet", "cannot be read as GeoParquet"),
        ("text.zip", b"not packed", "is no zip file"),
        ("grids.dwg", b"x", "are not read"),
        ("lonely.csv", b"name\na\n", "needs lon and lat, or wkt; it has name"),
    ],
)
def test_what_cannot_be_read_is_said(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileError, match=said):
        read_file(path)


def test_a_file_with_several_layers_asks_which(tmp_path: Path) -> None:
    path = tmp_path / "city.gpkg"
    grids().to_file(path, layer="grids")
    grids().to_file(path, layer="old", mode="a")
    assert list_layers(path) == ["grids", "old"]
    with pytest.raises(FileError, match="name one of grids, old"):
        read_file(path)
    with pytest.raises(FileError, match="has no layer 'new'"):
        read_file(path, layer="new")
    assert len(read_file(path, layer="old").rows) == 2


def test_a_shapefile_without_its_table_says_which_file_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "grids.shp"
    grids().to_file(path)
    path.with_suffix(".dbf").unlink()
    with pytest.raises(FileError, match=r"grids\.dbf is missing"):
        read_file(path)
