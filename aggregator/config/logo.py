"""The site owner's logo: an SVG or PNG file beside config.toml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from aggregator.texts import Phrase

MAX_LOGO_BYTES = 50_000
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = re.compile(rb"<svg\b[^>]*>", re.DOTALL)
_VIEW_BOX = re.compile(rb"""\bviewBox\s*=\s*["']\s*[-.\d]+[\s,]+[-.\d]+[\s,]+([.\d]+)[\s,]+([.\d]+)""")
_SIDES = tuple(re.compile(rb"""\s%s\s*=\s*["']\s*([.\d]+)(?:px)?\s*["']""" % side) for side in (b"width", b"height"))


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture: content, media type and width divided by height."""

    body: bytes
    type: str
    aspect: float


def read_logo(path: Path) -> Logo:
    """Read a logo. Raises ValueError with the reason and the remedy."""
    if not path.is_file():
        raise ValueError(Phrase("there is no such file; write its path relative to this file"))
    body = path.read_bytes()
    if len(body) > MAX_LOGO_BYTES:
        raise ValueError(Phrase("is larger than {size} KB; every reader loads it", size=MAX_LOGO_BYTES // 1000))
    if body.startswith(_PNG) and len(body) > 24:
        kind, size = "image/png", (float(int.from_bytes(body[16:20])), float(int.from_bytes(body[20:24])))
    elif root := _SVG.search(body):
        kind, size = "image/svg+xml", _svg_size(root[0])
    else:
        raise ValueError(Phrase("is neither an SVG nor a PNG picture"))
    width, height = size
    if not width or not height:
        raise ValueError(Phrase("has no size; give its svg element a viewBox"))
    return Logo(body, kind, round(width / height, 4))


def _svg_size(root: bytes) -> tuple[float, float]:
    box = _VIEW_BOX.search(root)
    found = [box[1], box[2]] if box else [match[1] for side in _SIDES if (match := side.search(root))]
    try:
        width, height = map(float, found)
    except ValueError:  # not two numbers
        return 0, 0
    return width, height
