"""Codes of the sentences that explain decisions about an item to readers and admins."""

from __future__ import annotations

from aggregator.messages.message import Code, Message

CATEGORY = Code("why.category", "归入“{category}”：{why}。", category=str, why=Message)
NO_CATEGORY = Code("why.no-category", "未分类：{why}。", why=Message)
REGION = Code("why.region", "地区定为{region}：{why}。", region=str, why=Message)
NO_REGION = Code("why.no-region", "没有定出地区：{why}。", why=Message)
FURTHER_REGIONS = Code("why.further-regions", "也归入{regions}：{why}。", regions=str, why=Message)
OTHER = Code("why.other", "{why}。", why=Message)  # any other decision

SAME_STORY = Code("why.story", "与{source}的《{title}》报道同一事件：{why}。", source=str, title=str, why=Message)
SAME_TEXT = Code(
    "why.same-text",
    "与{source}的《{title}》文字相同（{relation}）：有{count}处相同，最长{longest}字，共占较短一文的{share:.0%}。",
    source=str,
    title=str,
    relation=Message,
    count=int,
    longest=int,
    share=float,
)
SAME_EVENT = Code(
    "why.same-event", "与{source}的《{title}》报道同一事件：两文都提到{shared}。", source=str, title=str, shared=tuple
)
EXCLUDED = Code("why.excluded", "没有收录：{why}。", why=Message)
