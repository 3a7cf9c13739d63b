"""All checks in their order, the cheap ones first. None raises: a check that fails is a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from aggregator.config.load import Config
from aggregator.diagnosis.content import Content
from aggregator.diagnosis.findings import Finding
from aggregator.diagnosis.opening import CHECK, open_database
from aggregator.diagnosis.reach import Reach
from aggregator.diagnosis.surroundings import Surroundings
from aggregator.store import Store
from aggregator.store.schema.upgrade import Report
from aggregator.store.sql.dialect import reason_of
from aggregator.texts import Phrase, localize

Check = tuple[str, Callable[[], Iterable[Finding]]]


def examine(
    config: Config, clock: Callable[[], datetime], report: Report, *, offline: bool = False
) -> Iterator[tuple[str, list[Finding]]]:
    """Yield the name of each check and what it has found. ``offline``: no requests to others.

    ``report`` receives what an upgrade does, line by line.
    """
    opened = open_database(config, report)
    store = opened if isinstance(opened, Store) else None
    try:
        yield CHECK, [opened] if isinstance(opened, Finding) else []
        for name, check in _checks(config, store, clock, offline=offline):
            yield name, _findings(config, name, check)
    finally:
        if store is not None:
            store.close()


def _checks(config: Config, store: Store | None, clock: Callable[[], datetime], *, offline: bool) -> Iterator[Check]:
    around = Surroundings(config, store, clock)
    yield "config", around.config
    yield "disk", around.disk
    yield "files", lambda: [*around.permissions(), *around.leftovers()]
    yield "limits", around.limits
    if store is None:
        yield "clock", around.clock
        return
    inside, reach = Content(config, store, clock), Reach(config, store, clock)
    yield "clock", lambda: [*around.clock(), *inside.clock()]
    yield "workers", inside.workers
    yield "notify", reach.notifications
    if not offline:
        yield "hubs", reach.hubs
    yield "integrity", inside.integrity
    yield "partitions", inside.partitions
    yield "consistency", inside.consistency


def _findings(config: Config, name: str, check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    try:
        return list(check())
    except Exception as error:  # of a database that is damaged, or of a driver
        text = Phrase("this could not be checked: {reason}", reason=config.redact(localize(reason_of(error))))
        return [Finding(name, text, Phrase("mend what else is found, then check again"))]
