"""Mutations of a corpus: the same seed gives the same inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

CORPUS = Path(__file__).parents[1] / "corpus"
MAX_SIZE = 4000  # bytes of an input
TOKENS = (
    *(
        b"\x00",
        b"\xff",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"\x1b$B",
        b"~{",
        b"\x84\x31\x95\x33",
        b"\xed\xa0\x80",
        b"\xc0\xaf",
    ),
    *(b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<!ENTITY a 'b'>", b"&#0;", b"&#xD800;", b"&a;", b"</item>", b"<item>"),
    *(b'"', b"'", b"\\", b"\\u0000", b"[", b"{", b"}", b"]", b"=", b"\r\n", b"\n\n", b":", b";", b",", b"%00", b"%E4"),
    *(
        b"-1",
        b"0",
        b"1e999",
        b"99999999999999999999",
        b"0x7fffffff",
        b"NaN",
        b"-0",
        b"1970-01-01",
        b"9999-12-31T23:59:60Z",
    ),
    *(
        "　".encode(),
        "\u202e".encode(),
        "\u2028".encode(),
        "İ".encode(),
        "ﬀ".encode(),
        "𠀀".encode(),
        "二〇二六年".encode(),
    ),
    *(
        b"javascript:",
        b"http://[::1",
        b"http://127.0.0.1/",
        b"file:///",
        b"//",
        b"../",
        b"xn--",
        b"${HOME}",
        b"${",
        b"\xa0",
    ),
)


def corpus_of(door: str) -> list[bytes]:
    """Return the kept inputs of a door, in a fixed order."""
    return [path.read_bytes() for path in sorted((CORPUS / door).iterdir())]


def mutations(corpus: Sequence[bytes], seed: int) -> Iterator[bytes]:
    """Yield inputs without end."""
    random = Random(seed)
    while True:
        data = random.choice(corpus)
        for _ in range(random.randint(1, 6)):
            data = _mutated(data, corpus, random)
        yield data[:MAX_SIZE]


def _mutated(data: bytes, corpus: Sequence[bytes], random: Random) -> bytes:
    start = random.randint(0, len(data))
    end = min(len(data), start + random.choice((1, 1, 2, 4, 16, 64)))
    match random.randrange(7):
        case 0:
            return data[:start] + bytes([random.randrange(256)]) + data[end:]
        case 1:
            return data[:start] + data[end:]
        case 2:
            return data[:start] + random.choice(TOKENS) + data[start:]
        case 3:
            return data[:start] + random.choice(TOKENS) + data[end:]
        case 4:
            return data[:end] + data[start:end] * random.choice((1, 2, 30)) + data[end:]
        case 5:
            other = random.choice(corpus)
            at = random.randint(0, len(other))
            return data[:start] + other[at : at + 200] + data[start:]
        case _:
            return data[:start]
