"""Print an outlet's own article, or reprint and rewrite another's. Pure: randomness comes from ``rng``."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from samples.article_texts import Article, fill_dates
from samples.outlets import Outlet
from samples.traditional import traditional

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
HALF_WIDTH = str.maketrans({"，": ", ", "：": ": ", "；": "; ", "（": "(", "）": ")"})

PROMOTION_LINES = (
    "点击下载“{title}”客户端，身边的事早知道。",
    "本文由{title}转载，版权归原作者所有，如有侵权请联系删除。",
    "欢迎拨打{title}新闻热线，提供线索有奖。",
    "更多精彩内容，请关注{title}。",
)

# replacements by an editor who wants the text to look original
REWORDINGS = (
    ("记者了解到", "据介绍"),
    ("目前", "眼下"),
    ("今天", "当天"),
    ("上午", "早间"),
    ("居民", "住户"),
    ("工作人员", "现场人员"),
    ("负责人", "相关负责人"),
    ("告诉记者", "向记者介绍"),
    ("表示", "称"),
    ("已经", "已"),
    ("开始", "着手"),
    ("此外", "另外"),
    ("因为", "由于"),
    ("不少", "许多"),
    ("过去", "以往"),
    ("需要", "须"),
    ("接下来", "下一步"),
    ("左右", "上下"),
    ("同时", "与此同时"),
    ("如果", "若"),
    ("大约", "约"),
    ("第一次", "首次"),
    ("马上", "随即"),
    ("一共", "共"),
)


@dataclass(frozen=True, slots=True)
class PrintedArticle:
    """An article as one outlet prints it."""

    title: str
    paragraphs: tuple[str, ...]
    author: str | None = None
    credit: str | None = None  # outlet it was copied from


def print_article(article: Article, outlet: Outlet, day: datetime, dateline_day: datetime) -> PrintedArticle:
    """Return the outlet's own report with dateline. ``day``: "today" in the text, ``printed``: day of the dateline."""
    head = dateline(outlet, article, dateline_day)
    first, *rest = (fill_dates(part, day) for part in article.paragraphs)
    if article.editor:
        rest.append(f"责任编辑：{article.editor}")
    paragraphs = (f"{head}　{first}" if head else first, *rest)
    return apply_house_style(PrintedArticle(fill_dates(article.titles[0], day), paragraphs, article.author), outlet)


def reprint_article(
    article: Article, origin: Outlet, outlet: Outlet, day: datetime, rng: random.Random
) -> PrintedArticle:
    """Return the same text in another outlet: another title, another or no dateline, cut, credited, decorated."""
    first, *rest = (fill_dates(part, day) for part in article.paragraphs)
    if len(rest) > 2 and rng.random() < 0.35:
        del rest[rng.randrange(1, len(rest))]
    elif len(rest) > 2 and rng.random() < 0.25:
        rest = rest[:-1]
    own = dateline(origin, article, day)
    credit = f"来源：{origin.title}"
    if rng.random() < 0.4:
        paragraphs = [
            f"{credit}　作者：{strip_role(article.author)}",
            rng.choice((f"{own}　" if own else "", "")) + first,
        ]
        paragraphs += rest
    else:
        heads = (f"{own}　" if own else "", f"据{origin.title}报道，", "", f"（{origin.title} {article.author}）")
        foot = rng.choice((credit, f"（{credit}）", f"稿件{credit}　编辑：{outlet.title}新媒体"))
        paragraphs = [rng.choice(heads) + first, *rest, foot]
    if rng.random() < 0.4:
        paragraphs.append(rng.choice(PROMOTION_LINES).format(title=outlet.title))
    telling = PrintedArticle(
        alternative_title(article, rng, day), tuple(paragraphs), article.author, credit=origin.title
    )
    if rng.random() < 0.15:
        telling = map_text(telling, lambda text: text.translate(FULL_WIDTH))
    elif rng.random() < 0.1:
        telling = map_text(telling, lambda text: text.translate(HALF_WIDTH))
    return apply_house_style(telling, outlet)


def rewrite_article(article: Article, outlet: Outlet, author: str, day: datetime, rng: random.Random) -> PrintedArticle:
    """Return largely the same text under the outlet's own name: reworded, shortened, reordered, without credit."""
    first, *rest = (shorten(fill_dates(reword(part), day), rng) for part in article.paragraphs)
    if len(rest) > 1:
        place = rng.randrange(len(rest) - 1)
        rest[place], rest[place + 1] = rest[place + 1], rest[place]
    if len(rest) > 3:
        rest.pop()
    head = dateline(outlet, replace(article, author=author), day)
    telling = PrintedArticle(
        alternative_title(article, rng, day), (f"{head}　{first}" if head else first, *rest), author
    )
    return apply_house_style(telling, outlet)


def edit_article(printed: PrintedArticle, article: Article, day: datetime, outlet: Outlet) -> PrintedArticle:
    """Return a later version: a corrected title and an added line."""
    line = fill_dates(article.edit or "", day)
    mark = "" if printed.title.endswith(("（更新）", "（更正）")) else ("（更新）" if line else "（更正）")
    paragraphs = (*printed.paragraphs, convert_script(line, outlet)) if line else printed.paragraphs
    return replace(printed, title=printed.title + convert_script(mark, outlet), paragraphs=paragraphs)


def dateline(outlet: Outlet, article: Article, day: datetime) -> str:
    """Return the dateline in the outlet's style; "" if it has none."""
    date = f"{day.month}月{day.day}日"
    return outlet.dateline.format(title=outlet.title, place=article.place, date=date, author=article.author)


def alternative_title(article: Article, rng: random.Random, day: datetime) -> str:
    """Return a title for another outlet: one that the article offers, or the original with the place before it."""
    own = article.titles[0]
    choices = list(article.titles[1:]) or [own, own]
    if article.place and article.place not in own:
        choices.append(f"{article.place}：{own}")
    return fill_dates(rng.choice(choices), day)


def strip_role(author: str) -> str:
    """Return "林晓禾" for "记者 林晓禾"."""
    return re.sub(r"^(记者|作者|通讯员|见习记者|特约记者)\s*", "", author)


def reword(text: str) -> str:
    """Return the text with replaced words."""
    for old, new in REWORDINGS:
        text = text.replace(old, new)
    return text


def shorten(text: str, rng: random.Random) -> str:
    """Return the paragraph, sometimes without one sentence (never the first, never inside a quotation)."""
    sentences = re.findall(r"[^。]+。?", text)
    if len(sentences) < 3 or "“" in text or rng.random() < 0.4:
        return text
    del sentences[rng.randrange(1, len(sentences))]
    return "".join(sentences)


def apply_house_style(printed: PrintedArticle, outlet: Outlet) -> PrintedArticle:
    """Apply the outlet's script to a text."""
    return map_text(printed, traditional) if outlet.traditional else printed


def convert_script(text: str, outlet: Outlet) -> str:
    return traditional(text) if outlet.traditional else text


def map_text(printed: PrintedArticle, change: Callable[[str], str]) -> PrintedArticle:
    return replace(printed, title=change(printed.title), paragraphs=tuple(change(part) for part in printed.paragraphs))
