"""Recognize pictures that illustrate an entry, in its elements and in the tags of its text.

Tracking pixels, emoji, avatars and spacers are no pictures; they are recognized by their declared size and by what
their URLs usually contain.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from feeds.links import is_web_url, resolve_url
from feeds.model import Enclosure, Picture
from feeds.text import html_to_text

IMAGE_TAG = re.compile(r"<img\b(?:[^<>\"']++|\"[^\"<]{0,4000}+\"|'[^'<]{0,4000}+')*+>", re.I)
MIN_SIDE = 50  # pixels; what is declared smaller in one direction is an icon, a line or a pixel
MAX_ALT = 300  # characters
_MAX_TAGS = 200  # of one text
MAX_SIDE = 20_000  # pixels; a larger number is no size
_ATTRIBUTE = re.compile(r"([a-z][a-z0-9_:-]{0,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))", re.I)
# Scripts that load pictures late keep the address in one of these and a placeholder in src.
_ADDRESSES = ("data-src", "data-original", "data-lazy-src", "data-actualsrc", "src")
_PIXELS = re.compile(r"\s*(\d{1,5})(?:\.\d{1,20})?\s*(?:px)?\s*", re.I)
_STYLE_SIZE = re.compile(r"(?:^|;)\s*(width|height)\s*:\s*(\d{1,5})(?:\.\d+)?px", re.I)
_INVISIBLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:^|;)\s*opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)", re.I
)
_ORNAMENT_CLASS = re.compile(r"(?:^|[\s_-])(?:emoji|emoticon|smiley|smilies|avatar|icon)(?:$|[\s_-])", re.I)
_ORNAMENT_NAMES = """
emojis? emoticons? smileys? smilies avatars? spacers? spaceball space blank grey transparent placeholder loading
lazyload logo pixel counter count beacon track(?:er|ing) 1x1 0x0 1px
""".split()
_ORNAMENT_HOSTS = """
gravatar.com feedburner.com feedsportal.com doubleclick.net google-analytics.com cnzz.com hm.baidu.com
stats.wordpress.com pixel.wp.com
""".split()
_ORNAMENT_URL = re.compile(
    rf"(?:^|[/_.-])(?:{'|'.join(_ORNAMENT_NAMES)})[_-]?\d{{0,4}}\.(?:gif|png|jpe?g|webp|php|aspx?|jsp)(?:$|[?#])"
    rf"|//(?:[^/]*\.)?(?:{'|'.join(map(re.escape, _ORNAMENT_HOSTS))})/"
    r"|/images/core/emoji/|twemoji|/(?:emoji|emoticons?|smilies|smileys|avatars?)/|/face/\d|\.svgz?(?:$|[?#])",
    re.I,
)


def is_ornament(url: str, width: int | None = None, height: int | None = None) -> bool:
    """Return whether an image is no picture but a pixel, an icon, an avatar or a spacer."""
    return any(side is not None and side < MIN_SIDE for side in (width, height)) or bool(_ORNAMENT_URL.search(url))


def read_size(text: str | None) -> int | None:
    """Return a number of pixels such as "640" or "640px"; None for a percentage or anything else."""
    match = _PIXELS.fullmatch(text or "")
    return int(match[1]) if match and int(match[1]) <= MAX_SIDE else None


def read_alt(text: str | None) -> str | None:
    """Return a description as plain text of limited length."""
    return html_to_text(text or "")[:MAX_ALT] or None


def picture_of(url: str, width: str | None = None, height: str | None = None, alt: str | None = None) -> Picture | None:
    """Return a picture with the attributes as published; None if it is no picture or its URL not absolute."""
    wide, high = read_size(width), read_size(height)
    if not is_web_url(url) or is_ornament(url, wide, high):
        return None
    if not wide or not high:  # one side alone would be of no use, and 0 means unknown here
        wide = high = None
    return Picture(url, wide, high, read_alt(alt))


@lru_cache(maxsize=128)  # the tags of a text are read twice: to choose its picture, and to sanitize it
def read_image_tag(tag: str, base: str | None) -> Picture | None:
    """Return the picture of an img tag; None if it is no picture."""
    attributes: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(tag):
        attributes.setdefault(name.lower(), html.unescape(double or single or bare))
    style = attributes.get("style", "")
    if _INVISIBLE.search(style) or _ORNAMENT_CLASS.search(attributes.get("class", "")):
        return None
    sizes = {name.lower(): size for name, size in _STYLE_SIZE.findall(style)}
    width, height = (attributes.get(side) or sizes.get(side) for side in ("width", "height"))
    for name in _ADDRESSES:
        url = resolve_url(base, attributes.get(name))
        if picture := picture_of(url, width, height, html.escape(attributes.get("alt", ""), quote=False)):
            return picture
    return None


def pictures_in(markup: str, base: str | None) -> Iterator[Picture]:
    """Yield the pictures of a text in their order."""
    for number, match in enumerate(IMAGE_TAG.finditer(markup) if "<" in markup else ()):
        if number >= _MAX_TAGS:
            return
        if picture := read_image_tag(match[0], base):
            yield picture


def enclosed_picture(enclosures: Iterable[Enclosure]) -> Picture | None:
    """Return the first enclosure that is a picture."""
    images = (file for file in enclosures if (file.type or "").lower().startswith("image/"))
    return next((picture for file in images if (picture := picture_of(file.url, alt=file.title))), None)


def largest(pictures: Iterable[Picture]) -> Picture | None:
    """Return the widest of several renditions; the first one if they state no sizes."""
    return max(pictures, key=lambda picture: picture.width or 0, default=None)
