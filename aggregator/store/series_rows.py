"""Rows of series: opened by the transaction that stores an issue, ended when no issue is left.

``items.series`` is the key of source and skeleton, also while there is no such series yet. An item is an issue if a
series has its key and was not dissolved. Two workers that open one series at the same time insert one row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, select

from aggregator.messages import Message, decisions
from aggregator.steps.stories.series import MAX_GAP, MIN_DAYS, Issue, count_issue_days, read_title, series_name
from aggregator.store import rendered_feeds
from aggregator.store.schema.series_columns import IS_OPEN
from aggregator.store.schema.tables import items, series
from aggregator.store.sql.dialect import storable
from aggregator.store.sql.statements import in_list, upsert

_KNOWN = select(series.c.key, series.c.id, series.c.dissolved).where(in_list(series.c.key, "keys"))
_STORED = select(items.c.series, items.c.published, func.coalesce(items.c.story_id, items.c.id)).where(
    in_list(items.c.series, "keys"), items.c.removed.is_(None)
)
_MOST_ISSUES = 200  # that are read to recognize series


@dataclass(frozen=True, slots=True)
class PossibleIssue:
    """A stored item with a key."""

    key: int
    source_id: int
    title: str
    published: datetime


def record_issues(
    connection: Connection, stored: Iterable[PossibleIssue], now: datetime, left_keys: Collection[int] = ()
) -> None:
    """Open the series that stored items make known, and mark the feeds of all their series stale.

    ``left_keys``: of series that an item has left.
    """
    by_key = {issue.key: issue for issue in sorted(stored, key=lambda issue: issue.published)}
    keys = {*by_key, *left_keys}
    if not keys:
        return
    known = {row.key: row for row in connection.execute(_KNOWN, {"keys": keys})}
    recognized = _recognize(connection, [by_key[key] for key in sorted(by_key.keys() - known.keys())])
    if recognized:
        rows = [_row(issue, why, now) for issue, why in recognized]
        connection.execute(upsert(connection, series, "key"), rows)
    rendered_feeds.mark_stale(connection, {f"series/{row.id}" for row in known.values() if row.dissolved is None})


def _recognize(connection: Connection, issues: Sequence[PossibleIssue]) -> list[tuple[PossibleIssue, Message]]:
    """Return the issues that open a series, with the reason, in their order."""
    found: list[tuple[PossibleIssue, Message]] = []
    days = _issue_days(connection, issues) if issues else {}
    for issue in issues:
        read = read_title(issue.title)
        if read and read.form and days[issue.key]:
            found.append((issue, decisions.SERIES_FORM(form=decisions.SERIES_FORMS[read.form]())))
        elif days[issue.key] >= MIN_DAYS:
            found.append((issue, decisions.SERIES_DAYS(days=days[issue.key])))
    return found


def _issue_days(connection: Connection, issues: Sequence[PossibleIssue]) -> dict[int, int]:
    """Return for each key on how many days issues of it came out; items that an admin took out of series are none."""
    stored: dict[int, list[Issue]] = {issue.key: [] for issue in issues}
    oldest = min(issue.published for issue in issues) - MIN_DAYS * MAX_GAP
    query = _STORED.where(items.c.published >= oldest).order_by(items.c.published.desc(), items.c.id.desc())
    for key, published, story_id in connection.execute(query.limit(_MOST_ISSUES), {"keys": stored}):
        stored[key].append(Issue(published, story_id))
    return {key: count_issue_days(found) for key, found in stored.items()}


def _row(issue: PossibleIssue, why: Message, now: datetime) -> dict[str, object]:
    read = read_title(issue.title)
    return {
        "key": issue.key,
        "source_id": issue.source_id,
        "skeleton": storable(read.skeleton if read else ""),
        "name": storable(series_name(issue.title)),
        "why": why,
        "opened": now,
    }


def end_series(connection: Connection) -> None:
    """Delete the series without issues and their feeds; those that an admin dissolved stay known."""
    has_issue = exists().where(items.c.series == series.c.key, items.c.removed.is_(None))
    ended = delete(series).where(IS_OPEN, ~has_issue).returning(series.c.id)
    ids = connection.execute(ended).scalars().all()
    rendered_feeds.delete_listings(connection, [f"series/{series_id}" for series_id in ids])
