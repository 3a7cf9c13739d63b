"""A minimal pipeline for tests of the scheduler: fetch, plan the next poll, record it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from aggregator.config.load import Config, parse_config
from aggregator.model import Failed, Fetched, NotModified, Poll, PollResult
from aggregator.polling.schedule import plan_next_poll
from aggregator.services import Tools
from aggregator.store import Store
from tests.clock import running


async def visit(poll: Poll, tools: Tools) -> PollResult:
    """Poll a source without reading the document."""
    outcome = await tools.fetcher.get(poll.url, poll.validators)
    return await tools.run_in_writer(settle, poll, outcome, tools)


def settle(poll: Poll, outcome: Fetched | NotModified | Failed, tools: Tools) -> PollResult:
    now = tools.clock()
    rhythm = plan_next_poll(poll, outcome, settings=tools.config.polling, now=now, rng=tools.rng)
    failure = outcome if isinstance(outcome, Failed) else None
    result = PollResult(
        source_id=poll.source.id,
        at=now,
        outcome="failed" if failure else "unchanged",
        state=rhythm.state,
        next_poll=rhythm.next_poll,
        interval=rhythm.interval,
        failures=rhythm.failures,
        elapsed=outcome.elapsed,
        error_kind=failure.kind if failure else None,
        error=failure.reason if failure else None,
        lease=poll.lease,
    )
    with tools.store.write_transaction() as writer:
        writer.record_poll_result(result)
    return result


async def publish_nothing(tools: Tools) -> int:
    return 0


def config_of(folder: Path, urls: list[str], polling: str) -> Config:
    """Return a config with these source URLs (slugs s0, s1 …) and lines in [polling]; its database is in ``folder``."""
    sources = "\n".join(f'[[sources]]\nurl = "{url}"\nslug = "s{n}"\n' for n, url in enumerate(urls))
    text = f'[database]\nurl = "sqlite:///gedi.db"\n[polling]\nallow = ["127.0.0.0/8"]\n{polling}\n{sources}'
    return parse_config(text.encode(), folder / "config.toml")


def store_of(config: Config) -> Store:
    """Open the config's database, which is empty; store the sources, all of them due."""
    store = Store.open(config.database_url, migrate=False)
    store.sync_sources(config.sources, running() - timedelta(seconds=1), timedelta(0))
    return store
