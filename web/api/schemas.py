"""JSON Schemas (2020-12) of all API responses: every object has all of its fields and no others."""

from __future__ import annotations

from typing import Any, TypeAlias, get_args

from aggregator.model import Relation, SourceState
from aggregator.model.series import Rhythm
from aggregator.steps.stories.first_report import Sureness

Schema: TypeAlias = dict[str, Any]


def _text(description: str = "", **more: Any) -> Schema:
    return _described({"type": "string", **more}, description)


def _described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description} if description else schema


def _nullable(schema: Schema) -> Schema:
    constraints = {name: value for name, value in schema.items() if name != "type"}
    return {"type": [schema["type"], "null"], **constraints}


def _number(description: str = "") -> Schema:
    return _described({"type": "integer", "minimum": 0}, description)


def _uri(description: str = "") -> Schema:
    return _text(description, format="uri")


def _time(description: str = "") -> Schema:
    return _text(description, format="date-time")


def _code(description: str = "") -> Schema:
    return _text(description, pattern="^[0-9]{6}$")


def _list(name: str, description: str = "") -> Schema:
    return _described({"type": "array", "items": _ref(name)}, description)


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False
    }  # fmt: skip


def _page(name: str, schema: str) -> Schema:
    return _object(
        **{name: _list(schema)},
        cursor=_nullable(_text("下一页的 cursor；列表到头时为 null")),
        next=_nullable(
            _uri("下一页的地址；列表到头时为 null。一页可以少于 limit，甚至为空，只要 next 不为 null 就还有")
        ),
    )


_ITEM: dict[str, Schema] = {
    "id": _number("本站编号，永不改变，也不会给别的新闻"),
    "url": _text("原文地址"),
    "title": _text("标题，纯文本"),
    "source": _text("来源的 slug"),
    "published": _time("发布时间，永不改变；列表按它排列"),
    "first_seen": _time("本站收录的时间"),
    "story": _number("所属事件的编号"),
    "series": _nullable(_number("所属系列的编号：它是同一来源按日期或期号发布的一期；不属于系列时为 null")),
    "reprint_of": _nullable(_text("它转载的那条新闻的原文地址")),
    "category": _nullable(_text("分类的路径")),
    "province": _nullable(_code("省")),
    "city": _nullable(_code("市")),
    "county": _nullable(_code("县")),
    "regions": {
        "type": "array",
        "items": _code("行政区划代码（GB/T 2260）"),
        "description": "所有地区：先是主要的一个（如果有），再是同样重要的其他地区；每个都列在其地区的列表和订阅源里",
    },
    "page": _uri("本站上的页面"),
    "excerpt": _text("摘要，纯文本，至多 200 字"),
    "content": _text("来源的许可：只许摘要，或许全文", enum=["excerpt", "full"]),
    "html": _nullable(_text("全文，已清理的 HTML；只有来源许可全文时才有")),
    "updated": _nullable(_time("来源说的更新时间")),
    "source_title": _text("来源的名称：转用时请署名"),
    "source_url": _nullable(_text("来源的网站")),
    "author": _nullable(_text("作者")),
    "editor": _nullable(_text("编辑")),
    "origin": _nullable(_text("文中注明的出处")),
    "rights": _nullable(_text("来源的版权声明")),
    "language": _nullable(_text("语言")),
    "lead": {"type": "boolean", "description": "是否代表它的事件"},
    "relation": _text("与事件首发报道的关系", enum=[relation.value for relation in Relation]),
    "story_items": _number("事件共有几条报道"),
    "story_outlets": _number("事件有几家媒体报道"),
    "place": _nullable(_text("地区全名，如 山东省枣庄市")),
    "advertorial": {"type": "boolean", "description": "是推广内容：展示时请注明“推广”"},
    "terms": {"type": "array", "items": {"type": "string"}, "description": "来源自己的分类"},
    "media": _list("Media", "附件"),
    "image": {"anyOf": [_ref("Image"), {"type": "null"}], "description": "代表这条新闻的图片；没有或来源不许时为 null"},
}
_STORY: dict[str, Schema] = {
    "id": _number("事件编号"),
    "title": _text("代表报道的标题"),
    "page": _uri("本站上的页面"),
    "items": _number("共有几条报道"),
    "outlets": _number("有几家媒体报道"),
    "first_published": _time("最早一条的发布时间"),
    "last_published": _time("最新一条的发布时间"),
    "lead": _ref("Item"),
    "feeds": _ref("Feeds"),
}
_SERIES: dict[str, Schema] = {
    "id": _number("系列编号"),
    "name": _text("名称：标题里各期相同的部分"),
    "source": _text("来源的 slug"),
    "source_title": _text("来源的名称"),
    "page": _uri("本站上的页面"),
    "issues": _number("共有几期"),
    "first_published": _time("最早一期的发布时间"),
    "last_published": _time("最新一期的发布时间"),
    "rhythm": _text("多久一期；期数太少时为 unknown", enum=[*get_args(Rhythm)]),
    "why": _text("为什么算一个系列"),
    "latest": _ref("Item"),
    "feeds": _ref("Feeds"),
}
_REGION: dict[str, Schema] = {
    "code": _code("行政区划代码（GB/T 2260）"),
    "name": _text("全名，如 枣庄市"),
    "short": _text("简称，如 枣庄"),
    "level": _text("级别", enum=["province", "city", "county"]),
    "parent": _nullable(_code("上一级的代码")),
    "place": _text("连同上级的全名，如 山东省枣庄市"),
    "page": _uri("本站上的页面"),
    "feeds": _ref("Feeds"),
}

SCHEMAS: dict[str, Schema] = {
    "Item": _object(**_ITEM),
    "ItemDetail": _object(
        **_ITEM, reports=_list("Item", "同一事件的其他报道"), related=_list("Item", "接着可读的新闻")
    ),
    "Items": _page("items", "Item"),
    "Story": _object(**_STORY),
    "StoryDetail": _object(
        **_STORY,
        first={"anyOf": [_ref("FirstReport"), {"type": "null"}], "description": "最早的报道"},
        reports=_list("Item", "按发布时间排列，至多 100 条"),
    ),
    "FirstReport": _object(
        item=_number("新闻的编号"),
        source=_text("来源的 slug"),
        published=_time("来源标注的发布时间"),
        seen=_time("本站第一次见到的时间"),
        sure=_text("certain：可以确定；probable：很可能；unknown：不能确定", enum=[each.value for each in Sureness]),
    ),
    "SeriesDetail": _object(**_SERIES, reports=_list("Item", "最新的在前，至多 100 期")),
    "Stories": _page("stories", "Story"),
    "Change": _object(
        kind=_text("item：新增或更正；withdrawn：已撤下，请删去副本", enum=["item", "withdrawn"]),
        id=_number("新闻的编号"),
        at=_time("何时"),
        item={"anyOf": [_ref("Item"), {"type": "null"}], "description": "现在的样子；撤下的为 null"},
    ),
    "Changes": _object(
        changes=_list("Change", "先发生的在前"),
        cursor=_text("下次从这里接着问；总有"),
        more={"type": "boolean", "description": "后面已经还有，可以马上接着问"},
    ),
    "Category": _object(
        path=_text("路径，如 emotion/story"),
        name=_text("名称"),
        name_en=_nullable(_text("英文名称")),
        parent=_nullable(_text("上级分类的路径")),
        description=_text("说明"),
        page=_uri("本站上的页面"),
        feeds=_ref("Feeds"),
    ),
    "Categories": _object(categories=_list("Category")),
    "Region": _object(**_REGION),
    "RegionDetail": _object(**_REGION, regions=_list("Region", "直接属于它的地区")),
    "Regions": _object(regions=_list("Region")),
    "Source": _object(
        slug=_text("永久的短名"),
        title=_text("名称"),
        url=_nullable(_text("网站")),
        feed=_text("抓取的地址"),
        category=_nullable(_text("默认分类")),
        region=_nullable(_code("所在地")),
        content=_text("许可：只许摘要，或许全文", enum=["excerpt", "full"]),
        state=_text("抓取状态", enum=[state.value for state in SourceState]),
        items=_number("收录了几条"),
        day_items=_number("最近 24 小时几条"),
        newest=_nullable(_time("最新一条的发布时间")),
        last_success=_nullable(_time("上次成功抓取的时间")),
        page=_uri("本站上的页面"),
        feeds=_ref("Feeds"),
    ),
    "Sources": _page("sources", "Source"),
    "Feeds": _object(atom=_uri("Atom 1.0"), rss=_uri("RSS 2.0"), json=_uri("JSON Feed 1.1")),
    "Media": _object(url=_text("地址"), type=_nullable(_text("媒体类型")), length=_nullable(_number("字节数"))),
    "Image": _object(
        url=_text("原图的地址"),
        width=_nullable(_number("宽，像素；来源说了才有")),
        height=_nullable(_number("高，像素；来源说了才有")),
        alt=_nullable(_text("图片的说明")),
    ),
    "Error": _object(error=_text("哪里不对"), hint=_text("该怎么办")),
}
