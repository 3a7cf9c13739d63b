"""Export the sources of a config as OPML or JSON; nothing is lost, and secrets stay references."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from aggregator.config.durations import format_duration
from aggregator.config.load import Config
from aggregator.config.settings import SourceConfig
from feeds.opml import Opml, Outline, write_opml

_OPML_KEYS = {"url", "title", "language", "category"}  # keys with OPML attributes


def source_tables(config: Config) -> list[dict[str, Any]]:
    """Yield each source as its table, with values that TOML and JSON can hold and secrets as references."""
    pairs = zip(config.settings.sources, config.sources, strict=True)
    return [_source_table(source, config) | {"slug": known.slug} for source, known in pairs]


def export_opml(config: Config) -> bytes:
    """Return OPML 2.0 with a folder for each category; keys without an OPML attribute use our own."""
    folders: dict[str, list[Outline]] = {}
    for table in source_tables(config):
        folders.setdefault(table.get("category") or "", []).append(_source_outline(table))
    outlines = [
        Outline(_folder_title(config, category), children=tuple(feeds))
        for category, feeds in folders.items()
        if category
    ]
    return write_opml(Opml(f"{config.site.title}：来源", outlines=(*outlines, *folders.get("", []))))


def _source_table(source: SourceConfig, config: Config) -> dict[str, Any]:
    values = source.model_dump(exclude_defaults=True)
    plain = {name: _to_plain(value) for name, value in values.items()}
    text = json.dumps(plain, ensure_ascii=False)
    hidden: dict[str, Any] = json.loads(config.redact(text))
    return hidden


def _to_plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, tuple):
        return [_to_plain(inner) for inner in value]
    if isinstance(value, dict):
        return {name: _to_plain(inner) for name, inner in value.items() if inner is not None}
    return value


def _folder_title(config: Config, path: str) -> str:
    category = config.category_tree.find(path)
    above = config.category_tree.get(category.parent) if category and category.parent else None
    return " / ".join(part.name for part in (above, category) if part)


def _source_outline(table: dict[str, Any]) -> Outline:
    extra = [(name, value) for name, value in table.items() if name not in _OPML_KEYS]
    return Outline(
        text=table.get("title") or table["slug"],
        xml_url=table["url"],
        language=table.get("language"),
        categories=tuple(
            f"/{part}" for part in (table.get("category"), table.get("region") and f"region/{table['region']}") if part
        ),
        extra=tuple(
            (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)) for name, value in extra
        ),
    )
