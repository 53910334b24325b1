"""`/centres`: what is open, how far it is on foot, and that nobody's position is kept."""

import json
import logging
import re
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from geoalchemy2.shape import from_shape
from sqlalchemy.engine import Engine

from api.app import create_app
from api.centres import NearestOut
from layers.centres import add_exception
from layers.db import session_factory
from layers.models import SRID, Officer, ServiceCentre, Street
from layers.opening import Closure
from layers.settings import Settings
from tests.cities import add_city, middle
from tests.worlds import SIDE, SOUTH, WEST

DESK = "Mo-Fr 08:30-12:00,14:30-18:00; PH off"
WEDNESDAY = "2026-09-23T10:00:00+08:00"
HOLIDAY = "2026-10-02T10:00:00+08:00"
HOME: dict[str, Any] = {"lon": WEST + 0.6 * SIDE, "lat": SOUTH, "datum": "cgcs2000"}


@pytest.fixture(scope="module")
def client(engine: Engine, settings: Settings) -> Iterator[TestClient]:
    """Return a client of the toy city with a street to each of three centres; one is across."""
    with session_factory(engine).begin() as session:
        add_city(session)
        for number, (column, row) in enumerate([(0.5, 0.2), (1.5, 0.2), (2.5, 0.2)], 2):
            lon, lat = WEST + column * SIDE, SOUTH + row * SIDE
            session.add(
                ServiceCentre(
                    code=f"SC{number}",
                    name=f"第{number}服务中心",
                    kind="community",
                    community_code="141182001001",
                    region_code="R1",
                    geom=from_shape(shapely.Point(lon, lat), srid=SRID),
                    opening_hours=DESK,
                    phone=f"0358-000-800{number}",
                    services=["certificates"] if number < 4 else ["reading"],
                    step_free=True,
                )
            )
            up = shapely.MultiLineString([[(lon, SOUTH), (lon, lat)]])
            session.add(
                Street(
                    code=f"U{number}",
                    name=None,
                    street_class="path",
                    geom=from_shape(up, srid=SRID),
                )
            )
    with TestClient(create_app(settings, engine), raise_server_exceptions=False) as client:
        yield client


def nearest(client: TestClient, **more: Any) -> list[dict[str, Any]]:
    answer = client.get("/centres/nearest", params={**HOME, "at": WEDNESDAY, **more})
    assert answer.status_code == 200, answer.text
    centres: list[dict[str, Any]] = NearestOut.model_validate(answer.json()).model_dump(
        mode="json"
    )["centres"]
    return centres


def codes(centres: list[dict[str, Any]]) -> list[str]:
    return [centre["code"] for centre in centres]


def test_the_three_nearest_that_are_open_come_with_the_walk_and_its_route(
    client: TestClient,
) -> None:
    centres = nearest(client)
    assert codes(centres) == ["SC2", "SC3", "SC4"]
    walk = centres[0]["walk"]
    assert walk["how"] == "network"
    assert walk["metres"] == pytest.approx(0.1 * 87 + 0.2 * 108, rel=0.05)
    assert walk["minutes"] == 1
    assert walk["route"]["coordinates"][0] == pytest.approx([HOME["lon"], HOME["lat"]], abs=1e-5)
    assert centres[0]["now"]["until"] == "2026-09-23T12:00:00+08:00"


def test_when_all_but_the_night_centre_are_closed_it_comes_first_and_the_others_say_when(
    client: TestClient,
) -> None:
    centres = nearest(client, at="2026-09-30T23:30:00+08:00")
    assert codes(centres) == ["SC1", "SC2", "SC3"]
    assert [centre["now"]["open"] for centre in centres] == [True, False, False]
    assert centres[1]["now"]["until"] == "2026-10-08T08:30:00+08:00"
    assert codes(nearest(client, at=HOLIDAY, open="only")) == ["SC1"]
    assert codes(nearest(client, at=HOLIDAY, open="any")) == ["SC2", "SC3", "SC4"]


def test_only_centres_with_the_service_are_named(client: TestClient) -> None:
    assert codes(nearest(client, service="reading")) == ["SC4"]


def test_old_people_take_longer(client: TestClient) -> None:
    (fast,), (slow,) = (
        [centre["walk"]["minutes"] for centre in nearest(client, service="reading", pace=pace)]
        for pace in ("ordinary", "slow")
    )
    assert (fast, slow) == (3, 5)  # 190 m


def test_far_from_every_street_it_says_straight_line(client: TestClient) -> None:
    far = dict(zip(("lon", "lat"), middle(1, 9), strict=True))
    assert {one["walk"]["how"] for one in nearest(client, **far)} == {"straight_line"}


def test_a_post_answers_the_same_and_leaves_the_position_out_of_the_address(
    client: TestClient,
) -> None:
    asked = {**HOME, "at": WEDNESDAY}
    posted = client.post("/centres/nearest", json=asked)
    assert posted.json() == client.get("/centres/nearest", params=asked).json()
    assert posted.headers["cache-control"] == "no-store"


def test_a_position_is_in_no_log(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.post("/centres/nearest", json=HOME)
        client.post("/centres/nearest", json={**HOME, "datum": "mars"})
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    assert not [line for line in ours if re.search(r"111\.7\d|37\.2\d", line)]


def test_an_exception_entered_today_is_known_to_the_running_service(
    client: TestClient, engine: Engine
) -> None:
    day = date(2026, 9, 24)
    with session_factory(engine).begin() as session:
        add_exception(session, "SC2", Closure(day, day, None, "停电检修", "Power cut"))
    until = time.monotonic() + 20
    asked = {"at": "2026-09-24T10:00:00+08:00"}
    while client.get("/centres/SC2", params=asked).json()["now"]["open"]:
        assert time.monotonic() < until
        time.sleep(0.1)
    now = client.get("/centres/SC2", params=asked).json()["now"]
    assert now["exception"] == {"zh": "停电检修", "en": "Power cut"}
    assert now["until"] == "2026-09-28T08:30:00+08:00"  # 25 to 27 September is Mid-Autumn
    assert codes(nearest(client, **asked))[0] == "SC3"


def test_all_centres_and_one_of_them(client: TestClient) -> None:
    listed = client.get("/centres", params={"at": HOLIDAY}).json()
    assert codes(listed["centres"]) == ["SC1", "SC2", "SC3", "SC4"]
    assert listed["centres"][1]["now"]["holiday"] == {"zh": "国庆节", "en": "National Day"}
    one = client.get("/centres/SC2").json()
    assert one["services"] == [{"code": "certificates", "zh": "证明开具", "en": "Certificates"}]
    assert client.get("/centres/SC9").status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lon": "nan"}, "finite"),
        ({"lon": HOME["lat"], "lat": HOME["lon"]}, "swapped"),
        ({"datum": None}, "datum"),
        ({"at": "2026-09-23T10:00:00"}, "no zone"),
        ({"at": "1890-09-23T10:00:00Z"}, "2000 to 2099"),
        ({"service": "haircut"}, "'haircut': use one of certificates"),
        ({"open": "later"}, "'first', 'only' or 'any'"),
        ({"hurry": "yes"}, "hurry"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    client: TestClient, change: dict[str, Any], words: str
) -> None:
    params = {name: value for name, value in (HOME | change).items() if value is not None}
    answer = client.get("/centres/nearest", params=params)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_no_public_address_tells_a_private_number_a_name_or_a_home(
    client: TestClient, engine: Engine
) -> None:
    with session_factory(engine).begin() as session:
        officers = session.query(Officer).all()
        private = {officer.duty_line for officer in officers} | {o.role_name for o in officers}
        desks = {centre.phone for centre in session.query(ServiceCentre)}
    paths = client.get("/openapi.json").json()["paths"]
    public = {path: entry for path, entry in paths.items() if path.startswith("/centres")}
    assert len(public) == 3
    for path, methods in public.items():
        for method in methods:
            address = path.replace("{code}", "SC2")
            here = HOME if "nearest" in path else None
            given = {"json": here} if method == "post" else {"params": here}
            text = client.request(method, address, **given).text  # type: ignore[arg-type]
            numbers = set(re.findall(r"(?:\+?86)?1[3-9]\d{9}|\d{3,4}-\d{3}-?\d{4}", text))
            assert numbers <= desks
            assert not [word for word in private if word in text]
            answer = json.loads(text)
            for centre in answer.get("centres", [answer]):
                centre.pop("walk", None)  # its route begins where the asker is, and nobody else
            assert f"{HOME['lon']:.6f}" not in json.dumps(answer)
