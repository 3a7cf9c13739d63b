"""Sanitize publishers' HTML for our pages and feeds, and extract its plain text. The only importer of nh3."""

from __future__ import annotations

import html
import re

import nh3

MAX_HTML = 200_000  # characters; nh3 is quadratic in unclosed nesting
MAX_DEPTH = 200

_TAGS = {"p", "br", "b", "strong", "i", "em", "ul", "ol", "li", "blockquote", "pre", "code", "a", "h3", "h4"}
_ATTRIBUTES, _SCHEMES = {"a": {"href"}}, {"http", "https"}
_HEADINGS = re.compile(r"<(/?)h[1256]\b", re.I)
_DIVISIONS = re.compile(r"<(/?)(?:div|section|article|td|tr|table|center|figure|figcaption)\b[^<>]*>", re.I)
_OPENING = re.compile(r"<(?:div|section|article|p|span|font|blockquote|ul|ol|li|table|b|i|em|strong)\b", re.I)
_EMPTY = re.compile(r"<p>(?:\s|&nbsp;|\u00a0|\u3000|<br>)*</p>")
_LEADING_BLANKS = re.compile(r"(<(?:p|li|h3|h4|blockquote)>)[\s\u00a0\u3000]+")
_BLOCKS = set("p br div li ul ol tr td th table section article blockquote pre h1 h2 h3 h4 h5 h6 hr dt dd".split())
_HIDDEN = set("script style template noscript iframe object svg math textarea select title".split())
_BLOCK = re.compile(r"</?(?:" + "|".join(sorted(_BLOCKS)) + r")\b[^<>]*>", re.I)
_TAG = re.compile(r"<[^<>]*>")  # not past the next "<", so that it stays linear
_CUT_TAG = re.compile(r"<[^<>]*$")
_LINE_ENDS = re.compile(r"[\r\n]+")
_BLANKS = re.compile(r"[ \t\u00a0\u3000\u200b]+")
# Elements of which the safe HTML and the plain text are made differently.
_DIFFERENT = re.compile(
    r"</?(?:div|section|article|td|tr|table|center|fig|h[1256r]|th|dt|dd|" + "|".join(sorted(_HIDDEN)) + ")", re.I
)
_LINK = re.compile(r'</?a(?: [a-z]+="[^"]*")*>')  # as nh3 writes it


def sanitize_with_text(markup: str) -> tuple[str, str]:
    """Return ``sanitize`` and ``plain_text`` of the same HTML, which is parsed once if nothing keeps them apart."""
    whole = _truncate(markup)
    if "<" not in whole or _DIFFERENT.search(whole) or _is_too_deep(whole):
        return sanitize(markup), plain_text(markup)
    clean = _keep_safe(whole)
    return _tidy(clean), _lines_of(_LINK.sub("", clean))


def sanitize(markup: str) -> str:
    """Return HTML with a small set of tags and only http(s) links. Text without markup is split into paragraphs."""
    markup = _truncate(markup)
    if "<" not in markup:
        return to_paragraphs(html.unescape(markup))
    if _is_too_deep(markup):
        return to_paragraphs(plain_text(markup))
    markup = _DIVISIONS.sub(lambda match: "</p>" if match[1] else "<p>", markup)
    markup = _HEADINGS.sub(r"<\1h3", markup)
    return _tidy(_keep_safe(markup))


def _keep_safe(markup: str) -> str:
    return nh3.clean(
        markup,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def _tidy(clean: str) -> str:
    return _LEADING_BLANKS.sub(r"\1", _EMPTY.sub("", clean)).strip()


def to_paragraphs(text: str) -> str:
    """Return plain text as one escaped <p> for each line."""
    lines = (line.strip(" \t\u3000\u00a0") for line in _LINE_ENDS.split(text))
    return "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines if line)


def plain_text(markup: str) -> str:
    """Return the text of HTML, one line for each block, without scripts and styles. Linear in its input."""
    markup = _truncate(markup)
    if "<" in markup and not _is_too_deep(markup):
        markup = nh3.clean(markup, tags=_BLOCKS, attributes={}, link_rel=None, clean_content_tags=_HIDDEN)
    return _lines_of(markup)


def _lines_of(markup: str) -> str:
    """Return the text of HTML, one line for each block."""
    if "<" in markup:
        markup = _TAG.sub("", _BLOCK.sub("\n", markup))
    lines = map(str.strip, _LINE_ENDS.split(_BLANKS.sub(" ", html.unescape(markup))))
    return "\n".join(line for line in lines if line)


def _truncate(markup: str) -> str:
    """Cut to size, not inside of a tag."""
    return _CUT_TAG.sub("", markup[:MAX_HTML]) if len(markup) > MAX_HTML else markup


def _is_too_deep(markup: str) -> bool:
    """Return whether HTML is nested deeper than any article, which would make the sanitizer slow."""
    return len(_OPENING.findall(markup)) > MAX_DEPTH and _depth(markup) > MAX_DEPTH


def _depth(markup: str) -> int:
    depth = deepest = 0
    for match in re.finditer(r"<(/?)[a-zA-Z]", markup):
        depth = max(0, depth - 1) if match[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest
