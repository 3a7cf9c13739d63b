"""The table of tools: each runs an endpoint of the API, with the same parameters, checks and results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from web.api.endpoints import ENDPOINTS, Endpoint, run
from web.api.responses import ApiError
from web.api.schemas import SCHEMAS
from web.site import Site
from web.views.text import clean_input

DEFAULT_LIMIT = 10
MAX_LIMIT = 50  # half of the API's: a list has to fit into the context of a model
_REF = "#/components/schemas/"
_LIMIT_SCHEMA = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
_BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}


@dataclass(frozen=True, slots=True)
class ApiTool:
    """A tool. ``fixed`` are parameters of its endpoint that it sets, ``hidden`` those that it does not have."""

    name: str
    endpoint: Endpoint
    title: str
    description: str
    fixed: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()

    @property
    def input_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the arguments: the parameters of the endpoint with the limits of tools."""
        properties: dict[str, Any] = {}
        required = []
        if self.endpoint.path_key:
            properties[self.endpoint.path_key] = {"type": "integer", "minimum": 0, "description": "编号，见列表里的 id"}
            properties["limit"] = {**_LIMIT_SCHEMA, "description": "至多几条报道，先发布的在前"}
            required.append(self.endpoint.path_key)
        for parameter in self.endpoint.parameters:
            if parameter.name not in self.fixed and parameter.name not in self.hidden:
                schema = _LIMIT_SCHEMA if parameter.name == "limit" else parameter.schema
                properties[parameter.name] = {**schema, "description": parameter.description}
                required += [parameter.name] if parameter.required else []
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    @property
    def output_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the result: the one of the API, with the schemas that it refers to."""
        used: dict[str, Any] = {}
        _collect(self.endpoint.schema, used)
        return {**used.pop(self.endpoint.schema), "$defs": used}


def _collect(name: str, used: dict[str, Any]) -> None:
    """Add a schema of the API and all that it refers to, with references to ``$defs``."""
    if name in used:
        return
    text = json.dumps(SCHEMAS[name], ensure_ascii=False)
    used[name] = json.loads(text.replace(_REF, "#/$defs/"))
    for other in SCHEMAS:
        if f'"{_REF}{other}"' in text:
            _collect(other, used)


TOOLS = (
    ApiTool(
        "search", _BY_NAME["search"], "搜索新闻 / Search news",
        "按词语全文搜索新闻，可限分类、地区、来源和时间。"
        " Full-text search of news items; words are matched in title and text.",
    ),
    ApiTool(
        "items", _BY_NAME["items"], "最新新闻 / Latest items",
        "新闻，最新发布的在前；默认每个事件只给一条。 News items, newest first, by default one of each story.",
        hidden=("q",),
    ),
    ApiTool(
        "stories", _BY_NAME["stories"], "最新事件 / Latest stories",
        "事件（同一件事的报道归在一起），最新的在前。 Stories, each with all reports of one event, newest first.",
        hidden=("sort", "window"),
    ),
    ApiTool(
        "hot", _BY_NAME["stories"], "热门事件 / Hot stories",
        "报道媒体最多、最近的事件，热度高的在前。 Stories by breadth and recency of their coverage.",
        fixed={"sort": "hot"}, hidden=("cursor", "since", "before"),
    ),
    ApiTool(
        "story", _BY_NAME["story"], "一个事件 / One story",
        "一个事件和它的报道，按发布时间排列；来源许可时带全文（html）。"
        " One story with its reports in order of publication, with the full text (html) where the source permits it.",
    ),
    ApiTool(
        "sources", _BY_NAME["sources"], "来源媒体 / Sources",
        "来源媒体和它们的抓取状态，按 slug 排列。 The outlets and the state of their feeds, by slug.",
    ),
)  # fmt: skip


def call_tool(site: Site, name: str, arguments: Mapping[str, Any]) -> dict[str, Any] | ApiError:
    """Return the result of a tool, which is JSON of the API, or the reason why there is none.

    The full text of items is left out of lists: ``html`` is null in all but the reports of a story.
    """
    tool = next((tool for tool in TOOLS if tool.name == name), None)
    if tool is None:
        return ApiError(
            f"没有工具 “{clean_input(name, 40)}”", f"可用的工具：{'、'.join(each.name for each in TOOLS)}。"
        )
    args = _as_parameters(tool, arguments)
    if isinstance(args, ApiError):
        return args
    limit = int(args["limit"])
    key = args.pop(tool.endpoint.path_key, "") if tool.endpoint.path_key else ""
    if tool.endpoint.path_key:
        del args["limit"]  # of the reports, which the endpoint does not limit
    result = run(site, tool.endpoint, MultiDict({**args, **tool.fixed}), key)
    if isinstance(result, ApiError):
        return result
    if "reports" in result:
        return {**result, "lead": _without_text(result["lead"]), "reports": result["reports"][:limit]}
    return {name: _shorten(value) for name, value in result.items()}


def _as_parameters(tool: ApiTool, arguments: Mapping[str, Any]) -> dict[str, str] | ApiError:
    """Return the arguments as parameters of the endpoint, with a limit; null means that an argument is not given."""
    known = tool.input_schema
    values: dict[str, str] = {}
    for name, value in arguments.items():
        if name not in known["properties"]:
            hint = f"可用的参数：{'、'.join(known['properties'])}。"
            return ApiError(f"没有参数 “{clean_input(name, 40)}”", hint)
        if isinstance(value, bool) or not isinstance(value, (str, int, type(None))):
            return ApiError(f"参数 {name} 要写成文字或整数", str(known["properties"][name]["description"]))
        if value is not None:
            values[name] = str(value)
    for name in known["required"]:
        if not values.get(name, "").strip():
            return ApiError(f"缺少参数 {name}", str(known["properties"][name]["description"]))
    limit = values.setdefault("limit", str(DEFAULT_LIMIT)).strip()
    if not (limit.isascii() and limit.isdecimal() and len(limit) <= 3 and 1 <= int(limit) <= MAX_LIMIT):
        return ApiError(f"limit 不能是 “{clean_input(limit, 40)}”", f"请写 1 到 {MAX_LIMIT} 的整数。")
    return values


def _shorten(value: Any) -> Any:
    """Return a field of a list result without the full texts of its items."""
    if not isinstance(value, list):
        return value
    return [
        {
            **_without_text(entry),
            **({"lead": _without_text(entry["lead"])} if isinstance(entry.get("lead"), dict) else {}),
        }
        for entry in value
    ]


def _without_text(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "html": None} if "html" in entry else entry
