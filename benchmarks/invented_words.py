"""Vocabulary and sentences of invented reports."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate

WHO = """
    市教育局 供水公司 志愿服务队 果农老周 社区书记林梅 市图书馆 县农技站 消防救援站 民乐团 公交集团
    非遗传承人 渔业合作社 中学生李想 市博物馆 环卫工人 护林员 街道办 法院执行局 市场监管所 气象台 医疗队
    修鞋匠 养蜂人 老船长
""".split()
DOES = """
    启动了 推出 组织 整理出 修缮 试行 公布 捐出 培育 开放 恢复 改造 清点 评选出 找回 重新装订 演示 追踪 讨论
    封存 登记 巡查 比对 记录下
""".split()
WHAT = """
    一条夜间班线 三十六册旧账本 半山腰的蓄水池 新品种甜瓜 老码头的石阶 一场露天音乐会 失物招领平台
    旧楼加装电梯方案 河道清淤工程 候鸟栖息地 古戏台 校服回收计划 养老食堂 盲道 一批退役灯塔的图纸 山村图书角
    水质监测浮标 街角口袋公园 老字号名录 一套方言录音 救援演练 丢失多年的奖杯 冷链仓库 稻田画
""".split()
HOW = """
    历时两个多月 在雨停之后 当着邻居们的面 没有惊动任何人 比往年提早了半个月 赶在汛期之前 顶着大风
    借助无人机 经过反复试验 在居民建议下 由退休工程师指导 用上了旧门板 一路走访 摸黑赶路 连夜 分三组
""".split()
THEN = """
    现场掌声不断 不少人专程从外地赶来 有人当场落泪 围观的孩子追问个不停 周边商铺也跟着热闹起来
    工作台账随后贴在了公示栏 老人说这是盼了半辈子的事 第二天又来了更多帮手 费用由几家单位分担
    后续养护交给网格员 有专家提醒仍需耐心 大家决定每季度聚一次 路口的早餐摊延长了营业 一位摄影爱好者拍下全程
    资料已经移交档案室 附近的猫也习惯了灯光
""".split()
AND = """
    据介绍 与此同时 不过 随后 傍晚时分 在另一头 有意思的是 事实上 回到村里 说起缘由 按照计划 临走前 入夜后
    谈到将来
""".split()


@dataclass(frozen=True, slots=True)
class Report:
    title: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


def sentence(rng: random.Random) -> str:
    head = f"{rng.choice(AND)}，" if rng.random() < 0.5 else ""
    middle = f"{rng.choice(WHO)}{rng.choice(HOW)}{rng.choice(DOES)}{rng.choice(WHAT)}"
    number = f"，共{rng.randrange(3, 900)}{rng.choice('件人户处次')}" if rng.random() < 0.3 else ""
    return f"{head}{middle}{number}，{rng.choice(THEN)}。"


class Lexicon:
    """A vocabulary of invented words of two common characters, a few of which are frequent.

    It is as large as that of a language, so that two long texts have only random words in common.
    """

    _LINKS = "的 了 在 和 把 将 从 向 对 与 被 让".split()

    def __init__(self, seed: int, size: int = 4000) -> None:
        rng = random.Random(seed)
        common = [bytes((high, low)).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFF)]
        self.words = ["".join(rng.choices(common, k=2)) for _ in range(size)]
        self._sums = list(accumulate(1 / (rank + 20) for rank in range(size)))  # of the weights

    def sentence(self, rng: random.Random) -> str:
        clauses = []
        for _ in range(rng.randint(1, 4)):
            words = rng.choices(self.words, cum_weights=self._sums, k=rng.randint(3, 7))
            words.insert(rng.randrange(1, len(words)), rng.choice(self._LINKS))
            if rng.random() < 0.2:
                words.append(f"{rng.randint(2, 999)}{rng.choice('件人户处次')}")
            clauses.append("".join(words))
        return "，".join(clauses) + "。"
