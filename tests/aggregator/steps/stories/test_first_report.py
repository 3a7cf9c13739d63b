"""Who was first: dates that count, dates that do not, and how sure the answer is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aggregator.messages import first_reports as doubts
from aggregator.model import ItemCard, Place, Relation
from aggregator.steps.stories.first_report import (
    DatedItem,
    Dating,
    FirstReport,
    Habit,
    Sureness,
    contenders,
    find_first_report,
    read_habit,
)

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 5, 20, 0, 12, tzinfo=UTC)  # 08:12 in China
PROMPT, BACKDATED = Habit(Dating.PROMPT), Habit(Dating.BACKDATED)
ROUNDED, UNDATED = Habit(Dating.ROUNDED), Habit(Dating.UNDATED)
LOCAL_MIDNIGHT = -8 * 60 - 12  # minutes after AT


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def sample(dates: Sequence[float | None], *, first: float = 10_000, step: float = 100) -> list[DatedItem]:
    """Return items seen one after the other, each dated so many minutes before it; None is without a date."""
    items = [DatedItem(AT - minutes(first), AT - minutes(5000), dated=True)]  # its first document
    for number, before in enumerate(dates):
        seen = AT + minutes(number * step)
        items.append(DatedItem(seen - minutes(before or 0), seen, dated=before is not None))
    return items


@pytest.mark.parametrize(
    ("items", "dating"),
    [
        (sample([4] * 7), Dating.UNKNOWN),
        (sample([4, 20, 3, 0.5, 31, 4, 2, 700, 6, 5]), Dating.PROMPT),
        (sample([480, 490, 470, 485, 481, 480, 499, 12]), Dating.BACKDATED),
        (sample([5, 4, 300, 6, 400, 3, 500, 350, 2]), Dating.BACKDATED),  # a quarter is enough
        (sample([None, 3, None, None, 5, None, None, None]), Dating.UNDATED),
        (sample([0] * 8), Dating.UNDATED),  # dates in the future are stored as first sight
        (sample([492 + 100 * n for n in range(9)]), Dating.ROUNDED),  # midnight of one day
        (sample([30] * 10, step=1440), Dating.ROUNDED),  # one time of day every day
        ([DatedItem(AT - minutes(n * 60), AT, dated=True) for n in range(20)], Dating.UNKNOWN),  # a first document
    ],
)
def test_habits_are_read_from_latest_items(items: list[DatedItem], dating: Dating) -> None:
    assert read_habit(items, ZONE).dating is dating


def test_usual_delay_follows_the_outlet() -> None:
    assert read_habit(sample([50, 55, 60, 40, 45, 50, 55, 60]), ZONE).usual_delay == minutes(120)
    assert read_habit(sample([5] * 4 + [6] * 4 + [2]), ZONE).usual_delay == minutes(60)


def report(source: str, published: float | None, seen: float, number: int = 0) -> ItemCard:
    """Return a report of an outlet; both times in minutes after AT."""
    date = AT + minutes(seen if published is None else published)
    return ItemCard(
        number or ord(source[0]), "", "", "", date, AT + minutes(seen), None, date, source, source.upper(), None, None,
        None, Place(), 1, 1, Relation.ORIGINAL, None, 0.0, 3, 3, dated=published is not None,
    )  # fmt: skip


def judged(*reports: ItemCard, **habits: Habit) -> FirstReport:
    found = find_first_report(reports, habits, ZONE)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("reports", "habits", "first", "sure"),
    [
        # two prompt outlets: the earlier date, if it is earlier by more than a minute
        ([("a", 37, 40), ("b", 0, 60)], {"a": PROMPT, "b": PROMPT}, "b", "certain"),
        ([("a", 0.5, 4), ("b", 0, 5)], {"a": PROMPT, "b": PROMPT}, "b", "unknown"),
        # without habits dates are believed, but never for certain; unless we saw one before the date of the other
        ([("a", 37, 40), ("b", 0, 50)], {}, "b", "probable"),
        ([("a", 37, 40), ("b", 0, 5)], {}, "b", "certain"),
        # outlets whose dates are no good do not win by them
        ([("a", 0, 5), ("b", -300, 90)], {"a": PROMPT, "b": BACKDATED}, "a", "probable"),
        ([("a", 0, 5), ("b", -300, 20)], {"a": PROMPT, "b": BACKDATED}, "a", "unknown"),
        ([("a", 0, 5), ("b", -40, 90)], {"a": PROMPT, "b": ROUNDED}, "a", "probable"),
        ([("a", 0, 5), ("b", -40, 90)], {"a": PROMPT, "b": UNDATED}, "a", "probable"),
        ([("a", 0, 5), ("b", LOCAL_MIDNIGHT, 90)], {"a": PROMPT}, "a", "probable"),
        ([("a", 0, 5), ("b", None, 90)], {"a": PROMPT}, "a", "certain"),
        ([("a", 0, 5), ("b", None, 50)], {"a": PROMPT}, "a", "probable"),
        ([("a", 0, 5), ("b", None, 4)], {"a": PROMPT}, "a", "unknown"),
        # but by first sight: what was seen before another date was there before
        ([("a", 37, 40), ("b", -300, 8)], {"a": PROMPT, "b": BACKDATED}, "b", "certain"),
        # an early date that came late is not confirmed by first sight
        ([("a", 0, 5), ("b", -600, 300)], {"a": PROMPT, "b": PROMPT}, "a", "probable"),
        # where everything was seen at once, dates are all there is
        ([("a", 0, 900), ("b", -600, 900)], {}, "b", "probable"),
        # one outlet alone
        ([("a", 0, 5), ("a", 20, 25)], {}, "a", "certain"),
    ],
)  # fmt: skip
def test_first_report(
    reports: list[tuple[str, float | None, float]], habits: dict[str, Habit], first: str, sure: str
) -> None:
    for order in (reports, reports[::-1]):
        found = judged(*(report(*each) for each in order), **habits)
        assert (found.first.card.source, found.sure) == (first, Sureness(sure))
        assert found.known_id == (None if sure == "unknown" else ord(first))


def test_each_outlet_counts_by_its_earliest_report() -> None:
    found = judged(report("a", 50, 51, 1), report("b", 5, 9, 2), report("a", 0, 4, 3), report("c", None, 400, 4))
    assert [arrival.card.id for arrival in found.arrivals] == [3, 2, 4]
    assert found.doubted == ()


def test_dates_that_do_not_count_are_named() -> None:
    found = judged(report("a", 0, 5), report("b", -300, 90), report("c", LOCAL_MIDNIGHT, 95), b=BACKDATED)
    assert [(one.card.source, one.doubt) for one in found.doubted] == [
        ("b", doubts.BACKDATED()),
        ("c", doubts.ROUNDED()),
    ]
    assert found.arrivals[1].at == AT + minutes(90)
    assert find_first_report([], {}, ZONE) is None


def test_outlets_whose_habits_matter_have_the_earliest_dates_or_sights() -> None:
    cards = [report(f"{number:02}", number, 100 - number, number + 1) for number in range(30)]
    assert contenders(cards[::-1]) == {f"{number:02}" for number in (*range(10), *range(20, 30))}
    assert contenders([]) == set()


def test_when_a_report_was_published() -> None:
    midnight = AT + minutes(LOCAL_MIDNIGHT)
    reports = [
        report("a", 0, 5), report("b", None, 100), report("c", LOCAL_MIDNIGHT, 20), report("d", -9, 30),
        report("e", 3, 4), report("f", 1, 62),
    ]  # fmt: skip
    found = judged(*reports, a=PROMPT, d=BACKDATED)
    times = {one.card.source: (one.at, one.earliest, one.latest, one.doubt) for one in found.arrivals}
    assert times == {
        "a": (AT, AT, AT, None),
        "b": (AT + minutes(100), AT + minutes(40), AT + minutes(100), doubts.UNDATED()),
        "c": (AT + minutes(20), midnight, AT + minutes(20), doubts.ROUNDED()),
        "d": (AT + minutes(30), AT - minutes(9), AT + minutes(30), doubts.BACKDATED()),
        "e": (AT + minutes(3), AT + minutes(3), AT + minutes(4), None),
        "f": (AT + minutes(62), AT + minutes(1), AT + minutes(62), doubts.SEEN_LATE()),
    }
    assert [one.card.source for one in found.arrivals] == ["a", "e", "c", "d", "f", "b"]
    assert [one.card.source for one in found.doubted] == ["c", "d"]


@pytest.mark.parametrize(
    ("reports", "sure"),
    [
        ([("a", 0, 5), ("b", 0.99, 6)], "unknown"),
        ([("a", 0, 5), ("b", 1, 6)], "certain"),
        ([("a", 0, 5), ("b", None, 30)], "probable"),
        ([("a", 0, 5), ("b", None, 29)], "unknown"),
        ([("a", 0, 5), ("b", None, 61)], "certain"),
        ([("a", 0, 5), ("b", None, 60.9)], "probable"),
    ],
)
def test_ties(reports: list[tuple[str, float | None, float]], sure: str) -> None:
    assert judged(*(report(*each) for each in reports), a=PROMPT, b=PROMPT).sure == sure


def test_limits_of_habits() -> None:
    assert read_habit(sample([4] * 8), ZONE).dating is Dating.PROMPT
    assert read_habit(sample([4, 5, 6, 7, None, None, None, None]), ZONE).dating is Dating.PROMPT
    assert read_habit(sample([180] * 8), ZONE) == Habit(Dating.BACKDATED)
    assert read_habit(sample([179] * 8), ZONE) == Habit(Dating.PROMPT, minutes(358))
    assert read_habit(sample([30, 31, 32] + [30] * 5, step=1440), ZONE).dating is Dating.ROUNDED
    assert read_habit([], ZONE) == Habit(Dating.UNKNOWN, minutes(60))
