"""Series of invented bulletins: one template with different facts.

In some series only one fact differs (a name, a weekday, a number). Lengths range from notices of 80 characters to
lists of rules of 3,000.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from benchmarks.invented_words import Report, sentence

_CITIES = "枣庄 临沂 济宁 菏泽 泰安 德州 聊城 滨州 东营 淄博 威海 日照".split()
_COUNTIES = "沂水县 曹县 山亭区 平邑县 桓台县 莒县 定陶区 高唐县 阳信县 利津县 荣成市 五莲县 泗水县 宁阳县".split()
_VILLAGES = "青石村 柳沟村 白泉镇 大槐乡 龙潭镇 梨园社区 石桥镇 桃峪村 双井街道 西岭村 云台乡 杏坡村".split()
_ROADS = "解放路 人民路 青年路 文化街 建设大道 河滨路 光明巷 育才路 和平街 迎宾大道".split()
_SURNAMES, _GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "建国 秀兰 志远 晓梅 德胜 雨桐 勇 文静 永福 敏 磊 春花".split()
_FIRMS = "恒通 鸿达 瑞丰 天成 宏远 金桥 信诚 华泰 广源 嘉禾 汇川 德邻".split()
_SCHOOLS = "实验 育英 明德 启智 文昌 博雅 向阳 东关 南苑 新华".split()
_CROPS = "白菜 土豆 大葱 西红柿 黄瓜 茄子 芹菜 菠菜 豆角 萝卜".split()
_ORDINALS = "一 二 三 四 五 六 七 八 九 十 十一 十二 十三 十四 十五".split()


def _person(rng: random.Random) -> str:
    return rng.choice(_SURNAMES) + rng.choice(_GIVEN)


def _facts(rng: random.Random, n: int) -> dict[str, object]:
    """Return the facts that bulletin ``n`` of a series may state; they differ for each ``n``, random numbers aside."""
    return {
        "city": _CITIES[n % len(_CITIES)],
        "county": _COUNTIES[n % len(_COUNTIES)],
        "village": _VILLAGES[n % len(_VILLAGES)],
        "road": _ROADS[n % len(_ROADS)],
        "firm": _FIRMS[n % len(_FIRMS)],
        "second_firm": _FIRMS[(n * 5 + 3) % len(_FIRMS)],
        "school": _SCHOOLS[n % len(_SCHOOLS)],
        "crop": _CROPS[n % len(_CROPS)],
        "person": _SURNAMES[n % len(_SURNAMES)] + _GIVEN[(n * 5 + 2) % len(_GIVEN)],
        "namesake": _SURNAMES[0] + _GIVEN[n % len(_GIVEN)],
        "second": _person(rng),
        "ordinal": _ORDINALS[n % len(_ORDINALS)],
        "issue": 26031 + n,
        "day": n % 28 + 1,
        "weekday": "一二三四五六日"[n % 7],
        "month": n % 12 + 1,
        "hour": rng.randint(6, 21),
        "count": rng.randint(2, 96),
        "more": 300 + 17 * n,
        "price": f"{rng.randint(2, 9)}.{(n * 7 + 11) % 90 + 10}",
        "degrees": n % 15 + 12,
        "year": 1960 + (n * 7) % 36,
        "digits": f"{rng.randrange(10)} {n % 10} {rng.randrange(10)}",
        "colour": "蓝黄橙红"[n % 4],
        "hazard": ("暴雨", "大风", "寒潮", "高温")[n // 4 % 4],
        "direction": "东南西北"[n % 4],
        "move": ("走高", "走低")[n % 2],
        "small": n % 4,
    }


@dataclass(frozen=True, slots=True)
class Series:
    """A series of ``period`` different bulletins, each followed by the same ``length`` characters of rules."""

    name: str
    title: str
    text: str
    length: int = 0
    period: int = 10

    def __call__(self, rng: random.Random, n: int) -> Report:
        facts = _facts(rng, n)
        rules: list[str] = []
        fixed = random.Random(self.name)
        while sum(map(len, rules)) < self.length:
            rules.append("".join(sentence(fixed) for _ in range(4)))
        return Report(self.title.format(**facts), (*self.text.format(**facts).split("\n"), *rules))


_PERIODS = {"stock, direction alone": 2, "weekday alone": 7, "warning, colour alone": 4, "quarter": 10}


def _series() -> tuple[Series, ...]:
    lines = Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    return tuple(Series(name, title, text, int(rules), _PERIODS.get(name, 10)) for name, title, rules, text in rows)


SERIES = _series()
