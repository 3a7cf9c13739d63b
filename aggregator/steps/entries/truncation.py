"""Does an item hold its article, or only an excerpt of it?"""

from __future__ import annotations

import re

from aggregator.model import Draft

SHORT_LENGTH = 300  # characters; a report that is shorter as a whole costs one needless look at its page
MIN_OVERLAP = 0.2
_CUT_END = re.compile(r"(?:…|\.{3}|\[详细\]|\[全文\]|阅读全文|閱讀全文|查看全文|查看更多|read more)[\]）)\s>»]*$", re.I)


def is_truncated(draft: Draft) -> bool:
    """Is it short, or does its text end like one that was cut?"""
    return draft.length < SHORT_LENGTH or _CUT_END.search(draft.text[-60:]) is not None


def matches_article(text: str, title: str, excerpt: str) -> bool:
    """Is a text the article that title and excerpt announce, and not the notice of a missing page or a login? All
    folded. The announcement's pairs of characters recur in any article that it is taken from."""
    pairs = _pairs(title) | _pairs(excerpt)
    return not pairs or len(pairs & _pairs(text)) >= MIN_OVERLAP * len(pairs)


def _pairs(text: str) -> set[str]:
    plain = re.sub(r"[\W_]+", "", text)
    return {plain[at : at + 2] for at in range(len(plain) - 1)}
