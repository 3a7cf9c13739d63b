"""Migration 0012 converts stored sentences to messages, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, text

from aggregator.messages import TEXT, Message, decisions, fetch_errors, incidents, poll_reasons, push_errors, render
from aggregator.messages.message import unpack
from aggregator.messages.rendering import codes
from aggregator.messages.short_form import short_form
from aggregator.model import PollSelection, SubscriptionState
from aggregator.store import Store
from aggregator.store.migrations import sentences
from aggregator.store.schema import migrate
from aggregator.store.sql import dialect
from aggregator.store.sql.dialect import write_transaction
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, poll_result, publish

BIGRAMS = decisions.BIGRAMS(overlap=0.94, size=212)

STORIES = {
    "": decisions.ALONE(),
    "nothing alike": decisions.ALONE(),
    "admin": decisions.STORY_ADMIN(),
    "overlap 0.94 of 212 bigrams": BIGRAMS,
    "overlap 0.94 of 212 bigrams, 0.50 of longer runs": decisions.REWORDED(evidence=BIGRAMS, runs=0.5),
    "overlap 0.94 of 212 bigrams, a bulletin under another headline": decisions.BULLETIN(evidence=BIGRAMS),
    "overlap 0.94 of 212 bigrams, but 18 ≠ 17": decisions.CONTRADICTED(evidence=BIGRAMS, contradiction="18 ≠ 17"),
    "overlap 0.81 of 900 6-grams": decisions.SIX_GRAMS(overlap=0.81, size=900),
    "headlines overlap 0.85 of 20 characters": decisions.HEADLINES(overlap=0.85, characters=20),
    "7 shared terms, 0.40 of the shorter lead": decisions.SHARED_TERMS(terms=7, overlap=0.4),
    "likeness 0.25 to item 7": decisions.LIKENESS(likeness=0.25, item=7),
    "another event than the story it was in": decisions.OTHER_EVENT(),
    "published before item 7": decisions.BEFORE(item=7),
    "item 7 was published before it": decisions.AFTER(item=7),
    "item 7 was published before it; overlap 0.94 of 212 bigrams": decisions.COPY_AFTER(item=7, evidence=BIGRAMS),
    "published first; likeness 0.25 to item 7": decisions.FIRST(evidence=decisions.LIKENESS(likeness=0.25, item=7)),
    "published first; something else": decisions.FIRST(evidence=TEXT(text="something else")),
    "words of a version long gone": TEXT(text="words of a version long gone"),
}
CATEGORIES = {
    "": decisions.UNDECIDED(),
    "admin": decisions.CATEGORY_ADMIN(),
    "source": decisions.SOURCE(),
    "term:社会新闻": decisions.TERM(term="社会新闻"),
    "pattern:/双.?十一/": decisions.PATTERN(pattern="/双.?十一/"),
    "keywords:暴雨,预警 (3.4 against 1.2)": decisions.KEYWORDS(words=("暴雨", "预警"), best=3.4, second=1.2),
    "model:0.93": decisions.MODEL_ALONE(share=0.93),
    "model:0.93 进球,联赛": decisions.MODEL(share=0.93, words="进球,联赛"),
    "prior:source": decisions.SOURCE_PRIOR(),
    "prior:要闻": decisions.TERM_PRIOR(term="要闻"),
    "something new": TEXT(text="something new"),
}
REGIONS = {
    "": decisions.UNKNOWN_REGION(),
    "admin": decisions.REGION_ADMIN(),
    "home": decisions.HOME(),
    "title:枣庄 山亭": decisions.IN_TITLE(names=("枣庄", "山亭")),
    "lead:山东": decisions.IN_LEAD(names=("山东",)),
    "text:济南": decisions.IN_TEXT(names=("济南",)),
    "dateline:鲁网": decisions.IN_DATELINE(names=("鲁网",)),
}
ADVERTS = {
    "label: 【广告】 in the title": decisions.LABEL_IN_TITLE(words="【广告】"),
    "label: 推广 among the publisher's categories": decisions.LABEL_IN_TERMS(words="推广"),
    "label: sponsored in the address": decisions.LABEL_IN_ADDRESS(words="sponsored"),
    "label: 本文为推广 in the text": decisions.LABEL_IN_TEXT(words="本文为推广"),
    "horoscope: 今日运势 in the title": decisions.HOROSCOPE(words="今日运势"),
    "lottery tips: 双色球推荐 in the title": decisions.LOTTERY(words="双色球推荐"),
    "selling: 包邮 (shops), 立即抢购 (calls to buy), 领券 (discounts)": decisions.SELLING(
        phrases=(
            decisions.PHRASES["shops"](words="包邮"),
            decisions.PHRASES["calls to buy"](words="立即抢购"),
            decisions.PHRASES["discounts"](words="领券"),
        )
    ),
}
POLL_REASONS = {
    "has an interval of its own in config.toml": poll_reasons.FIXED(),
    "publishes about 3 an hour at this time of day": poll_reasons.RATE_NOW(rate=poll_reasons.PER_HOUR(count=3)),
    "publishes less than once a month": poll_reasons.RATE(rate=poll_reasons.RARELY()),
    "publishes little at this time of day, about 4 a week on average": poll_reasons.QUIET_HOUR(
        rate=poll_reasons.PER_WEEK(count=4)
    ),
    "answered 410, gone for good": poll_reasons.GONE(),
    "failed": poll_reasons.FAILED_ONCE(),
    "failed 7 times in a row": poll_reasons.FAILED(times=7),
    "failed with the server busy": poll_reasons.BUSY_ONCE(),
    "failed 7 times in a row with the server busy": poll_reasons.BUSY(times=7),
    "publishes at full moon": TEXT(text="publishes at full moon"),
}
_GONE = "There is nothing at this address any more. Look on the publisher's site for the feed's new address."
_ODD = "The server does not accept our request. Check the address."
FETCH_ERRORS = {  # (kind, sentence)
    ("http", f"{_GONE} (HTTP 404 Not Found)"): fetch_errors.STATUSES[404](status=404, line="404 Not Found"),
    ("http", f"{_ODD} (HTTP 418 I'm a Teapot)"): fetch_errors.CLIENT_ERROR(status=418, line="418 I'm a Teapot"),
    ("dns", "The name a.example cannot be looked up. Check its spelling, or this machine's network."): (
        fetch_errors.DNS(host="a.example")
    ),
    ("timeout", "Reading the document took longer than 20 s and was stopped."): fetch_errors.READING_TIMEOUT(
        detail="Reading the document took longer than 20 s and was stopped."
    ),
    ("redirect", '"ftp:" addresses are not fetched. Give one that begins with http:// or https://.'): (
        fetch_errors.REDIRECT_UNUSABLE(reason=fetch_errors.OTHER_SCHEME(scheme="ftp"))
    ),
    ("not-a-feed", "an HTML page, not a feed"): fetch_errors.NOT_A_FEED(detail="an HTML page, not a feed"),
    (
        "not-a-feed",
        "an HTML page, not a feed. It offers this feed: http://a.example/f. Put that address into config.toml.",
    ): fetch_errors.NOT_A_FEED_BUT(detail="an HTML page, not a feed", offer="http://a.example/f"),
    ("no-items", 'the selector "li" found nothing on this page: has it been rebuilt?'): fetch_errors.NO_ITEMS(
        detail='the selector "li" found nothing on this page: has it been rebuilt?'
    ),
    ("new-kind", "In its own words."): TEXT(text="In its own words."),
}
_NO_FEED = "The server answers without a feed. Check the address. (HTTP 204 No Content)"
PUSH_ERRORS = {
    "The hub denied the subscription.": push_errors.DENIED(),
    "The hub denied the subscription: too many": push_errors.DENIED_BECAUSE(reason="too many"),
    "A poll found 3 new items that the hub had not pushed.": push_errors.MISSED(items=3),
    f"The hub does not take our request. {_NO_FEED}": push_errors.REFUSED(
        reason=fetch_errors.NO_FEED(status=204, line="204 No Content")
    ),
    "A delivery came that is of another feed.": push_errors.OTHER_FEED(),
}
FILTERS = {  # (rule, evidence)
    ("exclude", "推广 in the title"): decisions.EXCLUDED_IN_TITLE(rule="推广"),
    ("exclude", "推广 in the text"): decisions.EXCLUDED_IN_TEXT(rule="推广"),
    ("exclude", "title:招聘"): decisions.EXCLUDED(rule="title:招聘"),
    ("include", "none of 枣庄, 临沂"): decisions.NOT_INCLUDED(rules=("枣庄", "临沂")),
    ("advertorial", "label: 【广告】 in the title"): decisions.LABEL_IN_TITLE(words="【广告】"),
}
INCIDENTS: dict[tuple[str, str | None, str], Message] = {  # (subject, kind, detail)
    ("source", "dns", "The name b.example cannot be looked up. Check its spelling, or this machine's network."): (
        fetch_errors.DNS(host="b.example")
    ),
    ("config", None, "config.toml:3: one\nconfig.toml:4: two"): incidents.CONFIG(
        problems="config.toml:3: one\nconfig.toml:4: two"
    ),
    ("disk", None, "Less than 300 MB are free where the database lies. Make room, or shorten [retention] items."): (
        incidents.DISK()
    ),
    ("database", None, "The database could not be written: disk I/O error"): incidents.DATABASE(error="disk I/O error"),
}


def message(value: sentences.Value) -> Message:
    return unpack(sentences.packed(value))


def test_every_sentence_becomes_its_message_and_renders_the_same() -> None:
    found = [
        *((said, message(sentences.story(said)), want, render) for said, want in STORIES.items() if said),
        *((said, message(sentences.category(said)), want, short_form) for said, want in CATEGORIES.items()),
        *((said, message(sentences.region(said)), want, short_form) for said, want in REGIONS.items()),
        *((said, message(sentences.advert(said)), want, render) for said, want in ADVERTS.items()),
        *((said, message(sentences.poll_reason(said)), want, render) for said, want in POLL_REASONS.items()),
        *(
            (said, message(sentences.fetch_error(said, kind)), want, render)
            for (kind, said), want in FETCH_ERRORS.items()
        ),
        *((said, message(sentences.push_error(said)), want, render) for said, want in PUSH_ERRORS.items()),
        *((said, message(sentences.evidence(said, rule)), want, render) for (rule, said), want in FILTERS.items()),
        *(
            (said, message(sentences.incident(said, subject, kind)), want, render)
            for (subject, kind, said), want in INCIDENTS.items()
        ),
    ]
    for said, made, wanted, in_words in found:
        assert made == wanted, said
        assert sentences.sentence(made.pack()) == said
        if "for good" not in said:  # reworded since
            assert in_words(made) == said
    assert message(sentences.category("source:政务")) == decisions.SOURCE()


def test_the_migration_writes_known_codes_with_their_parameters() -> None:
    for code, template in sentences._ALL.items():
        named = {match[1] for match in sentences._FIELD.finditer(template)}
        named |= {"status"} if code.startswith("http.") else set()
        assert named == set(codes()[code].params), code
    for code in (*sentences._BY_KIND.values(), *sentences._READERS):
        assert set(codes()[code].params) == {"detail"}


@pytest.fixture(params=["new_sqlite", "new_postgres"])
def before(request: pytest.FixtureRequest) -> Iterator[tuple[str, Engine]]:
    """Yield a database of schema 0011 with sentences in all columns."""
    url = request.getfixturevalue(request.param)
    store = Store.open(url)
    outlets(store, "a", "b")
    publish(store, "a", *(draft(f"n{number}") for number in range(len(STORIES))))
    (poll,) = store.claim_polls(NOW, 1, HOUR, "me", PollSelection(slugs=["a"]))
    with store.write_transaction() as writer:
        writer.record_poll_result(poll_result(poll, at=NOW))
    store.close()
    engine = dialect.open_engine(url)
    with write_transaction(engine) as connection:
        command.downgrade(migrate.alembic_config(connection), "0011")
    yield url, engine
    engine.dispose()


def execute(engine: Engine, statement: str, rows: list[dict[str, Any]]) -> None:
    with write_transaction(engine) as connection:
        connection.execute(text(statement), rows)


def fill(engine: Engine) -> None:
    """Write sentences into the rows of ``before``."""
    items = zip(STORIES, cycle(CATEGORIES), cycle(REGIONS), cycle([*ADVERTS, None]), strict=False)
    rows = [dict(zip("iscra", (at, *each), strict=True)) for at, each in enumerate(items, 1)]
    change = "UPDATE items SET story_why = :s, category_why = :c, region_why = :r, advertorial = :a WHERE id = :i"
    execute(engine, change, rows)
    (kind, error), reason = next(iter(FETCH_ERRORS)), "publishes about 3 an hour at this time of day"
    values = [{"k": kind, "e": error, "n": reason}]
    execute(engine, "UPDATE sources SET error_kind = :k, error = :e, next_why = :n WHERE slug = 'a'", values)
    row = "INSERT INTO polls (source_id, at, outcome, error_kind, error, elapsed, entries, skipped, filtered)"
    polls = [{"k": kind, "e": error, "at": "2026-06-01 08:00:00"} for kind, error in FETCH_ERRORS]
    execute(engine, f"{row} VALUES (1, :at, 'failed', :k, :e, 0.1, 0, 0, 0)", polls)
    put = "INSERT INTO articles (item_id, due, attempts, reason) VALUES (:i, NULL, 1, :r)"
    execute(engine, put, [{"i": 1, "r": "the page holds no more text than the feed"}, {"i": 2, "r": None}])
    put = "INSERT INTO troubles (subject, source_id, kind, detail, failures, began) VALUES (:s, :o, :k, :d, 3, :at)"
    rows = [
        {"s": subject, "o": 1 if subject == "source" else None, "k": kind, "d": said, "at": "2026-06-01 08:00:00"}
        for subject, kind, said in INCIDENTS
    ]
    execute(engine, put, rows)
    put = "INSERT INTO kept_out (source_id, uid, title, url, rule, evidence, at) VALUES (:o, :u, '', '', :r, :e, :at)"
    rows = [
        {"o": 1 + at % 2, "u": f"{at:032x}", "r": rule, "e": said, "at": "2026-06-01 08:00:00"}
        for at, (rule, said) in enumerate(FILTERS)
    ]
    execute(engine, put, rows)
    put = (
        "INSERT INTO subscriptions (source_id, hub, topic, token, callback, secret, standing, current, next_at,"
        " failures, strikes, drops, reason, pushes, ignored)"
        " VALUES (1, 'h', 't', :t, 'c', 's', :standing, :current, :at, 1, 0, 0, :r, 0, 0)"
    )
    rows = [
        {"t": str(at), "standing": SubscriptionState.LEFT, "current": at == 0, "at": "2026-06-01 08:00:00", "r": said}
        for at, said in enumerate(PUSH_ERRORS)
    ]
    execute(engine, put, rows)


def column(engine: Engine, table: str, name: str, order: str = "id") -> list[Message | None]:
    with engine.connect() as connection:
        rows = connection.execute(text(f"SELECT {name} FROM {table} ORDER BY {order}")).scalars()
        return [None if each is None else unpack(each) for each in rows]


def test_upgrade_converts_stored_sentences_to_messages(
    before: tuple[str, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, engine = before
    fill(engine)
    monkeypatch.setattr(sentences, "BATCH", 4)
    store = Store.open(url)  # upgrades
    for name, wanted in (
        ("story_why", STORIES.values()),
        ("category_why", CATEGORIES.values()),
        ("region_why", REGIONS.values()),
        ("advertorial", [*ADVERTS.values(), None]),
    ):
        assert column(engine, "items", name) == list(islice(cycle(wanted), len(STORIES))), name
    assert column(engine, "polls", "error") == [None, *FETCH_ERRORS.values()]
    assert column(engine, "articles", "reason", "item_id") == [fetch_errors.SHORT_ARTICLE(), None]
    assert column(engine, "subscriptions", "reason") == list(PUSH_ERRORS.values())
    assert column(engine, "troubles", "detail") == list(INCIDENTS.values())
    assert column(engine, "kept_out", "evidence", "uid") == list(FILTERS.values())
    health = {row.slug: row for row in store.source_health(datetime(2026, 6, 1, 9, tzinfo=UTC))}
    assert health["a"].error == fetch_errors.STATUSES[404](status=404, line="404 Not Found")
    assert health["a"].next_why == poll_reasons.RATE_NOW(rate=poll_reasons.PER_HOUR(count=3))
    assert (health["b"].error, health["b"].next_why) == (None, None)
    detail = store.item(4)
    assert detail is not None
    assert (detail.story_why, detail.decision.why) == (BIGRAMS, decisions.TERM(term="社会新闻"))
    store.close()


def test_downgrade_restores_the_sentences(before: tuple[str, Engine]) -> None:
    url, engine = before
    fill(engine)
    Store.open(url).close()
    with write_transaction(engine) as connection:
        command.downgrade(migrate.alembic_config(connection), "0011")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT story_why, category_why, region_why FROM items ORDER BY id")).all()
        errors = list(connection.execute(text("SELECT error FROM polls ORDER BY id")).scalars())
    stories = [said or "nothing alike" for said in STORIES]
    assert [tuple(row) for row in rows] == list(zip(stories, cycle(CATEGORIES), cycle(REGIONS), strict=False))
    assert errors == [None, *(error for _, error in FETCH_ERRORS)]
