"""Run by Alembic for a migration, inside the transaction of the connection that it is given."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    # SQLite has them too, as long as the driver leaves BEGIN to us; Alembic does not know.
    transactional_ddl=True,
)
context.run_migrations()
