"""Days begin at midnight of the site's zone, at whatever hour a page is read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from tests.aggregator.store.factories import copy_database, open_store
from tests.clock import now
from tests.web import fixture_site
from tests.web.html_checks import page_of
from web import create_app
from web.i18n.times import Clock
from web.views import shared_lists

pytestmark = pytest.mark.clock

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def client(instant: datetime, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with open_store(copy_database(sqlite_template, tmp_path_factory.mktemp("days"))) as store:
        built = fixture_site.build(store, now=instant)
        yield create_app(store, built.config, clock=now).test_client()


def day_of(at: datetime) -> date:
    return at.astimezone(ZONE).date()


def test_what_was_published_since_midnight_counts_as_today(client: FlaskClient) -> None:
    site = client.application.extensions["site"]
    published = [row["published"] for row in site.store.export_items()]
    assert shared_lists.today_counts(site)[0] == sum(day_of(at) == day_of(now()) for at in published)


@pytest.mark.parametrize("path", ["/", "/latest", "/status", "/category/society", "/region/370000", "/search?q=夜市"])
def test_pages_show_no_time_after_the_present_one(client: FlaskClient, path: str) -> None:
    times = [datetime.fromisoformat(text) for text in page_of(client, path).xpath("//main//time/@datetime")]
    shown = [at for at in times if at.tzinfo is not None]
    assert shown
    if path != "/status":  # which says when sources are polled next
        assert max(shown) <= now()


@pytest.mark.parametrize("hours", [1, 6, 12, 23, 24, 30, 47, 48])
def test_a_time_is_named_by_its_day(hours: int) -> None:
    clock, at = Clock(now(), ZONE), now() - timedelta(hours=hours)
    days = (day_of(now()) - day_of(at)).days
    text = clock.moment(at).text
    assert text.startswith("今天") == (days == 0)
    assert text.startswith("昨天") == (days == 1)
    assert clock.day_heading(day_of(at)).startswith(("今天", "昨天")) == (days < 2)
    assert ("年" in text) == (days > 1 and day_of(at).year != day_of(now()).year)
