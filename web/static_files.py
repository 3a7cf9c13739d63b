"""The few files under /static, held in memory; their addresses carry a version of the content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flask import Flask, Response, abort, request

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
YEAR = 31_536_000  # seconds


@dataclass(frozen=True, slots=True)
class File:
    body: bytes
    type: str
    version: str


def load() -> dict[str, File]:
    """Every file by name."""
    return {
        path.name: File(body, TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:10])
        for path in sorted(FOLDER.iterdir())
        if path.suffix in TYPES and (body := path.read_bytes())
    }


def install(app: Flask, files: dict[str, File]) -> None:
    app.jinja_env.globals["static"] = lambda name: f"/static/{name}?v={files[name].version}"
    app.add_url_rule("/static/<name>", "static", partial(serve, files))


def serve(files: dict[str, File], name: str) -> Response:
    file = files.get(name)
    if file is None:
        abort(404)
    answer = Response(file.body, content_type=file.type)
    answer.set_etag(file.version)
    current = request.args.get("v") == file.version
    answer.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if current else "public, max-age=3600"
    return answer
