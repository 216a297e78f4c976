"""Alembic's migrations, applied by ``store.schema``."""
