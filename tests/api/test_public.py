"""The pages for everybody: who is nearest and open, what is not shown, what is not mounted."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from geoalchemy2.shape import from_shape
from sqlalchemy.engine import Engine

from api.app import create_app
from api.public_words import STATES
from gis.datum import Datum
from layers.db import session_factory
from layers.incidents import Report, report
from layers.models import SRID, IncidentState, Officer, ServiceCentre
from layers.settings import Settings
from tests.cities import add_city, middle
from tests.worlds import SIDE, SOUTH, WEST

DESK = "Mo-Fr 08:30-12:00,14:30-18:00; PH off"
PRIVATE_PHONE = "13800001234"
REVIEW = "晋S(2026)001号"
HERE = {"lon": f"{WEST + 0.6 * SIDE:.6f}", "lat": f"{SOUTH + 0.3 * SIDE:.6f}", "datum": "cgcs2000"}
WEDNESDAY = "2026-09-23T10:00"
HOLIDAY = "2026-10-02T10:00"


@pytest.fixture(scope="module")
def client(engine: Engine, settings: Settings) -> Iterator[TestClient]:
    """Return a client of a public service on the toy city: one centre always open, one by day."""
    with session_factory(engine).begin() as session:
        add_city(session)
        session.add(
            ServiceCentre(
                code="SC2",
                name="第2服务中心",
                kind="community",
                community_code="141182001001",
                region_code="R1",
                geom=from_shape(shapely.Point(*middle(0, 0)), srid=SRID),
                opening_hours=DESK,
                phone="0358-000-8002",
                services=["reading"],
            )
        )
    public = {
        "mode": "public",
        "map_review_number": REVIEW,
        "map_credit": "测试",
        "public_url": "https://map.example.cn/",
    }
    app = create_app(settings.model_copy(update=public), engine)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def ask(client: TestClient, lang: str = "zh", **fields: str) -> str:
    answer = client.post(f"/?lang={lang}", data=fields)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


def test_the_nearest_open_centre_comes_first_with_minutes_at_both_paces(client: TestClient) -> None:
    page = ask(client, **HERE, at=WEDNESDAY)
    assert page.index("near-SC2") < page.index("near-SC1")
    assert "开放中，12:00关门" in page
    pairs = re.findall(r"步行约 (\d+) 分钟 · <span class=\"hint\">走得慢约 (\d+) 分钟", page)
    assert len(pairs) == 3  # two near by day, one by night
    assert all(1 <= int(fast) <= int(slow) for fast, slow in pairs)
    assert 'href="tel:03580008002"' in page


def test_on_a_holiday_the_open_centre_is_first_and_the_other_says_when_it_opens(
    client: TestClient,
) -> None:
    page = ask(client, "en", **HERE, at=HOLIDAY)
    assert page.index("near-SC1") < page.index("near-SC2")
    assert "Closed, opens Thu 8 Oct 08:30" in page
    assert "National Day" in page
    assert "Open all day" in page


def test_the_page_names_the_grid_and_its_duty_line(client: TestClient) -> None:
    page = ask(client, **HERE)
    assert "第1社区" in page
    assert 'href="tel:0358000' in page.split('id="grid"')[1]


def test_a_place_by_name_and_a_service(client: TestClient) -> None:
    page = ask(client, q="桥头小区", service="reading")
    assert "“桥头小区”" in page
    assert "near-SC2" in page
    assert "near-SC1" not in page


def test_a_pasted_pair_is_asked_whose_it_is_and_then_answered(client: TestClient) -> None:
    pair = f"{HERE['lon']}, {HERE['lat']}"
    assert "哪里来的" in ask(client, q=pair)
    assert "near-SC2" in ask(client, q=pair, pick="wgs84")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "请先填地址"),
        ({"q": "呼伦贝尔大草原"}, "没有找到"),
        ({"lon": "126.97", "lat": "37.56", "datum": "wgs84"}, "不在汾阳市附近"),
        ({"lon": "x", "lat": "1", "datum": "wgs84"}, "位置看不懂"),
        ({"lon": "nan", "lat": "1", "datum": "wgs84"}, "位置看不懂"),
        ({**HERE, "at": "soon"}, "时间看不懂"),
        ({**HERE, "at": "1890-01-01T10:00"}, "时间看不懂"),
    ],
)
def test_what_cannot_be_used_is_said_on_the_page(
    client: TestClient, fields: dict[str, str], words: str
) -> None:
    answer = client.post("/?lang=zh", data=fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert "<h1" in answer.text


def test_what_a_visitor_types_is_shown_as_text_only(client: TestClient) -> None:
    page = client.post("/", data={"q": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in page


def test_a_position_is_in_no_log_no_address_and_no_cache(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = client.post("/", data=HERE)
    assert answer.headers["cache-control"] == "no-store"
    assert str(answer.url).endswith("/")
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    assert not [line for line in ours if re.search(r"111\.7\d|37\.2\d", line)]


def test_the_sample_is_marked_and_the_review_number_shown(client: TestClient) -> None:
    page = client.get("/?lang=zh").text
    assert "合成示例数据" in page
    assert REVIEW in page


@pytest.mark.parametrize(
    "path",
    ["/map", "/city", "/incidents", "/drafts", "/versions", "/jobs", "/ogc", "/tiles/12/0/0.mvt"],
)
def test_a_public_service_has_no_pages_or_answers_for_staff(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_poster_carries_a_code_with_the_public_address_and_the_usual_hours(
    client: TestClient,
) -> None:
    page = client.get("/c/SC2/poster?lang=zh").text
    assert "https://map.example.cn/c/SC2" in page
    assert "<svg" in page
    assert page.count("08:30–12:00、14:30–18:00") == 5
    assert client.get("/c/SC9").status_code == 404
    assert "SC9" in client.get("/c/SC9").text


def test_a_report_is_followed_by_its_number_which_tells_its_state_only(
    client: TestClient, engine: Engine
) -> None:
    lon, lat = middle(0, 0)
    made = Report(
        category="other", text=f"李四电话{PRIVATE_PHONE}", lon=lon, lat=lat,
        datum=Datum.CGCS2000, address="3号楼301",
    )  # fmt: skip
    state: Any = client.app
    with session_factory(engine).begin() as session:
        incident, _ = report(session, state.state.held.atlas, made)
        number = incident.number
    page = client.post("/follow?lang=zh", data={"number": f" {number} "}).text
    assert "已派给承办单位" in page or "已收到" in page
    assert not [word for word in ("李四", PRIVATE_PHONE, "301", f"{lon:.4f}") if word in page]
    unknown = client.post("/follow?lang=zh", data={"number": "none"})
    assert unknown.status_code == 404
    assert "没有编号" in unknown.text


def test_every_state_of_a_report_has_words_for_whoever_follows_it() -> None:
    assert STATES.keys() == set(IncidentState)


def test_no_public_address_tells_a_private_number_a_name_or_a_home(
    client: TestClient, engine: Engine
) -> None:
    """Each address of a public service is asked, the forms filled in."""
    with session_factory(engine)() as session:
        lines = {officer.duty_line for officer in session.query(Officer)}
        known = lines | {centre.phone for centre in session.query(ServiceCentre)}
    app: Any = client.app
    asked = 0
    for route in iter_route_contexts(app.router.routes):
        for method in (route.methods or set()) - {"HEAD"}:
            path = str(route.path).replace("{code}", "SC2").replace("{path:path}", "none")
            given: dict[str, Any] = {"params": {**HERE, "q": "桥头小区"} if method == "GET" else {}}
            if method == "POST":
                as_json = path.startswith("/centres")
                place = {**HERE, "lon": float(HERE["lon"]), "lat": float(HERE["lat"])}
                given = {"json": place} if as_json else {"data": {**HERE, "number": "1"}}
            if path == "/centres/nearest" and method == "GET":
                given = {"params": HERE}
            text = client.request(method, path, **given).text
            asked += 1
            assert PRIVATE_PHONE not in text, path
            assert "李四" not in text, path
            numbers = set(re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)|0\d{3}-\d{3}-?\d{4}", text))
            assert numbers <= known, path
    assert asked > 12


def test_pages_are_compressed_and_arrow_is_not(client: TestClient) -> None:
    assert client.get("/").headers["content-encoding"] == "gzip"
    assert client.get("/public/ground.json").headers["content-encoding"] == "gzip"
    assert client.get("/static/public/main.js").headers["content-encoding"] == "gzip"
    plain = client.get("/public/ground.json", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json()["type"] == "FeatureCollection"
    tag = {"if-none-match": plain.headers["etag"]}
    assert client.get("/public/ground.json", headers=tag).status_code == 304
