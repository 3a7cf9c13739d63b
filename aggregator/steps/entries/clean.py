"""An entry as published -> a Draft: plain title, safe text, excerpt, true times, credits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from aggregator.model import Draft, MediaFile, Source
from aggregator.steps.entries.sanitize import plain_text, sanitise
from aggregator.steps.text.normalize import fold
from feeds.bylines import Byline, read_byline, read_credit
from feeds.model import Entry, Feed

MAX_TITLE, MAX_NAME, MAX_ID, MAX_URL, MAX_TEXT, MAX_EXCERPT = 300, 100, 500, 2000, 4000, 200

# C0 and C1 controls, surrogates, noncharacters, and the bidi controls that could turn a line around
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_SENTENCE_END = "。！？!?；;"
_TRAILER = re.compile(
    r"[\[［(（]?(?:\.{3}|…+)?\s*(?:阅读全文|查看全文|查看更多|閱讀全文|read more)[\]］)）]?[\s>»]*$", re.I
)

_CREDITS = 5  # credits, datelines and bylines before a text begins, at the most
_ROLES = r"(?:来源|來源|稿源|作者|记者|記者|通讯员|责任编辑|责编|编辑|編輯|摄影|文|图|时间|日期|发布时间)"
_CREDIT = rf"{_ROLES}\s*[:：]\s*[^\s()（）]{{1,20}}"  # a bracket belongs to what follows a name without a blank
_CREDIT_LINE = re.compile(rf"(?:{_CREDIT}\s*)+\n|(?:{_CREDIT}\s+)+")
_DATELINE = re.compile(
    r"[【\[]?[^\n。，,：:]{0,30}?\d{1,2}月\d{1,2}日(?:讯|訊|电|電|消息)[】\]]?\s*"
    r"(?:[(（][^()（）\n]{0,40}[)）]|(?:记者|記者)\s*[\u4e00-\u9fff]{2,4}(?:[ 、][\u4e00-\u9fff]{2,4})?(?=\s))?\s*"
    r"|[【\[]?[^\n。，,：:()（）]{0,20}(?:讯|訊|电|電)[】\]]?\s*[(（][^()（）\n]{0,40}[)）]\s*"
)
_BRACKETED_BYLINE = re.compile(r"[(（][^()（）\n]{0,30}(?:记者|記者|通讯员|作者)[^()（）\n]{0,30}[)）]\s*")
_HEADS = (_CREDIT_LINE, _BRACKETED_BYLINE, _DATELINE)
_NEVER = re.compile(r"(?!)")
_ROLE_OF_NAME = re.compile(
    r"^(?:本报|本网)?(?:特约|见习|实习)?(?:(?:记者|記者|通讯员|作者|编辑)\s*[:：/]?|文\s*[:：/])\s*(?=\S)"
)


@dataclass(frozen=True, slots=True)
class Unusable:
    """An entry that cannot become an item, and why."""

    reason: str


def clean(entry: Entry, feed: Feed, source: Source, uid: str, content_hash: str, now: datetime) -> Draft | Unusable:
    """Everything that can be said of an entry without knowing any other. ``now`` is the time of first sight."""
    url = entry.link or feed.link or source.url
    if not is_web_address(url):
        return Unusable(f"its address is no web address: {url[:80]!r}")
    body = entry.content or entry.summary or ""
    text = plain_text(scrub(body))
    title = _title(entry.title, text, url)
    if not title:
        return Unusable("it has neither title nor text")
    byline = read_byline(text)
    credit = read_credit(entry.authors[0].name) if entry.authors else Byline()
    published, dated = _published(entry, now)
    author = _name(credit.author or byline.author)
    return Draft(
        uid=uid,
        guid=scrub(entry.id)[:MAX_ID] if entry.id else None,
        url=url,
        title=title,
        published=published,
        dated=dated,
        updated=_sane(entry.updated, now),
        content_hash=content_hash,
        excerpt=_excerpt(entry, text, author),
        html=sanitise(scrub(body)) or None if text else None,
        text=fold(text)[:MAX_TEXT],
        length=len(re.sub(r"\s", "", text)),
        author=author,
        editor=_name(entry.editor or credit.editor or byline.editor),
        origin=_name((entry.origin.title if entry.origin else None) or credit.origin or byline.origin),
        language=(entry.language or feed.language or source.language)[:20],
        rights=scrub(entry.rights)[:500] if entry.rights else None,
        terms=tuple(dict.fromkeys(scrub(category.label or category.term)[:MAX_NAME] for category in entry.categories)),
        media=tuple(
            MediaFile(file.url, file.type, file.length) for file in entry.enclosures[:10] if is_web_address(file.url)
        ),
    )


def scrub(text: str) -> str:
    """Without the characters that break storage, XML or the line."""
    return _UNWANTED.sub("", text)


def is_web_address(url: str) -> bool:
    """http or https, with a host and a port that there can be, without user name, blanks, quotes and backslashes, of
    sane length."""
    if len(url) > MAX_URL or re.search(r"[\s\"'<>\\^`{|}]", url) or _UNWANTED.search(url):
        return False
    try:
        parts = urlsplit(url)
        possible = parts.port is None or parts.port > 0  # a port beyond 65535 raises
        return possible and parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def headline(title: str) -> str:
    """A title as it may be shown: one line of bounded length."""
    return re.sub(r"\s+", " ", scrub(title)).strip()[:MAX_TITLE]


def _title(title: str, text: str, url: str) -> str:
    return headline(title) or headline(_cut(text.replace("\n", " "), 60))


def _name(name: str | None) -> str | None:
    name = re.sub(r"\s+", " ", scrub(name or "")).strip()
    return _ROLE_OF_NAME.sub("", name)[:MAX_NAME] or None


def _excerpt(entry: Entry, text: str, author: str | None) -> str:
    summary = plain_text(scrub(entry.summary)) if entry.summary and entry.content else ""
    chosen = summary if 40 <= len(summary) <= 2 * MAX_EXCERPT else text
    return _cut(_TRAILER.sub("", without_credits(chosen, author).replace("\n", " ")).strip(), MAX_EXCERPT)


def without_credits(text: str, author: str | None = None) -> str:
    """A text from where it begins to tell: without the dateline, byline and credits at its head. ``author``: a name
    that may stand in a credit with nothing between it and the text."""
    own = re.compile(rf"{_ROLES}\s*[:：]\s*{re.escape(author)}") if author else _NEVER
    rest = text
    for _ in range(_CREDITS):
        match = next((found for pattern in (own, *_HEADS) if (found := pattern.match(rest))), None)
        if match is None:
            break
        rest = rest[match.end() :].lstrip(" \n，,：:")
    return rest or text


def _cut(text: str, limit: int) -> str:
    """At most ``limit`` characters, after a whole sentence where that keeps half of them."""
    if len(text) <= limit:
        return text
    end = max(text.rfind(mark, limit // 2, limit - 1) for mark in _SENTENCE_END)
    return text[: end + 1] if end > 0 else text[: limit - 1].rstrip("，,、：: ") + "…"


def _published(entry: Entry, now: datetime) -> tuple[datetime, bool]:
    """An absent or absurd date is the time of first sight; no item is from the future."""
    date = _sane(entry.published, now) or _sane(entry.updated, now)
    return (min(date, now), True) if date else (now, False)


def _sane(date: datetime | None, now: datetime) -> datetime | None:
    if date is None or not _EARLIEST <= date <= now + timedelta(hours=1):
        return None
    return min(date, now)
