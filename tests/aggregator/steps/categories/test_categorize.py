"""Categories from patterns, the publisher's terms, the source, keywords and a model."""

from __future__ import annotations

import pytest

from aggregator.config.settings import CategoryConfig
from aggregator.messages import decisions
from aggregator.messages.short_form import short_form
from aggregator.reference.categories import Category, CategoryTree
from aggregator.steps.categories.categorize import CategoryRules, categorize
from aggregator.steps.categories.keywords import KeywordSpec
from tests.aggregator.steps.categories.lexicons import lexicon_of

RULES = CategoryRules(CategoryTree.default())


class Always:
    """A model that always returns the same category."""

    threshold = 0.6

    def __init__(self, **chances: float) -> None:
        self.chances = {label.replace("_", "/"): chance for label, chance in chances.items()}
        self.labels = tuple(self.chances)

    def predict_proba(self, text: str) -> tuple[dict[str, float], str]:
        return self.chances, "a,b"


@pytest.mark.parametrize(
    ("title", "category"),
    [
        ("山亭区气象台发布暴雨橙色预警", "society/weather"),
        ("七旬老人走失三日 家属发布寻人启事", "society/missing"),
        ("南河大桥明起封闭施工 请车辆绕行", "livelihood/traffic"),
        ("今冬供暖期提前一周 供热管网完成检修", "livelihood/heating"),
        ("市委书记主持召开专题会议 部署主题教育", "politics/affairs"),
        ("省纪委通报：一名副厅长严重违纪违法被双开", "politics/integrity"),
        ("外交部发言人就双边关系答记者问", "world/diplomacy"),
        ("沪指收涨1.2% 券商板块领涨两市", "economy/stocks"),
        ("县一中高考成绩公布 一本上线率创新高", "education/exam"),
        ("流感高发季 疾控中心提醒接种疫苗", "health/disease"),
        ("古墓出土青铜器 考古队公布发现", "culture/heritage"),
        ("国庆假期景区游客爆满 自驾游占七成", "travel/guide"),
        ("麦收进入尾声 合作社农机连夜收割", "agriculture/farming"),
        ("化工厂偷排污水 环保督察组介入", "environment/pollution"),
        ("新款折叠屏手机开售 处理器跑分公布", "tech/digital"),
        ("女排三比零横扫对手 提前晋级半决赛", "sports"),
        ("新片首映 导演携主演亮相电影节", "entertainment/film"),
        ("海军护卫舰编队赴亚丁湾护航 进行实弹射击", "military/weapons"),
        ("二手房成交量回升 开发商推出新楼盘", "estate/market"),
        ("纯电动suv上市 续航里程六百公里", "auto/electric"),
        ("婆婆的一句话，让儿媳流下眼泪", "emotion/family"),
        ("法院一审宣判：被告人犯诈骗罪获刑三年", "law/court"),
        ("女排三比零橫掃對手 提前晉級準決賽", "sports"),
        ("瑞虎换代车型路试 前脸更换", "auto/new"),
        ("苏-57与歼-16同场亮相珠海航展", "military/weapons"),
        ("古镇梯田花海 周末好去处", "travel/spots"),
        ("实控人拟减持 股份质押比例上升", "economy/stocks"),
        ("定向降准落地 城商行下调年利率", "economy/banking"),
        ("首付款比例下调 刚需购房者看房增多", "estate/market"),
        ("晶圆厂扩产 光刻机到货", "tech/internet"),
        ("系外行星上或有海洋", "tech/space"),
        ("主队扳平比分 补射破门", "sports/football"),
        ("小前锋压哨绝杀 狂砍三双", "sports/basketball"),
        ("追剧到大结局 男二比男主抢眼", "entertainment/tv"),
        ("议长辞职 执政联盟面临大罢工", "world"),
        ("醉汉落水 路人施救", "society"),
        ("高考志愿怎么填 投档线详解", "education/exam"),
        ("沃柑挂果 果农喷药防红蜘蛛", "agriculture"),
        ("知府审案 驸马认罪", "culture/history"),
    ],
)
def test_keywords_alone(title: str, category: str) -> None:
    decision = categorize(title, "", (), None, RULES)
    assert decision.category == category, decision
    assert decisions.KEYWORDS.matches(decision.why)


@pytest.mark.parametrize("title", ["", "今天", "这一组图", "Hello", "2024-05-01"])
def test_silence_where_nothing_is_said(title: str) -> None:
    decision = categorize(title, "", (), None, RULES)
    assert (decision.category, decision.score, decision.why) == (None, 0.0, decisions.UNDECIDED())


def test_the_text_helps_where_the_title_is_silent() -> None:
    text = "主教练在赛后表示，球队下半场的防守赢得了比赛，下一轮联赛将在客场进行。"
    decision = categorize("一个值得记住的夜晚", text, (), None, RULES)
    assert decision.category is not None
    assert decision.category.startswith("sports")


@pytest.mark.parametrize(
    ("term", "category"),
    [
        ("社会新闻", "society"),
        ("财经频道", "economy"),
        ("新闻/体育/足球", "sports/football"),
        ("Business", "economy"),
        ("ENTERTAINMENT NEWS", "entertainment"),
        ("運動", "sports"),
        ("産経", None),
        ("情感/故事", "emotion/story"),
        ("emotion/story", "emotion/story"),
    ],
)
def test_publishers_terms(term: str, category: str | None) -> None:
    decision = categorize("无题", "", (term,), None, RULES)
    assert decision.category == category
    assert decision.why == (decisions.TERM(term=term) if category else decisions.NO_KNOWN_TERM(terms=(term,)))


def test_a_term_is_narrowed_by_the_words() -> None:
    assert categorize("老人走失 家属寻人", "", ("社会",), None, RULES).category == "society/missing"


def test_several_terms_and_the_words_choose() -> None:
    assert categorize("沪指收涨 券商领涨", "", ("科技", "财经"), None, RULES).category == "economy/stocks"
    assert categorize("无题", "", ("科技", "财经"), None, RULES).category == "tech"


def test_a_special_source_decides_and_the_words_narrow_it() -> None:
    decision = categorize("老财主临终前的故事", "", (), "emotion", RULES)
    assert (decision.category, decision.why) == ("emotion/story", decisions.SOURCE())
    assert categorize("赛后记者会", "", ("要闻", "社会"), "sports", RULES).category == "sports"
    assert categorize("一个人的夜晚", "", (), "sports/football", RULES).category == "sports/football"


def test_overwhelming_words_overrule_a_special_source() -> None:
    title = "央行宣布降准 a股收涨 沪指站上均线 券商板块涨停潮 基金净值上涨"
    assert categorize(title, "", (), "sports", RULES).category == "economy/stocks"


def test_a_general_source_is_what_is_left() -> None:
    assert categorize("女排横扫对手夺冠", "", (), "society", RULES).category == "sports"
    decision = categorize("这一天", "", (), "society", RULES)
    assert (decision.category, decision.why) == ("society", decisions.SOURCE_PRIOR())


def test_a_term_that_hints_gives_way_to_words() -> None:
    assert categorize("女排横扫对手夺冠", "", ("国内",), None, RULES).category == "sports"
    assert categorize("这一天", "", ("国内",), None, RULES).category == "politics"


def test_a_model_answers_where_rules_are_silent() -> None:
    told = categorize("这一天", "", (), None, RULES, Always(travel=0.93)).why
    assert told == decisions.MODEL(share=0.93, words="a,b")
    assert short_form(told) == "model:0.93 a,b"
    assert categorize("这一天", "", (), None, RULES, Always(travel=0.4)).category is None
    assert categorize("这一天", "", (), None, RULES, Always(unheard=0.99)).category is None


def test_a_model_goes_before_our_keywords_where_it_was_told_of_their_category() -> None:
    title = "女排横扫对手夺冠"
    assert categorize(title, "", (), None, RULES, Always(travel=0.7)).category == "sports"
    assert categorize(title, "", (), None, RULES, Always(travel=0.7, sports=0.3)).category == "travel"
    unsure = categorize(title, "", (), None, RULES, Always(travel=0.5, sports=0.4))
    assert (unsure.category, unsure.why.code) == ("sports", decisions.KEYWORDS.name)


def test_a_model_adds_up_what_lies_below_a_top_category() -> None:
    model = Always(sports_football=0.4, sports_basketball=0.35, travel=0.25)
    decision = categorize("这一天", "", (), None, RULES, model)
    assert (decision.category, decision.score) == ("sports", 0.75)
    model = Always(sports_football=0.6, sports_basketball=0.1, travel=0.3)
    assert categorize("这一天", "", (), None, RULES, model).category == "sports/football"


def configured(**more: tuple[str, ...]) -> CategoryRules:
    return CategoryRules(CategoryTree.default().with_config([CategoryConfig(slug="travel", **more)]))


def test_a_configs_own_words_go_before_the_model() -> None:
    rules = configured(keywords=("石头房:3",))
    model = Always(travel=0.1, sports=0.9)
    decision = categorize("走进石头房", "", (), None, rules, model)
    assert (decision.category, decision.why.get("words")) == ("travel", ("石头房",))


def test_a_configs_patterns_go_before_everything() -> None:
    rules = configured(patterns=(r"第\d+届.{0,9}采摘节",))
    decision = categorize("第12届山亭区樱桃采摘节开幕", "", ("体育",), "sports", rules)
    assert (decision.category, decision.why) == ("travel", decisions.PATTERN(pattern=r"第\d+届.{0,9}采摘节"))
    assert categorize("樱桃采摘节开幕", "", ("体育",), None, rules).category == "sports"
    traditional = configured(patterns=("颱風", "TYPHOON"))
    assert decisions.KEYWORDS.matches(categorize("台风过境", "", (), None, traditional).why)
    for title in ("颱風過境", "typhoon landed"):
        assert decisions.PATTERN.matches(categorize(title, "", (), None, traditional).why)


def test_a_pattern_takes_time_in_proportion_to_the_text() -> None:
    rules = configured(patterns=("(a+)+b(c|cc|ccc)*(c|cc|ccc)*d",))
    text = "a" * 150 + "b" + "c" * 149
    assert categorize("这一天", text, (), None, rules).category is None


def test_the_evidence_is_named() -> None:
    decision = categorize("气象台发布暴雨红色预警", "", (), None, RULES)
    told = short_form(decision.why)
    assert told.startswith("keywords:红色预警,")
    assert "against" in told
    assert 0 < decision.score <= 1


@pytest.mark.parametrize(
    ("written", "word", "weight"),
    [
        ("暴雨", "暴雨", 1),
        ("暴雨:2", "暴雨", 2),
        ("-暴雨", "暴雨", -1),
        ("-暴雨:3", "暴雨", -3),
        ("a:b", "a:b", 1),
        ("ＡＢ", "ab", 1),
    ],
)
def test_how_keywords_are_written(written: str, word: str, weight: float) -> None:
    assert KeywordSpec.parse(written) == KeywordSpec(word, weight)


def test_the_longest_word_counts_and_latin_words_stand_alone() -> None:
    lexicon = lexicon_of([("a", "学院"), ("b", "学院路"), ("c", "ai"), ("a", "5g")])
    assert lexicon.find_words("学院路通车") == ["学院路"]
    assert lexicon.find_words("said again") == []
    assert lexicon.find_words("用ai写作") == ["ai"]
    assert lexicon.find_words("15g 5g手机") == ["5g"]


def test_a_sum_does_not_depend_on_the_order_of_the_words() -> None:
    lexicon = lexicon_of([("a", "暴雨:0.1"), ("a", "预警:0.2"), ("a", "转移:0.3")])
    assert lexicon.score("暴雨预警转移", "").score_by_path == lexicon.score("转移预警暴雨", "").score_by_path


def test_a_words_weight_counts_once_for_the_category_above() -> None:
    tree = CategoryTree(
        [
            Category("a", "a", "甲", "A", keywords=("红灯", "-绿灯:5")),
            Category("a/b", "b", "乙", "B", parent="a", keywords=("红灯:2",)),
        ]
    )
    rules = CategoryRules(tree)
    assert dict(rules.lexicon.score("红灯", "").score_by_path) == {"a/b": 2, "a": 2}
    assert categorize("红灯", "", (), None, rules).category == "a/b"
    assert categorize("红灯绿灯", "", (), None, rules).category is None
