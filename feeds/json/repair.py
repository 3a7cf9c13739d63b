"""A damaged JSON Feed: what stands before its items, and the items that are whole."""

from __future__ import annotations

import json
import re
from typing import Any

from feeds.xml.limits import MAX_ENTRIES_SCANNED

_ITEMS = re.compile(r"\"items\"\s*+:\s*+\[")
_NEXT = re.compile(r"\}\s*+,\s*+(?=\{)")
_BLANK = re.compile(r"[\s,]*+")
_MAX_PASSES = 3  # times its length a document is gone over


def repair_json(text: str) -> tuple[dict[str, Any], int] | None:
    """The document as far as it can be read, and how many items were lost; None where no items begin."""
    begin = _ITEMS.search(text)
    if begin is None or not text.lstrip().startswith("{"):
        return None
    items, lost = _items(text, begin.end())
    head = text[: begin.start()].rstrip().rstrip(",")
    try:
        document = json.loads(f"{head}}}", strict=False)
    except (ValueError, RecursionError):
        document = {}
    return {**document, "items": items}, lost


def _items(text: str, position: int) -> tuple[list[Any], int]:
    decoder = json.JSONDecoder(strict=False, parse_int=_integer)
    items: list[Any] = []
    lost, read = 0, 0
    while read < _MAX_PASSES * len(text):
        blank = _BLANK.match(text, position)
        position = blank.end() if blank else position
        if not text.startswith("{", position):
            break
        if len(items) >= MAX_ENTRIES_SCANNED:
            return items, lost + 1
        try:
            item, end = decoder.raw_decode(text, position)
            items.append(item)
        except (ValueError, RecursionError) as error:
            lost += 1
            read += getattr(error, "pos", len(text)) - position
            behind = _NEXT.search(text, position)
            if behind is None:
                break
            end = behind.end()
        position = end
    return items, lost


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < 40 else digits
