"""Search results with one row for each story and series, on both databases."""

from __future__ import annotations

import random

import pytest

from aggregator.model import ItemCard, SearchFilter
from aggregator.steps.stories.series import SeriesFolder
from aggregator.store import Store, search_pages
from tests.aggregator.store.factories import draft, ids, outlets, publish

WORDS = ("运河", "清淤", "通船", "码头")


def test_one_row_for_a_story_also_across_pages(store: Store) -> None:
    outlets(store, "a", "b")
    publish(store, "a", draft("1", title="运河清淤", minutes=1))
    publish(store, "b", draft("2", title="运河清淤了", minutes=2), draft("3", title="运河边", minutes=3), story=1)
    publish(store, "a", draft("4", title="运河上", minutes=4))
    page = store.search_page("运河", 1)
    assert ids(page.cards) == [1]
    assert page.cards[0].story_items == 3
    assert page.end is not None
    assert ids(store.search_page("运河", 1, before=page.end).cards) == [4]
    assert ids(store.search_items("运河", 9)) == [1, 2, 3, 4]  # as feeds and the API list them


def test_a_report_that_does_not_match_hides_no_other(store: Store) -> None:
    outlets(store, "a", "b")
    publish(store, "a", draft("1", title="别的标题", minutes=1), draft("2", title="运河", minutes=2))
    publish(store, "b", draft("3", title="运河清淤", minutes=3), story=1)
    page = store.search_page("运河", 1)
    assert ids(page.cards) == [2]
    assert page.end is not None
    assert ids(store.search_page("运河", 1, before=page.end).cards) == [3]


def test_a_story_is_not_repeated_below_many_reports_that_do_not_match(store: Store) -> None:
    outlets(store, "a")
    publish(store, "a", draft("1", title="运河清淤", minutes=1))
    others = [draft(str(number), title="别的标题", minutes=number) for number in range(3, 3 + search_pages._NEAR + 1)]
    publish(store, "a", draft("2", title="运河上", minutes=2))
    publish(store, "a", *others, draft("99", title="运河边", minutes=99), story=1)
    page = store.search_page("运河", 2)
    assert ids(page.cards) == [1, 2]
    assert ids(store.search_page("运河", 1).cards) == [1]
    assert page.end is None
    first = store.search_page("运河", 1)
    assert first.end is not None
    second = store.search_page("运河", 1, before=first.end)
    assert ids(second.cards) == [2]
    assert second.end is None


def test_the_newest_matching_issue_of_a_series(store: Store) -> None:
    outlets(store, "a")
    titles = ("枣庄今日天气：最高9度", "枣庄昨日天气：最高12度", "枣庄昨日天气：最高8度")
    publish(store, "a", *(draft(str(at), title=title, minutes=at * 60) for at, title in enumerate(titles, 1)))
    (card,) = store.search_page("天气", 9).cards
    assert (card.id, card.has_earlier_issues) == (1, True)
    assert ids(store.search_page("昨日", 9).cards) == [2]
    assert [
        ids(store.search_page("天气", 9, sort="rel").cards),
        ids(store.search_page("昨日", 9, sort="rel").cards),
    ] == [
        [1],
        [2],
    ]


def test_the_best_report_of_a_story(store: Store) -> None:
    outlets(store, "a", "b")
    publish(store, "a", draft("1", title="别的标题", text="说到运河", minutes=1))
    publish(store, "b", draft("2", title="运河运河", text="运河", minutes=2), story=1)
    assert ids(store.search_page("运河", 9, sort="rel").cards) == [2]


@pytest.mark.parametrize("seed", range(3))
def test_pages_equal_the_whole_list(store: Store, seed: int) -> None:
    rng = random.Random(seed)
    outlets(store, "a", "b")
    for number in range(90):
        words = "，".join(rng.sample(WORDS, 2))
        title = f"第{number}期{words[:2]}快报" if rng.random() < 0.3 else f"{words}之{chr(0x4E00 + number)}"
        made = draft(str(number), title=title, text=words, minutes=number * 30, category=rng.choice(("tech", None)))
        publish(store, rng.choice("ab"), made, story=rng.choice((None, None, 1 + number // 8)) if number else None)
    for query, filters in (("运河", SearchFilter()), ("清淤 -码头", SearchFilter()), ("通", SearchFilter()),
                           ("运河", SearchFilter(category="tech")), ("河1 运河", SearchFilter())):  # fmt: skip
        expected = _fold(store.search_items(query, 1000, filters=filters))
        for size in (1, 4, 9, 200):
            assert _walk(store, query, filters, size) == expected, (query, size)


def _fold(cards: list[ItemCard]) -> list[int]:
    stories: set[int] = set()
    folder, expected = SeriesFolder(), []
    for card in cards:
        is_older = folder.is_older_issue(card.series, card.published)
        if not is_older and card.story_id not in stories:
            expected.append(card.id)
        stories.add(card.story_id)
    return expected


def _walk(store: Store, query: str, filters: SearchFilter, size: int) -> list[int]:
    page = store.search_page(query, size, filters=filters)
    found = ids(page.cards)
    while page.end:
        page = store.search_page(query, size, filters=filters, before=page.end)
        found += ids(page.cards)
    return found


def test_a_page_reads_a_bounded_number_of_results_and_is_never_empty(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_pages, "MAX_READ", 10)
    outlets(store, "a", "b")
    publish(store, "a", draft("0", title="运河", minutes=0))
    publish(store, "b", *(draft(str(n), title=f"运河{chr(0x4E00 + n)}", minutes=n) for n in range(1, 60)), story=1)
    publish(store, "a", draft("old", title="运河旧闻", minutes=100))
    page, pages = store.search_page("运河", 5), 1
    assert ids(page.cards) == [1]
    while page.end:
        page, pages = store.search_page("运河", 5, before=page.end), pages + 1
        assert page.cards
    assert ids(page.cards)[-1] == 61
    assert pages < 12
