"""The text of an XML document made safe to parse: what stands before the root cut, character references mended.

feedparser is quadratic on leading blanks and on unterminated entity declarations, and one bad numeric reference
makes it lose the whole document: neither ever reaches it.
"""

from __future__ import annotations

import html
import html.entities
import re
from dataclasses import dataclass

from feeds.encoding import clean

_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,40}:)?(rss|feed|rdf|channel)(?=[\s>/:])", re.I)
_MARKUP = re.compile(r"<(!--|\?|!\[CDATA\[|!DOCTYPE|/?[A-Za-z_])", re.I)
_TAG_NAME = re.compile(r"</?([A-Za-z_][\w.:-]*)")
_ESCAPED_ROOT = re.compile(r"\s*(?:&lt;\?xml|&lt;(?:rss|feed|rdf:RDF)[\s&])", re.I)
_PAGE = {"html", "head", "body"}
_FAR_ENOUGH = 200_000  # characters of junk before a root
_MANY = 2_000  # pieces of markup before a root

_REFERENCE = re.compile(
    r"<!\[CDATA\[[^\]]*(?:\](?!\]>)[^\]]*)*(?:\]\]>|\Z)|&+(?=&)|&(?!(?:lt|gt|amp|quot|apos);)(?:#([xX]?)([0-9a-fA-F]{1,40});?|([A-Za-z][A-Za-z0-9]{1,31});)?",
    re.S,
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """``body`` begins at the root's start tag. ``refused``: why the document is none; ``page``: it is an HTML page."""

    body: str = ""
    refused: str | None = None
    page: bool = False


def prepare(text: str) -> Prepared:
    """Find the root of a feed and mend what no parser could read."""
    if _ESCAPED_ROOT.match(text):
        text = html.unescape(text)
    start, page, prolog = _find_root(text)
    if page:
        return Prepared(refused="an HTML page, not a feed", page=True)
    if start is None:
        return Prepared(refused="no feed: there is no rss, feed or rdf element")
    if "<!entity" in prolog.lower():
        return Prepared(refused="refused: the document declares entities of its own")
    return Prepared(mend_references(text[start:]))


def _find_root(text: str) -> tuple[int | None, bool, str]:
    """Where the root begins, whether an HTML page came first, and the text before the root."""
    position, junk = 0, False
    endless: set[str] = set()  # terminators that do not come again
    for _ in range(_MANY):
        found = _MARKUP.search(text, position, _FAR_ENOUGH + 40)
        if not found:
            return None, False, ""
        at, mark = found.start(), found[1].lower()
        if mark == "!--":
            position = _after(text, "-->", at, 4, endless)
        elif mark == "?":
            position = _after(text, ">", at, 2, endless)
        elif mark == "![cdata[":
            position = at + 9
        elif mark == "!doctype":
            if text[at + 9 : at + 30].strip().lower().startswith("html") and not junk:
                return None, True, ""
            position = _after_doctype(text, at, endless)
        elif _ROOT.match(text, at):
            return at, False, text[:at]
        else:
            name = _TAG_NAME.match(text, at)
            if name and name[1].lower() in _PAGE and not _ROOT.search(text, at, at + _FAR_ENOUGH):
                return None, True, ""
            junk, position = True, at + 1
    return None, False, ""


def _after(text: str, end: str, start: int, least: int, endless: set[str]) -> int:
    found = -1 if end in endless else text.find(end, start + least)
    if found < 0:
        endless.add(end)
    return found + len(end) if found >= 0 else start + least


def _after_doctype(text: str, start: int, endless: set[str]) -> int:
    """Behind a document type declaration, its internal subset included."""
    close, subset = text.find(">", start), text.find("[", start)
    if 0 <= subset < close:
        return _after(text, "]", subset, 1, endless)
    return close + 1 if close >= 0 else start + 9


def mend_references(text: str) -> str:
    """References as XML knows them: HTML names resolved, bad numbers removed, a bare & escaped; not in CDATA."""
    return _REFERENCE.sub(_mend, text) if "&" in text else text


def _mend(match: re.Match[str]) -> str:
    whole = match[0]
    if whole[0] == "<":
        return whole
    if whole[-1] == "&":
        return "&amp;" * len(whole)
    if match[2]:
        return _number(match[1], match[2], whole)
    if match[3]:
        known = html.entities.html5.get(match[3] + ";")
        return _escaped(known) if known else f"&amp;{whole[1:]}"
    return "&amp;"


def _number(hexadecimal: str, digits: str, whole: str) -> str:
    if not hexadecimal and not digits.isdigit():
        return f"&amp;{whole[1:]}"
    code = int(digits, 16 if hexadecimal else 10)
    if code > 0x10FFFF:
        return "\ufffd"
    return _escaped(clean(chr(code)))


def _escaped(characters: str) -> str:
    return characters.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
