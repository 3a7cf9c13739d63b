"""Properties of all API responses: OpenAPI schema, headers, error messages."""

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


def test_openapi_document_is_valid(readonly_api: Checked) -> None:
    validate(readonly_api.document)
    assert readonly_api.document["openapi"].startswith("3.1")
    assert set(readonly_api.document["paths"]) == {endpoint.path for endpoint in ENDPOINTS}


def test_routes_and_openapi_paths_match(client: FlaskClient, readonly_api: Checked) -> None:
    routes = {
        rule.rule.replace("<", "{").replace(">", "}")
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith("/api/") and not rule.rule.startswith("/api/admin/")  # has a document of its own
    }
    assert routes - {"/api/openapi.json", "/api/{path:any}"} == set(readonly_api.document["paths"])


def test_every_documented_parameter_is_accepted(readonly_api: Checked, readonly_world: World) -> None:
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
    for path, methods in readonly_api.document["paths"].items():
        parameters = [each for each in methods["get"]["parameters"] if each["in"] == "query"]
        needed = "&".join(f"{each['name']}={values[each['name']]}" for each in parameters if each["required"])
        for each in parameters:
            if each["name"] != "cursor":
                pair = "" if each["required"] else f"{each['name']}={values[each['name']]}"
                readonly_api.get(f"{path}?{needed}&{pair}")


@pytest.mark.parametrize(("path", "hint"), REFUSED)
def test_invalid_parameters_are_rejected_with_a_hint(readonly_api: Checked, path: str, hint: str) -> None:
    error = readonly_api.get(path, 400)
    assert hint in error["hint"]
    assert error["error"]


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
def test_missing_objects_return_errors(readonly_api: Checked, path: str) -> None:
    readonly_api.get(path, 404)


def test_only_read_methods_are_allowed(client: FlaskClient) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        response = client.open("/api/items", method=method)
        assert (response.status_code, set(response.json or {})) == (405, {"error", "hint"})
        assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", [*LISTS, "/api/search?q=x", "/api/openapi.json"])
def test_every_response_has_etag_and_cors_headers(client: FlaskClient, path: str) -> None:
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
    for response in (first, again, head):
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in response.headers["Access-Control-Expose-Headers"]
        assert "max-age" in response.headers["Cache-Control"]
        assert "Cookie" not in response.headers.get("Vary", "")
        assert "Set-Cookie" not in response.headers
    preflight = client.options(path)
    assert preflight.status_code == 204
    assert "If-None-Match" in preflight.headers["Access-Control-Allow-Headers"]


def test_next_page_is_a_link_header(client: FlaskClient) -> None:
    response = client.get("/api/items?limit=2&since=7d")
    assert response.headers["Link"] == f'<{response.get_json()["next"]}>; rel="next"'
    assert response.get_json()["next"].startswith("https://gedi.example/api/items?since=7d&limit=2&cursor=")


def test_cursor_is_bound_to_its_query(readonly_api: Checked) -> None:
    cursor = readonly_api.get("/api/items?limit=2&region=370000")["cursor"]
    assert readonly_api.get(f"/api/items?limit=3&region=370000&cursor={cursor}")["items"]
    readonly_api.get(f"/api/items?limit=2&cursor={cursor}", 400)
    readonly_api.get(f"/api/items?region=370000&cursor={cursor}=", 400)
    readonly_api.get(f"/api/items?region=370000&cursor={cursor[:-1]}", 400)


def test_api_page_lists_every_path_and_field(client: FlaskClient, readonly_api: Checked) -> None:
    page = client.get("/api").text
    assert client.get("/api/").text.replace('value="/api/"', 'value="/api"') == page
    for path, methods in readonly_api.document["paths"].items():
        assert f"<code>GET {path}</code>" in page
        assert all(f"<code>{each['name']}</code>" in page for each in methods["get"]["parameters"])
    for schema in readonly_api.document["components"]["schemas"].values():
        assert all(f"<code>{name}</code>" in page for name in schema["properties"])
