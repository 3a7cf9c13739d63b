"""Pre-trained word2vec embeddings of 121,591 Chinese words: int8, shape (121591, 64) and a row of zeros for padding.

Source and licence: ``data/LICENSE.word-vectors``. The files are memory-mapped, so processes share their pages and only
the rows in use are in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.text.ngrams import Floats, code
from aggregator.steps.text.segment import segment

PAD = 121_591  # the token id after the last word: padding, embedded as zeros
DIMENSIONS = 64
MAX_TOKENS = 24  # of a text; later words are cut off
MAX_PIECE = 4  # characters of the longest piece an out-of-vocabulary word is split into
SCALE = np.float32(1.5 / 127)  # of the quantization: value = int8 * SCALE

TokenIds = NDArray[np.int32]


def tokenize(texts: Sequence[str]) -> TokenIds:
    """Return the token ids of folded texts, shape (texts, MAX_TOKENS), padded with PAD.

    A word outside the vocabulary is split greedily into the longest pieces that are in it.
    """
    token_ids = np.full((len(texts), MAX_TOKENS), PAD, np.int32)
    for row, text in zip(token_ids, texts, strict=True):
        found = [token for word, _, _ in segment(text) for token in word_tokens(word)][:MAX_TOKENS]
        row[: len(found)] = found
    return token_ids


def embed(token_ids: TokenIds) -> Floats:
    """Return the word vectors, shape ``(*token_ids.shape, DIMENSIONS)``."""
    embedded: Floats = _table()[1][token_ids] * SCALE
    return embedded


def stored_vectors(token_ids: TokenIds) -> NDArray[np.int8]:
    """Return the word vectors as they are stored: ``embed`` without the factor of all numbers."""
    return _table()[1][token_ids]


@lru_cache(maxsize=1 << 12)  # about 1 MB
def word_tokens(word: str) -> tuple[int, ...]:
    """Return the token id of a folded word, or those of its longest known pieces."""
    token = word_token(word)
    return (token,) if token is not None else tuple(_pieces(word))


def _pieces(word: str) -> Iterator[int]:
    """Yield the ids of the longest known pieces of a word, from left to right."""
    start = 0
    while start < len(word) and len(word) > 1:
        ends = range(min(len(word), start + MAX_PIECE), start, -1)
        known = ((end, token) for end in ends if (token := word_token(word[start:end])) is not None)
        end, token = next(known, (start + 1, None))
        if token is not None:
            yield token
        start = end


@lru_cache(maxsize=1 << 13)  # with the pieces; reasons ask again for the words of a title
def word_token(word: str) -> int | None:
    """Return the token id of a folded word; None if it is outside the vocabulary."""
    codes = _table()[0]
    number = code(f"word {word}")
    token = int(codes.searchsorted(np.int32(number)))
    return token if token < len(codes) and codes[token] == number else None


@cache
def _table() -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Return the sorted hash codes of the words, shape (PAD,), and the vectors, shape (PAD + 1, DIMENSIONS)."""
    folder = files("aggregator") / "data"
    codes, vectors = (  # as plain arrays, whose single elements are read faster
        np.asarray(np.load(Path(str(folder / f"word-{name}.npy")), mmap_mode="r", allow_pickle=False))
        for name in ("codes", "vectors")
    )
    return codes, vectors
