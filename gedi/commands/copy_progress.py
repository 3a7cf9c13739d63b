"""The progress of a copy between databases: a bar on a terminal, or lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from aggregator.store.transfer.move import Progress as CopyProgress
from aggregator.store.transfer.move import Report
from aggregator.texts import Phrase, localize

_WORDS = {"copy": Phrase("copying"), "catch up": Phrase("catching up"), "finish": Phrase("verifying")}


@contextmanager
def copy_progress(*, as_json: bool, hidden: bool = False) -> Iterator[Report]:
    """Yield what shows the progress: a line for each table in JSON, or a bar on a terminal unless it is ``hidden``."""
    if as_json:
        yield _print_json
        return
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=hidden or not console.is_terminal) as progress:
        shown: dict[tuple[str, str], TaskID] = {}

        def report(step: CopyProgress) -> None:
            name = (step.phase, step.table)
            if name not in shown:
                for task in shown.values():
                    progress.update(task, visible=False)
                shown[name] = progress.add_task(
                    f"{localize(_WORDS[step.phase])} {step.table}", total=max(step.total, 1)
                )
            progress.update(shown[name], completed=step.done, total=max(step.total, step.done, 1))

        yield report


def _print_json(step: CopyProgress) -> None:
    record = {"phase": step.phase, "table": step.table, "rows": step.done, "total": step.total}
    if step.result is not None:
        record |= {"changed": step.result.changed, "equal": step.result.is_equal, "digest": step.result.digest}
    click.echo(json.dumps(record))
