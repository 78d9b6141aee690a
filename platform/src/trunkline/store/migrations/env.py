"""Alembic runs this file; the connection and its transaction are the caller's (see `trunkline.store.migrate`)."""

from alembic import context

from trunkline.store.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,  # true of SQLite as well, once the driver opens no transaction of its own
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
