"""Endless series: prices, weather, water levels, public notices.

Their issues share a skeleton and differ in numbers, dates and ordinals, so that they look like reprints of each other
but are not.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import datetime

from samples.article_texts import fill_dates
from samples.outlets import Outlet
from samples.rewriting import PrintedArticle, apply_house_style

CHINESE_DIGITS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Series:
    """``title`` and ``text`` have placeholders: {今日}, {时}, {期} (12), {批} (十二), ranges [20-35], [1.2-3.4] for a
    number.
    """

    key: str
    outlet: str
    category: str
    region: str
    first_number: int  # number of its first issue
    title: str
    text: tuple[str, ...]


SERIES = (
    Series(
        "prices-jinan", "quanpan", "livelihood/consumer", "370100", 201,
        "{今日}{时}济南菜价：菠菜每斤[1.8-3.9]元，鸡蛋每斤[4.1-5.6]元",
        (
            "{今日}{时}，泉畔早报价格观察点报来当日第{期}期菜价。菠菜每斤[1.8-3.9]元，油菜每斤[1.5-2.9]元，西红柿每斤[2.6-4.8]元，黄瓜每斤[2.2-4.4]元，大白菜每斤[0.6-1.3]元。",
            "鸡蛋每斤[4.1-5.6]元，猪后腿肉每斤[10.8-14.6]元，鲜活鲤鱼每斤[6.8-9.2]元。当日到货车辆[180-320]辆，到货量[1500-2900]吨。",
            "价格为三家农贸市场零售均价，各摊位以明码标价为准。",
        ),
    ),
    Series(
        "prices-shouguang", "yuandu", "agriculture/market", "370783", 88,
        "寿光蔬菜价格行情第{期}号：综合指数[96.1-118.8]点",
        (
            "寿光{今日}{时}发布蔬菜价格行情第{期}号。综合指数[96.1-118.8]点，其中叶菜类[90.2-125.7]点，茄果类[92.4-121.3]点，根茎类[88.6-110.2]点。",
            "圆茄每公斤[3.1-5.8]元，五彩椒每公斤[5.2-9.9]元，长豆角每公斤[6.4-11.2]元，胡萝卜每公斤[1.4-2.6]元。监测大棚[320-410]座，当日上市量[680-990]吨。",
        ),
    ),
    Series(
        "weather-zaozhuang", "liuyuan", "society/weather", "370400", 1,
        "枣庄{今日}{时}天气：最高[9-16]度，最低[0-7]度",
        (
            "枣庄{今日}{时}天气实况与预报：全市多云，偏[1-3]级风转[3-5]级，最高气温[9-16]度，最低气温[0-7]度，相对湿度[38-82]%。",
            "山亭、峄城山区早晚温差[7-13]度，能见度[4-18]公里。预计未来两小时降水概率[0-60]%，出行请看最新一期。",
        ),
    ),
    Series(
        "water-yangtze", "jiangtan", "environment", "420100", 3,
        "水情通报第{期}号：武汉江滩水位[17.2-21.8]米",
        (
            "武汉{今日}{时}讯，水情通报第{期}号。江滩观测点水位[17.2-21.8]米，较上一期变化[1-19]厘米，流量每秒[18000-29000]立方米。",
            "沿线[11-26]处闸口处于正常状态，巡堤[120-310]人次，发现并处置隐患[0-6]处。下一期通报将于两小时内发布。",
        ),
    ),
    Series(
        "notice-jiaozhou", "jiaowan", "politics", "370281", 1,
        "胶州公示第{批}批惠企资金名单，[18-66]家企业列入",
        (
            "胶州{今日}消息，第{批}批惠企资金兑付名单开始公示。本批共列入企业[18-66]家，涉及资金[260-980]万元，公示期五个工作日。",
            "名单按申报先后排列，其中制造业[9-31]家，商贸服务业[6-22]家。对本批名单有异议的，可在公示期内书面反映。",
        ),
    ),
    Series(
        "notice-yizhou", "yishang", "livelihood/community", "371300", 1,
        "临沂公布第{批}批老旧小区加装电梯名单，共[12-58]个单元",
        (
            "临沂{今日}公布第{批}批老旧小区加装电梯名单，共[12-58]个单元，分布在[5-17]个社区。已完成管线勘察[4-30]个，已签约[3-28]个。",
            "本批补贴标准为每台[8-15]万元，施工期约[70-120]天。未列入本批的单元可继续申报下一批。",
        ),
    ),
    Series(
        "air-taiyuan", "fenshui", "environment", "140100", 41,
        "太原空气质量{时}播报：指数[38-132]",
        (
            "太原{今日}{时}空气质量指数为[38-132]，细颗粒物每立方米[12-96]微克，可吸入颗粒物每立方米[28-150]微克，首要污染物浓度较前一小时变化[1-20]%。",
            "九个监测点位中，[3-9]个为优良。预计未来三小时扩散条件变化不大，这是第{期}次播报。",
        ),
    ),
    Series(
        "traffic-chengdu", "jinguan", "livelihood/traffic", "510100", 12,
        "成都{时}路况：绕城拥堵[2-19]公里，平均车速[28-61]公里",
        (
            "成都{今日}{时}路况播报第{期}次。绕城方向拥堵[2-19]公里，二环高架平均车速每小时[28-61]公里，三环平均车速每小时[31-66]公里。",
            "当前轻微事故[0-9]起，均已移至应急车道。机场方向预计用时[35-70]分钟，比平日{期}次播报的均值变化[1-15]%。",
        ),
    ),
    Series(
        "cold-haerbin", "xuejiang", "livelihood/heating", "230100", 30,
        "哈尔滨供热日报第{期}期：平均室温[20.1-23.4]度",
        (
            "哈尔滨供热日报第{期}期：{今日}{时}，抽测住户[260-480]户，平均室温[20.1-23.4]度，低于二十度的[2-21]户，已上门处理[1-20]户。",
            "一次网供水温度[82-104]度，回水温度[41-52]度，热线接到来电[150-620]个，办结率[91-99]%。",
        ),
    ),
    Series(
        "fish-rongcheng", "zhifuchao", "economy", "371082", 57,
        "荣成渔港{时}到港[11-48]船，鲅鱼每斤[9.5-16.8]元",
        (
            "荣成渔港{今日}{时}到港渔船[11-48]条，卸货[90-460]吨。鲅鱼每斤[9.5-16.8]元，鲐鱼每斤[3.2-5.9]元，海捕虾每斤[28-56]元。",
            "出港[9-37]条，港内风力[3-6]级，冷库入库[60-300]吨。这是本季第{期}次到港播报。",
        ),
    ),
)  # fmt: skip


def make_issue(series: Series, outlet: Outlet, count: int, at: datetime, rng: random.Random) -> PrintedArticle:
    """Return the ``count``-th issue (from 0) of a series. ``at`` is the local time."""
    number = series.first_number + count
    numbers: dict[str, str] = {}

    def fill(text: str) -> str:
        text = fill_dates(text, at).replace("{时}", f"{at.hour}时{at.minute:02}分")
        text = text.replace("{期}", str(number)).replace("{批}", chinese_ordinal(number))
        return re.sub(r"\[([\d.]+)-([\d.]+)\]", lambda found: _random_number(found[1], found[2], numbers, rng), text)

    article = PrintedArticle(fill(series.title), tuple(fill(part) for part in series.text), "值班编辑")
    return apply_house_style(article, outlet)


def chinese_ordinal(number: int) -> str:
    """Return 一 for 1, 十二 for 12, 二十 for 20; 105 stays 105."""
    if number > 99:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else CHINESE_DIGITS[tens - 1] + "十")
    return head + (CHINESE_DIGITS[ones - 1] if ones else "")


def _random_number(low: str, high: str, numbers: dict[str, str], rng: random.Random) -> str:
    """Return a number in a range; the same range gives the same number within one issue."""
    key = f"{low}-{high}"
    if key not in numbers:
        if "." in low:
            numbers[key] = f"{rng.uniform(float(low), float(high)):.1f}"
        else:
            numbers[key] = str(rng.randint(int(low), int(high)))
    return numbers[key]
