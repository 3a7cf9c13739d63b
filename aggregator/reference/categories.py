"""The two-level category tree: the default from ``data/``, changed by the config's ``[[categories]]``."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Protocol

from aggregator.reference.category_words import WordList, shipped_words, split_words
from aggregator.texts import Phrase


def top_category(path: str) -> str:
    """Return the path of the top category: "emotion" for "emotion" and for "emotion/story"."""
    return path.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Category:
    """One category. ``path`` is "emotion" or "emotion/story", ``parent`` the path above it.

    ``terms`` are publishers' category names that mean this one, "term:0.5" if they only suggest it. A config adds
    ``keywords``, written "word", "word:2" (its weight, 1 by default) or "-word" (counts against), and ``patterns``,
    regular expressions.
    """

    path: str
    slug: str
    name: str
    name_en: str
    parent: str | None = None
    terms: tuple[str, ...] = ()
    description: str = ""
    keywords: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    @property
    def top_path(self) -> str:
        """Return the path of the top category, which may be the category itself."""
        return top_category(self.path)


class CategoryEntry(Protocol):
    """An entry of ``[[categories]]``; ``parent`` is the slug or path of a top category."""

    @property
    def slug(self) -> str: ...
    @property
    def name(self) -> str | None: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def keywords(self) -> Sequence[str]: ...
    @property
    def terms(self) -> Sequence[str]: ...
    @property
    def patterns(self) -> Sequence[str]: ...


class CategoryTree:
    """Categories in the order of the pages: each top category followed by its subcategories.

    ``load_words`` returns words by path, in addition to the keywords of the categories. They are loaded only where
    categories are guessed.
    """

    def __init__(
        self, categories: Iterable[Category], load_words: Callable[[], Mapping[str, Sequence[WordList]]] = dict
    ) -> None:
        self.load_words = load_words
        given = list(categories)
        tops = [category for category in given if category.parent is None]
        self._children = {
            top.path: tuple(category for category in given if category.parent == top.path) for top in tops
        }
        self._tops = tuple(tops)
        self._by_path = {category.path: category for top in tops for category in (top, *self._children[top.path])}

    @classmethod
    def default(cls) -> CategoryTree:
        """Return the built-in tree."""
        return _shipped_tree()

    def top_level(self) -> tuple[Category, ...]:
        return self._tops

    def get(self, path: str) -> Category | None:
        return self._by_path.get(path)

    def children(self, path: str) -> tuple[Category, ...]:
        return self._children.get(path, ())

    def find(self, slug_or_path: str) -> Category | None:
        """Return a category by path, or by the slug of a subcategory if it is unique."""
        found = self._by_path.get(slug_or_path)
        if found is not None:
            return found
        named = [category for category in self if category.slug == slug_or_path]
        return named[0] if len(named) == 1 else None

    def __iter__(self) -> Iterator[Category]:
        return iter(self._by_path.values())

    def __len__(self) -> int:
        return len(self._by_path)

    def __contains__(self, path: object) -> bool:
        return path in self._by_path

    def with_config(self, entries: Sequence[CategoryEntry]) -> CategoryTree:
        """Return this tree changed by the config: a known slug is renamed and extended, a new one is added.

        Raises ValueError that names the entry and says what to write instead.
        """
        if not entries:
            return self
        categories = {category.path: category for category in self}
        for entry in entries:
            category = _from_entry(entry, categories)
            categories[category.path] = category
        return CategoryTree(categories.values(), self.load_words)


def _from_entry(entry: CategoryEntry, known: Mapping[str, Category]) -> Category:
    parent, _, slug = entry.slug.rpartition("/")
    parent = entry.parent or parent
    if parent and (parent not in known or "/" in parent):
        tops = ", ".join(path for path in known if "/" not in path)
        raise ValueError(
            Phrase(
                "category {slug!r}: its parent {parent!r} is no top category; write one of {tops}",
                slug=entry.slug,
                parent=parent,
                tops=tops,
            )
        )
    path = f"{parent}/{slug}" if parent else slug
    old = known.get(path)
    if old is None:
        name = entry.name or slug
        old = Category(path, slug, name, slug.capitalize(), parent or None)
    return replace(
        old,
        name=entry.name or old.name,
        keywords=old.keywords + tuple(entry.keywords),
        terms=old.terms + tuple(entry.terms),
        patterns=old.patterns + tuple(entry.patterns),
    )


@cache
def _shipped_tree() -> CategoryTree:
    tree = tomllib.loads((files("aggregator") / "data" / "categories.toml").read_text("utf-8"))
    categories = (
        Category(
            path,
            path.rpartition("/")[2],
            entry["name"],
            entry["en"],
            path.rpartition("/")[0] or None,
            tuple(split_words(entry.get("terms", ""))),
            entry.get("about", ""),
        )
        for path, entry in tree.items()
    )
    return CategoryTree(categories, shipped_words)
