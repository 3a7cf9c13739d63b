"""Replace or remove the pictures in sanitized HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping

_IMAGE = re.compile(r"<img((?: [a-z]+=\"[^\"]*\")*)>")  # as the sanitizer writes it
_ATTRIBUTE = re.compile(r" ([a-z]+)=\"([^\"]*)\"")
_FIGURE = re.compile(r"<figure>((?:(?!</?figure>).)*)</figure>", re.S)
_CAPTION = re.compile(r"<figcaption>(?:(?!</figcaption>).)*</figcaption>", re.S)
_EMPTY = re.compile(r"<(p|a|li|strong|em|b|i)(?: [^<>]*)?>\s*</\1>")


def replace_pictures(markup: str, replacement: Callable[[Mapping[str, str]], str]) -> str:
    """Return HTML with each img tag replaced by what ``replacement`` makes of its attributes.

    Where that is nothing, nothing is left behind: no empty paragraph, no figure, no caption.
    """
    if "<img" not in markup:
        return markup

    def replace(image: re.Match[str]) -> str:
        return replacement({name: html.unescape(value) for name, value in _ATTRIBUTE.findall(image[1])})

    markup = _FIGURE.sub(_without_lone_caption, _IMAGE.sub(replace, markup))
    while (reduced := _EMPTY.sub("", markup)) != markup:
        markup = reduced
    return markup


def _without_lone_caption(figure: re.Match[str]) -> str:
    """Return the figure; nothing if only its caption is left."""
    rest = _CAPTION.sub("", figure[1])
    return figure[0] if "<img" in rest or re.sub(r"<[^<>]*>|\s", "", rest) else ""
