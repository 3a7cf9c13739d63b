"""Style feeds for browsers, with CSS only because browsers are removing XSLT."""

from __future__ import annotations

import re
from xml.sax.saxutils import quoteattr

_NOTE = (
    '<h:div xmlns:h="http://www.w3.org/1999/xhtml" class="about">'
    "<h:p><h:strong>这是订阅源，给阅读器看的。</h:strong>请复制浏览器地址栏里的网址，粘贴到任意阅读器的“添加订阅”。</h:p>"
    "<h:p><h:a href={help}>怎么订阅？</h:a> {page}</h:p></h:div>"
)
_PAGE = re.compile(r'<link href="([^"<>]+)" rel="alternate"/>|<link>([^<>]+)</link>')


def with_stylesheet(document: bytes, href: str | None) -> bytes:
    """Return the document with an xml-stylesheet instruction after its declaration; unchanged without ``href``."""
    declaration, newline, rest = document.partition(b"\n")
    if not href:
        return document
    instruction = f'<?xml-stylesheet type="text/css" href={quoteattr(href)}?>\n'.encode()
    return declaration + newline + instruction + rest


def render_for_browser(document: bytes, type: str, stylesheet: str, help: str) -> tuple[bytes, str]:
    """Return a published feed as a browser should display it: (document, media type).

    XML feeds get the style sheet and a note that links to the page ``help`` and to the feed's own page. The media type
    is one that browsers display instead of saving.
    """
    if "json" in type:
        return document, "application/json; charset=utf-8"
    if "xml" not in type:
        return document, type
    position = document.find(b"<channel>")
    position = position + len(b"<channel>") if position >= 0 else document.find(b">", document.find(b"<feed")) + 1
    page = _PAGE.search(document[position : position + 4000].decode("utf-8", "ignore"))
    link = f'<h:a href="{page[1] or page[2]}">看网页版</h:a>' if page else ""
    note = _NOTE.format(help=quoteattr(help), page=link).encode()
    return with_stylesheet(
        document[:position] + note + document[position:], stylesheet
    ), "application/xml; charset=utf-8"
