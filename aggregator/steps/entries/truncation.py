"""Detect whether an item has its full article or only an excerpt."""

from __future__ import annotations

import re

from aggregator.model import Draft

SHORT_LENGTH = 300  # characters; a shorter complete report costs one unnecessary request
MIN_OVERLAP = 0.2
_CUT_END = re.compile(r"(?:…|\.{3}|\[详细\]|\[全文\]|阅读全文|閱讀全文|查看全文|查看更多|read more)[\]）)\s>»]*$", re.I)


def is_truncated(draft: Draft) -> bool:
    """Return whether the text is short or ends as if cut."""
    return draft.length < SHORT_LENGTH or _CUT_END.search(draft.text[-60:]) is not None


def matches_article(text: str, title: str, excerpt: str) -> bool:
    """Return whether a text is the article that title and excerpt announce, not an error page or a login.

    All normalized. The character pairs of the announcement recur in its article.
    """
    pairs = _pairs(title) | _pairs(excerpt)
    return not pairs or len(pairs & _pairs(text)) >= MIN_OVERLAP * len(pairs)


def _pairs(text: str) -> set[str]:
    plain = re.sub(r"[\W_]+", "", text)
    return {plain[at : at + 2] for at in range(len(plain) - 1)}
