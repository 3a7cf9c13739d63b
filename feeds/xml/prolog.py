"""The text of an XML document made safe to parse: what stands before the root cut, character references mended.

feedparser is quadratic on leading blanks and on unterminated entity declarations, and one bad numeric reference
makes it lose the whole document: neither ever reaches it. With the prolog go all declarations of entities, so that
none is ever expanded or loaded.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass

from feeds.xml.character_references import repair_references
from feeds.xml.limits import limit_references
from feeds.xml.namespaces import ATOM_NAMESPACE

_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,40}:)?(rss|feed|rdf|channel)(?=[\s>/:<])", re.I)
_ENTRY = re.compile(r"<(?:[A-Za-z_][\w.-]{0,40}:)?entry(?=[\s>/:])")
_MARKUP = re.compile(r"<(!--|\?|!\[CDATA\[|!DOCTYPE|/?[A-Za-z_])", re.I)
_TAG_NAME = re.compile(r"</?([A-Za-z_][\w.:-]*)")
_DOCTYPE = re.compile(r"\"[^\"]*\"|'[^']*'|<!--|[\[\]>]")
_HALF_CLOSED = re.compile(r"(<([A-Za-z][\w.:-]*+)[^<>]*+>\s*+<!\[CDATA\[[^\]]*+\])(?=></\2>)")
_PAGE_TAGS = {"html", "head", "body"}
_MAX_PROLOG = 200_000  # characters of junk before a root
_MAX_PROLOG_PIECES = 2_000  # pieces of markup before a root, or in a document type
_ESCAPED_ROOT = re.compile(r"(?:^|>)\s*(&(?:amp;){0,3}lt;(?:\?xml\b|(?:rss|feed|channel|rdf:RDF)(?=[\s&])))", re.I)
_MAX_PREFIX = 20_000  # characters before the feed
_MAX_ESCAPE_LAYERS = 4


@dataclass(frozen=True, slots=True)
class PreparedXml:
    """``body`` begins at the root's start tag. ``refused``: why the document is none; ``page``: it is an HTML page."""

    body: str = ""
    refusal: str | None = None
    is_html: bool = False


def prepare_xml(text: str) -> PreparedXml:
    """Find the root of a feed and mend what no parser could read."""
    start, page = _find_root(text)
    if start is None and not page and (inner := _unwrap(text)) is not None:
        text = inner
        start, page = _find_root(text)
    if page:
        return PreparedXml(refusal="an HTML page, not a feed", is_html=True)
    if start is None:
        return PreparedXml(refusal="no feed: there is no rss, feed or rdf element")
    body = limit_references(text[start:])
    if "]></" in body:  # a CDATA section that lost a bracket of its end swallows whatever follows
        body = _HALF_CLOSED.sub(r"\1]", body)
    body = repair_references(body)
    return PreparedXml(f'<feed xmlns="{ATOM_NAMESPACE}">{body}</feed>' if _ENTRY.match(body) else body)


def _unwrap(text: str) -> str | None:
    """The document inside, or None where there is none."""
    if text[:20].lstrip().startswith('"'):
        return _unwrap_json_string(text)
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


def _unwrap_json_string(text: str) -> str | None:
    try:
        found = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def _find_root(text: str) -> tuple[int | None, bool]:
    """Where the root begins, and whether an HTML page came first."""
    position, is_html, others = 0, False, False
    endless: set[str] = set()  # terminators that do not come again
    for _ in range(_MAX_PROLOG_PIECES):
        found = _MARKUP.search(text, position, _MAX_PROLOG + 40)
        if not found:
            return None, is_html
        at, mark = found.start(), found[1].lower()
        if mark == "!--":
            position = _position_after(text, "-->", at, 4, endless)
        elif mark == "?":
            position = _position_after(text, ">", at, 2, endless)
        elif mark == "![cdata[":
            position = at + 9
        elif mark == "!doctype":
            is_html = is_html or text[at + 9 : at + 30].strip().lower().startswith("html")
            position = at + 9 if "doctype" in endless else _position_after_doctype(text, at)
            if position == at + 9:
                endless.add("doctype")
        elif _ROOT.match(text, at) or (not others and _ENTRY.match(text, at)):
            return at, False
        else:
            name = _TAG_NAME.match(text, at)
            is_page = name is not None and name[1].lower() in _PAGE_TAGS
            if is_html or (is_page and not _ROOT.search(text, at, at + _MAX_PROLOG)):
                return None, True
            others, position = True, at + 1
    return None, is_html


def _position_after(text: str, terminator: str, start: int, opening: int, endless: set[str]) -> int:
    found = -1 if terminator in endless else text.find(terminator, start + opening)
    if found < 0:
        endless.add(terminator)
    return found + len(terminator) if found >= 0 else start + opening


def _position_after_doctype(text: str, start: int) -> int:
    """Behind a document type declaration with its internal subset; behind its first word where it has no end."""
    inside, position = False, start + 9
    for _ in range(_MAX_PROLOG_PIECES):
        found = _DOCTYPE.search(text, position, start + _MAX_PROLOG)
        if not found:
            break
        position = found.end()
        if found[0] == "<!--":
            position = text.find("-->", position) + 3
            if position < 3:
                break
        elif found[0] in "[]":
            inside = found[0] == "["
        elif found[0] == ">" and not inside:
            return position
    return start + 9
