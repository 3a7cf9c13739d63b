"""The OpenAPI 3.1 document of /api/admin."""

from __future__ import annotations

from typing import Any

from aggregator import VERSION
from aggregator.model.moderation import QUEUES

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_NULLABLE: Schema = {"type": ["string", "null"]}
_NUMBER: Schema = {"type": "integer", "minimum": 0}
_TIME: Schema = {"type": "string", "format": "date-time"}
_NAME: Schema = {"name": "name", "in": "path", "required": True, "schema": {"enum": list(QUEUES)}}
_ID: Schema = {"name": "id", "in": "path", "required": True, "schema": _NUMBER}
_LIMIT: Schema = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 200}}


def queue_openapi(title: str, url: str) -> Schema:
    """Return the document as a JSON-compatible value."""
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{title} admin API", "version": VERSION, "description": "Queues, decisions and their log."},
        "servers": [{"url": url or "/"}],
        "security": [{"token": []}],
        "paths": {
            "/api/admin/queues": {"get": _operation("queues", "The queues and their lengths", "Queues")},
            "/api/admin/queues/{name}": {
                "get": _operation("queue", "The entries of a queue, newest first", "Entries", (_NAME, _LIMIT)),
                "post": _operation("decide", "Decide about an entry", "Result", (_NAME,), body="Decision"),
            },
            "/api/admin/actions": {
                "get": _operation("actions", "The log, latest first", "Actions", (_LIMIT, _before()))
            },
            "/api/admin/actions/{id}/undo": {"post": _operation("undo", "Undo an action", "Result", (_ID,))},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
        },
    }


def _before() -> Schema:
    return {"name": "before", "in": "query", "description": "only actions with a smaller id", "schema": _NUMBER}


def _operation(
    name: str, summary: str, schema: str, parameters: tuple[Schema, ...] = (), body: str | None = None
) -> Schema:
    responses = {
        "200": {"description": "done", "content": _content(schema)},
        "401": {"description": "no token of an admin"},
    }
    if name == "decide":
        responses["422"] = {"description": "no such subject or choice", "content": _content("Error")}
    if name == "undo":
        responses |= {
            "404": {"description": "no such action", "content": _content("Error")},
            "409": {"description": "undone already, final, or changed since", "content": _content("Error")},
        }
    operation: Schema = {"operationId": name, "summary": summary, "parameters": [*parameters], "responses": responses}
    return operation | ({"requestBody": {"required": True, "content": _content(body)}} if body else {})


def _content(schema: str) -> Schema:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _schemas() -> Schema:
    def listed(name: str) -> Schema:
        return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}

    return {
        "Queues": _object(queues=listed("Queue")),
        "Queue": _object(name={"enum": list(QUEUES)}, entries=_NUMBER),
        "Entries": _object(entries=listed("Entry")),
        "Entry": _object(
            queue={"enum": list(QUEUES)}, subject=_TEXT, at=_TIME, title=_TEXT, url=_NULLABLE, path=_NULLABLE,
            source=_TEXT, about=_TEXT, merged_with=_NULLABLE, choices={"type": "array", "items": _TEXT},
        ),
        "Decision": _object(subject=_TEXT, choice=_TEXT),
        "Actions": _object(actions=listed("Action")),
        "Action": _object(
            id=_NUMBER, at=_TIME, who=_TEXT, via={"enum": ["site", "command", "api"]}, action=_TEXT, subject=_TEXT,
            title=_TEXT, before=_NULLABLE, after=_NULLABLE, can_undo={"type": "boolean"},
            undone_by={"type": ["integer", "null"]},
        ),
        "Result": _object(action={"$ref": "#/components/schemas/Action"}),
        "Error": {"type": "object", "properties": {"error": _TEXT, "hint": _TEXT}, "required": ["error"]},
    }  # fmt: skip


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
