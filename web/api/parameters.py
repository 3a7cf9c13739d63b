"""Parameters of the API: validation of each, and its schema in the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from werkzeug.datastructures import MultiDict

from aggregator.config.durations import parse_duration
from aggregator.model import SourceFilter, SourceState
from aggregator.model.views import NO_CATEGORY
from web.api.responses import ApiError
from web.site import Site
from web.views.text import clean_input

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
MAX_QUERY_LENGTH = 100

ParameterParser = Callable[[Site, str], Any]  # returns the value or an ApiError


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter: its documentation, JSON Schema and parser."""

    name: str
    description: str
    schema: Mapping[str, Any]
    parse: ParameterParser = field(compare=False)
    required: bool = False


@dataclass(frozen=True, slots=True)
class ApiQuery:
    """The validated parameters of a request."""

    category: str | None = None
    region: str | None = None
    source: str | None = None
    story: int | None = None
    since: datetime | None = None
    before: datetime | None = None
    q: str | None = None
    reports: str = "lead"
    sort: str = "time"
    window: str = "24h"
    parent: str | None = None
    state: str | None = None
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    pairs: tuple[tuple[str, str], ...] = ()  # as written, without cursor and limit

    def pairs_with(self, **changed: str) -> list[tuple[str, str]]:
        """Return the query pairs of another page of the same list."""
        return [*self.pairs, ("limit", str(self.limit)), *changed.items()]


def parse_query(site: Site, parameters: Sequence[Parameter], args: MultiDict[str, str]) -> ApiQuery | ApiError:
    """Return the validated parameters, or an error.

    Unknown parameters are errors, because ignoring a filter would return the result of a different query.
    """
    by_name = {parameter.name: parameter for parameter in parameters}
    for name in args:
        if name not in by_name:
            return ApiError(f"没有参数 “{clean_input(name, 40)}”", _suggest(name, list(by_name)))
        if len(args.getlist(name)) > 1:
            return ApiError(f"参数 {name} 写了多次", "每个参数只写一次。")
    values: dict[str, Any] = {}
    for parameter in parameters:
        text = args.get(parameter.name, "").strip()
        if not text:
            if parameter.required:
                return ApiError(f"缺少参数 {parameter.name}", parameter.description)
            continue
        value = parameter.parse(site, text)
        if isinstance(value, ApiError):
            return value
        values[parameter.name] = value
    provided = [(name, args[name].strip()) for name in by_name if args.get(name, "").strip()]
    query_pairs = tuple(pair for pair in provided if pair[0] not in ("limit", "cursor"))
    return ApiQuery(**values, pairs=query_pairs)


def _suggest(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, n=1)
    if close:
        return f"是不是 {close[0]}？"
    return f"可用的参数：{'、'.join(names)}。" if names else "这个地址不接受参数。"


def _category(site: Site, text: str) -> str | ApiError:
    category = site.tree.find(text)
    return (
        category.path
        if category
        else ApiError(f"没有分类 “{clean_input(text, 60)}”", "/api/categories 列出了全部分类。")
    )


def _category_or_none(site: Site, text: str) -> str | ApiError:
    return NO_CATEGORY if text == NO_CATEGORY else _category(site, text)


def _region(site: Site, text: str) -> str | ApiError:
    division = site.gazetteer.get(text)
    hint = "请写六位行政区划代码，如 370400；/api/regions?q=枣庄 可以查到代码。"
    return division.code if division else ApiError(f"没有地区 “{clean_input(text, 40)}”", hint)


def _source(site: Site, text: str) -> str | ApiError:
    slug = text if re.fullmatch(r"[a-z0-9-]{1,64}", text, re.ASCII) else None
    if slug and site.store.source_health(site.now(), filters=SourceFilter(slug=slug), limit=1):
        return slug
    current_slug = site.store.current_slug(slug) if slug else None
    return current_slug or ApiError(f"没有来源 “{clean_input(text, 64)}”", "/api/sources 列出了全部来源。")


def _number(site: Site, text: str) -> int | ApiError:
    if text.isascii() and text.isdecimal() and len(text) <= 18:
        return int(text)
    return ApiError(f"“{clean_input(text, 40)}”不是编号", "请写一个整数。")


def _limit(site: Site, text: str) -> int | ApiError:
    if re.fullmatch(r"\d{1,3}", text, re.ASCII) and 1 <= int(text) <= MAX_LIMIT:
        return int(text)
    return ApiError(f"limit 不能是 “{clean_input(text, 40)}”", f"请写 1 到 {MAX_LIMIT} 的整数。")


def _time(site: Site, text: str) -> datetime | ApiError:
    """Return the UTC time of a date, a time (in the zone of the site by default) or an age, or an error.

    A "+" that URL decoding turned into a space is restored.
    """
    try:
        parsed = datetime.fromisoformat(re.sub(r" (\d\d:?\d\d)$", r"+\1", text) if "T" in text else text)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=site.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    try:
        return site.now() - parse_duration(text)
    except (ValueError, OverflowError):
        return ApiError(
            f"“{clean_input(text, 40)}”不是时间", "请写 2026-10-12、2026-10-12T08:00:00+08:00，或多久以前：24h、7d。"
        )


def _query(site: Site, text: str) -> str | ApiError:
    return clean_input(text, MAX_QUERY_LENGTH) or ApiError("q 是空的", "请写要找的词。")


def _any_text(site: Site, text: str) -> str:
    return text


def _choice(name: str, *values: str) -> ParameterParser:
    def read(site: Site, text: str) -> str | ApiError:
        return (
            text
            if text in values
            else ApiError(f"{name} 不能是 “{clean_input(text, 40)}”", f"可以写：{'、'.join(values)}。")
        )

    return read


def _enum_parameter(name: str, description: str, *values: str) -> Parameter:
    """Return a parameter with a fixed set of values; the first is the default."""
    return Parameter(
        name, description, {"type": "string", "enum": list(values), "default": values[0]}, _choice(name, *values)
    )


_TEXT: Mapping[str, Any] = {"type": "string"}
CATEGORY_OR_NONE = Parameter(
    "category", "分类的路径，如 society、emotion/story，包含其子分类；none：没有分类的", _TEXT, _category_or_none
)
CATEGORY = Parameter("category", "分类的路径，如 society、emotion/story；包含其子分类", _TEXT, _category)
REGION = Parameter(
    "region", "六位行政区划代码（GB/T 2260），包含其下属地区", {"type": "string", "pattern": "^[0-9]{6}$"}, _region
)
SOURCE = Parameter("source", "来源的 slug；以前的名字也可以", _TEXT, _source)
STORY = Parameter("story", "事件编号：只要这个事件的报道", {"type": "integer", "minimum": 0}, _number)
_TIME_FORMATS = "；日期、时间（没有时区的按本站时区）或多久以前（24h、7d）"
SINCE = Parameter("since", f"只要在此时或之后发布的{_TIME_FORMATS}", _TEXT, _time)
BEFORE = Parameter("before", f"只要在此时之前发布的{_TIME_FORMATS}", _TEXT, _time)
Q = Parameter("q", f"只要标题或正文含有这些词的，至多 {MAX_QUERY_LENGTH} 字", _TEXT, _query)
Q_REQUIRED = Parameter("q", Q.description, _TEXT, _query, required=True)
REPORTS = _enum_parameter(
    "reports",
    "lead：每个事件只要代表它的一条，与订阅源相同；all：所有报道，包括转载。指定 source、story 或 q 时总是 all",
    "lead",
    "all",
)
SEARCH_SORT = _enum_parameter(
    "sort",
    "time：最新在前；rel：最相关在前（不分页）",
    "time",
    "rel",
)
STORY_SORT = _enum_parameter(
    "sort",
    "time：最新在前；hot：热度在前（不分页）",
    "time",
    "hot",
)
WINDOW = _enum_parameter(
    "window",
    "按热度排列时看多长时间",
    "24h",
    "7d",
)
PARENT = Parameter("parent", "只要直接属于这个地区的；不写则是各省", REGION.schema, _region)
PLACE_NAME = Parameter("q", "地区的名称、简称、代码或其开头，如 枣庄、山东枣庄、3704", _TEXT, _query)
STATE = Parameter(
    "state",
    "只要抓取状态是这样的",
    {"type": "string", "enum": [state.value for state in SourceState]},
    _choice("state", *(state.value for state in SourceState)),
)
LIMIT = Parameter(
    "limit",
    "一页至多几条",
    {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    _limit,
)
CURSOR = Parameter("cursor", "上一页给出的 cursor；换了别的参数就要从头开始", _TEXT, _any_text)
