"""Tests of each page with a real store: status and content."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from lxml import etree

from aggregator import corrections
from aggregator.messages import decisions
from aggregator.model import CategoryDecision, Place
from aggregator.reference.categories import CategoryTree
from aggregator.reference.gazetteer import Gazetteer
from aggregator.store import Store
from tests.web import fixture_site
from tests.web.fixture_site import NOW, World
from tests.web.html_checks import page_of, words_of
from tests.web.reports import EVENT, OUTLETS, REPORTS
from web import create_app


def test_home_page(client: FlaskClient, world: World) -> None:
    page = page_of(client, "/")
    lead = page.xpath("//section[contains(@class,'lead')]//h2/a")[0]
    assert lead.text == EVENT[0][4]
    assert lead.get("href") == f"/item/{world['event0']}"
    assert page.xpath(f"//div[@class='also']//a[@href='/story/{world.story}']")[0].text == "4家媒体报道"
    also = [words_of(line) for line in page.xpath("//div[@class='also']//li/a")]
    assert also == [EVENT[2][4], EVENT[3][4], "桥头广播"]  # headlines, then the outlet with that of the lead story
    assert words_of(page.xpath("//div[@class='also']//li[@class='same']")[0]) == "标题相同：桥头广播"
    assert len(page.xpath("//div[contains(@class,'cats')]/section")) >= 6
    assert len(page.xpath("//ol[@class='rank']/li")) == 10
    assert page.xpath("//section[.//h2='刚刚收录']//li")
    assert "今日收录" in words_of(page)


TOPS = [f"/category/{category.path}" for category in CategoryTree.default().top_level()]


@pytest.mark.parametrize("path", ["/", "/latest", "/category/military", "/region/370400", "/about", "/nothing"])
def test_every_page_links_every_category_in_the_order_of_the_tree(client: FlaskClient, path: str) -> None:
    page = page_of(client, path, 404 if path == "/nothing" else 200)
    shown = page.xpath("//nav[@class='main']/div/ul//a/@href")
    assert shown[:4] == ["/", "/hot", "/latest", "/region"]
    assert shown[4:] == TOPS[: len(shown) - 4]
    assert page.xpath("//nav[@class='main']//details//a/@href") == TOPS[-6:]
    assert set(page.xpath("//nav[@class='main']//a/@href")) >= set(TOPS)


def test_navigation_marks_the_current_entry(client: FlaskClient) -> None:
    current = "//nav[@class='main']//a[@aria-current]/text()"
    assert page_of(client, "/category/livelihood/heating").xpath(current) == ["民生"]
    assert page_of(client, "/latest").xpath(current) == ["最新"]
    assert set(page_of(client, "/category/emotion").xpath(current)) == {"情感"}


def test_blocks_of_the_home_page_keep_the_order_of_the_tree(client: FlaskClient, world: World) -> None:
    def shown() -> tuple[list[str], list[str]]:
        client.application.extensions["site"].cache.clear()
        page = page_of(client, "/")
        others = page.xpath("//section[@aria-labelledby='others']//span[@class='by']/a/@href")
        return page.xpath("//div[contains(@class,'cats')]//h2/a/@href"), others

    blocks, others = shown()
    assert blocks == [path for path in TOPS if path in blocks]
    [source, *_] = world.store.sync_sources(fixture_site.sources(), NOW, timedelta(0)).values()
    fixture_site.insert(world.store, source, [fixture_site.draft("jiangpan", "夜里的一封信", category="emotion")])
    fixture_site.insert(world.store, source, [fixture_site.draft("jiangpan", "台海演训结束", category="military")])
    more_blocks, more_others = shown()
    every = {*blocks, *others, "/category/emotion", "/category/military"}
    assert more_blocks == [path for path in TOPS if path in more_blocks]
    assert more_others == [path for path in TOPS if path in every.difference(more_blocks)]


def test_home_page_offers_a_region_before_the_categories(client: FlaskClient) -> None:
    page = page_of(client, "/")
    order = page.xpath("//main/*[contains(@class,'local') or contains(@class,'cats')]/@class")
    assert ["cats" in each.split() for each in order] == [False, True]
    form = page.xpath("//section[@aria-labelledby='regions']/form")[0]
    assert (form.get("action"), form.get("method")) == ("/prefs", "post")
    answer = client.post("/prefs", data={"region": form.xpath(".//button/@value")[0], "back": "/"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert not page_of(client, "/").xpath("//section[@aria-labelledby='regions']")


@pytest.mark.parametrize(
    ("code", "near", "news"),
    [
        ("370400", ["370402", "370403", "370404", "370405", "370406", "370481"], True),
        ("370481", ["370402", "370403", "370404", "370405", "370406"], True),  # beside a county: those of its city
        ("640100", None, False),
    ],
)
def test_home_region_comes_first(client: FlaskClient, code: str, near: list[str] | None, news: bool) -> None:
    client.set_cookie("prefs", f"auto.normal..{code}")
    response = client.get("/")
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in response.headers["Vary"]
    page = page_of(client, "/")
    blocks = [words_of(each) for each in page.xpath("//main//h2")]
    assert blocks[0].startswith("看本地")
    local = page.xpath("//section[@aria-labelledby='mine']")[0]
    assert bool(local.xpath("ul[@class='titles']/li")) == news
    links = [f"/region/{each}" for each in near or ()]
    assert near is None or local.xpath(".//ul[contains(@class,'near')]//a/@href") == links
    client.post("/prefs", data={"region": "", "back": "/"})
    assert page_of(client, "/").xpath("//section[@aria-labelledby='regions']")
    assert client.get("/").headers["Cache-Control"] == "private, no-cache"  # the theme may still be in the cookie


@pytest.mark.parametrize(
    ("homes", "first", "count"),
    [
        ((), "110000", 34),
        (("370400", "370100", "370000", "110000"), "370100", 16),
        (("370400", "110000"), "110000", 34),
        (("810000",), "110000", 34),
        (("500000",), "500101", 38),
    ],
)
def test_regions_of_the_home_page_follow_from_the_outlets(
    world: World, homes: tuple[str, ...], first: str, count: int
) -> None:
    sources = "".join(
        f'[[sources]]\nurl = "https://a{number}.example/feed"\nregion = "{region}"\n'
        for number, region in enumerate(homes)
    )
    app = create_app(world.store, fixture_site.config(sources), clock=lambda: NOW)
    chips = page_of(app.test_client(), "/").xpath("//section[@aria-labelledby='regions']/form/ul//button/@value")
    assert (chips[0], len(chips)) == (first, count)
    assert chips == sorted(chips)


def test_item_page_respects_the_source_terms(client: FlaskClient, world: World) -> None:
    excerpt_only = page_of(client, f"/item/{world[REPORTS[0][4]]}")
    assert REPORTS[0][5] in words_of(excerpt_only)
    assert "正文的第二段" not in words_of(excerpt_only)
    assert excerpt_only.xpath("//div[@class='readon']")
    full = page_of(client, f"/item/{world[REPORTS[1][4]]}")
    assert "正文的第二段" in words_of(full)
    assert not full.xpath("//div[@class='readon']")


def test_item_page_shows_source_author_place_and_original(client: FlaskClient, world: World) -> None:
    page = page_of(client, f"/item/{world[REPORTS[0][4]]}")
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


@pytest.mark.parametrize(
    ("language", "home", "words"),
    [("zh-CN", "首页", "未分类"), ("zh-TW", "首頁", "未分類"), ("en", "Home", "Uncategorized")],
)
def test_item_page_names_an_uncategorized_item(
    client: FlaskClient, world: World, language: str, home: str, words: str
) -> None:
    source = world.store.source_health(NOW, limit=1)[0].id
    item = next(iter(fixture_site.insert(world.store, source, [fixture_site.draft("shiqiao", "一只旧箱子")]).values()))
    page = page_of(client, f"/item/{item}?lang={language}")
    crumbs = page.xpath("//nav[@class='crumbs']//a")
    assert [(crumb.text, crumb.get("href")) for crumb in crumbs] == [(home, "/"), (words, None)]
    assert words in words_of(page.xpath("//details[@class='why']")[0])


def test_item_page_shows_the_word_of_a_term_as_evidence(client: FlaskClient, world: World) -> None:
    source = world.store.source_health(NOW, limit=1)[0].id
    why = decisions.TERM_WORD(term="县域经济", word="经济")
    draft = replace(fixture_site.draft("shiqiao", "一只旧箱子"), decision=CategoryDecision("economy", 0.7, why))
    item = next(iter(fixture_site.insert(world.store, source, [draft]).values()))
    assert "来源标注的栏目：县域经济（其中的“经济”）" in words_of(page_of(client, f"/item/{item}"))
    assert client.get(f"/item/{item}.json").get_json()["category_why"] == "term:县域经济 (经济)"


def test_item_page_shows_reports_and_related_items(client: FlaskClient, world: World) -> None:
    page = page_of(client, f"/item/{world['event1']}")
    timeline = page.xpath("//ol[@class='timeline']/li")
    tags = [words_of(li.xpath(".//span[contains(@class,'tag')]")[0]) for li in timeline]
    assert tags == ["首发", "补充报道", "改写"]
    copy = timeline[0].xpath(".//p[contains(@class,'same')]")[0]  # it has the headline of the first report
    assert copy.xpath("./span/a[@aria-current='true']/text()") == ["桥头广播"]
    assert "转载 +34分钟 全文一致" in words_of(copy)
    assert "相似度78%" in words_of(timeline[2])
    related = page_of(client, f"/item/{world['event0']}").xpath("//ul[@class='related']/li")
    assert len(related) >= 4
    assert all(li.xpath(".//p[@class='ex']") for li in related)


def test_item_as_json(client: FlaskClient, world: World) -> None:
    response = client.get(f"/item/{world['event1']}.json")
    body = response.get_json()
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert body["title"] == EVENT[1][4]
    assert body["relation"] == "reprint"
    assert body["reprint_of"] == world["event0"]
    assert body["html"] is None  # the source permits excerpts only
    assert body["province"] == "370000"
    assert [each["relation"] for each in body["reports"]] == ["original", "further", "rewrite"]


def test_missing_withdrawn_and_invalid_items(client: FlaskClient, world: World) -> None:
    assert "没有这个页面" in words_of(page_of(client, "/item/999999", 404))
    assert "没有这个页面" in words_of(page_of(client, "/item/99999999999999999999999", 404))
    assert "已删除" in words_of(page_of(client, f"/item/{world['gone']}", 410))
    assert client.get(f"/item/{world['gone']}.json").status_code == 410
    for path in ("/story/999999", "/source/nobody", "/region/999999", "/category/nothing", "/nothing", "/static/x.css"):
        page_of(client, path, 404)
    refused = client.post("/latest")
    assert refused.status_code == 405
    assert "GET" in refused.headers["Allow"]


def test_story_page(client: FlaskClient, world: World) -> None:
    page = page_of(client, f"/story/{world.story}")
    assert words_of(page.xpath("//h1")[0]) == EVENT[0][4]
    assert "4家媒体，4篇报道；很可能最早：石桥晚报 06:59；其后34分钟 桥头广播；2小时23分内陆续跟进" in words_of(page)
    assert len(page.xpath("//ol[@class='timeline']/li")) == 3
    assert page.xpath("//ol[@class='timeline']//p[@class='meta same']//a/@href") == [f"/item/{world['event1']}"]
    assert page.xpath(f"//link[@href='/feeds/story/{world.story}.atom']")


def test_merged_story_redirects(client: FlaskClient, world: World) -> None:
    alone = world.store.item(world[REPORTS[0][4]])
    assert alone is not None
    merged = world.store.merge([world["event0"], alone.card.id], NOW)
    other = ({world.story, alone.card.story_id} - {merged}).pop()
    response = client.get(f"/story/{other}")
    assert (response.status_code, response.headers["Location"]) == (301, f"/story/{merged}")


def test_category_page_has_days_filters_and_feed(client: FlaskClient) -> None:
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


def test_list_of_a_chosen_day(client: FlaskClient) -> None:
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


def test_a_region_shows_its_report_of_a_story_led_from_elsewhere(client: FlaskClient, world: World) -> None:
    county = Place("230000", "230100", "230184")
    corrections.move(world.store, [world["event2"]], NOW, category="economy", place=county)
    for path in ("/region/230184", "/region/230100", "/category/economy?region=230184"):
        page = page_of(client, path)
        assert page.xpath(f"//main//a[@href='/item/{world['event2']}']"), path
        assert "还没有" not in words_of(page), path


@pytest.mark.parametrize(
    ("code", "zh", "tw", "en"),
    [
        ("370000", "全省", "全省", "Whole province"),
        ("540000", "全区", "全區", "Whole region"),
        ("650000", "全区", "全區", "Whole region"),
        ("150000", "全区", "全區", "Whole region"),
        ("450000", "全区", "全區", "Whole region"),
        ("640000", "全区", "全區", "Whole region"),
        ("110000", "全市", "全市", "Whole city"),
        ("370400", "全市", "全市", "Whole city"),
        ("513200", "全州", "全州", "Whole prefecture"),
        ("542500", "全地区", "全地區", "Whole prefecture"),
        ("152200", "全盟", "全盟", "Whole league"),
    ],
)
def test_all_of_a_region_is_named_by_its_kind(
    readonly_client: FlaskClient, code: str, zh: str, tw: str, en: str
) -> None:
    for language, word in (("zh-CN", zh), ("zh-TW", tw), ("en", en)):
        page = page_of(readonly_client, f"/region/{code}?lang={language}")
        chip = page.xpath(f"//nav[@class='places']//a[@href='/region/{code}']/text()")
        assert [text.strip() for text in chip] == [word], language


def test_a_province_links_every_other_one(readonly_client: FlaskClient) -> None:
    every = {f"/region/{province.code}" for province in Gazetteer.load().provinces()}
    for code in ("370000", "540000", "820000"):
        links = page_of(readonly_client, f"/region/{code}").xpath("//section[@aria-labelledby='near']//a/@href")
        assert set(links) == every - {f"/region/{code}"}
        assert len(links) == 33
    near = page_of(readonly_client, "/region/650100").xpath("//h2[@id='near']/text()")
    assert near == ["自治区其他城市"]


def test_empty_region_gives_the_reason_and_shows_the_wider_region(client: FlaskClient) -> None:
    page = page_of(client, "/region/370406")
    assert "没有登记在山亭的来源" in words_of(page.xpath("//section[@class='empty']")[0])
    assert page.xpath("//ul[@class='stream']/li")


def test_search_highlights_the_matches(client: FlaskClient) -> None:
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


def test_status_page(client: FlaskClient) -> None:
    page = page_of(client, "/status")
    rows = page.xpath("//table[@class='status']/tbody/tr")
    assert words_of(rows[0]).startswith("旧站周报")
    assert "对方拒绝访问，请联系对方放行，或换一个地址（HTTP 403）" in words_of(rows[0])
    assert "旧站周报连续失败5次" in words_of(page.xpath("//section[@class='alert']")[0])
    assert len(rows) == len(OUTLETS)
    assert "操作" not in words_of(page)
    body = client.get("/status.json").get_json()
    assert body["totals"]["failing"] == 1
    assert {source["slug"] for source in body["sources"]} == {outlet[0] for outlet in OUTLETS}


def test_feed_builder_returns_urls(client: FlaskClient) -> None:
    def built_address(query: str) -> str:
        buttons = page_of(client, f"/feeds?{query}").xpath("//div[@class='result']//button[@data-copy]")
        return str(buttons[0].get("data-copy")) if buttons else ""

    assert built_address("category=livelihood&region=枣庄") == "https://gedi.example/feeds/livelihood/370400.atom"
    assert built_address("region=370481&format=json") == "https://gedi.example/feeds/all/370481.json"
    assert built_address("q=供暖&format=rss") == "https://gedi.example/feeds/search.rss?q=%E4%BE%9B%E6%9A%96"
    shown = page_of(client, "/feeds?q=供暖&format=rss").xpath("//div[@class='result']//code")
    assert words_of(shown[0]) == "https://gedi.example/feeds/search.rss?q=供暖"  # percent-decoded
    narrowed = built_address("q=供暖&category=livelihood&region=枣庄&format=json")
    words = "q=%E4%BE%9B%E6%9A%96&category=livelihood&region=370400"
    assert narrowed == f"https://gedi.example/feeds/search.json?{words}"
    assert client.get(f"/search?{words}").status_code == 200
    assert "没有叫“火星”的地区" in words_of(page_of(client, "/feeds?region=火星"))


def source_in(region: str, number: int = 0) -> str:
    return f'[[sources]]\nurl = "https://n{number}.example/{region}.xml"\nregion = "{region}"\n'


@pytest.mark.parametrize(
    ("regions", "home", "shown"),
    [
        ([], "", None),
        (["320100", "370400", "370481"], "", "370000"),
        (["370400", "320100"], "", "320000"),  # as many: the lower code
        (["370400", "370481"], "320100", "320000"),  # the reader's home region
    ],
)
def test_the_province_of_the_feed_directory_follows_from_the_config(
    world: World, regions: list[str], home: str, shown: str | None
) -> None:
    settings = fixture_site.config("".join(source_in(code) for code in regions))
    client = create_app(world.store, settings, clock=lambda: NOW).test_client()
    client.set_cookie("prefs", f"auto.normal..{home}")
    page = page_of(client, "/feeds")
    first = page.xpath("//section[@aria-labelledby='byregion']//details")[0]
    assert first.get("open") is not None
    lists_provinces = "province" if words_of(first.xpath("summary")[0]).startswith("省、") else "city"
    links = first.xpath(".//a/@href")
    if shown is None:
        assert lists_provinces == "province"
        assert not page.xpath("//a[starts-with(@href, '/opml?region=')]")
    else:
        assert {link[len("/feeds?region=") :][:2] for link in links} == {shown[:2]}
        assert page.xpath("//a[starts-with(@href, '/opml?region=')]/@href") == [f"/opml?region={shown}"]


def test_robots_opml_and_opensearch_documents(client: FlaskClient) -> None:
    assert client.get("/robots.txt").data.startswith(b"User-agent: *")
    opensearch = client.get("/opensearch.xml")
    assert str(etree.fromstring(opensearch.data).tag).endswith("OpenSearchDescription")
    opml = client.get("/opml")
    assert opml.mimetype == "text/x-opml"
    assert b"/feeds/emotion/story.atom" in opml.data
    assert b"https://shiqiao" not in client.get("/opml").data
    assert client.get("/opml?kind=nothing").status_code == 404
    menu = client.get("/.well-known/feed-menu.json").get_json()
    assert menu["feed-menu"] == "各地新闻"
    assert client.get("/healthz").get_json()["status"] == "ok"


@pytest.mark.parametrize(
    ("url", "kind"),
    [("sqlite:////nowhere/gedi.db", "files"), ("postgresql://gedi@127.0.0.1:9/gedi", "unreachable")],
    ids=["sqlite", "postgresql"],
)
def test_health_says_when_the_database_is_gone(url: str, kind: str) -> None:
    store = Store.open(url, migrate=False)
    answer = create_app(store, fixture_site.config(), clock=lambda: NOW).test_client().get("/healthz")
    store.close()
    assert answer.status_code == 503
    assert answer.get_json() == {"status": "unavailable", "database": kind}


def test_health_comes_back_with_the_database(store: Store) -> None:
    client = create_app(store, fixture_site.config(), clock=lambda: NOW).test_client()
    store.close()  # the next request connects again
    answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "ok")


def test_failed_page_is_rendered_without_the_store(world: World) -> None:
    startup_only = [NOW]
    app = create_app(world.store, world.config, clock=startup_only.pop)
    response = app.test_client().get("/")
    assert response.status_code == 500
    assert "服务出错了" in response.text
    assert "IndexError" not in response.text
