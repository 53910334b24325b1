"""The database of the service: connecting to it, refusing an unfit one, keeping its schema."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

from layers.cluster import SERVICE, Cluster, ClusterError
from layers.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"
EXTENSIONS = ("postgis", "pg_trgm")
OLDEST_POSTGRES = 15
OLDEST_POSTGIS = (3, 3)
SCHEMA_LOCK = 0x6A69_6E67_7765_69  # 'jingwei': who changes the schema holds this advisory lock
REVIVE_S = 10.0
WATCH_S = 1.0
WATCH_AFTER_FAILURE_S = 30.0

log = logging.getLogger(__name__)


class DatabaseError(RuntimeError):
    """The database named cannot be used; says which, why and what to do."""


@contextmanager
def open_database(settings: Settings) -> Iterator[Engine]:
    """
    Open the database the settings name, or the service's own, and close it at the end.

    The own database is watched: if its server dies, it is started again, at the latest
    when the next connection is wanted.

    Raises
    ------
    DatabaseError, ClusterError, SettingsError
        If there is no database fit for the service.
    """
    if settings.database_url:
        with _disposing(create_engine(settings.database_url, settings)) as engine:
            check_database(engine)
            yield engine
        return
    home = settings.make_data_folder()
    with (
        Cluster(home, settings=SERVICE, bin=settings.postgres_folder) as cluster,
        _disposing(create_engine(cluster.url, settings)) as engine,
        _watching(cluster),
    ):
        _revive_on_connect(engine, cluster)
        check_database(engine)
        yield engine


def create_engine(url: str, settings: Settings) -> Engine:
    """
    Return an engine for a PostgreSQL address: psycopg 3, times in UTC, statements limited.

    Connects only when it is used. Dead connections are replaced before use.

    Raises
    ------
    DatabaseError
        If the address is no PostgreSQL address.
    """
    address = _parse_url(url)
    options = [
        "-c timezone=UTC",
        f"-c statement_timeout={round(settings.statement_timeout_s * 1000)}",
    ]
    given = address.query.get("options", "")
    options.extend([given] if isinstance(given, str) else given)  # the operator's come last and win
    return sa.create_engine(
        address,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=10,
        connect_args={
            "application_name": "jingwei",
            "client_encoding": "utf8",
            "connect_timeout": 10,
            "options": " ".join(options),
        },
    )


def session_factory(engine: Engine) -> sessionmaker[Session]:
    """Return a maker of sessions, whose objects stay readable after a commit."""
    return sessionmaker(engine, expire_on_commit=False)


def check_database(engine: Engine) -> None:
    """
    Refuse a database the service would fail on later, or worse, be silently wrong with.

    PostGIS and pg_trgm are created if the server has them and the role may.

    Raises
    ------
    DatabaseError
        If it cannot be reached, is too old, not UTF-8, without PostGIS, or has a locale
        under which no Chinese name is ever found by trigrams.
    """
    name = engine.url.render_as_string(hide_password=True)
    try:
        with engine.begin() as connection:
            _check_server(connection, name)
            _create_extensions(connection, name)
            _check_postgis(connection, name)
            _check_trigrams(connection, name)
    except OperationalError as error:
        raise DatabaseError(
            f"the database {name} cannot be reached: {str(error.orig).strip()}. See that the "
            "server runs and that DATABASE_URL is right"
        ) from error


def migrate(engine: Engine) -> None:
    """
    Bring the schema up to date, all of it or nothing; several may try at once.

    Raises
    ------
    DatabaseError
        If the schema was made by a newer release, or a migration fails.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("set local statement_timeout = 0")
            _lock_schema(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (CommandError, DBAPIError) as error:
        name = engine.url.render_as_string(hide_password=True)
        raise DatabaseError(
            f"the schema of {name} cannot be brought up to date: {error}. Nothing was changed. "
            "If a newer release of Jingwei made it, run that release; else this is a defect to "
            "report with this message"
        ) from error


def _parse_url(url: str) -> sa.URL:
    advice = "DATABASE_URL should read postgresql://user:password@host:5432/name"
    try:
        address = sa.make_url(url)
    except ArgumentError as error:  # not named: the text may hold a password
        raise DatabaseError(f"the address of the database cannot be read: {advice}") from error
    if address.drivername not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise DatabaseError(
            f"the address of the database is of kind {address.drivername!r}, but only PostgreSQL "
            f"will do: {advice}"
        )
    return address.set(drivername="postgresql+psycopg")


def _check_server(connection: Connection, name: str) -> None:
    row = connection.exec_driver_sql(
        "select current_setting('server_version_num')::int / 10000, "
        "current_setting('server_encoding')"
    ).one()
    major, encoding = row
    if major < OLDEST_POSTGRES:
        raise DatabaseError(
            f"{name} is PostgreSQL {major}, but {OLDEST_POSTGRES} or newer is needed: upgrade it"
        )
    if encoding != "UTF8":
        raise DatabaseError(
            f"{name} has the encoding {encoding}, which cannot hold every Chinese name: "
            f"{_advice(connection)}"
        )


def _create_extensions(connection: Connection, name: str) -> None:
    known = "select name, installed_version from pg_available_extensions where name = any(%s)"
    rows = connection.exec_driver_sql(known, ([*EXTENSIONS],))
    available: dict[str, str | None] = {row.name: row.installed_version for row in rows}
    for extension in EXTENSIONS:
        if extension not in available:
            raise DatabaseError(
                f"the server of {name} does not have {extension}: install the PostGIS package "
                "(Debian: postgresql-<version>-postgis-3) and postgresql-contrib there"
            )
    missing = [extension for extension in EXTENSIONS if available[extension] is None]
    try:
        if missing:
            _lock_schema(connection)
        for extension in missing:
            connection.exec_driver_sql(f"create extension if not exists {extension}")
    except (ProgrammingError, sa.exc.InternalError, sa.exc.NotSupportedError) as error:
        raise DatabaseError(
            f"{name} is without {missing[0]}, and it cannot be created: "
            f"{str(error.orig).strip()}. Let an administrator run in that database: "
            + " ".join(f"create extension {extension};" for extension in missing)
        ) from error


def _check_postgis(connection: Connection, name: str) -> None:
    version = connection.exec_driver_sql("select postgis_lib_version()").scalar_one()
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_POSTGIS:
        oldest = ".".join(map(str, OLDEST_POSTGIS))
        raise DatabaseError(
            f"{name} has PostGIS {version}, but {oldest} or newer is needed: install it and run "
            "select postgis_extensions_upgrade()"
        )


def _check_trigrams(connection: Connection, name: str) -> None:
    if not connection.exec_driver_sql("select show_trgm('汾阳')").scalar_one():
        locale = connection.exec_driver_sql(
            "select datctype from pg_database where datname = current_database()"
        ).scalar_one()
        raise DatabaseError(
            f"{name} has the locale {locale!r}, under which PostgreSQL sees no letters in Chinese, "
            f"so that a search by name finds nothing: {_advice(connection)}"
        )


def _advice(connection: Connection) -> str:
    database = connection.engine.url.database
    return (
        "make the database anew with "
        f"create database {database} template template0 encoding 'UTF8' locale 'C.UTF-8', "
        "and restore its contents there"
    )


def _lock_schema(connection: Connection) -> None:
    connection.exec_driver_sql(f"select pg_advisory_xact_lock({SCHEMA_LOCK})")


@contextmanager
def _disposing(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


def _revive_on_connect(engine: Engine, cluster: Cluster) -> None:
    """Let a request that finds the server dead wait for its return instead of failing."""

    def connect(dialect: Dialect, _: object, args: list[Any], options: dict[str, Any]) -> Any:  # noqa: ANN401
        end = time.monotonic() + REVIVE_S
        while True:
            try:
                return dialect.connect(*args, **options)
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise
            cluster.ensure_alive()
            time.sleep(0.05)

    event.listen(engine, "do_connect", connect)


@contextmanager
def _watching(cluster: Cluster) -> Iterator[None]:
    """Keep the server alive from a thread of its own."""
    ending = threading.Event()

    def watch() -> None:
        pause = WATCH_S
        while not ending.wait(pause):
            try:
                cluster.ensure_alive()
                pause = WATCH_S
            except ClusterError:
                log.exception("the database died and does not start again; trying on")
                pause = WATCH_AFTER_FAILURE_S

    thread = threading.Thread(target=watch, name="database watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
