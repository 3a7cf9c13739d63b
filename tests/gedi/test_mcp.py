"""``gedi mcp``: the tools over stdio and HTTP, as the client of the SDK sees them."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from mcp import Client, StdioServerParameters, stdio_client
from mcp.types import CallToolResult

from aggregator.store import Store
from gedi.cli import main
from tests.clock import now
from tests.gedi.processes import environ, eventually, free_port, get, run_gedi
from tests.web import fixture_site
from tests.web.fixture_site import World
from web import create_app
from web.mcp.tools import TOOLS, call_tool

pytestmark = [pytest.mark.timeout(120), pytest.mark.clock(every=0)]

CALLS: tuple[tuple[str, dict[str, Any], str], ...] = (  # tool, arguments, the same request to the API
    ("search", {"q": "枣庄", "limit": 5}, "/api/search?q=枣庄&limit=5"),
    ("items", {"region": "370400", "limit": 3}, "/api/items?region=370400&limit=3"),
    ("stories", {"limit": 4, "category": None}, "/api/stories?limit=4"),
    ("hot", {"window": "7d"}, "/api/stories?sort=hot&window=7d&limit=10"),
    ("sources", {"limit": 2}, "/api/sources?limit=2"),
)


@pytest.fixture
def filled(store: Store) -> World:
    return fixture_site.build(store, now=now())


def without_text(value: Any) -> Any:
    """Return JSON of the API without the full texts of items."""
    if isinstance(value, dict):
        return {name: None if name == "html" else without_text(each) for name, each in value.items()}
    return [without_text(each) for each in value] if isinstance(value, list) else value


def test_every_tool_answers_as_the_api_does(filled: World, database_url: str, tmp_path: Path) -> None:
    """The real command against the API over the same store: over stdio on SQLite, over HTTP on PostgreSQL."""
    config = tmp_path / "config.toml"
    config.write_text(f'{fixture_site.CONFIG}[database]\nurl = "{database_url}"\n')
    if database_url.startswith("sqlite"):
        command = ["-m", "gedi", "mcp", "--config", str(config)]
        parameters = StdioServerParameters(command=sys.executable, args=command, env=environ())
        anyio.run(compare_with_api, Client(stdio_client(parameters)), filled)
        return
    port = free_port()
    with run_gedi("mcp", "--http", "--port", str(port), "--config", str(config), cwd=tmp_path) as process:
        assert eventually(lambda: get(f"http://127.0.0.1:{port}/mcp")[0] != 0)
        anyio.run(compare_with_api, Client(f"http://127.0.0.1:{port}/mcp"), filled)
        process.terminate()
        assert process.wait(10) in (0, -15)


async def compare_with_api(client: Client, filled: World) -> None:
    api = create_app(filled.store, filled.config, clock=now).test_client()
    async with client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"search", "stories", "story", "hot", "items", "sources"}
        for name, arguments, path in CALLS:
            result = await client.call_tool(name, arguments)
            assert not result.is_error, (name, result.content)
            assert result.structured_content == without_text(api.get(path).get_json()), name
        story = await client.call_tool("story", {"id": filled.story})
        check_story(story, api.get(f"/api/stories/{filled.story}").get_json())
        Draft202012Validator(tools["story"].output_schema or {}).validate(story.structured_content)
        wrong = await client.call_tool("items", {"categry": "society"})
        assert wrong.is_error
        assert "categry" in str(wrong.content)


def check_story(result: CallToolResult, expected: dict[str, Any]) -> None:
    """The reports of a story have the full text where the source permits it, and only there."""
    story = result.structured_content
    assert story == {**expected, "lead": without_text(expected["lead"])}
    assert all(report["html"] is None for report in story["reports"] if report["content"] == "excerpt")


WRONG: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("search", {}, "缺少参数 q"),
    ("search", {"q": "  "}, "缺少参数 q"),
    ("items", {"limit": 51}, "limit"),
    ("items", {"limit": True}, "limit"),
    ("items", {"since": {"a": 1}}, "since"),
    ("hot", {"cursor": "x"}, "cursor"),
    ("story", {"id": 999999}, "没有这个事件"),
    ("story", {"id": "x"}, "编号"),
    ("nothing", {}, "没有工具"),
)


def test_wrong_calls_say_what_to_do(new_sqlite: str) -> None:
    with closing(Store.open(new_sqlite, migrate=False)) as store:
        site = create_app(store, fixture_site.config(), clock=now).extensions["site"]
        for tool, arguments, expected in WRONG:
            answer = call_tool(site, tool, arguments)
            assert not isinstance(answer, dict)
            assert expected in answer.error + answer.hint


def test_schemas_are_valid_and_complete() -> None:
    for tool in TOOLS:
        for schema in (tool.input_schema, tool.output_schema):
            Draft202012Validator.check_schema(schema)
            assert "components" not in str(schema)
        assert "limit" in tool.input_schema["properties"]


def test_missing_sdk_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "web.mcp.server", raising=False)
    monkeypatch.setitem(sys.modules, "mcp.server.context", None)
    answer = CliRunner().invoke(main, ["mcp"])
    assert answer.exit_code == 2
    assert 'pip install "gedi-news[mcp]"' in answer.output
