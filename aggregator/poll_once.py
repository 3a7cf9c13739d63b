"""One poll of selected sources, without a schedule: ``gedi poll``.

Imports neither the scheduler nor what reads documents, because most polls find nothing new.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from aggregator.config.load import Config, follow_lists
from aggregator.model import Poll, PollResult, PollSelection
from aggregator.pipeline import poll_source
from aggregator.polling.environment import WorkerEnvironment, open_tools
from aggregator.polling.poll_runner import PollRunner
from aggregator.polling.single_poll import prepare_poll
from aggregator.services import Tools
from aggregator.store import Store

MAX_CLAIMED = 1_000_000  # sources polled at once: all


async def poll_once(
    config: Config,
    store: Store,
    selection: PollSelection,
    environment: WorkerEnvironment,
    on_progress: Callable[[PollResult], None] = lambda result: None,
) -> list[PollResult]:
    """Poll the selected sources once each. Returns the results in order of completion."""
    results: list[PollResult] = []

    def on_result(_poll: Poll, result: PollResult) -> None:
        results.append(result)
        on_progress(result)

    lease = timedelta(hours=1)
    async with open_tools(config, store, environment) as tools:
        if config.list_addresses:
            tools = await _with_new_lists(tools)
            config = tools.config
        runner = PollRunner(tools, environment.poll_source or poll_source, on_result)
        try:
            await tools.run_in_writer(prepare_poll, config, store, tools.clock())
            polls = await tools.run_in_writer(
                store.claim_polls, tools.clock(), MAX_CLAIMED, lease, tools.owner, selection
            )
            runner.add(polls, lease)
            while runner.is_busy:
                runner.start_ready()
                await runner.wait_for_any(1.0)
            if any(source.articles for source in config.sources):
                await _fetch_articles(tools)
            if config.settings.notify:
                await _send_notifications(tools)
        finally:
            await runner.stop(0)
    return results


async def _with_new_lists(tools: Tools) -> Tools:
    """Fetch the lists of sources that are due, and return tools with a config that has their sources."""
    from aggregator.jobs.list_fetch import fetch_lists

    await fetch_lists(tools)
    return replace(tools, config=await tools.run_in_writer(follow_lists, tools.config, tools.store))


async def _fetch_articles(tools: Tools) -> None:
    from aggregator.jobs.article_fetch import ArticleFetcher

    articles = ArticleFetcher()
    try:
        await articles.drain(tools)
    finally:
        await articles.stop()


async def _send_notifications(tools: Tools) -> None:
    from aggregator.jobs.notify import Notifier

    notifier = Notifier()
    try:
        await notifier.drain(tools)
    finally:
        await notifier.stop()
