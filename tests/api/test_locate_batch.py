"""`POST /locate`: many points at once."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from tests.cities import grid_code, middle
from tests.worlds import SIDE, SOUTH, WEST

ARROW = {"content-type": "application/vnd.apache.arrow.stream"}
SEOUL = (126.978, 37.566)


def stream(lon: Any, lat: Any) -> bytes:
    sink = pa.BufferOutputStream()
    table = pa.table({"lon": lon, "lat": lat})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def test_each_point_is_answered_in_its_place(client: TestClient) -> None:
    points = [middle(0, 0), SEOUL, (WEST + SIDE, SOUTH + SIDE), middle(2, 1)]
    answer = client.post("/locate", json={"datum": "cgcs2000", "points": points}).json()
    assert [found["grid"] for found in answer["results"]] == [
        grid_code(0, 0), None, grid_code(0, 1), grid_code(2, 1),
    ]  # fmt: skip
    assert [found["how"] for found in answer["results"]] == ["inside", "outside", "edge", "inside"]


def test_no_points_are_no_answers(client: TestClient) -> None:
    answer = client.post("/locate", json={"datum": "wgs84", "points": []})
    assert answer.json()["results"] == []


def test_an_arrow_stream_says_what_json_says(client: TestClient) -> None:
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(WEST - SIDE, WEST + 4 * SIDE, 500), rng.uniform(37.2, 37.3, 500)
    sent = client.post("/locate?datum=gcj02&distance=true", content=stream(lon, lat), headers=ARROW)
    table = pa.ipc.open_stream(sent.content).read_all().to_pydict()
    points = np.column_stack([lon, lat]).tolist()
    said = client.post("/locate", json={"datum": "gcj02", "points": points}).json()["results"]
    assert table["grid"] == [found["grid"] for found in said]
    assert table["how"] == [found["how"] for found in said]
    assert np.round(table["border_distance_m"], 3).tolist() == pytest.approx(
        [found["border_distance_m"] for found in said]
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"datum": "wgs84", "points": [[37.25, 111.75]]}, "swapped"),
        ({"datum": "wgs84", "points": [[111.75, 37.25], [999, 0]]}, "row"),
        ({"points": [[111.75, 37.25]]}, "datum"),
        ({"datum": "wgs84", "points": [[111.75]]}, "points.0"),
        ({"datum": "wgs84", "points": [[111.75, 37.25]] * 10_001}, "10000"),
    ],
)
def test_a_wrong_batch_is_refused_whole(
    client: TestClient, given: dict[str, Any], words: str
) -> None:
    answer = client.post("/locate", json=given)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "content", "words"),
    [
        ("", stream([1.0], [2.0]), "needs the query datum"),
        ("?datum=wgs84", b"nonsense", "no Arrow stream"),
        ("?datum=wgs84", stream(["a"], ["b"]), "no Arrow stream"),
        ("?datum=wgs84", stream([None, 1.0], [1.0, 2.0]), "null"),
        ("?datum=wgs84", stream([float("nan")], [37.0]), "finite"),
    ],
)
def test_a_wrong_stream_is_refused(
    client: TestClient, query: str, content: bytes, words: str
) -> None:
    answer = client.post(f"/locate{query}", content=content, headers=ARROW)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_an_arrow_answer_is_never_compressed(client: TestClient) -> None:
    sent = client.post(
        "/locate?datum=wgs84", content=stream([WEST] * 5000, [SOUTH] * 5000), headers=ARROW
    )
    assert sent.status_code == 200
    assert len(sent.content) > 1000
    assert "content-encoding" not in sent.headers
