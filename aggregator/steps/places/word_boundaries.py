"""Check whether a name is a word of its text, or formed by two words (经营|口罩, 美丽|水乡). Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from enum import Enum
from typing import Final

from aggregator.reference.place_names import Mention, NameKind
from feeds.chinese_names import FREQUENT_SURNAMES

Word = tuple[str, int, int]  # with start and end, as segmented without guessing


class BoundaryFit(Enum):
    WHOLE = "whole"  # a dictionary word without unknown neighbors
    WORD = "word"
    WITHIN = "within"  # may be part of a longer word (复合肥, 天台山) or of a person's name: needs context


# Members of an enumeration are slow to look up in Python 3.11.
_WHOLE, _FITS_WORD, _WITHIN = BoundaryFit.WHOLE, BoundaryFit.WORD, BoundaryFit.WITHIN
_SHORT_NAME, _COMMON_WORD = NameKind.SHORT, NameKind.WORD

_ROBUST_KINDS: Final = (NameKind.NATIONAL, NameKind.BLOCK)  # dropped only if both ends are inside of other words
_FRAGILE_KINDS: Final = (NameKind.PASSING, NameKind.INSTITUTION, NameKind.LANDMARK)  # where of two characters
_LINK_CHARACTERS: Final = frozenset(
    "在到从于由赴往来去的和与及对向自为是将让给我爱游进访达离经过现看至今昨赠称曝各全我入返抵驻离下了又一"
)
_UNITS: Final = "年月日号时分点万个"
_ROLES: Final = frozenset(
    "演员 歌手 导演 主播 教授 院士 博士 主任 队长 球员 选手 作家 诗人 画家 教练 主帅 律师 董事长 总经理 首席 网红 "
    "男星 女星 影星 前锋 后卫 中场 门将 名将 国手 同志 烈士".split()
)


def drop_torn_mentions(words: Sequence[Word], candidates: Sequence[Mention]) -> list[Mention]:
    """Return the names whose characters do not belong to different words; after another place any name is kept."""
    if not candidates:
        return []
    starts = [start for _, start, _ in words]
    behind = {mention.end for mention in candidates if mention.name.codes}
    return [one for one in candidates if one.start in behind or not _is_no_name(one, words, starts)]


def boundary_fits(words: Sequence[Word], mentions: Sequence[Mention]) -> list[BoundaryFit]:
    """Return how each remaining name of a text fits its words."""
    if not mentions:
        return []
    starts = [start for _, start, _ in words]
    found: list[BoundaryFit] = []
    behind = -1  # end of the last place
    for mention in mentions:
        first, last = _end_words(mention, words, starts)
        fit = _WHOLE
        if mention.start != behind:
            fit = _fit_in_word(mention, first, last)
            number = bisect_left(starts, mention.start)
            if fit is _WHOLE and number:
                fit = _fit_after_word(mention, words[number - 1][0], words[number - 2][0] if number > 1 else "")
        found.append(fit)
        behind = mention.end if mention.name.codes else -1
    return found


def _end_words(mention: Mention, words: Sequence[Word], starts: Sequence[int]) -> tuple[Word, Word]:
    """Return the words that contain a name's first and last character."""
    return words[bisect_right(starts, mention.start) - 1], words[bisect_left(starts, mention.end) - 1]


def _is_no_name(mention: Mention, words: Sequence[Word], starts: Sequence[int]) -> bool:
    """Return whether the characters of a name belong to different words, or its first one to a number before it."""
    first, last = _end_words(mention, words, starts)
    is_word = first[1] == mention.start and first[2] == mention.end
    return (not is_word and _is_torn(mention, first, last)) or _follows_number(mention, words, starts)


def _is_torn(mention: Mention, first: Word, last: Word) -> bool:
    kind = mention.name.kind
    left = first[1] < mention.start and first[2] < mention.end
    right = last[1] > mention.start and last[2] > mention.end
    if kind in _ROBUST_KINDS:
        return left and right
    if left or (right and kind in _FRAGILE_KINDS and len(mention.name.text) == 2):
        return True
    if kind is _COMMON_WORD:
        return right or first[1] < mention.start
    return right and kind is _SHORT_NAME and mention.name.needs_word_start


def _follows_number(mention: Mention, words: Sequence[Word], starts: Sequence[int]) -> bool:
    """10日土拍: the unit of a number does not begin a name."""
    if mention.name.text[0] not in _UNITS:
        return False
    number = bisect_left(starts, mention.start)
    return number > 0 and words[number - 1][0][-1:].isdigit()


def _fit_in_word(mention: Mention, first: Word, last: Word) -> BoundaryFit:
    if mention.name.kind is not _SHORT_NAME:
        return _WHOLE if mention.name.kind is _COMMON_WORD else _FITS_WORD
    if first[1] < mention.start or mention.start < last[1] < mention.end < last[2]:
        return _WITHIN
    return _WHOLE if first is last else _FITS_WORD


def _fit_after_word(mention: Mention, before: str, earlier: str) -> BoundaryFit:
    """Check the word before: a single character may form another word (王汝南, 鼎龙湾), a role a name (演员黄山)."""
    if before in _ROLES and not mention.name.codes[0].endswith("0000"):
        return _WITHIN
    if len(before) > 1 or not "\u4e00" <= before <= "\u9fff" or before in _LINK_CHARACTERS:
        return _WHOLE
    if mention.name.needs_word_start:
        return _FITS_WORD
    person = before in FREQUENT_SURNAMES and not earlier.isdecimal() and not mention.name.codes[0].endswith("0000")
    return _WITHIN if person else _WHOLE
