"""Replace the texts of a document with placeholders before feedparser sees it.

feedparser interprets the elements of every dialect well, but its handling of text is slow and unreliable (encodings,
guessed types); the texts are therefore kept aside and restored afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from feeds.xml.elements import descend
from feeds.xml.namespaces import short_name

PLACEHOLDER = "\U0010fffd"  # private use; removed from documents beforehand
_ENTRY_NAMES = frozenset({"item", "entry"})


@dataclass(slots=True)
class PlaceholderTexts:
    """The texts that were replaced, by the number of their placeholder."""

    texts: list[str] = field(default_factory=list)

    def replace_content(self, element: etree._Element, text: str) -> None:
        """Replace the content of an element with a placeholder for the text."""
        clear_element(element)
        element.text = f"{PLACEHOLDER}{len(self.texts)}"
        self.texts.append(text)

    def restore(self, value: object) -> str:
        """Return the text of a placeholder; other strings unchanged, "" for any other value."""
        if isinstance(value, str) and value.startswith(PLACEHOLDER):
            number = value[len(PLACEHOLDER) :]
            return self.texts[int(number)] if number.isdigit() and int(number) < len(self.texts) else ""
        return value if isinstance(value, str) else ""


def clear_element(element: etree._Element) -> None:
    """Remove the content of an element.

    Tags are stripped first: moving a large tree out of its namespace takes lxml quadratic time.
    """
    if len(element):
        etree.strip_tags(element, "*")
    element.text = None


def entry_elements(root: etree._Element) -> Iterator[etree._Element]:
    """Yield the entry elements of a document in order, except those nested in content or source elements."""
    return (child for child in descend(root, _may_hold_entries) if _core_name(child) in _ENTRY_NAMES)


_NOT_SEARCHED = _ENTRY_NAMES.union(
    "content source summary description title subtitle tagline rights author contributor link id guid category image "
    "textinput textarea".split()
)


def _may_hold_entries(element: etree._Element) -> bool:
    name = _core_name(element)
    return name != "" and name not in _NOT_SEARCHED


def _core_name(element: etree._Element) -> str:
    name = short_name(element)
    return "" if ":" in name else name
