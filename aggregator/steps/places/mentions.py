"""Find the place names of an item, section by section, weighted by context but not yet disambiguated. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from aggregator.reference.place_names import Mention, NameKind, PlaceName, PlaceNames, resolve_overlaps
from aggregator.steps.places.abbreviations import find_abbreviations
from aggregator.steps.places.context_weights import (
    KIND_WEIGHTS,
    SECTION_WEIGHTS,
    is_certain_place,
    is_street,
    mention_weight,
)
from aggregator.steps.places.cross_mention_weights import discount_mentions
from aggregator.steps.places.disambiguation import Toponym
from aggregator.steps.places.word_boundaries import BoundaryFit, Word, boundary_fits, drop_torn_mentions
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.segment import segment

LEAD_LENGTH: Final = 120  # characters of the text that are its lead
READ_LENGTH: Final = 1000  # characters of the normalized text that are read

_PROVINCE_COUNT: Final = re.compile("(?P<number>\\d{1,2})\\s?个?省(?![级道委城会])")
_MIN_NATIONWIDE: Final = 5  # so many provinces mean the whole country
_DATELINE: Final = re.compile(
    "^[\\s【(「]*(?P<who>[^,。!?;、\n]{0,24}?)\\s*"
    "(?:[\\d〇一二三四五六七八九十]{1,3}月)?[\\d〇一二三四五六七八九十]{1,3}日?(?:综合)?(?:专?电|讯|消息|信息|报道)"
)
_SHORT_DATELINE: Final = re.compile("^[\\s【(「]*(?P<who>[^,。!?;、\n]{1,16}?)(?:专?讯|消息|快讯|报道)(?=[\\s(:】])")
_AGENCY: Final = re.compile("新华|中新|中国新闻|人民网|人民日报|央视|央广|光明|国际在线|中国网|记者")
_WORD_START: Final = re.compile(
    "(?:^|[^\\u4e00-\\u9fff]|[在到从于由赴往来去的和与及对向自为是将让给我爱游进访达离经过现看])$"
)
_CONNECTOR: Final = re.compile("^(?:省|市|县|区|州|地区|自治区|[·\\-—•/ ]|的)?$")


def find_toponyms(title: str, text: str, dateline: str | None, names: PlaceNames) -> list[Toponym]:
    """Return all names of an item in reading order; ``title`` and ``text`` are normalized."""
    return [
        one for section, part in _split_sections(title, text, dateline) for one in _read_section(section, part, names)
    ]


def _split_sections(title: str, text: str, dateline: str | None) -> list[tuple[str, str]]:
    if dateline is None and (match := _DATELINE.match(text[:60]) or _SHORT_DATELINE.match(text[:40])):
        dateline, text = match["who"], text[match.end() :]
    sections = [("title", title), ("lead", text[:LEAD_LENGTH]), ("text", text[LEAD_LENGTH:])]
    if dateline:
        sections.insert(0, ("agency" if _AGENCY.search(dateline) else "dateline", fold(dateline)))
    return sections


def _read_section(section: str, part: str, names: PlaceNames) -> list[Toponym]:
    """Return the names of one section with their weights."""
    found: list[Toponym] = []
    before: Toponym | None = None
    candidates = names.find_candidates(part)
    words = segment(part, guess=False) if candidates or section == "title" else []
    mentions = resolve_overlaps(drop_torn_mentions(words, candidates))
    afters: list[Mention | None] = [*mentions, None]
    for mention, fit, after in zip(mentions, boundary_fits(words, mentions), afters[1:], strict=True):
        following = part[mention.end : mention.end + 8]
        street = not _is_continued_by(mention, after) and is_street(mention, following)
        weight = (
            0.0 if street or mention.name.kind is NameKind.BLOCK else mention_weight(section, part, mention, following)
        )
        if not weight:
            before = None
            continue
        sure = is_certain_place(mention, following)
        joined = before if before and _CONNECTOR.match(part[before.mention.end : mention.start]) else None
        edge = mention.name.needs_word_start and not _WORD_START.search(part[: mention.start])
        loose = not sure and ((edge and fit is not BoundaryFit.WHOLE) or (fit is BoundaryFit.WITHIN and not joined))
        one = Toponym(section, mention, weight, sure, loose, mention.name.codes, joined)
        found.append(one)
        before = one if one.codes else None
    if section == "title":
        found += _abbreviated_provinces(part, words, mentions)
    discount_mentions(found, part)
    if match := _PROVINCE_COUNT.search(part):  # 31个省
        name = PlaceName(match[0], NameKind.NATIONAL, (), 0)
        share = 1.6 if int(match["number"]) >= _MIN_NATIONWIDE else KIND_WEIGHTS[name.kind]
        weight = share * SECTION_WEIGHTS[section]
        found.append(Toponym(section, Mention(*match.span(), name), weight, False, False, ()))
    return found


def _is_continued_by(outer: Mention, inner: Mention | None) -> bool:
    """宁波镇海: return whether a place of the same province follows, not 镇, 路 or the like."""
    if inner is None or inner.start != outer.end:
        return False
    return bool({code[:2] for code in outer.name.codes} & {code[:2] for code in inner.name.codes})


def _abbreviated_provinces(part: str, words: Sequence[Word], mentions: Sequence[Mention]) -> list[Toponym]:
    """Return abbreviated provinces that no other name contains."""
    taken = {place for mention in mentions for place in range(mention.start, mention.end)}
    return [
        Toponym("title", one, KIND_WEIGHTS[one.name.kind] * SECTION_WEIGHTS["title"], True, False, one.name.codes)
        for one in find_abbreviations(part, words)
        if one.start not in taken
    ]
