"""Why an item is where it is, in the language of the site: phrases for the reasons that the store keeps."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aggregator.model import ItemDetail, Pin, Relation
from web.i18n.language import t
from web.views.cards import RELATIONS

_OVERLAP = re.compile(r"overlap (\d\.\d+) of|headlines overlap (\d\.\d+) of")
_ITEM = re.compile(r"\bitem (\d{1,15})\b")


@dataclass(frozen=True, slots=True)
class Reason:
    """One line: what was decided about, and why."""

    name: str
    text: str
    item: int | None = None  # the other item that it speaks of


def reasons(item: ItemDetail) -> list[Reason]:
    """Category, region, story; what an admin has set says so."""
    found = [
        Reason(t("分类"), category_reason(item.decision.why)),
        Reason(t("地区"), region_reason(item.card.place.why)),
    ]
    story = story_reason(item)
    if story:
        found.append(story)
    if item.advertorial:
        found.append(Reason("推广", advertorial_reason(item.advertorial)))
    return found


def category_reason(why: str) -> str:
    """A phrase for ``Decision.why``."""
    head, _, rest = why.partition(":")
    if head == "model":
        sure, _, words = rest.partition(" ")
        if words:
            return t("分类模型判断，把握%(share)s；依据：%(words)s", share=_percent(sure), words=words)
        return t("分类模型判断，把握%(share)s", share=_percent(sure))
    if head == "keywords":
        return t("标题和开头的词：%(words)s", words=rest.partition(" (")[0].replace(",", " "))
    if head == "pattern":
        return t("符合配置的规则%(rule)s", rule=rest)
    if head == "term" or (head == "prior" and rest != "source"):
        return t("来源标注的栏目：%(term)s", term=rest)
    if head == "prior":
        return t("没有更确切的依据，按来源的栏目")
    if head == "source":
        return t("来源只发布这一类")
    return _simple(why)


def region_reason(why: str) -> str:
    """A phrase for ``Place.why``."""
    head, _, rest = why.partition(":")
    if head == "title":
        return t("标题提到：%(names)s", names=rest)
    if head == "dateline":
        return t("电头写明：%(names)s", names=rest)
    if head in ("lead", "text"):
        return t("正文提到：%(names)s", names=rest)
    return t("文中没有地名，按来源所在地") if why == "home" else _simple(why)


def _simple(why: str) -> str:
    if why == "admin":
        return t("编辑人工指定")
    return t("按内容判断") if why else t("没有足够的依据")


def advertorial_reason(why: str) -> str:
    """A phrase for what makes it look like an advertisement."""
    kind, _, rest = why.partition(": ")
    kinds = {"label": "标有", "selling": "推销用语", "horoscope": "星座运势", "lottery tips": "彩票推荐"}
    quoted = re.sub(r" (?:in the|among the publisher's) (?:\w+)$| \([\w ]+\)", "", rest)
    return f"疑似推广（{kinds.get(kind, '按内容判断')}：{quoted}）"


def story_reason(item: ItemDetail) -> Reason | None:
    """How the item came to its story; None where it stands alone by itself."""
    card, why = item.card, item.story_why
    if Pin.STORY in item.pinned:
        return Reason(t("事件"), t("编辑人工归并或拆出"))
    if card.story_items < 2 or card.relation is Relation.ORIGINAL:
        return None
    overlap = _OVERLAP.search(why)
    alike = float(next(filter(None, overlap.groups()))) if overlap else card.similarity
    other = card.reprint_of or next((int(number) for number in _ITEM.findall(why)), None)
    relation = t(RELATIONS[card.relation])
    text = t("%(relation)s，相似度%(share)s", relation=relation, share=f"{alike:.0%}") if alike else relation
    return Reason(t("事件"), text, other if other != card.id else None)


def _percent(number: str) -> str:
    try:
        return f"{float(number):.0%}"
    except ValueError:
        return number
