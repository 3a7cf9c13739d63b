"""Headlines are of one event where their figures, places and names agree, and never where one of them differs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.model import Candidate
from aggregator.steps.stories.cluster import NewItem, as_candidate, decide_placements
from aggregator.steps.stories.comparable_text import strip_punctuation
from aggregator.steps.stories.fact_conflicts import are_sister_events
from aggregator.steps.stories.features import build_features
from aggregator.steps.stories.fingerprint import build_sketch
from aggregator.steps.stories.short_facts import find_spots, read_facts, state_other_facts
from aggregator.steps.text.normalize import fold

NOW = datetime(2026, 4, 2, 9, tzinfo=UTC)
SAME = [
    ("荷兰新增2例新冠肺炎确诊病例", "荷兰新增两例新冠肺炎确诊病例"),
    ("荷兰新增2例新冠肺炎确诊病例", "荷兰新冠肺炎确诊患者新增2人"),
    ("海口连续9天无新增确诊病例", "海口已连续九天零新增确诊病例"),
    ("沂水一仓库起火 3人送医", "沂水县仓库失火，三人受伤送医"),
    ("柳州第三批援鄂医疗队27人出征", "27人！柳州第三批医疗队出征援鄂"),
    ("周明远夺得青岛网球赛冠军", "青岛网球赛落幕 周明远夺冠"),
    ("美国总统拜登确诊新冠肺炎", "美国总统拜登感染新冠病毒"),
    ("海口连续9天无新增确诊病例", "海口9天新增0例"),
]
OTHER = [
    ("荷兰新增2例新冠肺炎确诊病例", "北爱尔兰新增2例新冠肺炎确诊病例"),  # nations
    ("荷兰新增2例新冠肺炎确诊病例", "荷兰新增3例新冠肺炎确诊病例"),  # counts
    ("荷兰累计治愈60例新冠肺炎患者", "荷兰新增确诊1771例新冠肺炎"),
    ("荷兰新增60例新冠肺炎确诊病例", "荷兰累计60例新冠肺炎确诊病例"),  # kinds of counts
    ("海口9天无新增确诊病例", "海口连续3天无新增确诊病例"),  # spans
    ("柳州第三批援鄂医疗队27人出征", "柳州第四批援鄂医疗队27人出征"),  # ordinals
    ("沂水3月8日通报检测结果", "沂水3月9日通报检测结果"),  # dates
    ("沂水一仓库起火3人送医", "莒县一仓库起火3人送医"),  # places
    ("荷兰首相范德林确诊新冠肺炎", "荷兰首相罗本斯确诊新冠肺炎"),  # names
    ("老挝总统马丁罗夫新冠病毒检测呈阳性", "老挝总统马丁南德确诊新冠肺炎"),
    ("任命周明远为副市长", "任命郑海波为副市长"),
    ("荷兰首相范德林确诊新冠肺炎", "荷兰新增2例新冠肺炎确诊病例"),  # a person and a count
    ("海口连续9天无新增确诊病例", "海口新增2例确诊病例"),  # none and some
]


def differ(a: str, b: str) -> bool:
    ours, theirs = (read_facts(strip_punctuation(fold(statement))) for statement in (a, b))
    return state_other_facts(ours, theirs)


@pytest.mark.parametrize(("a", "b"), SAME)
def test_the_same_facts_in_other_words_agree(a: str, b: str) -> None:
    assert not differ(a, b)
    assert not differ(b, a)


@pytest.mark.parametrize(("a", "b"), OTHER)
def test_another_fact_is_another_event(a: str, b: str) -> None:
    assert differ(a, b)
    assert differ(b, a)


def story_beside(title: str, stored_title: str, stored_text: str = "") -> int | None:
    """Return the story that a headline joins, of one stored report in story 9."""
    new, old = (
        NewItem(
            number, number, headline, fold(text), NOW + timedelta(hours=number),
            sketch=build_sketch(headline, fold(text)), features=build_features(headline, fold(text)),
        )
        for number, headline, text in ((2, title, ""), (1, stored_title, stored_text))
    )  # fmt: skip
    candidate: Candidate = as_candidate(old, 9)
    shared = len(set(new.sketch.fingerprints) & set(old.sketch.fingerprints))
    terms = len(set(new.sketch.key_terms) & set(old.sketch.key_terms)) / len(new.sketch.key_terms)
    [placement] = decide_placements([new], {2: [(candidate, shared, terms)]}, lambda _: {1: fold(stored_text)})
    return placement.story_id


@pytest.mark.parametrize(("a", "b"), OTHER)
def test_headlines_of_other_events_stay_apart(a: str, b: str) -> None:
    assert story_beside(a, b) is None


def test_a_headline_joins_the_text_that_contains_it() -> None:
    text = (
        "昨天下午四时许，沂水县许家湖镇一处存放花生的仓库突然起火，浓烟冲上屋顶。消防员赶到时火势已经蔓延到隔壁的油坊，经过五个小时扑救，"
        "明火在夜里九时被扑灭。火灾造成三人受伤，均已送医，没有生命危险。仓库主人说，库里的花生是刚收的，准备运往外地。起火原因正在调查，"
        "周围的居民已经回家，镇上连夜检查了其他仓库的电线，要求商户清理通道，配齐灭火器材，安排专人值守。"
    )
    assert story_beside("沂水县花生仓库起火 3人送医", "许家湖镇大火扑灭", text) == 9
    assert story_beside("沂水县花生仓库起火 5人送医", "许家湖镇大火扑灭", text) is None


@pytest.mark.parametrize(
    ("title", "stored_title", "stored_text"),
    [
        (  # a number alone
            "松河粮仓起火 20人送医",
            "星崖发生车祸 20人遇难",
            "沂水县星崖附近昨天晚上八时许发生一起车祸，货车失控后撞上客车，20人没能抢救过来，司机因为超载被警方控制。",
        ),
        (  # a place and a number
            "今日沂水有9名确诊患者治愈",
            "沂水菠菜行情",
            "本周沂水批发市场菠菜每公斤4.26元，上市量9吨。管理人员分析，产地天气是价格波动的主要原因，预计下周仍将小幅回落。",
        ),
    ],
)
def test_places_and_figures_alone_are_no_event(title: str, stored_title: str, stored_text: str) -> None:
    assert story_beside(title, stored_title, stored_text) is None


def test_small_places_in_headlines_tell_events_apart() -> None:
    text = "一座堆满{}的库房昨天在{}烧了起来，地点靠近{}，7人因吸入烟气住院，救火持续{}个小时，附近店铺接到整改单。"
    title = "{}一仓库起火 7人送医"
    stored = title.format("上岭"), text.format("麻袋", "沂水县星河镇", "上岭", 3)
    assert story_beside(title.format("金湾"), *stored) is None
    assert story_beside(title.format("上岭"), *stored) == 9
    assert story_beside("快讯：" + title.format("上岭"), *stored) == 9


@pytest.mark.parametrize(
    ("headline", "spots"),
    [
        ("金湾一仓库起火", {"金湾"}),
        ("快讯云塘发生车祸", {"云塘"}),
        ("兴县霞坪水库溃坝", {"霞坪"}),
        ("门口一货车起火", set()),
        ("酒店某房间起火", set()),
        ("黄昏时候起火", set()),
    ],
)
def test_small_places_of_headlines(headline: str, spots: set[str]) -> None:
    assert find_spots(headline) == spots


def test_a_number_beside_shared_words_is_a_fact() -> None:
    text = "一座库房烧了起来地点靠近{}{}人因吸入烟气住院救火持续{}附近{}家店铺接到整改单".format
    assert are_sister_events(text("金湾", 7, "三个小时", 65), text("双桥", 24, "九个小时", 75))
    assert not are_sister_events(text("金湾", 7, "三个小时", 65), text("金湾这里", "七", "三小时", "六十五"))
    assert not are_sister_events(text("金湾", 7, "三个小时", 65), text("双桥", 24, "三个小时", 65))  # one alone
