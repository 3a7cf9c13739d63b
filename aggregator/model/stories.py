"""Stories: relations of items, candidates and placements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntFlag, StrEnum
from typing import NamedTuple

from aggregator.messages import Message, decisions
from aggregator.model.items import Place

_ALONE = decisions.ALONE()


class Relation(StrEnum):
    """Relation of an item to the original of its story."""

    ORIGINAL = "original"  # 首发, or the only item
    REPRINT = "reprint"  # 转载: the same text
    REWRITE = "rewrite"  # 改写: largely the same text
    FURTHER = "further"  # 补充报道: the same event, a different text


class LockedFields(IntFlag):
    """Fields set by an admin, which no poll and no retraining changes."""

    NONE = 0
    STORY = 1
    CATEGORY = 2
    REGION = 4
    SERIES = 8  # of no series


class Candidate(NamedTuple):
    """A stored item that may belong to the same story as a new one; a tuple, because thousands are made at once."""

    id: int
    story_id: int
    source_id: int
    reprint_of: int | None
    title: str
    published: datetime
    place: Place
    category: str | None
    features: bytes = b""  # packed (``steps.stories.features``)
    story_items: int = 1
    locked: LockedFields = LockedFields.NONE


@dataclass(frozen=True, slots=True)
class Placement:
    """The story of a new or edited item (None: one of its own) and the item whose text it repeats.

    ``opened_by_item`` is used if the story has no id yet: the item that opens it, earlier in the same sequence of
    placements (``story_id`` is None then).
    """

    item_id: int
    story_id: int | None
    relation: Relation
    reprint_of: int | None = None  # the item whose text it repeats; never a reprint itself
    similarity: float = 0.0  # 0..1, to reprint_of or the nearest item of the story
    why: Message = _ALONE
    opened_by_item: int | None = None
    merged_stories: tuple[int, ...] = ()  # further stories that this item shows to be the same event
    # stored items that this item shows to report a different event than their story
    split_out_items: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """The lead item of a related story and its proximity (0..1)."""

    item_id: int
    score: float
