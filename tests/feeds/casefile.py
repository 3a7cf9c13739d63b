"""Small documents with their stories and expected readings, in text files that are easy to add to.

A case begins with "=== story"; then options (wrap, url, type, header), "---", the document, "---", and the expected
reading as JSON in the form of ``gedi read``. Only what is written there is compared.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "cases"

_MODULES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:georss="http://www.georss.org/georss"'
)
_WRAPS = {
    None: "{}",
    "rss": f'<rss version="2.0" {_MODULES}><channel>{{}}</channel></rss>',
    "atom": '<feed xmlns="http://www.w3.org/2005/Atom">{}</feed>',
}


@dataclass(frozen=True)
class Case:
    story: str
    document: str
    expected: dict[str, Any]
    url: str | None = None
    type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


def load(path: Path) -> list[Case]:
    """Every case of a file."""
    return [_case(part) for part in path.read_text("utf-8").split("=== ")[1:]]


def _case(text: str) -> Case:
    head, document, expected = text.split("\n---\n", 2)
    story, *lines = head.split("\n")
    options = dict(line.split(": ", 1) for line in lines)
    name, _, value = options.get("header", "").partition(": ")
    return Case(
        story,
        _WRAPS[options.get("wrap")].replace("{}", document),
        json.loads(expected),
        options.get("url"),
        options.get("type"),
        {name: value} if name else {},
    )
