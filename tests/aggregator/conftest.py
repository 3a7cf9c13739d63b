"""Helpers of the polling tests: one GET, or several at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from aggregator.fetching.fetcher import Fetcher
from aggregator.messages import render
from aggregator.model import Failed, Fetched, NotModified, Validators
from tests.aggregator.settings import Settings

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
Outcome = Fetched | NotModified | Failed


def get(url: str, validators: Validators | None = None, settings: Settings | None = None) -> Outcome:
    """Fetch ``url`` with a new Fetcher."""
    return get_all([url], validators, settings)[0]


def get_all(urls: list[str], validators: Validators | None = None, settings: Settings | None = None) -> list[Outcome]:
    """Fetch all URLs concurrently with one Fetcher; return the results in order."""

    async def visit() -> list[Outcome]:
        async with Fetcher(
            settings or Settings(), "Gedi-Test/1.0 (+http://example.org/)", clock=lambda: NOW
        ) as fetcher:
            return await asyncio.gather(*(fetcher.get(url, validators or Validators()) for url in urls))

    return asyncio.run(visit())


def fetched(outcome: Outcome) -> Fetched:
    assert isinstance(outcome, Fetched), outcome
    return outcome


def failed(outcome: Outcome) -> Failed:
    assert isinstance(outcome, Failed), outcome
    assert render(outcome.reason).endswith((".", ")")), "a whole sentence"
    return outcome
