"""A real PostGIS for tests: one server a run, one fresh database a module, undone after each test.

The server is a private cluster in a temporary folder, or the one that
JINGWEI_TEST_DATABASE_URL names.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from layers import db
from layers.cluster import TESTS, Cluster
from layers.settings import Settings

SERVER = "JINGWEI_TEST_DATABASE_URL"
PREFIX = "jingwei-tests-"


class Databases:
    """The databases that tests make on a server; each has a name of this process."""

    def __init__(self, server: str) -> None:
        self.server = sa.make_url(server).set(drivername="postgresql+psycopg")
        self._names = (f"test_{os.getpid()}_{number}" for number in itertools.count(1))
        self._made: list[str] = []

    def make(self, options: str = "template template0 encoding 'UTF8' locale 'C.UTF-8'") -> str:
        """Make a database and return its address; `options` are those of `create database`."""
        name = next(self._names)
        self.run(f"create database {name} {options}")
        self._made.append(name)
        return self.server.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Drop a database that was made here, whoever still uses it."""
        name = sa.make_url(url).database or ""
        self.run(f"drop database if exists {name} with (force)")
        self._made.remove(name)

    def drop_all(self) -> None:
        """Drop what is left."""
        for name in [*self._made]:
            self.drop(self.server.set(database=name).render_as_string(hide_password=False))

    def run(self, statement: str) -> None:
        """Run a statement outside of any transaction."""
        engine = sa.create_engine(self.server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Run the private server of this run (or of this worker of a parallel run)."""
    # Not pytest's own folder: that is closed to the account the server runs as under root.
    home = Path(tempfile.mkdtemp(prefix=PREFIX))
    home.chmod(0o755)
    try:
        with Cluster(home, settings=TESTS) as cluster:
            yield cluster
    finally:
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Make databases on the server of the tests."""
    given = os.environ.get(SERVER)
    databases = Databases(given or request.getfixturevalue("cluster").url)
    yield databases
    databases.drop_all()


@pytest.fixture(scope="session")
def template(databases: Databases) -> str:
    """Return the name of an empty database with the whole schema, to copy."""
    url = databases.make()
    engine = db.create_engine(url, Settings(database_url=url))
    db.check_database(engine)
    db.migrate(engine)
    engine.dispose()
    return sa.make_url(url).database or ""


@pytest.fixture
def make_database(databases: Databases, template: str) -> Iterator[Callable[[], str]]:
    """Return a function that makes a database with the schema, which is gone after the test."""
    made: list[str] = []

    def make() -> str:
        made.append(databases.make(f"template {template}"))
        return made[-1]

    yield make
    for url in made:
        databases.drop(url)


@pytest.fixture(scope="module")
def database_url(databases: Databases, template: str) -> Iterator[str]:
    """Return the address of this module's own database with the schema."""
    url = databases.make(f"template {template}")
    yield url
    databases.drop(url)


@pytest.fixture(scope="module")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings that name this module's database and a data folder of its own."""
    return Settings(database_url=database_url, data_folder=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def engine(settings: Settings) -> Iterator[Engine]:
    """Return an engine on this module's database; commits stay until the module ends."""
    engine = db.create_engine(settings.database_url or "", settings)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """Return a session whose commits are undone after the test."""
    with engine.connect() as connection, connection.begin() as transaction:
        with Session(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        ) as session:
            yield session
        transaction.rollback()
