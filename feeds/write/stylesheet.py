"""Name a style sheet in an XML document (Associating Style Sheets with XML documents 1.0)."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr


def with_stylesheet(document: bytes, href: str | None) -> bytes:
    """Return the document with an xml-stylesheet instruction after its declaration; unchanged without ``href``."""
    declaration, newline, rest = document.partition(b"\n")
    if not href:
        return document
    instruction = f'<?xml-stylesheet type="text/css" href={quoteattr(href)}?>\n'.encode()
    return declaration + newline + instruction + rest
