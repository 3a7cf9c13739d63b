"""Tests of /status, /status.json, /healthz and /metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import lxml.html
import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from aggregator.config.checks import ConfigProblem
from aggregator.config.watcher import ConfigState, initial_state
from aggregator.messages import fetch_errors, incidents, poll_reasons
from aggregator.model import PollResult, SourceFilter, SourceState
from aggregator.model.health import DailyPollStats
from aggregator.store import Store
from tests.web import fixture_site
from tests.web.fixture_site import NOW, World
from tests.web.html_checks import page_of, words_of
from web import create_app
from web.views.status_rows import Bar, bars, describe_bars

DAY = date(2026, 5, 20)


def record_poll(store: Store, slug: str, **more: object) -> None:
    (health,) = store.source_health(NOW, filters=SourceFilter(slug=slug), limit=1)
    result = PollResult(health.id, NOW, "unchanged", SourceState.OK, NOW, timedelta(minutes=30), 0, 0.2)
    with store.write_transaction() as writer:
        writer.record_poll_result(replace(result, **more))  # type: ignore[arg-type]


def row(client: FlaskClient, name: str, path: str = "/status") -> str:
    rows = page_of(client, path).xpath("//table[@class='status']/tbody/tr")
    return next(words for words in map(words_of, rows) if name in words)


def test_row_shows_error_remedy_reason_and_trend(world: World, client: FlaskClient) -> None:
    failed = {"outcome": "failed", "state": SourceState.FAILING, "error_kind": "dns", "failures": 3}
    record_poll(
        world.store,
        "shiqiao",
        **failed,
        error=fetch_errors.DNS(host="shiqiao.example"),
        why=poll_reasons.FAILED(times=3),
    )
    row_text = row(client, "域名解析不了")
    assert "请检查拼写或本机网络" in row_text
    assert "连续失败 3 次" in row_text
    trend = page_of(client, "/status").xpath("//span[@class='days']")[0]
    assert trend.get("role") == "img"
    assert trend.get("aria-label").startswith("近7天每天新条目：0、")
    assert len(trend.xpath("i")) == 7


def test_single_source_shows_its_month(client: FlaskClient) -> None:
    page = page_of(client, "/status?source=shiqiao")
    month, rates = page.xpath("//table[contains(@class,'month')]")
    assert words_of(month.xpath("tbody/tr")[0]).startswith("5月20日")
    assert len(rates.xpath("tbody/tr")) == 24 + 7
    assert not page_of(client, "/status?state=ok").xpath("//table[contains(@class,'month')]")


def client_with_state(client: Callable[[], ConfigState], store: Store, settings: str = "") -> FlaskClient:
    config = fixture_site.config(settings)
    return create_app(store, config, clock=lambda: NOW, config_state=client).test_client()


def test_rejected_config_is_shown_with_its_lines(store: Store) -> None:
    problems = (ConfigProblem("config.toml", 12, "sources[2].slgu", "unknown setting <b>"),)
    state = replace(
        initial_state(fixture_site.config(), NOW), refused_at=NOW, problems=problems, pending_restart=("web.port",)
    )
    token = "correct-horse-battery-staple"
    admin = client_with_state(lambda: state, store, f'[web]\npublic_status = false\nadmin_token = "{token}"\n')
    headers = {"Authorization": f"Bearer {token}"}
    answer = admin.get("/status", headers=headers)
    page = lxml.html.fromstring(answer.text)
    assert "config.toml:12: sources[2].slgu" in words_of(page.xpath("//section[@class='alert']")[0])
    assert "web.port的改动要重新启动后才生效" in words_of(page)
    (error,) = admin.get("/status.json", headers=headers).get_json()["config"]["errors"]
    assert error["message"] == "unknown setting <b>"
    client = client_with_state(lambda: state, store)
    assert client.get("/healthz").get_json()["config"] == "refused"
    assert client.get("/healthz").get_json()["status"] == "ailing"
    assert "gedi_config_ok 0.0" in client.get("/metrics").text


def test_a_rejected_config_is_not_shown_to_everybody(store: Store) -> None:
    path = "/srv/gedi/config.toml"
    problems = (ConfigProblem(path, 12, "sources[2].url", "Input should be valid (found 'http://secret')"),)
    state = replace(initial_state(fixture_site.config(), NOW), file=path, refused_at=NOW, problems=problems)
    client = client_with_state(lambda: state, store)
    words = words_of(page_of(client, "/status").xpath("//section[@class='alert']")[0])
    assert "config.toml有误" in words
    body = client.get("/status.json").text
    for text in (words, body):
        assert "/srv" not in text
        assert "secret" not in text
    (error,) = client.get("/status.json").get_json()["config"]["errors"]
    assert (error["file"], error["line"], error["key"]) == ("config.toml", 12, "sources[2].url")


def test_an_admin_sees_details_of_a_rejected_config_on_public_pages(store: Store) -> None:
    token = "correct-horse-battery-staple"
    problems = (ConfigProblem("/srv/gedi/config.toml", 12, "web.port", "Input should be a number"),)
    state = replace(initial_state(fixture_site.config(), NOW), refused_at=NOW, problems=problems)
    client = client_with_state(lambda: state, store, f'[web]\nadmin_token = "{token}"\n')
    for path in ("/status", "/status.json"):
        for headers, shown in (
            ({}, False),
            ({"Authorization": "Bearer something else"}, False),
            ({"Authorization": f"Bearer {token}"}, True),
        ):
            response = client.get(path, headers=headers)
            assert response.status_code == 200
            assert ("Input should be a number" in response.text) == shown, (path, headers)
            assert {"Cookie", "Authorization"} <= set(response.vary)
            assert response.headers["Cache-Control"] == ("private, no-store" if shown else "no-cache")
    client.post("/admin/login", data={"token": token})
    response = client.get("/status.json")
    assert "Input should be a number" in response.text
    assert response.headers["Cache-Control"] == "private, no-store"


def test_the_numbers_of_today_are_the_same_everywhere_and_while_items_arrive(world: World, client: FlaskClient) -> None:
    slug, number = next(iter(world.store.sync_sources(fixture_site.sources(), NOW, timedelta(0)).items()))
    paths = ["/", "/status", "/feeds", "/latest", "/status.json"]
    counts = set()
    for minute, path in enumerate([*paths, *paths]):
        response = client.get(path)
        text = response.text if path == "/status.json" else words_of(lxml.html.fromstring(response.text))
        totals = client.get("/status.json").get_json()["totals"]
        counts.add((totals["items_today"], totals["stories_today"]))
        assert str(totals["items_today"]) in text, path
        drafts = [fixture_site.draft(slug, f"又来的第{minute}条消息", minutes=minute)]
        fixture_site.insert(world.store, number, drafts)
    ((items_today, stories_today),) = counts
    assert items_today > stories_today > 0
    client.application.extensions["site"].cache.clear()
    assert client.get("/status.json").get_json()["totals"]["items_today"] == items_today + 2 * len(paths)


def test_status_json_has_days_and_reasons(world: World, client: FlaskClient) -> None:
    record_poll(world.store, "shiqiao", why=poll_reasons.RETRY_AFTER(), status=304)
    body = client.get("/status.json?source=shiqiao").get_json()
    source = next(each for each in body["sources"] if each["slug"] == "shiqiao")
    assert source["next_why"] == "asked to wait by Retry-After"
    assert len(source["days"]) == 7
    assert source["days"][-1]["day"] == "2026-05-20"
    assert source["days"][-1]["not_modified"] == 1
    assert body["service"] == {"poller": "none", "last_tick": None, "troubles": []}


@pytest.mark.parametrize(
    ("minutes", "path", "code", "status"),
    [
        (None, "/healthz", 200, "ok"),
        (1, "/healthz", 200, "ok"),
        (5, "/healthz", 503, "unavailable"),
        (5, "/healthz?part=site", 200, "ok"),
        (5, "/healthz?part=live", 200, "ok"),
        (5, "/healthz?part=ready", 503, "unavailable"),
        (1, "/healthz?part=ready", 200, "ok"),
        (None, "/healthz?part=ready", 503, "unavailable"),
    ],
)
def test_healthz_reports_whether_the_poller_is_alive(
    store: Store, minutes: int | None, path: str, code: int, status: str
) -> None:
    if minutes is not None:
        store.record_heartbeat(NOW - timedelta(minutes=minutes))
    client = create_app(store, fixture_site.config(), clock=lambda: NOW).test_client()
    response = client.get(path)
    assert (response.status_code, response.get_json()["status"]) == (code, status)
    stalled = "抓取程序没有动静" in client.get("/status").text
    assert stalled == (minutes == 5)


def test_service_incidents_are_shown(store: Store) -> None:
    store.open_incident("disk", incidents.DISK(), NOW)
    client = create_app(store, fixture_site.config(), clock=lambda: NOW).test_client()
    assert "磁盘快满了" in words_of(page_of(client, "/status").xpath("//section[@class='alert']")[0])
    response = client.get("/healthz")
    assert (response.status_code, response.get_json()["status"], response.get_json()["troubles"]) == (
        200,
        "ailing",
        ["disk"],
    )


def test_metrics_parse_and_are_equal_in_every_process(world: World) -> None:
    world.store.record_heartbeat(NOW)
    clients = [create_app(world.store, world.config, clock=lambda: NOW).test_client() for _ in range(2)]
    responses = [client.get("/metrics") for client in clients]
    assert responses[0].headers["Content-Type"].startswith("text/plain; version=0.0.4")
    texts = [[line for line in response.text.splitlines() if "gedi_" in line] for response in responses]
    assert texts[0] == texts[1]
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(responses[0].text)
        for sample in family.samples
    }
    assert samples["gedi_sources", "failing"] == 1
    assert samples["gedi_troubles", "source"] == 1
    assert samples["gedi_visits_total", "failed"] == 1
    assert samples["gedi_poller_last_tick_timestamp_seconds",] == NOW.timestamp()
    assert samples["gedi_new_items_total",] >= samples["gedi_items",] > 0
    assert ("process_resident_memory_bytes",) in samples


def test_every_metric_is_documented(store: Store) -> None:
    from pathlib import Path

    store.record_heartbeat(NOW)
    client = create_app(store, fixture_site.config(), clock=lambda: NOW).test_client()
    documentation = (Path(__file__).parents[3] / "docs" / "outputs.md").read_text("utf-8")
    for family in text_string_to_metric_families(client.get("/metrics").text):
        if family.name.startswith("gedi_"):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            assert f"`{name}" in documentation, name


def test_status_page_links_the_status_feed(world: World, client: FlaskClient) -> None:
    page = page_of(client, "/status")
    assert page.xpath("//link[@rel='alternate'][contains(@href, '/feeds/status.atom')]")
    assert page.xpath("//a[@href='/feeds/status.atom']")


@pytest.mark.parametrize(
    ("days", "full", "shown"),
    [
        ([], 1, ()),
        ([DailyPollStats(DAY), DailyPollStats(DAY)], 1, ()),
        (
            [DailyPollStats(DAY, 9, 0, 0, 0), DailyPollStats(DAY, 9, 0, 5, 1), DailyPollStats(DAY, 9, 0, 4, 100)],
            100,
            (Bar(0, False), Bar(1, True), Bar(8, False)),
        ),
        ([DailyPollStats(DAY, 9, 0, 0, 50), DailyPollStats(DAY, 9, 0, 0, 1)], 400, (Bar(1, False), Bar(1, False))),
    ],
)
def test_bar_heights(days: list[DailyPollStats], full: int, shown: tuple[Bar, ...]) -> None:
    assert bars(days, full) == shown


def test_text_alternative_of_the_bars() -> None:
    days = [DailyPollStats(DAY, 9, 0, 0, 3), DailyPollStats(DAY, 9, 0, 2, 0)]
    assert describe_bars(days, 40) == "近2天每天新条目：3、0；失败：5月20日2次；满格为40条"


def test_bars_of_a_page_have_one_scale(world: World, client: FlaskClient) -> None:
    small, large = list(world.store.sync_sources(fixture_site.sources(), NOW, timedelta(0)).items())[:2]
    for (slug, number), count in ((small, 3), (large, 40)):
        drafts = [fixture_site.draft(slug, f"第{each}条消息", minutes=each) for each in range(count)]
        fixture_site.insert(world.store, number, drafts)
    page = page_of(client, "/status")
    today = {
        str(row.xpath("th/a/@href")[0]).rpartition("/")[2]: row.xpath(".//span[@class='days']/i/@class")[-1]
        for row in page.xpath("//table[@class='status']/tbody/tr")
        if row.xpath(".//span[@class='days']")
    }
    most = max(day.items for health in world.store.source_health(NOW) for day in health.days)
    assert today[large[0]] == "h8"
    assert today[small[0]] in ("h1", "h2")
    assert f"本页各行同一比例，满格为{most}条" in words_of(page).replace(" ", "")
    assert all(text.endswith(f"满格为{most}条") for text in page.xpath("//span[@class='days']/@title"))
