"""The move of a store to another database, SQLite or PostgreSQL; begin with ``move``.

``table_rows`` reads and writes rows in a form that both databases share, ``table_sync`` makes a table equal to another,
``move_facts`` says what a database is in a move, and ``freeze`` keeps others from writing.
"""
