from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from aggregator.messages import decisions
from aggregator.model import Candidate, LockedFields, Place, Placement, Relation
from aggregator.steps.stories.cluster import CandidatesByItem, NewItem, decide_placements
from aggregator.steps.stories.fact_conflicts import are_sister_events
from aggregator.steps.stories.features import build_features
from aggregator.steps.stories.fingerprint import build_sketch
from aggregator.steps.text.normalize import fold
from benchmarks.quality_stories import measure_generated

TEXTS: dict[int, str] = {}
NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
CAVE = (
    "沂水溶洞五名徒步者被困二十六小时，今晨全部获救",
    "沂水县一处未开发溶洞内，五名徒步者因暴雨涨水被困二十六小时，今晨六时全部获救。救援队从岩缝进入溶洞，用绳索把人拉出。",
)
CAVE_AGAIN = (
    "放羊人指了一条岩缝，救出溶洞五人",
    "沂水溶洞救援的转机来自放羊人老耿：他指认了一条岩缝，救援队由此进入溶洞，找到被困的五名徒步者，用绳索拉出。",
)
CAVE_BETWEEN = (  # equally similar to both, and a reprint of neither
    "徒步者被困溶洞之后",
    "五名徒步者在沂水溶洞被困的二十六小时里，放羊人老耿指认岩缝，救援队带着绳索进洞，暴雨中涨水。",
)
CAVE_TOLD = (
    "获救徒步者口述：黑暗里我们把名字叫了一百遍",
    "从沂水溶洞获救的徒步者昨天出院，她说涨水以后手电只剩一支，大家轮流喊名字，靠一包饼干撑到天亮，直到听见绳索的声音。",
)
CHESS = (
    "末班车司机夺得全城象棋赛冠军",
    "公交车队的末班车司机昨晚在文化宫连克三名业余高手，夺得全城象棋赛冠军，奖品是一副黄杨木棋子。",
)
LIGHT = ("灯塔图纸捐进博物馆", "退休灯塔工把三十张手绘图纸捐给海事博物馆，图上标着每一颗铆钉的位置，馆方将在秋天展出。")


def item(
    number: int, told: tuple[str, str], *, source: int = 0, hours: float = 0.0, place: Place | None = None
) -> NewItem:
    title, text = told[0], fold(told[1])
    published = NOW + timedelta(hours=hours)
    TEXTS[number] = text
    sketch, features = build_sketch(title, text), build_features(title, text)
    return NewItem(number, source or number, title, text, published, place or Place(), None, sketch, features)


def decide(items: Sequence[NewItem], candidates: CandidatesByItem) -> list[Placement]:
    """Decide with the texts of the items that the test made last."""
    return decide_placements(items, candidates, lambda ids: {number: TEXTS[number] for number in ids})


def stored(
    new: NewItem, story: int, *, reprint_of: int | None = None, size: int = 1, pinned: LockedFields = LockedFields.NONE
) -> Candidate:
    return Candidate(
        new.id, story, new.source_id, reprint_of, new.title, new.published, new.place, None, new.features,
        story_items=size, locked=pinned,
    )  # fmt: skip


def near(new: NewItem, *others: tuple[NewItem, Candidate]) -> list[tuple[Candidate, int, float]]:
    return [
        (
            candidate,
            len(set(new.sketch.fingerprints) & set(other.sketch.fingerprints)),
            len(set(new.sketch.key_terms) & set(other.sketch.key_terms)) / len(new.sketch.key_terms),
        )
        for other, candidate in others
    ]


def one(placements: list[Placement]) -> Placement:
    [placement] = placements
    return placement


def test_alone() -> None:
    assert one(decide([item(1, CHESS)], {})) == Placement(1, None, Relation.ORIGINAL, why=decisions.ALONE())


def test_a_copy_names_the_original_and_never_another_copy() -> None:
    first, copy, new = item(1, CAVE), item(2, CAVE, hours=1), item(3, ("溶洞救援", CAVE[1]), hours=2)
    found = one(decide([new], {3: near(new, (copy, stored(copy, 7, reprint_of=1)), (first, stored(first, 7)))}))
    assert (found.story_id, found.relation, found.reprint_of) == (7, Relation.REPRINT, 1)
    only_copy = one(decide([new], {3: near(new, (copy, stored(copy, 7, reprint_of=1)))}))
    assert only_copy.reprint_of == 1


def test_the_same_outlet_publishing_again_is_a_reprint_unless_facts_differ() -> None:
    text = "本市将于{}月8日夜间在滨河路铺设沥青，期间封闭由北向南的两条车道，请过往车辆提前绕行，行人不受影响。"
    march, again, april = (
        item(n, ("滨河路夜间施工公告", text.format(m)), source=5) for n, m in ((1, 3), (2, 3), (3, 4))
    )
    assert one(decide([again], {2: near(again, (march, stored(march, 4)))})).relation is Relation.REPRINT
    found = one(decide([april], {3: near(april, (march, stored(march, 4)))}))
    assert found.relation is Relation.ORIGINAL
    assert found.story_id is None


def test_a_further_report_joins_the_story() -> None:
    first, new = item(1, CAVE), item(2, CAVE_AGAIN, hours=5)
    found = one(decide([new], {2: near(new, (first, stored(first, 9)))}))
    assert (found.story_id, found.relation, found.reprint_of) == (9, Relation.FURTHER, None)
    assert decisions.LIKENESS.matches(found.why)
    assert 0.1 <= found.similarity <= 1


def test_items_of_one_batch_find_each_other() -> None:
    first, copy, further, other = item(1, CAVE), item(2, CAVE, hours=1), item(3, CAVE_AGAIN, hours=2), item(4, CHESS)
    placed = {p.item_id: p for p in decide([further, copy, first, other], {})}
    assert (placed[1].story_id, placed[1].opened_by_item, placed[1].relation) == (None, None, Relation.ORIGINAL)
    assert (placed[2].opened_by_item, placed[2].reprint_of) == (1, 1)
    assert (placed[3].opened_by_item, placed[3].relation) == (1, Relation.FURTHER)
    assert (placed[4].opened_by_item, placed[4].story_id) == (None, None)


def test_a_batch_the_store_knows_already_is_judged_in_turn() -> None:
    first, copy = item(1, CAVE), item(2, CAVE, hours=1)
    known = {1: near(first, (copy, stored(copy, 2))), 2: near(copy, (first, stored(first, 1)))}
    placed = {p.item_id: p for p in decide([first, copy], known)}
    assert placed[1].relation is Relation.ORIGINAL
    assert (placed[2].opened_by_item, placed[2].reprint_of) == (1, 1)


def test_a_late_bridge_joins_two_stories() -> None:
    first, second = item(1, CAVE), item(2, CAVE_AGAIN, hours=1)
    new = item(3, CAVE_BETWEEN, hours=4)
    found = one(decide([new], {3: near(new, (first, stored(first, 11)), (second, stored(second, 12)))}))
    assert found.relation is Relation.FURTHER
    assert (found.story_id, found.merged_stories) == (11, (12,))


def test_a_copy_of_one_report_joins_no_other_story() -> None:
    first, second = item(1, CAVE), item(2, CAVE_AGAIN, hours=1)
    new = item(3, ("沂水溶洞救援始末", CAVE[1][:40] + CAVE_AGAIN[1]), hours=4)
    found = one(decide([new], {3: near(new, (first, stored(first, 11)), (second, stored(second, 12)))}))
    assert (found.relation, found.reprint_of) == (Relation.REPRINT, 2)
    assert (found.story_id, found.merged_stories) == (12, ())


def test_a_bridge_keeps_the_story_an_admin_shaped_and_never_joins_two_of_them() -> None:
    first, second = item(1, CAVE), item(2, CAVE_AGAIN, hours=1)
    new = item(3, CAVE_BETWEEN, hours=4)
    free, pinned = stored(first, 11), stored(second, 12, pinned=LockedFields.STORY)
    found = one(decide([new], {3: near(new, (first, free), (second, pinned))}))
    assert (found.story_id, found.merged_stories) == (12, (11,))
    both = [(first, stored(first, 11, pinned=LockedFields.STORY)), (second, pinned)]
    assert one(decide([new], {3: near(new, *both)})).merged_stories == ()


def test_reports_of_other_provinces_or_long_ago_stay_apart() -> None:
    shandong = Place("370000", "371300", None, decisions.IN_TITLE(names=("沂水",)))
    henan = Place("410000", "410100", None, decisions.IN_TITLE(names=("郑州",)))
    first = item(1, CAVE, place=shandong)
    late = item(2, CAVE_AGAIN, hours=24 * 25)
    assert one(decide([late], {2: near(late, (first, stored(first, 9)))})).story_id is None
    away = item(3, CAVE_TOLD, place=henan)
    near_home = item(3, CAVE_TOLD, place=shandong)
    for new, story in ((away, None), (near_home, 9)):
        found = one(decide([new], {3: near(new, (first, stored(first, 9)))}))
        assert found.story_id == story


def test_a_story_never_swallows_a_topic() -> None:
    first = item(1, CAVE)
    new = item(2, CAVE_TOLD, hours=5)
    assert one(decide([new], {2: near(new, (first, stored(first, 9, size=6)))})).story_id == 9
    assert one(decide([new], {2: near(new, (first, stored(first, 9, size=600)))})).story_id is None


BRIDGE = "{}日，{}{}大桥正式通车，渡船停航。大桥全长{}米，双向车道，设人行步道。摆渡半生的{}成了第一批过桥的人。"


def test_sister_events_stay_apart_while_reports_of_each_come_together() -> None:
    here = item(1, ("桃峪大桥通车", BRIDGE.format(9, "曹县", "桃峪", 1210, "老耿")))
    there = item(2, ("柳沟大桥通车", BRIDGE.format(21, "莒县", "柳沟", 860, "老卫")), hours=30)
    again = item(
        3, ("桃峪大桥头一天，老耿走了三个来回", "渡船停航，曹县桃峪大桥全长1210米，老耿头一天走了三个来回。"), hours=9
    )
    placed = {p.item_id: p for p in decide([here, there, again], {})}
    assert placed[2].opened_by_item is None
    assert placed[3].opened_by_item == 1


FIRE = "{}{}一处存放{}的仓库冒出浓烟{}名消防员赶赴现场9个小时后明火被扑灭无人伤亡"


def test_one_other_fact_is_enough_at_another_time_or_place() -> None:
    first = FIRE.format("6月9日11时20分左右", "柳峪镇", "棉花", 190)
    update = FIRE.format("6月9日11时20分左右", "柳峪镇", "棉花", 149)
    later = FIRE.format("6月23日下午4时34分左右", "桃峪这个小村子外面", "木料", 149)
    assert not are_sister_events(first, update)
    assert are_sister_events(first, update, elsewhere=True)
    assert are_sister_events(first, later)
    assert not are_sister_events(first, later.replace("下午4时34分左右", ""))
    assert not are_sister_events(first, first, elsewhere=True)


def test_a_number_alone_makes_no_event_of_two_headlines() -> None:
    school, cured = item(1, ("官井学校1440名孩子搬进新教室", "")), item(2, ("希腊累计1440名患者治愈", ""))
    again = item(3, ("1440名患者在希腊治愈", ""))
    assert [p.opened_by_item for p in decide([school, cured, again], {})] == [None, None, 2]


TOWN = (
    "曹县{}大桥9日正式通车，双向车道，设人行步道，全长{}米，"
    "渡船停航，摆渡半生的{}成了头一批过桥的人，最后一次收起缆绳。"
)
MARKET = (
    "曹县{}市场21日突发火灾，浓烟冲上楼顶，周边街巷交通管制，消防员用{}小时扑灭明火，摊主{}砸开后门带着邻居跑了出来。"
)


def story_of_two_events(pinned: LockedFields = LockedFields.NONE) -> Placement:
    """Place a report of a fire, given a story with three reports of a bridge and three of the fire."""
    told = [
        ("渡船停航，过桥不再等", TOWN.format("桃峪", 1210, "老耿") + "老人们说盼这座桥盼了许多年，桥头摆起了秧歌。"),
        ("大桥通车第一天", TOWN.format("桃峪", 1210, "老耿") + "总工程师在桥头站了很久，他带队攻克了合龙的难题。"),
        ("桃峪大桥通车", TOWN.format("桃峪", 1210, "老耿") + "这座斜拉桥施工四年，经历两次汛期，深水桩基最难。"),
        ("曹县市场起火", MARKET.format("白泉", 3, "老卫") + "起火原因初查是电线老化，过火面积八百平方米。"),
        ("白泉市场大火扑灭", MARKET.format("白泉", 3, "老卫") + "受伤的两人在县医院治疗，都没有生命危险。"),
        ("摊主讲述逃生经过", MARKET.format("白泉", 3, "老卫") + "市场负责人被问询，烧毁的摊位要等保险定损。"),
        ("市场火灾后续", MARKET.format("白泉", 3, "老卫") + "摊主们领到了安置费，临时市场设在体育场边。"),
    ]
    items = [item(number, each, hours=number) for number, each in enumerate(told, 1)]
    known = [(old, stored(old, 1, size=6, pinned=pinned)) for old in items[:-1]]
    return one(decide([items[-1]], {7: near(items[-1], *known)}))


def test_a_report_shows_that_its_story_holds_two_events() -> None:
    found = story_of_two_events()
    assert (found.split_out_items, found.story_id) == ((4, 5, 6), 4)


def test_a_story_that_an_admin_shaped_is_not_parted() -> None:
    found = story_of_two_events(LockedFields.STORY)
    assert (found.split_out_items, found.story_id) == ((), 1)


def test_invented_events_are_told_apart() -> None:
    assert measure_generated(4, events=24) > 0.9


def test_daily_bulletins_open_their_own_stories() -> None:
    told = [
        (
            f"全市昨日新增{3 + n}例累计{60 + 7 * n}例",
            f"5月{n + 1}日全市新增病例{3 + n}例，累计{60 + 7 * n}例，均已入院治疗，病情平稳，密切接触者在医学观察。",
        )
        for n in range(5)
    ]
    placed = decide([item(n + 1, each, source=1, hours=24 * n) for n, each in enumerate(told)], {})
    assert [p.relation for p in placed] == [Relation.ORIGINAL] * 5
    assert [p.opened_by_item for p in placed] == [None] * 5
