"""OGC API Features."""

import json

import pytest
from fastapi.testclient import TestClient

from tests.cities import community_code, grid_code
from tests.worlds import SIDE, SOUTH, WEST

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
GRIDS = "/ogc/collections/grids/items"


def test_the_landing_page_leads_everywhere(client: TestClient) -> None:
    links = client.get("/ogc").json()["links"]
    assert {link["rel"] for link in links} == {"self", "service-desc", "conformance", "data"}
    for link in links:
        assert client.get(link["href"]).status_code == 200


def test_every_public_layer_is_listed_with_extent_and_crs(client: TestClient) -> None:
    listed = client.get("/ogc/collections").json()["collections"]
    grids = next(one for one in listed if one["id"] == "grids")
    assert grids["extent"]["spatial"]["bbox"][0] == pytest.approx(
        [WEST, SOUTH, WEST + 3 * SIDE, SOUTH + 3 * SIDE]
    )
    assert f"{EPSG}4546" in grids["crs"]


def test_pages_hold_all_features_once(client: TestClient) -> None:
    url, codes = f"{GRIDS}?limit=4", []
    while url:
        page = client.get(url).json()
        codes += [feature["id"] for feature in page["features"]]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert codes == sorted(grid_code(c, r) for c in range(3) for r in range(3))
    assert page["numberMatched"] == 9


def test_a_box_inside_one_square_finds_one_grid(client: TestClient) -> None:
    box = (WEST + 1.2 * SIDE, SOUTH + 1.2 * SIDE, WEST + 1.8 * SIDE, SOUTH + 1.8 * SIDE)
    page = client.get(GRIDS, params={"bbox": ",".join(map(str, box))}).json()
    assert [feature["id"] for feature in page["features"]] == [grid_code(1, 1)]


def test_a_box_in_a_north_first_crs_is_read_north_first(client: TestClient) -> None:
    box = (SOUTH + 1.2 * SIDE, WEST + 1.2 * SIDE, SOUTH + 1.8 * SIDE, WEST + 1.8 * SIDE)
    params = {"bbox": ",".join(map(str, box)), "bbox-crs": f"{EPSG}4490"}
    page = client.get(GRIDS, params=params).json()
    assert [feature["id"] for feature in page["features"]] == [grid_code(1, 1)]


def test_the_planar_crs_is_served_north_first_and_named(client: TestClient) -> None:
    answer = client.get(f"{GRIDS}/{grid_code(0, 0)}", params={"crs": f"{EPSG}4546"})
    assert answer.headers["content-crs"] == f"<{EPSG}4546>"
    north, east = answer.json()["geometry"]["coordinates"][0][0][0]
    assert 4_120_000 < north < 4_130_000
    assert 560_000 < east < 570_000


def test_features_can_be_filtered_by_parent(client: TestClient) -> None:
    page = client.get(GRIDS, params={"community_code": community_code(2)}).json()
    assert page["numberMatched"] == 3


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=x", "offset=-1", "bbox=1,2,3", "bbox=a,b,c,d", "bbox=1,2,nan,4",
        "bbox=111,38,112,37", "crs=EPSG:4490", f"crs={EPSG}27700", "f=xml", "colour=red",
    ],
)  # fmt: skip
def test_a_wrong_query_is_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"{GRIDS}?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/ogc/collections/people", f"{GRIDS}/1", "/ogc/collections/people/items"]
)
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "path",
    ["/ogc", "/ogc/conformance", "/ogc/collections", "/ogc/collections/grids", GRIDS,
     f"{GRIDS}/{grid_code(0, 0)}"],
)  # fmt: skip
def test_a_browser_gets_a_page_without_outside_links(
    client: TestClient, path: str, lang: str
) -> None:
    page = client.get(path, headers={"accept": "text/html", "accept-language": lang})
    assert page.headers["content-type"].startswith("text/html")
    assert f'lang="{"zh-CN" if lang == "zh" else "en"}"' in page.text
    for word in ("src=", "@import", "url("):
        assert word not in page.text


def test_markup_in_a_name_is_shown_not_run(client: TestClient) -> None:
    held = client.app.state.held  # type: ignore[attr-defined]
    with held.sessions.begin() as session:
        session.connection().exec_driver_sql("update streets set name_en = '<script>x</script>'")
    page = client.get("/ogc/collections/streets/items", params={"f": "html"}).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_no_layer_shows_a_person(client: TestClient) -> None:
    listed = client.get("/ogc/collections").json()["collections"]
    for one in listed:
        items = client.get(f"/ogc/collections/{one['id']}/items").json()
        assert not {"officer", "residents_name", "phone_private"} & set(
            json.dumps(items).split('"')
        )
    assert {one["id"] for one in listed}.isdisjoint({"officers", "incidents"})
