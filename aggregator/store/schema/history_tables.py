"""The tables of the history of the whole service, and of the requests for its feeds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from aggregator.store.schema.columns import metadata, partial_index

service_hours = Table(  # new items of all sources
    "service_hours",
    metadata,
    Column("hour", Integer, primary_key=True, autoincrement=False),  # since 1970
    Column("item_count", Integer, nullable=False, server_default="0"),
)

service_days = Table(  # values of the whole service by day, such as the size of the database
    "service_days",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),  # as in source_days
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

feed_clients = Table(  # requests for our feeds by day and program
    "feed_clients",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),  # as in source_days
    Column("client", Text, primary_key=True),
    Column("requests", Integer, nullable=False, server_default="0"),
    Column("not_modified", Integer, nullable=False, server_default="0"),  # responses with status 304
)

feed_subscribers = Table(  # subscribers that a reader service reported last, by feed
    "feed_subscribers",
    metadata,
    Column("client", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("subscribers", Integer, nullable=False),
    Column("day", Integer, nullable=False),  # of the report, as in source_days
)
partial_index("feed_subscribers_day", feed_subscribers, "day")
