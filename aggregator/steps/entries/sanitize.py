"""Sanitize publishers' HTML for our pages and feeds, and extract its plain text. The only importer of nh3."""

from __future__ import annotations

import html
import re
from operator import itemgetter

import nh3

from aggregator.steps.entries.tables import unwrap_layout_tables
from feeds.pictures import IMAGE_TAG, read_image_tag

MAX_HTML = 200_000  # characters; nh3 is quadratic in unclosed nesting
MAX_DEPTH = 200

_SCHEMES = {"http", "https"}
MAX_PICTURES = 30  # of one text

_TABLE_TAGS = set("table caption thead tbody tfoot tr th td".split())
_TAGS = set("p br b strong i em ul ol li blockquote pre code a h3 h4 figure figcaption img".split()) | _TABLE_TAGS
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_HEADINGS = re.compile(r"<(/?)h[1256]\b", re.I)
_DIVISIONS = re.compile(r"<(/?)(?:div|section|article|center)\b[^<>]*>", re.I)
_NESTED = "div section article p span font blockquote ul ol li table tr td th caption figure figcaption b i em strong"
_OPENING = re.compile(rf"<(?:{'|'.join(_NESTED.split())})\b", re.I)
_EMPTY = re.compile(r"<p>(?:\s|&nbsp;|\u00a0|\u3000|<br>)*</p>")
_LEADING_BLANKS = re.compile(r"(<(?:p|li|h3|h4|blockquote)>)[\s\u00a0\u3000]+")
_TAG_ITSELF = itemgetter(1)  # of a match; a template takes several times as long
_FIGURE = re.compile(r"<figure>((?:(?!</?figure>).)*)</figure>", re.S)
_ILLUSTRATION = re.compile(r"<(?:img|table|pre|blockquote)\b")
_CAPTION = re.compile(r"<(/?)figcaption>")
_NO_PICTURE = re.compile(r"<img(?: (?:alt|width|height)=\"[^\"]*\")*>")
_PICTURE = re.compile(r'<img src="([^"]*)"')  # as nh3 writes it
_SPAN = re.compile(r"[1-9]\d?")
_BLOCKS = set("p br div li ul ol tr td th table section article blockquote pre h1 h2 h3 h4 h5 h6 hr dt dd".split())
_HIDDEN = set("script style template noscript iframe object svg math textarea select title".split())
_BLOCK = re.compile(r"</?(?:" + "|".join(sorted(_BLOCKS)) + r")\b[^<>]*>", re.I)
_TAG = re.compile(r"<[^<>]*>")  # not past the next "<", so that it stays linear
_CUT_TAG = re.compile(r"<[^<>]*$")
_LINE_ENDS = re.compile(r"[\r\n]+")
_OTHER_BLANKS = "\t\u00a0\u3000\u200b"
_SPACES = re.compile("  +")
# Elements of which the safe HTML and the plain text are made differently.
_DIFFERENT = re.compile(
    r"</?(?:div|section|article|table|caption|t(?:body|head|foot|r|d|h)|center|fig|im(?:g|age)|h[1256r]|dt|dd|"
    + "|".join(sorted(_HIDDEN))
    + ")",
    re.I,
)
_LINK = re.compile(r'</?a(?: [a-z]+="[^"]*")*>')  # as nh3 writes it


def picture_addresses(markup: str) -> tuple[str, ...]:
    """Return the addresses of the pictures in HTML that ``sanitize`` has returned."""
    return tuple(map(html.unescape, _PICTURE.findall(markup)))


def sanitize_with_text(markup: str, base: str | None = None) -> tuple[str, str]:
    """Return ``sanitize`` and ``plain_text`` of the same HTML, which is parsed once if nothing keeps them apart."""
    whole = _truncate(markup)
    if "<" not in whole or _DIFFERENT.search(whole) or _is_too_deep(whole):
        return sanitize(markup, base), plain_text(markup)
    clean = _SAFE.clean(whole)
    return _tidy(clean), _lines_of(_LINK.sub("", clean))


def sanitize(markup: str, base: str | None = None) -> str:
    """Return HTML with a small set of tags, http(s) links and the addresses of pictures, resolved against ``base``.

    Tables of data, figures and pictures are kept; each picture once. Text without markup is split into paragraphs.
    """
    markup = _truncate(markup)
    if "<" not in markup:
        return to_paragraphs(html.unescape(markup))
    if _is_too_deep(markup):
        return to_paragraphs(plain_text(markup))
    if "<img" in markup or "<IMG" in markup:
        markup = _keep_pictures(markup, base)
    markup = unwrap_layout_tables(markup)
    markup = _DIVISIONS.sub(lambda match: "</p>" if match[1] else "<p>", markup)
    markup = _HEADINGS.sub(r"<\1h3", markup)
    return _tidy(_SAFE.clean(markup))


def _tidy(clean: str) -> str:
    if "<img" in clean:
        clean = _NO_PICTURE.sub("", clean)
    if "<fig" in clean:
        clean = _FIGURE.sub(_unwrap_empty_figure, clean)
    return _LEADING_BLANKS.sub(_TAG_ITSELF, _EMPTY.sub("", clean)).strip()


def _keep_pictures(markup: str, base: str | None) -> str:
    """Return HTML whose img tags have the address of the picture, and none that is no picture or a repetition."""
    seen: set[str] = set()

    def rewrite(match: re.Match[str]) -> str:
        picture = read_image_tag(match[0], base) if len(seen) < MAX_PICTURES else None
        if picture is None or picture.url in seen:
            return ""
        seen.add(picture.url)
        attributes = {"src": picture.url, "alt": picture.alt or "", "width": picture.width, "height": picture.height}
        written = (f' {name}="{html.escape(str(value))}"' for name, value in attributes.items() if value is not None)
        return f"<img{''.join(written)}>"

    return IMAGE_TAG.sub(rewrite, markup)


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    """Return the value of an attribute, or None to drop it; the schemes of URLs are checked elsewhere."""
    if tag == "img":
        is_allowed = value.startswith(("http://", "https://")) if name == "src" else name == "alt" or value.isdigit()
        return value if is_allowed else None
    return value if tag not in ("td", "th") or _SPAN.fullmatch(value) else None


_SAFE = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    attribute_filter=_filter_attribute,
    url_schemes=_SCHEMES,
    link_rel="noopener noreferrer nofollow",
    strip_comments=True,
)
_BARE = nh3.Cleaner(tags=_BLOCKS, attributes={}, link_rel=None, clean_content_tags=_HIDDEN)


def _unwrap_empty_figure(figure: re.Match[str]) -> str:
    """Return the figure; only its text, as paragraphs, if what it shows was removed."""
    return figure[0] if _ILLUSTRATION.search(figure[1]) else _CAPTION.sub(r"<\1p>", figure[1])


def to_paragraphs(text: str) -> str:
    """Return plain text as one escaped <p> for each line."""
    lines = (line.strip(" \t\u3000\u00a0") for line in _LINE_ENDS.split(text))
    return "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines if line)


def plain_text(markup: str) -> str:
    """Return the text of HTML, one line for each block, without scripts and styles. Linear in its input."""
    markup = _truncate(markup)
    if "<" in markup and not _is_too_deep(markup):
        markup = _BARE.clean(markup)
    return _lines_of(markup)


def _lines_of(markup: str) -> str:
    """Return the text of HTML, one line for each block."""
    if "<" in markup:
        markup = _TAG.sub("", _BLOCK.sub("\n", markup))
    lines = _unify_blanks(html.unescape(markup)).replace("\r", "\n").split("\n")
    return "\n".join(filter(None, map(str.strip, lines)))


def _unify_blanks(text: str) -> str:
    """Return text with one space for each run of blanks; ``str`` finds the rare ones faster than ``re``."""
    for blank in _OTHER_BLANKS:
        text = text.replace(blank, " ")
    return _SPACES.sub(" ", text) if "  " in text else text


def _truncate(markup: str) -> str:
    """Cut to size, not inside of a tag."""
    return _CUT_TAG.sub("", markup[:MAX_HTML]) if len(markup) > MAX_HTML else markup


def _is_too_deep(markup: str) -> bool:
    """Return whether HTML is nested deeper than any article, which would make the sanitizer slow."""
    if markup.count("<") <= MAX_DEPTH:
        return False
    return len(_OPENING.findall(markup)) > MAX_DEPTH and _depth(markup) > MAX_DEPTH


def _depth(markup: str) -> int:
    depth = deepest = 0
    for match in re.finditer(r"<(/?)[a-zA-Z]", markup):
        depth = max(0, depth - 1) if match[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest
