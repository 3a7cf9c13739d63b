"""Who reported a story first, in words, and the picture of how it spread over outlets and hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.messages import decisions
from aggregator.model import ItemCard, Relation
from aggregator.publishing.first_reports import find_first_reports
from aggregator.steps.stories.first_report import Arrival, FirstReport, Sureness
from web.i18n.language import message_text, nt, t
from web.i18n.times import Clock, format_duration
from web.site import Site

MIN_OUTLETS = 3  # of a story whose spread is shown
MAX_ROWS = 12  # outlets with a row of their own
WIDTH = 200  # units of the view box
_COPIES = (Relation.REPRINT, Relation.REWRITE)


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """An outlet, or all that have no row of their own: the mark of its first report and its text."""

    card: ItemCard | None  # None: of several outlets
    name: str
    when: str
    mark: str  # path
    style: str  # class of the mark
    kind: str
    note: str  # why its date does not count


@dataclass(frozen=True, slots=True)
class Spread:
    """The spread of a story, the first outlet in front; ``start`` and ``end`` label the axis."""

    rows: tuple[SpreadRow, ...]
    start: str
    end: str
    summary: str


def first_report(site: Site, story_id: int, cards: Sequence[ItemCard]) -> FirstReport | None:
    """Return who was first among the reports of a story."""
    newest = max((card.changed for card in cards), default=None)
    return site.cache.get(
        ("first", story_id, len(cards), newest),
        60,
        lambda: find_first_reports(site.store, site.config, {story_id: cards}).get(story_id),
    )


def first_id(site: Site, story_id: int, cards: Sequence[ItemCard]) -> int | None:
    """Return the item that was first in a story; None if that is not known."""
    found = first_report(site, story_id, cards)
    return found.known_id if found else None


def first_in_words(clock: Clock, found: FirstReport) -> str:
    """Return who was first and who followed: 最早：枣庄晚报 08:12；其后37分钟 鲁网."""
    first, second = found.first, found.arrivals[1]
    values = {"source": first.card.source_title, "time": clock.clock_time(first.at).text}
    if found.sure is Sureness.UNKNOWN:
        other = {"other": second.card.source_title, "later": clock.clock_time(second.at).text}
        return t("谁最早不能确定：%(source)s %(time)s，%(other)s %(later)s", **values, **other)
    is_certain = found.sure is Sureness.CERTAIN
    text = t("最早：%(source)s %(time)s", **values) if is_certain else t("很可能最早：%(source)s %(time)s", **values)
    span = format_duration(second.at - first.at)
    return text + t("；其后%(span)s %(source)s", span=span, source=second.card.source_title)


def doubts_in_words(found: FirstReport) -> list[str]:
    """Return, for each outlet whose earlier date does not count, why."""
    return [
        t("%(source)s标注的时间更早，没有采用：%(why)s。", source=one.card.source_title, why=message_text(one.doubt))
        for one in found.doubted
    ]


def spread_of(clock: Clock, found: FirstReport) -> Spread | None:
    """Return the spread of a story of three outlets or more."""
    arrivals = found.arrivals
    if len(arrivals) < MIN_OUTLETS:
        return None
    start, end = arrivals[0].at, arrivals[-1].at
    within_day = clock.day_of(start) == clock.day_of(end)

    def when(at: datetime) -> str:
        return (clock.time_of_day(at) if within_day else clock.clock_time(at)).text

    known = found.known_id
    shown = arrivals if len(arrivals) <= MAX_ROWS else arrivals[: MAX_ROWS - 1]
    rows = [_row(one, when(one.at), _mark(one.at, start, end), is_first=one.card.id == known) for one in shown]
    rest = arrivals[len(shown) :]
    if rest:
        name = nt("另有%(n)s家", len(rest))
        marks = "".join(sorted({_mark(one.at, start, end) for one in rest}))
        rows.append(SpreadRow(None, name, when(rest[0].at), marks, "p4", "", ""))
    copies = sum(one.card.relation in _COPIES for one in arrivals)
    span = format_duration(end - start)
    summary = nt("%(n)s家媒体在%(span)s内报道，其中%(copies)s家转载", len(arrivals), span=span, copies=copies)
    return Spread(tuple(rows), when(start), when(end), summary)


def _row(one: Arrival, when: str, mark: str, *, is_first: bool) -> SpreadRow:
    style, kind = ("p1", t("自采"))
    if is_first:
        style, kind = "p3", t("最早")
    elif one.card.relation in _COPIES:
        style, kind = "p2", message_text(decisions.RELATIONS["reprint"]())
    note = t("按收录时间：%(why)s", why=message_text(one.doubt)) if one.doubt else ""
    return SpreadRow(one.card, one.card.source_title, when, mark, style, kind, note)


def _mark(at: datetime, start: datetime, end: datetime) -> str:
    """Return a stroke at the place of a time."""
    span = (end - start) or timedelta(minutes=1)
    return f"M{round((at - start) / span * WIDTH)} 0v12"
