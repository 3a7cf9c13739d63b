"""Selectors that locate the parts of an item in a document that is no feed."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Selectors:
    """One selector per part of an item; "" means that the part is found by heuristics.

    HTML pages use "selector" or "selector@attribute", JSON lists "a.dotted.path" or "https://x.example/{id}". ``item``
    selects the items and the others are relative to one, except ``article``, which selects the text on the page of an
    item.
    """

    item: str = ""
    title: str = ""
    link: str = ""
    time: str = ""
    summary: str = ""
    author: str = ""
    category: str = ""
    image: str = ""
    article: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return only the parts that have a selector."""
        return {part.name: value for part in fields(self) if (value := getattr(self, part.name))}


class InvalidSelectorError(ValueError):
    """Raised for a selector or path that cannot be parsed; its text says why."""
