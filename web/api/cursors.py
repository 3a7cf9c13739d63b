"""List positions as opaque cursors. A cursor is valid only for the query that it was issued for.

A position is the sort key of an item, which never changes, so that items arriving in between do not move it.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Sequence
from datetime import UTC, datetime

from aggregator.model import Cursor
from web.views.paging import EPOCH, MICROSECOND

_STRUCT = struct.Struct(">4sqq")
_EARLIEST = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
_LATEST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND


def hash_query(question: Sequence[object]) -> bytes:
    """Return a 4-byte hash of the query."""
    return hashlib.blake2b(repr(tuple(question)).encode(), digest_size=4).digest()


def encode(query_hash: bytes, cursor: Cursor) -> str:
    """Return a cursor for lists sorted by time."""
    return pack(query_hash, (cursor.published - EPOCH) // MICROSECOND, cursor.id)


def decode(query_hash: bytes, text: str) -> Cursor | None:
    """Return the position in a cursor, or None if it was not issued for this query."""
    numbers = unpack(query_hash, text)
    if numbers is None or not _EARLIEST <= numbers[0] <= _LATEST or numbers[1] < 0:
        return None
    return Cursor(EPOCH + numbers[0] * MICROSECOND, numbers[1])


def pack(query_hash: bytes, first: int, second: int) -> str:
    """Return a cursor of two integers."""
    return _to_base64(_STRUCT.pack(query_hash, first, second))


def unpack(query_hash: bytes, text: str) -> tuple[int, int] | None:
    """Return the two integers of a cursor, or None if it was not issued for this query."""
    packed = _from_base64(text)
    if packed is None or len(packed) != _STRUCT.size:
        return None
    cursor_hash, first, second = _STRUCT.unpack(packed)
    return (first, second) if cursor_hash == query_hash else None


def encode_name(query_hash: bytes, name: str) -> str:
    """Return a cursor for lists sorted by name."""
    return _to_base64(query_hash + name.encode())


def decode_name(query_hash: bytes, text: str) -> str | None:
    """Return the name in a cursor, or None if it was not issued for this query."""
    packed = _from_base64(text)
    if packed is None or not packed.startswith(query_hash):
        return None
    return packed[len(query_hash) :].decode(errors="replace")


def _to_base64(packed: bytes) -> str:
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def _from_base64(text: str) -> bytes | None:
    """Return the decoded bytes, or None for text that ``_to_base64`` did not write."""
    try:
        packed = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
    except ValueError:
        return None
    return packed if _to_base64(packed) == text else None
