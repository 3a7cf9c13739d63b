"""Datelines, credits and calls to action in normalized Chinese news texts.

``feeds.bylines`` reads and strips them in texts as published.
"""

from __future__ import annotations

import re

_WHO = r"^[\s【(「\[]*(?P<who>[^,。!?;、\n]"
_DATELINE = re.compile(
    _WHO + r"{0,24}?)\s*(?:[\d〇一二三四五六七八九十]{1,3}月)?[\d〇一二三四五六七八九十]{1,3}日?"
    r"(?:综合)?(?:专?电|讯|消息|信息|报道)"
)
_SHORT_DATELINE = re.compile(_WHO + r"{1,16}?)(?:专?讯|消息|快讯|报道)(?=[\s(:】\]])")
_SEARCH_LENGTH, _SHORT_SEARCH_LENGTH = 60, 40  # characters from the start of a text
_CREDIT = re.compile(
    r"[(（\[【][^()（）\[\]【】\n]{0,8}(?:记者|通讯员|编辑|责编|作者|来源|供图|摄影?|文/|图/|实习生|转自)[^()（）\[\]【】\n]{0,60}[)）\]】]"
    r"|(?:责任编辑|责编|编辑|来源|原标题|作者|审核|校对|监制|记者)\s*:\s*\S{1,30}"
)
_BOILERPLATE = re.compile(
    r"责任编辑|编辑[:：]|来源[:：]|记者[:：]|原标题|点击|扫码|二维码|转载|版权|免责|关注|公众号|客户端|下载"
)
_SENTENCE_END = re.compile(r"[。!?\n]")
_MAX_BOILERPLATE_SENTENCE = 80  # characters; a longer sentence is part of the report


def match_dateline(text: str) -> re.Match[str] | None:
    """Return the match of the dateline at the start of a text; its group ``who`` is 鲁网枣庄 in 鲁网枣庄7月20日讯."""
    return _DATELINE.match(text[:_SEARCH_LENGTH]) or _SHORT_DATELINE.match(text[:_SHORT_SEARCH_LENGTH])


def is_boilerplate(clause: str) -> bool:
    """Return whether a clause is a credit or a call to action: 责任编辑:…, 扫码关注…"""
    return _BOILERPLATE.search(clause) is not None


def strip_boilerplate(text: str) -> str:
    """Return a text without its dateline, its credits, and short sentences that are boilerplate."""
    text = text.lstrip()
    if found := match_dateline(text):
        text = text[found.end() :]
    text = _CREDIT.sub(" ", text)
    if not is_boilerplate(text):
        return text
    sentences = _SENTENCE_END.split(text)
    return "".join(
        sentence for sentence in sentences if len(sentence) > _MAX_BOILERPLATE_SENTENCE or not is_boilerplate(sentence)
    )
