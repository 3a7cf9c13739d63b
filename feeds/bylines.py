"""What a Chinese news text says about its own making: 鲁网7月20日讯(记者 范辉), 来源:…, 责任编辑:….

Pure functions over plain text. What is not certainly a name is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEAD = 200  # characters at the start where a dateline and a byline stand
_TAIL = 200  # characters at the end where editors and sources are named

_DAY = r"(?:\d{4}年)?\d{1,2}月\d{1,2}日"
_OPENING = r"^[\s【\[(（]*"
_DATELINE = re.compile(
    rf"{_OPENING}(?P<before>[\u4e00-\u9fffA-Za-z0-9·\-—|\s]{{0,30}}?)\s*(?P<day>{_DAY})\s*(?:讯|訊|電|电|消息)"
)
_SIGNED = re.compile(rf"{_OPENING}(?P<outlet>[\u4e00-\u9fffA-Za-z0-9·]{{2,16}}?)[讯訊](?=[\s】\])）:：(（])")
_OUTLET_ENDS = tuple(
    "网 报 社 台 新闻 客户端 在线 传媒 融媒 融媒体 周刊 杂志 频道 中心 资讯 观察 網 報".split()
)  # 日报, 晚报, 电视台 ... end like these

_NAME = r"[\u4e00-\u9fff·]{1,8}"
_NAMES = rf"{_NAME}(?:[\s、,，/]+{_NAME})*"
_REPORTER = re.compile(
    rf"(?P<role>记者|記者|通讯员|通訊員|作者|撰文|采写|撰稿|文[/／])(?P<gap>\s*[:：/]?\s*)(?P<names>{_NAMES})"
)
_BRACKETED = re.compile(r"[(（](?P<inner>[^()（）]{0,80}?(?:记者|記者|通讯员|作者)[^()（）]{1,60})[)）]")
_BARE_BRACKET = re.compile(r"[讯訊電电]\s*[(（](?P<names>[\u4e00-\u9fff·\s、]{2,20})[)）]")
_EDITOR = re.compile(
    r"(?:责任编辑|责编|本文编辑|值班编辑|收集编辑|网络编辑|编辑|编校|編輯)\s*[:：]\s*"
    rf"(?P<names>{_NAMES}|[A-Za-z0-9_]{{2,20}})"
)
_AUTHOR_LINE = re.compile(rf"(?:作者|文|撰文|记者|记 者|采写|撰稿)\s*[:：]\s*(?P<names>{_NAMES})")
_ORIGIN = re.compile(r"(?:来源|稿源|来源于|转自|原载|來源)\s*[:：]\s*(?P<name>[^\s。;；,，|)）】\]<>]{2,30})")
_ENDS_OF_NAMES = tuple(
    "从 在 获 近 今 昨 日前 来到 走进 了解 采访 看到 注意 发现 报道 報道 就 随 对 表示 介绍 走访 摄影 摄 综合 编辑 "
    "责编 责任 通讯员 记者 作者 来源 实习 供图 正文 审核 校对 监制".split()
)
_COMPOUND = frozenset("欧阳 上官 司马 诸葛 皇甫 尉迟 公孙 慕容 令狐 夏侯 东方 司徒".split())
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍"
    "韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单"
    "包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙"
    "计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺水云昌凤酆皮元酆平"
    "朴荣湛利尚谬宣那麻"
)


@dataclass(frozen=True, slots=True)
class Byline:
    """Names as they stand in the text. ``author`` and ``editor`` may hold several, separated by "、"."""

    author: str | None = None
    editor: str | None = None
    origin: str | None = None  # the outlet credited (来源), else the one whose dateline opens the text
    dateline_outlet: str | None = None  # 鲁网 in 鲁网枣庄7月20日讯
    dateline_place: str | None = None  # 枣庄 in 鲁网枣庄7月20日讯
    dateline_date: str | None = None  # 7月20日, as written


def read_byline(text: str) -> Byline:
    """Read the dateline and byline at the head of a plain text, and the credits at its head and tail."""
    head, tail = text[:_HEAD], text[-_TAIL:]
    outlet, place, day = _dateline(head)
    edges = head if len(text) <= _HEAD else f"{head}\n{tail}"
    origin = _ORIGIN.search(edges)
    return Byline(
        author=_author(head, tail),
        editor=_names(_last(_EDITOR, edges)),
        origin=_outlet_name(origin["name"]) if origin else outlet,
        dateline_outlet=outlet,
        dateline_place=place,
        dateline_date=day,
    )


def _dateline(head: str) -> tuple[str | None, str | None, str | None]:
    """Outlet, place and day of 鲁网枣庄7月20日讯, 新华社北京7月20日电, 齐鲁晚报讯, 本报讯."""
    if match := _DATELINE.match(head):
        outlet, place = _split(re.sub(r"[\s·\-—|]+", " ", match["before"]).strip())
        return outlet, place, match["day"]
    signed = _SIGNED.match(head)
    if signed and signed["outlet"].endswith(_OUTLET_ENDS):
        return _split(signed["outlet"])[0], None, None
    return None, None, None


def _split(before: str) -> tuple[str | None, str | None]:
    """Where an outlet's name ends and a place begins: behind the last 网, 报, 社 ... or at a blank."""
    first, _, rest = before.partition(" ")
    if rest and first.endswith(_OUTLET_ENDS):
        return _outlet(first), _place(rest)
    cut = max((before.rfind(end) + len(end) for end in _OUTLET_ENDS if before.rfind(end) > 0), default=0)
    return _outlet(before[:cut]), _place(before[cut:])


def _outlet(name: str) -> str | None:
    """本报 and 本网 name no outlet: the source itself is meant."""
    return name if name and not name.startswith(("本报", "本网", "本台", "本報")) else None


def _place(name: str) -> str | None:
    name = name.replace(" ", "")
    return name if 2 <= len(name) <= 8 else None


def _author(head: str, tail: str) -> str | None:
    if bracketed := _BRACKETED.search(head):
        found = [name for match in _REPORTER.finditer(bracketed["inner"]) if (name := _names(match["names"]))]
        if found:
            return "、".join(dict.fromkeys("、".join(found).split("、")))
    for part in (head, tail):
        set_off = [match for match in _REPORTER.finditer(part) if match["gap"]]  # never 记者从……获悉
        for match in (*_AUTHOR_LINE.finditer(part), *set_off):
            if names := _names(match["names"]):
                return names
    bare = _BARE_BRACKET.search(head)
    return _names(bare["names"]) if bare else None


def _last(pattern: re.Pattern[str], text: str) -> str | None:
    return next((match["names"] for match in reversed(list(pattern.finditer(text)))), None)


def _names(text: str | None) -> str | None:
    """The names in a run of words; two single characters are one name (范 辉). None where the first is no name."""
    if not text:
        return None
    if re.fullmatch(r"[A-Za-z0-9_]+", text):
        return text
    joined = re.sub(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff])\s+([\u4e00-\u9fff])(?![\u4e00-\u9fff])", r"\1\2", text)
    found: list[str] = []
    for word in re.split(r"[\s、,，/]+", joined.strip()):
        if word.startswith(_ENDS_OF_NAMES) or not _is_name(word):
            break
        found.append(word)
    return "、".join(dict.fromkeys(found)) or None


def _is_name(word: str) -> bool:
    if "·" in word:
        return 3 <= len(word) <= 12
    return (word[:1] in _SURNAMES and 2 <= len(word) <= 3) or (word[:2] in _COMPOUND and 3 <= len(word) <= 4)


def _outlet_name(name: str) -> str | None:
    return re.sub(r"^[\s《“\"':：·]+|[\s》”\"':：·]+$", "", name) or None
