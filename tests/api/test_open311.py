"""Open311 GeoReport v2, as a report app uses it."""

from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient

from tests.cities import middle

V2 = "/open311/v2"
LON, LAT = middle(1, 1)
GIVEN = {
    "service_code": "facility", "lat": LAT, "long": LON, "description": "三单元门口路灯不亮",
    "first_name": "某", "phone": "13800000000", "email": "a@example.org",
}  # fmt: skip


def send(client: TestClient, **change: Any) -> Any:
    return client.post(f"{V2}/requests.json", data={**GIVEN, **change})


def test_services_are_listed_in_both_formats(client: TestClient) -> None:
    listed = client.get(f"{V2}/services.json").json()
    root = ET.fromstring(client.get(f"{V2}/services.xml").content)  # noqa: S314 - our own
    codes = [service["service_code"] for service in listed]
    assert [one.findtext("service_code") for one in root.iter("service")] == codes
    assert (root.tag, root.findtext("service/metadata")) == ("services", "false")


def test_a_definition_is_told_and_an_unknown_one_is_an_error_of_the_standard(
    client: TestClient,
) -> None:
    assert client.get(f"{V2}/services/facility.json").json() == {
        "service_code": "facility", "attributes": [],
    }  # fmt: skip
    answer = client.get(f"{V2}/services/magic.xml")
    root = ET.fromstring(answer.content)  # noqa: S314
    assert (answer.status_code, root.tag, root.findtext("error/code")) == (404, "errors", "404")


def test_a_report_becomes_a_case_to_verify_and_is_followed_till_closed(client: TestClient) -> None:
    answer = send(client)
    assert answer.status_code == 201
    number = answer.json()[0]["service_request_id"]
    case = client.get(f"/cases/{number}").json()
    assert (case["state"], case["channel"]) == ("received", "open311")
    assert client.get(f"{V2}/tokens/{number}.json").json()[0]["service_request_id"] == number
    headers = {"X-Actor": "desk"}
    void = {"kind": "void", "role": "dispatcher", "note": "重复"}
    assert client.get(f"{V2}/requests/{number}.json").json()[0]["status"] == "open"
    client.post(f"/cases/{number}/steps", json=void, headers=headers)
    root = ET.fromstring(client.get(f"{V2}/requests/{number}.xml").content)  # noqa: S314
    assert root.findtext("request/status") == "closed"
    for status, listed in (("open", False), ("closed", True)):
        found = client.get(f"{V2}/requests.json", params={"status": status}).json()
        assert (number in [one["service_request_id"] for one in found]) == listed


def test_nothing_of_the_person_their_words_or_their_door_is_shown(client: TestClient) -> None:
    number = send(client, address_string="桥头小区1号楼").json()[0]["service_request_id"]
    shown = client.get(f"{V2}/requests/{number}.json")
    for secret in ("13800000000", "example.org", "三单元", "桥头小区"):
        assert secret not in shown.text
    (one,) = shown.json()
    assert (one["long"], one["lat"]) == (round(LON, 3), round(LAT, 3))


def test_an_address_alone_is_found_or_asked_about(client: TestClient) -> None:
    found = send(client, lat="", long="", address_string="桥头小区1号楼")
    assert found.status_code == 201
    lost = send(client, lat="", long="", address_string="呼伦贝尔")
    assert (lost.status_code, lost.json()[0]["code"]) == (400, 400)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"service_code": "magic"}, "must be one of"),
        ({"description": " "}, "description is needed"),
        ({"lat": "", "long": ""}, "send lat and long"),
        ({"lat": LON, "long": LAT}, "swapped"),
    ],
)
def test_a_wrong_report_is_refused_in_the_words_of_the_standard(
    client: TestClient, change: dict[str, Any], words: str
) -> None:
    answer = send(client, **change)
    assert answer.status_code == 400
    assert words in answer.json()[0]["description"]


def test_a_report_sent_again_with_its_key_is_one(client: TestClient) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    numbers = {
        client.post(f"{V2}/requests.json", data=GIVEN, headers=key).json()[0]["service_request_id"]
        for _ in range(2)
    }
    assert len(numbers) == 1


def test_requests_are_asked_for_by_number_and_service(client: TestClient) -> None:
    made = [send(client).json()[0]["service_request_id"] for _ in range(3)]
    listed = client.get(f"{V2}/requests.json", params={"service_request_id": ",".join(made[:2])})
    assert [one["service_request_id"] for one in listed.json()] == [made[1], made[0]]
    other = client.get(f"{V2}/requests.json", params={"service_code": "dispute"}).json()
    assert not {one["service_request_id"] for one in other} & set(made)
