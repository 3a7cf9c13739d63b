"""Speed of reading items: CPU time of each step for an item, compared with feedparser alone on the same documents."""

from __future__ import annotations

import io
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from unittest.mock import patch
from xml.sax.saxutils import escape

import feedparser

from aggregator.intake import digest
from aggregator.intake.parse_task import ParseTask
from aggregator.model import KnownItems, Source
from aggregator.steps.entries.sanitize import to_paragraphs
from benchmarks.generated_stream import generate_stream

DOCUMENTS, PER_DOCUMENT, RUNS = 24, 30, 3
STEPS = (
    "_read_feed",
    "content_hash",
    "clean",
    "find_filter_reason",
    "categorize",
    "locate",
    "build_sketches",
    "build_features_of",
    "search_words_of",
    "advertorial_mark",
)
_MODULES = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
_RSS = f'<rss version="2.0" {_MODULES}><channel><title>要闻</title><link>https://a.example/</link>{{}}</channel></rss>'
_RDF = (
    f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" {_MODULES}>'
    "<channel><title>要闻</title><link>https://a.example/</link></channel>{}</rdf:RDF>"
)
_ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>要闻</title><id>a</id>{}</feed>'
_RSS_ITEM = (
    "<item><title>{title}</title><link>{link}</link><pubDate>Sun, 01 Mar 2026 08:00:00 +0800</pubDate>"
    "<description>{summary}</description><content:encoded>{content}</content:encoded></item>"
)
_RDF_ITEM = _RSS_ITEM.replace("pubDate>Sun, 01 Mar 2026 08:00:00 +0800</pubDate", "dc:date>2026-03-01</dc:date")
_ATOM_ENTRY = (
    '<entry><title>{title}</title><link href="{link}"/><id>{link}</id><updated>2026-03-01T08:00:00Z</updated>'
    '<summary type="html">{summary}</summary><content type="html">{content}</content></entry>'
)
_FORMS = (  # document, entry, encoding
    (_RSS, _RSS_ITEM, "utf-8"),
    (_ATOM, _ATOM_ENTRY, "utf-8"),
    (_RSS, _RSS_ITEM, "gbk"),
    (_RDF, _RDF_ITEM, "utf-8"),
)


def documents() -> list[bytes]:
    """Return feeds of 30 entries in several formats, half of them full texts of 500 to 2,000 characters."""
    rng = random.Random(3)
    reports = [item.raw for item in generate_stream(3, 700, 4) if len(item.raw.text) >= 500]
    made = []
    for number in range(DOCUMENTS):
        form, entry, encoding = _FORMS[number % len(_FORMS)]
        entries = []
        for at, report in enumerate(rng.sample(reports, PER_DOCUMENT)):
            full = escape(to_paragraphs(report.text[:2000])) if at % 2 else ""
            link = f"https://a.example/{number}/{at}"
            entries.append(
                entry.format(title=escape(report.title), link=link, summary=escape(report.text[:150]), content=full)
            )
        head = f'<?xml version="1.0" encoding="{encoding}"?>'
        made.append((head + form.format("".join(entries))).encode(encoding, "xmlcharrefreplace"))
    return made


@contextmanager
def _timed_steps(seconds: dict[str, float]) -> Iterator[None]:
    """Add the CPU time of each step of ``parse_document`` to ``seconds``."""

    def timed(name: str) -> Callable[..., object]:
        step = getattr(digest, name)

        def call(*arguments: object, **options: object) -> object:
            start = time.process_time()
            result = step(*arguments, **options)
            seconds[name] += time.process_time() - start
            return result

        return call

    with ExitStack() as stack:
        for name in STEPS:
            stack.enter_context(patch.object(digest, name, timed(name)))
        yield


def main() -> None:
    """Print microseconds per item, the best of several runs, and the whole as a multiple of feedparser alone."""
    digest.preload()
    now = datetime(2026, 3, 2, tzinfo=UTC)
    source = Source(1, "a", "https://a.example/feed", "A", region="370400", advertorial="mark")
    tasks = [ParseTask(source, source.url, {}, body, KnownItems(), now) for body in documents()]
    items = len(tasks) * PER_DOCUMENT
    whole, alone = float("inf"), float("inf")
    steps = dict.fromkeys(STEPS, float("inf"))
    for _ in range(RUNS):
        start = time.process_time()
        for task in tasks:
            digest.parse_document(task)
        whole = min(whole, time.process_time() - start)
        start = time.process_time()
        for task in tasks:
            feedparser.parse(io.BytesIO(task.body), sanitize_html=False, resolve_relative_uris=False)
        alone = min(alone, time.process_time() - start)
        seconds = dict.fromkeys(STEPS, 0.0)
        with _timed_steps(seconds):
            for task in tasks:
                digest.parse_document(task)
        steps = {name: min(steps[name], seconds[name]) for name in STEPS}
    for name, spent in steps.items():
        print(f"  {name.strip('_'):20} {spent / items * 1e6:7.0f} µs")
    print(f"  {'the whole':20} {whole / items * 1e6:7.0f} µs, {whole / alone:.1f} times feedparser alone, "
          f"{alone / items * 1e6:.0f} µs")  # fmt: skip


if __name__ == "__main__":
    main()
