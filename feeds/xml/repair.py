"""A damaged XML document put into well-formed shape, without losing a whole entry.

One pass over the markup keeps a stack of what is open: an end tag closes what was left open inside it, one that
belongs to nothing is dropped, undeclared prefixes are declared, what is no markup becomes text. A document that
breaks off in the middle of an entry ends after the entry before it.
"""

from __future__ import annotations

import re

from feeds.xml.character_references import mend_references
from feeds.xml.namespaces import EXTENSIONS
from feeds.xml.tokenizer import CDATA, CLOSE, END, NAME, OPEN, TEXT, Pieces, local_name

_MOST_ENTRIES = 5_000
_DEEPEST = 200  # elements open at a time; libxml2 refuses more than 256
_ATTRIBUTE = re.compile(rf"({NAME})(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'<>]*[^\s\"'<>/])))?")
_LONGEST_TAG = 20_000
_MOST_PREFIXES = 100
_VOID = frozenset("area base br col embed hr img input meta param source wbr track".split())
ENTRIES = frozenset({"item", "entry"})
_TEXTS = frozenset(
    "title description summary content encoded subtitle tagline rights copyright author creator category guid "
    "abstract subject name".split()
)
_ROOTS = ("channel", "rss", "feed", "rdf")


def repair(body: str) -> tuple[str, int]:
    """Well-formed XML for a body that begins at its root's start tag, and how many entries were cut off."""
    return _Repair(body).run()


class _Repair:
    """The state of the one pass: what is open, what has been written, where the last entry began."""

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
        pieces = Pieces(self.body)
        complete = True
        while (piece := pieces.next(self.open[-1] if self.open else "")) is not None:
            kind, start, end = piece
            if kind == TEXT:
                self.out.append(_escape_text(self.body[start:end]))
            elif kind == CDATA:
                self.out.append(_escape(self.body[start:end]))
            elif kind == CLOSE:
                self._close(self.body[start:end])
            elif kind == OPEN:
                self._open(self.body[start:end])
            elif kind == END:
                complete = False
            if self.ended:
                break
        cut = self._cut_off()
        for name in reversed(self.open):
            self.out.append(f"</{name}>")
        self._declare()
        self.body, written = "", "".join(self.out)
        self.out.clear()
        return mend_references(written), cut + (not complete)

    def _open(self, tag: str) -> None:
        name, rest = _taken_apart(tag)
        name = self._known(name)
        if not name or len(self.open) >= _DEEPEST:
            return
        local = local_name(name)
        if local in ENTRIES and ":" not in name:
            self._close_open_entry()
            self.entry_start = len(self.out)
            self.entries += 1
            self.ended = self.entries > _MOST_ENTRIES
        empty = rest.rstrip().endswith("/")
        if local in _VOID and ":" not in name and self._in_text():
            empty = True
        self._note(name)
        self.out.append(f"<{name}{self._attributes(rest)}{'/' if empty else ''}>")
        if not empty:
            self.open.append(name)

    def _in_text(self) -> bool:
        return any(local_name(name) in _TEXTS for name in self.open)

    def _close_open_entry(self) -> None:
        """A new entry begins while one is open: the end tag of the earlier one is missing."""
        for index in range(len(self.open) - 1, -1, -1):
            local = local_name(self.open[index])
            if local in ("content", "source", "conflicts"):
                return
            if local in ENTRIES:
                self._close_down_to(index)
                return

    def _close(self, tag: str) -> None:
        words = tag.strip("</> \t\r\n").split(maxsplit=1)
        lowered = self._known(_qualified(words[0]) if words else "").lower()
        for index in range(len(self.open) - 1, -1, -1):
            if self.open[index].lower() == lowered:
                self._close_down_to(index)
                self.ended = index == 0
                return
            if local_name(self.open[index]) in ENTRIES and local_name(lowered) not in _ROOTS:
                return  # an end tag without a start never closes the entry around it

    def _close_down_to(self, index: int) -> None:
        while len(self.open) > index:
            self.out.append(f"</{self.open.pop()}>")

    def _attributes(self, rest: str) -> str:
        pieces: dict[str, str] = {}
        for match in _ATTRIBUTE.finditer(rest, 0, _LONGEST_TAG):
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
                name = self._known(name)
                self._note(name)
            pieces[name] = value.strip() if name.startswith("xmlns") else value
        return "".join(f' {name}="{_escape_value(value)}"' for name, value in pieces.items())

    def _known(self, name: str) -> str:
        """Without its prefix where too many have been seen: a root that declares them all takes long to read."""
        prefix, colon, local = name.partition(":")
        return local if colon and len(self.prefixes) >= _MOST_PREFIXES and prefix not in self.prefixes else name

    def _note(self, name: str) -> None:
        prefix, colon, _ = name.partition(":")
        if colon and prefix != "xmlns":
            self.prefixes.add(prefix)

    def _cut_off(self) -> int:
        """Drop the entry in which the document broke off; 1 if there was one."""
        for index, name in enumerate(self.open):
            if local_name(name) in ENTRIES and ":" not in name:
                del self.out[self.entry_start :]
                del self.open[index:]
                return 1
        return 0

    def _declare(self) -> None:
        """Declare the prefixes that the root does not, the well-known ones with their own namespace."""
        wanted = sorted(self.prefixes - self.declared)
        names = "".join(f' xmlns:{p}="{EXTENSIONS.get(p.lower(), f"urn:undeclared:{p}")}"' for p in wanted)
        if self.out and (root := re.match(rf"<{NAME}", self.out[0])):
            self.out[0] = f"{root[0]}{names}{self.out[0][root.end() :]}"


def _taken_apart(tag: str) -> tuple[str, str]:
    """A start tag's name, as XML allows it, and what stands behind it."""
    found = re.match(rf"<\s*({NAME})", tag)
    return (_qualified(found[1]), tag[found.end() :].removesuffix(">")) if found else ("", "")


def _qualified(name: str) -> str:
    """A name with one colon at most, and none at its end."""
    prefix, colon, local = name.strip(":").partition(":")
    return f"{prefix}:{local.replace(':', '.').lstrip('.-0123456789') or 'x'}" if colon else prefix


def _escape_text(text: str) -> str:
    return text.replace("<", "&lt;").replace("]]>", "]]&gt;")


def _escape_value(text: str) -> str:
    return text.replace("<", "&lt;").replace('"', "&quot;")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
