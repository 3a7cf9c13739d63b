"""Excerpts of a text behind another lead-in, with other words, or cut elsewhere are the same text."""

from __future__ import annotations

import pytest

from aggregator.model import Relation
from aggregator.steps.stories.comparable_text import comparable_text
from aggregator.steps.stories.compare import compare_reports
from aggregator.steps.stories.excerpts import share_passage
from aggregator.steps.text.normalize import fold

TITLE = "芦湾渡口的老钟又响了"
TEXT = (
    "停摆十九年的渡口大钟昨天傍晚重新敲响，修钟匠贺长庚用了五个月，配齐了三十一个齿轮。"
    "钟楼建于民国初年，最早由盐商集资，后来成了船家对时的依据。渡口管理所说，今后每天敲三次，早晚各一次，正午一次。"
    "贺长庚今年七十四岁，十六岁跟着父亲学艺，父子两代修过的钟有四百多座。\n"
    "听见钟声，不少居民走到江边，有人说想起了小时候等船的日子。管理所打算明年把底层改成陈列室，向游客免费开放。"
)
EXCERPTS = {
    "cut": TEXT[:96] + "[查看全文]",
    "cut within a word": TEXT[:103] + "……",
    "dateline": "（滨海导报讯）" + TEXT[:110] + "...[详细]",
    "outlet's dateline": "陇南晚报5月6日讯（记者 林一舟 通讯员 何苗）" + TEXT[:120] + "(未完)",
    "according to": "据陇南晚报报道，" + TEXT[:90] + "...",
    "learned": "小编从滨海市有关部门获悉，" + TEXT[:100] + "…… 更多>>",
    "two lead-ins": "记者从江边了解到，据滨海导报消息，" + TEXT[:100],
    "headline first": f"【{TITLE}】{TEXT[:90]}...",
    "byline": "□ 记者 林一舟 通讯员 何苗 " + TEXT[:95],
    "later sentences": TEXT[41:180],
    "words exchanged": TEXT[:130].replace("重新敲响", "再次敲响").replace("今后", "以后").replace("依据", "凭据"),
    "clause dropped": TEXT[:140].replace("最早由盐商集资，", "") + "[…]",
    "clause with figures dropped": TEXT[:150].replace("，配齐了三十一个齿轮", ""),
    "other numerals": TEXT[:130].replace("三十一个", "31个").replace("十九年", "19年"),
}
BULLETIN = (
    "{place}气象台{day}日预报：受弱冷空气影响，今天夜间到明天白天多云转阴，偏北风三到四级，阵风六级，最高气温{high}度，"
    "山区早晚雾大，请注意行车安全，农户做好大棚保温。"
)


@pytest.mark.parametrize("kind", EXCERPTS)
@pytest.mark.parametrize("headline", [TITLE, "十九年后，江边再闻钟声"])
def test_an_excerpt_is_a_reprint_of_the_text(kind: str, headline: str) -> None:
    found = compare_reports(TITLE, fold(TEXT), headline, fold(EXCERPTS[kind]))
    assert found.relation is Relation.REPRINT, found


def test_two_excerpts_cut_at_different_places_are_one_text() -> None:
    found = compare_reports(TITLE, fold(TEXT[:140]), "江边钟声", fold("（滨海导报讯）" + TEXT[41:190] + "..."))
    assert found.relation is Relation.REPRINT, found


@pytest.mark.parametrize(
    "other",
    [
        EXCERPTS["dateline"].replace("十九", "十三"),  # another figure
        EXCERPTS["dateline"].replace("每天敲三次", "每天敲五次"),
        BULLETIN.format(place="沂水县", day=7, high=21),
    ],
)
def test_another_fact_makes_another_text(other: str) -> None:
    for text in (TEXT, BULLETIN.format(place="莒县", day=7, high=21)):
        assert compare_reports(TITLE, fold(text), TITLE, fold(other)).relation is not Relation.REPRINT


def test_a_shared_phrase_behind_other_beginnings_is_no_shared_passage() -> None:
    phrase = "经专家组会诊评估，符合国家规定的解除隔离和出院标准，即日起回家休养，社区医生将定期上门随访复查。"
    ours = comparable_text(fold("胡女士是本市第三例患者，六月二日在东郊医院就诊，" + phrase))
    theirs = comparable_text(fold("省城又传来好消息，五名患者在传染病医院治疗两周之后，" + phrase))
    assert not share_passage(ours, theirs, 5)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("据陇南晚报报道，河堤加高了。", "河堤加高了"),
        ("滨海网讯 综合桂中时报消息，河堤加高了。", "河堤加高了"),
        ("河堤加高了...[阅读全文]", "河堤加高了"),
        ("河堤加高了……（未完）", "河堤加高了"),
        ("河堤加高了（图）", "河堤加高了图"),  # nothing but a link is cut off
        ("河堤的消息传遍了全村。", "河堤的消息传遍了全村"),
    ],
)
def test_lead_ins_and_links_do_not_count(text: str, bare: str) -> None:
    assert comparable_text(fold(text)) == bare
