"""Bylines, datelines and source credits in Chinese news texts.

Examples: 鲁网7月20日讯(记者 范辉), 来源:…, 责任编辑:…, 記者…／台北報導.

Pure functions over plain text. A word that is not certainly a name is not reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from feeds.chinese_names import NAMES_PATTERN, extract_names, extract_names_before_place
from feeds.cued_pattern import CuedPattern

_HEAD = 200  # characters at the start that may hold a dateline and a byline
_TAIL = 200  # characters at the end that may name editors and sources
_PUNCTUATION = tuple(zip("（）：／｜丨∕，［］【】〔〕", "():/||/,[][][]", strict=True))  # one for one: keeps offsets

_DAY = r"(?:\d{4}年)?\d{1,2}月\d{1,2}日"
_OPENING = r"^[\s\[(据據]*"
_DATELINE = re.compile(
    rf"{_OPENING}(?P<before>[\u4e00-\u9fffA-Za-z0-9·\-—|\s]{{0,30}}?)\s*(?P<day>{_DAY})\s*(?:讯|訊|電|电|消息)"
)
_OUTLET_ONLY_DATELINE = re.compile(
    rf"{_OPENING}(?P<outlet>[\u4e00-\u9fffA-Za-z0-9·]{{2,16}}?)(?:[讯訊]|消息)(?=[\s\])::(])"
)
_ACCORDING = re.compile(
    r"^\s*[据據](?P<name>《[^《》]{2,16}》|[\u4e00-\u9fffA-Za-z·]{2,14}?)(?:[电電](?=[\s,:])|(?:报道|報導|報道|消息)(?=[\s,:]))"
)
_OUTLET_ENDS = tuple(
    "网 报 社 台 新闻 客户端 在线 传媒 融媒 融媒体 周刊 杂志 频道 中心 资讯 观察 網 報 新聞 電視台 週刊 雜誌".split()
)  # 日报, 晚报, 电视台 ... have these endings
_NO_OUTLETS = ("本报", "本网", "本台", "本報", "本網", "当地", "當地", "外", "多家", "有关", "相关", "境外", "该", "其")
_NO_OUTLET_ENDS = ("气象台", "氣象台", "合作社", "旅行社", "出版社", "中心")

_ROLE = r"(?:首席|见习|实习|特约|本报|本网|本報|特派|全媒体)*(?:记者|記者|通讯员|通訊員)"
_CHAIN = rf"(?:(?:图|圖|摄影|攝影|{_ROLE})[\s:/|]+)*"
# Each alternative begins with one character, so that ``re`` tries no other position; what may precede a role (首席,
# 本报) says nothing of the names.
_ALONE = r"(?<![\u4e00-\u9fff].)"  # after the first character: no Chinese one is before it
_REPORTER = re.compile(
    r"(?:记者|記者|通讯员|通訊員|作者|撰文|采写|採寫|撰稿"
    rf"|文{_ALONE}图?(?=[\s:/|])|图{_ALONE}文(?=[\s:/|])|圖{_ALONE}文(?=[\s:/|]))(?P<gap>[\s:/|]*)"
    rf"(?P<chain>{_CHAIN})(?P<names>{NAMES_PATTERN})"
)
_BRACKETED = CuedPattern.compile(
    "记者 記者 通讯员 作者", r"[(](?P<inner>[^()]{0,80}?(?:记者|記者|通讯员|作者)[^()]{1,60})[)]"
)
_BARE_BRACKET = re.compile(r"[讯訊電电]\s*[(](?P<names>[\u4e00-\u9fff·\s、]{2,20})[)]")
_TAIWAN = re.compile(
    r"^\s*[\[(]?\s*(?P<outlet>[\u4e00-\u9fff]{0,6}?)(?:記者|记者)\s*(?P<names>[\u4e00-\u9fff、/ ]{4,24}?)"
    r"\s*(?:(?:\d{1,2}月)?\d{1,2}日)?\s*(?:報導|報道|报道|電)"
)
_DESK = re.compile(r"^[\s\[(]*[\u4e00-\u9fff]{2,4}中心\s*/\s*(?P<names>[\u4e00-\u9fff、]{2,12}?)\s*(?:報導|报道)")
_EDITOR = CuedPattern.compile(
    "编辑 編輯 责编 責編 编审 编校",
    r"(?:(?:责任编辑|责编|責任編輯|責編|收集编辑|值班编辑|责任编审)\s*[:/| ]\s*"
    r"|(?<![总總主术術频頻片音图])(?:编辑|编校|編輯)\s*[:/|]\s*)"
    rf"(?P<names>{NAMES_PATTERN}|[A-Za-z0-9_]{{2,20}})",
)
_EDITOR_IN_BRACKETS = re.compile(rf"(?<![总總主])(?:编辑|編輯)[\s:/|]+(?P<names>{NAMES_PATTERN})")
_ORIGIN = CuedPattern.compile(
    "来源 來源 稿源 转自 轉自 载自 摘自 原载",
    r"(?:(?:信息|新闻|新聞|文章|稿件|本文|内容|消息|文稿)|(?<![\u4e00-\u9fff]))(?:来源于?|稿源|转自|转载自|摘自|原载|來源|轉自)"
    r"[ \t\u3000]*:[ \t\u3000]*(?P<name>[^\s。;；,|)\]<>、]{2,30}?)"
    r"(?=[\s。;；,|)\]<>、]|作者|责任|責任|编辑|編輯|记者|記者|发布|时间|時間|\Z)",
)
_NO_ORIGINS = frozenset(
    "网络 互联网 综合 网络综合 综合整理 本站 本网 本报 未知 不详 佚名 网友 原创 其他 转载 "
    "整理 網路 網絡 綜合 本報 無 无 暂无".split()
)


@dataclass(frozen=True, slots=True)
class Byline:
    """Names as written in the text. ``author`` and ``editor`` may hold several names, joined with "、"."""

    author: str | None = None
    editor: str | None = None
    origin: str | None = None  # the credited outlet (来源), else the outlet of the dateline
    dateline_outlet: str | None = None  # 鲁网 in 鲁网枣庄7月20日讯
    dateline_place: str | None = None  # 枣庄 in 鲁网枣庄7月20日讯
    dateline_date: str | None = None  # 7月20日, as written


def read_byline(text: str) -> Byline:
    """Return the dateline, byline and credits found at the head and the tail of a plain text."""
    head = _halve_punctuation(text[:_HEAD])
    tail = head if len(text) <= _TAIL else _halve_punctuation(text[-_TAIL:])
    outlet, place, day = _dateline(head)
    edges = head if len(text) <= _HEAD else f"{head}\n{tail}"
    return Byline(
        author=_author(head, tail),
        editor=_editor(edges),
        origin=_origin(edges) or outlet or _quoted_outlet(head),
        dateline_outlet=outlet,
        dateline_place=place,
        dateline_date=day,
    )


def read_credit(credit: str) -> Byline:
    """Return the names in an author field.

    Names after 记者, 责任编辑 or 来源 go to their own members; a field without such a label is the author's name.
    """
    plain = _halve_punctuation(credit)
    author, editor, origin = _author(plain, ""), _editor(plain), _origin(plain)
    return Byline(author=author or (None if editor or origin else credit), editor=editor, origin=origin)


def _halve_punctuation(text: str) -> str:
    for full, half in _PUNCTUATION:
        text = text.replace(full, half)
    return text


def _dateline(head: str) -> tuple[str | None, str | None, str | None]:
    """Return outlet, place and day of a dateline.

    Examples: 鲁网枣庄7月20日讯, 新华社北京7月20日电, 齐鲁晚报讯, 央视网消息, 本报讯.
    """
    if taiwan := _TAIWAN.match(head):
        return _outlet_or_none(taiwan["outlet"]), None, None
    if "日" in head and (match := _DATELINE.match(head)):
        outlet, place = _split_outlet_and_place(re.sub(r"[\s·\-—|]+", " ", match["before"]).strip())
        return outlet, place, match["day"]
    outlet_only = _OUTLET_ONLY_DATELINE.match(head)
    if (
        outlet_only
        and outlet_only["outlet"].endswith(_OUTLET_ENDS)
        and not outlet_only["outlet"].endswith(_NO_OUTLET_ENDS)
    ):
        return _split_outlet_and_place(outlet_only["outlet"])[0], None, None
    return None, None, None


def _split_outlet_and_place(before: str) -> tuple[str | None, str | None]:
    """Split the text before a dateline's date after the outlet's ending (网, 报, 社 ...) or at a space."""
    first, _, rest = before.partition(" ")
    if rest and first.endswith(_OUTLET_ENDS):
        return _outlet_or_none(first), _place_or_none(rest)
    end_of_outlet = max((before.rfind(end) + len(end) for end in _OUTLET_ENDS if before.rfind(end) > 0), default=0)
    return _outlet_or_none(before[:end_of_outlet]), _place_or_none(before[end_of_outlet:])


def _outlet_or_none(name: str) -> str | None:
    """Return an outlet's name; None for 本报 and 本网, which mean the source itself."""
    return name if name and not name.startswith(_NO_OUTLETS) else None


def _place_or_none(name: str) -> str | None:
    name = name.replace(" ", "")
    return name if 2 <= len(name) <= 8 else None


def _quoted_outlet(head: str) -> str | None:
    """Return the outlet of 据《城市早报》报道 or 据新华社电; None for 据当地媒体报道."""
    match = _ACCORDING.match(head)
    if not match:
        return None
    name = match["name"].strip("《》")
    quoted = name != match["name"]
    is_outlet = quoted or (name.endswith(_OUTLET_ENDS) and not name.endswith(_NO_OUTLET_ENDS))
    return _outlet_or_none(name) if is_outlet else None


def _author(head: str, tail: str) -> str | None:
    if (taiwan := _TAIWAN.match(head)) and (names := extract_names_before_place(taiwan["names"])):
        return names
    if desk := _DESK.match(head):
        return extract_names(desk["names"])
    if bracketed := _BRACKETED.search(head):
        names_in_brackets = [
            name for match in _REPORTER.finditer(bracketed["inner"]) if (name := extract_names(match["names"]))
        ]
        if names_in_brackets:
            return "、".join(dict.fromkeys("、".join(names_in_brackets).split("、")))
    for part in (head,) if tail is head else (head, tail):
        for match in _REPORTER.finditer(part):
            set_off = match["gap"] or match["chain"]  # excludes 记者从……获悉
            if set_off and (names := extract_names(match["names"])):
                return names
    bare = _BARE_BRACKET.search(head)
    return extract_names(bare["names"]) if bare else None


def _editor(edges: str) -> str | None:
    for match in reversed(list(_EDITOR.finditer(edges))):
        if names := extract_names(match["names"]):
            return names
    bracketed = _BRACKETED.search(edges)
    inner = _EDITOR_IN_BRACKETS.search(bracketed["inner"]) if bracketed else None
    return extract_names(inner["names"]) if inner else None


def _origin(edges: str) -> str | None:
    """Return the first outlet that is credited as the source, or None."""
    for match in _ORIGIN.finditer(edges):
        name = re.sub(r"^[\s《“\"':·]+|[\s》”\"':·]+$", "", match["name"])
        if name and name not in _NO_ORIGINS:
            return name
    return None
