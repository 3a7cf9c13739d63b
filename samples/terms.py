"""The outlets' own names for categories."""

from __future__ import annotations

TERMS_BY_CATEGORY: dict[str, tuple[str, ...]] = {
    "politics": ("时政", "要闻", "时政要闻"),
    "world": ("国际", "环球", "国际新闻"),
    "society": ("社会", "城事", "社会新闻"),
    "livelihood": ("民生", "百姓生活", "民生新闻"),
    "law": ("法治", "法治在线", "法院"),
    "economy": ("财经", "经济", "县域经济"),
    "education": ("教育", "校园", "教育新闻"),
    "health": ("健康", "卫生健康", "健康"),
    "culture": ("文化", "文化", "人文"),
    "travel": ("文旅", "旅游", "文旅"),
    "agriculture": ("三农", "农业", "乡村振兴"),
    "environment": ("环境", "生态", "环保"),
    "tech": ("科技", "科技", "科技创新"),
    "sports": ("体育", "体育新闻", "体育"),
    "entertainment": ("娱乐", "文娱", "影视"),
    "military": ("军事", "国防", "双拥"),
    "estate": ("房产", "楼市", "房产"),
    "auto": ("汽车", "汽车", "车市"),
    "emotion": ("情感", "情感", "人间"),
    "society/weather": ("天气", "气象", "天气预报"),
    "society/accident": ("突发", "社会", "救援"),
    "society/charity": ("公益", "正能量", "社会"),
    "livelihood/traffic": ("交通", "出行", "路况"),
    "livelihood/heating": ("供热", "民生", "供暖"),
    "livelihood/consumer": ("消费", "菜篮子", "物价"),
    "culture/heritage": ("非遗", "文化遗产", "非遗"),
    "culture/history": ("文史", "考古", "历史"),
    "emotion/marriage": ("婚恋", "情感", "婚姻"),
    "emotion/family": ("家庭", "亲情", "情感"),
    "emotion/story": ("情感故事", "故事", "故事"),
}


def outlet_term(category: str, outlet: str) -> str:
    """Return the outlet's name for a category path; always the same one."""
    words = TERMS_BY_CATEGORY.get(category) or TERMS_BY_CATEGORY[category.split("/")[0]]
    return words[sum(outlet.encode()) % len(words)]
