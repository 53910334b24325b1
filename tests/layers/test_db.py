"""The service opens a fit database, refuses an unfit one in a clear sentence, keeps it alive."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from layers import db
from layers.cluster import Cluster
from layers.db import DatabaseError
from layers.settings import Settings
from tests.database import Databases
from tests.layers.private import kill_server, lives, postmaster

Make = Callable[..., Engine]


@pytest.fixture
def make_engine(databases: Databases) -> Iterator[Make]:
    """Return a function that makes a new database and an engine on it."""
    made: list[Engine] = []

    def make(options: str = "template template0 encoding 'UTF8' locale 'C.UTF-8'") -> Engine:
        made.append(db.create_engine(databases.make(options), Settings()))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()
        databases.drop(engine.url.render_as_string(hide_password=False))


def scalar(engine: Engine, statement: str) -> object:
    with engine.connect() as connection:
        return connection.exec_driver_sql(statement).scalar()


# Engine


def test_times_are_utc_and_connections_carry_our_name(engine: Engine) -> None:
    with engine.begin() as connection:
        name = engine.url.database
        connection.exec_driver_sql(f"alter database {name} set timezone = 'Asia/Shanghai'")
    engine.dispose()
    assert scalar(engine, "show timezone") == "UTC"
    assert scalar(engine, "show application_name") == "jingwei"


def test_a_statement_that_takes_too_long_is_cancelled(database_url: str) -> None:
    engine = db.create_engine(database_url, Settings(statement_timeout_s=0.05))
    with pytest.raises(OperationalError, match="statement timeout"):
        scalar(engine, "select pg_sleep(20)")
    engine.dispose()


def test_options_in_the_address_are_kept(database_url: str) -> None:
    url = sa.make_url(database_url).update_query_dict({"options": "-c work_mem=7MB"})
    engine = db.create_engine(url.render_as_string(hide_password=False), Settings())
    assert scalar(engine, "show work_mem") == "7MB"
    assert scalar(engine, "show timezone") == "UTC"
    engine.dispose()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_will_do(scheme: str) -> None:
    engine = db.create_engine(f"{scheme}://me:word@here:6543/city", Settings())
    assert str(engine.url) == "postgresql+psycopg://me:***@here:6543/city"


@pytest.mark.parametrize("url", ["mysql://me:secret@here/city", "secret", "", "http://secret"])
def test_other_addresses_are_refused_without_showing_a_password(url: str) -> None:
    with pytest.raises(DatabaseError, match="DATABASE_URL should read") as raised:
        db.create_engine(url, Settings())
    assert "secret" not in str(raised.value)


def test_a_connection_that_the_server_dropped_is_replaced(
    make_engine: Make, databases: Databases
) -> None:
    engine = make_engine()
    dropped = scalar(engine, "select pg_backend_pid()")
    databases.run(f"select pg_terminate_backend({dropped}, 5000)")
    assert scalar(engine, "select pg_backend_pid()") != dropped


def test_objects_stay_readable_after_a_commit(engine: Engine) -> None:
    assert db.session_factory(engine)().get_bind() is engine
    assert db.session_factory(engine).kw["expire_on_commit"] is False


# Fit or not


def test_a_new_database_is_given_its_extensions(make_engine: Make) -> None:
    engine = make_engine()
    db.check_database(engine)
    assert scalar(engine, "select postgis_lib_version() is not null") is True


def test_many_may_check_a_new_database_at_once(make_engine: Make) -> None:
    engine = make_engine()
    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(db.check_database, [engine] * 4)] == [None] * 4


@pytest.mark.parametrize("locale", ["lc_ctype 'C'", "locale 'C'"])
def test_a_locale_without_chinese_letters_is_refused(make_engine: Make, locale: str) -> None:
    engine = make_engine(f"template template0 encoding 'UTF8' {locale}")
    with pytest.raises(DatabaseError, match=r"locale 'C'.*finds nothing.*locale 'C\.UTF-8'"):
        db.check_database(engine)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_an_encoding_without_chinese_is_refused(make_engine: Make, encoding: str) -> None:
    engine = make_engine(f"template template0 encoding '{encoding}' locale 'C'")
    with pytest.raises(DatabaseError, match=f"encoding {encoding}, .*encoding 'UTF8'"):
        db.check_database(engine)


def test_a_role_that_may_not_create_postgis_is_told_who_may(
    make_engine: Make, databases: Databases
) -> None:
    engine = make_engine()
    databases.run("create role clerk login")
    address = engine.url.set(username="clerk").render_as_string(hide_password=False)
    clerk = db.create_engine(address, Settings())
    try:
        with pytest.raises(DatabaseError, match=r"administrator.*create extension postgis;"):
            db.check_database(clerk)
    finally:
        clerk.dispose()
        databases.run("drop role clerk")


def test_a_server_without_postgis_is_named_with_the_package(
    make_engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "EXTENSIONS", ("postgis_of_another_world", "pg_trgm"))
    with pytest.raises(DatabaseError, match=r"not have postgis_of_another_world: install"):
        db.check_database(make_engine())


def test_too_old_a_postgis_is_refused_with_both_versions(
    make_engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "OLDEST_POSTGIS", (99, 1))
    with pytest.raises(DatabaseError, match=r"PostGIS \d\.\d.*, but 99\.1 or newer"):
        db.check_database(make_engine())


def test_too_old_a_server_is_refused_with_both_versions(
    make_engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "OLDEST_POSTGRES", 99)
    with pytest.raises(DatabaseError, match=r"is PostgreSQL \d\d, but 99 or newer"):
        db.check_database(make_engine())


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    engine = db.create_engine("postgresql://me:secret@127.0.0.1:1/city", Settings())
    with pytest.raises(DatabaseError, match=r"127\.0\.0\.1:1/city cannot be reached") as raised:
        db.check_database(engine)
    assert "secret" not in str(raised.value)


# Schema


def test_many_may_migrate_a_new_database_at_once(make_engine: Make, engine: Engine) -> None:
    new = make_engine()
    db.check_database(new)
    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(db.migrate, [new] * 4)] == [None] * 4
    version = "select version_num from alembic_version"
    assert scalar(new, version) == scalar(engine, version) is not None


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    tables = "select string_agg(oid::text, ' ' order by oid) from pg_class"
    before = scalar(engine, tables)
    db.migrate(engine)
    assert scalar(engine, tables) == before


def test_a_migration_may_take_longer_than_a_request(
    make_engine: Make,
) -> None:
    engine = make_engine()
    db.check_database(engine)
    hasty = db.create_engine(
        engine.url.render_as_string(hide_password=False), Settings(statement_timeout_s=0.2)
    )
    with engine.begin() as other, ThreadPoolExecutor(1) as pool:
        other.exec_driver_sql(f"select pg_advisory_xact_lock({db.SCHEMA_LOCK})")
        waiting = pool.submit(db.migrate, hasty)
        time.sleep(0.5)
        assert not waiting.done()
        other.rollback()
        assert waiting.result() is None
    hasty.dispose()


def test_a_migration_that_fails_leaves_nothing(make_engine: Make) -> None:
    engine = make_engine()
    db.check_database(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table incident_events (id int)")
    with pytest.raises(DatabaseError, match="cannot be brought up to date"):
        db.migrate(engine)
    count = "select count(*) from pg_tables where schemaname = 'public' and tableowner = "
    assert scalar(engine, count + "current_user and tablename <> 'spatial_ref_sys'") == 1


def test_a_schema_of_a_newer_release_is_refused(make_database: Callable[[], str]) -> None:
    engine = db.create_engine(make_database(), Settings())
    with engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    with pytest.raises(DatabaseError, match=r"newer release of Jingwei"):
        db.migrate(engine)
    engine.dispose()


# Open


def test_a_named_database_is_opened_and_checked(database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database_url, data_folder=tmp_path / "unused")
    with db.open_database(settings) as engine:
        assert scalar(engine, "select count(*) from alembic_version") == 1
    assert not (tmp_path / "unused").exists()


def test_without_a_name_the_own_server_runs_while_the_database_is_open(home: Path) -> None:
    with db.open_database(Settings(data_folder=home)) as engine:
        assert scalar(engine, "show data_directory") == str(home / "pgdata")
        running = postmaster(Cluster(home))
    assert not lives(running)


def test_the_next_request_after_the_server_was_killed_succeeds_at_once(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "WATCH_S", 3600.0)
    with db.open_database(Settings(data_folder=home)) as engine:
        scalar(engine, "select 1")
        kill_server(postmaster(Cluster(home)), children=True)
        assert scalar(engine, "select 2") == 2


def test_a_killed_server_comes_back_without_any_request(home: Path) -> None:
    with db.open_database(Settings(data_folder=home)):
        dead = postmaster(Cluster(home))
        kill_server(dead, children=True)
        end = time.monotonic() + 20
        while Cluster(home)._server.settle() is False:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert postmaster(Cluster(home)) != dead


def test_a_server_that_cannot_come_back_is_tried_again_until_it_can(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(db, "WATCH_S", 0.05)
    monkeypatch.setattr(db, "WATCH_AFTER_FAILURE_S", 0.05)
    control, hidden = home / "pgdata/global/pg_control", home / "pg_control"
    with db.open_database(Settings(data_folder=home)) as engine:
        control.rename(hidden)
        kill_server(postmaster(Cluster(home)), children=True)
        end = time.monotonic() + 20
        while "does not start again" not in caplog.text:
            assert time.monotonic() < end
            time.sleep(0.05)
        hidden.rename(control)
        while not Cluster(home)._server.settle():
            assert time.monotonic() < end
            time.sleep(0.05)
        assert scalar(engine, "select 1") == 1


# What the tests stand on


@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_a_session_commits_is_gone_in_the_next_test(session: Session, turn: str) -> None:
    assert turn in {"first", "second"}
    made = session.execute(sa.text("select to_regclass('turn') is not null")).scalar_one()
    assert not made
    session.execute(sa.text("create table turn ()"))
    session.commit()
