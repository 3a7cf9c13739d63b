"""The table by which two databases know of a move between them."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from aggregator.store.schema.columns import metadata

COPY_OF = "copy of"  # name of the fact: the id of the original, while the copy is not finished
MOVED_TO = "moved to"  # the address of the finished copy, without its password

moves = Table(  # facts of this database alone, which are not copied (store.transfer.move_facts)
    "moves", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
)
