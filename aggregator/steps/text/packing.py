"""Compression of texts: zstd with a dictionary that was trained beforehand.

HTML and plain text of an item share nearly all characters, so one frame has both and the second costs little. A frame
names its dictionary by id, and each dictionary is a file, ``data/texts-<id>.zdict``: a new one can be added, and older
frames remain readable as long as theirs is kept. ``python -m benchmarks.text_dictionary`` trains one on invented texts.
"""

from __future__ import annotations

import threading
from functools import cache, lru_cache
from importlib import resources

import zstandard

CURRENT_DICTIONARY = 1
_LEVEL = 8  # takes half as long again as 5, and as 6, and frames are 2.5 % smaller
_ENCODING = "utf-16-be"  # Han characters have two bytes instead of three: frames are 7 % smaller
_SEPARATOR = "\x00"  # between HTML and text; neither contains it (``dialect.storable``)


class _Contexts(threading.local):
    """Compressor and decompressors of one thread, which must not be shared between threads."""

    def __init__(self) -> None:
        self.compressor: zstandard.ZstdCompressor | None = None
        self.decompressors: dict[int, zstandard.ZstdDecompressor] = {}


_contexts = _Contexts()


def pack_texts(html: str | None, text: str) -> bytes:
    """Return both texts, which are storable, as one frame."""
    return pack_text(text if html is None else f"{html}{_SEPARATOR}{text}")


def pack_text(text: str) -> bytes:
    """Return a text as a frame."""
    if _contexts.compressor is None:
        dictionary = _dictionary(CURRENT_DICTIONARY)
        _contexts.compressor = zstandard.ZstdCompressor(level=_LEVEL, dict_data=dictionary, write_checksum=False)
    return _contexts.compressor.compress(text.encode(_ENCODING))


@lru_cache(512)  # new reports meet the same stored ones again and again
def unpack_texts(packed: bytes) -> tuple[str | None, str]:
    """Return (HTML, text) of a frame of ``pack_texts``."""
    html, separator, text = unpack_text(packed).partition(_SEPARATOR)
    return (html, text) if separator else (None, html)


@lru_cache(4096)
def unpack_short_text(packed: bytes) -> str:
    """Return the text of a frame; pages show the same excerpts again and again."""
    return unpack_text(packed)


def unpack_text(packed: bytes) -> str:
    """Return the text of a frame. Raises LookupError if its dictionary is of a newer version."""
    number = zstandard.get_frame_parameters(packed).dict_id
    decompressor = _contexts.decompressors.get(number)
    if decompressor is None:
        decompressor = zstandard.ZstdDecompressor(dict_data=_dictionary(number))
        _contexts.decompressors[number] = decompressor
    return decompressor.decompress(packed).decode(_ENCODING)


@cache
def _dictionary(number: int) -> zstandard.ZstdCompressionDict:
    file = resources.files("aggregator").joinpath("data", f"texts-{number}.zdict")
    if not file.is_file():
        raise LookupError(f"a text was stored by a newer version of Gedi: there is no dictionary {number}")
    dictionary = zstandard.ZstdCompressionDict(file.read_bytes())
    if number == CURRENT_DICTIONARY:
        dictionary.precompute_compress(level=_LEVEL)
    return dictionary
