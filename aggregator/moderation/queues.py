"""The queues: what waits for a decision of an admin, and the decisions, each one code."""

from __future__ import annotations

from datetime import datetime

from aggregator.messages import decisions
from aggregator.model import ItemCard, SourceFilter, SourceHealth
from aggregator.model.moderation import QueueEntry, QueueName
from aggregator.moderation.actions import Desk
from aggregator.store import Store

LEAVE, SAME, APART, ADMIT, RIGHT, RETRY, KNOWN, DONE = (
    *("leave", "same", "apart", "admit", "right", "retry", "known", "done"),
)
CHOICES: dict[QueueName, tuple[str, ...]] = {
    "uncategorized": (LEAVE,),  # or the path of a category
    "merges": (SAME, APART),
    "filtered": (RIGHT, ADMIT),
    "failing": (RETRY, KNOWN),
    "requests": (DONE,),
}
MAX_FAILING = 200
MAX_SUBJECT = 400  # characters


class UnknownDecisionError(Exception):
    """A decision names a subject or a choice that does not exist; the argument is "subject" or "choice"."""


def queue_lengths(store: Store, now: datetime) -> dict[QueueName, int]:
    """Return queue -> number of entries, counted up to 1,000."""
    counted = store.queue_lengths(now)
    failing = len(_failing(store, now, MAX_FAILING))
    return {queue: failing if queue == "failing" else counted[queue] for queue in CHOICES}


def queue_entries(store: Store, queue: QueueName, now: datetime, limit: int) -> list[QueueEntry]:
    """Return the entries of a queue, newest first."""
    if queue == "uncategorized":
        return [_item_entry(queue, card) for card in store.queued_uncategorized_items(now, limit)]
    if queue == "merges":
        return _merge_entries(store, store.queued_doubtful_items(now, limit))
    if queue == "filtered":
        return [
            QueueEntry(
                queue, f"{one.source}/{one.uid}", one.at, one.title, "", one.url, one.source,
                one.reason.evidence, CHOICES[queue],
            )
            for one in store.waiting_filtered_entries(limit)
        ]  # fmt: skip
    if queue == "failing":
        return [_failing_entry(health, now) for health in _failing(store, now, limit)]
    return [
        QueueEntry(
            queue, str(one.id), one.at, one.request.about,
            f"/item/{one.request.item_id}" if one.request.item_id is not None else "",
            "", one.request.name, one.request.text, CHOICES[queue],
        )
        for one in store.correction_requests(limit)
    ]  # fmt: skip


def decide(desk: Desk, queue: QueueName, subject: str, choice: str) -> None:
    """Apply a decision about an entry of a queue. Raises UnknownDecisionError."""
    if not subject or len(subject) > MAX_SUBJECT:
        raise UnknownDecisionError("subject")
    if queue == "uncategorized":
        _decide_category(desk, _item(desk, subject), choice)
        return
    if choice not in CHOICES[queue]:
        raise UnknownDecisionError("choice")
    if queue == "merges":
        _decide_merge(desk, _item(desk, subject), choice)
    elif queue == "filtered":
        _decide_filtered(desk, subject, choice)
    elif queue == "failing":
        _decide_failing(desk, subject, choice)
    elif not subject.isdecimal() or len(subject) > 18 or not desk.set_requests_done([int(subject)], done=True):
        raise UnknownDecisionError("subject")


def _decide_category(desk: Desk, card: ItemCard, choice: str) -> None:
    if choice == LEAVE:
        desk.dismiss("uncategorized", str(card.id), card.title)
        return
    category = desk.config.category_tree.get(choice)
    if category is None:
        raise UnknownDecisionError("choice")
    desk.move([card.id], category=category.path)


def _decide_merge(desk: Desk, card: ItemCard, choice: str) -> None:
    if card.story_items < 2:
        raise UnknownDecisionError("subject")
    if choice == APART:
        desk.split(card.id)
        return
    other = _neighbor(desk.store, card)
    if other is None:
        raise UnknownDecisionError("subject")
    desk.merge([card.id, other.id])


def _decide_filtered(desk: Desk, subject: str, choice: str) -> None:
    slug, _, uid = subject.partition("/")
    entry = desk.store.filtered_entry(slug, uid)
    if entry is None:
        raise UnknownDecisionError("subject")
    if choice == RIGHT:
        desk.dismiss("filtered", subject, entry.title)
    else:
        desk.admit(slug, uid, entry.title)


def _decide_failing(desk: Desk, subject: str, choice: str) -> None:
    slug = subject.partition("@")[0]
    if choice == RETRY:
        if not desk.retry(slug):
            raise UnknownDecisionError("subject")
        return
    health = desk.store.source_health(desk.now, filters=SourceFilter(slug=slug), limit=1)
    if not health:
        raise UnknownDecisionError("subject")
    desk.dismiss("failing", subject, health[0].title)


def _item(desk: Desk, subject: str) -> ItemCard:
    """Return the item that a decision names, unless it was withdrawn."""
    number = int(subject) if subject.isdecimal() and len(subject) <= 15 else 0
    detail = desk.store.item(number)
    if detail is None or detail.removed is not None:
        raise UnknownDecisionError("subject")
    return detail.card


def _item_entry(queue: QueueName, card: ItemCard) -> QueueEntry:
    return QueueEntry(
        queue, str(card.id), card.published, card.title, f"/item/{card.id}", card.url, card.source_title,
        card.excerpt, CHOICES[queue],
    )  # fmt: skip


def _merge_entries(store: Store, cards: list[ItemCard]) -> list[QueueEntry]:
    details = store.item_details([card.id for card in cards])
    nearest = {card.id: _nearest_id(details[card.id].story_why.get("item")) for card in cards if card.id in details}
    others = store.item_cards(sorted({item_id for item_id in nearest.values() if item_id}))
    leads = store.stories_by_id([card.story_id for card in cards])
    entries = []
    for card in cards:
        lead = leads.get(card.story_id)
        other = others.get(nearest.get(card.id) or 0) or (lead.lead if lead else None)
        if card.id not in details or other is None or other.id == card.id or other.story_id != card.story_id:
            continue
        about = decisions.LIKENESS(likeness=card.similarity, item=other.id)
        entries.append(
            QueueEntry(
                "merges", str(card.id), card.published, card.title, f"/item/{card.id}", card.url, card.source_title,
                about, CHOICES["merges"], other.title, f"/item/{other.id}",
            )
        )  # fmt: skip
    return entries


def _nearest_id(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _neighbor(store: Store, card: ItemCard) -> ItemCard | None:
    """Return the report that an item was merged with: the nearest one, or the lead item of its story."""
    detail = store.item(card.id)
    nearest = _nearest_id(detail.story_why.get("item")) if detail else None
    other = store.item_cards([nearest]).get(nearest) if nearest else None
    if other is not None and other.story_id == card.story_id and other.id != card.id:
        return other
    reports = store.story_items([card.story_id], 100).get(card.story_id, [])
    return next((each for each in reports if each.id != card.id), None)


def _failing(store: Store, now: datetime, limit: int) -> list[SourceHealth]:
    known = store.dismissals("failing")
    found = store.source_health(now, filters=SourceFilter(state="failing"), limit=MAX_FAILING)
    return [health for health in found if failing_subject(health) not in known][:limit]


def failing_subject(health: SourceHealth) -> str:
    """Return the subject of a failing source, which is another one after it has worked again."""
    return f"{health.slug}@{health.last_success.isoformat(timespec='seconds') if health.last_success else 'never'}"


def _failing_entry(health: SourceHealth, now: datetime) -> QueueEntry:
    return QueueEntry(
        "failing", failing_subject(health), health.last_poll or now,
        health.name, f"/status?source={health.slug}", "", health.slug,
        health.error or "", CHOICES["failing"],
    )  # fmt: skip
