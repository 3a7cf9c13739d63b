"""Differences between SQLite and PostgreSQL, prepared statements and batches; imports no table.

Start with ``dialect.py``.
"""
