"""What both search indexes have in common: keys, entries, conditions, and tokens for stretches of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

# Results are ordered by key: by time of publication and then by item. No column holds a key, so it may have any length.
SEARCH_ITEM_BITS = 40  # as many as the search for candidates has for an item id
MAX_SEARCH_KEY = 1 << 34 + SEARCH_ITEM_BITS  # of the year 2514
_ITEM_MASK = (1 << SEARCH_ITEM_BITS) - 1

# Neither index is ordered by time: a frequent word would be fetched a hundred thousand times for one page. So each
# entry also has a token for the stretch of time it lies in, for each of these lengths (powers of two, seconds: about an
# hour to 12 days), and the newest stretches are searched first.
TIME_STRETCHES = (12, 16, 20)

SearchRow = tuple[int, str, Sequence[str]]  # key, words (``steps.text.search_words``), tags
TagChange = tuple[int, Sequence[str], Sequence[str]]  # key, tags that the entry loses, tags that it gets
Phrase = tuple[str, ...]  # tokens, all of which an entry contains


@dataclass(frozen=True, slots=True)
class SearchMatch:
    """What an entry must contain (one of each group of phrases, all tags), and what it must not contain."""

    phrases: tuple[tuple[Phrase, ...], ...]
    tags: tuple[str, ...]
    excluded_phrases: tuple[tuple[Phrase, ...], ...] = ()
    excluded_tags: tuple[str, ...] = ()


def search_key(published: datetime, item_id: int) -> int:
    """Return the key of an entry, which sorts by time of publication (seconds), then by item."""
    return (int(published.timestamp()) << SEARCH_ITEM_BITS) + item_id


def item_of_search_key(key: int) -> int:
    """Return the item id of a key."""
    return key & _ITEM_MASK


def second_of_search_key(key: int) -> int:
    """Return the time of publication of a key, in seconds since 1970."""
    return key >> SEARCH_ITEM_BITS


def stretch_numbers(key: int) -> list[tuple[int, int]]:
    """Return (bits, number) of the stretch of time in which a key lies, for each length of 2**bits seconds."""
    return [(bits, key >> SEARCH_ITEM_BITS + bits) for bits in TIME_STRETCHES]


def stretches_before(newest: int) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Yield growing periods that end with the key ``newest``: the first key of each, and its two stretches of time."""
    for bits, last in stretch_numbers(newest):
        yield (last - 1) << SEARCH_ITEM_BITS + bits, [(bits, last - 1), (bits, last)]
