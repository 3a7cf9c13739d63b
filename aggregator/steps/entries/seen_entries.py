"""What a source's last document held, as the digest remembers it: marks of entries, and what may tie others to them.

Whether an entry is new depends on its neighbours (an id or an address that several share). An entry that is not read
again is still a neighbour: its keys are kept, and where a new entry has one of them the document is read whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from aggregator.model import Known, Source
from aggregator.steps.entries.identify import uid_of
from feeds.model import Entry

_MARK, _KEY, _KEYS = 12, 8, 3  # bytes, bytes, keys of one entry
_RECORD = _MARK + _KEYS * _KEY + 1
_NO_KEY = bytes(_KEY)
_FOLDERS = (Path(__file__).parents[3] / "feeds", Path(__file__).parents[1])


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """``keys``: what ties it to others; ``filtered``: was it kept out by include / exclude?"""

    keys: frozenset[bytes]
    filtered: bool = False


Seen = Mapping[str, SeenEntry]  # by mark


def pack(seen: Seen) -> bytes:
    """37 bytes for each entry."""
    return b"".join(
        bytes.fromhex(mark) + b"".join(sorted(entry.keys)[:_KEYS]).ljust(_KEYS * _KEY, b"\0") + bytes([entry.filtered])
        for mark, entry in seen.items()
    )


def unpack(packed: bytes) -> Seen:
    """What ``pack`` made; nothing for what is none of it."""
    if len(packed) % _RECORD:
        return {}
    records = [packed[start : start + _RECORD] for start in range(0, len(packed), _RECORD)]
    return {record[:_MARK].hex(): _unpacked(record) for record in records}


def entries_in(packed: bytes) -> int:
    """How many entries what ``pack`` made is of."""
    return len(packed) // _RECORD


def _unpacked(record: bytes) -> SeenEntry:
    keys = {record[start : start + _KEY] for start in range(_MARK, _RECORD - 1, _KEY)}
    return SeenEntry(frozenset(keys - {_NO_KEY}), bool(record[-1]))


def keys_of(entry: Entry, uid: str) -> frozenset[bytes]:
    """What ties an entry to others: the uid it has, the one it would have alone, and its address."""
    uids = {uid, uid_of(entry)} | ({uid_of(Entry(link=entry.link))} if entry.link else set())
    return frozenset(bytes.fromhex(one)[:_KEY] for one in uids)


def are_tied(entries: Iterable[Entry], seen: Collection[bytes], known: Known) -> bool:
    """Does one of these entries share an id or an address with one that was left out?"""
    return any(not keys_of(entry, _stored(entry, known)).isdisjoint(seen) for entry in entries) if seen else False


def _stored(entry: Entry, known: Known) -> str:
    return known.addresses.get(entry.link or "") or uid_of(entry)


def salt_of(source: Source) -> str:
    """Everything beside the document that decides what becomes of an entry."""
    return f"{_reading()} {source.url} {source!r}"


@lru_cache(maxsize=1)
def _reading() -> str:
    """The state of the code that reads: a better reading must see every entry again."""
    total = blake2b(f"{version('feedparser')} {version('lxml')}".encode(), digest_size=16)
    for path in sorted(path for folder in _FOLDERS for path in folder.rglob("*.py")):
        total.update(path.read_bytes())
    return f"{version('gedi')} {total.hexdigest()}"
