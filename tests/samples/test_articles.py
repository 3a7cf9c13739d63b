"""The bundled texts: their number and variety, and no two that are similar by accident."""

from collections import defaultdict
from itertools import combinations

from aggregator.reference.categories import CategoryTree
from aggregator.reference.gazetteer import Gazetteer
from samples.article_texts import fill_dates, load_articles

ARTICLES = load_articles()


def test_there_are_enough_of_them_and_they_are_varied() -> None:
    assert len(ARTICLES) >= 90
    assert len({article.category.split("/")[0] for article in ARTICLES}) >= 14
    assert len({article.region[:2] for article in ARTICLES if article.region}) >= 12
    assert sum(article.region[:2] == "37" for article in ARTICLES if article.region) >= 30
    assert sum(article.category == "emotion/story" for article in ARTICLES) >= 5


def test_every_category_and_region_exists() -> None:
    tree, gazetteer = CategoryTree.default(), Gazetteer.load()
    assert [a.key for a in ARTICLES if tree.find(a.category) is None] == []
    assert [a.key for a in ARTICLES if a.region and gazetteer.get(a.region) is None] == []


def test_keys_are_unique_and_paragraphs_are_of_a_newspaper() -> None:
    assert len({article.key for article in ARTICLES}) == len(ARTICLES)
    for article in ARTICLES:
        lengths = [len(part) for part in article.paragraphs]
        assert 3 <= len(lengths) <= 6, article.key
        assert min(lengths) >= 50, (article.key, lengths)
        assert max(lengths) <= 180, (article.key, lengths)


def test_no_two_articles_share_a_long_stretch_of_text() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for article in ARTICLES:
        for part in article.paragraphs:
            for start in range(len(part) - 14):
                owners[part[start : start + 15]].add(article.key)
    adverts = {article.key for article in ARTICLES if article.role == "advert"}
    shared = {pair for keys in owners.values() for pair in combinations(sorted(keys), 2) if not set(pair) <= adverts}
    assert shared == set()


def test_many_events_are_covered_by_several_outlets() -> None:
    reports: dict[str, int] = defaultdict(int)
    for article in ARTICLES:
        reports[article.event or article.key] += 1 + article.copies
    assert sum(count >= 3 for count in reports.values()) >= 10


def test_days_are_filled_in() -> None:
    from datetime import datetime, timedelta, timezone

    day = datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=8)))
    assert (
        fill_dates("{昨日}夜到{今日}晨，{明日}、{后日}再看，{前日}已报", day)
        == "2月28日夜到3月1日晨，3月2日、3月3日再看，2月27日已报"
    )
    for article in ARTICLES:
        for text in (*article.titles, *article.paragraphs, article.edit or ""):
            assert "{" not in fill_dates(text, day), article.key
