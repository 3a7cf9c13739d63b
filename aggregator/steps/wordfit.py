"""Does a name stand in its text as a word, or do two words only happen to make it up (经营|口罩, 美丽|水乡)? Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final

from aggregator.placenames import Kind, Mention
from aggregator.steps.segment import segment


class Fit(Enum):
    WORD = "word"
    WITHIN = "within"  # perhaps part of a longer word (复合肥, 天台山): needs company
    APART = "apart"  # its characters belong to different words: no name at all


_SHORT: Final = (Kind.SHORT, Kind.WORD)
_SURE: Final = (Kind.NATIONAL, Kind.BLOCK)  # only dropped where both ends are torn off


def fits(part: str, mentions: Sequence[Mention]) -> list[Fit]:
    """How each of the names of a text sits among its words; a name right behind another place is one."""
    if not mentions:
        return []
    owners = [(start, end) for _, start, end in segment(part) for _ in range(start, end)]
    found: list[Fit] = []
    behind = -1  # where the last place ended
    for mention in mentions:
        touching = mention.start == behind
        fit = Fit.WORD if touching else _fit(mention, owners[mention.start], owners[mention.end - 1])
        found.append(fit)
        behind = mention.end if mention.name.codes and fit is not Fit.APART else -1
    return found


def _fit(mention: Mention, first: tuple[int, int], last: tuple[int, int]) -> Fit:
    """``first`` and ``last``: the words (start, end) that hold the name's first and last character."""
    kind = mention.name.kind
    left = first[0] < mention.start and first[1] < mention.end
    right = last[0] > mention.start and last[1] > mention.end
    if kind in _SURE:
        return Fit.APART if left and right else Fit.WORD
    if left:
        return Fit.APART
    if kind not in _SHORT:
        return Fit.WORD
    inside = first[0] < mention.start
    if kind is Kind.WORD or (right and mention.name.edge):
        return Fit.APART if inside or right else Fit.WORD
    return Fit.WITHIN if inside or right else Fit.WORD
