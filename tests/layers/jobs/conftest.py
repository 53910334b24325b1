"""A database with a table to count into, for tests of jobs."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.jobs import make_table


@pytest.fixture
def bench(engine: Engine) -> Iterator[Engine]:
    """Return an engine on a database without jobs, before and after the test."""
    make_table(engine)
    yield engine
    with engine.begin() as connection:
        connection.execute(sa.text("truncate jobs, procrastinate_jobs cascade"))
