"""What a Chinese news text says about its own making: 鲁网7月20日讯(记者 范辉), 来源:…, 责任编辑:….

Pure functions over plain text. What is not certainly a name is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEAD = 200  # characters at the start where a dateline and a byline stand
_TAIL = 200  # characters at the end where editors and sources are named

_DAY = r"(?:\d{4}年)?\d{1,2}月\d{1,2}日"
_DATELINE_PARTS = re.compile(
    rf"^[\s【\[(（]*(?P<before>[\u4e00-\u9fffA-Za-z0-9··\-—|\s]{{0,30}}?)\s*(?P<day>{_DAY})\s*(?P<word>讯|訊|電|电|消息)"
)
_SIGNED = re.compile(
    r"^[\s【\[(（]*(?P<outlet>[\u4e00-\u9fffA-Za-z0-9·]{1,12}?(?:网|报|社|台|新闻|日报|晚报|客户端|在线|传媒|融媒|电视台|广播)?)(?P<word>讯|訊)(?=[\s】\])）:：(（])"
)
_OUTLET_END = (
    "网 报 社 台 新闻 日报 晚报 早报 时报 商报 都市报 晨报 法制报 客户端 在线 传媒 融媒 融媒体 电视台 广播电台 周刊 杂志 频道 中心 资讯 观察 周报"
).split()

_NAME = r"[\u4e00-\u9fff·]{2,5}"
_NAMES = rf"{_NAME}(?:[\s、,,/]+{_NAME})*"
_ROLE = r"(?:首席|本报|本网|全媒体|融媒体|特约|见习|实习|驻[\u4e00-\u9fff]{1,4})*"
_REPORTER = re.compile(
    rf"(?:[(（\[【]\s*)?{_ROLE}\s*(?P<role>记者|通讯员|作者|文[/／]|撰文|采写|采访|撰稿)\s*[::/]?\s*(?P<names>{_NAMES})"
)
_BRACKETED = re.compile(rf"[(（](?P<inner>[^()（）]{{2,80}}?(?:记者|通讯员)[^()（）]{{1,60}})[)）]")
_EDITOR = re.compile(
    rf"(?:责任编辑|责编|本文编辑|值班编辑|编辑|收集编辑|網編|网络编辑|编校|編輯)\s*[::]\s*(?P<names>{_NAMES}|[A-Za-z0-9_]{{2,20}})"
)
_AUTHOR_LINE = re.compile(rf"(?:作者|文|撰文|记者|采写|撰稿)\s*[::]\s*(?P<names>{_NAMES})")
_ORIGIN = re.compile(
    r"(?:来源|稿源|来源于|转自|原载|本文来源|信息来源|文章来源|新闻来源|來源)\s*[::]\s*(?P<name>[^\s。;;,,|)）】\]<>]{2,30})"
)
_NO_NAMES = frozenset(
    "报道 采访 获悉 了解 表示 介绍 从 在 看到 注意 走访 来到 发现 日前 近日 今日 昨日 今天 昨天 摄影 摄 综合 编辑 责编 通讯员 记者 实习生 供图".split()
)
_NO_NAME_STARTS = (
    "从",
    "在",
    "获",
    "近",
    "今",
    "昨",
    "日前",
    "来到",
    "走进",
    "了解",
    "采访",
    "看到",
    "注意",
    "发现",
    "报道",
    "就",
    "随",
    "对",
    "向",
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
    match = _DATELINE_PARTS.match(head)
    if match:
        outlet, place = _split(re.sub(r"[\s··\-—|]+", " ", match["before"]).strip())
        return outlet, place, match["day"]
    signed = _SIGNED.match(head)
    if signed and any(signed["outlet"].endswith(end) for end in _OUTLET_END):
        outlet, place = _split(signed["outlet"])
        return outlet, place, None
    return None, None, None


def _split(before: str) -> tuple[str | None, str | None]:
    """Where an outlet's name ends and a place begins: after the last 网, 报, 社 ... or at a blank."""
    if not before:
        return None, None
    if " " in before:
        first, _, rest = before.partition(" ")
        if _is_outlet(first):
            return first, rest.replace(" ", "") or None
    ends = [before.rfind(end) + len(end) for end in _OUTLET_END if before.rfind(end) > 0]
    if not ends:
        return (None, None) if before in ("本报", "本网", "本台") or len(before) > 8 else (None, before)
    cut = max(ends)
    outlet, place = before[:cut], before[cut:].strip()
    if outlet.startswith(("本报", "本网", "本台")):
        outlet = ""
    return outlet or None, (place.removesuffix("讯") or None) if 0 < len(place) <= 8 else None


def _is_outlet(name: str) -> bool:
    return any(name.endswith(end) for end in _OUTLET_END)


def _author(head: str, tail: str) -> str | None:
    if bracketed := _BRACKETED.search(head):
        found = [_names(match["names"]) for match in _REPORTER.finditer(bracketed["inner"])]
        if names := [name for name in found if name]:
            return "、".join(dict.fromkeys("、".join(names).split("、")))
    for part in (head, tail):
        for match in (*_AUTHOR_LINE.finditer(part), *_marked(part)):
            if names := _names(match["names"]):
                return names
    return None


def _marked(part: str) -> list[re.Match[str]]:
    """记者 followed by a name that a blank sets off: 记者 范辉, never 记者从……获悉."""
    return [match for match in _REPORTER.finditer(part) if re.search(r"\s", match[0][match[0].find(match["role"]) :])]


def _last(pattern: re.Pattern[str], text: str) -> str | None:
    found = None
    for match in pattern.finditer(text):
        found = match["names"]
    return found


def _names(text: str | None) -> str | None:
    """The names in a run of them; two single characters with a blank between are one name (范 辉)."""
    if not text:
        return None
    if re.fullmatch(r"[A-Za-z0-9_]+", text):
        return text
    found = []
    for word in re.split(r"[\s、,,/]+", text):
        if word in _NO_NAMES or word.startswith(_NO_NAME_STARTS):
            break
        if _is_name(word):
            found.append(word)
        elif found:
            break
        else:
            return None
    return "、".join(dict.fromkeys(found)) or None


def _is_name(word: str) -> bool:
    if "·" in word:
        return 3 <= len(word) <= 12
    return (word[0] in _SURNAMES and 2 <= len(word) <= 3) or (word[:2] in _COMPOUND and 3 <= len(word) <= 4)


def _outlet_name(name: str) -> str | None:
    cleaned = name.strip("《》“”\"'::· ")
    return cleaned or None
