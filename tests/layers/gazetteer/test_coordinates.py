"""Coordinates as people paste them."""

import pytest

from gis.datum import Datum
from layers.gazetteer import Pasted, read_coordinates

HERE = (111.7856, 37.2611)


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("111.7856,37.2611", None),
        ("37.2611 111.7856", None),
        ("位置：111.7856，37.2611", None),
        ("高德 111.7856,37.2611", Datum.GCJ02),
        ("百度坐标111.7856,37.2611", Datum.BD09),
        ("GPS 37.2611, 111.7856", Datum.WGS84),
        ("天地图 111.7856 37.2611", Datum.CGCS2000),
        ("geo:37.2611,111.7856;u=20", Datum.WGS84),
        ("https://uri.amap.com/marker?position=111.7856,37.2611&name=a", Datum.GCJ02),
        ("https://uri.amap.com/marker?position=111.7856,37.2611&coordinate=wgs84", Datum.WGS84),
        ("看这里 https://wb.amap.com/?p=B0,37.2611,111.7856,x", Datum.GCJ02),
        ("http://api.map.baidu.com/marker?location=37.2611,111.7856&title=a", Datum.BD09),
        ("http://api.map.baidu.com/marker?location=37.2611,111.7856&coord_type=gcj02", Datum.GCJ02),
        ("https://apis.map.qq.com/uri/v1/marker?marker=coord:37.2611,111.7856;title:a",
         Datum.GCJ02),
        ("https://map.qq.com/?pointx=111.7856&pointy=37.2611", Datum.GCJ02),
    ],
)  # fmt: skip
def test_a_pair_is_read_and_its_datum_only_where_it_is_told(text: str, datum: Datum | None) -> None:
    pasted = read_coordinates(text)
    assert pasted is not None
    assert (pasted.lon, pasted.lat, pasted.datum) == (*HERE, datum)


@pytest.mark.parametrize("text", ["N37°15'40\" E111°47'08\"", "东经111度47分8秒 北纬37度15分40秒"])
def test_degrees_minutes_and_seconds_are_read(text: str) -> None:
    pasted = read_coordinates(text)
    assert pasted is not None
    assert pasted.lon == pytest.approx(111 + 47 / 60 + 8 / 3600)
    assert pasted.lat == pytest.approx(37 + 15 / 60 + 40 / 3600)


@pytest.mark.parametrize(
    "text",
    ["", "3-2-301", "太和桥小区3号楼", "13,14", "https://example.org/?position=111.7,37.2",
     "https://amap.com.evil.example/?position=111.7,37.2", "http://map.baidu.com/"],
)  # fmt: skip
def test_what_is_no_position_is_not_taken_for_one(text: str) -> None:
    assert read_coordinates(text) is None


def test_the_source_of_the_datum_is_said() -> None:
    assert read_coordinates("高德 111.7856,37.2611") == Pasted(*HERE, Datum.GCJ02, "高德")
