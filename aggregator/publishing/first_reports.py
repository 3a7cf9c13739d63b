"""Find the first reports of stored stories, with the habits of their outlets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from aggregator.config.load import Config
from aggregator.model import ItemCard
from aggregator.steps.stories.first_report import FirstReport, contenders, find_first_report, read_habit
from aggregator.store import Store


def find_first_reports(
    store: Store, config: Config, reports: Mapping[int, Sequence[ItemCard]]
) -> dict[int, FirstReport]:
    """Return story -> who was first among these reports of it, with one read."""
    zone = ZoneInfo(config.site.timezone)
    outlets = {story: contenders(cards) for story, cards in reports.items()}
    compared = {slug for slugs in outlets.values() if len(slugs) > 1 for slug in slugs}
    times = store.dated_items(compared) if compared else {}
    habits = {slug: read_habit(items, zone) for slug, items in times.items()}
    found = {story: find_first_report(cards, habits, zone) for story, cards in reports.items()}
    return {story: first for story, first in found.items() if first is not None}
