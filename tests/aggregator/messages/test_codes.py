"""Every message code has a text in each language and is created with the parameters that its texts use."""

from __future__ import annotations

import ast
import itertools
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.messages import (
    ENGLISH,
    LANGUAGES,
    TEXT,
    Code,
    Message,
    Param,
    decisions,
    fetch_errors,
    incidents,
    poll_reasons,
    push_errors,
    render,
)
from aggregator.messages.message import packed_start, unpack
from aggregator.messages.rendering import codes, codes_with
from aggregator.messages.short_form import short_form
from tests.web.i18n.test_languages import HAN
from web.i18n import catalogs

ROOT = Path(__file__).parents[3]
KINDS = {"poll_reasons": poll_reasons, "fetch_errors": fetch_errors, "decisions": decisions}
KINDS |= {"push_errors": push_errors, "incidents": incidents}
SAMPLES: dict[type, Param] = {
    str: "某物{}%s",
    int: 7,
    float: 0.5,
    tuple: ("甲", "乙"),
    Message: decisions.BIGRAMS(overlap=0.94, size=212),
}


def sample(code: Code) -> Message:
    return code(**{name: SAMPLES[kind] for name, kind in code.params.items()})


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def texts(locale: str) -> dict[str, str]:
    """Return the text of each code in a catalog."""
    return {str(message.context): str(message.string) for message in catalogs.CODES.load(locale) if message.id}


@pytest.mark.parametrize("locale", catalogs.LOCALES)
def test_every_code_is_translated_and_none_is_left_over(locale: str) -> None:
    held = texts(locale)
    assert held.keys() == codes().keys()
    assert not [code for code, text in held.items() if not text]
    assert not [message.id for message in catalogs.CODES.load(locale) if message.id and message.fuzzy]


def test_texts_use_only_the_parameters_that_their_codes_declare() -> None:
    translated = [texts(locale) for locale in catalogs.LOCALES]
    for name, code in codes().items():
        for text in (code.text, *(each[name] for each in translated)):
            assert placeholders(text) <= code.params.keys(), (name, text)


def test_every_parameter_is_used_in_some_language() -> None:
    translated = [texts(locale) for locale in catalogs.LOCALES]
    for name, code in codes().items():
        used = placeholders(code.text).union(*(placeholders(each[name]) for each in translated))
        assert used == code.params.keys(), name


@pytest.mark.parametrize("locale", catalogs.LOCALES)
def test_what_is_shipped_was_compiled_from_the_catalog(locale: str, tmp_path: Path) -> None:
    fresh = tmp_path / "messages.mo"
    with fresh.open("wb") as file:
        catalogs.write_mo(file, catalogs.CODES.load(locale))
    assert fresh.read_bytes() == catalogs.CODES.path(locale, "mo").read_bytes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_can_be_said(language: str) -> None:
    for name, code in codes().items():
        said = render(sample(code), language)
        assert said
        assert not said.startswith(f"{name} "), "not the words for an unknown code"


def test_english_is_english() -> None:
    assert not [code for code, text in texts("en").items() if HAN.search(text)]


def test_no_two_codes_have_one_name() -> None:
    declared = [
        ast.literal_eval(node.args[0])
        for kind in KINDS.values()
        for node in ast.walk(ast.parse(Path(str(kind.__file__)).read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("Code", "_status")
        and isinstance(node.args[0], ast.Constant)
    ]
    assert len(declared) == len(set(declared))


# ---------------------------------------------------------------- creation of messages
def calls() -> Iterator[tuple[str, int, Code, set[str]]]:
    """Yield each call of a code in the program: file, line, code, and names of the arguments."""
    for file in sorted(ROOT.glob("aggregator/**/*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and (code := _code_called(node.func)) is not None:
                assert not node.args, f"{file.name}:{node.lineno}"
                yield file.name, node.lineno, code, {str(each.arg) for each in node.keywords}


def _code_called(called: ast.expr) -> Code | None:
    """Return the code that an expression like ``fetch_errors.DNS`` or ``decisions.PHRASES[kind]`` stands for."""
    if isinstance(called, ast.Subscript):
        table = _of_kind(called.value)
        return next(iter(table.values())) if isinstance(table, dict) else None
    if isinstance(called, ast.Name) and called.id == "TEXT":
        return TEXT
    found = _of_kind(called)
    return found if isinstance(found, Code) else None


def _of_kind(node: ast.expr) -> object:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in KINDS:
        return getattr(KINDS[node.value.id], node.attr, None)
    return None


def test_every_message_is_made_with_the_parameters_that_its_code_declares() -> None:
    made = list(calls())
    assert len(made) > 100
    for file, line, code, given in made:
        assert given == code.params.keys(), f"{file}:{line}: {code.name}"


def test_every_code_is_named_by_the_program() -> None:
    """A code is used by its constant in another file than its own, or in a table of its own file."""
    sources = [file for file in ROOT.glob("aggregator/**/*.py") if "messages" not in file.parts]
    named = {
        node.attr
        for file in sources
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute)
    }
    for kind in KINDS.values():
        for constant, value in vars(kind).items():
            if isinstance(value, Code) and value not in fetch_errors._READERS.values():
                assert constant in named, f"{kind.__name__}.{constant}"


def test_messages_import_nothing_else_of_the_project() -> None:
    files = list(ROOT.glob("aggregator/messages/*.py"))
    assert files
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith(("aggregator", "feeds", "web", "gedi")):
                assert str(node.module).startswith("aggregator.messages"), file.name


def test_a_code_takes_exactly_its_parameters() -> None:
    for given in ({}, {"host": "a", "more": 1}, {"hots": "a"}):
        with pytest.raises(TypeError, match=r"fetch\.dns takes \['host'\]"):
            fetch_errors.DNS(**given)


# ---------------------------------------------------------------- storage
def test_a_message_is_the_same_after_it_was_stored() -> None:
    for code in codes().values():
        made = sample(code)
        assert unpack(made.pack()) == made
        assert made.pack().startswith(packed_start(code.name))
    assert decisions.TERM(term='社"会').pack() == '{"code":"category.term","term":"社\\"会"}'


def test_the_start_of_one_code_is_not_that_of_another() -> None:
    for one, other in itertools.permutations(codes().values(), 2):
        assert not sample(one).pack().startswith(packed_start(other.name))


@pytest.mark.parametrize("text", ["", "home", "[]", "{}", '{"code":1}', '"x"', "null"])
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpack(text)


def test_texts_in_a_message_can_be_changed() -> None:
    made = push_errors.REFUSED(reason=fetch_errors.DNS(host="a.example"))
    hidden = made.map_text(lambda text: text.replace("a.example", "…"))
    assert hidden == push_errors.REFUSED(reason=fetch_errors.DNS(host="…"))
    selling = decisions.SELLING(phrases=(decisions.PHRASES["gifts"](words="豪礼"),))
    assert "x" in render(selling.map_text(lambda _: "x"))


def test_a_message_of_another_version_is_named_and_breaks_nothing() -> None:
    assert render(Message("fetch.of-tomorrow", (("host", "a"), ("n", 2)))) == "fetch.of-tomorrow host=a n=2"
    assert render(Message("fetch.dns", (("name", "a"),))) == "fetch.dns name=a"
    assert render(TEXT(text="{host} %s {0}")) == "{host} %s {0}"


def test_codes_are_found_by_the_words_they_are_shown_with() -> None:
    assert "fetch.dns" in codes_with("域名解析不了")
    assert "fetch.dns" in codes_with("拼寫")
    assert codes_with("CANNOT BE LOOKED UP") == ["fetch.dns"]
    assert codes_with("host}") == codes_with("no such words at all") == []


# ---------------------------------------------------------------- examples of texts
@pytest.mark.parametrize(
    ("message", "chinese", "english"),
    [
        (poll_reasons.FIXED(), "按配置的固定间隔", "has an interval of its own in config.toml"),
        (
            poll_reasons.PUSHED(),
            "有即时推送，抓取只作核对",
            "has its news pushed by a hub; visits are only a check",
        ),
        (
            poll_reasons.NEW(),
            "新来源，还在了解它的发布规律",
            "is new here and has yet to show how often it publishes",
        ),
        (
            poll_reasons.SKIPPED(),
            "对方请求这段时间不要来访",
            "asks for no visits at these hours (skipHours, skipDays)",
        ),
        (poll_reasons.RETRY_AFTER(), "对方请求稍后再来", "asked to wait by Retry-After"),
        (poll_reasons.FRESHNESS(), "对方声明了更新间隔", "asked to wait by Cache-Control or Expires"),
        (poll_reasons.UPDATE_INTERVAL(), "对方声明了更新间隔", "asked to wait by the feed's own update interval"),
        (poll_reasons.GONE(), "对方已永久停止，不再抓取", "answered 410, permanently gone"),
        (
            fetch_errors.STATUSES[404](status=404, line="404 Not Found"),
            "这个地址已经没有内容，请到媒体网站找新的订阅地址（HTTP 404）",
            "There is nothing at this address any more. Look on the publisher's site for the feed's new address. "
            "(HTTP 404 Not Found)",
        ),
        (
            fetch_errors.STATUSES[502](status=502, line="502 Bad Gateway"),
            "对方的服务器出错，会自动重试（HTTP 502）",
            "The publisher's server cannot reach the system behind it. If this lasts, tell the publisher. "
            "(HTTP 502 Bad Gateway)",
        ),
        (
            fetch_errors.CLIENT_ERROR(status=418, line="418 I'm a Teapot"),
            "对方没有给出订阅源，请检查地址（HTTP 418）",
            "The server does not accept our request. Check the address. (HTTP 418 I'm a Teapot)",
        ),
        (
            fetch_errors.STATUSES[429](status=429, line="429 Too Many Requests"),
            "对方暂时不接受请求，会按对方要求的时间等待后重试（HTTP 429）",
            "The server says that we come too often. We wait as long as it asks; a longer interval helps. "
            "(HTTP 429 Too Many Requests)",
        ),
        (
            fetch_errors.DNS(host="a.example"),
            "域名解析不了，请检查拼写或本机网络",
            "The name a.example cannot be looked up. Check its spelling, or this machine's network.",
        ),
        (TEXT(text="In its own words."), "In its own words.", "In its own words."),
        (decisions.SOURCE(), "来源只发布这一类", "its source publishes this"),
        (decisions.TERM(term="社会新闻"), "来源标注的栏目：社会新闻", 'the publisher calls it "社会新闻"'),
        (
            decisions.TERM_WORD(term="县域经济", word="经济"),
            "来源标注的栏目：县域经济（其中的“经济”）",
            'the publisher calls it "县域经济", which contains "经济"',
        ),
        (
            decisions.SOURCE_PRIOR(),
            "没有更确切的依据，按来源的栏目",
            "nothing else was sure, and its source publishes this",
        ),
        (decisions.TERM_PRIOR(term="要闻"), "来源标注的栏目：要闻", 'a hint: "要闻"'),
        (
            decisions.KEYWORDS(words=("暴雨", "预警"), best=3.42, second=1.2),
            "标题和开头的词：暴雨 预警",
            "its words: 暴雨, 预警 (3.4 against 1.2)",
        ),
        (
            decisions.MEANING(words=("暴雨", "河"), word="雨", near=("雪", "风")),
            "标题和开头的词：暴雨 河；“雨”与雪 风意思相近",
            "its words: 暴雨, 河; “雨” is close in meaning to 雪, 风",
        ),
        (decisions.MODEL_ALONE(share=0.93), "分类模型判断，把握93%", "the trained model, 93% sure"),
        (
            decisions.MODEL(share=0.93, words="进球 联赛"),
            "分类模型判断，把握93%；依据：进球 联赛",
            "the trained model, 93% sure; the words that count most: 进球 联赛",
        ),
        (decisions.PATTERN(pattern="/双.?十一/"), "符合配置的规则/双.?十一/", "a pattern of the config: /双.?十一/"),
        (decisions.CATEGORY_ADMIN(), "编辑人工指定", "set by an admin"),
        (decisions.UNDECIDED(), "没有足够的依据", "nothing was sure enough"),
        (
            decisions.WEAK_WORDS(words=("玉米",), best=1.25, least=1.5),
            "标题和开头的词玉米不够：得分1.25，至少要1.5",
            "its words are not enough: 玉米 (1.2; 1.5 are needed)",
        ),
        (
            decisions.CLOSE_WORDS(words=("玉米",), best=2.0, others=("股价",), second=1.75),
            "标题和开头的词指向两类，难分上下：玉米（2.0）与股价（1.75）",
            "its words point to two categories alike: 玉米 (2.0), 股价 (1.8)",
        ),
        (
            decisions.NO_KNOWN_TERM(terms=("要闻",)),
            "栏目要闻不对应任何一类，标题和开头没有可用的词",
            "the publisher's 要闻 is no category, and no word of headline and beginning is known",
        ),
        (
            decisions.UNSURE_MODEL(share=0.412, least=0.6),
            "分类模型的把握只有41%，至少要60%",
            "the trained model is only 41% sure; 60% are needed",
        ),
        (
            decisions.STORY_CATEGORY(item=7),
            "自身没有足够的依据，按同一事件的条目7",
            "nothing of its own was sure; as item 7 of the same story",
        ),
        (decisions.IN_TITLE(names=("枣庄", "山亭")), "标题提到：枣庄 山亭", "the headline names 枣庄, 山亭"),
        (decisions.IN_DATELINE(names=("鲁网",)), "电头写明：鲁网", "the dateline names 鲁网"),
        (decisions.IN_LEAD(names=("济南",)), "正文提到：济南", "the beginning names 济南"),
        (decisions.HOME(), "文中没有地名，按来源所在地", "it names no place; this is where its source is at home"),
        (
            decisions.AS_ORIGINAL(item=7),
            "文中没有地名，按所转载的条目7",
            "it names no place; as item 7, whose text it repeats",
        ),
        (decisions.REGION_ADMIN(), "编辑人工指定", "set by an admin"),
        (decisions.UNKNOWN_REGION(), "没有足够的依据", "no place was sure enough"),
        (
            decisions.SIMILARITY(relation=decisions.RELATIONS["reprint"](), similarity=1.0),
            "转载，相似度100%",
            "Reprint, 100% alike",
        ),
        (decisions.LABEL_IN_TITLE(words="【广告】"), "疑似推广（标有：【广告】）", "label: 【广告】 in the title"),
        (
            decisions.SELLING(
                phrases=(
                    decisions.PHRASES["shops"](words="包邮"),
                    decisions.PHRASES["calls to buy"](words="立即抢购"),
                )
            ),
            "疑似推广（推销用语：包邮 立即抢购）",
            "selling: 包邮 (shops), 立即抢购 (calls to buy)",
        ),
    ],
    ids=lambda value: value.code if isinstance(value, Message) else "",
)
def test_words(message: Message, chinese: str, english: str) -> None:
    assert render(message, "zh-CN") == chinese
    assert render(message, ENGLISH) == render(message) == english


def test_traditional_characters() -> None:
    assert render(poll_reasons.FAILED(times=3), "zh-TW") == "連續失敗 3 次，逐次延長間隔"
    assert render(decisions.IN_TITLE(names=("枣庄",)), "zh-TW") == "標題提到：枣庄", "names stay as published"


@pytest.mark.parametrize(
    ("message", "short"),
    [
        (decisions.UNDECIDED(), ""),
        (decisions.CATEGORY_ADMIN(), "admin"),
        (decisions.SOURCE(), "source"),
        (decisions.TERM(term="社会新闻"), "term:社会新闻"),
        (decisions.TERM_WORD(term="县域经济", word="经济"), "term:县域经济 (经济)"),
        (decisions.SOURCE_PRIOR(), "prior:source"),
        (decisions.TERM_PRIOR(term="国内"), "prior:国内"),
        (decisions.STORY_CATEGORY(item=7), "story:7"),
        (decisions.WEAK_WORDS(words=("玉米", "麦田"), best=1.25, least=1.5), "weak:玉米,麦田 (1.2 of 1.5)"),
        (
            decisions.CLOSE_WORDS(words=("玉米",), best=2.0, others=("股价",), second=1.75),
            "close:玉米 (2.0 against 1.8 of 股价)",
        ),
        (decisions.NO_KNOWN_TERM(terms=("要闻",)), "unknown-term:要闻"),
        (decisions.UNSURE_MODEL(share=0.412, least=0.6), "unsure-model:0.41 of 0.60"),
        (decisions.KEYWORDS(words=("暴雨", "预警"), best=3.42, second=1.2), "keywords:暴雨,预警 (3.4 against 1.2)"),
        (decisions.MEANING(words=("暴雨", "河"), word="雨", near=("雪", "风")), "meaning:暴雨,河 (雨: 雪,风)"),
        (decisions.MEANING_OF_ALL(words=("暴雨", "河")), "meaning:暴雨,河"),
        (decisions.UNLIKE_WORDS(words=("暴雨",), word="股", near=("债", "汇")), "unlike:暴雨 (股: 债,汇)"),
        (decisions.MODEL_ALONE(share=0.934), "model:0.93"),
        (decisions.MODEL(share=0.934, words="进球,联赛"), "model:0.93 进球,联赛"),
        (decisions.PATTERN(pattern="/双.?十一/"), "pattern:/双.?十一/"),
        (decisions.IN_TITLE(names=("枣庄", "山亭")), "title:枣庄 山亭"),
        (decisions.HOME(), "home"),
        (decisions.AS_ORIGINAL(item=7), "original:7"),
        (decisions.UNKNOWN_REGION(), ""),
        (TEXT(text="of an earlier version"), "of an earlier version"),
    ],
)
def test_the_short_form(message: Message, short: str) -> None:
    assert short_form(message) == short


def test_every_category_and_region_has_a_short_form() -> None:
    for name, code in codes().items():
        if name.startswith(("category.", "region.")):
            assert short_form(sample(code)) != render(sample(code)), name
