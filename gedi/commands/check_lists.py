"""The lists of sources in ``gedi check``: how many sources each has, and what is wrong with followed addresses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from aggregator.config.load import Config, reading_rules
from aggregator.config.source_lists import SourceList, read_opml_list
from aggregator.fetching.fetcher import Fetcher
from aggregator.jobs.list_fetch import ACCEPT
from aggregator.messages import Message, english
from aggregator.model import Failed, Fetched
from aggregator.model.source_lists import ListState
from aggregator.store.api.poll_store import PollStore
from aggregator.texts import t


@dataclass(frozen=True, slots=True)
class ListReport:
    """What was found about one list. ``unreachable``: why an address could not be fetched now."""

    found: SourceList
    unreachable: Message | None = None
    state: ListState | None = None  # as the service recorded it

    @property
    def ok(self) -> bool:
        return not self.found.problems

    def as_json(self) -> dict[str, Any]:
        """Return the report for programs."""
        record: dict[str, Any] = {"place": self.found.place, "ok": self.ok, "sources": len(self.found.sources)}
        if self.unreachable:
            record["unreachable"] = english(self.unreachable)
        if self.state is not None:
            record["recorded"] = state_as_json(self.state)
        return record

    def lines(self, folder: Path) -> Iterable[str]:
        """Yield what people want to know."""
        place = self.found.place.removeprefix(f"{folder}/")
        if self.unreachable:
            yield t("  {place}: cannot be fetched now: {reason}", place=place, reason=self.unreachable)
        else:
            yield t("  {place}: {count} sources", place=place, count=len(self.found.sources))
        if self.state is not None and self.state.last_poll is not None:
            error = t("; last poll failed: {error}", error=self.state.error) if self.state.error else ""
            since = t(" of {time:%Y-%m-%d %H:%M} UTC", time=self.state.changed) if self.state.changed else ""
            yield t(
                "    in force: {count} sources{since}{error}",
                count=self.state.source_count,
                since=since,
                error=error,
            )


def state_as_json(state: ListState) -> dict[str, Any]:
    """Return the state of a followed list for programs."""
    names = ("last_poll", "last_success", "changed", "next_poll")
    times = {name: moment.isoformat() if (moment := getattr(state, name)) else None for name in names}
    shown = {"state": str(state.state), "sources": state.source_count, "error": english(state.error)}
    return {**shown, "failures": state.failures, **times, "next_why": english(state.next_why)}


def check_lists(config: Config, clock: Callable[[], datetime]) -> list[ListReport]:
    """Return a report of every list; addresses are fetched, and nothing is stored."""
    files = [ListReport(each) for each in config.lists.in_order(config.polling.sources_from)]
    urls = config.list_addresses
    states = {state.url: state for state in _recorded_states(config)}
    fetched = asyncio.run(_fetch_all(config, clock)) if urls else []
    return files + [ListReport(found, reason, states.get(found.place)) for found, reason in fetched]


async def _fetch_all(config: Config, clock: Callable[[], datetime]) -> list[tuple[SourceList, Message | None]]:
    rules, _ = reading_rules(config.file_settings, config.category_tree)
    found: list[tuple[SourceList, Message | None]] = []
    async with Fetcher(config.polling, config.polling.user_agent or "Gedi", clock=clock) as fetcher:
        for url in config.list_addresses:
            answer = await fetcher.get(url, accept=ACCEPT)
            if isinstance(answer, Fetched):
                found.append((read_opml_list(url, answer.body, rules, url=answer.url), None))
            elif isinstance(answer, Failed):
                found.append((SourceList(url), answer.reason))
    return found


def _recorded_states(config: Config) -> list[ListState]:
    """Return the states that the service recorded; none without a database of this version."""
    if not config.list_addresses:
        return []
    if config.database_url.startswith("sqlite:///") and not Path(config.database_url[10:]).exists():
        return []
    try:
        store = PollStore.open(config.database_url, migrate=False)
        try:
            return store.list_states(config.list_addresses)
        finally:
            store.close()
    except Exception:  # every driver has its own exceptions; the config is checked all the same
        return []
