"""Prepare the text of an XML document for parsing: remove the prolog, repair character references, unwrap.

feedparser takes quadratic time on leading white space and on unterminated entity declarations, and one invalid numeric
reference makes it lose the whole document; neither reaches it. Removing the prolog also removes all entity
declarations, so that none is ever expanded or loaded.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass

from feeds.phrase import Phrase
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
_MAX_PROLOG = 200_000  # characters before the root element
_MAX_PROLOG_PIECES = 2_000  # tokens before the root element, or in a document type declaration
_ESCAPED_ROOT = re.compile(r"(?:^|>)\s*(&(?:amp;){0,3}lt;(?:\?xml\b|(?:rss|feed|channel|rdf:RDF)(?=[\s&])))", re.I)
_MAX_PREFIX = 20_000  # characters before an escaped feed
_MAX_ESCAPE_LAYERS = 4


@dataclass(frozen=True, slots=True)
class PreparedXml:
    """Result of ``prepare_xml``: ``body`` begins at the root's start tag, or ``refusal`` is the reason to reject it.

    ``is_html`` is set if the document is an HTML page.
    """

    body: str = ""
    refusal: str | None = None
    is_html: bool = False


def prepare_xml(text: str) -> PreparedXml:
    """Return the document from its root element on, or the reason to reject it.

    Character references are repaired, wrapped documents unwrapped, and a sequence of Atom entries gets a root.
    """
    start, is_html = _find_root(text)
    if start is None and not is_html and (inner := _unwrap(text)) is not None:
        text = inner
        start, is_html = _find_root(text)
    if is_html:
        return PreparedXml(refusal=Phrase("an HTML page, not a feed"), is_html=True)
    if start is None:
        return PreparedXml(refusal=Phrase("not a feed: it has no rss, feed or rdf element"))
    body = limit_references(text[start:])
    if "]></" in body:  # a CDATA end without one bracket would extend the section to the next one
        body = _HALF_CLOSED.sub(r"\1]", body)
    body = repair_references(body)
    return PreparedXml(f'<feed xmlns="{ATOM_NAMESPACE}">{body}</feed>' if _ENTRY.match(body) else body)


def _unwrap(text: str) -> str | None:
    """Return the feed inside a wrapper, or None.

    Handles documents that are escaped as a whole, inside the element of a web service, or a JSON string.
    """
    if text[:20].lstrip().startswith('"'):
        return _unwrap_json_string(text)
    match = _ESCAPED_ROOT.search(text, 0, _MAX_PREFIX)
    if not match:
        return None
    inner = text[match.start(1) :]
    if match.start(1) > 0 and text[: match.start(1)].strip():
        inner = inner.partition("<")[0]  # the end tag of the element around it
    for _ in range(_MAX_ESCAPE_LAYERS):
        if inner.startswith("<"):
            break
        inner = html.unescape(inner)
    return inner


def _unwrap_json_string(text: str) -> str | None:
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, str) else None


def _find_root(text: str) -> tuple[int | None, bool]:
    """Return the position of the root element, if any, and whether the document is an HTML page."""
    position, is_html, has_other_elements = 0, False, False
    unterminated: set[str] = set()  # terminators that do not occur again
    for _ in range(_MAX_PROLOG_PIECES):
        match = _MARKUP.search(text, position, _MAX_PROLOG + 40)
        if not match:
            return None, is_html
        start, token = match.start(), match[1].lower()
        if token == "!--":
            position = _position_after(text, "-->", start, 4, unterminated)
        elif token == "?":
            position = _position_after(text, ">", start, 2, unterminated)
        elif token == "![cdata[":
            position = start + 9
        elif token == "!doctype":
            is_html = is_html or text[start + 9 : start + 30].strip().lower().startswith("html")
            position = start + 9 if "doctype" in unterminated else _position_after_doctype(text, start)
            if position == start + 9:
                unterminated.add("doctype")
        elif _ROOT.match(text, start) or (not has_other_elements and _ENTRY.match(text, start)):
            return start, False
        else:
            name = _TAG_NAME.match(text, start)
            is_page = name is not None and name[1].lower() in _PAGE_TAGS
            if is_html or (is_page and not _ROOT.search(text, start, start + _MAX_PROLOG)):
                return None, True
            has_other_elements, position = True, start + 1
    return None, is_html


def _position_after(text: str, terminator: str, start: int, opening: int, unterminated: set[str]) -> int:
    """Return the position after a terminator, or after the opening characters if it does not occur."""
    end = -1 if terminator in unterminated else text.find(terminator, start + opening)
    if end < 0:
        unterminated.add(terminator)
    return end + len(terminator) if end >= 0 else start + opening


def _position_after_doctype(text: str, start: int) -> int:
    """Return the position after a document type declaration with its internal subset.

    Returns the position after "<!DOCTYPE" if the declaration has no end.
    """
    in_subset, position = False, start + 9
    for _ in range(_MAX_PROLOG_PIECES):
        token = _DOCTYPE.search(text, position, start + _MAX_PROLOG)
        if not token:
            break
        position = token.end()
        if token[0] == "<!--":
            position = text.find("-->", position) + 3
            if position < 3:
                break
        elif token[0] in "[]":
            in_subset = token[0] == "["
        elif token[0] == ">" and not in_subset:
            return position
    return start + 9
