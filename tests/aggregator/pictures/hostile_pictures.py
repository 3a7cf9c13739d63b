"""Bytes that claim to be a picture, by name, with the expected outcome: the size of the large thumbnail or a reason."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable
from typing import Any

from PIL import Image, ImageCms

Outcome = tuple[int, int] | str
_SIZE = (400, 300)


def photo(mode: str = "RGB", size: tuple[int, int] = _SIZE) -> Image.Image:
    """Return a picture with some content."""
    gradient = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", [gradient, gradient.rotate(180), gradient.point(lambda value: value // 2)]).convert(mode)


def encoded(picture: Image.Image, format: str, **options: Any) -> bytes:
    """Return a picture in a format of Pillow."""
    stream = io.BytesIO()
    picture.save(stream, format, **options)
    return stream.getvalue()


def _frames(format: str, **options: Any) -> bytes:
    others = [photo().rotate(angle) for angle in (90, 180)]
    return encoded(photo(), format, save_all=True, append_images=others, duration=50, **options)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, rows: bytes, *, depth: int = 8, color: int = 0, extra: bytes = b"") -> bytes:
    """Return a PNG whose head says what it likes; ``rows`` are compressed."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + extra + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")


def _gif_head(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"


def _srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


JPEG, PNG, WEBP = encoded(photo(), "JPEG", quality=85), encoded(photo(), "PNG"), encoded(photo(), "WEBP")
GIF = encoded(photo("P"), "GIF")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><body><h1>404</h1></body></html>"
ZIP = b"PK\x03\x04" + bytes(60)
_NOISE = random.Random(7).randbytes
_16_BIT = b"".join(b"\0" + b"".join(struct.pack(">H", x * 160) for x in range(400)) for _ in range(300))


def _exif(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


CASES: dict[str, tuple[Callable[[], bytes], Outcome]] = {
    # pictures, also odd ones
    "JPEG": (lambda: JPEG, _SIZE),
    "progressive JPEG": (lambda: encoded(photo(), "JPEG", progressive=True), _SIZE),
    "gray JPEG": (lambda: encoded(photo("L"), "JPEG"), _SIZE),
    "CMYK JPEG": (lambda: encoded(photo("CMYK"), "JPEG"), _SIZE),
    "JPEG turned by Exif": (lambda: encoded(photo(), "JPEG", exif=_exif(6)), (300, 400)),
    "JPEG with an impossible orientation": (lambda: encoded(photo(), "JPEG", exif=_exif(99)), _SIZE),
    "JPEG with damaged Exif": (lambda: encoded(photo(), "JPEG", exif=b"Exif\0\0" + _NOISE(200)), _SIZE),
    "JPEG with sRGB profile": (lambda: encoded(photo(), "JPEG", icc_profile=_srgb()), _SIZE),
    "JPEG with damaged profile": (lambda: encoded(photo(), "JPEG", icc_profile=_NOISE(500)), _SIZE),
    "gray JPEG with RGB profile": (lambda: encoded(photo("L"), "JPEG", icc_profile=_srgb()), _SIZE),
    "CMYK JPEG with RGB profile": (lambda: encoded(photo("CMYK"), "JPEG", icc_profile=_srgb()), _SIZE),
    "JPEG with 2 MB of profile": (lambda: encoded(photo(), "JPEG", icc_profile=bytes(2_000_000)), _SIZE),
    "JPEG with zeros after its end": (lambda: JPEG + bytes(5000), _SIZE),
    "JPEG with a comment of 60 KB": (lambda: encoded(photo(), "JPEG", comment=b"x" * 60_000), _SIZE),
    "JPEG as MPO of a phone": (lambda: encoded(photo(), "MPO", save_all=True, append_images=[photo()]), _SIZE),
    "large JPEG": (lambda: encoded(photo(size=(6000, 4000)), "JPEG"), (640, 427)),
    "PNG": (lambda: PNG, _SIZE),
    "PNG with transparency": (lambda: encoded(photo("RGBA"), "PNG"), _SIZE),
    "PNG with gray and transparency": (lambda: encoded(photo("LA"), "PNG"), _SIZE),
    "PNG with palette and transparency": (lambda: encoded(photo("P"), "PNG", transparency=3), _SIZE),
    "PNG with a transparent gray": (lambda: encoded(photo("L"), "PNG", transparency=3), _SIZE),
    "PNG with one bit": (lambda: encoded(photo("1"), "PNG"), _SIZE),
    "PNG with 16 bits": (lambda: png(400, 300, _16_BIT, depth=16), _SIZE),
    "PNG with sRGB profile": (lambda: encoded(photo(), "PNG", icc_profile=_srgb()), _SIZE),
    "GIF": (lambda: GIF, _SIZE),
    "GIF with transparency": (lambda: encoded(photo("P"), "GIF", transparency=1), _SIZE),
    "WebP": (lambda: WEBP, _SIZE),
    "lossless WebP with transparency": (lambda: encoded(photo("RGBA"), "WEBP", lossless=True), _SIZE),
    "tall picture": (lambda: encoded(photo(size=(700, 2800)), "JPEG"), (320, 1280)),
    # other types
    "nothing": (lambda: b"", "not-an-image"),
    "one byte": (lambda: b"\xff", "not-an-image"),
    "text": (lambda: b"not found", "not-an-image"),
    "noise": (lambda: _NOISE(10_000), "not-an-image"),
    "HTML": (lambda: HTML, "not-an-image"),
    "SVG with a script": (lambda: SVG, "not-an-image"),
    "SVG after an XML declaration": (lambda: b'<?xml version="1.0"?>' + SVG, "not-an-image"),
    "PDF": (lambda: b"%PDF-1.7\n%" + bytes(100), "not-an-image"),
    "PostScript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n(x) run", "not-an-image"),
    "ZIP": (lambda: ZIP, "not-an-image"),
    "TIFF": (lambda: encoded(photo(), "TIFF"), "not-an-image"),
    "ICO": (lambda: encoded(photo(size=(256, 256)), "ICO"), "not-an-image"),
    "BMP": (lambda: encoded(photo(), "BMP"), "not-an-image"),
    "PSD": (lambda: b"8BPS\0\x01" + bytes(200), "not-an-image"),
    "PPM": (lambda: encoded(photo(), "PPM"), "not-an-image"),
    "TGA": (lambda: encoded(photo(), "TGA"), "not-an-image"),
    "AVIF": (lambda: encoded(photo(), "AVIF"), "not-an-image"),
    "JPEG 2000": (lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(100), "not-an-image"),
    "RIFF of sound": (lambda: b"RIFF" + struct.pack("<I", 100) + b"WAVE" + bytes(100), "not-an-image"),
    # two types at once
    "JPEG and ZIP": (lambda: JPEG + ZIP, "polyglot"),
    "PNG and ZIP": (lambda: PNG + ZIP, "polyglot"),
    "GIF and HTML": (lambda: GIF + bytes(5000) + HTML, "polyglot"),
    "WebP and PDF": (lambda: WEBP + b"%PDF-1.4", "polyglot"),
    "JPEG with a script in its comment": (
        lambda: encoded(photo(), "JPEG", comment=b"<script>alert(1)</script>"),
        "polyglot",
    ),
    "PNG with PHP in a text": (lambda: PNG[:33] + _chunk(b"tEXt", b"c\0<?php x ?>") + PNG[33:], "polyglot"),
    "GIF that is a script": (lambda: b"GIF89a=/*" + GIF[9:] + b"*/1;alert(1)", "too-narrow"),
    # several frames
    "animated GIF": (lambda: _frames("GIF"), "animated"),
    "animated WebP": (lambda: _frames("WEBP"), "animated"),
    "animated PNG": (lambda: _frames("PNG"), "animated"),
    # sizes
    "one pixel": (lambda: encoded(photo(size=(1, 1)), "GIF"), "too-small"),
    "icon": (lambda: encoded(photo(size=(64, 64)), "PNG"), "too-small"),
    "line": (lambda: encoded(photo(size=(2000, 60)), "PNG"), "too-narrow"),
    "one color": (lambda: encoded(Image.new("RGB", _SIZE, "white"), "PNG"), "blank"),
    "fully transparent": (lambda: encoded(Image.new("RGBA", _SIZE, (9, 9, 9, 0)), "PNG"), "blank"),
    "PNG of no width": (lambda: png(0, 300, b""), "damaged"),
    "PNG of no height": (lambda: png(300, 0, b""), "damaged"),
    "PNG of 2^31 pixels a side": (lambda: png(2**31 - 1, 2**31 - 1, b"\0" * 100), "too-large"),
    "bomb of 30,000 pixels a side": (lambda: png(30_000, 30_000, bytes(30_001 * 300)), "too-large"),
    "bomb just above the limit": (lambda: png(8000, 5001, bytes(8001 * 5001)), "too-large"),
    "GIF of 65,535 pixels a side": (lambda: _gif_head(65535, 65535) + GIF[13:], "too-large"),
    "JPEG head of 65,500 pixels a side": (
        lambda: JPEG.replace(struct.pack(">HH", 300, 400), struct.pack(">HH", 65500, 65500), 1),
        "too-large",
    ),
    "bomb in the profile": (
        lambda: png(400, 300, bytes(401 * 300), extra=_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(50_000_000), 9))),
        "damaged",
    ),
    "bomb in a text": (
        lambda: png(400, 300, bytes(401 * 300), extra=_chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(90_000_000), 9))),
        "damaged",
    ),
    # damage
    "JPEG cut in the middle": (lambda: JPEG[: len(JPEG) // 2], "damaged"),
    "JPEG of a signature": (lambda: JPEG[:4], "damaged"),
    "PNG cut in the middle": (lambda: PNG[: len(PNG) // 2], "damaged"),
    "PNG with a wrong checksum": (lambda: PNG[:30] + b"\0\0" + PNG[32:], "damaged"),
    "PNG with too few rows": (lambda: png(400, 300, (b"\0" + bytes(range(200)) * 2) * 10), _SIZE),
    "GIF cut in its head": (lambda: GIF[:20], "damaged"),
    "WebP cut in the middle": (lambda: WEBP[: len(WEBP) // 2], "damaged"),
    "WebP of noise": (lambda: WEBP[:20] + _NOISE(3000), "damaged"),
    "JPEG of noise": (lambda: b"\xff\xd8\xff\xe0" + _NOISE(3000), "damaged"),
}
