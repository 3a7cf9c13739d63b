"""Entries recognised by their text, so that what was read at the last visit is not read again.

A document is cut at its entries before anything is parsed. Each piece gets a mark: a digest of its text and of all
else that its reading depends on. Pieces whose marks are known are left out, and what remains is read as if the
publisher had sent no more. Only a well-formed document is cut (with an empty element in the place of each entry it
must hold as many entries as there are pieces), so that the rest means what it meant in the whole.
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
    """A document cut at its entries: ``gaps[0] entries[0] gaps[1] ... gaps[-1]``; ``name``: how they are tagged."""

    gaps: tuple[str, ...]
    entries: tuple[str, ...]
    tag_name: str

    @property
    def skeleton(self) -> str:
        """The document with an empty element in the place of each entry."""
        return f"<{self.tag_name}/>".join(self.gaps)

    def without_entries(self, positions: Collection[int]) -> str:
        """The document without the entries at these places."""
        rest = [self.gaps[0]]
        for place, (entry, gap) in enumerate(zip(self.entries, self.gaps[1:], strict=True)):
            rest += (gap,) if place in positions else (entry, gap)
        return "".join(rest)


def split_entries(text: str) -> SplitDocument | None:
    """Cut a document at its entries; None where their tags are not plainly one behind the other."""
    first = _START.search(text)
    if first is None:
        return None
    name = first[1]
    end_tag = f"</{name}>"
    starts = [match.start() for match in re.finditer(rf"<{re.escape(name)}(?=[\s>/])", text)]
    if len(starts) > MAX_SPLIT_ENTRIES:
        return None
    gaps, entries, behind = [], [], 0
    for start, following in zip(starts, [*starts[1:], len(text)], strict=True):
        end = text.find(end_tag, start, following)
        if end < 0:
            return None
        gaps.append(text[behind:start])
        behind = end + len(end_tag)
        entries.append(text[start:behind])
    return SplitDocument((*gaps, text[behind:]), tuple(entries), name)


def hash_entries(entries: Collection[str], context: str) -> list[str]:
    """The marks of entries: 24 hexadecimal digits each. ``context``: all that their reading depends on beside them."""
    key = blake2b(context.encode("utf-8", "replace"), digest_size=_KEY_BYTES).digest()
    return [
        blake2b(entry.encode("utf-8", "replace"), digest_size=_HASH_BYTES, key=key).hexdigest() for entry in entries
    ]
