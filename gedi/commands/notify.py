"""``gedi notify``: the targets of notifications, their state, and test messages."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click

from aggregator.config.load import Config
from aggregator.messages import Message, english
from aggregator.model.notifications import TargetState
from aggregator.notifications.targets import Target, targets_of
from aggregator.store import Store
from aggregator.texts import localize, t
from gedi.commands import EXIT_FAILED, EXIT_USAGE, clock, config_option, fail, json_option, load_config, open_store


@click.command("notify")
@click.argument("action", required=False, type=click.Choice(["test"]))
@click.argument("names", metavar="[NAME]...", nargs=-1)
@config_option
@json_option
def notify(action: str | None, names: tuple[str, ...], config_path: Path, as_json: bool) -> None:
    """List the targets of [[notify]]: what waits for them, what was sent, and why it fails.

    "gedi notify test" sends a test message to every target, or to those named, at once: whatever waits, quiet hours and
    limits are passed by. Exit status 1 if any of them fails.

    \b
    gedi notify
    gedi notify test
    gedi notify test editors
    """
    config = load_config(config_path, may_be_unset={"web", "sources"})
    targets = targets_of(config)
    if not targets:
        fail(t("{file} has no [[notify]]; docs/recipes.md shows some", file=config_path), EXIT_USAGE)
    unknown = [name for name in names if name not in {target.name for target in targets}]
    if unknown:
        fail(
            t(
                "no target {names} in {file}; gedi notify lists them",
                names=", ".join(unknown),
                file=config_path,
            ),
            EXIT_USAGE,
        )
    store = open_store(config)
    if action is None:
        _list(targets, store.target_states([target.key for target in targets]), as_json)
        return
    chosen = [target for target in targets if not names or target.name in names]
    results = asyncio.run(_send_tests(chosen, config, store))
    for target, problem in zip(chosen, results, strict=True):
        if as_json:
            click.echo(json.dumps({"target": target.name, "ok": problem is None, "error": english(problem)}))
        else:
            click.echo(f"{target.name}: {t('sent') if problem is None else localize(problem)}")
    sys.exit(EXIT_FAILED if any(results) else 0)


async def _send_tests(targets: Sequence[Target], config: Config, store: Store) -> list[Message | None]:
    from aggregator.fetching.fetcher import Fetcher
    from aggregator.notifications.delivery import send_test
    from aggregator.runtime.process_pool import ProcessPool
    from aggregator.services import Tools

    with ThreadPoolExecutor(1) as writer:
        async with (
            Fetcher(config.polling, config.polling.user_agent or "Gedi", clock=clock()) as fetcher,
            ProcessPool(1) as pool,
        ):
            tools = Tools(config, store, fetcher, pool, writer, clock(), random.Random())
            return await asyncio.gather(*(send_test(target, tools) for target in targets))


def _list(targets: Sequence[Target], states: Sequence[TargetState], as_json: bool) -> None:
    for target, state in zip(targets, states, strict=True):
        click.echo(json.dumps(_to_json(target, state), ensure_ascii=False) if as_json else _line(target, state))


def _to_json(target: Target, state: TargetState) -> dict[str, Any]:
    times = {name: getattr(state, name) for name in ("since", "last_sent", "failing_since", "next_at")}
    return {
        "target": target.name,
        "kind": target.kind,
        "what": target.what.kind,
        "value": target.what.value or None,
        "waiting": state.waiting,
        "sent": state.sent,
        "given_up": state.given_up,
        **{name: time.isoformat(timespec="seconds") if time else None for name, time in times.items()},
        "error": english(state.error),
    }


def _line(target: Target, state: TargetState) -> str:
    what = f"{target.what.kind}{':' if target.what.kind == 'search' else '/'}{target.what.value}".rstrip("/")
    facts = [t("{count} waiting", count=state.waiting), t("{count} sent", count=state.sent)]
    if state.given_up:
        facts.append(t("{count} given up", count=state.given_up))
    if state.last_sent:
        facts.append(t("last {time:%Y-%m-%d %H:%M}Z", time=state.last_sent))
    if state.since is None:
        facts.append(t("not seen by a worker yet"))
    error = (
        t(
            "\n    failing since {time:%Y-%m-%d %H:%M}Z: {error}",
            time=state.failing_since,
            error=state.error,
        )
        if state.error
        else ""
    )
    return f"{target.name}  {what}  {', '.join(facts)}{error}"
