"""Pinyin without tones, for finding names by their sound. The table (30 KB) is read with the first use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, product
from typing import Final

from aggregator.reference.gazetteer import DATA

MAX_SPELLINGS: Final = 8  # of a name with characters of several readings
_LATIN: Final = re.compile("[a-z' -]+")
# Sounds that dialects and input methods confuse, each reduced to one.
_CONFUSED: Final = tuple(
    (re.compile(pattern), reduced)
    for pattern, reduced in (("^([zcs])h", r"\1"), ("^n(?=[^g])", "l"), ("^hu(?=[a-z])", "f"), ("([aei])ng$", r"\1n"))
)
Syllables = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    readings: dict[str, Syllables]  # by character, the first reading first
    names: dict[str, Syllables]  # divisions that are not read by the first readings


def readings(character: str) -> Syllables:
    """Return the syllables of a character, its first reading first; () for one that is not in the table."""
    return _table().readings.get(character, ())


def spelling(name: str) -> Syllables:
    """Return the syllables of a division's name; () if a character is unknown."""
    known = _table().names.get(name)
    first = known or tuple(syllable for character in name for syllable in readings(character)[:1])
    return first if len(first) == len(name) else ()


def spellings(name: str) -> list[Syllables]:
    """Return every way to read a name; nothing if a character is unknown."""
    return list(islice(product(*(readings(character) for character in name)), MAX_SPELLINGS))


def latin_key(text: str) -> str:
    """Return the letters of a text in pinyin ("Zao zhuang", "Ha'erbin"); "" for any other text."""
    lowered = text.lower().strip()
    return re.sub("[' -]", "", lowered) if _LATIN.fullmatch(lowered) else ""


def initials(syllables: Syllables) -> str:
    """Return the first letters of syllables."""
    return "".join(syllable[0] for syllable in syllables)


def reads_as(name: str, key: str) -> bool:
    """Return whether ``key`` is the pinyin of a name's first two or more characters, or the initials of all."""
    return _reads_as(name, key, 2) or (len(name) == len(key) > 1 and all(map(_starts_with, name, key)))


def _reads_as(name: str, key: str, least: int) -> bool:
    """Return whether ``key`` consists of readings of at least ``least`` characters from the start of a name."""
    if not key or not name:
        return not key and least <= 0
    return any(
        key.startswith(syllable) and _reads_as(name[1:], key[len(syllable) :], least - 1)
        for syllable in readings(name[0]) or (name[0],)
    )


def _starts_with(character: str, letter: str) -> bool:
    return any(syllable[0] == letter for syllable in readings(character) or (character,))


def sounds_alike(one: str, other: str) -> float:
    """Return 1 if two characters share a reading, 0.5 if they have readings that are easily confused, else 0."""
    if not set(readings(one)).isdisjoint(readings(other)):
        return 1.0
    return 0.0 if _reduced(one).isdisjoint(_reduced(other)) else 0.5


@cache
def _table() -> _Table:
    first: dict[str, Syllables] = {}
    further: dict[str, Syllables] = {}
    names: dict[str, Syllables] = {}
    for line in (DATA / "pinyin.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        *syllables, characters = line.split(" ")
        if characters.startswith("="):
            names[characters[1:]] = tuple(syllables)
            continue
        main, _, others = characters.partition("|")
        for table, group in ((first, main), (further, others)):
            for character in group:
                table[character] = (*table.get(character, ()), *syllables)
    return _Table({character: found + further.get(character, ()) for character, found in first.items()}, names)


@lru_cache(maxsize=4096)
def _reduced(character: str) -> frozenset[str]:
    """Return the readings of a character without the differences that are easily confused."""
    found = set()
    for syllable in readings(character):
        for pattern, reduced in _CONFUSED:
            syllable = pattern.sub(reduced, syllable)
        found.add(syllable)
    return frozenset(found)
