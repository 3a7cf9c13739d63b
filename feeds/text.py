"""Convert markup to plain text and plain text to markup."""

from __future__ import annotations

import html
import re

_HTML_TAG_LIST = """
a abbr acronym address area article aside audio b bdi bdo big blockquote body br button canvas caption center
cite code col colgroup dd del details dfn dir div dl dt em embed fieldset figcaption figure font footer form
h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label legend li link main map mark marquee
menu meta meter nav nobr noscript object ol optgroup option output p param picture pre progress q rp rt ruby s
samp script section select small source span strike strong style sub summary sup svg table tbody td textarea
tfoot th thead time tr track tt u ul var video wbr
"""
HTML_TAGS = frozenset(_HTML_TAG_LIST.split())
_BLOCKS = """
address article aside blockquote br caption center dd div dl dt figcaption figure footer form h[1-6] header hr
li main nav ol p pre section table td th tr ul
"""
_ATTRIBUTES = r"(?:\s[^<>\"']*(?:(?:\"[^\"<]{0,2000}\"|'[^'<]{0,2000}')[^<>\"']*)*|\s[^<>]*|/)?"
_OFFICE = r"(?:o|w|v|m|x|st1):[a-z]\w{0,30}"  # in pages exported from Microsoft Word
_TAG = re.compile(rf"</?(?:{'|'.join(_HTML_TAG_LIST.split())}|{_OFFICE}){_ATTRIBUTES}/?>", re.I)
_BLOCK_TAG = re.compile(rf"</?(?:{'|'.join(_BLOCKS.split())}){_ATTRIBUTES}/?>", re.I)
_HIDDEN = re.compile(r"<(script|style)\b|<!(--)", re.I)
_REFERENCE = re.compile(
    r"&(?:#\d{1,7}(?:;|(?![\d;]))|#[xX][0-9a-fA-F]{1,6}(?:;|(?![0-9a-fA-F;]))|[A-Za-z][A-Za-z0-9]{1,31};)"
)
_PAIR = re.compile(  # surrogate pairs, as JavaScript writes them: &#xD83D;&#xDE00; or &#55357;&#56832;
    r"&#(?:x(d[89ab][0-9a-f]{2});&#x(d[c-f][0-9a-f]{2})|(5(?:5[3-9]|6[01])\d{2}|562\d{2}|563[01]\d);&#(5[67]\d{3}));",
    re.I,
)
_READ_AS_REFERENCE = re.compile(r"&(?=#|[A-Za-z])")
_READ_AS_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_NAME = re.compile(r"</?([A-Za-z][\w:-]*)")


def collapse(text: str) -> str:
    """Return the text with each run of white space replaced by one space and none at the ends."""
    return " ".join(text.split())


def html_to_text(markup: str) -> str:
    """Return HTML as one line of plain text; text that only resembles a tag ("<3", "<gorilla>") is kept."""
    if "<" in markup:
        markup = _TAG.sub("", _BLOCK_TAG.sub(" ", strip_hidden(markup)))
    return collapse(unescape(markup))


def strip_hidden(markup: str) -> str:
    """Return HTML without scripts, styles and comments; one without an end is kept."""
    pieces: list[str] = []
    position, unterminated = 0, set[str]()
    for match in _HIDDEN.finditer(markup):
        end = "-->" if match[2] else f"</{match[1].lower()}"
        if match.start() < position or end in unterminated:
            continue
        terminator = re.compile(re.escape(end), re.I).search(markup, match.end())
        if not terminator:
            unterminated.add(end)
            continue
        pieces.append(markup[position : match.start()])
        resume = terminator.end() if match[2] else markup.find(">", terminator.end()) + 1
        position = resume or len(markup)
    return "".join(pieces) + markup[position:] if pieces else markup


def unescape(text: str) -> str:
    """Return text with its character references resolved once.

    A name without a semicolon is text ("AT&T&copy" in a URL).
    """
    if "&" not in text:
        return text
    if "&#" in text:
        text = _PAIR.sub(_join_surrogates, text)
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), text)


def _join_surrogates(match: re.Match[str]) -> str:
    high, low = (int(match[1], 16), int(match[2], 16)) if match[1] else (int(match[3]), int(match[4]))
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return match[0]
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def looks_like_html(text: str) -> bool:
    """Return whether text of unknown type is HTML: it has a known tag or a reference, and no unknown tag."""
    if _REFERENCE.search(text) is None and _TAG.search(text) is None:
        return False
    return all(name.lower() in HTML_TAGS for name in _NAME.findall(text))


def html_from_text(text: str) -> str:
    """Return plain text as HTML, escaping only what HTML would parse as markup ("AT&T" and "a < b" stay)."""
    return _READ_AS_TAG.sub("&lt;", _READ_AS_REFERENCE.sub("&amp;", text))
