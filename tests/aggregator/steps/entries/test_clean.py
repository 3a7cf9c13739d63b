"""Conversion of a published entry to a draft: titles, times, excerpts, credits, and unusable entries."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aggregator.intake.digest import parse_document
from aggregator.intake.parse_task import ParseTask
from aggregator.model import Draft, KnownItems, ParsedDocument, Source
from aggregator.steps.entries.clean import Unusable, clean, is_web_address, strip_credits
from feeds.model import Category, Enclosure, Entry, Feed, Origin, Person, Picture

NOW = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
SOURCE = Source(id=1, slug="a", url="https://a.example/feed", title="甲报")
FEED = Feed(title="甲报", link="https://a.example/", language="zh-CN")
LONG = "枣庄老城区的十二条背街小巷换上了新管线，沿线八百多户居民没有断过一天水。" * 12


def draft(**fields: Any) -> Draft:
    entry = Entry(**{"id": "1", "title": "标题", "link": "https://a.example/1", **fields})
    made = clean(entry, FEED, SOURCE, "u" * 32, "h" * 32, NOW)
    assert isinstance(made, Draft), made
    return made


def test_a_title_is_one_clean_line() -> None:
    assert draft(title=" 第一行\n 第二行\u202e\x07 ").title == "第一行 第二行"
    assert len(draft(title="长" * 1000).title) == 300


def test_without_a_title_the_text_begins() -> None:
    assert draft(title="", summary="<p>今晨，台儿庄古城夜航船恢复。末班延至二十二点。</p>").title.startswith(
        "今晨，台儿庄古城"
    )


@pytest.mark.parametrize(
    ("published", "expected", "dated"),
    [
        (NOW - timedelta(hours=3), NOW - timedelta(hours=3), True),
        (NOW + timedelta(minutes=30), NOW, True),
        (NOW + timedelta(days=400), NOW, False),
        (datetime(1970, 1, 1, tzinfo=UTC), NOW, False),
        (None, NOW, False),
    ],
)
def test_nothing_is_from_the_future_or_from_before_the_web(
    published: datetime | None, expected: datetime, dated: bool
) -> None:
    made = draft(published=published)
    assert (made.published, made.dated) == (expected, dated)


def test_an_update_stands_in_for_a_missing_publication() -> None:
    assert draft(updated=NOW - timedelta(hours=1)).published == NOW - timedelta(hours=1)


def test_the_excerpt_ends_with_a_sentence() -> None:
    made = draft(content=f"<p>{LONG}</p>")
    assert len(made.excerpt) <= 200
    assert made.excerpt.endswith("。")
    assert made.length == len(LONG)


def test_a_real_summary_is_the_excerpt_of_a_full_text() -> None:
    summary = "历时十四个月，十二条平均宽度不足四米的巷子换上了新管线，沿线居民没有断过一天水，试验显示溢流点减少。"
    assert draft(summary=summary, content=f"<p>{LONG}</p>").excerpt == summary


def test_an_invitation_to_read_on_is_no_text() -> None:
    assert draft(summary="雨污分流今起并网。……阅读全文").excerpt == "雨污分流今起并网。"


def test_credits_come_from_the_entry_then_from_the_text() -> None:
    made = draft(authors=(Person("林晓禾"),), editor="周宁", origin=Origin(title="鲁南晨讯"), content=f"<p>{LONG}</p>")
    assert (made.author, made.editor, made.origin) == ("林晓禾", "周宁", "鲁南晨讯")


def test_a_dateline_and_an_editor_line_are_read() -> None:
    made = draft(content=f"<p>鲁网7月20日讯(记者 范辉) {LONG}</p><p>责任编辑：周宁</p>")
    assert made.author == "范辉"
    assert made.editor == "周宁"


@pytest.mark.parametrize(
    "head",
    [
        "鲁网7月20日讯（记者 范辉）",
        "来源：胶湾快讯 作者：梁舸\n（胶湾快讯 记者 梁舸）",
        "本报11月23日讯 记者 庄以南 ",
        "【齐河网7月2日讯】",
        "来源：甲报\n",
        "来源：千里通讯 作者：乌孙\n",
        "雪江报哈尔滨讯（记者 关梦溪） ",
        "本报讯（记者 林晓禾） ",
        "（胶湾快讯 记者 梁舸）作者：乌孙\n本报11月22日讯 ",
        "新华社济南7月20日电（记者范辉、林晓禾）",
    ],
)
def test_the_excerpt_begins_where_the_text_begins_to_tell(head: str) -> None:
    assert strip_credits(f"{head}十二条背街小巷换上了新管线。") == "十二条背街小巷换上了新管线。"


@pytest.mark.parametrize(
    "text", ["7月20日，枣庄下了雨。", "来源不明的包裹被退回。", "记者从住建局获悉，工程完工。", "来源：甲报"]
)
def test_what_is_no_credit_stays(text: str) -> None:
    assert strip_credits(text) == text


def test_a_known_author_is_no_part_of_the_text_he_runs_into() -> None:
    assert strip_credits("来源：千里通讯 作者：乌孙新疆伊犁通了邮路。", "乌孙") == "新疆伊犁通了邮路。"
    text = "来源: 千里通讯 作者: 乌孙千里通讯伊犁11月23日电(特约记者 乌孙) 哨所通了邮路。"
    assert strip_credits(text, "乌孙") == "哨所通了邮路。"


def test_a_name_is_kept_without_its_role() -> None:
    assert draft(authors=(Person("记者 庄以南"),)).author == "庄以南"
    assert draft(authors=(Person("文汇"),)).author == "文汇"


def test_terms_and_files_are_kept_once() -> None:
    made = draft(
        categories=(Category("shehui", label="社会"), Category("社会")),
        enclosures=(Enclosure("https://a.example/1.mp3", "audio/mpeg", 5), Enclosure("javascript:x")),
    )
    assert made.terms == ("社会",)
    assert [file.url for file in made.media] == ["https://a.example/1.mp3"]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://a.example/",
        "https://u:p@a.example/",
        'https://a.example/"x',
        "https:///x",
        "https://a.example:99999/",
        "https://a.example/ b",
    ],
)
def test_an_address_that_is_none_spoils_only_its_entry(url: str) -> None:
    assert not is_web_address(url)
    made = clean(Entry(id="1", title="标题", link=url), FEED, SOURCE, "u", "h", NOW)
    assert isinstance(made, Unusable)
    assert "no web address" in made.reason


def test_an_entry_without_title_and_text_is_no_item() -> None:
    assert isinstance(clean(Entry(id="1", link="https://a.example/1"), FEED, SOURCE, "u", "h", NOW), Unusable)


@pytest.mark.parametrize(
    "link", ["javascript:ran()", "data:text/html,x", "https://a@b.example/", 'https://b.example/"x']
)
def test_a_feed_that_names_a_bad_page_of_its_own_is_read_without(link: str) -> None:
    about = {"version": "https://jsonfeed.org/version/1", "title": "\u202e甲\n报", "home_page_url": link}
    body = json.dumps({**about, "items": []})
    found = parse_document(ParseTask(SOURCE, SOURCE.url, {}, body.encode(), KnownItems(), NOW))
    assert isinstance(found, ParsedDocument)
    assert (found.title, found.link) == ("甲 报", None)


def picture(**fields: Any) -> str | None:
    made = draft(**fields).picture
    return made.url.rpartition("/")[2] if made else None


def test_the_picture_that_represents_an_item() -> None:
    shown = '<p><img src="https://a.example/shown.jpg" width="640"></p>'
    small, large, unknown = (Picture(f"https://a.example/{width}.jpg", width) for width in (199, 200, None))
    enclosed = (Enclosure("https://a.example/file.jpg", "image/jpeg"),)
    assert picture(content=shown) == "shown.jpg"
    assert picture(content=shown, picture=large) == "200.jpg"
    assert picture(content=shown, picture=unknown) == "None.jpg"
    assert picture(content=shown, picture=small) == "shown.jpg"
    assert picture(picture=small, enclosures=enclosed) == "199.jpg"
    assert picture(enclosures=enclosed) == "file.jpg"
    assert picture(picture=Picture("data:image/png;base64,AA"), enclosures=enclosed) == "file.jpg"
    assert picture() is None
    described = draft(picture=Picture("https://a.example/1.jpg", alt=" 夜\n景 "))
    assert described.picture == Picture("https://a.example/1.jpg", alt="夜 景")


def test_limits_of_texts_and_names() -> None:
    assert is_web_address("https://a.example/" + "x" * 1982)
    assert not is_web_address("https://a.example/" + "x" * 1983)
    assert is_web_address("http://a.example:1/")
    assert not is_web_address("http://a.example:0/")
    assert draft(authors=(Person("长" * 200),)).author == "长" * 100
    assert draft(authors=(Person("记者 "),)).author == "记者"
    long = "长" * 99 + "。" + "长" * 200
    assert draft(content=long).excerpt == long[:199] + "…"
    assert draft(content="长" * 100 + "。" + "长" * 200).excerpt == "长" * 100 + "。"
    assert draft(content="长" * 198 + "。" + "长" * 9).excerpt == "长" * 198 + "。"
    assert draft(content="长" * 199 + "。" + "长" * 9).excerpt == "长" * 199 + "…"
    assert draft(content="长" * 200).excerpt == "长" * 200
    assert draft(title="", content="长" * 61).title == "长" * 59 + "…"
    assert len(draft(id="x" * 501).guid or "") == 500
    assert len(draft(content="长" * 4001).text) == 4000
    assert len(draft(rights="x" * 501).rights or "") == 500
    summary = "长" * 400
    assert draft(summary=summary, content="短").excerpt == "长" * 199 + "…"
    assert draft(summary=summary + "长", content="短").excerpt == "短"
    assert draft(summary="长" * 40, content="短").excerpt == "长" * 40
    assert draft(summary="长" * 39, content="短").excerpt == "短"
