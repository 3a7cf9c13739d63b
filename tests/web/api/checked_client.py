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
        response = self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        assert response.status_code == status, (path, response.text)
        documented = self.operation(path)["responses"][str(status)]
        if "content" in documented:
            assert response.content_type == "application/json; charset=utf-8"
            self.fits(response.json, documented["content"]["application/json"]["schema"])
        for name in documented.get("headers", {}):
            if self.document["components"]["headers"][name]["required"]:
                assert name in response.headers
        return response

    def operation(self, path: str) -> dict[str, Any]:
        requested = urlsplit(path).path
        for template, methods in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), requested):
                documented: dict[str, Any] = methods["get"]
                return documented
        raise AssertionError(f"{requested} is not described")

    def fits(self, value: Any, schema: dict[str, Any]) -> None:
        full_schema = {**schema, "components": self.document["components"]}
        checker = Draft202012Validator(full_schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        errors = [f"{list(error.absolute_path)}: {error.message}" for error in checker.iter_errors(value)]
        assert not errors, errors[:5]

    def pages(self, path: str, name: str = "items") -> list[list[dict[str, Any]]]:
        """Return all pages of a list by following ``next``."""
        result, url = [], path
        while url:
            page = self.get(url)
            result.append(page[name])
            url = page["next"] and page["next"].removeprefix("https://gedi.example")
        return result
