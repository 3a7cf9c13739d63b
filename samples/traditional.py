"""Convert simplified to traditional characters by OpenCC's tables (licence: aggregator/data/LICENSE.opencc).

The longest phrase at each position wins, then single characters; a region's forms come last. samples/data/STPhrases.txt
lacks the phrases that read the same when converted character by character.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

Standard = Literal["OpenCC", "TW", "HK"]

_DATA = Path(__file__).parent / "data"


def traditional(text: str, standard: Standard = "TW") -> str:
    """Return ``text`` in traditional characters: of OpenCC's own standard, of Taiwan or of Hong Kong."""
    phrases = _table("STPhrases")
    longest = max(map(len, phrases))
    converted, start = [], 0
    while start < len(text):
        chunks = (text[start : start + length] for length in range(longest, 1, -1))
        phrase = next((chunk for chunk in chunks if chunk in phrases), text[start])
        converted.append(phrases.get(phrase) or _table("STCharacters").get(phrase, phrase))
        start += len(phrase)
    whole = "".join(converted)
    return whole if standard == "OpenCC" else "".join(_table(f"{standard}Variants").get(char, char) for char in whole)


@cache
def _table(name: str) -> dict[str, str]:
    """Return a table of OpenCC: the first of the choices for each character or phrase."""
    lines = (_DATA / f"{name}.txt").read_text("utf-8").splitlines()
    return {source: choices.split()[0] for source, choices in (line.split("\t") for line in lines)}
