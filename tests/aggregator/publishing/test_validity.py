"""Every kind of published document is valid, also with hostile items."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import etree
from werkzeug.test import Client

from tests.aggregator.publishing.messages import a
from tests.aggregator.publishing.rules import check
from tests.web.fixture_site import NOW

_PATHS = (
    "/feeds/all", "/feeds/tech", "/feeds/livelihood", "/feeds/all/370400", "/feeds/livelihood/370000",
    "/feeds/source/jiangpan", "/feeds/source/beiling", "/feeds/hot", "/feeds/status", "/feeds/military",
)  # fmt: skip
_QUERIES = (
    "/feeds/search.{}?q=%E6%B6%88%E6%81%AF&category=tech", "/feeds/search.{}?category=tech&q=%E4%B8%80%20b",
    "/feeds/all.{}?since=2026-05-19", "/feeds/all.{}?since=1779150000",
    "/feeds/all.{}?before=2026-05-20T08:00:00%2B08:00",
    "/feeds/tech.{}?before=2026-05-20&since=2026-05-01",
)  # fmt: skip


@pytest.mark.parametrize("format", ["atom", "rss", "json"])
def test_every_document_is_without_a_complaint(client: Client, format: str) -> None:
    paths = [*(f"{path}.{format}" for path in _PATHS), *(path.format(format) for path in _QUERIES)]
    paths += [f"/feeds/tech/archive/1.{format}"]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, path
        document = check(answer.data, format, NOW + timedelta(days=1))
        own = f"https://gedi.example{path}"
        if format == "json":
            assert document["feed_url"] == own
        else:
            assert next(link.get("href") for link in document.iter(a("link")) if link.get("rel") == "self") == own
        assert f'<{own}>; rel="self"' in answer.headers["Link"]


def test_ids_are_kept_where_they_are_iris_and_are_the_same_in_every_format(client: Client) -> None:
    atom = etree.fromstring(client.get("/feeds/tech.atom").data)
    ids = [entry.findtext(a("id")) or "" for entry in atom.findall(a("entry"))]
    rss = etree.fromstring(client.get("/feeds/tech.rss").data)
    assert ids == [item.findtext("guid") for item in rss.iter("item")]
    assert ids == [item["id"] for item in client.get("/feeds/tech.json").json["items"]]  # type: ignore[index]
    assert sum(one.startswith("tag:gedi.example,2026:item/") for one in ids) >= 50


def test_an_advertorial_says_so_in_every_format(client: Client) -> None:
    for format in ("atom", "rss", "json"):
        text = client.get(f"/feeds/tech.{format}").get_data(as_text=True)
        assert text.count("【推广】") == 1, format
        assert "没有合上" in text  # its source publishes full texts
        assert "advertorial" in text
