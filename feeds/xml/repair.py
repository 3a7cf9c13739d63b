"""Repair a damaged XML document so that it is well-formed, without losing a complete entry.

One pass keeps a stack of open elements: an end tag closes the elements left open inside it, an end tag without a start
is dropped, undeclared prefixes are declared, and what is no markup becomes text. A document that breaks off inside an
entry ends after the previous entry.
"""

from __future__ import annotations

import re

from feeds.xml.character_references import repair_references
from feeds.xml.namespaces import EXTENSION_NAMESPACES
from feeds.xml.tokenizer import CDATA, CLOSE, NAME_PATTERN, OPEN, TEXT, TRUNCATED, Tokenizer, local_name

_MAX_ENTRIES = 5_000
_MAX_DEPTH = 200  # open elements; libxml2 rejects more than 256
_ATTRIBUTE = re.compile(rf"({NAME_PATTERN})(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'<>]*[^\s\"'<>/])))?")
_MAX_TAG_LENGTH = 20_000
_MAX_PREFIXES = 100
_VOID = frozenset("area base br col embed hr img input meta param source wbr track".split())
ENTRY_TAGS = frozenset({"item", "entry"})
_TEXT_TAGS = frozenset(
    "title description summary content encoded subtitle tagline rights copyright author creator category guid "
    "abstract subject name".split()
)
_ROOTS = ("channel", "rss", "feed", "rdf")


def repair_xml(body: str) -> tuple[str, int]:
    """Return well-formed XML for a body that begins at its root's start tag, and the number of entries cut off."""
    return _XmlRepair(body).run()


class _XmlRepair:
    """State of the pass: open elements, output, start of the last entry."""

    def __init__(self, body: str) -> None:
        self.body = body
        self.out: list[str] = []
        self.open: list[str] = []
        self.prefixes: set[str] = set()
        self.declared: set[str] = {"xml", "xmlns"}  # on the root
        self.entry_start = 0
        self.entries = 0
        self.ended = False

    def run(self) -> tuple[str, int]:
        """Return the repaired document and the number of entries cut off."""
        tokens = Tokenizer(self.body)
        is_complete = True
        while (token := tokens.next_token(self.open[-1] if self.open else "")) is not None:
            kind, start, end = token
            if kind == TEXT:
                self.out.append(_escape_text(self.body[start:end]))
            elif kind == CDATA:
                self.out.append(_escape(self.body[start:end]))
            elif kind == CLOSE:
                self._close(self.body[start:end])
            elif kind == OPEN:
                self._open(self.body[start:end])
            elif kind == TRUNCATED:
                is_complete = False
            if self.ended:
                break
        cut = self._drop_unfinished_entry()
        for name in reversed(self.open):
            self.out.append(f"</{name}>")
        self._declare_prefixes()
        self.body, written = "", "".join(self.out)
        self.out.clear()
        return repair_references(written), cut + (not is_complete)

    def _open(self, tag: str) -> None:
        name, rest = _split_tag(tag)
        name = self._limit_prefixes(name)
        if not name or len(self.open) >= _MAX_DEPTH:
            return
        local = local_name(name)
        if local in ENTRY_TAGS and ":" not in name:
            self._close_open_entry()
            self.entry_start = len(self.out)
            self.entries += 1
            self.ended = self.entries > _MAX_ENTRIES
        is_empty = rest.rstrip().endswith("/")
        if local in _VOID and ":" not in name and self._in_text():
            is_empty = True
        self._note_prefix(name)
        self.out.append(f"<{name}{self._attributes(rest)}{'/' if is_empty else ''}>")
        if not is_empty:
            self.open.append(name)

    def _in_text(self) -> bool:
        return any(local_name(name) in _TEXT_TAGS for name in self.open)

    def _close_open_entry(self) -> None:
        """Close an entry that is still open when the next one begins: its end tag is missing."""
        for index in range(len(self.open) - 1, -1, -1):
            local = local_name(self.open[index])
            if local in ("content", "source", "conflicts"):
                return
            if local in ENTRY_TAGS:
                self._close_down_to(index)
                return

    def _close(self, tag: str) -> None:
        words = tag.strip("</> \t\r\n").split(maxsplit=1)
        lowered = self._limit_prefixes(_valid_name(words[0]) if words else "").lower()
        for index in range(len(self.open) - 1, -1, -1):
            if self.open[index].lower() == lowered:
                self._close_down_to(index)
                self.ended = index == 0
                return
            if local_name(self.open[index]) in ENTRY_TAGS and local_name(lowered) not in _ROOTS:
                return  # an end tag without a start does not close the surrounding entry

    def _close_down_to(self, index: int) -> None:
        while len(self.open) > index:
            self.out.append(f"</{self.open.pop()}>")

    def _attributes(self, rest: str) -> str:
        pieces: dict[str, str] = {}
        for match in _ATTRIBUTE.finditer(rest, 0, _MAX_TAG_LENGTH):
            name = match[1]
            value = next((group for group in match.groups()[1:] if group is not None), None)
            if (
                value is None
                or name in pieces
                or name.endswith(":")
                or name.count(":") > 1
                or name.startswith("xmlns:xml")
            ):
                continue
            if name.startswith("xmlns:"):
                if not value.strip():
                    continue
                if not self.open:
                    self.declared.add(name[6:])
            else:
                name = self._limit_prefixes(name)
                self._note_prefix(name)
            pieces[name] = value.strip() if name.startswith("xmlns") else value
        return "".join(f' {name}="{_escape_value(value)}"' for name, value in pieces.items())

    def _limit_prefixes(self, name: str) -> str:
        """Return a name without its prefix if the document has too many: declaring them all is slow to parse."""
        prefix, colon, local = name.partition(":")
        return local if colon and len(self.prefixes) >= _MAX_PREFIXES and prefix not in self.prefixes else name

    def _note_prefix(self, name: str) -> None:
        prefix, colon, _ = name.partition(":")
        if colon and prefix != "xmlns":
            self.prefixes.add(prefix)

    def _drop_unfinished_entry(self) -> int:
        """Drop the entry in which the document breaks off; return the number of entries dropped (0 or 1)."""
        for index, name in enumerate(self.open):
            if local_name(name) in ENTRY_TAGS and ":" not in name:
                del self.out[self.entry_start :]
                del self.open[index:]
                return 1
        return 0

    def _declare_prefixes(self) -> None:
        """Declare undeclared prefixes on the root, well-known ones with their own namespace."""
        undeclared = sorted(self.prefixes - self.declared)
        declarations = "".join(
            f' xmlns:{p}="{EXTENSION_NAMESPACES.get(p.lower(), f"urn:undeclared:{p}")}"' for p in undeclared
        )
        if self.out and (root := re.match(rf"<{NAME_PATTERN}", self.out[0])):
            self.out[0] = f"{root[0]}{declarations}{self.out[0][root.end() :]}"


def _split_tag(tag: str) -> tuple[str, str]:
    """Return the valid name of a start tag and the text after it."""
    match = re.match(rf"<\s*({NAME_PATTERN})", tag)
    return (_valid_name(match[1]), tag[match.end() :].removesuffix(">")) if match else ("", "")


def _valid_name(name: str) -> str:
    """Return a name with at most one colon, not at its end."""
    prefix, colon, local = name.strip(":").partition(":")
    return f"{prefix}:{local.replace(':', '.').lstrip('.-0123456789') or 'x'}" if colon else prefix


def _escape_text(text: str) -> str:
    return text.replace("<", "&lt;").replace("]]>", "]]&gt;")


def _escape_value(text: str) -> str:
    return text.replace("<", "&lt;").replace('"', "&quot;")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
