"""The few files under /static, held in memory in every coding; their addresses carry a version of the content."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from flask import Flask, Response, abort, request

from web.http.compression import packed_once, wanted
from web.http.negotiation import IDENTITY

FOLDER = Path(__file__).parents[1] / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
YEAR = 31_536_000  # seconds


@dataclass(frozen=True, slots=True)
class File:
    body: bytes
    type: str
    version: str
    packed: dict[str, bytes]  # by content coding


def load() -> dict[str, File]:
    """Every file by name."""
    return {path.name: _read(path) for path in sorted(FOLDER.iterdir()) if path.suffix in TYPES}


def _read(path: Path) -> File:
    body = path.read_bytes()
    if path.suffix == ".css":
        body = without_comments(body)
    return File(body, TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:10], packed_once(body))


def without_comments(css: bytes) -> bytes:
    """A stylesheet without what only its writers read: comments and indentation."""
    return re.sub(rb"\s*\n\s*", b"\n", re.sub(rb"/\*.*?\*/", b"", css, flags=re.DOTALL)).strip()


def install(app: Flask, files: dict[str, File]) -> None:
    app.jinja_env.globals["static"] = lambda name: f"/static/{name}?v={files[name].version}"
    app.jinja_env.globals["static_data"] = lambda name: data_address(files[name])
    app.add_url_rule("/static/<name>", "static", partial(serve, files))


def data_address(file: File) -> str:
    """A small text file as an address that is not asked for (RFC 2397)."""
    escaped = quote(file.body.decode().strip(), safe="=/:'")
    return f"data:{file.type},{escaped}"


def serve(files: dict[str, File], name: str) -> Response:
    file = files.get(name)
    if file is None:
        abort(404)
    coding = wanted(tuple(coding for coding in file.packed if coding != IDENTITY))
    answer = Response(file.packed[coding], content_type=file.type)
    if coding != IDENTITY:
        answer.headers["Content-Encoding"] = coding
    answer.set_etag(file.version if coding == IDENTITY else f"{file.version}-{coding}")
    current = request.args.get("v") == file.version
    answer.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if current else "public, max-age=3600"
    return answer
