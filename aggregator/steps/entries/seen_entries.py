"""Per-source memory of the entries in the last document: their hashes, and keys that tie other entries to them.

Whether an entry is new depends on its neighbors (a shared id or address). The keys of an entry that is not read again
are kept, and the whole document is read if a new entry has one of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from aggregator import VERSION
from aggregator.model import KnownItems, Source
from aggregator.steps.entries.identify import entry_uid, link_uid
from feeds.model import Entry

_MARK_BYTES, _KEY_BYTES, _MAX_KEYS = 12, 8, 3  # bytes, bytes, keys of one entry
_RECORD_BYTES = _MARK_BYTES + _MAX_KEYS * _KEY_BYTES + 1
_NO_KEY = bytes(_KEY_BYTES)
_FOLDERS = (Path(__file__).parents[3] / "feeds", Path(__file__).parents[1])


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """``keys`` tie it to other entries; ``filtered``: excluded by a filter."""

    keys: frozenset[bytes]
    filtered: bool = False


SeenEntries = Mapping[str, SeenEntry]  # by hash


def pack_seen(seen: SeenEntries) -> bytes:
    """Return 37 bytes for each entry."""
    return b"".join(
        bytes.fromhex(mark)
        + b"".join(sorted(entry.keys)[:_MAX_KEYS]).ljust(_MAX_KEYS * _KEY_BYTES, b"\0")
        + bytes([entry.filtered])
        for mark, entry in seen.items()
    )


def unpack_seen(packed: bytes) -> SeenEntries:
    """Return what ``pack_seen`` packed; empty for anything else."""
    if len(packed) % _RECORD_BYTES:
        return {}
    records = [packed[start : start + _RECORD_BYTES] for start in range(0, len(packed), _RECORD_BYTES)]
    return {record[:_MARK_BYTES].hex(): _unpack_record(record) for record in records}


def count_entries(packed: bytes) -> int:
    """Return the number of entries in packed bytes."""
    return len(packed) // _RECORD_BYTES


def _unpack_record(record: bytes) -> SeenEntry:
    keys = {record[start : start + _KEY_BYTES] for start in range(_MARK_BYTES, _RECORD_BYTES - 1, _KEY_BYTES)}
    return SeenEntry(frozenset(keys - {_NO_KEY}), bool(record[-1]))


def entry_keys(entry: Entry, uid: str) -> frozenset[bytes]:
    """Return the keys of an entry: its uid, the uid it would have alone, and its address."""
    uids = {uid, entry_uid(entry)} | ({link_uid(entry.link)} if entry.link else set())
    return frozenset(bytes.fromhex(one)[:_KEY_BYTES] for one in uids)


def share_keys(entries: Iterable[Entry], seen_keys: Collection[bytes], known: KnownItems) -> bool:
    """Return whether one of these entries shares an id or address with a skipped one."""
    return (
        any(not entry_keys(entry, _stored_uid(entry, known)).isdisjoint(seen_keys) for entry in entries)
        if seen_keys
        else False
    )


def _stored_uid(entry: Entry, known: KnownItems) -> str:
    return known.uids_by_url.get(entry.link or "") or entry_uid(entry)


def reading_salt(source: Source) -> str:
    """Return everything besides the document that determines what becomes of an entry."""
    return f"{_code_version()} {source.url} {source!r}"


@lru_cache(maxsize=1)
def _code_version() -> str:
    """Return the version of the reading code: after a change every entry is read again."""
    total = blake2b(f"{version('feedparser')} {version('lxml')}".encode(), digest_size=16)
    for path in sorted(path for folder in _FOLDERS for path in folder.rglob("*.py")):
        total.update(path.read_bytes())
    return f"{VERSION} {total.hexdigest()}"
