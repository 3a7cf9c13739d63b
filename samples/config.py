"""The demo's config.toml, as an admin would write it."""

from __future__ import annotations

import json
from pathlib import Path

from samples.outlets import OUTLETS, Outlet

HEAD = """# The demo's settings: everything on this machine, everything quick.

[site]
title = "各地新闻"
url = "http://127.0.0.1:{port}"
language = "zh-CN"

[database]
url = "sqlite:///gedi.db"  # beside this file, in {folder}

[web]
host = "127.0.0.1"
port = {port}
{admins}
[polling]
interval = "5s"
minimum = "2s"
maximum = "30s"
timeout = "15s"
concurrency = 16
per_host = 16
spacing = "0s"
allow = ["127.0.0.0/8"]

[publishing]
content = "full"
"""


def demo_config(server_url: str, port: int, folder: Path, token: str | None = None) -> str:
    """Return a config.toml that polls every sample outlet at ``server_url`` and serves the site on ``port``.

    ``token`` opens /admin.
    """
    admins = f'admins = [{{ name = "demo", token = "{token}" }}]  # for /admin\n' if token else ""
    head = HEAD.format(port=port, folder=folder, admins=admins)
    return head + "".join(_source(server_url, outlet) for outlet in OUTLETS)


def _source(server_url: str, outlet: Outlet) -> str:
    lines = ["", "[[sources]]", f"url = {_quoted(server_url + outlet.address)}"]
    lines += [f"slug = {_quoted(outlet.slug)}", f"title = {_quoted(outlet.title)}"]
    if outlet.scope_in_config and outlet.category:
        lines.append(f"category = {_quoted(outlet.category)}")
    if outlet.scope_in_config and outlet.region:
        lines.append(f"region = {_quoted(outlet.region)}")
    if outlet.traditional:
        lines.append('language = "zh-TW"')
    if not outlet.has_full_text:
        lines.append('content = "excerpt"')
    if not outlet.enabled:
        lines.append("enabled = false")
    if outlet.exclude:
        lines.append(f"exclude = [{', '.join(map(_quoted, outlet.exclude))}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return a TOML basic string; for these texts the same as JSON's."""
    return json.dumps(text, ensure_ascii=False)
