"""Store API: pictures of items, the queue in which they are fetched, and their thumbnails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from secrets import token_bytes

from sqlalchemy import ColumnElement, delete, func, select, true, update

from aggregator.fetching.urls import host_key
from aggregator.model.leases import Lease
from aggregator.model.pictures import ItemPictures, PictureJob, StoredPicture, Thumbnails, picture_id
from aggregator.store import leases
from aggregator.store.api.connection import ConnectionMixin, WriterMixin
from aggregator.store.schema.picture_tables import item_pictures, pictures, secrets, thumbnails
from aggregator.store.schema.tables import items
from aggregator.store.sql.dialect import AnyRow
from aggregator.store.sql.statements import in_batches, upsert

_SCAN_FACTOR = 20  # waiting pictures read for each one claimed, because those of one host are adjacent
_EVICT_BATCH = 100  # pictures evicted in one transaction
_SECRET_BYTES = 32
_IS_STORED = pictures.c.size > 0


class PicturesApi(ConnectionMixin):
    """Claim queued pictures, and read and evict thumbnails."""

    def claim_pictures(
        self, now: datetime, limit: int, per_host: int, running: Mapping[str, int], lease: timedelta, owner: str
    ) -> list[PictureJob]:
        """Return up to ``limit`` due pictures, the latest first, ``per_host`` of each host less those that are
        ``running``.

        They are leased for ``lease`` and due again after it.
        """
        with self._write_transaction(exclusive=False) as connection:
            busy = [host for host, count in running.items() if count >= per_host]
            query = select(pictures.c.id, pictures.c.url, pictures.c.host, pictures.c.attempts)
            query = query.where(pictures.c.due <= now, pictures.c.host.not_in(sorted(busy)))
            query = query.order_by(pictures.c.due.desc(), pictures.c.id).limit(limit * _SCAN_FACTOR)
            chosen: list[AnyRow] = []
            claimed = Counter(running)
            for row in connection.execute(query.with_for_update(skip_locked=True)):
                if len(chosen) < limit and claimed[row.host] < per_host:
                    chosen.append(row)
                    claimed[row.host] += 1
            held = Lease(owner, now + lease)
            if chosen:
                leased = update(pictures).where(pictures.c.id.in_([row.id for row in chosen]))
                lease_columns = leases.PICTURES.columns(held)
                connection.execute(leased.values(**lease_columns, attempts=pictures.c.attempts + 1))
            return [PictureJob(row.id, row.url, row.attempts + 1, held) for row in chosen]

    def thumbnail(self, picture: int, width: int) -> bytes | None:
        """Return a thumbnail as WebP, or None if it is not stored."""
        query = select(thumbnails.c.body).where(thumbnails.c.picture_id == picture, thumbnails.c.width == width)
        with self._read_transaction() as connection:
            body: bytes | None = connection.execute(query).scalar()
            return body

    def pictures_of_item(self, item_id: int) -> list[StoredPicture]:
        """Return the pictures of an item of which thumbnails are stored."""
        query = select(pictures.c.id, pictures.c.url, pictures.c.width, pictures.c.height)
        query = query.join(item_pictures, item_pictures.c.picture_id == pictures.c.id)
        with self._read_transaction() as connection:
            rows = connection.execute(query.where(item_pictures.c.item_id == item_id, _IS_STORED))
            return [StoredPicture(*row) for row in rows]

    def touch_pictures(self, picture_ids: Collection[int], now: datetime) -> None:
        """Record that thumbnails of these pictures were requested."""
        with self._write_transaction(exclusive=False) as connection:
            for batch in in_batches(picture_ids):
                is_asked = (pictures.c.id.in_(batch), _IS_STORED)
                connection.execute(
                    select(pictures.c.id).where(*is_asked).order_by(pictures.c.id).with_for_update()
                ).all()
                connection.execute(update(pictures).where(*is_asked).values(used=now))

    def evict_thumbnails(self, limit: int) -> int:
        """Delete the thumbnails that were not requested for longest until all take at most ``limit`` bytes.

        Returns the number of pictures. They are not fetched again: their pages do without them.
        """
        evicted = 0
        while True:
            with self._write_transaction() as connection:
                surplus = connection.execute(select(func.sum(pictures.c.size)).where(_IS_STORED)).scalar() or 0
                surplus -= limit
                if surplus <= 0:
                    return evicted
                oldest = select(pictures.c.id, pictures.c.size).where(_IS_STORED).order_by(pictures.c.used)
                chosen = []
                for row in connection.execute(oldest.limit(_EVICT_BATCH)).all():
                    if surplus > 0:
                        chosen.append(row.id)
                        surplus -= row.size
                connection.execute(delete(thumbnails).where(thumbnails.c.picture_id.in_(chosen)))
                connection.execute(update(items).where(_shown_by(chosen)).values(thumbnail=None))
                connection.execute(update(pictures).where(pictures.c.id.in_(chosen)).values(size=0, reason="evicted"))
                evicted += len(chosen)

    def secret(self, name: str) -> bytes:
        """Return a random key of this database, made when it is first needed."""
        query = select(secrets.c.value).where(secrets.c.name == name)
        with self._read_transaction() as connection:
            value = connection.execute(query).scalar()
        if value is None:
            with self._write_transaction() as connection:
                row = {"name": name, "value": token_bytes(_SECRET_BYTES)}
                connection.execute(upsert(connection, secrets, "name"), [row])
                value = connection.execute(query).scalar_one()
        return bytes(value)

    def count_pictures(self) -> tuple[int, int]:
        """Return (pictures with thumbnails, pictures that wait to be fetched)."""
        with self._read_transaction() as connection:
            stored = connection.execute(select(func.count()).select_from(pictures).where(_IS_STORED)).scalar_one()
            return stored, connection.execute(select(func.count(pictures.c.due))).scalar_one()


class PictureWriter(WriterMixin):
    """Change pictures within a write transaction."""

    def set_pictures(self, shown: Mapping[int, ItemPictures], now: datetime) -> None:
        """Set the pictures of items, by item id, and enqueue those that are not known."""
        links, urls = [], {}
        for item_id, pictures_of_item in shown.items():
            lead = pictures_of_item.lead.url if pictures_of_item.lead else None
            for url in dict.fromkeys([*([lead] if lead else []), *pictures_of_item.in_text]):
                urls[picture_id(url)] = url
                links.append({"item_id": item_id, "picture_id": picture_id(url), "is_lead": url == lead})
        for batch in in_batches(shown):
            self._connection.execute(delete(item_pictures).where(item_pictures.c.item_id.in_(batch)))
            replaced = update(items).where(items.c.id.in_(batch), items.c.thumbnail.is_not(None))
            self._connection.execute(replaced.values(thumbnail=None))
        if not links:
            return
        self._connection.execute(item_pictures.insert(), links)
        rows = [{"id": key, "url": url, "host": host_key(url), "due": now} for key, url in sorted(urls.items())]
        self._connection.execute(upsert(self._connection, pictures, "id"), rows)
        for batch in in_batches(urls):
            # locked, so that a picture that is being stored is seen by this transaction, or sees its items
            known = select(pictures.c.id, pictures.c.size).where(pictures.c.id.in_(batch)).order_by(pictures.c.id)
            rows_of_batch = self._connection.execute(known.with_for_update(read=True)).all()
            self._show([row.id for row in rows_of_batch if row.size], items.c.id.in_(sorted(shown)))

    def lock_items_of_picture(self, picture: int) -> None:
        """Lock the items that show a picture, before the picture itself (``sql.locks``)."""
        query = select(items.c.id).where(_shown_by([picture])).order_by(items.c.id)
        self._connection.execute(query.with_for_update(key_share=True)).all()

    def store_thumbnails(self, picture: int, stored: Thumbnails, now: datetime) -> None:
        """Store the thumbnails of a picture; its items show them from now on."""
        known = self._connection.execute(select(pictures.c.id).where(pictures.c.id == picture)).scalar()
        if known is None:  # deleted with its items in the meantime
            return
        rows = [{"picture_id": picture, "width": width, "body": body} for width, body in stored.bodies.items()]
        self._connection.execute(upsert(self._connection, thumbnails, "picture_id width", replace="body"), rows)
        values = {"due": None, "lease_owner": None, "reason": None, "size": stored.size, "used": now}
        size = {"width": stored.width, "height": stored.height}
        self._connection.execute(update(pictures).where(pictures.c.id == picture).values(**values, **size))
        self._show([picture], true())

    def record_picture_failure(self, picture: int, due: datetime | None, reason: str) -> None:
        """Record a failed fetch; ``due`` is the time of the next attempt (None: give up)."""
        is_picture = pictures.c.id == picture
        self._connection.execute(update(pictures).where(is_picture).values(due=due, lease_owner=None, reason=reason))

    def pause_pictures(self, host: str, until: datetime) -> None:
        """Postpone all pictures of this host that are due before ``until``, and not claimed, to that time."""
        is_earlier = (pictures.c.host == host, pictures.c.due < until, pictures.c.lease_owner.is_(None))
        locked = select(pictures.c.id).where(*is_earlier).order_by(pictures.c.id).with_for_update()
        self._connection.execute(locked).all()
        self._connection.execute(update(pictures).where(*is_earlier).values(due=until))

    def _show(self, picture_ids: Sequence[int], chosen: ColumnElement[bool]) -> None:
        """Let those of the chosen items that these pictures represent show their thumbnails."""
        for picture in picture_ids:
            self._connection.execute(update(items).where(_shown_by([picture]), chosen).values(thumbnail=picture))


def _shown_by(picture_ids: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition that one of these pictures represents an item."""
    links = select(item_pictures.c.item_id).where(item_pictures.c.picture_id.in_(picture_ids), item_pictures.c.is_lead)
    return items.c.id.in_(links)
