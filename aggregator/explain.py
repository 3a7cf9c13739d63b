"""Why an item is where it is: what was decided, put into words, and what would be decided today."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aggregator import MODEL_FILE
from aggregator.config.load import Config
from aggregator.intake.digest import Task, understood
from aggregator.model import Decision, Draft, ItemDetail, Known, Place, Relation, Source
from aggregator.steps.stories.compare import compare
from aggregator.steps.text.normalize import fold

SHARED = 8  # names and numbers that are told
_LEAD = 300  # characters of text in which they are looked for
_LONGEST = 12
_RUN = re.compile(r"\d[\d.,:]*%?[\u3400-\u9fff]?|[a-z][a-z'-]{2,}|[\u3400-\u9fff]{2,}")
_SECTIONS = {"title": "the headline names", "lead": "the beginning names", "text": "the text names",
             "dateline": "the dateline names"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kinship:
    """How two reports of one story are alike."""

    item_id: int
    source: str
    title: str
    relation: Relation | None  # None: compared today, the two would not be taken for one event by their words alone
    similarity: float  # 0..1
    why: str
    shared: tuple[str, ...]  # names and numbers that both hold


def kinship(item: ItemDetail, other: ItemDetail) -> Kinship:
    """An item compared with another report of its story."""
    same_source = item.card.source == other.card.source
    found = compare(item.card.title, item.text, other.card.title, other.text, same_source=same_source)
    told = tuple(shared(item.card.title, item.text, other.card.title, other.text))[:SHARED]
    card = other.card
    return Kinship(card.id, card.source, card.title, found.relation, round(found.similarity, 4), found.why, told)


def shared(title: str, text: str, other_title: str, other_text: str) -> Iterator[str]:
    """Runs of characters, words and numbers of headline and lead that the other report holds too, longest runs taken
    whole, in their order."""
    there = f"{fold(other_title)}\n{other_text}"
    seen: set[str] = set()
    for match in _RUN.finditer(f"{fold(title)}\n{text[:_LEAD]}"):
        for piece in _pieces(match[0], there):
            if piece not in seen and not any(piece in longer for longer in seen):
                seen.add(piece)
                yield piece


def _pieces(run: str, there: str) -> Iterator[str]:
    """The parts of a run that stand in ``there``, at least three characters of Han (two, where that is all)."""
    if run[0] < "\u3400":
        if re.search(rf"(?<![a-z0-9]){re.escape(run)}(?![a-z0-9])", there) and len(run) > 1:
            yield run
        return
    least, at = min(3, len(run)), 0
    while at + least <= len(run):
        end = next((end for end in range(min(len(run), at + _LONGEST), at + least - 1, -1) if run[at:end] in there), 0)
        if end:
            yield run[at:end]
        at = end or at + 1


# ---------------------------------------------------------------- in words
def category_reason(why: str) -> str:
    """``Decision.why`` as a phrase."""
    head, _, rest = why.partition(":")
    if head == "model":
        sure, _, words = rest.partition(" ")
        return f"the trained model, {_percent(sure)} sure" + (f"; what spoke for it: {words}" if words else "")
    phrases = {
        "": "nothing was sure enough",
        "admin": "set by an admin",
        "source": "its source publishes this",
        "term": f'the publisher calls it "{rest}"',
        "pattern": f"a pattern of the config: {rest}",
        "keywords": f"its words: {rest}",
        "prior": "nothing else was sure, and its source publishes this" if rest == "source" else f'a hint: "{rest}"',
    }
    return phrases.get(head, why)


def region_reason(why: str) -> str:
    """``Place.why`` as a phrase."""
    head, _, rest = why.partition(":")
    if head in _SECTIONS:
        return f"{_SECTIONS[head]} {rest}"
    return {
        "": "no place was sure enough",
        "admin": "set by an admin",
        "home": "it names no place; this is where its source is at home",
    }.get(why, why)


def _percent(number: str) -> str:
    try:
        return f"{float(number):.0%}"
    except ValueError:
        return number


# ---------------------------------------------------------------- judging again
def judged(detail: ItemDetail, source: Source | None, config: Config, now: datetime) -> tuple[Decision, Place]:
    """The category and place that the config's rules and the trained model give the item today, whatever an admin has
    said. ``source``: None where config.toml lists it no more."""
    card = detail.card
    where = source or Source(0, card.source, detail.feed_url, card.source_title, region=detail.source_region)
    draft = Draft(
        uid="",
        guid=detail.guid,
        url=card.url,
        title=card.title,
        published=card.published,
        dated=detail.dated,
        updated=card.updated,
        content_hash="",
        excerpt=card.excerpt,
        html=detail.html,
        text=detail.text,
        length=detail.length,
        author=card.author,
        terms=detail.terms,
    )
    model: Path = config.folder / MODEL_FILE
    task = Task(where, card.url, {}, b"", Known(), now, config.settings.categories, str(model))
    found = understood(draft, task)
    return found.decision, found.place
