"""Each page, with a real store: it answers, shows what it must, and is sound HTML."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import etree, html

from aggregator.model import Health, State
from aggregator.store import Store
from aggregator.unreachable import Trouble
from tests.web import world
from tests.web.world import EVENT, HOSTILE_TITLE, NOW, REPORTS, World
from web import create_app
from web.faults import fault_of


@pytest.fixture
def built(store: Store) -> World:
    return world.build(store)


@pytest.fixture
def client(built: World) -> Iterator[FlaskClient]:
    app = create_app(built.store, built.config, clock=lambda: NOW)
    with app.test_client() as client:
        yield client


@pytest.fixture
def empty(store: Store) -> FlaskClient:
    return create_app(store, world.config(), clock=lambda: NOW).test_client()


@pytest.fixture(scope="module")
def still(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """The world on SQLite, built once for the tests that only look."""
    yield from _client_of(sqlite_template, tmp_path_factory, filled=True)


@pytest.fixture(scope="module")
def still_empty(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    yield from _client_of(sqlite_template, tmp_path_factory, filled=False)


def _client_of(template: Path, folders: pytest.TempPathFactory, *, filled: bool) -> Iterator[FlaskClient]:
    path = folders.mktemp("world") / "gedi.db"
    shutil.copyfile(template, path)
    store = Store.open(f"sqlite:///{path}", migrate=False)
    if filled:
        world.build(store)
    yield create_app(store, world.config(), clock=lambda: NOW).test_client()
    store.close()


def page_of(client: FlaskClient, path: str, status: int = 200) -> html.HtmlElement:
    """The page, after the checks that hold for every page."""
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status)
    assert answer.mimetype == "text/html"
    document = html.fromstring(answer.data)
    check_sound(document, path)
    return document


def check_sound(document: html.HtmlElement, path: str) -> None:
    assert len(document.xpath("//h1")) == 1, path
    ids = document.xpath("//@id")
    assert len(ids) == len(set(ids)), (path, sorted(each for each in ids if ids.count(each) > 1))
    for name in document.xpath("//@aria-labelledby"):
        assert name in ids, (path, name)
    for label in document.xpath("//label/@for"):
        assert label in ids, (path, label)
    assert document.xpath("//title/text()")
    assert document.get("lang") == "zh-CN"
    for address in document.xpath("//link/@href | //script/@src | //img/@src | //form/@action"):
        assert address.startswith(("/", "https://gedi.example/")), (path, address)
    assert not document.xpath("//@style | //style | //script[not(@src) and @type!='application/ld+json']"), path
    assert not document.xpath("//*[@onclick or @onerror or @onload]"), path
    for data in document.xpath("//script[@type='application/ld+json']/text()"):
        json.loads(data)
    assert not re.search(r"\bNone\b|\bundefined\b|Undefined", document.text_content()), path


def words_of(document: html.HtmlElement) -> str:
    return " ".join(document.text_content().split())


PAGES = (
    "/",
    "/latest",
    "/hot",
    "/hot?window=7d&category=livelihood&region=370000",
    "/category/society",
    "/category/emotion/story",
    "/category/livelihood?region=370400&multi=1",
    "/category/livelihood?sort=hot",
    "/category/society?date=2026-05-19",
    "/category/military",
    "/region",
    "/region?q=鼓楼",
    "/region?q=火星",
    "/region/370000",
    "/region/370400",
    "/region/370481",
    "/region/650000",
    "/region/110101",
    "/sources",
    "/sources?region=370000&q=石桥",
    "/source/shiqiao",
    "/source/dengta",
    "/search",
    "/search?q=运河",
    "/search?q=不存在的词",
    "/feeds",
    "/feeds?category=livelihood&region=枣庄&format=rss",
    "/feeds?q=供暖",
    "/status",
    "/status?state=failing",
    "/status?source=没有",
    "/about",
    "/corrections",
    "/corrections?item=1",
    "/widget?category=livelihood&region=370400&n=3&theme=dark",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_sound(still: FlaskClient, path: str) -> None:
    page_of(still, path)


@pytest.mark.parametrize("path", [path for path in PAGES if not path.startswith("/source/")])
def test_every_page_is_sound_before_anything_was_polled(still_empty: FlaskClient, path: str) -> None:
    page_of(still_empty, path)


def test_home(client: FlaskClient, built: World) -> None:
    page = page_of(client, "/")
    lead = page.xpath("//section[contains(@class,'lead')]//h2/a")[0]
    assert lead.text == EVENT[0][4]
    assert lead.get("href") == f"/item/{built['event0']}"
    assert page.xpath(f"//div[@class='also']//a[@href='/story/{built.story}']")[0].text == "4家媒体报道"
    also = [words_of(line) for line in page.xpath("//div[@class='also']//li/a")]
    assert also == [EVENT[2][4], EVENT[3][4], EVENT[1][4]]  # one an outlet, the reprint last
    assert len(page.xpath("//div[contains(@class,'cats')]/section")) >= 6
    assert len(page.xpath("//ol[@class='rank']/li")) == 10
    assert page.xpath("//section[.//h2='刚刚收录']//li")
    assert "今日收录" in words_of(page)


def test_the_navigation_shows_categories_with_items_and_the_present_one(client: FlaskClient) -> None:
    def shown(path: str) -> list[str]:
        return [str(name) for name in page_of(client, path).xpath("//nav[@class='main']//a/text()")]

    assert shown("/")[:4] == ["首页", "热门", "地区", "社会"]
    assert "军事" not in shown("/")
    assert shown("/category/military")[-1] == "军事"
    current = page_of(client, "/category/livelihood/heating").xpath("//nav[@class='main']//a[@aria-current]/text()")
    assert current == ["民生"]


def test_item_by_its_source_s_terms(client: FlaskClient, built: World) -> None:
    excerpt_only = page_of(client, f"/item/{built[REPORTS[0][4]]}")
    assert REPORTS[0][5] in words_of(excerpt_only)
    assert "正文的第二段" not in words_of(excerpt_only)
    assert excerpt_only.xpath("//div[@class='readon']")
    full = page_of(client, f"/item/{built[REPORTS[1][4]]}")
    assert "正文的第二段" in words_of(full)
    assert not full.xpath("//div[@class='readon']")


def test_item_names_source_author_place_and_original(client: FlaskClient, built: World) -> None:
    page = page_of(client, f"/item/{built[REPORTS[0][4]]}")
    byline = words_of(page.xpath("//p[@class='byline']")[0])
    assert "来源：石桥晚报" in byline
    assert "作者：顾一舟" in byline
    assert "枣庄" in byline
    assert "2026年5月20日 10:19" in byline
    original = page.xpath("//footer[@id='attribution']//a/@href")[0]
    assert original.startswith("https://shiqiao.example/2026/")
    assert page.xpath("//nav[@class='crumbs']//a/text()") == ["首页", "社会", "城事"]
    assert "noindex" in page.xpath("//meta[@name='robots']/@content")[0]
    assert page.xpath("//meta[@property='article:section']/@content") == ["社会"]


def test_item_shows_the_story_s_reports_and_related_items(client: FlaskClient, built: World) -> None:
    page = page_of(client, f"/item/{built['event1']}")
    timeline = page.xpath("//ol[@class='timeline']/li")
    tags = [words_of(li.xpath(".//span[contains(@class,'tag')]")[0]) for li in timeline]
    assert tags == ["首发", "转载", "补充报道", "改写"]
    assert "全文一致" in words_of(timeline[1])
    assert "+34分钟" in words_of(timeline[1])
    assert "相似度78%" in words_of(timeline[3])
    assert timeline[1].xpath(".//a[@aria-current='true']")
    related = page_of(client, f"/item/{built['event0']}").xpath("//ul[@class='related']/li")
    assert len(related) >= 4
    assert all(li.xpath(".//p[@class='ex']") for li in related)


def test_item_as_json(client: FlaskClient, built: World) -> None:
    answer = client.get(f"/item/{built['event1']}.json")
    body = answer.get_json()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert body["title"] == EVENT[1][4]
    assert body["relation"] == "reprint"
    assert body["reprint_of"] == built["event0"]
    assert body["html"] is None  # the source gives excerpts only
    assert body["province"] == "370000"
    assert [each["relation"] for each in body["reports"]] == ["original", "further", "rewrite"]


def test_missing_withdrawn_and_wrong(client: FlaskClient, built: World) -> None:
    assert "没有这个页面" in words_of(page_of(client, "/item/999999", 404))
    assert "没有这个页面" in words_of(page_of(client, "/item/99999999999999999999999", 404))
    assert "已删除" in words_of(page_of(client, f"/item/{built['gone']}", 410))
    assert client.get(f"/item/{built['gone']}.json").status_code == 410
    for path in ("/story/999999", "/source/nobody", "/region/999999", "/category/nothing", "/nothing", "/static/x.css"):
        page_of(client, path, 404)
    refused = client.post("/latest")
    assert refused.status_code == 405
    assert "GET" in refused.headers["Allow"]


def test_story(client: FlaskClient, built: World) -> None:
    page = page_of(client, f"/story/{built.story}")
    assert words_of(page.xpath("//h1")[0]) == EVENT[0][4]
    assert "4家媒体，4篇报道；石桥晚报最早发布，首发后2小时23分内陆续跟进" in words_of(page)
    assert len(page.xpath("//ol[@class='timeline']/li")) == 4
    assert page.xpath(f"//link[@href='/feeds/story/{built.story}.atom']")


def test_a_merged_story_leads_to_the_other(client: FlaskClient, built: World) -> None:
    alone = built.store.item(built[REPORTS[0][4]])
    assert alone is not None
    merged = built.store.merge([built["event0"], alone.card.id], NOW)
    other = ({built.story, alone.card.story_id} - {merged}).pop()
    answer = client.get(f"/story/{other}")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/story/{merged}")


def test_category_with_days_filters_and_feed(client: FlaskClient) -> None:
    page = page_of(client, "/category/society")
    assert [words_of(day) for day in page.xpath("//h2[@class='day']")] == ["今天 5月20日 星期三", "昨天 5月19日 星期二"]
    assert page.xpath("//link[@rel='alternate']/@href")[0] == "/feeds/society.atom"
    assert page.xpath("//ul[@class='tabs']//a[@aria-current]/text()") == ["全部"]
    filtered = page_of(client, "/category/livelihood?region=370400&multi=1")
    titles = [words_of(title) for title in filtered.xpath("//ul[@class='stream']//h3")]
    assert titles == [EVENT[0][4]]
    assert filtered.xpath("//link[@rel='alternate']/@href")[0] == "/feeds/livelihood/370400.atom"
    assert filtered.xpath("//select[@name='region']/option[@selected]/@value") == ["370400"]
    assert client.get("/category/story").headers["Location"] == "/category/emotion/story"


def test_a_day_can_be_chosen(client: FlaskClient) -> None:
    days = page_of(client, "/category/society?date=2026-05-19").xpath("//h2[@class='day']")
    assert [words_of(day) for day in days] == ["昨天 5月19日 星期二"]
    assert client.get("/category/society?date=nonsense").status_code == 200


def test_regions_are_found_by_name(client: FlaskClient) -> None:
    assert client.get("/region?q=滕州").headers["Location"] == "/region/370481"
    assert client.get("/region?q=370400").headers["Location"] == "/region/370400"
    several = page_of(client, "/region?q=鼓楼区")
    assert len(several.xpath("//section[.//h2[contains(., '可能是')]]//a")) >= 2
    assert client.get("/region/110100").headers["Location"] == "/region/110000"


def test_region_page(client: FlaskClient) -> None:
    page = page_of(client, "/region/370400")
    assert page.xpath("//nav[@class='crumbs']//a/text()") == ["首页", "地区", "山东", "枣庄"]
    assert words_of(page.xpath("//section[@class='lead slim']//h2")[0]) == EVENT[0][4]
    assert "滕州" in words_of(page.xpath("//nav[@class='places']")[0])
    assert "石桥晚报" in words_of(page.xpath("//section[.//h2='本地媒体']")[0])


def test_an_empty_region_says_why_and_shows_the_wider_one(client: FlaskClient) -> None:
    page = page_of(client, "/region/370406")
    assert "没有登记在山亭的来源" in words_of(page.xpath("//section[@class='empty']")[0])
    assert page.xpath("//ul[@class='stream']/li")


def test_empty_pages_say_why_and_lead_to_the_status(empty: FlaskClient) -> None:
    for path in ("/", "/latest", "/category/society", "/region/370400", "/sources", "/search?q=x"):
        box = page_of(empty, path).xpath("//section[@class='empty']")[0]
        assert box.xpath(".//a[@href='/status']"), path
        assert "config.toml" in words_of(box) or "没有" in words_of(box)


def test_search_highlights_what_it_found(client: FlaskClient) -> None:
    page = page_of(client, "/search?q=运河")
    assert {mark.text for mark in page.xpath("//mark")} == {"运河"}
    assert page.xpath("//link[@rel='alternate']/@href")[0].startswith("/feeds/search.atom?q=")
    assert words_of(page.xpath("//p[@class='found']")[0]).startswith("找到")
    narrowed = page_of(client, "/search?q=运河&category=tech")
    assert narrowed.xpath("//section[@class='empty']//a[contains(@href, '/search?q=')]")


def test_source_page(client: FlaskClient) -> None:
    page = page_of(client, "/source/jiuzhan")
    assert "失败" in words_of(page.xpath("//dl[@class='facts']")[0])
    assert len(page.xpath("//ul[@class='stream']/li")) == 2
    assert "还没有抓取过" not in words_of(page)


def test_status(client: FlaskClient) -> None:
    page = page_of(client, "/status")
    rows = page.xpath("//table[@class='status']/tbody/tr")
    assert words_of(rows[0]).startswith("旧站周报")
    assert "对方拒绝访问（HTTP 403）" in words_of(rows[0])
    assert "旧站周报连续失败5次" in words_of(page.xpath("//section[@class='alert']")[0])
    assert len(rows) == len(world.OUTLETS)
    assert "操作" not in words_of(page)
    body = client.get("/status.json").get_json()
    assert body["totals"]["failing"] == 1
    assert {source["slug"] for source in body["sources"]} == {outlet[0] for outlet in world.OUTLETS}


def test_the_builder_makes_addresses(client: FlaskClient) -> None:
    def built_address(query: str) -> str:
        found = page_of(client, f"/feeds?{query}").xpath("//div[@class='result']//code")
        return words_of(found[0]) if found else ""

    assert built_address("category=livelihood&region=枣庄") == "https://gedi.example/feeds/livelihood/370400.atom"
    assert built_address("region=370481&format=json") == "https://gedi.example/feeds/all/370481.json"
    assert built_address("q=供暖&format=rss") == "https://gedi.example/feeds/search.rss?q=%E4%BE%9B%E6%9A%96"
    assert "没有叫“火星”的地区" in words_of(page_of(client, "/feeds?region=火星"))


def test_small_documents(client: FlaskClient) -> None:
    assert client.get("/robots.txt").data.startswith(b"User-agent: *")
    opensearch = client.get("/opensearch.xml")
    assert etree.fromstring(opensearch.data).tag.endswith("OpenSearchDescription")
    opml = client.get("/opml")
    assert opml.mimetype == "text/x-opml"
    assert b"/feeds/emotion/story.atom" in opml.data
    assert b"https://shiqiao" not in client.get("/opml").data
    assert client.get("/opml?kind=nothing").status_code == 404
    menu = client.get("/.well-known/feed-menu.json").get_json()
    assert menu["feed-menu"] == "各地新闻"
    assert client.get("/healthz").get_json() == {"status": "ok", "database": "ok"}


def test_health_says_when_the_database_is_gone(store: Store) -> None:
    client = create_app(store, world.config(), clock=lambda: NOW).test_client()
    store.close()
    answer = client.get("/healthz")
    assert answer.status_code in (200, 503)  # a file database opens again by itself
    assert "status" in answer.get_json()


def test_a_page_that_fails_says_so_without_the_store(built: World) -> None:
    app = create_app(built.store, built.config, clock=lambda: 1 // 0)  # type: ignore[arg-type, return-value]
    answer = app.test_client().get("/")
    assert answer.status_code == 500
    assert "服务出错了" in answer.text
    assert "ZeroDivisionError" not in answer.text


def test_hostile_titles_stay_text(client: FlaskClient, built: World) -> None:
    for path in (
        f"/item/{built['hostile']}",
        "/category/tech",
        "/latest",
        "/source/jiangpan",
        "/search?q=标题",
        "/widget?n=20",
    ):
        page = page_of(client, path)
        assert HOSTILE_TITLE in words_of(page), path
        assert not page.xpath("//img | //script[contains(., 'alert(') and not(@type)]"), path
        raw = client.get(path).text
        assert "<script>alert" not in raw, path
        assert "<img src=x" not in raw, path


@pytest.mark.parametrize(
    "path",
    [
        "/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/region?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/status?source=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/sources?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/feeds?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/feeds?region=%3Cscript%3Ealert(1)%3C/script%3E",
        "/latest?x=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/category/society?date=%3Cscript%3E&region=%3Cscript%3E&before=%3Cscript%3E&sort=%3Cscript%3E",
    ],
)
def test_hostile_addresses_stay_text(still: FlaskClient, path: str) -> None:
    page_of(still, path)
    assert "<script>alert" not in still.get(path).text


def test_pages_stay_the_same_while_items_arrive(client: FlaskClient, built: World) -> None:
    source = built.store.sync_sources(world.sources(), NOW, timedelta(0))["nantang"]
    older = [
        world.draft("nantang", f"港口旧闻第{number}则", minutes=3000 + number, category="auto") for number in range(50)
    ]
    world.insert(built.store, source, older)

    def titles(page: html.HtmlElement) -> list[str]:
        return [words_of(title) for title in page.xpath("//ul[@class='stream']//h3")]

    first = page_of(client, "/category/auto")
    next_path = first.xpath("//a[@rel='next']/@href")[0]
    second = titles(page_of(client, next_path))
    world.insert(
        built.store, source, [world.draft("nantang", f"新到第{n}则", minutes=n, category="auto") for n in range(30)]
    )
    assert titles(page_of(client, next_path)) == second
    third_page = page_of(client, page_of(client, next_path).xpath("//a[@rel='next']/@href")[0])
    walked = titles(first) + second + titles(third_page)
    assert walked == [draft.title for draft in older]
    back = page_of(client, third_page.xpath("//a[@rel='prev']/@href")[0])
    assert titles(back) == second
    assert (
        client.get(
            page_of(client, "/category/auto?before=" + str(built["event0"])).xpath("//link[@rel='stylesheet']/@href")[0]
        ).status_code
        == 200
    )


def test_going_back_beyond_the_top_leads_to_the_first_page(client: FlaskClient, built: World) -> None:
    newest = built.store.item(built[REPORTS[0][4]])
    assert newest is not None
    from web.paging import encode

    answer = client.get(f"/latest?after={encode(newest.card.cursor)}")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/latest")


def health(kind: str | None, error: str | None) -> Health:
    empty = dict.fromkeys(("region", "category", "last_poll", "last_success", "newest", "next_poll", "elapsed"))
    return Health(
        id=1, slug="a", title="A", url="http://a.example/", enabled=True, listed=True, state=State.FAILING,
        error_kind=kind, error=error, failures=1, items=0, day_items=0, trend=(), **empty,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "error", "text"),
    [
        (None, None, ""),
        (
            "http",
            "There is nothing. (HTTP 404 Not Found)",
            "这个地址已经没有内容，请到媒体网站找新的订阅地址（HTTP 404）",
        ),
        ("http", "An error. (HTTP 502 Bad Gateway)", "对方的服务器出错，会自动重试（HTTP 502）"),
        ("http", "Odd. (HTTP 418 I'm a Teapot)", "对方没有给出订阅源（HTTP 418）"),
        (
            "busy",
            "Too often. (HTTP 429 Too Many Requests)",
            "对方暂时不接受请求，会按对方要求的时间等待后重试（HTTP 429）",
        ),
        ("dns", "The name a.example cannot be looked up.", "域名解析不了，请检查拼写或本机网络"),
        ("new-kind", "In its own words.", "In its own words."),
    ],
)
def test_faults_are_told_in_the_language_of_the_site(kind: str | None, error: str | None, text: str) -> None:
    assert fault_of(health(kind, error)) == text


def test_every_trouble_of_fetching_has_its_sentence() -> None:
    for trouble in Trouble:
        assert fault_of(health(trouble.value, "x")) != "x", trouble
