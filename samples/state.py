"""What every outlet shows at a time: the state behind the sample server."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from samples.article_texts import load_articles
from samples.outlets import OUTLETS, Outlet
from samples.timeline import CHINA, Publication, timeline

SEED = 21
MAX_ITEMS = 400  # items on an outlet's site


@dataclass(frozen=True, slots=True)
class PublishedItem:
    """One item as its outlet shows it now. ``path`` begins with "/"."""

    path: str
    published: datetime
    updated: datetime
    publication: Publication


class OutletsState:
    """The published items of all outlets, by the timeline and the current time; thread-safe.

    ``upcoming`` makes another timeline from the start.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        seed: int = SEED,
        outlets: Sequence[Outlet] = OUTLETS,
        upcoming: Callable[[datetime], Iterator[Publication]] | None = None,
    ) -> None:
        self._now = now
        self._lock = threading.Lock()
        self.started = now()
        self.outlets = {outlet.slug: outlet for outlet in outlets}
        self._upcoming = upcoming(self.started) if upcoming else timeline(outlets, load_articles(), self.started, seed)
        self._next = next(self._upcoming)
        self._items: dict[str, deque[PublishedItem]] = {slug: deque(maxlen=MAX_ITEMS) for slug in self.outlets}

    def items(self, slug: str) -> list[PublishedItem]:
        """Return all items of an outlet, newest first."""
        with self._lock:
            self._advance()
            return list(self._items[slug])

    def feed_items(self, slug: str) -> tuple[list[PublishedItem], datetime]:
        """Return the items of its feed, newest first, and when that last changed."""
        published = self.items(slug)[: self.outlets[slug].entries]
        return published, max((item.updated for item in published), default=self.started)

    def item(self, slug: str, path: str) -> PublishedItem | None:
        """Return the item at an address of an outlet's site."""
        return next((item for item in self.items(slug) if item.path == path), None)

    def _advance(self) -> None:
        now = self._now()
        while self._next.at <= now:
            self._apply(self._next)
            self._next = next(self._upcoming)

    def _apply(self, publication: Publication) -> None:
        published = self._items[publication.outlet]
        if publication.kind == "edit":
            for index, item in enumerate(published):
                if item.publication.number == publication.number:
                    published[index] = replace(item, updated=publication.at, publication=publication)
            return
        path = item_path(self.outlets[publication.outlet], publication)
        published.appendleft(PublishedItem(path, publication.at, publication.at, publication))


def item_path(outlet: Outlet, publication: Publication) -> str:
    """Return the path of an item's page in the outlet's style."""
    local = publication.first_at.astimezone(CHINA)
    rest = outlet.link.format(day=f"{local:%Y-%m/%d}", stamp=f"{local:%Y%m%d}", number=publication.number)
    return f"/{outlet.slug}/{rest}"
