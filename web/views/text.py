"""Words and addresses made ready for a page. Every value stays plain text: the templates escape it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from markupsafe import Markup
from werkzeug.urls import uri_to_iri

_CLAUSE = re.compile(r"[^\s，。；：！？、]+[，。；：！？、]*")
_LINE_WIDTHS = (
    11,
    15,
    20,
)  # characters in a line: h1 of a phone and a third of a column, lists of a phone, h1 of a desktop
_HEADING = re.compile("<(/?)h([34])>")
HighlightedText = tuple[tuple[str, bool], ...]
_BLANK_AFTER_WIDE = re.compile(r"(?<=[。！？；：，、…”』」）】》]) +")


def split_brand(title: str) -> tuple[str, str]:
    """The name in two halves, the first of which is the seal: 各地 + 新闻; a Latin name is split after a word."""
    if title.isascii():
        first, _, rest = title.partition(" ")
        return first, rest
    half = 2 if len(title) <= 5 else len(title) // 2
    return title[:half], title[half:]


def display_host(url: str) -> str:
    """The name of the server, without www."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def display_url(url: str, limit: int = 80) -> str:
    """An address as people read it: no scheme, no trailing slash, cut when long."""
    text = re.sub(r"^https?://(www\.)?", "", url).rstrip("/")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def breakable_url_parts(url: str) -> tuple[str, ...]:
    """An address as people read it, letters instead of their codes, in the pieces after which a line may break."""
    head, mark, tail = uri_to_iri(url).partition("://")
    pieces = re.findall(r"[^/]*/|[^/]+", tail)
    if not pieces:
        return (url,)
    return (f"{head}{mark}{pieces[0]}", *pieces[1:])


def rebase_headings(html: str) -> str:
    """Sanitised HTML with its headings (h3, h4) at the levels below a page's h1, none of them skipped."""
    deeper, level = False, 2

    def step(match: re.Match[str]) -> str:
        nonlocal deeper, level
        if not match[1]:
            level = 3 if match[2] == "4" and deeper else 2
            deeper = deeper or match[2] == "3"
        return f"<{match[1]}h{level}>"

    return _HEADING.sub(step, html)


def clean_input(text: str | None, limit: int) -> str:
    """What somebody typed, without control characters and needless blanks, cut at ``limit``."""
    printable = "".join(letter if letter.isprintable() else " " for letter in (text or "")[: limit * 4])
    return " ".join(printable.split())[:limit]


def break_class(title: str) -> Markup:
    """The attribute of a headline whose longest clause, with the punctuation behind it, is too long for some columns:
    there it must break as all text does, or else its comma would begin a line. By how long it is: b1, b2, b3."""
    longest = max(map(len, _CLAUSE.findall(title)), default=0)
    level = sum(longest > limit for limit in _LINE_WIDTHS)
    return Markup(' class="{}"').format(" ".join(f"b{n}" for n in range(1, level + 1))) if level else Markup("")


def clip(text: str, limit: int) -> str:
    """At most ``limit`` characters, with an ellipsis where something was cut; paragraphs run on without a blank after
    the wide Chinese marks, which bring their own."""
    text = _BLANK_AFTER_WIDE.sub("", text)
    return text if len(text) <= limit else text[:limit].rstrip("，、；：。 ") + "……"
