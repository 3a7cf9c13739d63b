"""Pictures on pages: each is shown from this site's own address once a thumbnail of it is stored, and not before."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

_IMAGE = re.compile(r"<img((?: [a-z]+=\"[^\"]*\")*)>")  # as the sanitizer writes it
_ATTRIBUTE = re.compile(r" ([a-z]+)=\"([^\"]*)\"")
_FIGURE = re.compile(r"<figure>((?:(?!</?figure>).)*)</figure>", re.S)
_CAPTION = re.compile(r"<figcaption>(?:(?!</figcaption>).)*</figcaption>", re.S)
_EMPTY = re.compile(r"<(p|a|li|strong|em|b|i)(?: [^<>]*)?>\s*</\1>")
_TABLE = re.compile(r"<(/?)table>")


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture as a page shows it: a path of this site, its size in pixels, and the text that replaces it."""

    path: str
    width: int
    height: int
    alt: str = ""


def illustrate(markup: str, pictures: Mapping[str, ShownPicture]) -> str:
    """Return the sanitized HTML of an item with its pictures as this site shows them; ``pictures`` is by URL.

    A picture that is not there leaves nothing behind: no empty paragraph, no figure, no caption. Wide tables scroll in
    a box of their own.
    """
    if "<img" in markup:
        shown = _IMAGE.sub(lambda image: _image(image[1], pictures), markup)
        markup = _remove_empty(_FIGURE.sub(_without_lone_caption, shown))
    return _TABLE.sub(lambda tag: "</table></div>" if tag[1] else '<div class="sheet" tabindex="0"><table>', markup)


def _image(attributes: str, pictures: Mapping[str, ShownPicture]) -> str:
    values = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
    picture = pictures.get(values.get("src", ""))
    if picture is None:
        return ""
    alt = html.escape(values.get("alt", ""))
    size = f'width="{picture.width}" height="{picture.height}"'
    return f'<img src="{html.escape(picture.path)}" alt="{alt}" {size} loading="lazy" decoding="async">'


def _without_lone_caption(figure: re.Match[str]) -> str:
    """Return the figure; nothing if only its caption is left."""
    rest = _CAPTION.sub("", figure[1])
    return figure[0] if "<img" in rest or re.sub(r"<[^<>]*>|\s", "", rest) else ""


def _remove_empty(markup: str) -> str:
    while (reduced := _EMPTY.sub("", markup)) != markup:
        markup = reduced
    return markup
