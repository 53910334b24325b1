"""The service as a whole: health, errors, its own description."""

from typing import Any

from fastapi.testclient import TestClient
from openapi_spec_validator import validate
from sqlalchemy.engine import Engine

from api.app import create_app
from layers.settings import Settings


def refs(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in refs(value)]
    return [ref for value in node for ref in refs(value)] if isinstance(node, list) else []


def test_live_and_ready_are_told_apart(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "live"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["database"]) == (200, "ok")


def test_without_a_city_the_service_is_live_but_not_ready(
    settings: Settings, make_database: Any
) -> None:
    from layers.db import create_engine  # noqa: PLC0415

    engine: Engine = create_engine(make_database(), settings)
    with TestClient(create_app(settings, engine)) as client:
        assert client.get("/healthz").status_code == 200
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["boundary_version"] == "none in force: import a city"
        here: dict[str, Any] = {"lon": 111.78, "lat": 37.26, "datum": "wgs84"}
        located = client.get("/locate", params=here)
        assert (located.status_code, located.json()["code"]) == (503, "no_version")
    engine.dispose()


def test_the_description_is_valid_and_refers_to_itself_only(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    validate(description)
    assert all(ref.startswith("#/") for ref in refs(description))


def test_every_operation_is_described_and_named_once(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert all(operation.get("description") for operation in operations)
    assert all(operation.get("tags") for operation in operations)


def test_an_unknown_path_is_a_problem_document(client: TestClient) -> None:
    answer = client.get("/nothing/here")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
