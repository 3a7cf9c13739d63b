"""Records of filtered entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aggregator.messages import decisions
from aggregator.model.filters import FilteredEntry, FilterReason
from aggregator.store import Store
from tests.aggregator.store.writing import insert_items
from tests.entry_factories import NOW, draft, source

HOUR = timedelta(hours=1)


def entry(number: int, rule: str = "推广") -> FilteredEntry:
    verdict = FilterReason("exclude", decisions.EXCLUDED_IN_TITLE(rule=rule))
    return FilteredEntry(f"{number:032x}", f"推广：{number}号楼", f"https://paper.example/{number}.html", verdict)


def with_sources(store: Store) -> dict[str, int]:
    listed = [source(slug=slug, url=f"https://{slug}.example/rss") for slug in ("a", "b")]
    return store.sync_sources(listed, NOW, HOUR)


def test_a_filtered_entry_is_recorded_once(store: Store) -> None:
    ids = with_sources(store)
    with store.write_transaction() as writer:
        writer.record_filtered_entries(ids["a"], [entry(1), entry(1), entry(2)], NOW)
        writer.record_filtered_entries(ids["b"], [entry(1)], NOW + HOUR)
    with store.write_transaction() as writer:
        writer.record_filtered_entries(ids["a"], [entry(1, "楼")], NOW + 2 * HOUR)
    rows = store.filtered_entries(10)
    assert [(row.source, row.at) for row in rows] == [("b", NOW + HOUR), ("a", NOW), ("a", NOW)]
    assert [row.reason.evidence.get("rule") for row in store.filtered_entries(10, "a")] == ["楼", "推广"]
    assert store.filtered_entries(1) == rows[:1]
    assert [row.source for row in store.filtered_entries(10, url="https://paper.example/1.html")] == ["b", "a"]
    week = timedelta(days=7)
    counts = [{row.slug: row.kept_out for row in store.source_health(at + week)} for at in (NOW, NOW + HOUR)]
    assert counts == [{"a": 2, "b": 1}, {"a": 0, "b": 1}]


def test_storing_an_entry_deletes_its_record(store: Store) -> None:
    number = with_sources(store)["a"]
    with store.write_transaction() as writer:
        writer.record_filtered_entries(number, [entry(1), entry(2)], NOW)
        insert_items(writer, number, [draft("推广：1号楼", uid=entry(1).uid)], NOW)
    assert [row.uid for row in store.filtered_entries(10)] == [entry(2).uid]


def test_records_are_pruned_after_a_month(store: Store) -> None:
    number = with_sources(store)["a"]
    with store.write_transaction() as writer:
        writer.record_filtered_entries(number, [entry(1)], NOW)
        writer.record_filtered_entries(number, [entry(2)], NOW + timedelta(days=20))
    store.prune(NOW + timedelta(days=31), timedelta(days=180))
    assert [row.uid for row in store.filtered_entries(10)] == [entry(2).uid]


def test_unstorable_text_is_cleaned(store: Store) -> None:
    number = with_sources(store)["a"]
    odd = replace(entry(1), title="\x00\ud800推广", url="https://paper.example/\ud800")
    with store.write_transaction() as writer:
        writer.record_filtered_entries(number, [odd, entry(2, "\x00\ud800长" * 2000)], NOW)
    rules = sorted(str(row.reason.evidence.get("rule")) for row in store.filtered_entries(10))
    assert rules == ["?长" * 166 + "?", "推广"]


def test_a_changed_rule_clears_the_validators(store: Store) -> None:
    listed = source(exclude=("推广",))
    number = store.sync_sources([listed], NOW, HOUR)["a"]
    before = store.sources()[0]
    assert (before.exclude, before.advertorial) == (("推广",), "keep")
    for changed in (replace(listed, exclude=()), replace(listed, exclude=(), advertorial="drop")):
        store.sync_sources([changed], NOW, HOUR)
        found = store.sources()[0]
        assert (found.id, found.exclude, found.advertorial) == (number, (), changed.advertorial)
        assert found.document_key != before.document_key


def test_the_evidence_of_an_advertorial_is_stored(store: Store) -> None:
    number = with_sources(store)["a"]
    marked = draft("新车试驾周", uid="1" * 32, advertorial=decisions.LABEL_IN_TERMS(words="广告"))
    with store.write_transaction() as writer:
        ids = insert_items(writer, number, [marked, draft("樱桃熟了", uid="2" * 32)], NOW)
    assert [detail.advertorial for uid in ("1" * 32, "2" * 32) if (detail := store.item(ids[uid]))] == [
        marked.advertorial,
        None,
    ]
