"""Checks that Atom and RSS have in common: texts, links, dates and HTML."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser

from lxml import etree

ATOM, DC, CONTENT = (
    "http://www.w3.org/2005/Atom",
    "http://purl.org/dc/elements/1.1/",
    "http://purl.org/rss/1.0/modules/content/",
)
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
KNOWN = {
    ATOM,
    DC,
    CONTENT,
    "http://purl.org/dc/terms/",
    "http://search.yahoo.com/mrss/",
    "http://www.georss.org/georss",
    "http://purl.org/syndication/history/1.0",
}
_RELATIONS = (
    "alternate current enclosure first hub last next next-archive prev-archive previous related replies self via"
)
RELATIONS = set(_RELATIONS.split())
URI = re.compile(
    r"(?:https?|ftp)://[^/?#\s]+[^\s]*|(?:tag|urn|mailto|info|mid|cid|news|nntp|xmpp|sip|geo|tel):\S+", re.I
)
URI_CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
TAG_URI = re.compile(r"tag:([a-z0-9\-._]+@)?[a-z0-9.\-]+,\d{4}(-\d{2}(-\d{2})?)?:\S*", re.I)
MIME = re.compile(r"[^\s()<>,;:\\\"/\[\]?=]+/[^\s()<>,;:\\\"/\[\]?=]+(\s*;\s*[^\s=;]+=(\"[^\"]*\"|[^\s\";]+))*")
LANGUAGE = re.compile(r"[a-zA-Z]{2}(-[A-Za-z0-9]+)*")
EMAIL = re.compile(r"[^@\s]+@[\w-]+(\.[\w-]+)+", re.ASCII)
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
RFC822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (GMT|[+-]\d{4})")
BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x80-\x9f\ufffd\ufffe\uffff]")
SEEMS_HTML = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(\s[^<>]*)?/?>|&(#\d+|#x[0-9a-fA-F]+|[A-Za-z]+[0-9]*);")
RISKY = set("script embed object iframe meta noscript plaintext xmp style link base applet frame frameset form".split())
TAGS = set(
    "a abbr b blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins li ol p pre q s small span strong "
    "sub sup table tbody td th thead tr u ul".split()
)
ATTRIBUTES = set(
    "alt cite class colspan datetime dir height href hreflang id lang rel rowspan src title type width".split()
)
VOID = {"br", "hr", "img"}


def uri(what: str, text: str | None) -> Iterator[str]:
    if not URI.fullmatch(text or "") or not URI_CHARACTERS.fullmatch(text or ""):
        yield f"InvalidLink: {what} {text!r}"


def identity(what: str, text: str | None) -> Iterator[str]:
    found = text or ""
    if not URI.fullmatch(found) or found != found.strip():
        yield f"InvalidFullLink: {what} {text!r}"
    elif found.lower().startswith("tag:") and not TAG_URI.fullmatch(found):
        yield f"InvalidTAG: {text!r}"


def links_of(parent: etree._Element, links: list[etree._Element]) -> Iterator[str]:
    seen: Counter[tuple[str | None, ...]] = Counter()
    for link in links:
        rel = link.get("rel") or "alternate"
        yield from uri(f"{parent.tag!r}/link", link.get("href"))
        if rel not in RELATIONS and "://" not in rel:
            yield f"UnregisteredAtomLinkRel: {rel}"
        if (kind := link.get("type")) is not None and not MIME.fullmatch(kind):
            yield f"InvalidMIMEAttribute: {kind}"
        if (language := link.get("hreflang")) is not None and not LANGUAGE.fullmatch(language):
            yield f"InvalidLanguage: {language}"
        if (length := link.get("length")) is not None and not length.isdigit():
            yield f"InvalidNonNegativeInteger: {length}"
        if rel in ("alternate", "self"):
            seen[rel, link.get("type"), link.get("hreflang")] += 1
    yield from (f"DuplicateAtomLink: {key}" for key, number in seen.items() if number > 1)


def date_of(text: str, moment: datetime, now: datetime | None) -> Iterator[str]:
    if now is not None and not datetime(1980, 1, 1, tzinfo=UTC) < moment <= now:
        yield f"ImplausibleDate: {text}"


def html_of(what: str, text: str, published: bool) -> Iterator[str]:
    if published:
        reader = _Html()
        reader.feed(text)
        reader.close()
        yield from (f"{each} in {what}" for each in (*reader.found, *(f"NotHtml: open {tag}" for tag in reader.open)))


class _Html(HTMLParser):
    """Checks of HTML: balanced tags, known elements, nothing dangerous, no empty links."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in RISKY or tag not in TAGS:
            self.found.append(f"SecurityRisk: {tag}" if tag in RISKY else f"NotHtml: {tag}")
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.found.append(f"SecurityRiskAttr: {name}")
            if name in ("href", "src") and not re.match(r"[a-z]+:", value or "", re.I):
                self.found.append(f"ContainsRelRef: {value}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.found.append(f"NotHtml: unexpected end of {tag}")

    def handle_data(self, data: str) -> None:
        if re.search(r"<(?=[A-Za-z/!])|&(?=#|[A-Za-z]+;)", data):
            self.found.append(f"NotHtml: {data!r}")

    def handle_entityref(self, name: str) -> None:
        if unescape(f"&{name};") == f"&{name};":
            self.found.append(f"UndefinedNamedEntity: {name}")


def a(name: str) -> str:
    return f"{{{ATOM}}}{name}"
