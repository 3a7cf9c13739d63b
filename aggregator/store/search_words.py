"""The words of the search index: the same for both databases, for what is stored and for what is asked.

A run of Han characters becomes its overlapping pairs and its last character alone, so that any piece of it is found by
a phrase, and nothing across two runs. Everything else becomes whole words. Tags say category, region and source, so
that a filtered search reads only what it shows, and which single characters the title has: to look for one character in
all texts would read nearly all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aggregator.steps.fold import fold
from aggregator.store.dialect import Phrase

_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"([{_HAN}]+)|((?:(?![{_HAN}])[^\\W_])+)")
_LONGEST = 64  # characters of a word; longer ones are no words
_MOST = 16  # phrases of a query that count


def words_of(text: str) -> list[str]:
    """``text`` must be folded."""
    words: list[str] = []
    for han, other in _RUN.findall(text):
        if han:
            words += [han[at : at + 2] for at in range(len(han))]
        else:
            words.append(other[:_LONGEST])
    return words


def phrases_of(query: str) -> list[Phrase]:
    """What a reader typed, as phrases that must all be there; ``characters_of`` has the single characters. Any input
    will do; one without words gives none."""
    return list(dict.fromkeys(_phrases(fold(query))))[:_MOST]


def _phrases(query: str) -> Iterator[Phrase]:
    for han, other in _RUN.findall(query):
        if not han:
            yield (other[:_LONGEST],)
        elif len(han) > 1:
            yield tuple(han[at : at + 2] for at in range(min(len(han), _LONGEST) - 1))


def terms_of(query: str) -> list[str]:
    """The runs themselves, to look for them in titles and texts."""
    return [han or other for han, other in _RUN.findall(fold(query))][:_MOST]


def characters_of(query: str) -> list[str]:
    """Tags of the Han characters that stand alone in a query."""
    return [character_tag(han) for han, _ in _RUN.findall(fold(query))[:_MOST] if len(han) == 1]


def tags_of(title: str, source_id: int, category: str | None, places: Sequence[str | None]) -> list[str]:
    """One tag for the source, each level of the category, each level of the region, each character of the title."""
    tags = [source_tag(source_id)]
    tags += [character_tag(letter) for letter in sorted(set("".join(han for han, _ in _RUN.findall(title))))]
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
