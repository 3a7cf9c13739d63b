"""What every answer keeps: the description, headers, refusals in words."""

from __future__ import annotations

import gzip

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from tests.web.api.checked_client import Checked
from tests.web.fixture_site import World
from web.api.endpoints import ENDPOINTS

LEAST = 1000  # bytes; shorter answers are not compressed
LISTS = [endpoint.path for endpoint in ENDPOINTS if endpoint.run_query and endpoint.name != "search"]
REFUSED = [
    ("/api/items?categry=society", "category"),
    ("/api/items?colour=red", "region"),
    ("/api/items?category=nothing", "/api/categories"),
    ("/api/items?region=999999", "/api/regions"),
    ("/api/items?source=nobody", "/api/sources"),
    ("/api/items?source=%00", "/api/sources"),
    ("/api/items?limit=0", "100"),
    ("/api/items?limit=101", "100"),
    ("/api/items?limit=-1", "100"),
    ("/api/items?limit=٣", "100"),
    ("/api/items?since=yesterday", "24h"),
    ("/api/items?before=99999999999999999999d", "24h"),
    ("/api/items?since=0001-01-01T00:00:00", "24h"),
    ("/api/items?story=x", "整数"),
    ("/api/items?reports=some", "lead"),
    ("/api/items?cursor=AAAA", "从头"),
    ("/api/items?cursor=%F0%9F%98%80", "从头"),
    ("/api/items?category=society&category=tech", "一次"),
    ("/api/items?q=%00", "词"),
    ("/api/stories?sort=rel", "hot"),
    ("/api/stories?sort=hot&since=24h", "window"),
    ("/api/stories?sort=hot&window=1y", "24h"),
    ("/api/search", "词"),
    ("/api/search?q=", "词"),
    ("/api/regions?parent=370000&q=x", "q"),
    ("/api/regions?parent=x", "代码"),
    ("/api/sources?state=happy", "failing"),
    ("/api/sources?cursor=AAAA", "从头"),
    ("/api/changes?source=jiangpan&region=370000", "一种"),
    ("/api/changes?cursor=AAAA", "从头"),
    ("/api/categories?limit=3", "不接受参数"),
]


def test_the_description_is_openapi(still: Checked) -> None:
    validate(still.document)
    assert still.document["openapi"].startswith("3.1")
    assert set(still.document["paths"]) == {endpoint.path for endpoint in ENDPOINTS}


def test_every_route_is_described_and_every_description_has_its_route(client: FlaskClient, still: Checked) -> None:
    routes = {
        rule.rule.replace("<", "{").replace(">", "}")
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith("/api/")
    }
    assert routes - {"/api/openapi.json", "/api/{path:any}"} == set(still.document["paths"])


def test_every_documented_parameter_is_taken(still: Checked, still_world: World) -> None:
    values = {
        "category": "society",
        "region": "370400",
        "source": "jiangpan",
        "story": "1",
        "since": "7d",
        "before": "2026-05-20",
        "q": "运河",
        "reports": "all",
        "sort": "time",
        "window": "7d",
        "limit": "3",
        "parent": "370000",
        "state": "ok",
    }
    for path, methods in still.document["paths"].items():
        parameters = [each for each in methods["get"]["parameters"] if each["in"] == "query"]
        needed = "&".join(f"{each['name']}={values[each['name']]}" for each in parameters if each["required"])
        for each in parameters:
            if each["name"] != "cursor":
                pair = "" if each["required"] else f"{each['name']}={values[each['name']]}"
                still.get(f"{path}?{needed}&{pair}")


@pytest.mark.parametrize(("path", "hint"), REFUSED)
def test_nonsense_is_refused_with_a_hint(still: Checked, path: str, hint: str) -> None:
    said = still.get(path, 400)
    assert hint in said["hint"]
    assert said["error"]


@pytest.mark.parametrize("path", ["/api/nothing", "/api/items/1/2", "/api/items/"])
def test_an_unknown_address_is_refused_as_json(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert set(answer.json or {}) == {"error", "hint"}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path",
    ["/api/items/0", "/api/items/x", "/api/items/99999999999999999999", "/api/stories/987654321",
     "/api/regions/123", "/api/regions/370100x", "/api/sources/nobody"],
)  # fmt: skip
def test_what_is_not_there_is_said(still: Checked, path: str) -> None:
    still.get(path, 404)


def test_only_reading_is_allowed(client: FlaskClient) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = client.open("/api/items", method=method)
        assert (answer.status_code, set(answer.json or {})) == (405, {"error", "hint"})
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", [*LISTS, "/api/search?q=x", "/api/openapi.json"])
def test_every_answer_can_be_asked_for_conditionally_and_from_anywhere(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    again = client.get(path, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).data == first.data
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    if len(first.data) < LEAST:
        assert "Content-Encoding" not in packed.headers
    else:
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.headers["ETag"] != tag
        assert gzip.decompress(packed.data) == first.data
    head = client.head(path)
    assert (head.data, head.headers["ETag"], head.content_length) == (b"", tag, len(first.data))
    for answer in (first, again, head):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
        assert "max-age" in answer.headers["Cache-Control"]
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert "Set-Cookie" not in answer.headers
    asked = client.options(path)
    assert asked.status_code == 204
    assert "If-None-Match" in asked.headers["Access-Control-Allow-Headers"]


def test_the_next_page_is_a_link(client: FlaskClient) -> None:
    answer = client.get("/api/items?limit=2&since=7d")
    assert answer.headers["Link"] == f'<{answer.get_json()["next"]}>; rel="next"'
    assert answer.get_json()["next"].startswith("https://gedi.example/api/items?since=7d&limit=2&cursor=")


def test_a_cursor_belongs_to_its_question(still: Checked) -> None:
    cursor = still.get("/api/items?limit=2&region=370000")["cursor"]
    assert still.get(f"/api/items?limit=3&region=370000&cursor={cursor}")["items"]
    still.get(f"/api/items?limit=2&cursor={cursor}", 400)
    still.get(f"/api/items?region=370000&cursor={cursor}=", 400)
    still.get(f"/api/items?region=370000&cursor={cursor[:-1]}", 400)


def test_the_page_for_people_names_every_address_and_field(client: FlaskClient, still: Checked) -> None:
    page = client.get("/api").text
    assert client.get("/api/").text.replace('value="/api/"', 'value="/api"') == page
    for path, methods in still.document["paths"].items():
        assert f"<code>GET {path}</code>" in page
        assert all(f"<code>{each['name']}</code>" in page for each in methods["get"]["parameters"])
    for schema in still.document["components"]["schemas"].values():
        assert all(f"<code>{name}</code>" in page for name in schema["properties"])
