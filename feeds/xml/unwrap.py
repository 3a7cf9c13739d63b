"""Feeds that come wrapped: escaped as a whole, in an element of a web service, as a JSON string."""

from __future__ import annotations

import html
import json
import re

_ESCAPED_ROOT = re.compile(r"(?:^|>)\s*(&(?:amp;){0,3}lt;(?:\?xml\b|(?:rss|feed|channel|rdf:RDF)(?=[\s&])))", re.I)
_MAX_PREFIX = 20_000  # characters before the feed
_MAX_ESCAPE_LAYERS = 4


def unwrap(text: str) -> str | None:
    """The document inside, or None where there is none."""
    if text[:20].lstrip().startswith('"'):
        return _json_string(text)
    found = _ESCAPED_ROOT.search(text, 0, _MAX_PREFIX)
    if not found:
        return None
    inner = text[found.start(1) :]
    if found.start(1) > 0 and text[: found.start(1)].strip():
        inner = inner.partition("<")[0]  # the end tag of the element around it
    for _ in range(_MAX_ESCAPE_LAYERS):
        if inner.startswith("<"):
            break
        inner = html.unescape(inner)
    return inner


def _json_string(text: str) -> str | None:
    try:
        found = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, str) else None
