"""Assign texts to outlets. Pure: randomness comes from ``rng``."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aggregator.reference.categories import top_category
from samples.article_texts import Article
from samples.outlets import Outlet

Kind = Literal["original", "further", "rewrite", "reprint", "bulletin", "edit"]


@dataclass(frozen=True, slots=True)
class PlannedPublication:
    """A planned publication. ``origin``: outlet of a reprinted text; ``edited_key``: publication that is edited."""

    kind: Kind
    outlet: str
    article: Article | None
    origin: str | None
    key: str
    edited_key: str = ""


def plan_chains(
    outlets: Sequence[Outlet], articles: Sequence[Article], rng: random.Random
) -> list[tuple[PlannedPublication, ...]]:
    """Return one chain per event, in random order: its first report, then further reports, reprints and rewrites."""
    active = [outlet for outlet in outlets if outlet.publishes and outlet.enabled]
    load: Counter[str] = Counter()
    events: dict[str, list[Article]] = {}
    for article in articles:
        events.setdefault(article.event or article.key, []).append(article)
    chains = [_plan_chain(reports, active, load, rng) for reports in events.values()]
    rng.shuffle(chains)
    return chains


def _plan_chain(
    reports: list[Article], active: list[Outlet], load: Counter[str], rng: random.Random
) -> tuple[PlannedPublication, ...]:
    first, *others = reports
    used_slugs: set[str] = set()
    first_outlet = _choose_writer(first, active, load, used_slugs, rng)
    first_report = PlannedPublication("original", first_outlet.slug, first, None, first.key)
    follow_ups: list[list[PlannedPublication]] = []
    for article in others:
        writer = _choose_writer(article, active, load, used_slugs, rng)
        report = PlannedPublication("further", writer.slug, article, None, article.key)
        follow_ups.append([report, *_plan_copies(article, writer, active, load, used_slugs, rng)])
    follow_ups.append(_plan_copies(first, first_outlet, active, load, used_slugs, rng))
    steps = [first_report, *_interleave(follow_ups, rng)]
    if first.edit or rng.random() < 0.06:
        steps.insert(
            rng.randrange(1, len(steps) + 1),
            PlannedPublication("edit", first_outlet.slug, first, None, f"{first.key}+", first.key),
        )
    return tuple(steps)


def _plan_copies(
    article: Article,
    first_outlet: Outlet,
    active: list[Outlet],
    load: Counter[str],
    used_slugs: set[str],
    rng: random.Random,
) -> list[PlannedPublication]:
    steps = []
    for position in range(article.copies):
        candidates = [outlet for outlet in active if outlet.slug not in used_slugs and _may_copy(outlet, article)]
        if not candidates:
            break
        outlet = max(candidates, key=lambda one: _affinity(one, article, load, rng))
        used_slugs.add(outlet.slug)
        load[outlet.slug] += 1
        kind: Kind = "rewrite" if position == 2 and not outlet.traditional else "reprint"
        steps.append(PlannedPublication(kind, outlet.slug, article, first_outlet.slug, f"{article.key}@{outlet.slug}"))
    return steps


def _choose_writer(
    article: Article, active: list[Outlet], load: Counter[str], used_slugs: set[str], rng: random.Random
) -> Outlet:
    candidates = [outlet for outlet in active if outlet.slug not in used_slugs and _may_write(outlet, article)]
    outlet = max(candidates, key=lambda one: _affinity(one, article, load, rng))
    used_slugs.add(outlet.slug)
    load[outlet.slug] += 1
    return outlet


def _may_write(outlet: Outlet, article: Article) -> bool:
    if article.role == "advert" and not outlet.exclude:
        return False
    if outlet.traditional and article.region and article.region[:2] != "35":
        return False
    return outlet.category is None or top_category(outlet.category) == top_category(article.category)


def _may_copy(outlet: Outlet, article: Article) -> bool:
    return outlet.category in (None, article.category)


def _affinity(outlet: Outlet, article: Article, load: Counter[str], rng: random.Random) -> float:
    """Return how well an outlet fits an article; outlets that have many already rank lower."""
    score = rng.random() * 2 - load[outlet.slug] * 0.12
    if outlet.category is not None:
        score += 5
    elif outlet.region is None:
        score += 1
    if outlet.behavior in ("page", "cut"):
        score -= 1.2  # unreliable outlet: not for important articles
    if outlet.region and article.region:
        if outlet.region[:4] == article.region[:4]:
            score += 4
        elif outlet.region[:2] == article.region[:2]:
            score += 2.5
        else:
            score -= 1
    return score


def _interleave(sequences: list[list[PlannedPublication]], rng: random.Random) -> list[PlannedPublication]:
    """Merge the chains at random, each in its own order."""
    sequences = [list(sequence) for sequence in sequences if sequence]
    merged = []
    while sequences:
        sequence = rng.choice(sequences)
        merged.append(sequence.pop(0))
        sequences = [one for one in sequences if one]
    return merged
