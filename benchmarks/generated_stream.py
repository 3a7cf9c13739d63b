"""A stream of invented reports: originals, copies changed in ten ways, and series of bulletins that differ in facts."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.invented_words import AND, DOES, HOW, THEN, WHAT, WHO
from benchmarks.simulated_store import Raw

_PLACES = "枣庄 临沂 济宁 菏泽 泰安 德州 聊城 滨州 东营 淄博 威海 日照".split()
_OUTLETS = "江畔晚报 海岱都市网 南山日报 晨光新闻 丘陵时讯 银湖周末 河口发布 北岭电视台".split()
_ADS = ("扫码关注公众号，下载客户端领红包。", "更多精彩请点击查看往期专题。", "本站诚招各县区代理，联系电话请见首页。")
_SYNONYMS = (
    ("不少人", "许多人"),
    ("现场", "当场"),
    ("大家", "众人"),
    ("据介绍", "据了解"),
    ("随后", "之后"),
    ("不过", "但是"),
)
_START = datetime(2026, 3, 1, tzinfo=UTC)
_TRADITIONAL = str.maketrans(
    "这个们来时开发说话书记动经过专从老车东门问马鸟", "這個們來時開發說話書記動經過專從老車東門問馬鳥"
)


@dataclass(frozen=True, slots=True)
class Report:
    title: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class Made:
    """An item of the stream: ``text_number`` is equal for copies of one text, ``kind`` says how it was made."""

    raw: Raw
    text_number: int
    kind: str


def _sentence(rng: random.Random) -> str:
    head = f"{rng.choice(AND)}，" if rng.random() < 0.5 else ""
    middle = f"{rng.choice(WHO)}{rng.choice(HOW)}{rng.choice(DOES)}{rng.choice(WHAT)}"
    number = f"，共{rng.randrange(3, 900)}{rng.choice('件人户处次')}" if rng.random() < 0.3 else ""
    return f"{head}{middle}{number}，{rng.choice(THEN)}。"


def _paragraph(rng: random.Random) -> str:
    return "".join(_sentence(rng) for _ in range(rng.randint(2, 4)))


def _headline(rng: random.Random) -> str:
    return f"{rng.choice(_PLACES)}{rng.choice(WHO)}{rng.choice(DOES)}{rng.choice(WHAT)}"


def original(rng: random.Random) -> Report:
    return Report(_headline(rng), tuple(_paragraph(rng) for _ in range(rng.randint(2, 6))))


def _headlined(r: Report, rng: random.Random) -> Report:
    return Report(_headline(rng), r.paragraphs)


def _datelined(r: Report, rng: random.Random) -> Report:
    who = rng.choice("赵钱孙李") + rng.choice("明华强")
    line = f"{rng.choice(_OUTLETS)}{rng.randint(1, 12)}月{rng.randint(1, 28)}日讯（记者 {who}）"
    return Report(r.title, (line + r.paragraphs[0], *r.paragraphs[1:]))


def _credited(r: Report, rng: random.Random) -> Report:
    return Report(f"{r.title}_{rng.choice(_OUTLETS)}", (*r.paragraphs, f"来源：{rng.choice(_OUTLETS)} 责任编辑：周舟"))


def _advertised(r: Report, rng: random.Random) -> Report:
    at = rng.randint(0, len(r.paragraphs))
    return Report(r.title, (*r.paragraphs[:at], rng.choice(_ADS), *r.paragraphs[at:]))


def _cut(r: Report, rng: random.Random) -> Report:
    return Report(r.title if rng.random() < 0.5 else _headline(rng), r.paragraphs[:1])


def _dropped(r: Report, rng: random.Random) -> Report:
    at = rng.randrange(len(r.paragraphs))
    return Report(r.title, r.paragraphs[:at] + r.paragraphs[at + 1 :])


def _merged(r: Report, rng: random.Random) -> Report:
    return Report(r.title, (" ".join(r.paragraphs),))


def _added(r: Report, rng: random.Random) -> Report:
    at = rng.randint(0, len(r.paragraphs))
    return Report(r.title, (*r.paragraphs[:at], _paragraph(rng), *r.paragraphs[at:]))


def _spelled(r: Report, rng: random.Random) -> Report:
    if rng.random() < 0.5:
        return Report(r.title.translate(_TRADITIONAL), tuple(p.translate(_TRADITIONAL) for p in r.paragraphs))
    wide = {n: n + 0xFEE0 for n in range(0x30, 0x3A)} | {ord("，"): ","}
    return Report(r.title, tuple(p.translate(wide) for p in r.paragraphs))


def _edited(r: Report, rng: random.Random) -> Report:
    paragraphs = r.paragraphs
    for old, new in rng.sample(_SYNONYMS, 3):
        paragraphs = tuple(p.replace(old, new) for p in paragraphs)
    return Report(r.title, paragraphs)


CHANGES: dict[str, Callable[[Report, random.Random], Report]] = {
    "headline": _headlined,
    "dateline": _datelined,
    "credit": _credited,
    "advertisement": _advertised,
    "cut": _cut,
    "dropped": _dropped,
    "merged": _merged,
    "added": _added,
    "spelling": _spelled,
    "edited": _edited,
}


def _mixed(r: Report, rng: random.Random) -> Report:
    for name in rng.sample([name for name in CHANGES if name not in ("cut", "dropped")], 3):
        r = CHANGES[name](r, rng)
    return r


def _weather(rng: random.Random, n: int) -> Report:
    place, colour, kind = rng.choice(_PLACES), rng.choice("蓝黄橙红"), rng.choice(("暴雨", "大风", "寒潮", "高温"))
    return Report(
        f"{place}市气象台发布{kind}{colour}色预警信号",
        (
            f"{place}市气象台3月{n + 1}日{rng.randrange(24)}时发布{kind}{colour}色预警信号，"
            f"预计未来{rng.randint(2, 12)}小时内我市大部地区将受到明显影响，请有关单位和人员做好防范准备，"
            "加强检查，减少外出，确保安全。",
        ),
    )


def _batch(rng: random.Random, n: int) -> Report:
    order = "一二三四五六七八九十"[n % 10]
    return Report(
        f"市市场监管局通报第{order}批食品抽检情况",
        (
            f"近期，市市场监管局组织开展食品安全监督抽检，现将第{order}批抽检情况公布如下：本次共抽检粮食加工品、食用油、糕点、"
            "乳制品等食品，对不合格食品已要求辖区监管部门立即组织开展处置工作，查清产品流向，督促企业采取下架召回等措施控制风险。",
        ),
    )


def _tally(rng: random.Random, n: int) -> Report:
    one, all_ = rng.randint(1, 40), 200 + 17 * n
    return Report(
        f"全市新增{one}例 累计{all_}例",
        (
            f"3月{n + 1}日0时至24时，全市新增报告病例{one}例，新增出院{rng.randint(0, 30)}例。"
            f"截至3月{n + 1}日24时，全市累计报告病例{all_}例，累计出院{all_ - 50 - n}例，"
            f"现有住院{50 + n}例，均在定点医院隔离治疗，病情平稳。",
        ),
    )


def _appointment(rng: random.Random, n: int) -> Report:
    place = _PLACES[n % len(_PLACES)]
    return Report(
        f"{place}市召开春季农业生产工作会议",
        (
            f"日前，{place}市召开春季农业生产工作会议，传达学习上级会议精神，安排部署当前重点任务。会议强调，要抓好春耕备耕，"
            "落实粮食播种面积，强化农资供应和技术服务，扎实推进高标准农田建设，牢牢守住粮食安全底线。",
        ),
    )


def _weekday(rng: random.Random, n: int) -> Report:
    day = "一二三四五六日"[n % 7]
    return Report(
        f"周{day}限行尾号公布",
        (
            f"市交警支队提醒，周{day}机动车限行时间为七时至二十时，限行区域为环城路以内道路，不含环城路。请市民合理安排出行，"
            "乘坐公交绿色出行，违反规定者将依法处罚。电动汽车、公交车、校车不受限制。",
        ),
    )


def _edition(rng: random.Random, n: int) -> Report:
    return Report(
        f"全民读书节第{n + 1}期活动预告",
        (
            f"第{n + 1}期读书沙龙将在市图书馆二楼报告厅举行，读者凭借书证免费入场，备有茶水。活动邀请嘉宾分享阅读心得，"
            "并与读者互动交流，名额有限，先到先得，欢迎广大市民踊跃参加。",
        ),
    )


SERIES = (_weather, _batch, _tally, _appointment, _weekday, _edition)


def stream(seed: int, originals: int = 300, bulletins: int = 10) -> list[Made]:
    """Reports over two weeks, by time. Copies follow their originals within two days."""
    rng = random.Random(seed)
    made: list[Made] = []

    def add(report: Report, number: int, kind: str, at: datetime) -> None:
        made.append(Made(Raw(rng.randrange(len(_OUTLETS)), report.title, report.text, at), number, kind))

    for number in range(originals):
        report, at = original(rng), _START + timedelta(hours=rng.uniform(0, 300))
        add(report, number, "original", at)
        for name in rng.sample([*CHANGES, "mixed", "mixed"], rng.randint(0, 4)):
            change = CHANGES.get(name, _mixed)
            add(change(report, rng), number, name, at + timedelta(hours=rng.uniform(0.1, 48)))
    for kind, series in enumerate(SERIES):
        seen = set()
        for n in range(bulletins):
            report = series(rng, n)
            if report.text not in seen:
                add(
                    report, originals + 1000 * kind + n, "bulletin", _START + timedelta(days=n, hours=rng.uniform(0, 9))
                )
            seen.add(report.text)
    return sorted(made, key=lambda item: item.raw.published)
