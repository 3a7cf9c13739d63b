"""Any request to the API fits the OpenAPI documents, and no request to any page ends with a server error.

``make requests`` tries many more: GEDI_EXAMPLES for each address.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from werkzeug.test import Client

from tests.aggregator.store.factories import copy_database, open_store
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from web import create_app, create_wsgi

POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
TOKEN = "a token of some length"
CONFIG = f'[web]\nsearches_per_minute = 0\nadmin_token = "{TOKEN}"\n'
EXAMPLES = int(os.environ.get("GEDI_EXAMPLES", "2"))  # for each address
HEADERS = {"Accept-Encoding": "identity", "Authorization": f"Bearer {TOKEN}"}
QUERY = (
    *("q", "lang", "before", "since", "page", "sort", "category", "region", "source", "within", "n", "theme", "url"),
    *("format", "maxwidth", "item", "story", "back", "done", "token", "part", "days", "letter", "state", "tab"),
    *("hub.mode", "hub.topic", "hub.challenge", "hub.lease_seconds", "hub.reason"),
)
FORM = (
    *("token", "back", "csrf", "do", "about", "text", "name", "email", "theme", "region", "lang", "number", "choice"),
    *("hub.mode", "hub.topic", "hub.callback", "hub.secret", "hub.lease_seconds"),
)
FEEDS = ("/feeds/{name}.atom", "/feeds/{name}.rss", "/feeds/{name}.json", "/feeds/{name}/archive/{number}.atom")


@dataclass(frozen=True)
class Site:
    application: Any
    rules: list[tuple[str, set[str]]]  # of Flask, and of feeds


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_store(copy_database(sqlite_template, tmp_path_factory.mktemp("world"))) as store:
        world = fixture_site.build(store, fixture_site.config(CONFIG))
        application = create_wsgi(store, world.config, clock=lambda: NOW)
        rules = [
            (rule.rule, set(rule.methods or ()))
            for rule in create_app(store, world.config, clock=lambda: NOW).url_map.iter_rules()
        ]
        yield Site(application, [*rules, *((path, {"GET", "POST"}) for path in FEEDS)])


def try_operation(found: Any, modes: Sequence[GenerationMode], examples: int, **options: Any) -> None:
    operation = found.ok()
    cases = [operation.as_strategy(generation_mode=mode) for mode in modes]

    @given(case=st.one_of(cases))
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate, Phase.shrink] if EXAMPLES > 10 else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def attempt(case: Any) -> None:
        case.call_and_validate(headers=HEADERS, **options)

    attempt()


@pytest.mark.parametrize(
    ("path", "modes"), [("/api/openapi.json", [POSITIVE, NEGATIVE]), ("/api/admin/openapi.json", [POSITIVE])]
)
def test_the_api_is_what_its_document_says(site: Site, path: str, modes: list[GenerationMode]) -> None:
    document = Client(site.application).get(path).get_json()
    document["servers"] = [{"url": "http://localhost"}]
    schema = schemathesis.openapi.from_dict(document)
    schema.app = site.application
    for operation in schema.get_all_operations():
        try_operation(
            operation, modes, EXAMPLES, excluded_checks=[positive_data_acceptance]
        )  # types say less than parsers


def test_no_request_ends_with_a_server_error(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    schema = schemathesis.openapi.from_dict(_document_of_pages(site.rules))
    schema.app = site.application
    with caplog.at_level(logging.ERROR):
        for operation in schema.get_all_operations():
            try_operation(operation, [POSITIVE], EXAMPLES // 2, checks=[is_no_failure])
    assert not caplog.records


def is_no_failure(context: Any, response: Any, case: Any) -> None:
    assert response.status_code not in (500, 502, 503, 504)


def _document_of_pages(rules: list[tuple[str, set[str]]]) -> dict[str, Any]:
    """Return a document of every route, with all parameters that any of them takes."""
    paths: dict[str, dict[str, Any]] = {}
    for rule, methods in rules:
        path = re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule)
        for method in methods & {"GET", "POST", "OPTIONS"}:
            paths.setdefault(path, {})[method.lower()] = _operation(path, method)
    return {"openapi": "3.1.0", "info": {"title": "pages", "version": "1"}, "paths": paths}


def _operation(path: str, method: str) -> dict[str, Any]:
    text = {"type": "string"}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    names = Random(path).sample(QUERY, 4) if EXAMPLES < 10 else QUERY
    parameters += [{"name": name, "in": "query", "schema": text} for name in names if method != "POST"]
    operation: dict[str, Any] = {"parameters": parameters, "responses": {"default": {"description": "any"}}}
    if method == "POST":
        form = {"type": "object", "properties": dict.fromkeys(FORM, text)}
        operation["requestBody"] = {"content": {"application/x-www-form-urlencoded": {"schema": form}}}
    return operation
