"""Pictures of the sample articles: invented landscapes, drawn from a seed, as PNG with a palette."""

from __future__ import annotations

import hashlib
import random
import re
import struct
import zlib
from functools import lru_cache
from math import sin

WIDTH, HEIGHT = 640, 360
_SKY_TONES, _HILLS = 64, 3
_PATH = re.compile(r"/[a-z-]+/pictures/([0-9a-f]{8})\.png")
_SHARE = 6  # of every so many articles one has no picture


def picture_name(text: str) -> str | None:
    """Return the name of the picture of an article with this text; None if it has none."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return None if int(digest[8:12], 16) % _SHARE == 0 else digest[:8]


def picture_at(path: str) -> bytes | None:
    """Return the PNG at a path such as "/liuyuan/pictures/0123abcd.png", or None."""
    match = _PATH.fullmatch(path)
    return draw(match[1]) if match else None


@lru_cache(maxsize=256)
def draw(seed: str) -> bytes:
    """Return a landscape: a sky from top to horizon, a sun and hills."""
    chance = random.Random(seed)
    hue = [chance.randint(40, 215) for _ in range(3)]
    palette = [
        tuple(255 - (255 - tone) * (_SKY_TONES - step) // _SKY_TONES for tone in hue) for step in range(_SKY_TONES)
    ]
    palette.append((255, 236, 190))
    palette += [tuple(tone * (_HILLS - layer) // (_HILLS + 3) for tone in hue) for layer in range(_HILLS)]
    sun_x, sun_y, radius = chance.randint(80, WIDTH - 80), chance.randint(50, 170), chance.randint(18, 46)
    hills = []
    for layer in range(_HILLS):
        base, swell, wide, shift = (
            190 + 45 * layer,
            chance.randint(15, 55),
            chance.uniform(45, 130),
            chance.uniform(0, 6),
        )
        hills.append([base + int(swell * sin(x / wide + shift) + 6 * sin(x / 9 + shift)) for x in range(WIDTH)])
    rows = []
    for y in range(HEIGHT):
        row = bytearray([min(_SKY_TONES - 1, y * _SKY_TONES // 240)]) * WIDTH
        half = int(max(0, radius**2 - (y - sun_y) ** 2) ** 0.5)
        row[sun_x - half : sun_x + half] = bytes([_SKY_TONES]) * (2 * half)
        for layer, line in enumerate(hills):
            for x in range(WIDTH):
                if y > line[x]:
                    row[x] = _SKY_TONES + 1 + layer
        rows.append(b"\0" + bytes(row))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"PLTE", bytes(value for color in palette for value in color))]
    chunks += [(b"IDAT", zlib.compress(b"".join(rows), 6)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, *zip(*chunks, strict=True)))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
