"""Recognize entries by the hash of their markup, so that unchanged entries are not read again.

The document is split at its entries before parsing. Each entry is hashed with everything else that its reading depends
on. Entries with a known hash are removed, and the rest is read as if the publisher had sent nothing else. Only a
well-formed document is split: with an empty element in place of each entry it must have as many entries as there are
pieces, so that the rest keeps its meaning.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import blake2b

MAX_SPLIT_ENTRIES = 1_000
_START = re.compile(r"<((?:[A-Za-z_][\w.-]{0,40}:)?(?:item|entry))(?=[\s>/])")
_HASH_BYTES = 12
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class SplitDocument:
    """A document split at its entries: ``gaps[0] entries[0] gaps[1] ... gaps[-1]``.

    ``tag_name`` is the tag of the entries.
    """

    gaps: tuple[str, ...]
    entries: tuple[str, ...]
    tag_name: str

    @property
    def skeleton(self) -> str:
        """Return the document with an empty element in place of each entry."""
        return f"<{self.tag_name}/>".join(self.gaps)

    def without_entries(self, positions: Collection[int]) -> str:
        """Return the document without the entries at these positions."""
        pieces = [self.gaps[0]]
        for position, (entry, gap) in enumerate(zip(self.entries, self.gaps[1:], strict=True)):
            pieces += (gap,) if position in positions else (entry, gap)
        return "".join(pieces)


def split_entries(text: str) -> SplitDocument | None:
    """Return a document split at its entries; None if their tags do not simply follow one another."""
    first = _START.search(text)
    if first is None:
        return None
    name = first[1]
    end_tag = f"</{name}>"
    starts = [match.start() for match in re.finditer(rf"<{re.escape(name)}(?=[\s>/])", text)]
    if len(starts) > MAX_SPLIT_ENTRIES:
        return None
    gaps, entries, previous_end = [], [], 0
    for start, following in zip(starts, [*starts[1:], len(text)], strict=True):
        end = text.find(end_tag, start, following)
        if end < 0:
            return None
        gaps.append(text[previous_end:start])
        previous_end = end + len(end_tag)
        entries.append(text[start:previous_end])
    return SplitDocument((*gaps, text[previous_end:]), tuple(entries), name)


def hash_entries(entries: Collection[str], context: str) -> list[str]:
    """Return the hash of each entry: 24 hexadecimal digits.

    ``context`` is everything else that reading an entry depends on.
    """
    key = blake2b(context.encode("utf-8", "replace"), digest_size=_KEY_BYTES).digest()
    return [
        blake2b(entry.encode("utf-8", "replace"), digest_size=_HASH_BYTES, key=key).hexdigest() for entry in entries
    ]
