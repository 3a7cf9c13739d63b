"""Turn an entry as published into a draft: plain title, safe text, excerpt, true times, credits."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from aggregator.model import Draft, MediaFile, Source
from aggregator.steps.entries.sanitize import plain_text, sanitize_with_text
from aggregator.steps.text.normalize import fold
from feeds.bylines import Byline, read_byline, read_credit
from feeds.model import Entry, Feed, Picture
from feeds.pictures import enclosed_picture, pictures_in

MAX_TITLE, MAX_NAME, MAX_ID, MAX_URL, MAX_TEXT, MAX_EXCERPT = 300, 100, 500, 2000, 4000, 200

MIN_PICTURE_WIDTH = 200  # pixels

# C0 and C1 controls, surrogates, noncharacters, and bidi controls that could reverse a line
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_NOT_IN_ADDRESSES = re.compile(r"[\s\"'<>\\^`{|}]")
_PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9.-]+(?:[/?#][a-z0-9!#$%&()*+,./:;=?@\[\]_~-]*)?")
_MIN_DATE = datetime(1990, 1, 1, tzinfo=UTC)
_MAX_AHEAD = timedelta(hours=1)
_SENTENCE_END = "。！？!?；;"
_READ_MORE = re.compile(
    r"[\[［(（]?(?:\.{3}|…+)?\s*(?:阅读全文|查看全文|查看更多|閱讀全文|read more)[\]］)）]?[\s>»]*$", re.I
)

_MAX_CREDITS = 5  # maximum number of credits, datelines and bylines before a text
_ROLES = r"(?:来源|來源|稿源|作者|记者|記者|通讯员|责任编辑|责编|编辑|編輯|摄影|文|图|时间|日期|发布时间)"
_ROLE_LABEL = re.compile(rf"{_ROLES}\s*[:：]\s*")
_CREDIT = rf"{_ROLES}\s*[:：]\s*[^\s()（）]{{1,20}}"  # a bracket after a name without space belongs to it
_CREDIT_LINE = re.compile(rf"(?:{_CREDIT}\s*)+\n|(?:{_CREDIT}\s+)+")
_DATELINE = re.compile(
    r"[【\[]?[^\n。，,：:]{0,30}?\d{1,2}月\d{1,2}日(?:讯|訊|电|電|消息)[】\]]?\s*"
    r"(?:[(（][^()（）\n]{0,40}[)）]|(?:记者|記者)\s*[\u4e00-\u9fff]{2,4}(?:[ 、][\u4e00-\u9fff]{2,4})?(?=\s))?\s*"
    r"|[【\[]?[^\n。，,：:()（）]{0,20}(?:讯|訊|电|電)[】\]]?\s*[(（][^()（）\n]{0,40}[)）]\s*"
)
_BRACKETED_BYLINE = re.compile(r"[(（][^()（）\n]{0,30}(?:记者|記者|通讯员|作者)[^()（）\n]{0,30}[)）]\s*")
_HEAD_PATTERNS = (_CREDIT_LINE, _BRACKETED_BYLINE, _DATELINE)
_ROLE_PREFIX = re.compile(
    r"^(?:本报|本网)?(?:特约|见习|实习)?(?:(?:记者|記者|通讯员|作者|编辑)\s*[:：/]?|文\s*[:：/])\s*(?=\S)"
)


@dataclass(frozen=True, slots=True)
class Unusable:
    """An entry that cannot become an item, with the reason."""

    reason: str


def clean(entry: Entry, feed: Feed, source: Source, uid: str, content_hash: str, now: datetime) -> Draft | Unusable:
    """Return a draft with everything that follows from the entry alone. ``now`` is the time of first sight."""
    url = entry.link or feed.link or source.url
    if not is_web_address(url):
        return Unusable(f"its address is no web address: {url[:80]!r}")
    body = entry.content or entry.summary or ""
    html, text = sanitize_with_text(strip_unwanted(body), url)
    title = _choose_title(entry.title, text, url)
    if not title:
        return Unusable("it has neither title nor text")
    byline = read_byline(text)
    credit = read_credit(entry.authors[0].name) if entry.authors else Byline()
    published, dated = _publication_date(entry, now)
    author = _clean_name(credit.author or byline.author)
    return Draft(
        uid=uid,
        guid=strip_unwanted(entry.id)[:MAX_ID] if entry.id else None,
        url=url,
        title=title,
        published=published,
        dated=dated,
        updated=_plausible_date(entry.updated, now),
        content_hash=content_hash,
        excerpt=_make_excerpt(entry, text, author),
        html=html or None if text else None,
        text=fold(text)[:MAX_TEXT],
        length=sum(map(len, text.split())),
        author=author,
        editor=_clean_name(entry.editor or credit.editor or byline.editor),
        origin=_clean_name((entry.origin.title if entry.origin else None) or credit.origin or byline.origin),
        language=(entry.language or feed.language or source.language)[:20],
        rights=strip_unwanted(entry.rights)[:500] if entry.rights else None,
        terms=tuple(
            dict.fromkeys(strip_unwanted(category.label or category.term)[:MAX_NAME] for category in entry.categories)
        ),
        media=tuple(
            MediaFile(file.url, file.type, file.length) for file in entry.enclosures[:10] if is_web_address(file.url)
        ),
        picture=choose_picture(entry, body, url),
    )


def choose_picture(entry: Entry, markup: str, base: str) -> Picture | None:
    """Return the picture that represents an item: the one that the entry states, or the first one of its text.

    A picture that is declared to be small yields to one in the text; an enclosed file without a role comes last.
    """
    stated = entry.picture
    is_small = stated is not None and stated.width is not None and stated.width < MIN_PICTURE_WIDTH
    shown = next(filter(_is_usable, pictures_in(markup, base)), None) if stated is None or is_small else None
    candidates = (shown, stated, enclosed_picture(entry.enclosures))
    picture = next((one for one in candidates if one and _is_usable(one)), None)
    return replace(picture, alt=clean_title(picture.alt) or None) if picture and picture.alt else picture


def _is_usable(picture: Picture) -> bool:
    return is_web_address(picture.url)


def strip_unwanted(text: str) -> str:
    """Remove characters that break storage, XML or the line."""
    return _UNWANTED.sub("", text)


def is_web_address(url: str) -> bool:
    """Return whether an address is http or https with a valid host and port, without user name, spaces, quotes or
    backslashes, of sane length.
    """
    if len(url) <= MAX_URL and _PLAIN_ADDRESS.fullmatch(url):  # nearly every one
        return True
    if len(url) > MAX_URL or _NOT_IN_ADDRESSES.search(url) or _UNWANTED.search(url):
        return False
    try:
        parts = urlsplit(url)
        possible = parts.port is None or parts.port > 0  # a port above 65535 raises
        return possible and parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def clean_title(title: str) -> str:
    """Return a title for display: one line of limited length."""
    return " ".join(strip_unwanted(title).split())[:MAX_TITLE]


def _choose_title(title: str, text: str, url: str) -> str:
    return clean_title(title) or clean_title(_truncate(text.replace("\n", " "), 60))


def _clean_name(name: str | None) -> str | None:
    if not name:
        return None
    name = " ".join(strip_unwanted(name).split())
    return _ROLE_PREFIX.sub("", name)[:MAX_NAME] or None


def _make_excerpt(entry: Entry, text: str, author: str | None) -> str:
    summary = plain_text(strip_unwanted(entry.summary)) if entry.summary and entry.content else ""
    chosen = summary if 40 <= len(summary) <= 2 * MAX_EXCERPT else text
    rest = strip_credits(chosen, author).replace("\n", " ")
    if "全文" in rest or "更多" in rest or "more" in rest.lower():
        rest = _READ_MORE.sub("", rest)
    return _truncate(rest.strip(), MAX_EXCERPT)


def strip_credits(text: str, author: str | None = None) -> str:
    """Remove dateline, byline and credits from the start of a text.

    ``author``: a name that may occur in a credit with nothing between it and the text.
    """
    rest = text
    for _ in range(_MAX_CREDITS):
        end = _end_of_credit(rest, author)
        if end is None:
            break
        rest = rest[end:].lstrip(" \n，,：:")
    return rest or text


def _end_of_credit(text: str, author: str | None) -> int | None:
    """Return where the credit, byline or dateline ends that a text begins with."""
    if author and (role := _ROLE_LABEL.match(text)) and text.startswith(author, role.end()):
        return role.end() + len(author)
    return next((match.end() for pattern in _HEAD_PATTERNS if (match := pattern.match(text))), None)


def _truncate(text: str, limit: int) -> str:
    """Cut to ``limit`` characters, after a whole sentence if that keeps half of them."""
    if len(text) <= limit:
        return text
    end = max(text.rfind(mark, limit // 2, limit - 1) for mark in _SENTENCE_END)
    return text[: end + 1] if end > 0 else text[: limit - 1].rstrip("，,、：: ") + "…"


def _publication_date(entry: Entry, now: datetime) -> tuple[datetime, bool]:
    """Return the publication time: first sight if absent or absurd, never in the future."""
    date = _plausible_date(entry.published, now) or _plausible_date(entry.updated, now)
    return (min(date, now), True) if date else (now, False)


def _plausible_date(date: datetime | None, now: datetime) -> datetime | None:
    if date is None or not _MIN_DATE <= date <= now + _MAX_AHEAD:
        return None
    return min(date, now)
