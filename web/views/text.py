"""Text helpers of the templates. Every value is plain text; the templates escape it."""

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
)  # characters per line: h1 on a phone and in a third of a column, lists on a phone, h1 on a desktop
_HEADING = re.compile("<(/?)h([34])>")
HighlightedText = tuple[tuple[str, bool], ...]
_BLANK_AFTER_WIDE = re.compile(r"(?<=[。！？；：，、…”』」）】》]) +")


def split_brand(title: str) -> tuple[str, str]:
    """Return the site name in two halves, the first of which forms the logo: 各地 + 新闻.

    A Latin name is split after a word.
    """
    if title.isascii():
        first, _, rest = title.partition(" ")
        return first, rest
    half = 2 if len(title) <= 5 else len(title) // 2
    return title[:half], title[half:]


def display_host(url: str) -> str:
    """Return the host name of a URL without ``www.``."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def display_url(url: str, limit: int = 80) -> str:
    """Return a URL for display: no scheme, no trailing slash, shortened if long."""
    text = re.sub(r"^https?://(www\.)?", "", url).rstrip("/")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def breakable_url_parts(url: str) -> tuple[str, ...]:
    """Return a URL for display, percent-decoded, in parts after which a line may break."""
    head, mark, tail = uri_to_iri(url).partition("://")
    parts = re.findall(r"[^/]*/|[^/]+", tail)
    if not parts:
        return (url,)
    return (f"{head}{mark}{parts[0]}", *parts[1:])


def rebase_headings(html: str) -> str:
    """Return sanitized HTML whose headings (h3, h4) are renumbered to follow the h1 of the page without gaps."""
    has_section, level = False, 2

    def step(match: re.Match[str]) -> str:
        nonlocal has_section, level
        if not match[1]:
            level = 3 if match[2] == "4" and has_section else 2
            has_section = has_section or match[2] == "3"
        return f"<{match[1]}h{level}>"

    return _HEADING.sub(step, html)


def clean_input(text: str | None, limit: int) -> str:
    """Return user input without control characters and redundant whitespace, cut to ``limit`` characters."""
    printable = "".join(letter if letter.isprintable() else " " for letter in (text or "")[: limit * 4])
    return " ".join(printable.split())[:limit]


def break_class(title: str) -> Markup:
    """Return the class attribute (b1, b2, b3, by length) of a headline with a clause too long for some columns.

    Such a headline must allow breaks anywhere, or a line would begin with the punctuation after the clause.
    """
    longest = max(map(len, _CLAUSE.findall(title)), default=0)
    level = sum(longest > limit for limit in _LINE_WIDTHS)
    return Markup(' class="{}"').format(" ".join(f"b{n}" for n in range(1, level + 1))) if level else Markup("")


def clip(text: str, limit: int) -> str:
    """Return at most ``limit`` characters, with an ellipsis if the text was cut.

    Paragraphs are joined without a space after full-width Chinese punctuation, which includes its own space.
    """
    text = _BLANK_AFTER_WIDE.sub("", text)
    return text if len(text) <= limit else text[:limit].rstrip("，、；：。 ") + "……"
