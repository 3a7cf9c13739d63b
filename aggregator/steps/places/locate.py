"""Locate an item: weigh the names in dateline, title and text, from the province down. Pure.

Every name is resolved to one division and adds weight to it and to all above. The province must outweigh every other
province, all foreign places and the whole country; then, within it, the city and the county. What the text does not say
stays None. Places named together are further regions (``further_regions``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

from aggregator.messages import Message, decisions
from aggregator.model import Place
from aggregator.reference.gazetteer import Gazetteer
from aggregator.reference.place_names import NameKind, PlaceNames
from aggregator.steps.places.context_weights import SECTION_WEIGHTS
from aggregator.steps.places.disambiguation import Toponym, disambiguate
from aggregator.steps.places.further_regions import add_further_regions, may_be_about_several
from aggregator.steps.places.mentions import LEAD_LENGTH, READ_LENGTH, find_toponyms, split_sections
from aggregator.steps.text.normalize import fold

# Members of an enumeration are slow to look up in Python 3.11.
_ABROAD, _NATIONAL = NameKind.ABROAD, NameKind.NATIONAL

ABROAD: Final = "abroad"
NATIONAL: Final = "national"
CAPITAL: Final = "110000"
MIN_SHARE: Final = 0.2  # share of the weight of the division around it; less is a passing mention
MIN_WEIGHT: Final = 2.6  # below a full name or two in the lead, above one short name

_SECTIONS: Final = {
    "title": decisions.IN_TITLE,
    "lead": decisions.IN_LEAD,
    "text": decisions.IN_TEXT,
    "dateline": decisions.IN_DATELINE,
    "agency": decisions.IN_DATELINE,
}
_NOWHERE: Final = Place()
_weight_of: Final = attrgetter("weight")
_HOME_REFERENCE: Final = re.compile("(?P<whose>[我本全])(?P<level>[省市县区州旗])")


@dataclass(slots=True)
class _Evidence:
    """Weights by division (code), and of what is no region in the gazetteer."""

    weights: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    mentions: list[tuple[float, str, str, str]] = field(default_factory=list)  # weight, section, name, its own code


def locate(
    title: str,
    text: str,
    *,
    home: str | None = None,
    dateline: str | None = None,
    gazetteer: Gazetteer | None = None,
) -> Place:
    """Return the regions of an item; ``why`` names the evidence: names in one section, or the home.

    ``home`` is the code of the source's region: it settles ambiguous names, breaks ties, and is where an item is that
    names no place and nothing of the whole country or abroad.
    """
    gazetteer = gazetteer or Gazetteer.load()
    home = home if home and gazetteer.get(home) else None
    names = PlaceNames.load(gazetteer)
    title, text = fold(title), fold(text[:READ_LENGTH])
    sections = split_sections(title, text, dateline)
    found = find_toponyms(sections, names)
    disambiguate(found, title + text, home, names, gazetteer)
    evidence = _weigh_mentions(found, gazetteer)
    _weigh_home(evidence, title, text, home, gazetteer)
    place = _decide_place(evidence, home, gazetteer)
    return (
        add_further_regions(place, sections, found, home, gazetteer) if may_be_about_several(sections, found) else place
    )


# ---------------------------------------------------------------- weights
def _weigh_mentions(toponyms: list[Toponym], gazetteer: Gazetteer) -> _Evidence:
    evidence = _Evidence()
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for one in sorted(toponyms, key=_weight_of, reverse=True):
        kind = one.mention.name.kind
        if kind is _ABROAD:
            codes: tuple[str, ...] = (ABROAD,)
        elif kind is _NATIONAL:
            codes = (NATIONAL,)
        elif one.code:
            codes = gazetteer.ancestor_codes(one.code)
            if one.section == "agency":  # an agency's bureau is in the capital, the event may not be
                codes = codes[:1]
        else:
            continue
        evidence.mentions.append((one.weight, one.section, one.mention.name.text, codes[-1]))
        for code in codes:  # repeated names, or cities of one province, add less and less
            evidence.weights[code] += one.weight * 0.5 ** seen[one.section, code]
            seen[one.section, code] += 1
    return evidence


def _weigh_home(evidence: _Evidence, title: str, text: str, home: str | None, gazetteer: Gazetteer) -> None:
    """我市, 全县: the home region names itself."""
    if not home:
        return
    place = gazetteer.place(home)
    levels = {"省": place.province, "市": place.city or place.county, "州": place.city}
    for section, part in (("title", title), ("lead", text[:LEAD_LENGTH])):
        if (match := _HOME_REFERENCE.search(part)) and (code := levels.get(match["level"], home)):
            own = match["whose"] != "全" or not match.start()  # 武汉全市 means Wuhan
            weight = (1.4 if own else 0.6) * SECTION_WEIGHTS[section]
            evidence.mentions.append((weight, section, match[0], code))
            for outer in gazetteer.ancestor_codes(code):
                evidence.weights[outer] += weight


# ---------------------------------------------------------------- decision
def _decide_place(evidence: _Evidence, home: str | None, gazetteer: Gazetteer) -> Place:
    weights = evidence.weights
    base = gazetteer.place(home) if home else _NOWHERE
    provinces = {c: w for c, w in weights.items() if c.endswith("0000")}
    if base.province in provinces:
        provinces[base.province] += 0.5
    province = max(provinces, key=provinces.__getitem__, default="")
    best = provinces.pop(province, 0.0)
    if best < MIN_WEIGHT:
        silent = weights[ABROAD] >= 1.6 or weights[NATIONAL] >= 2.5
        return Place() if silent else _place_from_agency(evidence, gazetteer) or _home_place(home, gazetteer)
    if best < max(1.25 * max(provinces.values(), default=0.0), weights[ABROAD], weights[NATIONAL]):
        return Place()
    code = province
    while inner := _best_division(code, evidence, base, gazetteer):
        code = inner
    return gazetteer.place(code, _explain(evidence, code, gazetteer))


def _place_from_agency(evidence: _Evidence, gazetteer: Gazetteer) -> Place | None:
    """新华社昆明9月1日电 and nothing else: its province; from Beijing, the whole country."""
    for _, section, name, code in evidence.mentions:
        if section == "agency" and code != CAPITAL:
            return gazetteer.place(code, decisions.IN_DATELINE(names=(name,)))
    return None


def _home_place(home: str | None, gazetteer: Gazetteer) -> Place:
    return gazetteer.place(home, decisions.HOME()) if home else Place()


def _best_division(outer: str, evidence: _Evidence, home: Place, gazetteer: Gazetteer) -> str | None:
    """Return the division directly in ``outer`` that outweighs its siblings together, if not a passing mention."""
    inside = {
        c: w
        for c, w in evidence.weights.items()
        if c[:2] == outer[:2] and c != outer and _is_directly_below(outer, gazetteer.place(c))
    }
    for code in (home.city, home.county):
        if code in inside:
            inside[code] += 0.3
    best = max(inside, key=inside.__getitem__, default="")
    main = best and inside[best] >= max(0.6 * sum(inside.values()), MIN_SHARE * evidence.weights[outer])
    return best if main else None


def _is_directly_below(outer: str, place: Place) -> bool:
    """Return whether it is directly below: a county counts for its province only if no city is between."""
    return outer == (place.city or place.province if place.county else place.province)


def _explain(evidence: _Evidence, code: str, gazetteer: Gazetteer) -> Message:
    """Return the evidence: the names in the section with most weight."""
    chain = gazetteer.ancestor_codes(code)
    inside = [
        one for one in evidence.mentions if one[3] in chain or (one[3].isdecimal() and gazetteer.contains(code, one[3]))
    ]
    section = max([one for one in inside if one[3] == code] or inside)[1]
    ordered = sorted((one for one in inside if one[1] == section), key=lambda one: gazetteer.level(one[3]))
    names = dict.fromkeys(name for _, _, name, _ in ordered)
    return _SECTIONS[section](names=tuple(names)[:4])
