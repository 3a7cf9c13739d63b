"""The tables, except those of WebSub. Every listing is read in order from one index, whatever the size of the table.

``items`` (with ``url``, ``title``, ``published``) is read by external tools: its name and these columns stay. A change
here needs a migration; a test compares the two. The search index is created by ``dialect_search.create_search``; on
PostgreSQL it and the tables that grow most have partitions (``sql.partitions``).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from aggregator.store.schema.admin_tables import admin_actions as admin_actions
from aggregator.store.schema.admin_tables import admitted_entries as admitted_entries
from aggregator.store.schema.admin_tables import queue_dismissals as queue_dismissals
from aggregator.store.schema.columns import ShortText
from aggregator.store.schema.columns import message_column as _message
from aggregator.store.schema.columns import metadata as metadata
from aggregator.store.schema.columns import partial_index as _partial
from aggregator.store.schema.columns import text_column as _text
from aggregator.store.schema.columns import time_column as _time
from aggregator.store.schema.digest_tables import daily_digest_items as daily_digest_items
from aggregator.store.schema.digest_tables import daily_digests as daily_digests
from aggregator.store.schema.feed_tables import documents as documents
from aggregator.store.schema.feed_tables import feed_journals as feed_journals
from aggregator.store.schema.feed_tables import feed_pages as feed_pages
from aggregator.store.schema.feed_tables import feed_versions as feed_versions
from aggregator.store.schema.feed_tables import listing_changes as listing_changes
from aggregator.store.schema.feed_tables import pending_changes as pending_changes
from aggregator.store.schema.history_tables import feed_clients as feed_clients
from aggregator.store.schema.history_tables import feed_subscribers as feed_subscribers
from aggregator.store.schema.history_tables import service_days as service_days
from aggregator.store.schema.history_tables import service_hours as service_hours
from aggregator.store.schema.index_tables import index_pushes as index_pushes
from aggregator.store.schema.index_tables import index_services as index_services
from aggregator.store.schema.list_tables import source_lists as source_lists
from aggregator.store.schema.mark_tables import mark_blocks as mark_blocks
from aggregator.store.schema.mark_tables import mark_segments as mark_segments
from aggregator.store.schema.mark_tables import sketches as sketches
from aggregator.store.schema.mark_tables import voided_marks as voided_marks
from aggregator.store.schema.move_tables import moves as moves
from aggregator.store.schema.notify_tables import notices as notices
from aggregator.store.schema.notify_tables import notify_messages as notify_messages
from aggregator.store.schema.notify_tables import notify_targets as notify_targets
from aggregator.store.schema.picture_tables import item_pictures as item_pictures
from aggregator.store.schema.picture_tables import pictures as pictures
from aggregator.store.schema.picture_tables import secrets as secrets
from aggregator.store.schema.picture_tables import thumbnails as thumbnails
from aggregator.store.schema.region_tables import item_regions as item_regions
from aggregator.store.schema.series_tables import series as series
from aggregator.store.schema.websub_tables import announcements as announcements
from aggregator.store.schema.websub_tables import hub_requests as hub_requests
from aggregator.store.schema.websub_tables import pushes as pushes
from aggregator.store.schema.websub_tables import subscribers as subscribers
from aggregator.store.schema.websub_tables import subscriptions as subscriptions
from aggregator.store.sql.dialect import BigId, UTC_Second

DELAY_COLUMNS = ("within_5m", "within_15m", "within_1h", "within_6h", "later")

sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    # from config.toml
    Column("slug", Text, nullable=False, unique=True),
    _text("url", nullable=False),
    _text("title", nullable=False),
    _text("category"),
    _text("region"),
    _text("language", nullable=False),
    _text("timezone", nullable=False),
    _text("encoding"),
    Column("every", Float),  # seconds; only where the config sets an interval
    _text("content", nullable=False),
    Column("include", JSON, nullable=False),
    Column("exclude", JSON, nullable=False),
    Column("advertorial", Text, nullable=False, server_default="keep"),
    Column("pictures", Text, nullable=False, server_default="thumbnail"),
    Column("enabled", Boolean, nullable=False),
    Column("listed", Boolean, nullable=False),
    Column("kind", Text, nullable=False, server_default="feed"),
    # CSS selectors of the parts of an item, for sources that are no feeds
    Column("selectors", JSON(none_as_null=True)),
    Column("articles", Boolean, nullable=False, server_default=false()),  # whether pages of short items are fetched
    _text("request"),  # digest of how it is requested, without secrets; unset: by a plain GET
    # state of polling
    _time("next_poll"),
    _time("leased_until"),
    _text("lease_owner"),
    _text("url_now"),  # URL after a permanent redirect
    _text("etag"),
    _text("last_modified"),
    _text("body_hash"),
    Column("interval", Float, nullable=False),  # seconds
    Column("failures", Integer, nullable=False, server_default="0"),
    _text("state", nullable=False),
    _text("error_kind"),
    _message("error"),
    _time("last_poll"),
    _time("last_success"),
    _time("newest"),
    Column("elapsed", Float),
    _text("moved_to"),
    Column("moved_count", Integer, nullable=False, server_default="0"),
    _text("feed_title"),
    _text("feed_link"),
    _text("feed_id"),
    _text("hub"),  # WebSub hub that the feed offers
    _text("topic"),  # and the topic to subscribe to there
    Column("item_count", Integer, nullable=False, server_default="0"),  # stored items
    Column("profile", LargeBinary),  # when and how often it publishes (aggregator.polling.publishing_profile)
    _message("next_why"),  # reason for the value of next_poll
    Column("host", Text, nullable=False, server_default=""),  # of the URL that is fetched (urls.host_key)
    Column("lane", SmallInteger, nullable=False, server_default="1"),  # runtime.priority: healthy, new or failing
    _text("host_queue"),  # the queue of its host in which it waits (store.claims)
)
_partial("sources_due", sources, "next_poll", "enabled{true} AND listed{true}")
_partial("sources_lanes", sources, "lane next_poll", "enabled{true} AND listed{true} AND host_queue IS NULL")
_partial("sources_queued", sources, "host_queue next_poll", "enabled{true} AND listed{true} AND host_queue IS NOT NULL")
_partial("sources_hub", sources, "hub", "hub IS NOT NULL")
_partial("sources_leased", sources, "leased_until", "leased_until IS NOT NULL")

workers = Table(  # their last signs of life
    "workers",
    metadata,
    Column("owner", Text, primary_key=True),  # runtime.process_identity
    Column("seen", BigInteger, nullable=False),  # milliseconds since 1970, by the clock of the database
)

former_slugs = Table(  # earlier slugs; their URLs redirect to the current one
    "former_slugs",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("source_id", Integer, ForeignKey("sources.id"), nullable=False),
)

items = Table(
    "items",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("source_id", Integer, ForeignKey("sources.id"), nullable=False),
    _text("uid", nullable=False),
    _text("guid"),  # rows.guid_of
    _text("url", nullable=False),
    _text("title", nullable=False),
    Column("excerpt", ShortText, nullable=False),
    _text("author"),
    _text("editor"),
    _text("origin"),
    _text("language"),
    _text("rights"),
    Column("length", Integer, nullable=False),
    Column("published", UTC_Second, nullable=False),
    _time("updated"),
    _time("first_seen", nullable=False),
    _time("changed", nullable=False),
    Column("dated", Boolean, nullable=False),
    _text("content_hash", nullable=False),
    _message("advertorial"),  # evidence for an advertorial
    Column("terms", JSON, nullable=False),
    Column("media", JSON, nullable=False),
    Column("picture", JSON(none_as_null=True)),  # by which it is represented, as published
    Column("thumbnail", BigInteger),  # the id of this picture while thumbnails of it are stored
    _text("category"),
    _text("top"),  # the top category of ``category``
    Column("category_score", Float, nullable=False),
    _message("category_why", nullable=False),
    _text("province"),
    _text("city"),
    _text("county"),
    _message("region_why", nullable=False),
    _text("further_regions"),  # codes, separated by spaces (Place.further), which item_regions lists as well
    _message("further_why"),
    Column("story_id", BigInteger),
    # listings in which it represents its story (model.listing_keys)
    Column("represents", Integer, nullable=False, server_default="0"),
    Column("many", Boolean, nullable=False),  # represents a story of two or more outlets
    _text("relation", nullable=False),
    Column("reprint_of", BigInteger),
    Column("similarity", Float, nullable=False),
    _message("story_why", nullable=False),
    Column("pinned", SmallInteger, nullable=False),
    _time("removed"),
    _text("removed_why"),
    Column("series", BigInteger),  # the key of the series that it may be an issue of (store.series_rows)
    UniqueConstraint("source_id", "uid", name="items_identity"),
    sqlite_autoincrement=True,  # ids of pruned items are never reused
)
_HERE = "removed IS NULL"
for _shift, _category in ((0, ""), (4, "top"), (8, "category")):
    for _level, _region in enumerate(("", "province", "city", "county")):
        _names = " ".join(name for name in (_category, _region) if name)
        _partial(
            f"items_of_{_names.replace(' ', '_') or 'all'}",
            items,
            f"{_names} published id",
            f"represents & {1 << (_shift + _level)} <> 0",
        )
_partial("items_many", items, "published id", "represents & 1 <> 0 AND many{true}")
_partial("items_many_top", items, "top published id", "represents & 16 <> 0 AND many{true}")
# The day's counts are read from this index alone.
_partial("items_published", items, "published id top category province city county source_id story_id", _HERE)
_partial("items_source", items, "source_id published id", _HERE)
_partial("items_story", items, "story_id published id")
_partial("items_series", items, "series published id", f"series IS NOT NULL AND {_HERE}")
_partial("items_reprint", items, "reprint_of", "reprint_of IS NOT NULL")
_partial("items_url", items, "url", postgresql_using="hash")  # a B-tree of PostgreSQL rejects long values
UNCATEGORIZED = "top IS NULL AND removed IS NULL"
DOUBTFUL = "relation = 'further' AND similarity < 0.2 AND pinned & 1 = 0 AND removed IS NULL"  # barely alike
_partial("items_uncategorized", items, "published id", UNCATEGORIZED)
_partial("items_doubtful", items, "published id", DOUBTFUL)
_partial("items_old", items, "published", "removed IS NOT NULL")

settlements = Table(  # latest transactions that changed items or stories (store.settlements)
    "settlements",
    metadata,
    Column("number", BigId, primary_key=True, autoincrement=False),
    Column("item_ids", LargeBinary, nullable=False),  # int64s
    Column("story_ids", LargeBinary),  # int64s; empty: any
)

texts = Table(  # separate from items, because listings never read it; on PostgreSQL without the foreign key
    "texts",
    metadata,
    Column("item_id", BigId, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("packed", LargeBinary),  # HTML and text (steps.text.packing); read by schema.text_columns
    _text("html"),  # both only in rows of an older schema that are not converted yet
    _text("text", nullable=False),
)

articles = Table(  # items with only an excerpt, until their article page was fetched or given up
    "articles",
    metadata,
    Column("item_id", BigId, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    _time("due"),  # next attempt, or end of the lease; empty: given up for ``reason``
    _text("lease_owner"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _message("reason"),
)
_partial("articles_due", articles, "due", "due IS NOT NULL")

stories = Table(
    "stories",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),  # the id of the item that founded it
    Column("lead_id", BigInteger, nullable=False),
    Column("first_id", BigInteger, nullable=False),  # the item published first
    Column("item_count", Integer, nullable=False),
    Column("outlets", Integer, nullable=False),
    _time("first_published", nullable=False),
    _time("last_published", nullable=False),
    Column("heat_day", Float, nullable=False),  # steps.stories.hotness: constant in time, so an index can serve it
    Column("heat_week", Float, nullable=False),
    _time("changed"),  # last change of what it shows; empty for old rows
)
_SEVERAL = "outlets >= 2"
_partial("stories_several", stories, "id changed", _SEVERAL)
for _heat in ("heat_day", "heat_week"):
    _partial(f"stories_{_heat}", stories, _heat, _SEVERAL)

story_listings = Table(  # stories of several outlets in the listings of categories and regions
    "story_listings",
    metadata,
    Column("story_id", BigInteger, primary_key=True, autoincrement=False),
    Column("listing", Text, primary_key=True),
    Column("item_id", BigInteger, nullable=False),  # the item that represents it there
    Column("heat_day", Float, nullable=False),
    Column("heat_week", Float, nullable=False),
    sqlite_with_rowid=False,
)
for _heat in ("heat_day", "heat_week"):
    _partial(f"story_listings_{_heat}", story_listings, f"listing {_heat}")

story_moves = Table(  # redirects of merged stories
    "story_moves",
    metadata,
    Column("old", BigId, primary_key=True, autoincrement=False),
    Column("new", BigInteger, nullable=False, index=True),
)

link_constraints = Table(  # must-links and cannot-links set by admins, a < b
    "verdicts",
    metadata,
    Column("a", BigInteger, primary_key=True, autoincrement=False),
    Column("b", BigInteger, primary_key=True, autoincrement=False, index=True),
    Column("same", Boolean, nullable=False),
    _time("at", nullable=False),
)

forgotten = Table(  # deleted items that may still be in their feed and must not be stored again
    "forgotten",
    metadata,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("uid", Text, primary_key=True),
    _text("content_hash", nullable=False),
    _time("until"),  # empty: for ever (withdrawn)
)
_partial("forgotten_until", forgotten, "until", "until IS NOT NULL")

seen_entries = (
    Table(  # entries of the last document, which need not be read again (aggregator/steps/entries/seen_entries.py)
        "seen_entries",
        metadata,
        Column("source_id", Integer, primary_key=True, autoincrement=False),
        Column("packed", LargeBinary, nullable=False),
    )
)

polls = Table(
    "polls",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("source_id", Integer, nullable=False),
    _time("at", nullable=False),
    _text("outcome", nullable=False),
    Column("status", Integer),
    _text("error_kind"),
    _message("error"),
    Column("elapsed", Float, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("filtered", Integer, nullable=False),
)
_partial("polls_at", polls, "at")
_partial("polls_source", polls, "source_id at")

source_hours = Table(
    "source_hours",
    metadata,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("hour", Integer, primary_key=True, autoincrement=False),  # since 1970
    Column("item_count", Integer, nullable=False, server_default="0"),
    Column("polls", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
)
_partial("source_hours_hour", source_hours, "hour")

counters = Table(
    "counters", metadata, Column("name", Text, primary_key=True), Column("value", BigInteger, nullable=False)
)

corrections = Table(  # one row for each item and correction; kept when the item is pruned
    "corrections",
    metadata,
    Column("id", BigId, primary_key=True),
    _time("at", nullable=False),
    Column("item_id", BigInteger, nullable=False, index=True),
    _text("title", nullable=False),
    _text("text"),  # training text of a category correction; deleted when the item is withdrawn
    _text("verb", nullable=False),
    _text("subject", nullable=False),
    _text("before"),
    _text("after"),
    Column("others", JSON, nullable=False),
    Column("holds", Boolean, nullable=False),
    sqlite_autoincrement=True,
)
_partial("corrections_lessons", corrections, "subject id", "holds{true} AND text IS NOT NULL")

correction_requests = Table(  # by readers, through the form of the site
    "correction_requests",
    metadata,
    Column("id", BigId, primary_key=True),
    _time("at", nullable=False),
    _text("about", nullable=False),
    Column("item_id", BigInteger),  # of what it is about, if it is an item; it may have been pruned since
    _text("text", nullable=False),
    _text("name", nullable=False),  # name and email are empty where the reader gave none
    _text("email", nullable=False),
    _time("done"),
    sqlite_autoincrement=True,  # admins name requests by id: never reused
)
_partial("correction_requests_at", correction_requests, "at")
_partial("correction_requests_open", correction_requests, "id", "done IS NULL")
_partial("correction_requests_done", correction_requests, "done", "done IS NOT NULL")

kept_out = Table(  # one row for each entry that was filtered out
    "kept_out",
    metadata,
    Column("source_id", Integer, ForeignKey("sources.id"), primary_key=True, autoincrement=False),
    Column("uid", Text, primary_key=True),
    _text("title", nullable=False),
    _text("url", nullable=False),
    _text("rule", nullable=False),
    _message("evidence", nullable=False),
    _time("at", nullable=False),
)
_partial("kept_out_at", kept_out, "at")
_partial("kept_out_source", kept_out, "source_id at")

source_days = Table(  # poll statistics by day
    "source_days",
    metadata,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),  # since 1970, in China's time zone
    Column("polls", Integer, nullable=False, server_default="0"),
    Column("not_modified", Integer, nullable=False, server_default="0"),  # responses with status 304
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("item_count", Integer, nullable=False, server_default="0"),  # new items
    Column("elapsed", Float, nullable=False, server_default="0"),  # seconds, sum of all polls
    # new items by the time from their publication until they were stored (model.health.DELAYS); the last: longer
    *(Column(name, Integer, nullable=False, server_default="0") for name in DELAY_COLUMNS),
)
_partial("source_days_day", source_days, "day")

troubles = Table(  # incidents
    "troubles",
    metadata,
    Column("id", BigId, primary_key=True),
    _text("subject", nullable=False),  # "source", "config", "disk", "database", "service"
    Column("source_id", Integer),
    _text("kind"),
    _message("detail", nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row, when it was opened
    _time("began", nullable=False),
    _time("ended"),
    sqlite_autoincrement=True,  # readers identify incidents by id: never reused
)
_partial("troubles_open", troubles, "source_id", "ended IS NULL")
_partial("troubles_began", troubles, "began")
_partial("troubles_ended", troubles, "ended", "ended IS NOT NULL")

withdrawn = Table(  # URLs that are not accepted from any source
    "withdrawn",
    metadata,
    Column("url", Text, primary_key=True),
    _time("at", nullable=False),
    _text("why"),
)
