"""What every test may ask for."""

from collections.abc import Iterator

import pytest

from tests.service import Service

pytest_plugins = ["tests.database"]


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """Return the real service on the sample city, as `scripts/run` starts it."""
    with Service() as service:
        yield service
