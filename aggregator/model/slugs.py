"""Slugs of sources, derived from their URLs."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlsplit


def slug_of(url: str) -> str:
    """Return a readable slug, always the same for a URL: "https://www.a.cn/rss/news.xml" -> "a-cn-rss-news"."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    port = f"-{parts.port}" if parts.port and parts.port not in (80, 443) and not host[0].isdigit() else ""
    path = re.sub(r"\.(xml|rss|atom|json|php|html?|aspx?)$", "", parts.path)
    slug = re.sub(r"[^a-z0-9]+", "-", f"{host}{port}{path} {parts.query}".lower()).strip("-")
    if len(slug) > 60:
        slug = f"{slug[:50].rstrip('-')}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"
    return slug or hashlib.sha256(url.encode()).hexdigest()[:12]
