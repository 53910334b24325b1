"""The tables of procrastinate, the queue, kept by our migrations in our database."""

import re
from pathlib import Path

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text

PREFIX = "procrastinate"  # every table, function and type of the library begins so
_MARK = "comment on table procrastinate_jobs is '{}'"
_READ = "select obj_description(to_regclass('procrastinate_jobs'), 'pg_class')"
_DROP = """
do $$
declare
    stated text;
begin
    for stated in
        select format('drop table if exists %s cascade', c.oid::regclass) from pg_class c
            where c.relkind = 'r' and starts_with(c.relname, 'procrastinate_')
                and c.relnamespace = current_schema()::regnamespace
        union all
        select format('drop function if exists %s cascade', p.oid::regprocedure) from pg_proc p
            where starts_with(p.proname, 'procrastinate_')
                and p.pronamespace = current_schema()::regnamespace
    loop
        execute stated;
    end loop;
    for stated in
        select format('drop type if exists %s cascade', t.oid::regtype) from pg_type t
            where t.typtype in ('c', 'e') and starts_with(t.typname, 'procrastinate_')
                and t.typnamespace = current_schema()::regnamespace
    loop
        execute stated;
    end loop;
end $$
"""


def latest_release() -> str:
    """Return the name of the last change the installed library makes to its tables."""
    return max(path.stem for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def schema_release(connection: Connection) -> str | None:
    """Return the name of the last change made in this database; None if the tables are absent."""
    release: str | None = connection.execute(text(_READ)).scalar_one()
    return release


def bring_up_to_date(connection: Connection) -> None:
    """
    Make the tables of the installed library, or change those of an older one.

    A release of ours that locks a newer library calls this from a new migration.
    """
    present = schema_release(connection)
    if present is None:
        _run(connection, SchemaManager.get_schema())
    for path in sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql")):
        if present is not None and path.stem > present:
            _run(connection, path.read_text(encoding="utf-8"))
    _run(connection, _MARK.format(latest_release()))


def drop(connection: Connection) -> None:
    """Drop everything of the library."""
    _run(connection, _DROP)


def _run(connection: Connection, statements: str) -> None:
    connection.execute(text(re.sub(r":", r"\:", statements)))
