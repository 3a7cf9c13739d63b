"""Tables, column types, and the runner of the Alembic migrations.

Imports ``aggregator.store.sql`` for types only. Start with ``tables.py``.
"""
