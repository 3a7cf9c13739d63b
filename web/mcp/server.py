"""The MCP server over stdio and streamable HTTP: the only importer of the SDK and of its web server."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import anyio
import uvicorn
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from aggregator import VERSION
from web.api.responses import ApiError
from web.mcp.tools import TOOLS, call_tool
from web.site import Site

log = logging.getLogger(__name__)

PATH = "/mcp"
MAX_CALLS = 4  # at the same time; each takes a thread and a connection of the database
MAX_REQUEST_BYTES = 100_000
_LOCAL = ("127.0.0.1", "localhost", "[::1]")
_EVERY_ADDRESS = ("0.0.0.0", "::")
_INSTRUCTIONS = """各地新闻：各地媒体的新闻，按事件归并，有分类（category）和地区（region，六位行政区划代码）。
引用时请署名来源（source_title）并链接原文（url）；摘要和全文的范围由来源许可（content）。
Regional news grouped by story, with category and region (GB/T 2260 code).
When quoting, credit source_title and link url."""


def build_server(site: Callable[[], Site]) -> Server[Any]:
    """Return a server of all tools over the site that ``site`` returns, which may change with the config."""
    limiter = anyio.CapacityLimiter(MAX_CALLS)

    async def list_tools(context: ServerRequestContext[Any], params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=_tools())

    async def call(context: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
        work = partial(_call, site(), params.name, params.arguments or {})
        return await anyio.to_thread.run_sync(work, limiter=limiter)

    return Server(
        "gedi",
        version=VERSION,
        title=site().title,
        instructions=_INSTRUCTIONS,
        website_url=site().url or None,
        on_list_tools=list_tools,
        on_call_tool=call,
    )


def _tools() -> list[Tool]:
    return [
        Tool(
            name=tool.name,
            title=tool.title,
            description=tool.description,
            input_schema=tool.input_schema,
            output_schema=tool.output_schema,
            annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
        )
        for tool in TOOLS
    ]


def _call(site: Site, name: str, arguments: dict[str, Any]) -> CallToolResult:
    """Run a tool in a thread; an error is a result, so that the model can correct its call."""
    try:
        result = call_tool(site, name, arguments)
    except Exception:
        log.exception("tool_failed name=%r", name)
        result = ApiError("服务出错了", "错误已经记下，请过几分钟再试。", 500)
    if isinstance(result, ApiError):
        return CallToolResult(content=[TextContent(text=f"{result.error}。{result.hint}")], is_error=True)
    text = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
    return CallToolResult(content=[TextContent(text=text)], structured_content=result)


def serve_stdio(server: Server[Any]) -> None:
    """Serve the client at stdin and stdout until it closes them."""

    async def serve() -> None:
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())

    anyio.run(serve)


def serve_http(server: Server[Any], host: str, port: int, site_url: str) -> None:
    """Serve any number of clients at /mcp until SIGTERM or SIGINT, without sessions: every call stands alone."""
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=MAX_REQUEST_BYTES,
        transport_security=_security(host, site_url),
    )
    uvicorn.run(app, host=host, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=3)


def _security(host: str, site_url: str) -> TransportSecuritySettings:
    """Return which Host and Origin headers are accepted, against DNS rebinding; all if it listens on every address."""
    if host in _EVERY_ADDRESS:
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    public = urlsplit(site_url)
    hosts = [*_LOCAL, f"[{host}]" if ":" in host else host, *([public.netloc] if public.netloc else [])]
    names = [form for name in dict.fromkeys(hosts) for form in (name, f"{name}:*")]
    origins = [f"{scheme}://{name}" for name in names for scheme in ("http", "https")]
    return TransportSecuritySettings(allowed_hosts=names, allowed_origins=origins)
