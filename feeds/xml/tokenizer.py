"""Tokenize damaged markup: tags, text, and CDATA sections that may lack their end."""

from __future__ import annotations

import re

TEXT, CDATA, COMMENT, OPEN, CLOSE, TRUNCATED = "text", "cdata", "comment", "open", "close", "end"
NAME_PATTERN = r"[A-Za-z_][\w.:-]*+"
_MAX_TOKENS = 400_000
_OPEN = re.compile(rf"<({NAME_PATTERN})((?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)>|<({NAME_PATTERN})([^<>]*+)>")
_CLOSE = re.compile(rf"</\s*+{NAME_PATTERN}[^<>]*+>?")
_FEED = "rss|feed|rdf:RDF|channel|item|entry|title|link|description|guid|pubDate|author|category|content|summary|id"
_UNENDED_TAG = re.compile(rf"<(?:{_FEED})(?:\s[^<>]*+)?(?=<)", re.I)
_BLANK_OPEN = re.compile(rf"<\s++(?:{_FEED})\s*+>", re.I)
_BLANK_CLOSE = re.compile(rf"<\s++/\s*+(?:{_FEED})\s*+>", re.I)
_NEXT_ENTRY = re.compile(r"</(?:item|entry)>\s*<(?:item|entry)[\s>]", re.I)
_TAIL = re.compile(r"\]\]?\s*>?\s*\Z")

Token = tuple[str, int, int]  # kind, start, end; for a CDATA section only its text


def local_name(name: str) -> str:
    """Return a tag name without its prefix, in lower case."""
    return name.rpartition(":")[2].lower()


class Tokenizer:
    """Reads the tokens of a document in one pass."""

    def __init__(self, body: str) -> None:
        self.body = body
        self.position = 0
        self.count = 0
        self.next_positions: dict[str, int] = {}

    def next_token(self, open_element: str) -> Token | None:
        """Return the next token, or None at the end; ``open_element`` is the innermost open element."""
        start, body = self.position, self.body
        if start >= len(body):
            return None
        self.count += 1
        if self.count > _MAX_TOKENS:
            self.position = len(body)
            return TRUNCATED, start, len(body)
        tag_start = body.find("<", start)
        if tag_start != start:
            self.position = tag_start if tag_start >= 0 else len(body)
            return TEXT, start, self.position
        return self._read_markup(start, open_element)

    def _read_markup(self, start: int, open_element: str) -> Token:
        body = self.body
        if body.startswith("<!--", start):
            return self._read_ignored(start, "-->", 4)
        if body[start : start + 9].lower() == "<![cdata[":
            return self._read_cdata(start + 9, open_element)
        if body.startswith("<?", start):
            return self._read_ignored(start, "?>", 2)
        if body.startswith("<!", start):
            return self._read_ignored(start, ">", 2)
        if match := _CLOSE.match(body, start) or _BLANK_CLOSE.match(body, start):
            return self._token(CLOSE, start, match.end())
        if match := _OPEN.match(body, start) or _UNENDED_TAG.match(body, start) or _BLANK_OPEN.match(body, start):
            return self._token(OPEN, start, match.end())
        return self._token(TEXT, start, start + 1)

    def _token(self, kind: str, start: int, end: int) -> Token:
        self.position = end
        return kind, start, end

    def _read_ignored(self, start: int, terminator: str, opening: int) -> Token:
        end = self._find(terminator, start + opening)
        return self._token(COMMENT, start, end + len(terminator)) if end >= 0 else self._token(TEXT, start, start + 1)

    def _find(self, terminator: str, start: int) -> int:
        """Return the next position of a terminator, or -1; a position found ahead is cached until it is passed."""
        position = self.next_positions.get(terminator, 0)
        if 0 <= position < start or terminator not in self.next_positions:
            position = self.next_positions[terminator] = self.body.find(terminator, start)
        return position

    def _read_cdata(self, start: int, open_element: str) -> Token:
        """Return a CDATA section.

        A section that spans the end of an entry and the start of the next was not closed; it ends at the end tag of the
        element it is in.
        """
        end = self._find("]]>", start)
        if end >= 0 and not _NEXT_ENTRY.search(self.body, start, end):
            self.position = end + 3
            return CDATA, start, end
        close = self._find(f"</{open_element}>", start) if open_element else -1
        if close < 0 or close > end >= 0:
            self.position = end + 3 if end >= 0 else len(self.body)
            return CDATA, start, end if end >= 0 else len(self.body)
        self.position = close
        tail = _TAIL.search(self.body, max(start, close - 20), close)
        return CDATA, start, tail.start() if tail else close
