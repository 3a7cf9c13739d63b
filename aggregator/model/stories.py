"""Which items belong together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntFlag, StrEnum

from aggregator.messages import Message, decisions
from aggregator.model.items import Place

_ALONE = decisions.ALONE()


class Relation(StrEnum):
    """How a report relates to the one that its story began with."""

    ORIGINAL = "original"  # 首发, or alone
    REPRINT = "reprint"  # 转载: the same text
    REWRITE = "rewrite"  # 改写: largely the same text
    FURTHER = "further"  # 补充报道: the same event, another text


class LockedFields(IntFlag):
    """What an admin has decided for good; no poll and no relearning changes it."""

    NONE = 0
    STORY = 1
    CATEGORY = 2
    REGION = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored item that may belong with a new one."""

    id: int
    story_id: int
    source_id: int
    reprint_of: int | None
    title: str
    text: str
    published: datetime
    place: Place
    category: str | None
    excerpt: str = ""
    story_items: int = 1
    locked: LockedFields = LockedFields.NONE


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a new or edited item belongs: its story (None: one of its own) and what it repeats.

    ``beside`` is used where the story has no number yet: the item that opens it, earlier in the same sequence of
    placements (``story_id`` is None then).
    """

    item_id: int
    story_id: int | None
    relation: Relation
    reprint_of: int | None = None  # the item whose text it repeats, always an item that is no reprint itself
    similarity: float = 0.0  # 0..1, against reprint_of or the nearest report of the story
    why: Message = _ALONE
    opened_by_item: int | None = None
    merged_stories: tuple[int, ...] = ()  # further stories that this item shows to be the same event
    split_out_items: tuple[int, ...] = ()  # stored items that it shows to tell of another event than their story


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """A story a reader would go on to: its lead item and how near it is (0..1)."""

    item_id: int
    score: float
