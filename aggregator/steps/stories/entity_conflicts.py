"""Detect different names of persons, organizations and small places in the same position of two texts, and official
notices, which are copied literally.
"""

from __future__ import annotations

import re

from feeds.chinese_names import COMMON_SURNAMES

Span = tuple[int, int]

_NAME_INTRODUCTION = re.compile(  # what precedes or follows the name of a person in a notice
    r"(?:嫌疑人|犯罪人员|当事人|原告|被告|被告人|申请人|被执行人|代表人|负责人|经理|公示如下|男子|女子|选手|得主|死者|患者)$"
)
_NAME_CONTINUATION = re.compile(
    r"(?:同志|先生|女士|男|女|现任|拟任|拟提|被告|一案|有重大|涉嫌|因犯|当选|获|夺|某|副|县|市|局长|主任|书记)"
)
_BYLINE_BEFORE = re.compile(r"(?:记者|通讯员|编辑|责编|作者|摄影|实习生|文|图|摄|见习)[\u4e00-\u9fff]{0,4}$")
_BUSINESS_WORDS = (
    "建设|建筑|建材|商贸|贸易|科技|技术|工程|实业|物流|置业|食品|农业|农牧|投资|文化|传媒|生物|医药|制药|化工|机械|电子|能源|环保|电力|"
    "机电|装饰|纺织|服饰|教育|旅游|汽车|家居|金融|控股|发展|房地产|地产|咨询|信息|网络|新材料|股份|有限|责任|第[一二三四五六七八九十]"
)
_ORGANISATION = re.compile(
    rf"(?:{_BUSINESS_WORDS})*(?:公司|集团|小学|中学|大学|学院|学校|幼儿园|医院|银行|合作社|药房|商场|超市|酒店|宾馆|饭店|工厂|"
    r"村|镇|乡|社区|街道|小区|花园|县|区|市(?!民|场)|路(?!上|边|口)|街(?!上|边|头)|大道|大桥|水库|煤矿)"
)
_ORDINARY_WORDS = re.compile(  # words that are not names and may replace each other
    r"[我你他她它们这那该其各每某本多少几些个不没很也都就还又再已将被把让给从于为以因所之的了着过是在有与及或而但]|全[市省县国]"
    r"|[今昨明当次][天日早晚年]|介绍|了解|记者|周边|当地|周围|附近|许多|大家|现场|随后|之后|目前|眼下|\b[和对向同]\b"
)
_INTERCHANGEABLE = frozenset(  # words that editors exchange for each other, and that name nothing
    (
        "目前 眼下 当前 现在 此前 之前 早先 先前 曾经 随后 接着 之后 而后 日前 近日 "
        "近期 最近 表示 表明 介绍 透露 指出 告诉 认为 觉得 强调 连续 持续 陆续 相继 "
        "先后 正式 已经 仍在 还在 仍旧 依然 附近 周边 周围 旁边 一旁 造成 导致 引发 "
        "致使 打算 准备 计划 拟 将 最早 最先 首先 其中 当中 全部 全都 均 都 预计 估计 "
        "约 大约 位于 坐落 设有 拥有 发现 找到 公布 发布 来自 出自 提醒 告诫 赶赴 奔赴 "
        "赶往 前往 并不 毫不 说 称 已 致 使 令 对 向 进行 开展 展开 举行 举办 召开 "
        "获得 取得 获 达到 达 超过 逾 因 因为 由于 共 一共 总共 共计 约为 愿意 乐意 "
        "即 也 亦 与 和 同 跟 及"
    ).split()
)
_MAX_NAME_LENGTH = 6  # characters of a name
_NOTICE_TITLE = re.compile(
    r"公告|公示|通告|通报|声明|通知|预告|预报|预警|播报|快报|战报|简报|名单|悬赏|启事|开奖|招聘|招生|中标|成交|拍卖|限行|路况|行情"
    r"|今日.{0,4}价|停[水电气]"
)
_NOTICE_TEXT = re.compile(
    r"(?:公告|公示|通告|公布|通报|通知|声明)如下|特此(?:公告|公示|通告|通知|声明)|公示期|声明作废|敬请谅解|悬赏|自即日起"
)
_HEAD_LENGTH = 200  # characters of a text that show whether it is a notice


def is_notice(title: str, text: str) -> bool:
    """Return whether a text is an official notice or regular bulletin, which outlets copy literally. Without
    punctuation.
    """
    return bool(
        _NOTICE_TITLE.search(title)
        or _NOTICE_TEXT.search(text[:_HEAD_LENGTH])
        or _NOTICE_TEXT.search(text[-_HEAD_LENGTH:])
    )


def is_different_name(a: str, left: Span, b: str, right: Span) -> bool:
    """Return whether two different names of persons or organizations are in the same position, except bylines."""
    ours, theirs = a[slice(*left)], b[slice(*right)]
    if (
        _are_interchangeable(a, left, b, right)
        or not _are_comparable(ours, theirs)
        or _BYLINE_BEFORE.search(a[max(0, left[0] - 10) : left[0]])
    ):
        return False
    return _are_different_persons(a, left, b, right) or (
        min(len(ours), len(theirs)) > 1
        and not _ORDINARY_WORDS.search(ours + " " + theirs)
        and bool(_ORGANISATION.match(a, left[1]) and _ORGANISATION.match(b, right[1]))
    )


def is_different_word(a: str, left: Span, b: str, right: Span) -> bool:
    """Return whether two words that may be names are in the same position."""
    ours, theirs = a[slice(*left)], b[slice(*right)]
    return (
        _are_comparable(ours, theirs)
        and not _ORDINARY_WORDS.search(ours + " " + theirs)
        and not _are_interchangeable(a, left, b, right)
    )


def _are_interchangeable(a: str, left: Span, b: str, right: Span) -> bool:
    return _is_interchangeable(a, *left) and _is_interchangeable(b, *right)


def _is_interchangeable(text: str, start: int, end: int) -> bool:
    """Return whether a change, alone or with a character that both texts have beside it, is a word that names
    nothing."""
    spans = ((start, end), (max(0, start - 1), end), (start, end + 1))
    return any(text[slice(*span)] in _INTERCHANGEABLE for span in spans)


def _are_comparable(ours: str, theirs: str) -> bool:
    return 0 < len(ours) <= _MAX_NAME_LENGTH and 0 < len(theirs) <= _MAX_NAME_LENGTH and not (ours + theirs).isascii()


def _are_different_persons(a: str, left: Span, b: str, right: Span) -> bool:
    """Return whether they are two full names or, after an introduction, names that share surname or given name."""
    ours, theirs = a[slice(*left)], b[slice(*right)]
    if all(2 <= len(name) <= 3 and name[0] in COMMON_SURNAMES for name in (ours, theirs)):
        return not _ORDINARY_WORDS.search(ours[1:] + " " + theirs[1:])
    if max(len(ours), len(theirs)) > 3:
        return False
    shared = a[left[0] - 1 : left[0]]
    if shared and shared in COMMON_SURNAMES and max(len(ours), len(theirs)) < 3:
        start = left[0] - 1
    elif ours[0] in COMMON_SURNAMES and theirs[0] in COMMON_SURNAMES:
        start = left[0]
    else:
        return False
    return bool(_NAME_INTRODUCTION.search(a[max(0, start - 6) : start])) or any(
        _NAME_CONTINUATION.match(text, span[1] + skipped)
        for text, span in ((a, left), (b, right))
        for skipped in ((0,) if start < left[0] else (0, 1, 2))
    )
