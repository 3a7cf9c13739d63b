from __future__ import annotations

import pytest

from aggregator.model import Candidate
from aggregator.steps.stories.related import rank_related
from tests.aggregator.steps.stories.test_cluster import CAVE, CAVE_AGAIN, CHESS, LIGHT, item, near, stored


def _others() -> list[tuple[Candidate, int, float]]:
    me = item(1, CAVE)
    others = [item(2, CAVE_AGAIN), item(3, CAVE_AGAIN), item(4, CHESS), item(5, LIGHT)]
    stories = {2: 20, 3: 20, 4: 40, 5: 50}
    return near(me, *((other, stored(other, stories[other.id])) for other in others))


def test_other_stories_the_nearest_first_one_item_each() -> None:
    found = rank_related(item(1, CAVE), 10, _others())
    assert found[0].item_id == 2
    assert [r.item_id for r in found].count(3) == 0
    assert all(0 < r.score <= 1 for r in found)
    assert [r.score for r in found] == sorted((r.score for r in found), reverse=True)


def test_never_the_own_story_nor_more_than_asked() -> None:
    assert all(r.item_id not in (2, 3) for r in rank_related(item(1, CAVE), 20, _others()))
    assert rank_related(item(1, CAVE), 10, _others(), limit=0) == []
    assert rank_related(item(1, CAVE), 10, []) == []


@pytest.mark.parametrize(("source", "order"), [(8, [2, 9, 3]), (7, [2, 3, 9])])
def test_one_outlet_does_not_fill_the_list(source: int, order: list[int]) -> None:
    """A further report of the same outlet comes after a somewhat less similar one of another outlet."""
    me = item(1, CAVE)
    others = [item(number, (f"{CAVE_AGAIN[0]}之{number}", CAVE_AGAIN[1]), source=7) for number in (2, 3)]
    others.append(item(9, ("溶洞的另一头", CAVE_AGAIN[1]), source=source))
    candidates = near(me, *((other, stored(other, other.id)) for other in others))
    found = rank_related(me, 10, candidates)
    assert [one.item_id for one in found] == order
    scores = {one.item_id: one.score for one in found}
    assert scores[2] == scores[3] > scores[9]


def test_what_the_nearest_ones_tell_of_too_comes_before_a_chance_likeness() -> None:
    """Of two equally similar candidates, the one that is also similar to the most similar item comes first."""
    me = item(1, ("翠湖合唱团登台", "翠湖合唱团昨晚登台，演唱了十二首老歌，观众挤满了湖边的石阶。"))
    witness = item(2, ("合唱团湖边唱老歌", "翠湖合唱团昨晚在湖边石阶演唱老歌，指挥鲁燕说排练了半年，伴奏用手风琴。"))
    also = item(3, ("指挥鲁燕的手风琴", "指挥鲁燕说，翠湖排练了半年，手风琴伴奏是她的主意。"))
    chance = item(4, ("翠湖清淤开工", "翠湖清淤开工，挖泥船进场，工期三个月，沿湖步道封闭。"))
    others = near(me, *((other, stored(other, other.id)) for other in (witness, also, chance)))
    assert [one.item_id for one in rank_related(me, 1, others)] == [2, 3, 4]


def test_no_earlier_issue_of_the_own_series_and_one_of_another() -> None:
    """Whichever outlet reports it; other similar stories stay."""
    text = "胶州公示惠企资金兑付名单，公示期五个工作日，对名单有异议的可在公示期内书面反映。"
    me = item(1, ("胶州公示第四批惠企资金名单，66家企业列入", text))
    titles = ("胶州公示第三批惠企资金名单，18家企业列入", "膠州公示第二批惠企資金名單，30家企業列入",
              "即墨公示第二批惠企资金名单", "即墨公示第一批惠企资金名单", "胶州惠企资金怎么领")  # fmt: skip
    others = [item(number, (title, text), source=number) for number, title in enumerate(titles, 2)]
    candidates = near(me, *((other, stored(other, other.id)) for other in others))
    found = {one.item_id for one in rank_related(me, 10, candidates)}
    assert found & {2, 3} == set()
    assert 6 in found
    assert len(found & {4, 5}) == 1
