"""An entry that an admin lets in passes the filters of its source."""

from __future__ import annotations

from datetime import UTC, datetime

from aggregator.intake.digest import parse_document
from aggregator.intake.parse_task import ParseTask
from aggregator.model import KnownItems, ParsedDocument, Source

BODY = b"""<rss version="2.0"><channel><title>a</title><item><title>advert</title><guid>1</guid></item>
<item><title>advert again</title><guid>2</guid></item></channel></rss>"""
SOURCE = Source(1, "a", "https://a.example/feed", "A", exclude=("advert",))
NOW = datetime(2026, 5, 20, 2, 24, tzinfo=UTC)


def parse(known: KnownItems) -> ParsedDocument:
    parsed = parse_document(ParseTask(SOURCE, SOURCE.url, {}, BODY, known, NOW))
    assert isinstance(parsed, ParsedDocument)
    return parsed


def test_an_admitted_entry_passes_the_filters() -> None:
    first, second = parse(KnownItems()).filtered_entries
    parsed = parse(KnownItems(admitted=frozenset({second.uid})))
    assert [entry.uid for entry in parsed.filtered_entries] == [first.uid]
    assert [draft.uid for draft in parsed.drafts] == [second.uid]
