"""Tables and column types, and the runner of the Alembic migrations.

Start with ``tables.py``.
"""
