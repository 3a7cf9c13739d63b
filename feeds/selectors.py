"""Where the parts of an item stand in a document that is no feed."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Selectors:
    """Each part as "selector" or "selector@attribute" (a page), or as "a.dotted.path" or "https://x.example/{id}" (a
    JSON list); "" where it is found by itself. ``item`` finds the items and the others look inside one, except
    ``article``, which finds the text on an item's own page."""

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
        """Only what is said."""
        return {part.name: value for part in fields(self) if (value := getattr(self, part.name))}


class InvalidSelectorError(ValueError):
    """A selector or path that nothing understands; its text says why."""
