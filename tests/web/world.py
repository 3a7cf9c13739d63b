"""A small world of invented outlets and reports, put into a real store through its writer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.config import Config, parse
from aggregator.gazetteer import Gazetteer
from aggregator.model import (
    Decision,
    Draft,
    Place,
    Placement,
    PollResult,
    RelatedItem,
    Relation,
    Sketch,
    Source,
    State,
)
from aggregator.store import Store, Writer

NOW = datetime(2026, 5, 20, 2, 24, tzinfo=UTC)  # 10:24 in Beijing, a Wednesday

CONFIG = """
[site]
title = "各地新闻"
url = "https://gedi.example"
contact = "editor@gedi.example"
"""

# slug, title, region, category, content
OUTLETS = (
    ("shiqiao", "石桥晚报", "370400", None, "excerpt"),
    ("beiling", "北岭日报", "370100", None, "full"),
    ("haijiao", "海角周刊", "370200", None, "excerpt"),
    ("maitian", "麦田观察", "410100", "agriculture", "full"),
    ("nantang", "南塘在线", "330100", None, "excerpt"),
    ("jiangpan", "江畔晨报", "420100", None, "excerpt"),
    ("dengta", "灯塔故事", None, "emotion/story", "full"),
    ("qiaotou", "桥头广播", "370481", None, "excerpt"),
    ("jiuzhan", "旧站周报", "370300", None, "excerpt"),
)

# outlet, minutes ago, category, region, title, excerpt
REPORTS = (
    (
        "shiqiao",
        5,
        "society/city",
        "370400",
        "石桥夜市换上静音发电机，摊主自己定下二十三点收摊",
        "六十个摊位投票改了收摊时间，噪声投诉一周内从十九件降到两件。街道只做了一件事：把表决结果贴在了入口。",
    ),
    (
        "beiling",
        12,
        "livelihood/consumer",
        "370100",
        "菜价一周回落两成，早市里最先降的是黄瓜",
        "连续晴天让大棚提前上市，批发市场的到货量比上周多了三成，零售价要再过两三天才会跟上。",
    ),
    (
        "nantang",
        18,
        "education",
        "330100",
        "一所小学把操场钥匙交给了家长，周末开放满三个月",
        "没有出过一次事故，借出去的篮球少了四个，又被还回来五个。校长说这笔账怎么算都划得来。",
    ),
    (
        "jiangpan",
        26,
        "health",
        "420100",
        "社区医院的夜门诊，来得最多的是四十岁上下的人",
        "白天请不了假，是他们共同的理由。夜门诊开到二十一点半，配药不另收费，最忙的一天看了八十七个人。",
    ),
    (
        "maitian",
        33,
        "agriculture",
        "410100",
        "收割机排队进村之前，先给田埂量了宽度",
        "去年有三台机器陷在沟里，今年村里把窄处都插上了红旗。机手说，少陷一次车，一天能多收二十亩。",
    ),
    (
        "dengta",
        41,
        "emotion/story",
        "370200",
        "父亲留下的渔网，我们三兄妹补了整整一个夏天",
        "网眼有大有小，每一种都对着一种鱼。大哥认得最多，小妹补得最快，我只会把断掉的线头收在一个铁盒里。",
    ),
    (
        "haijiao",
        48,
        "travel",
        "370200",
        "海角灯塔重新开放，登塔要先听一段雾号",
        "一百零八级台阶修了两年，栏杆换成了旧船木。守塔人的值班日志摆在最高一层，可以翻，不能拍照。",
    ),
    (
        "qiaotou",
        66,
        "livelihood/heating",
        "370481",
        "滕州供热公司提前检修，三十二个小区要试水",
        "试水期间请家里留人，发现漏点先关进户阀门，再打维修电话。今年新换的管段集中在老城北。",
    ),
    (
        "jiuzhan",
        75,
        "culture",
        "370300",
        "旧火车站改成琉璃展厅，炉火还在站台尽头烧着",
        "匠人每天下午开炉，观众站在黄线以外。最受欢迎的不是成品，而是一整面墙的失败作品。",
    ),
    (
        "shiqiao",
        95,
        "law",
        "370400",
        "一纸旧欠条打了三年官司，最后在门槛上和解",
        "两家人隔着一条巷子，法官把调解桌搬到了巷口。欠条上的字已经看不清，双方却都记得那年的麦子价钱。",
    ),
    (
        "beiling",
        118,
        "economy",
        "370100",
        "小店关了外卖，反而多请了两个人",
        "老板算过账：平台抽走的，够发一个人的工资。现在他把省下来的钱做成了会员券，回头客占了七成。",
    ),
    (
        "nantang",
        150,
        "tech",
        "330100",
        "方言输入法更新，终于打得出“落雨”两个字",
        "词库由四百多位老人念出来，录音存在一所中学的机房里。下一步要加上已经没什么人说的渔行话。",
    ),
    (
        "jiangpan",
        171,
        "sports",
        "420100",
        "渡江节报名首日，七十岁以上的有六十三人",
        "年龄最大的八十一岁，他的要求是给他留一条靠边的泳道。组委会今年把救生艇加到了四十条。",
    ),
    (
        "maitian",
        190,
        "environment",
        "410100",
        "黄河滩上多了一百只鸟巢箱，最先入住的是麻雀",
        "志愿者原本等的是戴胜。管理站说，麻雀来了也算数，它们会把位置暖热。",
    ),
    (
        "haijiao",
        230,
        "entertainment",
        "370200",
        "一部讲渔船的纪录片，在船厂的墙上首映",
        "放映机架在吊车上，观众坐在缆绳上。片子里的三条船，有两条就停在银幕后面。",
    ),
    (
        "dengta",
        300,
        "emotion/family",
        "370100",
        "婆婆学会了视频通话，第一件事是给自己的母亲看雪",
        "屏幕那头九十一岁，屏幕这头六十八岁。两个人谁也没说话，看了十一分钟。",
    ),
    (
        "beiling",
        900,
        "society/city",
        "370100",
        "旧小区的最后一盏白炽灯，被收进了社区陈列柜",
        "它在楼道里亮了二十六年。换灯的电工在标签上写：此灯未坏，只是退休。",
    ),
    (
        "shiqiao",
        1000,
        "society",
        "370400",
        "公交末班车延后半小时，第一晚坐了四十一个人",
        "其中有二十九个是刚下班的护士和店员。司机把车内的灯调暗了一档，说让大家先睡一会儿。",
    ),
    (
        "nantang",
        1500,
        "education",
        "330100",
        "乡村图书馆的借书卡，背面可以写一句话",
        "写得最多的是“后面更好看”。馆长把这些话抄下来，贴在了对应的书架边。",
    ),
    (
        "jiuzhan",
        2900,
        "culture",
        "370300",
        "窑口边的小学，把课间铃换成了瓷片的声音",
        "每个年级一个音。毕业班的那一片，是校长年轻时烧裂的碗。",
    ),
)

# one event in four outlets: outlet, minutes ago, relation, similarity, title, excerpt
EVENT = (
    (
        "shiqiao",
        205,
        Relation.ORIGINAL,
        0.0,
        "枣庄老运河段清淤完成，四十年来第一次全线通船",
        "七公里河道挖出两万方淤泥，沿岸十一座旧码头同时露出了石阶。首航的是一条运砖的平底船，走完全程用了一小时五十分。",
    ),
    (
        "qiaotou",
        171,
        Relation.REPRINT,
        1.0,
        "枣庄老运河段清淤完成，四十年来第一次全线通船",
        "七公里河道挖出两万方淤泥，沿岸十一座旧码头同时露出了石阶。",
    ),
    (
        "beiling",
        120,
        Relation.FURTHER,
        0.31,
        "清淤船上的一天：他们从河底捞出了一口钟",
        "钟上的铭文还认得出“光绪”两个字。文物部门已经接手，暂时存放在码头旁的仓库里。",
    ),
    (
        "haijiao",
        62,
        Relation.REWRITE,
        0.78,
        "老运河通船首航，平底船载砖走完七公里",
        "首航没有剪彩，船老大只在船头拴了一截红布。",
    ),
)
HOSTILE_TITLE = '<script>alert("标题")</script>"><img src=x onerror=alert(1)> & 其他'


@dataclass(frozen=True)
class World:
    """The store with what was put in: item numbers by name."""

    store: Store
    config: Config
    ids: dict[str, int]
    story: int

    def __getitem__(self, name: str) -> int:
        return self.ids[name]


def config(extra: str = "") -> Config:
    return parse((CONFIG + extra).encode(), Path("config.toml"), {})


def sources() -> list[Source]:
    return [
        Source(0, slug, f"https://{slug}.example/feed", title, category, region, content=content)  # type: ignore[arg-type]
        for slug, title, region, category, content in OUTLETS
    ]


def draft(
    slug: str,
    title: str,
    excerpt: str = "",
    *,
    minutes: float = 0,
    category: str | None = None,
    region: str | None = None,
    html: str | None = None,
    author: str | None = None,
    now: datetime = NOW,
) -> Draft:
    """A report of an outlet, as the pure steps would have made it."""
    uid = hashlib.sha256(f"{slug} {title} {minutes}".encode()).hexdigest()[:32]
    text = excerpt or title
    if html is None and excerpt:
        html = f"<p>{excerpt}</p><p>这一段是正文的第二段，只有允许展示全文的来源才会在条目页上出现。</p>"
    return Draft(
        uid=uid,
        guid=f"tag:{slug}.example,2026:{uid[:8]}",
        url=f"https://{slug}.example/2026/{uid[:8]}.html",
        title=title,
        published=now - timedelta(minutes=minutes),
        dated=True,
        updated=None,
        content_hash=uid,
        excerpt=excerpt,
        html=html,
        text=text,
        length=len(text) * 3,
        author=author,
        decision=Decision(category, 0.9, "source") if category else Decision(),
        place=Gazetteer.load().place(region, "title") if region else Place(),
        sketch=Sketch((int(uid[:12], 16),), (int(uid[12:24], 16),)),
    )


def insert(store: Store, source_id: int, drafts: Sequence[Draft], now: datetime = NOW) -> dict[str, int]:
    """Store drafts of one source, each as a story of its own. Returns uid -> id."""
    with store.writing() as writer:
        return put(writer, source_id, drafts, now)


def put(writer: Writer, source_id: int, drafts: Sequence[Draft], now: datetime) -> dict[str, int]:
    ids = writer.insert(source_id, drafts, now)
    writer.place([Placement(number, None, Relation.ORIGINAL) for number in ids.values()], now)
    return ids


def build(store: Store, settings: Config | None = None, now: datetime = NOW) -> World:
    """All outlets and reports, one story of four outlets, one hostile item, one withdrawn item."""
    known = store.sync_sources(sources(), now - timedelta(days=3), timedelta(0))
    ids: dict[str, int] = {}
    with store.writing() as writer:
        for slug, minutes, category, region, title, excerpt in REPORTS:
            made = draft(
                slug, title, excerpt, minutes=minutes, category=category, region=region, author="顾一舟", now=now
            )
            ids[title] = put(writer, known[slug], [made], now)[made.uid]
        _event(writer, known, ids, now)
        hostile = draft(
            "jiangpan", HOSTILE_TITLE, HOSTILE_TITLE, minutes=400, category="tech", author=HOSTILE_TITLE, now=now
        )
        ids["hostile"] = put(writer, known["jiangpan"], [hostile], now)[hostile.uid]
        gone = draft("jiangpan", "一条后来被撤下的消息", "撤下之前的文字", minutes=500, category="society", now=now)
        ids["gone"] = put(writer, known["jiangpan"], [gone], now)[gone.uid]
        _relate(writer, ids)
        _visits(writer, known, now)
    store.remove([ids["gone"]], now)
    found = store.item(ids["event0"])
    assert found is not None
    return World(store, settings or config(), ids, found.card.story_id)


def _event(writer: Writer, known: dict[str, int], ids: dict[str, int], now: datetime) -> None:
    """The reports of the canal, placed into one story."""
    first: int | None = None
    for number, (slug, minutes, relation, similarity, title, excerpt) in enumerate(EVENT):
        made = draft(slug, title, excerpt, minutes=minutes, category="livelihood", region="370400", now=now)
        item = writer.insert(known[slug], [made], now)[made.uid]
        repeats = first if relation is Relation.REPRINT else None
        writer.place([Placement(item, first, relation, repeats, similarity, "test")], now)
        ids[f"event{number}"] = item
        first = first or item


def _relate(writer: Writer, ids: dict[str, int]) -> None:
    titles = [title for *_, title, _ in REPORTS]
    near = (titles[15], titles[6], titles[8], titles[17])
    writer.relate(
        {
            ids[titles[5]]: [RelatedItem(ids[title], 0.5) for title in near],
            ids["event0"]: [RelatedItem(ids[title], 0.4) for title in titles[:6]],
        }
    )


def _visits(writer: Writer, known: dict[str, int], now: datetime) -> None:
    """Polls: most sources well, one failing, one slow, one never visited."""
    for number, slug in enumerate(known):
        if slug == "dengta":
            continue
        failing, slow = slug == "jiuzhan", slug == "haijiao"
        state = State.FAILING if failing else State.SLOW if slow else State.OK
        result = PollResult(
            source_id=known[slug],
            at=now - timedelta(minutes=number + 1),
            outcome="failed" if failing else "changed",
            state=state,
            next_poll=now + timedelta(minutes=20 + number),
            interval=timedelta(minutes=30),
            failures=5 if failing else 0,
            elapsed=4.8 if slow else 0.24,
            status=403 if failing else 200,
            error_kind="http" if failing else None,
            error="The server refuses us. (HTTP 403 Forbidden)" if failing else None,
            feed_title=slug,
            feed_link=f"https://{slug}.example/",
            entries=20,
        )
        writer.finish(result)
