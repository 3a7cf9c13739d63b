"""Plan the publications of the sample outlets. Pure: the same outlets, articles, start and seed give the same events.

The two days before ``start`` have publications already; after it one follows the other, frequently at first. When all
articles are published, only bulletins follow.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Literal

from samples.article_texts import Article
from samples.assignment import Kind, PlannedPublication, plan_chains
from samples.bulletins import SERIES, make_issue
from samples.outlets import Outlet
from samples.rewriting import PrintedArticle, edit_article, print_article, reprint_article, rewrite_article

CHINA = timezone(timedelta(hours=8))
HISTORY_SPAN = timedelta(hours=46)  # period before the start that has publications
PAST_SHARE = 0.65  # share of the chains that begin before the start; higher for the long ones
CONCURRENT_CHAINS = 7  # concurrent chains


@dataclass(frozen=True, slots=True)
class Publication:
    """The publication of an item by an outlet, or (kind "edit") its change. ``number`` is the outlet's for the item.

    ``key`` names the article or series, ``event`` what it is about; ``first`` is when the item first appeared.
    """

    at: datetime
    first_at: datetime
    outlet: str
    number: int
    kind: Kind | Literal["bulletin", "edit"]
    key: str
    event: str
    category: str
    region: str | None
    article: PrintedArticle


def timeline(
    outlets: Sequence[Outlet],
    articles: Sequence[Article],
    start: datetime,
    seed: int,
    past_share: float = PAST_SHARE,
) -> Iterator[Publication]:
    """Yield every publication in order of time, endlessly. ``start`` is aware."""
    rng = random.Random(seed)
    by_slug = {outlet.slug: outlet for outlet in outlets}
    plan = sorted(
        plan_chains(outlets, articles, rng), key=lambda steps: rng.random() - (0.3 if _is_prominent(steps) else 0)
    )
    past_count = round(len(plan) * past_share)
    past, unfinished = _past_steps(plan[:past_count], start, rng)
    later = [steps for steps in (*unfinished, *plan[past_count:]) if steps]
    press = _Press(by_slug, rng)
    planned = _in_order(past, _past_bulletins(start, rng), _future_steps(later, start, rng))
    for at, step in planned:
        outlet = by_slug.get(step.outlet)
        if outlet is not None:
            yield press.publish(at, step, outlet)


def _is_prominent(steps: tuple[PlannedPublication, ...]) -> bool:
    """Return whether a chain should be visible at the start: stories of several outlets, and popular ones."""
    article = steps[0].article
    return len(steps) > 4 or (article is not None and article.category.startswith("emotion"))


# ---------------------------------------------------------------- times
def _past_steps(
    plan: Sequence[tuple[PlannedPublication, ...]], start: datetime, rng: random.Random
) -> tuple[list[tuple[datetime, PlannedPublication]], list[tuple[PlannedPublication, ...]]]:
    """Return the steps before the start with their times, and what remains of each chain."""
    done, unfinished = [], []
    for steps in plan:
        age = HISTORY_SPAN * rng.random() ** 1.6 + timedelta(minutes=4)
        at = _avoid_night(start - age, start)
        index = 0
        while index < len(steps) and at < start - timedelta(minutes=1):
            done.append((at, steps[index]))
            at += timedelta(minutes=rng.uniform(6, 200) if rng.random() < 0.8 else rng.uniform(200, 600))
            at = _avoid_night(at, start)
            index += 1
        unfinished.append(steps[index:])
    return done, unfinished


def _avoid_night(at: datetime, start: datetime) -> datetime:
    """Move a time between midnight and six to the morning, if there is one before the start."""
    hour = at.astimezone(CHINA).hour
    later = at + timedelta(hours=6)
    return later if hour < 6 and later < start else at


def _past_bulletins(start: datetime, rng: random.Random) -> list[tuple[datetime, PlannedPublication]]:
    """Return three issues of each series."""
    return [
        (start - timedelta(hours=14 * back + rng.uniform(1, 9)), _plan_bulletin(number))
        for back in (2, 1, 0)
        for number in range(len(SERIES))
    ]


def _in_order(
    past: list[tuple[datetime, PlannedPublication]],
    bulletins: list[tuple[datetime, PlannedPublication]],
    later: Iterator[tuple[datetime, PlannedPublication]],
) -> Iterator[tuple[datetime, PlannedPublication]]:
    yield from sorted(past + bulletins, key=lambda timed: timed[0])
    yield from later


def _future_steps(
    remaining: list[tuple[PlannedPublication, ...]], start: datetime, rng: random.Random
) -> Iterator[tuple[datetime, PlannedPublication]]:
    """Yield the publications after the start: a few concurrent chains and bulletins, then only bulletins."""
    at = start
    waiting = [list(steps) for steps in remaining]
    rng.shuffle(waiting)
    series = 0
    while True:
        at += _pause(at - start, rng)
        if not waiting or rng.random() < 0.18:
            yield at, _plan_bulletin(series % len(SERIES))
            series += 1
            continue
        chosen = rng.randrange(min(CONCURRENT_CHAINS, len(waiting)))
        yield at, waiting[chosen].pop(0)
        if not waiting[chosen]:
            del waiting[chosen]


def _pause(elapsed: timedelta, rng: random.Random) -> timedelta:
    minutes = elapsed / timedelta(minutes=1)
    low, high = (3, 6) if minutes < 5 else (7, 14) if minutes < 20 else (20, 60)
    return timedelta(seconds=rng.uniform(low, high))


# ---------------------------------------------------------------- articles
def _plan_bulletin(number: int) -> PlannedPublication:
    series = SERIES[number]
    return PlannedPublication("bulletin", series.outlet, None, None, f"{series.key}#")


class _Press:
    """Turns the steps of the plan into publications; it knows what was published before."""

    def __init__(self, outlets: Mapping[str, Outlet], rng: random.Random) -> None:
        self._outlets = outlets
        self._rng = rng
        self._issues: Counter[str] = Counter()  # of each series
        self._days: dict[str, datetime] = {}  # of the first report of each event
        self._numbers = {slug: 20_000 + 137 * place for place, slug in enumerate(outlets)}
        self._published: dict[tuple[str, str], Publication] = {}

    def publish(self, at: datetime, step: PlannedPublication, outlet: Outlet) -> Publication:
        """Return the publication of a step and remember it, since a later step may edit it."""
        edit = step.kind == "edit" and step.article is not None
        publication = self._edit(at, step, outlet) if edit else self._print(at, step, outlet)
        self._published[step.outlet, step.key] = publication
        return publication

    def _edit(self, at: datetime, step: PlannedPublication, outlet: Outlet) -> Publication:
        assert step.article is not None
        before = self._published[step.outlet, step.edited_key]
        edited = edit_article(before.article, step.article, before.first_at.astimezone(CHINA), outlet)
        return replace(before, at=at, kind="edit", article=edited)

    def _print(self, at: datetime, step: PlannedPublication, outlet: Outlet) -> Publication:
        self._numbers[outlet.slug] += self._rng.randrange(1, 40)
        number, article = self._numbers[outlet.slug], step.article
        if article is None:
            return self._print_bulletin(at, step, outlet, number)
        event = article.event or article.key
        printed = self._write(at, step, article, outlet)
        return Publication(
            at, at, outlet.slug, number, step.kind, step.key, event, article.category, article.region, printed
        )

    def _print_bulletin(self, at: datetime, step: PlannedPublication, outlet: Outlet, number: int) -> Publication:
        series = next(one for one in SERIES if step.key == f"{one.key}#")
        printed = make_issue(series, outlet, self._issues[series.key], at.astimezone(CHINA), self._rng)
        self._issues[series.key] += 1
        key = f"{series.key}-{self._issues[series.key]}"
        return Publication(at, at, outlet.slug, number, "bulletin", key, key, series.category, series.region, printed)

    def _write(self, at: datetime, step: PlannedPublication, article: Article, outlet: Outlet) -> PrintedArticle:
        local = at.astimezone(CHINA)
        # a later copy of "today" still means the day of the first report
        day = self._days.setdefault(article.event or article.key, local)
        if step.kind == "reprint":
            return reprint_article(article, self._outlets[step.origin or outlet.slug], outlet, day, self._rng)
        if step.kind == "rewrite":
            return rewrite_article(article, outlet, self._rng.choice(REWRITE_AUTHORS), day, self._rng)
        return print_article(article, outlet, day, local)


REWRITE_AUTHORS = ("见习记者 邹砚", "记者 祁小满", "记者 阮知秋", "通讯员 卞禾", "记者 车闻笛", "见习记者 佟一舟")
