"""Detect advertisements and filler such as horoscopes, with evidence. Pure.

One label is enough, and so is a headline of a kind that is never news. Selling words count only if three kinds occur
together, and not in a text that reports on selling: offers that are warned of, punished or investigated are news.
"""

from __future__ import annotations

import re
from typing import Final

from aggregator.messages import Message, decisions
from aggregator.model import Draft
from aggregator.steps.text.normalize import fold
from feeds.cued_pattern import CuedPattern

HEAD_LENGTH: Final = 600  # characters of the text that are searched for selling words
TAIL_LENGTH: Final = 200  # characters at its end, where labels and telephone numbers are
MIN_SELLING_KINDS: Final = 3  # kinds of selling words that make an advertisement

_NAMES: Final = (
    "(?:商业|品牌|企业|信息|内容|房产|金融|付费|合作)?(?:推广|广告|软文|赞助)(?:内容|信息|专题|文章|稿)?|广编特辑|业配|商讯|"
    "推广链接|advertorial|sponsored(?: content| post)?|advertisement|promoted|广而告之"
)
_LABEL: Final = CuedPattern.compile(
    "推广 广告 软文 赞助 广编特辑 业配 商讯 广而告之 sponsored promoted ad",
    f"^\\s*[\\[【(〔「<《]\\s*(?:{_NAMES}|ad)\\s*[\\]】)〕」>》]|[\\[【(〔「<]\\s*(?:{_NAMES}|ad)\\s*[\\]】)〕」>]\\s*$|"
    "^(?:推广|软文|赞助内容|商业推广|广告推广|广编特辑|sponsored|advertorial)\\s*[:|丨·]",
)
_DISCLOSURE: Final = CuedPattern.compile(
    "推广 广告 软文 赞助 营销 宣传 商业",
    "(?:本文|本内容|以上内容|以上信息|此文|本稿件?|本篇(?:文章)?|文章内容)(?:章)?(?:为|系|属于?|是)(?:本报|本网|本站|本号)?"
    "(?:商业|品牌|企业|付费)?(?:推广|广告|软文|赞助|营销)(?!的|语|法|业|牌|公司)|"
    "(?:此|本|该)(?:文|稿件?|内容|信息)?(?:仅)?为(?:企业|商业)(?:推广|宣传)(?:稿|信息|内容|资讯)|"
    "(?:广告|推广|商业)(?:内容|信息),?(?:不代表|与本(?:报|网|站|平台)).{0,12}(?:立场|观点|无关)",
)
_TERM: Final = re.compile(f"{_NAMES}|ads?|广告频道|推广频道")
_LINK: Final = re.compile(
    "[/.](?:advertorials?|sponsored(?:-content)?|brand-?content|advertisements?|guanggao|tuiguang|ruanwen)(?:[/\\-_.]|$)"
)
_HOROSCOPE: Final = CuedPattern.compile(
    "运",
    "(?:星座|生肖|属相|属[鼠牛虎兔龙蛇马羊猴鸡狗猪](?:人|的人|者)?|(?:白羊|金牛|双子|巨蟹|狮子|处女|天秤|天蝎|射手|摩羯|水瓶|双鱼)座).{0,10}(?:运势|运程|财运|桃花运)|"
    "(?:今日|每日|本周|一周|下周|本月|\\d日)(?:星座|生肖)?(?:运势|运程)",
)
_LOTTERY: Final = CuedPattern.compile(
    "推荐 预测 杀号 胆 选号 复式票",
    "(?:双色球|大乐透|福彩3d|3d|排列[三五35]|快乐8|七星彩|七乐彩).{0,16}(?:推荐|预测|杀号|胆码|选号|定胆|复式票)",
)
_SELLING: Final = {
    "discounts": CuedPattern.compile(
        "限时 满 买 第二件半价 到手 券 码 折 直降 起售 包邮 秒杀 史低",
        "限时(?:优惠|抢购|特价|折扣|秒杀|特惠|钜惠)|满\\d+[元]?[减送]\\d+|买[一二三\\d][送赠][一二三\\d]|第二件半价|到手价|券后价|"
        "折扣码|优惠码|领券|(?:低至|全场)[\\d.一二三四五六七八九]+折|直降\\d+|\\d+元(?:起售|到手|包邮|秒杀)|史低",
    ),
    "calls to buy": CuedPattern.compile(
        "购 下单 预订 报名 入手 领取 先到先得 售完即止 等一年 手慢无",
        "(?:立即|马上|火速|赶紧|赶快|现在就|速来|点击)(?:抢购|购买|下单|预订|报名|订购|入手|领取|选购)|(?:原文链接|小程序|链接)(?:下单|购买|选购)|"
        "先到先得|售完即止|错过(?:再)?等一年|手慢无|欲购从速|抢购(?:中|开启|通道)",
    ),
    "contacts": CuedPattern.compile(
        "热线 电话 专线 微信 扫",
        "(?:咨询|订购|加盟|招商|抢购|销售|预约|售楼|贵宾|报名|合作)(?:热线|电话|专线|微信)"
        "\\s*:?\\s*\\+?[\\d(][\\d\\-() ]{6,}|"
        "加(?:客服|老师|小编)?微信|扫(?:描)?(?:下方|上方|文末)?(?:二维)?码(?:领取|下单|购买|咨询|报名|加)",
    ),
    "gifts": CuedPattern.compile(
        "免费 0元 零元 抽 有奖 好礼 豪礼 壕礼 红包 赠品",
        "(?:免费|0元|零元)(?:领取?|送|试用|体验装)|转发.{0,10}抽奖|关注.{0,12}(?:抽奖|有奖)|参与抽奖|抽奖赢|抽\\d+[位名]|好礼(?:相送|送不停)|豪礼|壕礼|"
        "红包(?:雨|免费领)|赠品",
    ),
    "franchises": CuedPattern.compile(
        "加盟 诚邀 诚招 招商 代理商招募 总部扶持",
        "招商加盟|诚邀(?:加盟|代理)|诚招|火热招商|零?加盟费|加盟(?:优势|政策|流程|商家)|代理商招募|总部扶持",
    ),
    "estates": CuedPattern.compile(
        "首付 开盘 加推 启幕 耀世 臻藏 钜献 尊享 尊贵 恭迎品鉴 一房难求 均价",
        "首付\\d+万?起|盛大开盘|(?:荣耀|璀璨|盛世|火爆)(?:开盘|加推|启幕)|耀世|臻藏|钜献|尊享|尊贵(?:生活|府邸)|恭迎品鉴|一房难求|"
        "均价\\d+元?/(?:平|㎡|m2)",
    ),
    "shops": CuedPattern.compile(
        "旗舰店 商城 小店 包邮 正品保障 无理由 爆款 种草 好物 闭眼入",
        "(?:官方|天猫|京东|抖音|淘宝)(?:旗舰店|商城|小店)|包邮|正品保障|七天无理由|爆款|种草|好物(?:推荐|清单|分享)|闭眼入",
    ),
}
_CONSUMER_REPORT: Final = re.compile(
    "记者|警方|民警|公安|骗|被罚|罚款|处罚|虚假|市场监管|市监局|消协|消费者协会|消保委|投诉|维权|曝光|通报|立案|检察|法院|判决|提醒|警惕|调查|整治|"
    "起诉|违法|违规|陷阱|套路|监管"
)


def advertorial_evidence(draft: Draft) -> Message | None:
    """Return the evidence, or None for news."""
    title, text = fold(draft.title), draft.text
    return _label_evidence(title, text, draft) or _filler_evidence(title) or _selling_evidence(title, text)


def _label_evidence(title: str, text: str, draft: Draft) -> Message | None:
    if match := _LABEL.search(title):
        return decisions.LABEL_IN_TITLE(words=match[0].strip())
    for term in draft.terms:
        if _TERM.fullmatch(fold(term).strip()):
            return decisions.LABEL_IN_TERMS(words=term)
    if match := _LINK.search(draft.url.lower().partition("?")[0]):
        return decisions.LABEL_IN_ADDRESS(words=match[0].strip("/.-_"))
    for part in (text[:HEAD_LENGTH], text[-TAIL_LENGTH:]):
        if match := _LABEL.search(part) or _DISCLOSURE.search(part):
            return decisions.LABEL_IN_TEXT(words=match[0].strip())
    return None


def _filler_evidence(title: str) -> Message | None:
    if match := _HOROSCOPE.search(title):
        return decisions.HOROSCOPE(words=match[0])
    if match := _LOTTERY.search(title):
        return decisions.LOTTERY(words=match[0])
    return None


def _selling_evidence(title: str, text: str) -> Message | None:
    read = f"{title}\n{text[:HEAD_LENGTH]}\n{text[HEAD_LENGTH:][-TAIL_LENGTH:]}"
    possible = [kind for kind, pattern in _SELLING.items() if pattern.may_match(read)]
    if len(possible) < MIN_SELLING_KINDS:
        return None
    found = [(kind, match[0]) for kind in possible if (match := _SELLING[kind].pattern.search(read))]
    if len(found) < MIN_SELLING_KINDS or _CONSUMER_REPORT.search(read):
        return None
    phrases = tuple(decisions.PHRASES[kind](words=words.strip()) for kind, words in found)
    return decisions.SELLING(phrases=phrases)
