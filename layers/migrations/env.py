"""Run migrations on the connection handed over in `config.attributes["connection"]`."""

from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import Connection
from sqlalchemy.schema import SchemaItem

from layers.jobs.schema import PREFIX as QUEUE
from layers.models import Base


def is_ours(item: SchemaItem, name: str | None, *more: Any) -> bool:  # noqa: ANN401
    """Leave out of comparisons what PostGIS and the queue keep for themselves."""
    if (name or "").startswith(QUEUE):
        return False
    return bool(alembic_helpers.include_object(item, name, *more))  # type: ignore[no-untyped-call]


def run(connection: Connection) -> None:
    """Bring the schema of one database up to date in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=is_ours,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
