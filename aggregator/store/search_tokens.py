"""The words of the search index: the same for both databases, for what is stored and for what is asked.

A run of Han characters becomes its overlapping pairs and its last character alone, so that any piece of it is found by
a phrase, and nothing across two runs. Everything else becomes whole words. Tags say category, region and source, so
that a filtered search reads only what it shows, and which single characters the title has: to look for one character in
all texts would read nearly all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.steps.text.search_query import MAX_RUN_LENGTH, SearchQuery, SearchTerm, is_han, split_runs
from aggregator.store.sql.dialect_search import Phrase, SearchMatch


def tokenize(text: str) -> list[str]:
    """``text`` must be folded."""
    words: list[str] = []
    for run, han in split_runs(text):
        if han:
            words += [run[at : at + 2] for at in range(len(run))]
        else:
            words.append(run[:MAX_RUN_LENGTH])
    return words


def build_match(query: SearchQuery, tags: Sequence[str]) -> SearchMatch:
    """What the index is asked for. Where it cannot tell (``open_end``) it finds too much for what is wanted, and
    leaves out nothing for what is not."""
    wanted, unwanted = query.required, [term for term in query.excluded if not needs_text_check(term)]
    return SearchMatch(
        tuple(_phrases(term) for term in wanted if not term.is_single_character),
        (*(character_tag(term.runs[0]) for term in wanted if term.is_single_character), *tags),
        tuple(_phrases(term) for term in unwanted if not term.is_single_character),
        tuple(character_tag(term.runs[0]) for term in unwanted if term.is_single_character),
    )


def needs_text_check(term: SearchTerm) -> bool:
    """It ends with a single Han character, which may be any word's first: the text itself has to be looked at."""
    return len(term.runs) > 1 and len(term.runs[-1]) == 1 and is_han(term.runs[-1])


def title_tags(query: SearchQuery) -> list[str]:
    """A title that holds all that is wanted has these; empty: tags cannot tell."""
    return [character_tag(letter) for term in query.required for run in term.runs if is_han(run) for letter in run]


def _phrases(term: SearchTerm) -> tuple[Phrase, ...]:
    """One of these must be there."""
    return tuple(_phrase(runs) for runs in term.variants)


def _phrase(runs: tuple[str, ...]) -> Phrase:
    words = tokenize(" ".join(runs))
    return tuple(words[:-1] if is_han(runs[-1]) else words)


def item_tags(title: str, source_id: int, category: str | None, places: Sequence[str | None]) -> list[str]:
    """One tag for the source, each level of the category, each level of the region, each character of the title."""
    tags = [source_tag(source_id)]
    tags += [character_tag(letter) for letter in sorted(set("".join(run for run, han in split_runs(title) if han)))]
    if category:
        levels = category.split("/")
        tags += [category_tag("/".join(levels[:depth])) for depth in range(1, len(levels) + 1)]
    return tags + [region_tag(code) for code in places if code]


def character_tag(character: str) -> str:
    return f"u{character}"


def source_tag(source_id: int) -> str:
    return f"s{source_id}"


def category_tag(category: str) -> str:
    # Only letters and digits pass FTS5's tokenizer unharmed.
    return "c" + "".join(letter if letter.isalnum() else f"z{ord(letter):x}z" for letter in category)


def region_tag(code: str) -> str:
    return "r" + "".join(letter for letter in code if letter.isalnum())
