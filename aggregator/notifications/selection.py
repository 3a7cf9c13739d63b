"""What is new for a target, since the place in the journals up to which it has been read.

A story is new if nothing of it is in the outbox of the target, also under the number of a story that was merged into
it. What is older than a day when it arrives is not sent: a new source brings its archive. Stories that have to have
several outlets may take three days until they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from aggregator.config.load import Config
from aggregator.model import ItemCard
from aggregator.model.notifications import STORY, NewNotice, TargetClaim
from aggregator.notifications.targets import Target
from aggregator.store import Store

MAX_AGE, MAX_AGE_OF_SEVERAL = timedelta(days=1), timedelta(days=3)
EVENTS_AT_ONCE = 200


def collect(target: Target, claim: TargetClaim, store: Store, config: Config, now: datetime) -> TargetClaim:
    """Put what is new into the outbox; each part of the journal in one transaction with the new position."""
    listing = target.listing
    if target.what.kind == "daily":
        latest = target.watched(config, now).latest
        return store.add_notices(claim, [latest] if latest and latest.at > claim.since else [], claim.position)
    if listing is None:
        return store.add_notices(claim, store.new_incidents(target.key, claim.since, now), claim.position)
    more = True
    while more:
        events, position, more = store.events_after(listing, claim.position, EVENTS_AT_ONCE)
        if position == claim.position:
            break
        times = {event.item_id: event.at for event in events if not event.withdrawn}
        claim = store.add_notices(claim, choose(target, claim, times, store, now), position)
    return claim


def choose(
    target: Target, claim: TargetClaim, times: Mapping[int, datetime], store: Store, now: datetime
) -> list[NewNotice]:
    """Return a notice for each new story among these reports; ``times``: when they appeared in the listing."""
    cards = store.item_cards(list(times))
    reports = {card.story_id: card for card in cards.values() if _qualifies(card, target, claim, now)}
    known = store.known_stories(target.key, list(reports)) if reports else set()
    reports = {story: card for story, card in reports.items() if story not in known}
    shown = {story: card.id for story, card in reports.items()}
    if target.what.kind == "search" and reports:
        shown = store.matching_reports(target.what.value, list(reports))
    new = [NewNotice(f"{STORY}{story}", times[reports[story].id], item) for story, item in shown.items()]
    return sorted(new, key=lambda each: (each.at, each.item_id or 0))


def _qualifies(card: ItemCard, target: Target, claim: TargetClaim, now: datetime) -> bool:
    max_age = MAX_AGE_OF_SEVERAL if target.outlets > 1 else MAX_AGE
    if card.published < now - max_age or card.story_outlets < target.outlets:
        return False
    return target.outlets > 1 or card.story_id >= claim.first_story
