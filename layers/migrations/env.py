"""Run migrations on the connection handed over in `config.attributes["connection"]`."""

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import Connection

from layers.models import Base


def run(connection: Connection) -> None:
    """Bring the schema of one database up to date in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=alembic_helpers.include_object,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
