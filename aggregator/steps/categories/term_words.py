"""Map a publisher's term that names no category by a word in it: 县域经济 contains 经济. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from aggregator.reference.categories import top_category
from aggregator.steps.text.segment import segment

MAX_TERM_LENGTH = 10  # characters; what is longer is a sentence or the title of a special report
_HAN_WORD = re.compile("[\u3400-\u9fff]{2,}")
# Terms that name no category as part of a longer one: places, and what any section may be called.
_GENERIC_WORDS = frozenset(
    "社会 台湾 香港 澳门 港澳 中央 日本 韩国 朝鲜 美国 英国 法国 德国 俄罗斯 欧洲 欧盟 亚洲 亚太 非洲 中东 美洲 "
    "北美 拉美 东南亚 综合 政策 城市 都市 服务 问政 民声 网络 智能 创新 绿色 文明 故事 小说 随笔 感悟 探索 运动 竞技 "
    "出国 移民 大学 电视 演出 动物 植物 街道 通信 信息化 公司 企业 行业 能源 工业 正能量".split()
)
# Terms that qualify another one: 国际足球 is football, 体育产业 is sports. They decide only where no other does.
_QUALIFIERS = frozenset("国际 环球 全球 世界 海外 外媒 产业 消费 百姓 便民 科普 阅读".split())
# Endings of places, agencies and outlets: the term then says who or where.
_OTHER_NAME = re.compile(
    "(?:省|市|区|县|州|旗|镇|乡|村|街道|路|城|园|厅|(?<![快简播预捷])报|卫视|电视台|广播|社|网|"
    "客户端|融媒|发布|公众号|广告|学院|大学|集团)$"
)


class TermWord(NamedTuple):
    """The word of a term that names a category."""

    path: str
    word: str


class TermWords:
    """The words by which longer terms are mapped."""

    def __init__(self, terms: Mapping[str, tuple[str, float]]) -> None:
        """``terms``: normalized term to (path, weight); those that only suggest a category are left out.

        The keywords of titles are no words of terms: 公告 is one of stocks, 台儿庄 one of history.
        """
        self._paths = {
            term: path for term, (path, weight) in terms.items() if weight >= 1 and _HAN_WORD.fullmatch(term)
        }

    def find(self, term: str) -> TermWord | None:
        """Return the category word of a normalized term; None if it has none, or two that disagree."""
        if len(term) > MAX_TERM_LENGTH or not _HAN_WORD.search(term):
            return None
        words = list(self._known_words(term))
        meant = [word for word in words if word not in _GENERIC_WORDS]
        if not meant or (_OTHER_NAME.search(term) and not term.endswith(meant[-1])):
            return None
        meant = [word for word in meant if word not in _QUALIFIERS] or meant
        if len({top_category(self._paths[word]) for word in meant}) != 1:
            return None
        best = max(meant, key=lambda word: ("/" in self._paths[word], len(word)))
        return TermWord(self._paths[best], best)

    def _known_words(self, term: str) -> Iterator[str]:
        """Yield known words from left to right without overlaps, each the longest that begins and ends with a word.

        A dictionary word of three characters is not divided: 科学家 does not contain 科学.
        """
        whole = segment(term, guess=False)
        parts = [span for span in segment(term, "search", guess=False) if _within_long_word(span, whole)]
        bounds = sorted({at for _, start, end in (*whole, *parts) for at in (start, end)})
        end = 0
        for start in bounds:
            if start >= end:
                word = next((term[start:at] for at in reversed(bounds) if term[start:at] in self._paths), None)
                if word:
                    end = start + len(word)
                    yield word


def _within_long_word(part: tuple[str, int, int], words: Iterable[tuple[str, int, int]]) -> bool:
    _, start, end = part
    return any(first <= start and end <= last and last - first > 3 for _, first, last in words)
