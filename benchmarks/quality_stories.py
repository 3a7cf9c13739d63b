"""Quality of stories, on invented Chinese events and on the ECB+ development topics (in GEDI_DATA) in random order."""

from __future__ import annotations

import json
import os
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aggregator.steps.stories.related import rank_related
from benchmarks.generated_stories import generate_stories
from benchmarks.simulated_store import RawItem, SimulatedStore

_START = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    for seed in range(2):
        measure_generated(seed)
    data = os.environ.get("GEDI_DATA")
    if not data:
        print("stories, ECB+: GEDI_DATA is not set")
        return
    lines = (Path(data) / "stories/ecbplus_dev/ecbplus_dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    scores, nearest = [], []
    for seed in range(3):
        store, events = store_in_random_order(rows, seed)
        scores.append(b_cubed([store.story[n] for n in range(1, len(rows) + 1)], events))
        nearest.append(same_event_share(store, events))
    for name, values in zip(("P", "R", "F1"), zip(*scores, strict=True), strict=True):
        each = ", ".join(f"{value:.1%}" for value in values)
        print(f"stories, ECB+ dev: B-cubed {name} {sum(values) / len(values):.1%} ({each})")
    print("  baseline: F1 86.1 online, 86.7 average link in one batch (held out)")
    each = ", ".join(f"{value:.1%}" for value in nearest)
    print(
        f"related, ECB+ dev: P@5 of the same event {sum(nearest) / len(nearest):.1%} ({each}); baseline 95.5 (held out)"
    )


def measure_generated(seed: int, events: int = 60) -> float:
    """Return the B-cubed F1 on invented Chinese events, each of which has similar ones."""
    reports = generate_stories(seed, events)
    store = SimulatedStore(locating=True)
    store.stream(report.raw for report in reports)
    found = [store.story[n] for n in range(1, len(reports) + 1)]
    precision, recall, f1 = b_cubed(found, [str(report.event) for report in reports])
    print(f"stories, generated {seed}: B-cubed P {precision:.1%} R {recall:.1%} F1 {f1:.1%}")
    print(
        f"  {len(reports)} reports, {len(set(found))} stories of {events} events, "
        f"largest {max(map(found.count, found))}"
    )
    return f1


def store_in_random_order(
    rows: Sequence[Mapping[str, Any]], seed: int, batch: int = 20
) -> tuple[SimulatedStore, list[str]]:
    """Store the rows in random order; return the store and the true events in that order."""
    order = list(rows)
    random.Random(seed).shuffle(order)
    store = SimulatedStore()
    publishers: dict[str, int] = {}
    store.stream((_raw(row, publishers, n) for n, row in enumerate(order)), batch)
    print(
        f"  seed {seed}: {len(set(store.story.values()))} stories of {len({r['event'] for r in rows})}; "
        + ", ".join(f"{step} {1000 * s / len(rows):.2f} ms" for step, s in store.seconds.items())
    )
    return store, [row["event"] for row in order]


def same_event_share(store: SimulatedStore, events: Sequence[str]) -> float:
    """Return the share of the five nearest reports, of any story, that report the same event."""
    shares: list[float] = []
    for item in store.items.values():
        others = [(other._replace(story_id=other.id), marks, topics) for other, marks, topics in store.candidates(item)]
        found = rank_related(item, item.id, others, limit=5)
        shares.append(sum(events[near.item_id - 1] == events[item.id - 1] for near in found) / 5)
    return sum(shares) / len(shares)


def _raw(row: Mapping[str, Any], publishers: dict[str, int], number: int) -> RawItem:
    source = publishers.setdefault(row["publisher"] or str(number), len(publishers))
    return RawItem(source, row["title"], row["text"], _START + timedelta(minutes=number))


def b_cubed(found: Sequence[int], truth: Sequence[str]) -> tuple[float, float, float]:
    """Return B-cubed precision, recall and F1, averaged over the items."""
    clusters, events = defaultdict(set), defaultdict(set)
    for number, (story, event) in enumerate(zip(found, truth, strict=True)):
        clusters[story].add(number)
        events[event].add(number)
    shared = [
        (len(clusters[s] & events[e]), len(clusters[s]), len(events[e])) for s, e in zip(found, truth, strict=True)
    ]
    precision = sum(both / cluster for both, cluster, _ in shared) / len(shared)
    recall = sum(both / event for both, _, event in shared) / len(shared)
    return precision, recall, 2 * precision * recall / (precision + recall)


if __name__ == "__main__":
    main()
