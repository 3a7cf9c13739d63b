"""A damaged XML document put into well-formed shape, without losing a whole entry.

One pass over the markup keeps a stack of what is open: an end tag closes what was left open inside it, one that
belongs to nothing is dropped, undeclared prefixes are declared, what is no markup becomes text. A document that
breaks off in the middle of an entry ends after the entry before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from feeds.names import EXTENSIONS

_MOST_PIECES = 200_000
_MOST_ENTRIES = 5_000
_DEEPEST = 200  # elements open at a time; libxml2 refuses more than 256
_NAME = r"[A-Za-z_][\w.:-]*"
_OPEN = re.compile(rf"<({_NAME})((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>|<({_NAME})([^<>]*)>")
_CLOSE = re.compile(rf"</({_NAME})\s*>?")
_ATTRIBUTE = re.compile(rf"({_NAME})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>/]+))")
_VOID = frozenset("area base br col embed hr img input meta param source wbr track".split())
_ENTRIES = frozenset({"item", "entry"})
_TEXTS = frozenset(
    "title description summary content encoded subtitle tagline rights copyright author creator category guid "
    "abstract subject name".split()
)


def repair(body: str) -> tuple[str, int]:
    """Well-formed XML for a body that begins at its root's start tag, and how many entries were cut off."""
    return _Repair(body).run()


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()


class _Repair:
    """The state of the one pass: what is open, what has been written, where the last entry began."""

    def __init__(self, body: str) -> None:
        self.body = body
        self.out: list[str] = []
        self.open: list[str] = []
        self.prefixes: set[str] = set()
        self.declared: set[str] = {"xml", "xmlns"}
        self.entry_start = 0
        self.entries = 0
        self.ended = False

    def run(self) -> tuple[str, int]:
        for kind, start, end in self._pieces():
            if kind == "text":
                self._text(self.body[start:end])
            elif kind == "cdata":
                self.out.append(_escape(self.body[start + 9 : end].removesuffix("]]>")))
            elif kind == "close":
                self._close(self.body[start:end])
            elif kind == "open":
                self._open(start)
            if self.ended:
                break
        cut = self._cut_off()
        for name in reversed(self.open):
            self.out.append(f"</{name}>")
        return self._declare("".join(self.out)), cut

    def _pieces(self) -> Iterator[tuple[str, int, int]]:
        body, position, count = self.body, 0, 0
        missing: set[str] = set()  # terminators that do not come again: never look for them twice
        while position < len(body) and count < _MOST_PIECES:
            count += 1
            start = body.find("<", position)
            if start < 0:
                yield "text", position, len(body)
                return
            if start > position:
                yield "text", position, start
            kind, end = self._markup(start, missing)
            yield kind, start, end
            position = end

    def _markup(self, start: int, missing: set[str]) -> tuple[str, int]:
        body = self.body
        for opening, kind, terminator in (("<!--", "skip", "-->"), ("<![CDATA[", "cdata", "]]>"), ("<?", "skip", "?>")):
            if body.startswith(opening, start):
                end = -1 if terminator in missing else body.find(terminator, start + len(opening))
                if end >= 0:
                    return kind, end + len(terminator)
                missing.add(terminator)
                return (kind, len(body)) if kind == "cdata" else ("text", start + 1)
        if body.startswith("<!", start):
            return self._declaration(start)
        if match := _CLOSE.match(body, start):
            return "close", match.end()
        if match := _OPEN.match(body, start):
            return "open", match.end()
        return "text", start + 1

    def _declaration(self, start: int) -> tuple[str, int]:
        """A CDATA section spelt wrong, or another declaration: of the first the text is kept, of the other nothing."""
        if self.body[start : start + 9].lower() == "<![cdata[":
            end = self.body.find("]]>", start)
            return "cdata", end + 3 if end >= 0 else len(self.body)
        end = self.body.find(">", start)
        return ("skip", end + 1) if end >= 0 else ("text", start + 2)

    def _text(self, text: str) -> None:
        self.out.append(text.replace("<", "&lt;"))

    def _open(self, start: int) -> None:
        match = _OPEN.match(self.body, start)
        if match is None or len(self.open) >= _DEEPEST:
            return
        name, rest = match[1] or match[3], match[2] if match[1] else match[4]
        local = _local(name)
        if local in _ENTRIES and ":" not in name:
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
        return any(_local(name) in _TEXTS for name in self.open)

    def _close_open_entry(self) -> None:
        """A new entry begins while one is open: the end tag of the earlier one is missing."""
        for index in range(len(self.open) - 1, -1, -1):
            local = _local(self.open[index])
            if local in ("content", "source", "conflicts"):
                return
            if local in _ENTRIES:
                self._close_down_to(index)
                return

    def _close(self, tag: str) -> None:
        match = _CLOSE.match(tag)
        if match is None:
            return
        lowered = match[1].lower()
        for index in range(len(self.open) - 1, -1, -1):
            if self.open[index].lower() == lowered:
                self._close_down_to(index)
                self.ended = index == 0
                return
            if _local(self.open[index]) in _ENTRIES and _local(lowered) not in ("channel", "rss", "feed", "rdf"):
                return  # an end tag without a start never closes the entry around it

    def _close_down_to(self, index: int) -> None:
        while len(self.open) > index:
            self.out.append(f"</{self.open.pop()}>")

    def _attributes(self, rest: str) -> str:
        pieces: dict[str, str] = {}
        for match in _ATTRIBUTE.finditer(rest):
            name = match[1]
            value = next((group for group in match.groups()[1:] if group is not None), "")
            if name in pieces or name.endswith(":") or name.count(":") > 1:
                continue
            pieces[name] = value.replace("<", "&lt;").replace('"', "&quot;")
            if name.startswith("xmlns:"):
                self.declared.add(name[6:])
            else:
                self._note(name)
        return "".join(f' {name}="{value}"' for name, value in pieces.items())

    def _note(self, name: str) -> None:
        prefix, colon, _ = name.partition(":")
        if colon and prefix != "xmlns":
            self.prefixes.add(prefix)

    def _cut_off(self) -> int:
        """Drop the entry in which the document broke off; 1 if there was one."""
        for index, name in enumerate(self.open):
            if _local(name) in _ENTRIES and ":" not in name:
                del self.out[self.entry_start :]
                del self.open[index:]
                return 1
        return 0

    def _declare(self, body: str) -> str:
        """Declare the prefixes that nobody did, the well-known ones with their own namespace."""
        wanted = sorted(self.prefixes - self.declared)
        names = "".join(f' xmlns:{p}="{EXTENSIONS.get(p.lower(), f"urn:undeclared:{p}")}"' for p in wanted)
        root = re.match(rf"<{_NAME}", body)
        return f"{body[: root.end()]}{names}{body[root.end() :]}" if root else body


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
