"""What differs between SQLite and PostgreSQL, prepared statements, batches, and rows to values.

Start with ``dialect.py``.
"""
