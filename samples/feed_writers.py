"""Write the outlets' feeds without a library, in the formats and with the faults of their publishing systems."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

from samples.markup import date_of, excerpt_of, html_of, title_of
from samples.outlets import Outlet
from samples.state import PublishedItem
from samples.terms import outlet_term

MEDIA_TYPES = {
    "rss20": "application/rss+xml",
    "rss091": "text/xml",
    "rss10": "application/rdf+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}


def write_feed(outlet: Outlet, base: str, published: Sequence[PublishedItem], updated: datetime) -> tuple[str, bytes]:
    """Return (Content-Type, document). ``base`` is the server's address without a final "/"."""
    media_type = MEDIA_TYPES[outlet.format]
    if outlet.format == "json":
        document = json.dumps(_json(outlet, base, published), ensure_ascii=False, indent=1)
        return media_type, document.encode()
    write = {"rss20": _rss20, "rss091": _rss091, "rss10": _rss10, "atom": _atom}[outlet.format]
    declared = outlet.declared or outlet.encoding
    text = f'<?xml version="1.0" encoding="{declared}"?>\n{write(outlet, base, published, updated)}'
    content = text.encode(outlet.encoding, "xmlcharrefreplace")
    if outlet.behavior == "stub":
        return media_type, content[:60]
    if outlet.behavior == "cut":
        content = content[: len(content) * 3 // 4]
    has_charset = outlet.declared is None and outlet.format != "rss091"
    return f"{media_type}; charset={outlet.encoding}" if has_charset else media_type, content


# ---------------------------------------------------------------- parts
def _item_url(outlet: Outlet, base: str, item: PublishedItem) -> str:
    return escape(item.path if outlet.has_relative_links else base + item.path)


def _body(outlet: Outlet, item: PublishedItem) -> str:
    """Return the HTML of the full text, or of an excerpt if the outlet gives only that."""
    paragraphs = item.publication.article.paragraphs
    return html_of(outlet, paragraphs) if outlet.has_full_text else escape(excerpt_of(paragraphs), quote=False)


def _cdata(html: str) -> str:
    return "<![CDATA[" + html.replace("]]>", "]]&gt;") + "]]>"


def _category(outlet: Outlet, item: PublishedItem) -> str:
    return outlet_term(item.publication.category, outlet.slug)


# ---------------------------------------------------------------- formats
def _rss20(outlet: Outlet, base: str, published: Sequence[PublishedItem], updated: datetime) -> str:
    items = "\n".join(_rss20_item(outlet, base, item) for item in published)
    return f"""<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" \
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>{escape(outlet.title)}</title>
<link>{base}/{outlet.slug}/</link>
<atom:link href="{base}/{outlet.slug}/{outlet.path}" rel="self" type="application/rss+xml"/>
<description>{escape(outlet.title)}新闻</description>
<language>{"zh-tw" if outlet.traditional else "zh-cn"}</language>
<lastBuildDate>{date_of(outlet, updated)}</lastBuildDate>
{items}
</channel>
</rss>
"""


def _rss20_item(outlet: Outlet, base: str, item: PublishedItem) -> str:
    article = item.publication.article
    lines = [f"<title>{escape(title_of(outlet, article.title), quote=False)}</title>"]
    lines.append(f"<link>{_item_url(outlet, base, item)}</link>")
    if outlet.has_guids:
        lines.append(f'<guid isPermaLink="false">{outlet.slug}-{item.publication.number}</guid>')
    lines.append(f"<pubDate>{date_of(outlet, item.published)}</pubDate>")
    if article.author:
        lines.append(f"<dc:creator>{escape(article.author)}</dc:creator>")
    if article.credit:
        lines.append(f'<source url="{base}/">{escape(article.credit)}</source>')
    if outlet.has_terms:
        lines.append(f"<category>{_category(outlet, item)}</category>")
    if outlet.uses_content_encoded:
        lines.append(f"<description>{escape(excerpt_of(article.paragraphs), quote=False)}</description>")
        lines.append(f"<content:encoded>{_cdata(_body(outlet, item))}</content:encoded>")
    else:
        lines.append(f"<description>{_cdata(_body(outlet, item))}</description>")
    return "<item>\n" + "\n".join(lines) + "\n</item>"


def _rss091(outlet: Outlet, base: str, published: Sequence[PublishedItem], updated: datetime) -> str:
    items = "\n".join(
        f"<item><title>{escape(item.publication.article.title)}</title>"
        f"<link>{_item_url(outlet, base, item)}</link>"
        f"<description>{escape(excerpt_of(item.publication.article.paragraphs))}</description>"
        f"<pubDate>{date_of(outlet, item.published)}</pubDate></item>"
        for item in published
    )
    return f"""<rss version="0.91"><channel><title>{escape(outlet.title)}</title><link>{base}/{outlet.slug}/</link>
<description>{escape(outlet.title)}</description><language>zh-cn</language>
{items}
</channel></rss>
"""


def _rss10(outlet: Outlet, base: str, published: Sequence[PublishedItem], updated: datetime) -> str:
    listed = "\n".join(f'<rdf:li rdf:resource="{_item_url(outlet, base, item)}"/>' for item in published)
    items = "\n".join(_rss10_item(outlet, base, item) for item in published)
    return f"""<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" \
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel rdf:about="{base}/{outlet.slug}/{outlet.path}">
<title>{escape(outlet.title)}</title>
<link>{base}/{outlet.slug}/</link>
<description>{escape(outlet.title)}</description>
<dc:date>{date_of(outlet, updated)}</dc:date>
<items><rdf:Seq>
{listed}
</rdf:Seq></items>
</channel>
{items}
</rdf:RDF>
"""


def _rss10_item(outlet: Outlet, base: str, item: PublishedItem) -> str:
    article = item.publication.article
    address = _item_url(outlet, base, item)
    author = f"<dc:creator>{escape(article.author)}</dc:creator>\n" if article.author else ""
    subject = f"<dc:subject>{_category(outlet, item)}</dc:subject>\n" if outlet.has_terms else ""
    return f"""<item rdf:about="{address}">
<title>{escape(article.title)}</title>
<link>{address}</link>
<description>{escape(excerpt_of(article.paragraphs))}</description>
{author}{subject}<dc:date>{date_of(outlet, item.published)}</dc:date>
<content:encoded>{_cdata(_body(outlet, item))}</content:encoded>
</item>"""


def _atom(outlet: Outlet, base: str, published: Sequence[PublishedItem], updated: datetime) -> str:
    entries = "\n".join(_atom_entry(outlet, base, item) for item in published)
    return f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh-CN" xml:base="{base}/{outlet.slug}/">
<id>tag:{outlet.slug}.example,2020:feed</id>
<title>{escape(outlet.title)}</title>
<link href="{base}/{outlet.slug}/"/>
<link rel="self" href="{base}/{outlet.slug}/{outlet.path}"/>
<author><name>{escape(outlet.title)}</name></author>
<updated>{date_of(outlet, updated)}</updated>
{entries}
</feed>
"""


def _atom_entry(outlet: Outlet, base: str, item: PublishedItem) -> str:
    article = item.publication.article
    author = f"<author><name>{escape(article.author)}</name></author>\n" if article.author else ""
    category = f'<category term="{_category(outlet, item)}"/>\n' if outlet.has_terms else ""
    return f"""<entry>
<id>tag:{outlet.slug}.example,2020:{item.publication.number}</id>
<title type="text">{escape(article.title)}</title>
<link rel="alternate" type="text/html" href="{_item_url(outlet, base, item)}"/>
<published>{date_of(outlet, item.published)}</published>
<updated>{date_of(outlet, item.updated)}</updated>
{author}{category}<summary>{escape(excerpt_of(article.paragraphs))}</summary>
<content type="html">{escape(_body(outlet, item))}</content>
</entry>"""


def _json(outlet: Outlet, base: str, published: Sequence[PublishedItem]) -> dict[str, Any]:
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.title,
        "home_page_url": f"{base}/{outlet.slug}/",
        "feed_url": f"{base}/{outlet.slug}/{outlet.path}",
        "language": "zh-CN",
        "items": [_json_item(outlet, base, item) for item in published],
    }


def _json_item(outlet: Outlet, base: str, published_item: PublishedItem) -> dict[str, Any]:
    article = published_item.publication.article
    item: dict[str, Any] = {
        "id": str(published_item.publication.number),
        "url": base + published_item.path,
        "title": article.title,
        "date_published": date_of(outlet, published_item.published),
    }
    if outlet.has_full_text:
        item["content_html"] = html_of(outlet, article.paragraphs)
    else:
        item["content_text"] = excerpt_of(article.paragraphs)
    if published_item.updated != published_item.published:
        item["date_modified"] = date_of(outlet, published_item.updated)
    if article.author:
        item["authors"] = [{"name": article.author}]
    if outlet.has_terms:
        item["tags"] = [_category(outlet, published_item)]
    return item
