"""A push to ``gedi run``: the site accepts it, the poller reads it, and the feeds contain it without a poll."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.store import Store
from tests.aggregator.websub.hub import Hub
from tests.clock import now
from tests.gedi.processes import eventually, free_port, get, run_gedi
from tests.rss import ARTICLE, OTHER, item, rss


@pytest.mark.clock(every=34)
def test_a_push_reaches_the_feeds_without_a_poll(tmp_path: Path, hub: Hub, database_url: str) -> None:
    first = item("1", "枣庄十二条背街小巷改造完工", ARTICLE, now() - timedelta(days=2))
    port = free_port()
    (tmp_path / "config.toml").write_text(
        f"""
        [site]
        url = "http://127.0.0.1:{port}"
        [database]
        url = "{database_url}"
        [web]
        port = {port}
        [polling]
        allow = ["127.0.0.0/8"]
        [[sources]]
        url = "{hub.feed("/feed", rss("鲁南", first))}"
        slug = "lunan"
        interval = "1h"
        """
    )
    feed = f"http://127.0.0.1:{port}/feeds/all.atom"
    with run_gedi("run", cwd=tmp_path):
        assert eventually(lambda: bool(hub.subscribers), 60), (tmp_path / "gedi.log").read_text()
        assert "枣庄十二条背街小巷改造完工" in get(feed)[1]
        polls = hub.polls
        fresh = item("2", "秋汛鲅鱼上岸渔村摆开长桌宴", OTHER, now())
        assert hub.push("/feed", rss("鲁南", fresh)) == [202]
        assert eventually(lambda: "秋汛鲅鱼上岸渔村摆开长桌宴" in get(feed)[1])
        assert hub.polls == polls
    store = Store.open(database_url, migrate=False)
    (found,) = store.subscriptions()
    store.close()
    assert found.pushes == 1
    assert "Traceback" not in (tmp_path / "gedi.log").read_text()
