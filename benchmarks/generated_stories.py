"""Invented events that several outlets report over days in different words.

Each has similar events that differ only in places, names, days and numbers.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.invented_words import sentence
from benchmarks.simulated_store import RawItem

_START = datetime(2026, 3, 1, tzinfo=UTC)
_COUNTIES = "沂水县 曹县 山亭区 平邑县 桓台县 莒县 定陶区 高唐县 阳信县 利津县 荣成市 五莲县 泗水县 宁阳县".split()
_SURNAMES, _GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "建国 秀兰 志远 晓梅 德胜 雨桐 大勇 文静 永福 春花".split()
_NAMED = "青石 柳沟 白泉 大槐 龙潭 梨园 石桥 桃峪 双井 西岭 云台 杏坡 芦湾 枣林 鹿鸣 鲤门".split()


@dataclass(frozen=True, slots=True)
class Facts:
    county: str
    spot: str
    person: str
    other: str
    day: int
    hour: int
    small: int
    large: int


Kind = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]

_KINDS: tuple[Kind, ...] = (
    (
        ("{county}{spot}市场起火", "{spot}市场大火扑灭，{small}人受伤", "{county}一市场失火，摊主{person}讲述逃生"),
        (
            (
                "{day}日{hour}时许，{county}{spot}市场突发火灾，浓烟冲上楼顶。",
                "{county}消防{day}日{hour}时接到{spot}市场失火的报警。",
            ),
            ("火灾造成{small}人受伤，伤者已送医。", "受伤的{small}人在县医院治疗，均无生命危险。"),
            ("过火面积约{large}平方米，烧毁摊位多个。", "{large}平方米的卖场化为灰烬。"),
            ("摊主{person}说，他砸开后门带着邻居跑了出来。", "最早发现火情的是卖布的{person}，她拉响了警铃。"),
            ("市场负责人{other}被问询，起火原因在调查。", "调查组初查电线老化，负责人{other}已被控制。"),
        ),
    ),
    (
        ("{county}{spot}大桥通车", "{spot}大桥今日通车，{large}米跨过河面", "{person}：守桥{small}年"),
        (
            (
                "{day}日，{county}{spot}大桥正式通车，渡船停航。",
                "横跨河面的{spot}大桥{day}日在{county}通车。",
            ),
            ("大桥全长{large}米，双向车道，设人行步道。", "这座{large}米长的桥梁采用斜拉结构。"),
            ("工程历时{small}年，经历两次汛期。", "施工者用{small}年啃下了深水桩基。"),
            ("总工程师{person}在桥头站了很久。", "{person}带队攻克了合龙的难题。"),
            ("渡船老板{other}最后一次收起缆绳。", "摆渡半生的{other}成了第一批过桥的人。"),
        ),
    ),
    (
        (
            "{county}{spot}煤矿透水，{small}人被困",
            "{spot}煤矿救援：{small}人升井",
            "被困矿工{person}的家属赶到{spot}煤矿",
        ),
        (
            ("{day}日{hour}时，{county}{spot}煤矿井下发生透水。", "{spot}煤矿{day}日突然透水，{county}启动应急预案。"),
            ("{small}名矿工被困巷道，水位仍在上涨。", "井下有{small}人失去联系。"),
            ("救援队架起水泵，每小时排水{large}立方米。", "{large}立方米每小时的排水量仍赶不上涌水。"),
            ("矿工{person}敲击管道，地面听到了回声。", "凭着{person}敲管的声音，队员确定了方位。"),
            ("矿长{other}被停职，安监部门进驻。", "事故调查指向超层开采，矿长{other}接受讯问。"),
        ),
    ),
    (
        ("{county}发现{spot}古墓", "{spot}古墓出土{large}件器物", "考古领队{person}谈{spot}古墓"),
        (
            ("{county}{spot}村农民挖渠时发现一座古墓。", "考古人员{day}日确认{county}{spot}的砖室墓属于汉代。"),
            ("墓中出土陶器铜镜等{large}件。", "{large}件随葬品已移入库房。"),
            ("领队{person}从墓志认出了墓主的官职。", "{person}说，壁画里的车马很少见。"),
            ("村民{other}报告了线索，得到奖励。", "最先挖到墓砖的是{other}。"),
            ("墓室由{small}个耳室组成，有早年盗洞。", "{small}个耳室里两个保存完好。"),
        ),
    ),
    (
        ("{county}少年{person}夺棋赛冠军", "{spot}杯象棋赛落幕，{person}夺冠", "爆冷！{person}连胜{small}局"),
        (
            ("{day}日，{spot}杯象棋公开赛在{county}落幕。", "{county}承办的{spot}杯象棋赛{day}日决出名次。"),
            ("{person}连胜{small}局，捧起奖杯。", "决赛里{person}弃车抢攻，第{small}局锁定胜利。"),
            ("本届有{large}名棋手报名。", "来自各地的{large}人参赛。"),
            ("亚军{other}赛后复盘到深夜。", "惜败的{other}说残局算错一步。"),
            ("裁判介绍，比赛加了快棋。", "赛制改为先慢后快，观众直呼过瘾。"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class StoryReport:
    raw: RawItem
    event: int
    kind: int


def _facts(rng: random.Random) -> Facts:
    person, other = (rng.choice(_SURNAMES) + rng.choice(_GIVEN) for _ in range(2))
    return Facts(
        rng.choice(_COUNTIES), rng.choice(_NAMED), person, other,
        rng.randint(1, 28), rng.randrange(24), rng.randint(2, 19), rng.randint(200, 3000),
    )  # fmt: skip


def _report(rng: random.Random, kind: Kind, facts: Facts) -> tuple[str, str]:
    """Return a headline and a text of the opening, two or three further facts, and some sentences without facts."""
    known = {name: getattr(facts, name) for name in Facts.__dataclass_fields__}
    headlines, openings = kind
    chosen = [openings[0], *rng.sample(openings[1:], rng.randint(2, 3))]
    sentences = [rng.choice(wordings) for wordings in chosen] + [sentence(rng) for _ in range(rng.randint(0, 2))]
    return rng.choice(headlines).format(**known), "".join(sentences).format(**known)


def generate_stories(seed: int, events: int = 60) -> list[StoryReport]:
    """Return the reports of a month in order of time: two to nine per event, within three days."""
    rng = random.Random(seed)
    made: list[StoryReport] = []
    for event in range(events):
        kind, facts = rng.randrange(len(_KINDS)), _facts(rng)
        at = _START + timedelta(hours=rng.uniform(0, 24 * 30))
        for source in rng.sample(range(30), rng.randint(2, 9)):
            title, text = _report(rng, _KINDS[kind], facts)
            made.append(
                StoryReport(RawItem(source, title, text, at + timedelta(hours=rng.uniform(0, 60))), event, kind)
            )
    return sorted(made, key=lambda report: report.raw.published)
