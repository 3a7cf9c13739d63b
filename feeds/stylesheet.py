"""The xml-stylesheet instruction that gives a feed opened in a browser a face."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr


def with_stylesheet(document: bytes, href: str | None) -> bytes:
    """The document with an instruction behind its XML declaration, or as it is where there is no ``href``."""
    declaration, newline, rest = document.partition(b"\n")
    if not href:
        return document
    instruction = f'<?xml-stylesheet type="text/css" href={quoteattr(href)}?>\n'.encode()
    return declaration + newline + instruction + rest
