"""The outlets' web pages: a front page and a page for each item, so that every link of the feeds works."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from samples.feed_writers import MEDIA_TYPES
from samples.outlets import Outlet
from samples.state import PublishedItem
from samples.timeline import CHINA

STYLE = (
    "body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:17px/1.9 serif;color:#222;background:#fff}"
    "h1{font-size:1.6rem;line-height:1.4}header{font:14px/1.6 sans-serif;color:#666}p{text-indent:2em}"
)


def _page(outlet: Outlet, title: str, body: str) -> tuple[str, bytes]:
    language = "zh-TW" if outlet.traditional else "zh-CN"
    text = f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="{outlet.encoding}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{escape(title)}</title>
<link rel="alternate" type="{MEDIA_TYPES[outlet.format]}" title="{outlet.title}" href="/{outlet.slug}/{outlet.path}">
<style>{STYLE}</style>
</head>
<body>
<header><a href="/{outlet.slug}/">{escape(outlet.title)}</a>　演示用的虚构媒体，人物、机构与事件均为虚构</header>
{body}
</body>
</html>
"""
    return f"text/html; charset={outlet.encoding}", text.encode(outlet.encoding, "xmlcharrefreplace")


def front_page(outlet: Outlet, published: Sequence[PublishedItem]) -> tuple[str, bytes]:
    """Return (Content-Type, document) with the newest titles and a link to the feed."""
    rows = "\n".join(
        f'<li><a href="{escape(item.path)}">{escape(item.publication.article.title)}</a></li>' for item in published
    )
    return _page(outlet, outlet.title, f"<h1>{escape(outlet.title)}</h1>\n<ul>\n{rows}\n</ul>")


def item_page(outlet: Outlet, item: PublishedItem) -> tuple[str, bytes]:
    """Return (Content-Type, document) with the full text of an item."""
    article = item.publication.article
    local = item.published.astimezone(CHINA)
    parts = [f"{local:%Y-%m-%d %H:%M}", article.credit and f"来源：{article.credit}", article.author]
    byline = "　".join(escape(part) for part in parts if part)
    body = "\n".join(f"<p>{escape(part)}</p>" for part in article.paragraphs)
    title = escape(article.title)
    return _page(outlet, article.title, f"<h1>{title}</h1>\n<header>{byline}</header>\n{body}")


def directory(outlets: Sequence[Outlet]) -> tuple[str, bytes]:
    """Return (Content-Type, document) with the outlets of this server."""
    rows = "\n".join(f'<li><a href="/{outlet.slug}/">{escape(outlet.title)}</a></li>' for outlet in outlets)
    text = f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>演示媒体</title><ul>{rows}</ul></html>'
    return "text/html; charset=utf-8", text.encode()
