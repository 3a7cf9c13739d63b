"""Invented advertisements are detected, and invented news about trade is not."""

from __future__ import annotations

import pytest

from aggregator.messages import decisions
from aggregator.steps.entries.advertorial import advertorial_evidence
from tests.entry_factories import draft


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("【推广】这个夏天去海边", ""),
        ("(广告) 云湖花苑样板间开放", ""),
        ("［商业推广］新能源车试驾周", ""),
        ("新能源车试驾周［广告］", ""),
        ("推广丨一口老味道", ""),
        ("廣編特輯｜一起露營去", ""),
        ("〔業配〕一起露營去", ""),
        ("Sponsored: a weekend by the lake", ""),
        ("新能源车试驾周", "【推广】周末到店有礼。"),
        ("一口老味道", "老店开在巷子深处，一开就是三十年。（本文为推广内容）"),
        ("一口老味道", "老店开在巷子深处，一开就是三十年。以上内容属于商业广告"),
        ("一口老味道", "此文为企业宣传稿，不代表本站意见。"),
        ("一口老味道", "广告内容，不代表本网立场"),
        ("一口老味道", "老店开在巷子深处。" * 99 + "（本文为推广内容）"),
        ("今日星座运势：狮子座宜静", ""),
        ("12星座一周运势", ""),
        ("属鸡人本月财运如何", ""),
        ("生肖运势早知道", ""),
        ("双色球第2031期推荐：胆码在此", ""),
        ("福彩3D 杀号分析", ""),
        ("云湖面馆诚邀加盟", "零加盟费，总部扶持。首批二十名免费领大礼包，加盟热线：400-000-1234"),
        ("空调限时优惠", "全场低至五折，满3000减300，官方旗舰店包邮，立即抢购，先到先得。"),
    ],
)
def test_advertisements_and_filler(title: str, text: str) -> None:
    assert advertorial_evidence(draft(title, text))


@pytest.mark.parametrize(
    "term", ["广告", "推广", "商业推广", "廣編特輯", "Advertorial", "Sponsored Content", "Ads", "广告频道"]
)
def test_the_publisher_says_so(term: str) -> None:
    assert advertorial_evidence(draft("周末去哪儿", terms=("生活", term))) == decisions.LABEL_IN_TERMS(words=term)


@pytest.mark.parametrize(
    "path", ["advertorial/1.html", "life/sponsored/1", "tuiguang/2026/1.html", "brand-content-1.html"]
)
def test_the_address_says_so(path: str) -> None:
    assert advertorial_evidence(draft("周末去哪儿", url=f"https://paper.example/{path}"))


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("枣庄推广节水灌溉", "新技术已经推广到二十个村。"),
        ("推广普通话宣传周启动", ""),
        ("广告牌被大风刮倒", "城管部门连夜清理。"),
        ("【提醒】广告里的“包治百病”不可信", ""),
        ("一广告公司因虚假宣传被罚", "限时优惠、立即抢购、免费领取……这家店的套路被消协点名。"),
        ("扫码领红包？小心", "警方提醒，扫码领取、免费送、包邮，都可能是骗局。"),
        ("商场限时优惠带旺夜经济", "晚上九点，商场里依旧人头攒动。"),
        ("招商大会签约项目32个", "总投资210亿元，咨询电话0632-0000000。"),
        ("消费券今天上午十点开抢", "市民可在小程序领取，满200减50，先到先得。"),
        ("本报讯", "这是关于广告法修订的解读：本文为广告法起草者所写。"),
        ("星座展览馆开馆", "望远镜向孩子们免费开放。"),
        ("双色球开出一等奖9注", "山东中得两注。"),
        ("周末去哪儿", "小镇的灯会今晚亮灯。"),
        ("", ""),
    ],
)
def test_news_is_no_advertisement(title: str, text: str) -> None:
    assert advertorial_evidence(draft(title, text)) is None


def test_an_address_that_only_sounds_like_it() -> None:
    for path in ("readvertisement.html", "1.html?from=advertorial", "sponsoredness"):
        assert advertorial_evidence(draft("周末去哪儿", url=f"https://paper.example/{path}")) is None
