"""The translatable texts of a Markdown page, found and replaced in one walk.

A text is a heading, a paragraph (also one of a list item), a cell of a table, a comment in an example, or a block
marked ``text`` as a whole. Everything else stays as it is, byte for byte. Lines of a paragraph are joined, so that
wrapping it differently changes no message, and Chinese text gets no spaces from line breaks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

Translate = Callable[[str], str]

_PARSER = MarkdownIt("commonmark").enable("table")
_COMMENTED = {"toml", "sh", "python", "yaml"}
_COMMENT = re.compile(r"(.*?(?:^|\s)# +)(\S.*)")
_NOT_TEXT = re.compile(r"(?<![\w`])(`+)(?!`).+?(?<!`)\1(?!`)|\]\([^)]*\)|\b(?:[KMGT]B|ms|µs|s)\b")
_MARKUP = {"code_inline", "html_inline", "link_open", "image", "strong_open", "em_open"}


@dataclass(frozen=True)
class _Replacement:
    """New lines for those from ``begin`` to before ``end``."""

    begin: int
    end: int
    lines: list[str]


def translate_page(page: str, translate: Translate) -> str:
    """Return a page with each of its texts replaced by what ``translate`` returns for it.

    Headings below the first level begin with an anchor named as that of the original heading, so that links to them are
    the same in every language.
    """
    lines = page.split("\n")
    result: list[str] = []
    position = 0
    for each in _replacements(lines, _PARSER.parse(page), translate):
        result += [*lines[position : each.begin], *each.lines]
        position = each.end
    return "\n".join([*result, *lines[position:]])


def page_texts(page: str) -> list[str]:
    """Return the texts of a page to translate, in order, each once: not figures, units, code, and what is Chinese."""
    found: dict[str, None] = {}

    def note(text: str) -> str:
        if re.search("[A-Za-z]", _NOT_TEXT.sub("", text)):
            found[text] = None
        return text

    translate_page(page, note)
    return list(found)


def markup_of(text: str) -> Counter[tuple[str, str]]:
    """Return what a translation must keep: code, links, images, emphasis and HTML, each with its content or address."""
    tokens = [child for token in _PARSER.parseInline(text) for child in token.children or []]
    found = (each for each in tokens if each.type in _MARKUP)
    return Counter((each.type, str(each.attrGet("href") or each.attrGet("src") or _code(each))) for each in found)


def heading_anchors(page: str) -> list[str]:
    """Return the anchors that a page has: of its headings, as hosting sites make them, and explicit ones."""
    tokens = _PARSER.parse(page)
    explicit = re.findall(r'<a id="([^"]+)"></a>', page)
    made = _Anchors()
    return [*explicit, *(made.add(tokens[n + 1]) for n, each in enumerate(tokens) if each.type == "heading_open")]


def _code(token: Token) -> str:
    return token.content if token.type in ("code_inline", "html_inline") else ""


def _replacements(lines: list[str], tokens: list[Token], translate: Translate) -> Iterator[_Replacement]:
    anchors = _Anchors()
    cells: list[str] | None = None
    for number, token in enumerate(tokens):
        begin, end = token.map or (0, 0)
        if token.type == "tr_open":
            cells = []
        elif token.type == "tr_close" and cells is not None:
            row = next(each for each in reversed(tokens[:number]) if each.type == "tr_open").map or [0, 0]
            yield _Replacement(row[0], row[1], ["| " + " | ".join(cells) + " |"])
            cells = None
        elif token.type == "inline" and cells is not None:
            cells.append(translate(token.content).replace("|", "\\|"))
        elif token.type == "inline":
            anchor = anchors.add(token) if tokens[number - 1].type == "heading_open" else ""
            mark = f'<a id="{anchor}"></a>' if anchor and tokens[number - 1].tag != "h1" else ""
            first = token.content.split("\n")[0]
            prefix = lines[begin].rstrip().removesuffix(first)
            yield _Replacement(begin, end, [prefix + mark + translate(token.content.replace("\n", " "))])
        elif token.type == "fence":
            yield _Replacement(begin + 1, end - 1, _example(token.info.strip(), lines[begin + 1 : end - 1], translate))


def _example(language: str, lines: list[str], translate: Translate) -> list[str]:
    """Return the lines of an example with translated comments."""
    if language == "text":
        return translate("\n".join(lines)).split("\n")
    if language not in _COMMENTED:
        return lines
    return [_COMMENT.sub(lambda match: match[1] + translate(match[2]), line, count=1) for line in lines]


class _Anchors:
    """Names of headings: lower case, hyphens for spaces, no punctuation; a repeated one gets a number."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def add(self, heading: Token) -> str:
        text = "".join(each.content for each in heading.children or [] if each.type in ("text", "code_inline"))
        name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        self._seen[name] += 1
        return name if self._seen[name] == 1 else f"{name}-{self._seen[name] - 1}"
