"""Search by what people say, and what is at a point."""

import pytest
from fastapi.testclient import TestClient

from gis.datum import Datum, from_cgcs2000
from tests.cities import grid_code, middle


@pytest.mark.parametrize(
    ("words", "kind", "name"),
    [
        ("桥头小区", "compound", "桥头小区"),
        ("老桥院", "compound", "桥头小区"),
        ("桥头小区1号楼", "building", "桥头小区1号楼"),
        ("桥头", "compound", "桥头小区"),
        ("府学街", "street", "府学街"),
        ("文峰", "subdistrict", "文峰街道"),
        ("第2社区", "community", "第2社区"),
        ("community 2 grid 1", "grid", "第2社区第1网格"),
        (grid_code(2, 2), "grid", "第3社区第1网格"),
        ("文峰党群服务中心", "centre", "文峰党群服务中心"),
        ("第２社区", "community", "第2社区"),
    ],
)
def test_search_finds_the_place_first(client: TestClient, words: str, kind: str, name: str) -> None:
    best = client.get("/search", params={"q": words}).json()["results"][0]
    assert (best["kind"], best["name"]) == (kind, name)


@pytest.mark.parametrize("words", ["", "   ", "' or 1=1 --", "%", "不存在的地方"])
def test_words_that_name_nothing_find_nothing(client: TestClient, words: str) -> None:
    assert client.get("/search", params={"q": words}).json()["results"] == []


def test_a_place_says_in_which_community_it_lies(client: TestClient) -> None:
    best = client.get("/search", params={"q": "桥头小区"}).json()["results"][0]
    assert best["within"] == "第1社区"


def test_a_building_names_its_grid_and_how_exactly_it_is_known(client: TestClient) -> None:
    best = client.get("/search", params={"q": "老桥院一号楼2单元"}).json()["results"][0]
    assert (best["name"], best["code"], best["grids"]) == (
        "桥头小区1号楼",
        "141182001001-C001-B01",
        [grid_code(0, 0)],
    )
    assert best["entrance"] == 2
    assert 0 < best["uncertainty_m"] < 100
    assert [why["zh"] for why in best["why"]] == ["俗称“老桥院”相符", "有1号楼"]


def test_a_community_reaches_its_grids_and_none_beside(client: TestClient) -> None:
    best = client.get("/search", params={"q": "第2社区"}).json()["results"][0]
    assert best["grids"] == sorted(grid_code(1, row) for row in range(3))


def test_a_number_alone_comes_back_as_a_question(client: TestClient) -> None:
    answer = client.get("/search", params={"q": "三号楼"}).json()
    assert answer["results"] == []
    assert answer["question"]["zh"] == "哪个小区的3号楼？"


def test_a_bare_pair_is_shown_in_its_three_readings_and_asked_about(client: TestClient) -> None:
    lon, lat = middle(0, 0)
    answer = client.get("/search", params={"q": f"{lon},{lat}"}).json()
    assert [one["datum"] for one in answer["readings"]] == ["wgs84", "gcj02", "bd09"]
    assert answer["readings"][0]["grid_code"] == grid_code(0, 0)
    assert answer["readings"][0]["near"] == "桥头小区1号楼"
    assert answer["readings"][1]["grid_code"] != grid_code(0, 0)
    assert answer["question"]["zh"].startswith("坐标是从哪里来的")


def test_a_shared_link_is_read_in_its_own_datum_only(client: TestClient) -> None:
    lon, lat = from_cgcs2000(*middle(1, 1), Datum.GCJ02)
    link = f"https://uri.amap.com/marker?position={lon},{lat}&name=here"
    answer = client.get("/search", params={"q": link}).json()
    assert [one["grid_code"] for one in answer["readings"]] == [grid_code(1, 1)]
    assert answer["question"] is None


@pytest.mark.parametrize("pair", ["0.5,0.5", "181.5,37.2", "111.78,95.1"])
def test_a_pair_from_nowhere_is_an_error_in_words_or_in_no_grid(
    client: TestClient, pair: str
) -> None:
    answer = client.get("/search", params={"q": pair})
    if answer.status_code == 200:
        assert all(one["grid_code"] is None for one in answer.json()["readings"])
    else:
        assert answer.status_code == 422
        assert answer.json()["code"] == "coordinate"


def test_the_place_at_a_point_is_named_and_far_from_all_there_is_none(client: TestClient) -> None:
    lon, lat = middle(0, 0)
    path = f"/places/near?datum=cgcs2000&lon={lon}"
    assert client.get(f"{path}&lat={lat}").json()["name"] == "桥头小区1号楼"
    assert client.get(f"{path}&lat={lat + 0.1}").status_code == 404
