"""Normalize the head of an HTTP response before the strict parser reads it. Pure.

Browsers and curl accept responses that violate RFC 9112 in many small ways: repeated equal lengths, a space before the
colon, lines that are not fields, hundreds of cookies. Only the fields we use are passed on, well-formed; ambiguous
framing (different lengths) is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_HEAD_BYTES = 65536  # bytes: maximum size of a head
MAX_INTERIM = 20  # 1xx responses before the final one

_BODY_STATUSES = (200, 203)  # the body of other responses is not read
_BODILESS = (204, 304)

INVALID_HEAD = b"not HTTP\r\n\r\n"  # passed to the parser in place of an ambiguous head, to be refused

_KNOWN_FIELDS = frozenset(
    b"age cache-control connection content-encoding content-language content-length content-location content-type date "
    b"etag expires last-modified link location retry-after server transfer-encoding vary www-authenticate".split()
)
_FRAMING = (b"content-length", b"transfer-encoding", b"connection")
_MAX_FIELDS = 100
_MAX_FIELD_BYTES = 8000

_BLANK = re.compile(rb"[ \r\n]*")
_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"[ \r\n]*(?:HTTP/(?P<major>\d)(?:\.(?P<minor>\d))?|ICY)[ \t]+(?P<status>[1-9]\d\d)(?!\d)", re.I)
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


_Field = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """A normalized head with its blank line. ``length`` is the body length in bytes, if given."""

    status: int
    content: bytes
    length: int | None


def find_head_end(data: bytes | bytearray) -> int | None:
    """Return where the body begins; None while the head is incomplete."""
    blank = _BLANK.match(data)
    match = _END.search(data, blank.end() if blank else 0)
    return match.end() if match else None


def normalize_response_head(head: bytes) -> ResponseHead | None:
    """Return a well-formed head; None if it is ambiguous."""
    match = _STATUS.match(head)
    if match is None:
        return None
    fields = _parse_fields(head[match.end() :])
    length, known = _content_length([value for name, value in fields if name == b"content-length"])
    codings = _transfer_codings([value for name, value in fields if name == b"transfer-encoding"])
    status = int(match["status"])
    if status not in _BODY_STATUSES and (length is None or not known or codings or status in _BODILESS):
        return _bodiless_head(status, fields)  # only the head counts; the end of the body need not be known
    if not known or codings not in ([], [b"chunked"]) or len(head) > MAX_HEAD_BYTES:
        return None
    framing: list[_Field] = []
    close = (match["major"], match["minor"]) == (b"1", b"0") or match["major"] is None
    if codings:
        framing.append((b"transfer-encoding", b"chunked"))
        close = close or length is not None  # RFC 9112 6.3: the length is void, and the connection is not reused
        length = None
    elif length is not None:
        framing.append((b"content-length", b"%d" % length))
    asked = b",".join(value for name, value in fields if name == b"connection").lower()
    if b"close" in asked or (close and b"keep-alive" not in asked) or (codings and close):
        framing.append((b"connection", b"close"))
    kept = [field for field in fields if field[0] not in _FRAMING]
    return ResponseHead(status, _serialize_head(status, framing + kept), length)


def _bodiless_head(status: int, fields: list[_Field]) -> ResponseHead:
    """Nothing follows; if more arrives nevertheless, the connection is not reused."""
    asked = b",".join(value for name, value in fields if name == b"connection").lower()
    framing = [] if status in _BODILESS else [(b"content-length", b"0")]
    if b"close" in asked or status not in _BODILESS:
        framing.append((b"connection", b"close"))
    return ResponseHead(
        status, _serialize_head(status, framing + [field for field in fields if field[0] not in _FRAMING]), 0
    )


def _serialize_head(status: int, fields: list[_Field]) -> bytes:
    lines = [b"%s: %s\r\n" % field for field in fields[:_MAX_FIELDS]]
    return b"HTTP/1.1 %d OK\r\n%s\r\n" % (status, b"".join(lines))


def _parse_fields(block: bytes) -> list[_Field]:
    """Return the known fields with lower-case names. The first line is the rest of the status line."""
    unfolded = re.sub(rb"\r?\n[ \t]+", b" ", block)
    fields = []
    for line in re.split(rb"\r?\n", unfolded)[1:]:
        name, colon, value = line.partition(b":")
        name, value = name.strip().lower(), value.strip()
        if colon and name in _KNOWN_FIELDS and len(value) <= _MAX_FIELD_BYTES and not _CONTROL.search(value):
            fields.append((name, value))
    return fields


def _content_length(values: list[bytes]) -> tuple[int | None, bool]:
    """Return (the given length, whether it is unambiguous)."""
    given = {part.strip().removeprefix(b"+") for value in values for part in value.split(b",")} - {b""}
    if not given:
        return None, True
    numbers = {int(number) for number in given if re.fullmatch(rb"\d{1,18}", number)}
    return (numbers.pop(), True) if len(numbers) == 1 and all(number.isdigit() for number in given) else (None, False)


def _transfer_codings(values: list[bytes]) -> list[bytes]:
    codings = [part.strip().lower() for value in values for part in value.split(b",")]
    return list(dict.fromkeys(coding for coding in codings if coding not in (b"", b"identity", b"none")))
