"""Make thumbnails of a picture, in a worker process. The only importer of Pillow.

The bytes are a stranger's. Only four formats are decoded, each recognized by its signature and opened with its own
decoder; what is too large, animated, damaged, or also a document of another type is refused before a pixel is decoded.
The result is encoded anew: nothing of the original file, no metadata and no color profile, is kept.
"""

from __future__ import annotations

import contextlib
import re
import warnings
from io import BytesIO
from typing import TYPE_CHECKING

from aggregator.model.pictures import LARGE, SMALL, SMALL_HEIGHT, Thumbnails

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 40_000_000  # of the original: 120 MB decoded
MAX_SIDE = 20_000
MIN_WIDTH, MIN_HEIGHT = 100, 60  # what is smaller is an icon
MAX_RATIO = 5  # of the longer to the shorter side: longer ones are banners or screenshots of texts
_MAX_LARGE_HEIGHT = 2 * LARGE
_MAX_PROFILE_BYTES = 1_000_000
_QUALITY = {SMALL: 68, LARGE: 74}  # of WebP
_SIGNATURES = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"GIF87a": "GIF", b"GIF89a": "GIF"}
_HEAD_BYTES = 4096
_OTHER_DOCUMENT = re.compile(
    rb"<(?:!doctype|html|script|svg|body|iframe|\?php|%@)|%PDF-|PK\x03\x04|Rar!\x1a|MZ\x90\x00\x03", re.I
)
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, b"\xff\xd9"  # of JPEG


class NotAPictureError(ValueError):
    """The bytes are no picture that may be shown; the text is a code such as "animated"."""


def make_thumbnails(content: bytes) -> Thumbnails | str:
    """Return the thumbnails of a picture, or the reason why there are none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow warns of bombs and of damaged metadata
            return _make(content)
    except NotAPictureError as error:
        return str(error)
    except Exception as error:  # whatever a decoder raises; MemoryError is for the pool
        if isinstance(error, MemoryError):
            raise
        return "too-large" if type(error).__name__.startswith("DecompressionBomb") else "damaged"


def _make(content: bytes) -> Thumbnails:
    from PIL import Image

    format = _format_of(content)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(BytesIO(content), formats=[format]) as original:
        _check(original)
        if original.format == "JPEG":
            original.draft("RGB", (2 * LARGE, 2 * LARGE))  # decode at a fraction of the size
        original.load()
        picture = _upright(original)
        picture.thumbnail((2 * LARGE, 4 * LARGE), Image.Resampling.BOX, reducing_gap=2.0)
        picture = _to_srgb(picture, original.info.get("icc_profile"))
    if all(low == high for low, high in (channel.getextrema() for channel in picture.split())):
        raise NotAPictureError("blank")
    large = picture.copy()
    large.thumbnail((LARGE, _MAX_LARGE_HEIGHT), Image.Resampling.LANCZOS)
    bodies = {SMALL: _encode(_cropped(picture), _QUALITY[SMALL]), LARGE: _encode(large, _QUALITY[LARGE])}
    return Thumbnails(bodies, *large.size)


def _format_of(content: bytes) -> str:
    format = next((name for signature, name in _SIGNATURES.items() if content.startswith(signature)), None)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        format = "WEBP"
    if format is None:
        raise NotAPictureError("not-an-image")
    if _OTHER_DOCUMENT.search(content[:_HEAD_BYTES]) or _OTHER_DOCUMENT.search(content, _end_of(content, format)):
        raise NotAPictureError("polyglot")
    if format == "PNG" and b"acTL" in content[:_HEAD_BYTES]:
        raise NotAPictureError("animated")
    return format


def _end_of(content: bytes, format: str) -> int:
    """Return where the picture ends and other data may follow; of a GIF, the end of its head."""
    if format == "WEBP":
        return 8 + int.from_bytes(content[4:8], "little")
    if format == "PNG":
        return content.find(b"IEND") % (len(content) + 1)
    position = 2
    while format == "JPEG" and content[position : position + 1] == b"\xff":
        if content[position + 1] == _START_OF_SCAN:  # what follows cannot contain the mark
            return content.find(_END_OF_IMAGE, position) % (len(content) + 1)
        position += 2 + int.from_bytes(content[position + 2 : position + 4], "big")
    return _HEAD_BYTES


def _check(picture: Image.Image) -> None:
    width, height = picture.size
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise NotAPictureError("too-large")
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        raise NotAPictureError("too-small")
    if max(width, height) > MAX_RATIO * min(width, height):
        raise NotAPictureError("too-narrow")
    if picture.format != "MPO" and (getattr(picture, "is_animated", False) or getattr(picture, "n_frames", 1) > 1):
        raise NotAPictureError("animated")


def _upright(picture: Image.Image) -> Image.Image:
    """Return the picture as its Exif orientation says, in a mode with eight bits a channel."""
    from PIL import ImageOps

    with contextlib.suppress(Exception):  # damaged Exif data can raise anything; the picture itself may be good
        ImageOps.exif_transpose(picture, in_place=True)
    if picture.mode.startswith("I") or picture.mode == "F":
        return picture.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if picture.mode in ("RGB", "CMYK", "L"):
        return picture if picture.mode != "L" or "transparency" not in picture.info else _flattened(picture)
    return _flattened(picture) if picture.mode in ("RGBA", "LA", "PA", "P", "La", "RGBa") else picture.convert("RGB")


def _flattened(picture: Image.Image) -> Image.Image:
    """Return the picture on white, without transparency."""
    from PIL import Image

    layer = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    flat = Image.new("RGB", layer.size, "white")
    flat.paste(layer, mask=layer.getchannel("A"))
    return flat


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in sRGB; a profile that is damaged or for other channels is ignored."""
    from PIL import ImageCms

    if profile and len(profile) <= _MAX_PROFILE_BYTES:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            return converted or picture.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return picture.convert("RGB")


def _cropped(picture: Image.Image) -> Image.Image:
    """Return the middle of the picture, a little above it, in the proportions of the small thumbnail."""
    from PIL import Image, ImageOps

    width = min(SMALL, picture.width, picture.height * SMALL // SMALL_HEIGHT)
    size = (width, max(1, width * SMALL_HEIGHT // SMALL))
    return ImageOps.fit(picture, size, Image.Resampling.LANCZOS, centering=(0.5, 0.35))


def _encode(picture: Image.Image, quality: int) -> bytes:
    stream = BytesIO()
    picture.save(stream, "WEBP", quality=quality, method=4, exif=b"", icc_profile=b"")
    return stream.getvalue()
