"""The references of settings and commands, made from the code itself (``make docs``); a test holds docs/ to them."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from aggregator.config.durations import format_duration
from aggregator.config.settings import CategoryConfig, Settings, SourceConfig
from gedi.cli import COMMANDS, main

_ARRAYS: dict[str, type[BaseModel]] = {"categories": CategoryConfig, "sources": SourceConfig}


def config_reference() -> str:
    """docs/config.md: every table and key with its default and meaning."""
    parts = [
        "# config.toml",
        "",
        "Made from the code by `make docs`. Only the `url` of a source and the `slug` of a category are required.",
        'Durations are written `"30s"`, `"15m"`, `"1h30m"`, `"7d"`, sizes `"512KB"`, `"5MB"`. `gedi check` names every',
        "mistake with file, line, key and source, all at once.",
    ]
    for name, field in Settings.model_fields.items():
        model = _ARRAYS.get(name) or type(field.default)
        parts += _table(f"[[{name}]]" if name in _ARRAYS else f"[{name}]", model)
        for key, inner in model.model_fields.items():
            if isinstance(inner.default, BaseModel):
                parts += _table(f"[{name}.{key}]", type(inner.default))
    return "\n".join(parts) + "\n"


def _table(header: str, model: type[BaseModel]) -> list[str]:
    head = [
        "",
        f"## {header}",
        "",
        inspect.getdoc(model) or "",
        "",
        "| key | default | meaning |",
        "| --- | --- | --- |",
    ]
    return head + [_row(key, field) for key, field in model.model_fields.items()]


def _row(key: str, field: FieldInfo) -> str:
    meaning = (field.description or "").replace("|", "\\|")
    return f"| `{key}` | {_default(field)} | {meaning} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value: Any = field.get_default(call_default_factory=True)
    if value is None or isinstance(value, BaseModel):
        return "unset"
    if hasattr(value, "total_seconds"):
        return f'`"{format_duration(value)}"`'
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return "`[]`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def cli_reference() -> str:
    """docs/cli.md: the help of every command."""
    parts = [
        "# The command line",
        "",
        "Made from the code by `make docs`. Output is for people by default, JSON with `--json`; errors are one line",
        "on stderr that says what to do. Exit status: 0 done, 1 the job failed, 2 wrong call or configuration.",
    ]
    settings = {**main.context_settings, "max_content_width": 100, "terminal_width": 100}
    context = click.Context(main, info_name="gedi", **settings)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context, max_content_width=100, terminal_width=100)
        parts += ["", f"## gedi {name}", "", "```text", command.get_help(inner), "```"]
    return "\n".join(parts) + "\n"


def write(folder: Path) -> None:
    """Bring docs/ up to date."""
    (folder / "config.md").write_text(config_reference(), "utf-8")
    (folder / "cli.md").write_text(cli_reference(), "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
