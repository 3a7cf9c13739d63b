"""Decide which outlet reported a story first, and how surely.

A date of publication counts unless its outlet has a habit of dating badly or our own first sight speaks against it; the
report then counts from first sight. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from aggregator.messages import Message, first_reports
from aggregator.model import ItemCard

SAMPLE = 30  # latest items of an outlet from which its habit is read
_MIN_SAMPLE = 8
_MAX_CONTENDERS = 10  # outlets with the earliest dates, and as many with the earliest first sights
_LATE = timedelta(hours=3)  # an outlet of which a quarter of the dates are so long before first sight dates badly
_USUAL_DELAY = timedelta(hours=1)  # from publication to first sight, where no habit is known
_UNSEEN = timedelta(hours=1)  # a report without a date may have been published so long before first sight
_TIE = timedelta(minutes=1)  # two dates closer than this do not say who was first,
_SIGHT_TIE = timedelta(minutes=30)  # nor do first sights, which depend on when outlets are polled
_MIN_SAME_DAYS = 3
_MIDNIGHT = time()


class Dating(StrEnum):
    """What is known of an outlet's dates."""

    UNKNOWN = "unknown"  # too few items to tell
    PROMPT = "prompt"
    BACKDATED = "backdated"  # often hours before first sight
    ROUNDED = "rounded"  # to the day
    UNDATED = "undated"  # mostly missing or in the future


@dataclass(frozen=True, slots=True)
class DatedItem:
    """The times of an item from which the habit of its outlet is read."""

    published: datetime
    first_seen: datetime
    dated: bool


@dataclass(frozen=True, slots=True)
class Habit:
    """How an outlet dates its items. ``usual_delay``: from a date that counts to first sight, at most."""

    dating: Dating = Dating.UNKNOWN
    usual_delay: timedelta = _USUAL_DELAY


NO_HABIT = Habit()


class Sureness(StrEnum):
    """How surely the first report is known."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Arrival:
    """The first report of an outlet, and when it counts as published: by its date, or by first sight where there is a
    ``doubt`` about the date. It was published between ``earliest`` and ``latest``.
    """

    card: ItemCard
    at: datetime
    earliest: datetime
    latest: datetime
    doubt: Message | None = None


@dataclass(frozen=True, slots=True)
class FirstReport:
    """The reports of a story by outlet, the first in front. ``doubted`` have an earlier date that does not count."""

    arrivals: tuple[Arrival, ...]
    sure: Sureness
    doubted: tuple[Arrival, ...]

    @property
    def first(self) -> Arrival:
        """Return the first report."""
        return self.arrivals[0]

    @property
    def known_id(self) -> int | None:
        """Return the item that was first; None if that is not known."""
        return None if self.sure is Sureness.UNKNOWN else self.first.card.id


# ---------------------------------------------------------------- habits
def read_habit(items: Collection[DatedItem], zone: tzinfo) -> Habit:
    """Return how an outlet dates, from its latest items.

    Those of the earliest document among them are left out: it may be the first of the source, which has old items.
    """
    oldest = min((item.first_seen for item in items), default=None)
    later = [item for item in items if item.first_seen != oldest]
    if len(later) < _MIN_SAMPLE:
        return NO_HABIT
    told = [item for item in later if _states_past(item)]
    if 2 * len(told) < len(later):
        return Habit(Dating.UNDATED)
    if _are_rounded([item.published.astimezone(zone) for item in told]):
        return Habit(Dating.ROUNDED)
    delays = sorted(item.first_seen - item.published for item in told)
    quartile = delays[3 * len(delays) // 4]
    if quartile >= _LATE:
        return Habit(Dating.BACKDATED)
    return Habit(Dating.PROMPT, max(_USUAL_DELAY, 2 * quartile))


def _states_past(item: DatedItem | ItemCard) -> bool:
    """Return whether the publisher gave a date that is not in the future, which would be stored as first sight."""
    return item.dated and item.published < item.first_seen.replace(microsecond=0)


def _are_rounded(dates: Sequence[datetime]) -> bool:
    """Return whether half of the dates have one time of day, on several days."""
    (clock, count), *_ = Counter(date.time() for date in dates).most_common(1)
    days = {date.date() for date in dates if date.time() == clock}
    return 2 * count >= len(dates) and (len(days) >= _MIN_SAME_DAYS or clock == _MIDNIGHT)


# ---------------------------------------------------------------- one story
def contenders(cards: Iterable[ItemCard]) -> set[str]:
    """Return the outlets whose habits matter: those with the earliest dates, and with the earliest first sights."""
    reports = list(cards)
    by_date = dict.fromkeys(card.source for card in sorted(reports, key=lambda card: card.published))
    by_sight = dict.fromkeys(card.source for card in sorted(reports, key=lambda card: card.first_seen))
    return {*list(by_date)[:_MAX_CONTENDERS], *list(by_sight)[:_MAX_CONTENDERS]}


def find_first_report(cards: Sequence[ItemCard], habits: Mapping[str, Habit], zone: tzinfo) -> FirstReport | None:
    """Return who was first among the reports of a story; None without any."""
    seen = _first_sights(cards)
    found: dict[str, Arrival] = {}
    earliest: dict[str, datetime] = {}
    for card in cards:
        others = min((at for source, at in seen.items() if source != card.source), default=card.first_seen)
        arrival = _arrival(card, habits.get(card.source, NO_HABIT), zone, others)
        best = found.get(card.source)
        if best is None or (arrival.at, card.id) < (best.at, best.card.id):
            found[card.source] = arrival
        earliest[card.source] = min(arrival.earliest, earliest.get(card.source, arrival.earliest))
    if not found:
        return None
    arrivals = sorted(found.values(), key=lambda one: (one.at, one.doubt is not None, one.card.id))
    first, *others_found = arrivals
    doubted = tuple(
        one for one in others_found if one.doubt and _states_past(one.card) and one.card.published < first.at
    )
    return FirstReport(tuple(arrivals), _sureness(first, others_found, earliest), doubted)


def _first_sights(cards: Iterable[ItemCard]) -> dict[str, datetime]:
    seen: dict[str, datetime] = {}
    for card in cards:
        seen[card.source] = min(card.first_seen, seen.get(card.source, card.first_seen))
    return seen


def _arrival(card: ItemCard, habit: Habit, zone: tzinfo, others_seen: datetime) -> Arrival:
    """Return when a report counts as published; ``others_seen``: first sight of the story at any other outlet."""
    seen = card.first_seen
    if not _states_past(card):
        return Arrival(card, seen, seen - _UNSEEN, seen, first_reports.UNDATED())
    local = card.published.astimezone(zone)
    midnight = datetime.combine(local.date(), _MIDNIGHT, zone)
    if local == midnight or habit.dating is Dating.ROUNDED:
        return Arrival(card, seen, midnight, seen, first_reports.ROUNDED())
    if habit.dating in (Dating.BACKDATED, Dating.UNDATED):
        return Arrival(card, seen, card.published, seen, first_reports.BACKDATED())
    if seen - card.published > habit.usual_delay and others_seen < seen:
        return Arrival(card, seen, card.published, seen, first_reports.SEEN_LATE())
    latest = card.published if habit.dating is Dating.PROMPT else seen
    return Arrival(card, card.published, card.published, latest)


def _sureness(first: Arrival, others: Sequence[Arrival], earliest: Mapping[str, datetime]) -> Sureness:
    if all(first.latest + _TIE <= earliest[other.card.source] for other in others):
        return Sureness.CERTAIN
    for other in others:
        margin = _SIGHT_TIE if first.doubt or other.doubt else _TIE
        if other.at - first.at < margin:
            return Sureness.UNKNOWN
    return Sureness.PROBABLE
