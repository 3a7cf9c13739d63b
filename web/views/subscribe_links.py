"""Ways to subscribe to a feed with one tap: links of the usual readers, and a QR code for the phone."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

import segno

# (name, address that opens the reader's dialog for a feed). Readers on the device register the scheme feed:.
_READERS = (
    ("Feedly", "https://feedly.com/i/subscription/feed/{}"),
    ("Inoreader", "https://www.inoreader.com/?add_feed={}"),
    ("NewsBlur", "https://www.newsblur.com/?url={}"),
    ("The Old Reader", "https://theoldreader.com/feeds/subscribe?url={}"),
    ("Feedbin", "https://feedbin.com/?subscribe={}"),
    ("Miniflux", "https://reader.miniflux.app/bookmarklet?uri={}"),
)
QR_BORDER = 2  # modules; the page around it is light or has a light frame


def reader_links(url: str) -> list[tuple[str, str]]:
    """Return (name, address) of each web reader for a feed."""
    return [(name, pattern.format(quote(url, safe=""))) for name, pattern in _READERS]


@lru_cache(maxsize=256)
def qr_code(url: str) -> str:
    """Return the QR code of a URL as a data: URL of an SVG (ISO/IEC 18004, error correction M)."""
    code = segno.make(url, error="m", micro=False)
    return str(code.svg_data_uri(border=QR_BORDER, dark="#000", light="#fff", omitsize=True))
