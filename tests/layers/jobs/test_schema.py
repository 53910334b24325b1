"""The tables of the queue: those of the locked library, and brought along when it changes."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from procrastinate.schema import SchemaManager
from sqlalchemy.engine import Engine

from layers.jobs import schema


def test_the_queue_in_the_database_is_that_of_the_locked_library(engine: Engine) -> None:
    """If this fails a newer library was locked: add a migration that calls bring_up_to_date."""
    with engine.connect() as connection:
        assert schema.schema_release(connection) == schema.latest_release()


def test_a_newer_library_makes_only_the_changes_that_are_missing(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "00.00.01_01_old.sql").write_text("create table procrastinate_jobs ()")
    (tmp_path / "99.00.00_01_pre_new.sql").write_text(
        "create table procrastinate_new (said text default 'a:b 100%')"
    )
    monkeypatch.setattr(SchemaManager, "get_migrations_path", lambda: str(tmp_path))
    with engine.connect() as connection:
        schema.bring_up_to_date(connection)
        connection.execute(sa.text("insert into procrastinate_new default values"))
        said = connection.scalar(sa.text("select said from procrastinate_new"))
        assert (said, schema.schema_release(connection)) == ("a:b 100%", "99.00.00_01_pre_new")
        schema.bring_up_to_date(connection)  # nothing is left to do
        connection.rollback()


def test_the_queue_can_be_dropped_without_a_trace(engine: Engine) -> None:
    left = """
        select count(*) from (
            select relname as name from pg_class union all select proname from pg_proc
            union all select typname from pg_type
        ) named where name like '%procrastinate%'
    """
    with engine.connect() as connection:
        assert connection.scalar(sa.text(left))
        schema.drop(connection)
        assert connection.scalar(sa.text(left)) == 0
        connection.rollback()
