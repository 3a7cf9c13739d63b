"""Tests of the search page: filters, highlighting, paging, suggestions and its feed."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from lxml import html

from aggregator.store import Store
from tests.aggregator.store.statements import recorded
from tests.web import fixture_site
from tests.web.fixture_site import NOW, World
from web import create_app
from web.pages import search
from web.views.highlight import Highlighter, make_highlighter

NARROW = "&category=livelihood&region=370400&within=7d"


def page_of(client: FlaskClient, path: str) -> html.HtmlElement:
    response = client.get(path)
    assert response.status_code == 200, path
    return html.fromstring(response.text)


def texts(page: html.HtmlElement, path: str) -> list[str]:
    return ["".join(node.itertext()).strip() for node in page.xpath(path)]


def titles(page: html.HtmlElement) -> list[str]:
    return texts(page, "//ul[contains(@class, 'flat')]//h2")


def suggestions(page: html.HtmlElement) -> dict[str, dict[str, list[str]]]:
    """Return the query parameters of each suggestion by its label."""
    links = page.xpath("//section[@class='empty']/ul[1]//a")
    return {"".join(link.itertext()): parse_qs(urlsplit(link.get("href")).query) for link in links}


def test_search_feed_keeps_the_filters(readonly_client: FlaskClient) -> None:
    page = page_of(readonly_client, f"/search?q=运河{NARROW}&source=shiqiao&sort=rel")
    (address,) = {link for link in page.xpath("//link[@rel='alternate']/@href") if "/feeds/search.atom" in link}
    query = parse_qs(urlsplit(address).query)
    assert query == {"q": ["运河"], "category": ["livelihood"], "region": ["370400"], "source": ["shiqiao"]}
    assert page.xpath("//div[@class='feedbar']//a[contains(@href, 'region=370400')]")


def test_filters_persist_in_form_and_next_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PAGE_SIZE", 1)
    source = world.store.source_health(NOW, limit=1)[0].id
    words = ("运河边的市集", "运河上的灯会", "运河的水位")
    drafts = [fixture_site.draft("shiqiao", each, category="livelihood", region="370400") for each in words]
    fixture_site.insert(world.store, source, drafts)
    client = create_app(world.store, world.config, clock=lambda: NOW).test_client()
    page = page_of(client, f"/search?q=运河{NARROW}")
    chosen = {option.getparent().get("name"): option.get("value") for option in page.xpath("//option[@selected]")}
    assert chosen == {"category": "livelihood", "region": "370400", "within": "7d", "sort": "time"}
    seen: list[str] = []
    while True:
        seen += page.xpath("//ul[contains(@class, 'flat')]//h2/a/@href")
        older = page.xpath("//a[@rel='next']/@href")
        if not older:
            break
        assert set(parse_qs(urlsplit(older[0]).query)) == {"q", "category", "region", "within", "before"}
        page = page_of(client, older[0])
    assert len(seen) == len(set(seen)) == 4  # of the story of four reports one


def test_relevance_results_are_paged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = create_app(world.store, world.config, clock=lambda: NOW).test_client()
    all_titles = titles(page_of(client, "/search?q=二十&sort=rel"))
    assert len(all_titles) >= 4
    monkeypatch.setattr(search, "PAGE_SIZE", 2)
    first = page_of(client, "/search?q=二十&sort=rel")
    second = page_of(client, first.xpath("//a[@rel='next']/@href")[0])
    assert [*titles(first), *titles(second)] == all_titles[:4]
    assert second.xpath("//a[@rel='prev']/@href") == ["/search?q=%E4%BA%8C%E5%8D%81&sort=rel"]
    assert titles(page_of(client, "/search?q=二十&sort=rel&page=x")) == all_titles[:2]


def test_search_within_one_source(readonly_client: FlaskClient) -> None:
    page = page_of(readonly_client, "/search?q=运河&source=shiqiao")
    assert set(texts(page, "//ul[contains(@class, 'flat')]//a[contains(@href, '/source/')]")) == {"石桥晚报"}
    assert [each.get("value") for each in page.xpath("//select[@name='source']/option")] == ["", "shiqiao"]
    assert not page_of(readonly_client, "/search?q=运河&source=nobody").xpath("//select[@name='source']")


def test_traditional_characters_find_and_mark_simplified_ones(readonly_client: FlaskClient) -> None:
    page = page_of(readonly_client, "/search?q=運河")
    assert set(texts(page, "//mark")) == {"运河"}
    assert titles(page) == titles(page_of(readonly_client, "/search?q=运河"))


def test_excluded_terms_are_left_out(readonly_client: FlaskClient) -> None:
    all_titles = titles(page_of(readonly_client, "/search?q=运河"))
    without = titles(page_of(readonly_client, "/search?q=运河 -通船"))
    assert set(without) < set(all_titles)
    assert "至少写一个要找的词" in page_of(readonly_client, "/search?q=-通船").text_content()


@pytest.mark.parametrize(
    ("path", "hint", "query"),
    [
        ("/search?q=运河&category=tech", "不限分类", {"q": ["运河"]}),
        ("/search?q=运河&region=440000&category=livelihood", "不限地区", {"q": ["运河"], "category": ["livelihood"]}),
        ("/search?q=运河&region=440000&category=tech", "在全部条目里再找一次", {"q": ["运河"]}),
        ("/search?q=运河 -河", "不排除任何词", {"q": ["运河"]}),
        ("/search?q=运河飞碟", "只搜“运河”", {"q": ["运河"]}),
    ],
)
def test_suggestions_have_results(
    readonly_client: FlaskClient, path: str, hint: str, query: dict[str, list[str]]
) -> None:
    suggested = suggestions(page_of(readonly_client, path))
    assert suggested[hint] == query
    for parameters in suggested.values():
        suggested_query = "&".join(f"{name}={values[0]}" for name, values in parameters.items())
        assert titles(page_of(readonly_client, f"/search?{suggested_query}"))


def links(page: html.HtmlElement, words: str) -> dict[str, str]:
    """Return the links of the line above the results that begins with ``words``, by their text."""
    lines = page.xpath("//p[contains(@class, 'named')]")
    found = [line for line in lines if "".join(line.itertext()).strip().startswith(words)]
    return {link.text: link.get("href") for line in found for link in line.xpath(".//a")}


@pytest.mark.parametrize(
    ("query", "regions"),
    [
        ("枣庄", {"枣庄市": "/region/370400"}),
        ("棗莊", {"枣庄市": "/region/370400"}),
        ("枣庄市天气预报", {"枣庄市": "/region/370400"}),
        ("山东滕州", {"滕州市": "/region/370481"}),
        ("zaozhuang", {"枣庄市": "/region/370400"}),
        ("Zao zhuang", {"枣庄市": "/region/370400"}),
        ("Inner Mongolia", {"内蒙古自治区": "/region/150000"}),
        ("腾州", {"滕州市": "/region/370481"}),
        ("早庄", {"枣庄市": "/region/370400"}),
        ("通船 -枣庄", {}),
        ("运河通船", {}),
    ],
)
def test_regions_that_a_query_names(readonly_client: FlaskClient, query: str, regions: dict[str, str]) -> None:
    assert links(page_of(readonly_client, f"/search?q={query}"), "地区与媒体") == regions


def test_initials_find_regions_of_outlets_first(readonly_client: FlaskClient) -> None:
    regions = links(page_of(readonly_client, "/search?q=zz"), "地区与媒体")
    assert list(regions)[:2] == ["枣庄市", "郑州市"]  # where outlets are at home
    assert "漳州市" in regions
    assert len(regions) == 6


@pytest.mark.parametrize("query", ["石桥晚报", "石橋晚報", "shiqiaowanbao", "shiqiao", "sqwb"])
def test_outlets_that_a_query_names(readonly_client: FlaskClient, query: str) -> None:
    found = links(page_of(readonly_client, f"/search?q={query}"), "地区与媒体")
    assert found == {"石桥晚报": "/source/shiqiao"}


def test_regions_of_one_name_are_distinguished(readonly_client: FlaskClient) -> None:
    line = page_of(readonly_client, "/search?q=鼓楼区").xpath("//p[contains(@class, 'named')]")[0]
    assert "江苏省 南京市" in "".join(line.itertext())
    assert len(line.xpath(".//a")) == 3


@pytest.mark.parametrize(
    ("query", "corrected"), [("腾州", "滕州"), ("滕洲", "滕州"), ("腾州供热", "滕州供热"), ("供热 腾州", "供热 滕州")]
)
def test_similar_names_are_suggested(readonly_client: FlaskClient, query: str, corrected: str) -> None:
    found = links(page_of(readonly_client, f"/search?q={query}"), "要找的是不是")
    assert parse_qs(urlsplit(found[corrected]).query) == {"q": [corrected]}
    assert titles(page_of(readonly_client, found[corrected]))


@pytest.mark.parametrize(
    ("query", "shown", "changes"),
    [
        ("q=运河 飞碟降落", "运河", "去掉“飞碟降落”"),
        ("q=飞碟降落 运河 通船", "运河 通船", "去掉“飞碟降落”"),
        ("q=灯塔 夜市", "灯塔", "去掉“夜市”"),
        ("q=运河 通船&category=tech", "运河 通船", "不限分类、地区、来源和时间"),
        ("q=运河 通船 -船", "运河 通船", "不排除任何词"),
        ("q=运河 飞碟降落&region=440000", "运河", "去掉“飞碟降落”、不限分类、地区、来源和时间"),
        ("q=滕州市供热", "滕州 供热", "分成“滕州 供热”"),
    ],
)
def test_an_empty_search_of_several_words_is_relaxed(
    readonly_client: FlaskClient, query: str, shown: str, changes: str
) -> None:
    page = page_of(readonly_client, f"/search?{query}")
    assert titles(page) == titles(page_of(readonly_client, f"/search?q={shown}")) != []
    (notice,) = page.xpath("//p[@role='status']")
    assert changes in "".join(notice.itertext())
    assert parse_qs(urlsplit(notice.xpath("./a/@href")[0]).query)["q"] == [shown]
    assert page.xpath("//input[@id='q2']/@value") == parse_qs(query)["q"], "the question stays"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-CN", "没有条目符合“运河 飞碟降落”的全部条件。下面是“运河”的结果（去掉“飞碟降落”）。"),
        ("zh-TW", "沒有條目符合「运河 飞碟降落」的全部條件。下面是「运河」的結果（去掉「飞碟降落」）。"),
        ("en", "Nothing matches all of “运河 飞碟降落”. These are the results of “运河” (without “飞碟降落”)."),
    ],
)
def test_a_relaxed_search_says_so(readonly_client: FlaskClient, language: str, words: str) -> None:
    page = page_of(readonly_client, f"/search?q=运河 飞碟降落&lang={language}")
    assert words in " ".join("".join(page.xpath("//p[@role='status']")[0].itertext()).split())


def test_a_relaxed_search_continues_on_the_next_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PAGE_SIZE", 1)
    client = create_app(world.store, world.config, clock=lambda: NOW).test_client()
    page = page_of(client, "/search?q=二十 飞碟降落")
    (older,) = page.xpath("//a[@rel='next']/@href")
    assert parse_qs(urlsplit(older)[3])["q"] == ["二十"]
    assert titles(page_of(client, older))


def test_no_suggestions_without_similar_results(readonly_client: FlaskClient) -> None:
    page = page_of(readonly_client, "/search?q=飞碟降落")
    assert "这些能找到" not in page.text_content()
    assert "订阅这个搜索" in page.text_content()


@pytest.mark.parametrize(
    "path",
    [
        "/search?q=运河",
        f"/search?q=运河{NARROW}&sort=rel",
        f"/search?q=-飞碟 降落物体{NARROW}",
        f"/search?q=-飞碟 降落 物体 腾州 早庄 天外 来客{NARROW}",
        "/search?q=zz",
    ],
)
def test_searches_make_a_bounded_number_of_queries(store: Store, path: str) -> None:
    world = fixture_site.build(store)
    app = create_app(store, world.config, clock=lambda: NOW)
    app.test_client().get("/search")  # the shared lists are cached
    counts = []
    for _ in range(2):
        with recorded() as statements:
            assert app.test_client().get(path).status_code == 200
        counts.append(sum(statement.reads for statement in statements))
        source_ids = store.sync_sources(fixture_site.sources(), NOW, timedelta(0))
        drafts = [
            fixture_site.draft("shiqiao", f"运河消息{n}", "摘要", minutes=n, category="livelihood", region="370400")
            for n in range(60)
        ]
        fixture_site.insert(store, source_ids["shiqiao"], drafts)
    assert max(counts) <= 60  # ten searches of at most six statements
    assert counts[1] <= counts[0] + 2


def test_marks_keep_the_original_text() -> None:
    marker = make_highlighter("covid-19 ㎡ 雲 3月15日")
    for text, marked in {
        "ＣＯＶＩＤ－19 与 covid19": ["ＣＯＶＩＤ", "19"],
        "100 ㎡": ["㎡"],
        "云与雲": ["云", "雲"],
        "到3 月15日止": ["3 月15日"],
        "": [],
    }.items():
        parts = marker.highlight(text)
        assert "".join(piece for piece, _ in parts) == text
        assert [piece for piece, is_marked in parts if is_marked] == marked, text
    assert Highlighter().highlight("<b>") == (("<b>", False),)
    assert make_highlighter("暴雨 雨红").highlight("暴雨红色") == (("暴雨红", True), ("色", False))


def test_snippet_shows_the_matching_part() -> None:
    text = "前" * 150 + "运河通船" + "后" * 100
    assert make_highlighter("文").snippet("短文") == "短文"
    assert Highlighter().snippet(text) == "前" * 90 + "……"
    assert make_highlighter("運河").snippet(text).startswith("……" + "前" * 30 + "运河通船")
    assert len(make_highlighter("运河").snippet(text)) <= 94
