"""What feedparser gets to see: the shape of a document, each text in it replaced by a token.

feedparser decides what each element of each dialect means, but its handling of text is where it errs (one reading of
bytes over another, guessed types) and where it spends its time; so texts travel beside it and are put back after.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from feeds.xml.namespaces import short_name

PLACEHOLDER = "\U0010fffd"  # private use, taken out of documents before
_ENTRY_NAMES = {"item", "entry"}


@dataclass(slots=True)
class PlaceholderTexts:
    """The texts taken out, by token."""

    texts: list[str] = field(default_factory=list)

    def replace_content(self, element: etree._Element, text: str) -> None:
        """Put a token in the place of all that an element holds."""
        clear_element(element)
        element.text = f"{PLACEHOLDER}{len(self.texts)}"
        self.texts.append(text)

    def restore(self, value: object) -> str:
        """The text a token stands for; other values as they are, "" for None."""
        if isinstance(value, str) and value.startswith(PLACEHOLDER):
            number = value[len(PLACEHOLDER) :]
            return self.texts[int(number)] if number.isdigit() and int(number) < len(self.texts) else ""
        return value if isinstance(value, str) else ""


def clear_element(element: etree._Element) -> None:
    """Take all out of an element. Its tags go first: moving a large tree out of its namespace is quadratic in lxml."""
    if len(element):
        etree.strip_tags(element, "*")
    element.text = None


def entry_elements(root: etree._Element) -> Iterator[etree._Element]:
    """The entries of a document in order; one inside another's content or source is none of them."""
    stack = [iter(root)]
    while stack:
        for child in stack[-1]:
            name = _core_name(child)
            if name in _ENTRY_NAMES:
                yield child
            elif name and name not in _NOT_SEARCHED:
                stack.append(iter(child))
                break
        else:
            stack.pop()


_NOT_SEARCHED = frozenset(
    "content source summary description title subtitle tagline rights author contributor link id guid category image "
    "textinput textarea".split()
)


def _core_name(element: etree._Element) -> str:
    name = short_name(element)
    return "" if ":" in name else name
