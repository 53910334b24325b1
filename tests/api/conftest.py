"""The service on the toy city, asked over HTTP without a network."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from api.app import create_app
from layers.db import session_factory
from layers.settings import Settings
from tests.cities import add_city


@pytest.fixture(scope="module")
def client(engine: Engine, settings: Settings) -> Iterator[TestClient]:
    """Return a client of a service that has the toy city in force."""
    with session_factory(engine).begin() as session:
        add_city(session)
    with TestClient(create_app(settings, engine), raise_server_exceptions=False) as client:
        yield client
