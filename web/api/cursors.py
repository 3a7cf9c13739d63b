"""Places in a list as opaque text. A cursor belongs to the question it was given for and to no other.

A place is what the list is ordered by, and that never changes of an item; so nothing that arrives meanwhile moves it.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Sequence
from datetime import UTC, datetime

from aggregator.model import Cursor
from web.views.paging import EPOCH, MICROSECOND

_FORM = struct.Struct(">4sqq")
_EARLIEST = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
_LATEST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND


def fingerprint(question: Sequence[object]) -> bytes:
    """Four bytes of what was asked."""
    return hashlib.blake2b(repr(tuple(question)).encode(), digest_size=4).digest()


def encode(mark: bytes, cursor: Cursor) -> str:
    return pack(mark, (cursor.published - EPOCH) // MICROSECOND, cursor.id)


def decode(mark: bytes, text: str) -> Cursor | None:
    """None for anything that was not given out for this question."""
    numbers = unpack(mark, text)
    if numbers is None or not _EARLIEST <= numbers[0] <= _LATEST or numbers[1] < 0:
        return None
    return Cursor(EPOCH + numbers[0] * MICROSECOND, numbers[1])


def pack(mark: bytes, first: int, second: int) -> str:
    return _text(_FORM.pack(mark, first, second))


def unpack(mark: bytes, text: str) -> tuple[int, int] | None:
    packed = _bytes(text)
    if packed is None or len(packed) != _FORM.size:
        return None
    given, first, second = _FORM.unpack(packed)
    return (first, second) if given == mark else None


def of_word(mark: bytes, word: str) -> str:
    """For lists that are ordered by a name."""
    return _text(mark + word.encode())


def word(mark: bytes, text: str) -> str | None:
    packed = _bytes(text)
    if packed is None or not packed.startswith(mark):
        return None
    return packed[len(mark) :].decode(errors="replace")


def _text(packed: bytes) -> str:
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def _bytes(text: str) -> bytes | None:
    """None for what ``_text`` has not written."""
    try:
        packed = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
    except ValueError:
        return None
    return packed if _text(packed) == text else None
