"""Static files, held in memory in every content coding; their URLs contain a version of the content."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from flask import Flask, Response, abort, current_app, request

from aggregator.config.logo import Logo
from web.http.compression import accepted_coding, compress_static
from web.http.negotiation import IDENTITY

STATIC_FOLDER = Path(__file__).parents[1] / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/vnd.microsoft.icon",
}
# Clients ask for these below the root unasked: for feeds, which cannot name an icon, and for home screens.
ROOT_FILES = ("favicon.ico", "apple-touch-icon.png")
STATIC_EXTENSION = "static_files"  # name under which the application keeps the files
DAY = 86_400  # seconds
YEAR = 31_536_000  # seconds


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A static file: content, type, version and encoded bodies."""

    body: bytes
    type: str
    version: str
    bodies: Mapping[str, bytes]  # by content coding


def load_files() -> dict[str, StaticFile]:
    """Return every static file by name."""
    return {path.name: _read(path) for path in sorted(STATIC_FOLDER.iterdir()) if path.suffix in TYPES}


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    return _file(strip_comments(body) if path.suffix == ".css" else body, TYPES[path.suffix])


def _file(body: bytes, type: str) -> StaticFile:
    return StaticFile(body, type, hashlib.sha256(body).hexdigest()[:10], compress_static(body))


def with_logo(files: dict[str, StaticFile], logo: Logo) -> dict[str, StaticFile]:
    """Return the files with the logo in the style sheet, so that it is loaded once and without a request of its own."""
    picture = f"data:{logo.type};base64,{base64.b64encode(logo.body).decode()}"
    rule = f'\n.brand.logo{{background-image:url("{picture}");width:{logo.aspect}em}}'
    style = files["style.css"]
    return {**files, "style.css": _file(style.body + rule.encode(), style.type)}


def strip_comments(css: bytes) -> bytes:
    """Return a stylesheet without comments and indentation."""
    return re.sub(rb"\s*\n\s*", b"\n", re.sub(rb"/\*.*?\*/", b"", css, flags=re.DOTALL)).strip()


def install(app: Flask, files: dict[str, StaticFile]) -> None:
    """Register the route of the static files and their template helpers."""
    app.extensions[STATIC_EXTENSION] = files
    app.jinja_env.globals["static"] = static_url
    app.jinja_env.globals["static_data"] = lambda name: data_url(files[name])
    app.add_url_rule("/static/<name>", "static", view_func := partial(serve_file, files))
    root_names = ",".join(f'"{name}"' for name in ROOT_FILES)
    app.add_url_rule(f"/<any({root_names}):name>", "static", view_func)


def static_url(name: str) -> str:
    """Return the versioned path of a static file of the current application."""
    files: dict[str, StaticFile] = current_app.extensions[STATIC_EXTENSION]
    return f"/static/{name}?v={files[name].version}"


def data_url(file: StaticFile) -> str:
    """Return a small text file as a data: URL, which needs no request (RFC 2397)."""
    escaped = quote(file.body.decode().strip(), safe="=/:'")
    return f"data:{file.type},{escaped}"


def serve_file(files: dict[str, StaticFile], name: str) -> Response:
    """Return a static file in the negotiated coding; 404 if it does not exist.

    Its response is immutable if the URL contains the current version.
    """
    file = files.get(name)
    if file is None:
        abort(404)
    coding = accepted_coding(tuple(coding for coding in file.bodies if coding != IDENTITY))
    response = Response(file.bodies[coding], content_type=file.type)
    if coding != IDENTITY:
        response.headers["Content-Encoding"] = coding
    response.set_etag(file.version if coding == IDENTITY else f"{file.version}-{coding}")
    is_current = request.args.get("v") == file.version
    lifetime = f"{YEAR}, immutable" if is_current else DAY if name in ROOT_FILES else 3600
    response.headers["Cache-Control"] = f"public, max-age={lifetime}"
    return response
