"""Extract the terms of a text without a dictionary: character bigrams of Han runs, stems of Latin words, numbers with
units.

All input is normalized (``normalize``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import add

_ENDINGS = ("ingly", "edly", "ing", "ies", "ied", "ed", "ly", "es", "s")

# Function characters that carry little meaning.
FUNCTION_CHARACTERS = frozenset(
    "的了着过是在有和与及或而但也又就都还很更最已曾正将把被让给对向从自由于为以因所其之此这那哪谁何各每某该"
    "我你他她它们您咱吗呢吧啊呀么即则若如且却才仅只再便可能会应须要想说称表示据按等第个些名位项次种条件"
)
# A run of Han ends at a function character, which belongs to a token only as the unit of a number.
_BINDING = sorted(ord(character) for character in FUNCTION_CHARACTERS)
_BETWEEN = zip([0x3400, *(at + 1 for at in _BINDING)], [*(at - 1 for at in _BINDING), 0x9FFF], strict=True)
_INFORMATIVE = "".join(f"{chr(first)}-{chr(last)}" for first, last in _BETWEEN if first <= last)
_TOKEN = re.compile(rf"[a-z\u00c0-\u024f]+|\d+(?:[.,:]\d+)*%?[\u3400-\u9fff]?|[{_INFORMATIVE}]{{2,}}")
HAN_STOP_WORDS = frozenset(
    "记者 报道 消息 日前 近日 今日 昨日 今天 昨天 明天 目前 截至 当日 当天 进行 开展 工作 通过 根据 相关 有关 部门 "
    "发布 新闻 来源 编辑 责任 本报 本网 网讯 通讯 通讯员 我们 他们 以及 其中 同时 此外 另外 由于 因此 但是 没有 已经 "
    "成为 中国 全国 全省 全市 召开 举行 情况 时间 方面 问题 要求 一步 进一".split()
)
LATIN_STOP_WORDS = frozenset(
    """
    a about above after again against ago all almost along already also although always am among an and
    another any anyone anything are around as at away back be became because become been before behind being
    below between both but by came can cannot come could did do does doing don done down during each early
    either else end enough even ever every few first five for former found four from full further gave get
    gets getting give given go goes going gone got had half has have having he her here hers herself him
    himself his how however i if in including into is it its itself just keep kept know known last late
    later least left less let like little long made make makes making many may me might more most much must
    my near need never new next nine no nor not nothing now of off often old on once one only onto or other
    others our out over own part per perhaps put quite rather really right round said same saw say saying
    says second see seen set seven several shall she should show since six so some something soon still such
    take taken tell ten than that the their them then there these they thing things third this those though
    three through thus to today together told tomorrow tonight too took toward towards tuesday two under
    until up upon us use used using very via want was way we week well went were what when where whether
    which while who whole whom whose why will with within without would yesterday yet you your monday
    wednesday thursday friday saturday sunday january february march april june july august september
    october november december jan feb mar apr jun jul aug sep sept oct nov dec day days month months year
    years hour hours morning evening night time times people man men woman women am pm est gmt edt pst utc
    according added called asked posted updated published news report reported reports reuters media press
    story read comment comments share photo video www http https com html""".split()
)


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """Remove the commonest English endings of a Latin word; at least three letters remain."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + ("y" if ending in ("ies", "ied") else "")
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def extract_terms(text: str) -> list[str]:
    """Return the terms of normalized text in order, with repetitions."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        first = token[0]
        if first >= "\u3400":
            found.extend(map(add, token, token[1:]))
        elif first.isdigit():
            if len(token) > 1:
                found.append(token)
        elif len(token) > 1 and token not in LATIN_STOP_WORDS:
            found.append(stem(token))
    return [term for term in found if term not in HAN_STOP_WORDS]
