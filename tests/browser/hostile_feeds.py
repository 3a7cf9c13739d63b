"""Documents of a hostile outlet: RSS, Atom and JSON Feed with the vectors in every field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from tests.browser.vectors import ADDRESSES, SPECIAL, VECTORS
from tests.web.fixture_site import NOW

EACH = 16  # vectors per item text
FINE = "https://fine.example"
BORN = NOW - timedelta(hours=2)
_CONTROL = {code: None for code in range(32) if chr(code) not in "\t\n\r"}

_XHTML = """<div xmlns="http://www.w3.org/1999/xhtml" onclick="ran()" style="position:fixed;inset:0">
<script>ran()</script><img src="x" onerror="ran()"/><a href="javascript:ran()" ping="https://evil.example/x">x</a><style>*{color:red}</style>
<svg xmlns="http://www.w3.org/2000/svg" onload="ran()"><script>ran()</script><a href="javascript:ran()">x</a></svg>
<math xmlns="http://www.w3.org/1998/Math/MathML" href="javascript:ran()"><mi>x</mi></math>
<iframe src="https://evil.example/x"/><form action="https://evil.example/x"><input autofocus="" onfocus="ran()"/></form>
<base href="https://evil.example/"/><meta http-equiv="refresh" content="0;url=https://evil.example/x"/><p>文字</p></div>"""


def _xml(vector: str) -> str:
    """Return the text without characters that XML forbids, escaped."""
    return escape(vector.translate(_CONTROL))


def _attribute(vector: str) -> str:
    return quoteattr(vector.translate(_CONTROL))


def _vector(number: int) -> str:
    return VECTORS[number % len(VECTORS)]


def rss() -> bytes:
    """Return RSS in which every vector is in a text as markup, and in a title, an author and a category."""
    entries = []
    for number in range(0, len(VECTORS), EACH):
        heap = "".join(f"<p>{_vector(number + more)}</p>" for more in range(EACH)).translate(_CONTROL)
        words = [_xml(_vector(number + more)) for more in range(8)]
        address = _attribute(ADDRESSES[number // EACH % len(ADDRESSES)])
        entries.append(
            f"<item><title>{number} {words[0]} {words[1]} {words[2]}</title><link>{FINE}/{number}?q={number}</link>"
            f"<guid isPermaLink='false'>{number}{words[4]}</guid><author>{words[5]}</author>"
            f"<dc:creator>{words[6]}</dc:creator><category domain={address}>{words[7]}</category>"
            f"<description>{words[3]} {words[4]}</description><source url={address}>{words[5]}</source>"
            f"<dc:publisher>{words[6]}</dc:publisher><dc:rights>{words[7]}</dc:rights><comments>{words[0]}</comments>"
            f"<enclosure url={address} type={_attribute(_vector(number + 1))} length='1'/>"
            f"<media:content url={address} type='image/png'><media:title>{words[1]}</media:title></media:content>"
            f"<content:encoded>{escape(heap)}</content:encoded>"
            f"<pubDate>{_time(number):%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        )
    entries += [f"<item><title>{_xml(each)}</title><link>{_xml(each)}</link></item>" for each in ADDRESSES]
    head = (
        "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:media='http://search.yahoo.com/mrss/' "
        "xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
    )
    image = f"<image><url>javascript:ran()</url><title>{_xml(_vector(2))}</title><link>javascript:ran()</link></image>"
    about = f"<title>{_xml(_vector(14))}</title><link>javascript:ran()</link><generator>{_xml(_vector(3))}</generator>"
    return f"{head}<channel>{about}{image}{''.join(entries)}</channel></rss>".encode()


def atom() -> bytes:
    """Return Atom with the vectors in every type of text construct, URL and attribute."""
    entries = []
    for number, (vector, address) in enumerate(zip(SPECIAL, _repeated(ADDRESSES), strict=False)):
        kind = ("html", "text")[number % 2]
        content = f"<content type='xhtml'>{_XHTML}</content>" if number % 8 == 0 else ""
        entries.append(
            f"<entry><title type='{kind}'>{_xml(vector)}</title><id>{_xml(address)}{number}</id>"
            f"<link href='{FINE}/a{number}'/><link rel='enclosure' type='image/png' href={_attribute(address)}/>"
            f"<link rel='related' href={_attribute(address)} title={_attribute(vector)}/>"
            f"<author><name>{_xml(vector)}</name><uri>{_xml(address)}</uri><email>{_xml(vector)}</email></author>"
            f"<category term={_attribute(vector)} scheme={_attribute(address)} label={_attribute(vector)}/>"
            f"<summary type='{kind}'>{_xml(vector)}</summary><rights type='html'>{_xml(vector)}</rights>{content}"
            f"<source><id>{_xml(address)}</id><title type='html'>{_xml(vector)}</title>"
            f"<link href={_attribute(address)}/><icon>{_xml(address)}</icon></source>"
            f"<updated>{_time(number):%Y-%m-%dT%H:%M:%SZ}</updated></entry>"
        )
    about = "<title type='xhtml'>" + _XHTML + "</title><id>javascript:ran()</id><icon>javascript:ran()</icon>"
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='javascript:ran()//'>"
        f"<link href='javascript:ran()'/>{about}{''.join(entries)}</feed>"
    ).encode()


def json_feed() -> bytes:
    """Return JSON Feed with one item per vector, as plain text; JSON allows control characters too."""
    items = [
        {
            "id": vector,
            "url": f"{FINE}/j{number}",
            "external_url": ADDRESSES[number % len(ADDRESSES)],
            "title": vector,
            "summary": vector,
            "content_text": f"{vector} {number}",
            "image": ADDRESSES[number % len(ADDRESSES)],
            "authors": [{"name": vector, "url": ADDRESSES[number % len(ADDRESSES)], "avatar": "javascript:ran()"}],
            "tags": [vector],
            "attachments": [{"url": ADDRESSES[number % len(ADDRESSES)], "mime_type": vector, "title": vector}],
            "date_published": _time(number).isoformat(),
            "language": 'zh"><script>ran()</script>',
        }
        for number, vector in enumerate(VECTORS)
    ]
    about = {"title": VECTORS[1], "home_page_url": "javascript:ran()", "icon": "javascript:ran()", "favicon": "data:,x"}
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", **about, "items": items}).encode()


def _repeated(values: tuple[str, ...]) -> Iterator[str]:
    while True:
        yield from values


def _time(number: int) -> datetime:
    return BORN - timedelta(seconds=number)
