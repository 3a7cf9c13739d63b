"""The page of an article -> its text, in a child process. The one door to trafilatura.

trafilatura is loaded when the first article comes, so that only children that read articles pay for it (22 MB).
"""

from __future__ import annotations

import dataclasses
import re

from aggregator.intake.digest import Task, understood
from aggregator.messages import Message, fetch_errors
from aggregator.model import Draft
from aggregator.steps.entries.clean import Unusable, clean
from aggregator.steps.entries.truncation import is_about
from aggregator.steps.text.normalize import fold
from feeds.encoding.charsets import charset_of
from feeds.encoding.decode import decode
from feeds.html.parse import find, inner_html, parse, prepared
from feeds.model import Entry, Feed

MOST_MARKUP = 1_000_000  # characters of a page that are looked at
_GOOD_EXCERPT = 40
_BODY = re.compile(r"<body[^<>]*>(.*)</body>", re.S)


def read_article(task: Task, stored: Draft) -> Draft | Message:
    """The stored item with the text of its article, or why the page does not give it."""
    markup = decode(task.body, task.source.encoding, charset_of(task.headers.get("content-type"))).text[:MOST_MARKUP]
    found = _selected(markup, task.source.select.article) or _extracted(markup)
    if not found:
        return fetch_errors.NO_ARTICLE()
    entry = Entry(title=stored.title, link=stored.url, content=_without_title(found, stored.title))
    fresh = clean(entry, Feed(), task.source, stored.uid, stored.content_hash, task.now)
    if isinstance(fresh, Unusable) or fresh.length <= stored.length:
        return fetch_errors.SHORT_ARTICLE()
    if not is_about(fresh.text, fold(stored.title), fold(stored.excerpt)):
        return fetch_errors.OTHER_ARTICLE()
    return understood(_joined(stored, fresh), task)


def _joined(stored: Draft, fresh: Draft) -> Draft:
    return dataclasses.replace(
        stored,
        html=fresh.html,
        text=fresh.text,
        length=fresh.length,
        excerpt=stored.excerpt if len(stored.excerpt) >= _GOOD_EXCERPT else fresh.excerpt,
        author=stored.author or fresh.author,
        editor=stored.editor or fresh.editor,
        origin=stored.origin or fresh.origin,
    )


def _selected(markup: str, selector: str) -> str:
    """What the config says the text is; "" where it says nothing, or nothing is there."""
    root = parse(markup) if selector else None
    return "".join(inner_html(one) for one in find(root, selector)) if root is not None else ""


def _extracted(markup: str) -> str:
    import trafilatura

    found = trafilatura.extract(
        prepared(markup),
        output_format="html",
        include_comments=False,
        include_formatting=True,
        include_links=False,
        include_images=False,
        include_tables=True,
        with_metadata=False,
    )
    body = _BODY.search(found or "")
    return body[1].strip() if body else ""


def _without_title(markup: str, title: str) -> str:
    """Pages repeat the headline over the text."""
    first = re.match(r"\s*<(h[1-6]|p)\b[^<>]*>(.{1,400}?)</\1>", markup, re.S)
    if first and re.sub(r"<[^<>]*>|\s", "", first[2]) == re.sub(r"\s", "", title):
        return markup[first.end() :]
    return markup
