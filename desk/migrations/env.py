"""Alembic's entry: runs the migrations over the URL that `desk.database.upgrade` hands in."""

from alembic import context

from desk.database import one_at_a_time, open_database

engine = open_database(context.config.attributes["url"])
with engine.begin() as connection:
    one_at_a_time(connection, "migrations")  # several machines may start at once
    context.configure(connection=connection, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
