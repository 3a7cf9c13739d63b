"""Find the regions that an item is about besides its primary one: places that its title or lead names together. Pure.

枣庄与徐州签署协议, 济南、青岛两地, 川渝警方, 我市与徐州市: names side by side, as parties to one event. A name that is
only compared with, visited, on the way or part of another name is none of them; in doubt there is no further region.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from aggregator.messages import decisions
from aggregator.model import Place
from aggregator.reference.gazetteer import Gazetteer
from aggregator.reference.place_names import Mention, NameKind
from aggregator.steps.places.context_weights import KIND_WEIGHTS, SECTION_WEIGHTS, mention_weight
from aggregator.steps.places.disambiguation import Toponym
from aggregator.steps.places.provinces_in_short import find_provinces_in_short

_PLACES: Final = (NameKind.FULL, NameKind.SHORT, NameKind.WORD, NameKind.ALIAS, NameKind.FORMER)
_READ: Final = ("title", "lead")
MAX_TOGETHER: Final = 4  # more places are a list of examples
_MIN_SHARE: Final = 0.9  # of the weight that a name has in its section: none is on the way, a team or a brand
_MIN_SHARE_OF_TWO: Final = 0.5  # the same where the text says that it is about two places
_MAX_LEAD_START: Final = 24  # characters before the names in the first sentence of the lead

_SENTENCE_END: Final = re.compile("[。!?;\n]")
_WITHIN: Final = re.compile("[省市县区州盟]?")
_OFFICE: Final = (
    "(?:省|市|县|区|州|盟)?(?:(?:人民)?政府|[省市县区州]?委|警方|公安|交警|消防|海警|海关|法院|检察院|税务|渔政|"
    "[^,、与和同及。]{0,4}局|部门)?"
)
_JOINED: Final = re.compile(f"{_OFFICE}\\s*(?:[与和同及、/·]|以及|携手|牵手|联手|联合|结对|握手)\\s*")
_PARTIES: Final = "[两二三四][地市省城区县州盟]|双城"
_SIDE_BY_SIDE: Final = re.compile(
    f"{_OFFICE}(?:{_PARTIES}|联合|联手|携手|共建|交界|毗邻)"
)  # 成都重庆双城: no mark between
_TWO_PLACES: Final = re.compile("[两二][地市省城区县州](?!上市|融资)|双城|跨[省市]|[省市]际|交界")
_TOGETHER: Final = re.compile(
    f"{_PARTIES}|签[署订约]|联合|共同|共建|携手|联手|双方|跨[省市]|互[联认通换]|合作|协作|会商|会谈|交界|交流|"
    "结为|同步|共享|共有|联席|先后"
)
_HOME: Final = re.compile("[我本](?P<level>[省市县区州旗])")

_EXAMPLES_AFTER: Final = re.compile("[省市县区州]?[等、]")  # 北京、上海等地
_PASSING_BEFORE: Final = re.compile(
    "(?:[赴到去往飞至抵达从]|不是|忘记|告别|逃离|考察|走访|学习|对标|借鉴|效仿|参考|追赶|直追|比肩|赶超|超越?|媲美|继|类似|不[输亚]于?|[像如比]|来自|远销|销往|"
    "进军|亮相|毗邻|对比|除了?|游|离开|经由?|途经|走红|抵京)$"
)
_PASSING_AFTER: Final = re.compile(
    "[省市县]?(?:籍|人(?![民大社])|游客|旅客|客商|商人|企业家|[男女]子|小伙|选手|球迷|经验|证券|股市|之后|路|街|菜|火锅|美食|口味|方言|话剧|"
    "两?队|[男女][篮排足]|卫视|银行|航空|汽车|啤酒|百货|电气|大学|半岛|双重|两藏|两?站[^点]|航线|航班|高铁(?:票|今)|[总]?部位于)"
)
_COMPARED: Final = re.compile(
    "\\?|为什么|为何|怎么|什么|凭啥|谁|哪|自驾|攻略|游记|[日深]游|名录|相比|对比|区别|差[别距异]|较量|打擂|争夺|之争|之战|竞争|大战|超[过出越]|赶超|领先于|不如|pk|vs|"
    "对[阵决垒]|[客主]场|[险大完]胜|战[平胜成]|击败|不敌|负于|握手言和|中超|cba|联赛|决赛|加时|\\d+[-:比]\\d+"
)


@dataclass(frozen=True, slots=True)
class _Named:
    """A place named at ``part[start:end]``, by names that follow each other."""

    start: int
    end: int
    code: str
    mentions: tuple[Mention, ...] = ()


def may_be_about_several(sections: Sequence[tuple[str, str]], toponyms: Sequence[Toponym]) -> bool:
    """Return whether a closer look is worth its time: two places are named, or provinces by one character each."""
    places = {one.code or one.codes for one in toponyms if one.codes and one.section in _READ}
    if len(places) > 1:
        return True
    title = sections[0][1] if sections[0][0] == "title" else sections[1][1]
    return bool(places and _HOME.search(title)) or bool(find_provinces_in_short(title))


def add_further_regions(
    place: Place,
    sections: Sequence[tuple[str, str]],
    toponyms: Sequence[Toponym],
    home: str | None,
    gazetteer: Gazetteer,
) -> Place:
    """Return the place with its further regions and the evidence for them.

    ``toponyms``: the resolved names of the ``sections``, in reading order.
    """
    for section, part in sections:
        if section not in _READ:
            continue
        names = [one for one in toponyms if one.section == section]
        found = _places_together(section, part, names, home, gazetteer)
        if found and (section == "title" or _agrees(part, found, toponyms, gazetteer)):
            why = (decisions.TOGETHER_IN_TITLE if section == "title" else decisions.TOGETHER_IN_LEAD)(
                names=tuple(part[one.start : one.end] for one in found)
            )
            further = gazetteer.further_codes(place, [one.code for one in found])
            return replace(place, further=further, further_why=why) if further else place
    return place


def _places_together(
    section: str, part: str, toponyms: Sequence[Toponym], home: str | None, gazetteer: Gazetteer
) -> Sequence[_Named]:
    """Return the places that a title, or the first sentence of a lead, names together; none in doubt."""
    if section == "lead" and (end := _SENTENCE_END.search(part)):
        part = part[: end.start()]
    found: Sequence[_Named] = [_Named(start, start + 1, code) for start, code in find_provinces_in_short(part)]
    if not found:
        named = _named_places(part, toponyms, home, gazetteer)
        found = next(_parties(section, part, named), ())
        if not found and section == "title" and _are_two_places(part, named):
            found = named
    return () if found and (_COMPARED.search(part) or _is_wider(found[0], toponyms)) else found


def _is_wider(first: _Named, toponyms: Sequence[Toponym]) -> bool:
    """Return whether a part is about a country: a foreign one, or ours, which is named before any place."""
    kinds = {one.mention.name.kind: one.mention.start for one in reversed(toponyms)}
    return NameKind.ABROAD in kinds or kinds.get(NameKind.NATIONAL, first.start) < first.start


def _named_places(part: str, toponyms: Sequence[Toponym], home: str | None, gazetteer: Gazetteer) -> list[_Named]:
    """Return the places named in a part, each with the names within it that follow it: 江苏徐州 is one."""
    found: list[_Named] = []
    for one in toponyms:
        mention = one.mention
        code = one.code or _city_of_word(one, gazetteer)
        if not code or mention.name.kind not in _PLACES or mention.end > len(part):
            continue
        named, before = _Named(mention.start, mention.end, code, (mention,)), found[-1] if found else None
        if before and _WITHIN.fullmatch(part, before.end, mention.start) and gazetteer.contains(before.code, code):
            found[-1] = replace(named, start=before.start, mentions=(*before.mentions, mention))
        else:
            found.append(named)
    if home and (match := _HOME.search(part)):
        code = _home_code(home, match["level"], gazetteer)
        found.append(_Named(match.start(), match.end(), code))
        found.sort(key=lambda one: one.start)
    return found


def _city_of_word(toponym: Toponym, gazetteer: Gazetteer) -> str | None:
    """邢台、德州: a common word beside a place is the city of that name."""
    is_city = toponym.mention.name.kind is NameKind.WORD and gazetteer.level(toponym.codes[0]) == 2
    return toponym.codes[0] if is_city else None


def _home_code(home: str, level: str, gazetteer: Gazetteer) -> str:
    """我市, 我县: the home region, or the one around it that is meant."""
    place = gazetteer.place(home)
    return {"省": place.province, "市": place.city or place.county, "州": place.city}.get(level) or home


def _parties(section: str, part: str, named: Sequence[_Named]) -> Iterator[list[_Named]]:
    """Yield the runs of places with nothing but 与, 、 or the like between them that are the parties to something."""
    group: list[_Named] = []
    for one, after in zip_longest(named, named[1:]):
        group.append(one)
        if after is None or not _are_joined(part, one, after):
            if len(group) > 1 and _are_parties(section, part, group):
                yield group
            group = []


def _are_joined(part: str, one: _Named, other: _Named) -> bool:
    if one.end == other.start:
        return _SIDE_BY_SIDE.match(part, other.end) is not None
    return _JOINED.fullmatch(part, one.end, other.start) is not None


def _are_parties(section: str, part: str, group: Sequence[_Named]) -> bool:
    return (
        len(group) <= MAX_TOGETHER
        and (section == "title" or group[0].start <= _MAX_LEAD_START)
        and len({one.code for one in group}) == len(group)
        and min(_share(section, part, one) for one in group) >= _MIN_SHARE
        and not _EXAMPLES_AFTER.match(part, group[-1].end)
        and not _PASSING_AFTER.match(part, group[-1].end)
        and not _PASSING_BEFORE.search(part[: group[0].start].rstrip())
    )


def _are_two_places(part: str, named: Sequence[_Named]) -> bool:
    """徐州到枣庄城际公交开通 两地通勤: return whether a title says that it is about the two places that it names."""
    return (
        len(named) == 2
        and named[0].code != named[1].code
        and _TWO_PLACES.search(part) is not None
        and min(_share("title", part, one) for one in named) >= _MIN_SHARE_OF_TWO
        and not any(_PASSING_AFTER.match(part, one.end) for one in named)
    )


def _share(section: str, part: str, named: _Named) -> float:
    """Return the share of the weight of its names that a place has here."""
    shares = [
        mention_weight(section, part, one, part[one.end : one.end + 8])
        / (KIND_WEIGHTS[one.name.kind] * SECTION_WEIGHTS[section])
        for one in named.mentions
    ]
    return min(shares, default=1.0)


def _agrees(lead: str, found: Sequence[_Named], toponyms: Sequence[Toponym], gazetteer: Gazetteer) -> bool:
    """Return whether the places of a lead are those of its item: the title names the same ones, or no other place and
    the lead says what they do together."""
    codes = {one.code for one in toponyms if one.section == "title" and one.code}
    if codes.issuperset(one.code for one in found):
        return True
    return _TOGETHER.search(lead) is not None and all(
        any(gazetteer.contains(one.code, code) or gazetteer.contains(code, one.code) for one in found) for code in codes
    )
