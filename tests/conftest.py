"""What every test may ask for."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.service import Service

pytest_plugins = ["tests.database"]
settings.register_profile("jingwei", deadline=None)  # no test fails for how long it took
settings.load_profile("jingwei")


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """Return the real service on the sample city, as `scripts/run` starts it."""
    with Service() as service:
        yield service
