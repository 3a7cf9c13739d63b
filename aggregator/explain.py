"""Explain why an item is where it is: the stored evidence, and what would be decided today."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from aggregator import MODEL_FILE
from aggregator.config.load import Config
from aggregator.intake.parse_task import ParseTask
from aggregator.messages import Message, decisions
from aggregator.model import CategoryDecision, Draft, ItemDetail, KnownItems, LockedFields, Place, Relation, Source
from aggregator.model.series import Series
from aggregator.steps.stories.compare import compare_reports
from aggregator.steps.text.normalize import fold

SHARED = 8  # names and numbers that are listed
_LEAD = 300  # characters of text that are searched for them
_LONGEST = 12
_RUN = re.compile(r"\d[\d.,:]*%?[\u3400-\u9fff]?|[a-z][a-z'-]{2,}|[\u3400-\u9fff]{2,}")

Subject = Literal["category", "region", "further-regions", "story", "series", "advertorial"]


@dataclass(frozen=True, slots=True)
class Kinship:
    """How similar two reports of one story are."""

    item_id: int
    source: str
    title: str
    relation: Relation | None  # None: by their words alone the two would not be placed in one story today
    similarity: float  # 0..1
    why: Message
    shared: tuple[str, ...]  # names and numbers in both


def kinship(item: ItemDetail, other: ItemDetail) -> Kinship:
    """Compare an item with another report of its story."""
    same_source = item.card.source == other.card.source
    found = compare_reports(item.card.title, item.text, other.card.title, other.text, same_source=same_source)
    told = tuple(shared(item.card.title, item.text, other.card.title, other.text))[:SHARED]
    card = other.card
    return Kinship(card.id, card.source, card.title, found.relation, round(found.similarity, 4), found.why, told)


def shared(title: str, text: str, other_title: str, other_text: str) -> Iterator[str]:
    """Return the longest runs of characters, words and numbers of title and lead that the other report contains too, in
    order.
    """
    there = f"{fold(other_title)}\n{other_text}"
    seen: set[str] = set()
    for match in _RUN.finditer(f"{fold(title)}\n{text[:_LEAD]}"):
        for piece in _pieces(match[0], there):
            if piece not in seen and not any(piece in longer for longer in seen):
                seen.add(piece)
                yield piece


def _pieces(run: str, there: str) -> Iterator[str]:
    """Return the parts of a run that occur in ``there``: three or more Han characters, or the whole run of two."""
    if run[0] < "\u3400":
        if re.search(rf"(?<![a-z0-9]){re.escape(run)}(?![a-z0-9])", there) and len(run) > 1:
            yield run
        return
    least, at = min(3, len(run)), 0
    while at + least <= len(run):
        end = next((end for end in range(min(len(run), at + _LONGEST), at + least - 1, -1) if run[at:end] in there), 0)
        if end:
            yield run[at:end]
        at = end or at + 1


# ---------------------------------------------------------------- stored decisions
@dataclass(frozen=True, slots=True)
class Explanation:
    """One decision about an item with its evidence. ``other``: the item it was compared with."""

    subject: Subject
    why: Message
    other: int | None = None


def explanations(item: ItemDetail, series: Series | None = None) -> list[Explanation]:
    """Return the evidence for category, regions, story and, where it applies, for its series and for an advertorial."""
    place = item.card.place
    found = [Explanation("category", item.decision.why), Explanation("region", place.why)]
    if place.further_why is not None:
        found.append(Explanation("further-regions", place.further_why))
    story = _story(item)
    if story:
        found.append(story)
    if series is not None:
        found.append(Explanation("series", decisions.SERIES(name=series.name, why=series.why)))
    elif LockedFields.SERIES in item.locked:
        found.append(Explanation("series", decisions.SERIES_ADMIN()))
    if item.advertorial:
        found.append(Explanation("advertorial", item.advertorial))
    return found


def _story(item: ItemDetail) -> Explanation | None:
    """Return the evidence for the item's story; None if the item founded it."""
    card = item.card
    if LockedFields.STORY in item.locked:
        return Explanation("story", decisions.STORY_ADMIN())
    if card.story_items < 2 or card.relation is Relation.ORIGINAL:
        return None
    relation = decisions.RELATIONS[card.relation]()
    why = decisions.SIMILARITY(relation=relation, similarity=card.similarity) if card.similarity else relation
    other = card.reprint_of or _other_item(item.story_why)
    return Explanation("story", why, other if other != card.id else None)


def _other_item(why: Message) -> int | None:
    """Return the item that the evidence for a story names."""
    item = why.get("item")
    evidence = why.get("evidence")
    if isinstance(item, int):
        return item
    return _other_item(evidence) if isinstance(evidence, Message) else None


# ---------------------------------------------------------------- decisions of today
def judged(detail: ItemDetail, source: Source | None, config: Config, now: datetime) -> tuple[CategoryDecision, Place]:
    """Return the category and place that the current rules and model give the item, ignoring corrections.

    ``source``: None if ``config.toml`` no longer lists it.
    """
    from aggregator.intake.digest import enrich  # loads all that reading needs, which the site rarely does

    card = detail.card
    where = source or Source(0, card.source, detail.feed_url, card.source_title, region=detail.source_region)
    draft = Draft(
        uid="",
        guid=detail.guid,
        url=card.url,
        title=card.title,
        published=card.published,
        dated=detail.dated,
        updated=card.updated,
        content_hash="",
        excerpt=card.excerpt,
        html=detail.html,
        text=detail.text,
        length=detail.length,
        author=card.author,
        terms=detail.terms,
    )
    model: Path = config.folder / MODEL_FILE
    task = ParseTask(where, card.url, {}, b"", KnownItems(), now, config.settings.categories, str(model))
    found = enrich([draft], task)[0]
    return found.decision, found.place
