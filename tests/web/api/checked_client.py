"""A test client that validates every API response against the OpenAPI document of the service."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse


class Checked:
    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.document: dict[str, Any] = client.get("/api/openapi.json").get_json()

    def get(self, path: str, status: int = 200, **headers: str) -> Any:
        """Return the JSON of a response that matches its schema."""
        return self.fetch(path, status, **headers).json

    def fetch(self, path: str, status: int = 200, **headers: str) -> TestResponse:
        answer = self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        assert answer.status_code == status, (path, answer.text)
        described = self.operation(path)["responses"][str(status)]
        if "content" in described:
            assert answer.content_type == "application/json; charset=utf-8"
            self.fits(answer.json, described["content"]["application/json"]["schema"])
        for name in described.get("headers", {}):
            if self.document["components"]["headers"][name]["required"]:
                assert name in answer.headers
        return answer

    def operation(self, path: str) -> dict[str, Any]:
        asked = urlsplit(path).path
        for known, methods in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", known), asked):
                found: dict[str, Any] = methods["get"]
                return found
        raise AssertionError(f"{asked} is not described")

    def fits(self, value: Any, schema: dict[str, Any]) -> None:
        whole = {**schema, "components": self.document["components"]}
        checker = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
        faults = [f"{list(fault.absolute_path)}: {fault.message}" for fault in checker.iter_errors(value)]
        assert not faults, faults[:5]

    def pages(self, path: str, name: str = "items") -> list[list[dict[str, Any]]]:
        """Return all pages of a list by following ``next``."""
        found, next = [], path
        while next:
            page = self.get(next)
            found.append(page[name])
            next = page["next"] and page["next"].removeprefix("https://gedi.example")
        return found
