"""Repair character references so that an XML parser accepts them (XML 1.0 4.1)."""

from __future__ import annotations

import html
import html.entities
import re

from feeds.encoding.decode import remove_control_characters

_REFERENCE = re.compile(
    r"<!\[CDATA\[[^\]]*(?:\](?!\]>)[^\]]*)*(?:\]\]>|\Z)|&+(?=&)"
    r"|&(?!(?:lt|gt|amp|quot|apos);)(?:#([xX]?)([0-9a-fA-F]{1,40});?|([A-Za-z][A-Za-z0-9]{1,31});"
    r"|(amp|lt|gt|quot|nbsp)(?![\w;=]))?",
    re.S,
)
_PAIR = re.compile(r"&#(x[dD][89abAB][0-9a-fA-F]{2}|5[55]\d{3});&#(x[dD][c-fC-F][0-9a-fA-F]{2}|5[67]\d{3});", re.I)


def repair_references(text: str) -> str:
    """Return text with HTML entities resolved, invalid references removed and bare "&" escaped.

    CDATA sections stay unchanged. Entities that the document declares itself are escaped, never expanded.
    """
    if "&" not in text:
        return text
    if "&#" in text:
        text = _PAIR.sub(_join_surrogates, text)
    return _REFERENCE.sub(_repair_reference, text)


def _join_surrogates(match: re.Match[str]) -> str:
    """Return the character that two numeric references to UTF-16 surrogates encode."""
    high, low = (int(code[1:], 16) if code[0] in "xX" else int(code) for code in match.groups())
    if 0xD800 <= high <= 0xDBFF and 0xDC00 <= low <= 0xDFFF:
        return chr(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00)
    return match[0]


def _repair_reference(match: re.Match[str]) -> str:
    reference = match[0]
    if reference[0] == "<":
        return reference
    if reference[-1] == "&":
        return "&amp;" * len(reference)
    if match[2]:
        return _repair_numeric(match[1], match[2], reference)
    if name := match[3] or match[4]:
        characters = html.entities.html5.get(name + ";")
        return _escaped(characters) if characters else f"&amp;{reference[1:]}"
    return "&amp;"


def _repair_numeric(hexadecimal: str, digits: str, reference: str) -> str:
    if not hexadecimal and not digits.isdigit():
        return f"&amp;{reference[1:]}"
    code = int(digits, 16 if hexadecimal else 10)
    if code > 0x10FFFF:
        return "\ufffd"
    return _escaped(remove_control_characters(chr(code)))


def _escaped(characters: str) -> str:
    return characters.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
