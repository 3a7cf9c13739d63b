"""Queries and tags of the search index, the same for both databases.

Tags stand for category, region, source and the single characters of the title: a filtered search reads only matching
entries, and a search for one character does not read nearly all texts. The other tokens are words
(``steps.text.search_query.tokenize``).
"""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.steps.text.search_query import SearchQuery, SearchTerm, is_han, split_runs, tokenize
from aggregator.store.sql.search_entry import Phrase, SearchMatch

MAX_PHRASE_TOKENS = 12  # tokens of a phrase that the index is asked for; texts decide the rest


def build_match(query: SearchQuery, tags: Sequence[str]) -> SearchMatch:
    """Return the index query. Terms that need a text check match too much if required, and are left out if excluded."""
    required, excluded = query.required, [term for term in query.excluded if not needs_text_check(term)]
    return SearchMatch(
        tuple(_phrases(term) for term in required if not term.is_single_character),
        (*(character_tag(term.runs[0]) for term in required if term.is_single_character), *tags),
        tuple(_phrases(term) for term in excluded if not term.is_single_character),
        tuple(character_tag(term.runs[0]) for term in excluded if term.is_single_character),
    )


def needs_text_check(term: SearchTerm) -> bool:
    """Return whether the index cannot decide: it knows pairs of Han characters and whole words, but not what follows
    what."""
    return len(term.runs) > 1 or (is_han(term.runs[0]) and len(term.runs[0]) > 2)


def title_tags(query: SearchQuery) -> list[str]:
    """Return tags that every title with all required terms has; empty if tags cannot decide."""
    return [character_tag(letter) for term in query.required for run in term.runs if is_han(run) for letter in run]


def _phrases(term: SearchTerm) -> tuple[Phrase, ...]:
    """Return the alternatives of a term, one of which must match."""
    return tuple(_phrase(runs) for runs in term.variants)


def _phrase(runs: tuple[str, ...]) -> Phrase:
    tokens = tokenize(" ".join(runs))
    return tuple(dict.fromkeys(tokens[:-1] if is_han(runs[-1]) else tokens))[:MAX_PHRASE_TOKENS]


def item_tags(title: str, source_id: int, category: str | None, region_codes: Sequence[str | None]) -> list[str]:
    """Return the tags for the source, each level of category and region, and each Han character of the folded title."""
    tags = [source_tag(source_id)]
    tags += [character_tag(letter) for letter in sorted(set("".join(run for run, han in split_runs(title) if han)))]
    return [*tags, *category_tags(category), *(region_tag(code) for code in region_codes if code)]


def category_tags(category: str | None) -> list[str]:
    """Return the tags of each level of a category."""
    levels = category.split("/") if category else []
    return [category_tag("/".join(levels[:depth])) for depth in range(1, len(levels) + 1)]


def character_tag(character: str) -> str:
    """Return the tag of a Han character of the title."""
    return f"u{character}"


def source_tag(source_id: int) -> str:
    """Return the tag of a source."""
    return f"s{source_id}"


def category_tag(category: str) -> str:
    """Return the tag of a category, of letters and digits alone, which pass FTS5's tokenizer unharmed."""
    return "c" + "".join(letter if letter.isalnum() else f"z{ord(letter):x}z" for letter in category)


def region_tag(code: str) -> str:
    """Return the tag of a region code."""
    return "r" + "".join(letter for letter in code if letter.isalnum())
