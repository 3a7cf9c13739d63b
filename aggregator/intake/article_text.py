"""Extract the text of an article from its page, in a worker process. The only importer of trafilatura.

trafilatura is imported with the first article, so that only processes that read articles need its 22 MB.
"""

from __future__ import annotations

import dataclasses
import re

from aggregator.intake.digest import enrich
from aggregator.intake.parse_task import ParseTask
from aggregator.messages import Message, fetch_errors
from aggregator.model import Draft
from aggregator.steps.entries.clean import Unusable, clean
from aggregator.steps.entries.truncation import matches_article
from aggregator.steps.text.normalize import fold
from feeds.encoding.charsets import charset_parameter
from feeds.encoding.decode import decode
from feeds.html.metadata import page_picture
from feeds.html.parse import find_all, inner_html, parse_html, prepare_html
from feeds.model import Entry, Feed

MAX_MARKUP = 1_000_000  # characters of a page that are read
_MIN_EXCERPT = 40
_BODY = re.compile(r"<body[^<>]*>(.*)</body>", re.S)


def extract_article(task: ParseTask, stored: Draft) -> Draft | Message:
    """Return the stored draft with the text of its article, or a message why the page does not provide it."""
    markup = decode(task.body, task.source.encoding, charset_parameter(task.headers.get("content-type"))).text[
        :MAX_MARKUP
    ]
    found = _select_by_config(markup, task.source.select.article) or _extract_by_trafilatura(markup)
    if not found:
        return fetch_errors.NO_ARTICLE()
    content, picture = _strip_title(found, stored.title), page_picture(markup, task.url)
    entry = Entry(title=stored.title, link=stored.url, content=content, picture=picture)
    fresh = clean(entry, Feed(), task.source, stored.uid, stored.content_hash, task.now)
    if isinstance(fresh, Unusable) or fresh.length <= stored.length:
        return fetch_errors.SHORT_ARTICLE()
    if not matches_article(fresh.text, fold(stored.title), fold(stored.excerpt)):
        return fetch_errors.OTHER_ARTICLE()
    return enrich([_merge_drafts(stored, fresh)], task)[0]


def _merge_drafts(stored: Draft, extracted: Draft) -> Draft:
    return dataclasses.replace(
        stored,
        html=extracted.html,
        text=extracted.text,
        length=extracted.length,
        excerpt=stored.excerpt if len(stored.excerpt) >= _MIN_EXCERPT else extracted.excerpt,
        author=stored.author or extracted.author,
        editor=stored.editor or extracted.editor,
        picture=stored.picture or extracted.picture,
        origin=stored.origin or extracted.origin,
    )


def _select_by_config(markup: str, selector: str) -> str:
    """Return the HTML selected by the source's ``select.article``; "" if it is unset or matches nothing."""
    root = parse_html(markup) if selector else None
    return "".join(inner_html(one) for one in find_all(root, selector)) if root is not None else ""


def _extract_by_trafilatura(markup: str) -> str:
    import trafilatura

    found = trafilatura.extract(
        prepare_html(markup),
        output_format="html",
        include_comments=False,
        include_formatting=True,
        include_links=False,
        include_images=True,
        include_tables=True,
        with_metadata=False,
    )
    body = _BODY.search(found or "")
    return body[1].strip() if body else ""


def _strip_title(markup: str, title: str) -> str:
    """Return the HTML without a first heading or paragraph that repeats the title."""
    first = re.match(r"\s*<(h[1-6]|p)\b[^<>]*>(.{1,400}?)</\1>", markup, re.S)
    if first and re.sub(r"<[^<>]*>|\s", "", first[2]) == re.sub(r"\s", "", title):
        return markup[first.end() :]
    return markup
