"""Store API: queue of items whose article page has to be fetched.

A row of ``articles`` exists while the article is pending (``due`` is set), and after fetching was given up (``due`` is
empty, ``reason`` says why).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from aggregator.messages import Message
from aggregator.model import Draft, Lease, MediaFile
from aggregator.model.articles import ArticleJob
from aggregator.store import leases
from aggregator.store.api.connection import ConnectionMixin, WriterMixin
from aggregator.store.rows import guid_of, to_picture, to_source
from aggregator.store.schema.tables import articles, items, sources, texts
from aggregator.store.schema.text_columns import HTML, PLAIN_TEXT
from aggregator.store.sql.dialect import AnyRow
from aggregator.store.sql.statements import in_batches, upsert

_SCAN_FACTOR = 20  # waiting items read for each one claimed, because items of one source are adjacent
_WANTED = sources.c.enabled & sources.c.listed & sources.c.articles & items.c.removed.is_(None)


class ArticlesApi(ConnectionMixin):
    """Claim and count queued articles."""

    def claim_articles(
        self, now: datetime, limit: int, of_one_source: int, lease: timedelta, owner: str
    ) -> list[ArticleJob]:
        """Return up to ``limit`` due items, at most ``of_one_source`` of each source.

        They are leased for ``lease`` and due again after it. PostgreSQL: FOR UPDATE SKIP LOCKED.
        """
        with self._write_transaction(exclusive=False) as connection:
            joined = articles.join(items, items.c.id == articles.c.item_id).join(
                sources, sources.c.id == items.c.source_id
            )
            query = (
                select(articles.c.item_id, items.c.source_id).select_from(joined).where(articles.c.due <= now, _WANTED)
            )
            query = query.order_by(articles.c.due, articles.c.item_id.desc()).limit(limit * _SCAN_FACTOR)
            chosen: list[int] = []
            claimed_of_source = Counter[int]()
            for row in connection.execute(query.with_for_update(of=articles, skip_locked=True)):
                if len(chosen) < limit and claimed_of_source[row.source_id] < of_one_source:
                    claimed_of_source[row.source_id] += 1
                    chosen.append(row.item_id)
            if not chosen:
                return []
            claimed = Lease(owner, now + lease)
            lease_columns = leases.ARTICLES.columns(claimed) | {"attempts": articles.c.attempts + 1}
            connection.execute(update(articles).where(articles.c.item_id.in_(chosen)).values(**lease_columns))
            return _awaited(connection, chosen, claimed)

    def count_articles(self) -> tuple[int, int]:
        """Return (pending articles, articles given up)."""
        with self._read_transaction() as connection:
            pending, total = connection.execute(select(func.count(articles.c.due), func.count())).one()
            return pending, total - pending

    def article_failure_reasons(self, item_ids: Sequence[int]) -> dict[int, Message]:
        """Return item -> the last failure, for those of the items whose article fetch failed."""
        with self._read_transaction() as connection:
            reasons: dict[int, Message] = {}
            for batch in in_batches(item_ids):
                query = select(articles.c.item_id, articles.c.reason)
                rows = connection.execute(query.where(articles.c.item_id.in_(batch), articles.c.reason.is_not(None)))
                reasons |= {row.item_id: row.reason for row in rows}
            return reasons

    def is_article_pending(self, item_id: int, content_hash: str) -> bool:
        """Return whether the article is queued and the item still has this content."""
        query = select(articles.c.item_id).join(items, items.c.id == articles.c.item_id)
        conditions = (articles.c.item_id == item_id, items.c.content_hash == content_hash, items.c.removed.is_(None))
        with self._read_transaction() as connection:
            return connection.execute(query.where(*conditions)).first() is not None


class ArticleWriter(WriterMixin):
    """Change the article queue within a write transaction."""

    def enqueue_articles(self, item_ids: Sequence[int], now: datetime) -> None:
        """Enqueue the articles of these items; earlier attempts are forgotten."""
        if item_ids:
            statement = upsert(self._connection, articles, "item_id", replace="due lease_owner attempts reason")
            rows = [
                {"item_id": item_id, "due": now, "lease_owner": None, "attempts": 0, "reason": None}
                for item_id in item_ids
            ]
            self._connection.execute(statement, rows)

    def complete_article(self, item_id: int) -> None:
        """Remove the item from the queue."""
        self._connection.execute(delete(articles).where(articles.c.item_id == item_id))

    def record_article_failure(self, item_id: int, due: datetime | None, reason: Message) -> None:
        """Record a failed fetch; ``due`` is the time of the next attempt (None: give up)."""
        is_item = articles.c.item_id == item_id
        self._connection.execute(update(articles).where(is_item).values(due=due, lease_owner=None, reason=reason))

    def pause_articles(self, source_id: int, until: datetime) -> None:
        """Postpone all articles of this source that are due before ``until``, and not claimed, to that time."""
        items_of_source = select(items.c.id).where(items.c.source_id == source_id)
        is_earlier = (articles.c.item_id.in_(items_of_source), articles.c.due < until, articles.c.lease_owner.is_(None))
        self._connection.execute(update(articles).where(*is_earlier).values(due=until))


def _awaited(connection: Connection, item_ids: Sequence[int], lease: Lease) -> list[ArticleJob]:
    rows = connection.execute(select(items).where(items.c.id.in_(item_ids))).all()
    of_sources = connection.execute(select(sources).where(sources.c.id.in_({row.source_id for row in rows})))
    sources_by_id = {row.id: to_source(row) for row in of_sources}
    text_query = select(texts.c.item_id, HTML, PLAIN_TEXT).where(texts.c.item_id.in_(item_ids))
    texts_by_item = {row.item_id: row for row in connection.execute(text_query)}
    attempts_query = select(articles.c.item_id, articles.c.attempts).where(articles.c.item_id.in_(item_ids))
    attempts = {row.item_id: row.attempts for row in connection.execute(attempts_query)}
    return [
        ArticleJob(row.id, sources_by_id[row.source_id], _draft(row, texts_by_item[row.id]), attempts[row.id], lease)
        for row in rows
        if row.id in texts_by_item
    ]


def _draft(row: AnyRow, text: AnyRow) -> Draft:
    return Draft(
        uid=row.uid,
        guid=guid_of(row),
        url=row.url,
        title=row.title,
        published=row.published,
        dated=row.dated,
        updated=row.updated,
        content_hash=row.content_hash,
        excerpt=row.excerpt,
        html=text.html,
        text=text.text,
        length=row.length,
        author=row.author,
        editor=row.editor,
        origin=row.origin,
        language=row.language,
        rights=row.rights,
        terms=tuple(row.terms),
        media=tuple(MediaFile(**media) for media in row.media),
        picture=to_picture(row.picture),
    )
