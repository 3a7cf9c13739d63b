"""Find divisions for what a reader typed: a name in a longer text, pinyin, initials, a name with one wrong character.

The tables of names are read with the first search.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Final

from aggregator.reference.gazetteer import Division, Gazetteer
from aggregator.reference.pinyin import initials, latin_key, sounds_alike, spelling, spellings
from aggregator.reference.place_names import Mention, NameKind, PlaceNames

MIN_INITIALS: Final = 2
MAX_INITIALS: Final = 5
_SUFFIXES: Final = ("shi", "sheng", "xian", "qu", "zhou", "qi")  # kinds of divisions
_PLACE_KINDS: Final = frozenset({NameKind.FULL, NameKind.SHORT, NameKind.ALIAS, NameKind.FORMER})


class PlaceSearch:
    """Search of division names. ``PlaceSearch.load(gazetteer)`` caches one for each gazetteer."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    @classmethod
    def load(cls, gazetteer: Gazetteer) -> PlaceSearch:
        return _load(gazetteer)

    def find_mentions(self, text: str) -> list[tuple[Mention, tuple[Division, ...]]]:
        """Return the names of divisions in a normalized text with the divisions that each may mean.

        Names that are also common words (和平) are left out unless they are the whole text. Of nested divisions
        (枣庄台儿庄) a name means those that lie within what the other names mean.
        """
        mentions = PlaceNames.load(self._gazetteer).find_mentions(text)
        found = [
            (mention, divisions)
            for before, mention in zip([None, *mentions], mentions, strict=False)
            if _is_clear(mention, text, before) and (divisions := self._divisions(mention.name.codes))
        ]
        return [(mention, self._within(divisions, found)) for mention, divisions in found]

    def find(self, text: str) -> list[Division]:
        """Return the divisions that a normalized text names, the most specific one of nested ones."""
        mentions = self.find_mentions(text)
        found: dict[Division, None] = {}
        for at, (_, divisions) in enumerate(mentions):
            others = [division for n, (_, found) in enumerate(mentions) if n != at for division in found]
            found |= dict.fromkeys(division for division in divisions if not self._has_inner(division, others))
        return list(found)

    def find_spelled(self, text: str) -> list[Division]:
        """Return the divisions whose name has this pinyin (zaozhuang, "zao zhuang shi"), the largest first."""
        key = latin_key(text)
        found = self._by_pinyin.get(key)
        if found is None:
            stems = (key.removesuffix(suffix) for suffix in _SUFFIXES if key.endswith(suffix))
            found = next((self._by_pinyin[stem] for stem in stems if stem in self._by_pinyin), ())
        return list(found)

    def find_initials(self, text: str) -> list[Division]:
        """Return the divisions whose short name has these initials (zz: 枣庄, 郑州 ...), the largest first."""
        return list(self._by_initials.get(latin_key(text), ()))

    def similar_names(self, word: str) -> list[str]:
        """Return names of divisions that differ from a word in one character, as ``similar_names`` does."""
        return similar_names(word, self._names_by_length.get(len(word), ()))

    def by_name(self, name: str) -> list[Division]:
        """Return the divisions with this name or short name, the largest first."""
        return [division for division in self._ranked() if name in (division.name, division.short)]

    def _divisions(self, codes: Iterable[str]) -> tuple[Division, ...]:
        found = (self._gazetteer.get(code) for code in codes)
        return tuple(self._shown(division) for division in found if division)

    def _shown(self, division: Division) -> Division:
        """Return the municipality for the nameless city below it."""
        return (self._gazetteer.get(division.parent or "") or division) if division.is_placeholder else division

    def _has_inner(self, division: Division, others: list[Division]) -> bool:
        return any(other != division and self._gazetteer.contains(division.code, other.code) for other in others)

    def _within(
        self, divisions: tuple[Division, ...], mentions: list[tuple[Mention, tuple[Division, ...]]]
    ) -> tuple[Division, ...]:
        others = {other.code for _, found in mentions if found != divisions for other in found}
        nested = tuple(
            division
            for division in divisions
            if any(self._gazetteer.contains(other, division.code) for other in others)
        )
        return nested or divisions

    def _ranked(self) -> Iterator[Division]:
        """Yield the divisions that readers look for, the largest first."""
        shown = (each for each in self._gazetteer.divisions if not each.is_placeholder and not each.is_zone)
        yield from sorted(shown, key=lambda division: (division.level, division.code))

    @cached_property
    def _names_by_length(self) -> dict[int, tuple[str, ...]]:
        found: dict[int, dict[str, None]] = {}
        for division in self._ranked():
            for name in (division.short, division.name):
                found.setdefault(len(name), {})[name] = None
        return {length: tuple(names) for length, names in found.items()}

    @cached_property
    def _by_pinyin(self) -> dict[str, tuple[Division, ...]]:
        found: dict[str, tuple[Division, ...]] = {}
        for division in self._ranked():
            for syllables in {spelling(division.short), *spellings(division.short)} - {()}:
                key = "".join(syllables)
                found[key] = (*found.get(key, ()), division)
        return found

    @cached_property
    def _by_initials(self) -> dict[str, tuple[Division, ...]]:
        found: dict[str, tuple[Division, ...]] = {}
        for division in self._ranked():
            key = initials(spelling(division.short))
            if MIN_INITIALS <= len(key) <= MAX_INITIALS:
                found[key] = (*found.get(key, ()), division)
        return found


def similar_names(word: str, names: Iterable[str]) -> list[str]:
    """Return the names that differ from a word in one character, those that sound alike first.

    Of names of two characters only those that sound alike: one character is half of the name.
    """
    if len(word) < 2:
        return []
    start, end = word[0], word[-1]
    near = [name for name in names if len(name) == len(word) and (name[0] == start or name[-1] == end)]
    sounds = {
        name: sounds_alike(word[at], name[at]) for name in near if (at := _only_difference(word, name)) is not None
    }
    likely = [name for name, sound in sounds.items() if sound or len(word) > 2]
    return sorted(likely, key=lambda name: -sounds[name])


def _is_clear(mention: Mention, text: str, before: Mention | None) -> bool:
    """Return whether a name means a place: not a common word, unless it is the whole text or follows another name."""
    whole = mention.start == 0 and mention.end == len(text)
    if whole or (before is not None and before.end == mention.start):
        return mention.name.kind in _PLACE_KINDS or mention.name.kind is NameKind.WORD
    begins = mention.start == 0 or text[mention.start - 1].isspace()
    return mention.name.kind in _PLACE_KINDS and (begins or not mention.name.needs_word_start)


def _only_difference(one: str, other: str) -> int | None:
    """Return the position of the only character in which two texts of one length differ."""
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b), None)
    return at if at is not None and one[at + 1 :] == other[at + 1 :] else None


@lru_cache(maxsize=4)
def _load(gazetteer: Gazetteer) -> PlaceSearch:
    return PlaceSearch(gazetteer)
