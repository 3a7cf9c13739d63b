"""Recognize Chinese personal names in the credits of a news text."""

from __future__ import annotations

import re

FREQUENT_SURNAMES = frozenset(  # of most people; the others are as often words or parts of words
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪"
    "田姜范方石姚谭廖邹熊陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文曲柴裴"
)
COMMON_SURNAMES = FREQUENT_SURNAMES | frozenset(
    "任金庞樊施陶洪安颜倪严温季俞鲁葛伍韦尤毕柳邢齐梅莫庄管祝左祁舒耿苗凌纪盛童项席卫屈霍翁包柯阮华房刁戚滕邬臧褚穆郎喻"
    "蓝虞卞骆蒲狄"
)
SURNAMES = COMMON_SURNAMES | frozenset(  # with rare ones and traditional characters
    "兰殷翟牛芦章申聂丛焦向路岳沿辛涂谷时牟卜詹关费靳欧甄成游阳查鲍位覃隋植甘景薄单司柏宁桂闵解强车冉边辜吉饶瞿丘古米池"
    "晋苑畅宫来苟全廉简娄盖符奚木党燕邸冀谈姬屠连郜晏栾郁商蒙计揭窦迟宇敖糜鄢冷卓花仇艾都巩稽井练仲乐封竺冼原官衣楚佟栗"
    "匡宗应台巫鞠僧桑荆谌银扬明沙伏岑习胥保和蔺水云昌凤酆皮元平朴荣湛利尚谬宣那麻"
    "張劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭鄧許呂蘇盧蔣賈葉閻鐘鍾範譚鄒陸顧龍萬錢湯喬賀賴龔龐蘭顏嚴溫蘆韋畢聶叢齊莊塗時關費紀歐"
    "項陽衛鮑單寧閔車邊饒晉鄔暢宮婁蓋黨談連欒計竇遲藍鞏練樂應諶銀揚習藺雲鳳榮謬簡"
)
_COMPOUND = frozenset(
    "欧阳 上官 司马 诸葛 皇甫 尉迟 公孙 慕容 令狐 夏侯 东方 司徒 歐陽 司馬 諸葛 尉遲 公孫 張簡 范姜".split()
)
_NOT_NAMES = tuple(
    "从 在 获 近 今 昨 日前 来到 走进 了解 采访 看到 注意 发现 报道 報道 報導 就 随 对 表示 介绍 走访 "
    "摄影 攝影 摄 综合 綜合 编辑 編輯 责编 責編 责任 責任 通讯员 通訊員 记者 記者 作者 来源 來源 实习 供图 "
    "正文 审核 校对 监制 "
    "高度 时任 全体 单位 应当 关于 "
    "原标题 严格 安全 明天 时间 方面 金融 平台 包括 强调 成都 温州 何时 马上 向 都 水利 华东 解放 文明".split()
)
_PLACES = tuple(  # words that may follow a name, as in 記者陳小明台北報導
    "台北 臺北 新北 桃園 台中 臺中 台南 臺南 高雄 基隆 新竹 苗栗 彰化 南投 雲林 嘉義 屏東 宜蘭 花蓮 台東 臺東 "
    "澎湖 金門 馬祖 連江 香港 澳門 北京 上海 華盛頓 東京 综合 济南 广州 深圳 "
    "綜合 即時 連線 採訪 專題 獨家 現場 整理 編譯 外電".split()
)
_WORD = r"[\u4e00-\u9fff·]{1,8}"
NAMES_PATTERN = rf"{_WORD}(?:[ \t\u3000、,，/]+{_WORD})*"


def is_person_name(word: str) -> bool:
    """Return whether a word is a surname with one or two more characters, or a foreign name with "·"."""
    if word.startswith(_NOT_NAMES):
        return False
    if "·" in word:
        return 3 <= len(word) <= 12
    return (word[:1] in SURNAMES and 2 <= len(word) <= 3) or (word[:2] in _COMPOUND and 3 <= len(word) <= 4)


def extract_names(text: str | None) -> str | None:
    """Return the names at the start of a list of words, joined with "、"; None if the first word is no name.

    Two single characters with a space between them are one name (范 辉). A Latin user name is returned as it is.
    """
    if not text:
        return None
    if re.fullmatch(r"[A-Za-z0-9_]{2,20}", text):
        return text
    joined = re.sub(
        r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff])[ \u3000]+([\u4e00-\u9fff])(?![\u4e00-\u9fff])", r"\1\2", text
    )
    names: list[str] = []
    for word in re.split(r"[\s、,，/]+", joined.strip()):
        if not is_person_name(word):
            break
        names.append(word)
    return "、".join(dict.fromkeys(names)) or None


def extract_names_before_place(text: str) -> str | None:
    """Return the names before a place or slash (陳小明台北, 王大同、陳小明/綜合); None if the end is uncertain."""
    text = text.strip()
    for place in _PLACES:
        position = text.find(place, 2)
        if position > 0 and (names := extract_names(text[:position].rstrip(" /、"))):
            return names
    first, slash, _ = text.partition("/")
    return extract_names(first) if slash else None
