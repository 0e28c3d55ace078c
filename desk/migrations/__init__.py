"""Alembic migrations, one file for each change of a table, numbered in order."""
