"""Check ``kind`` and [sources.select]: missing fields, invalid selectors and paths.

Works on the raw data, so that it also reports when another key of the source is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aggregator.config.checks import ConfigProblem, problem_at
from aggregator.config.settings import SelectConfig
from aggregator.model import SourceKind
from feeds.selectors import InvalidSelectorError, Selectors

_REQUIRED_KEYS: dict[SourceKind, tuple[str, ...]] = {"feed": (), "html": ("item",), "json": ("items", "title", "link")}
_FORBIDDEN_KEYS = {"feed": set(SelectConfig.model_fields) - {"article"}, "html": {"items"}, "json": {"item"}}
_HINTS = {
    "item": 'write the selector of one item, such as item = "ul.news > li"; gedi check URL proposes one',
    "items": 'write the path of the list, such as items = "data.list"',
    "title": 'write where the title stands, such as title = "title"',
    "link": 'write where the address stands, such as link = "url" or link = "https://a.example/{id}.html"',
}


def selection_checks(name: str, text: str, data: Mapping[str, Any]) -> Iterator[ConfigProblem]:
    """Yield every error in every source."""
    sources = data.get("sources", [])
    for number, source in enumerate(sources if isinstance(sources, list) else []):
        if not isinstance(source, dict) or source.get("kind", "feed") not in _REQUIRED_KEYS:
            continue
        select = source.get("select", {})
        for key, message in _problems(source.get("kind", "feed"), select if isinstance(select, dict) else {}):
            yield problem_at(name, text, data, ("sources", number, "select", key), message)


def _problems(kind: SourceKind, select: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in _REQUIRED_KEYS[kind]:
        if not select.get(key):
            yield key, f'is missing, and kind = "{kind}" needs it: {_HINTS[key]}'
    for key, value in select.items():
        if not isinstance(value, str) or not value.strip():
            continue
        if key in _FORBIDDEN_KEYS[kind]:
            yield key, f'does not go with kind = "{kind}"' + _alternative_to(kind, key)
        elif key in SelectConfig.model_fields and (problem := _selector_problem(kind, key, value.strip())):
            yield key, problem


def _alternative_to(kind: SourceKind, key: str) -> str:
    if kind == "feed":
        return '; remove it, or say kind = "html" or kind = "json"'
    return '; write "item"' if key == "items" else '; write "items"'


def _selector_problem(kind: SourceKind, key: str, value: str) -> str | None:
    # Imported here because hardly any config needs it, and every command loads the config.
    from feeds.html.parse import check_selector
    from feeds.listings.json_list import check_path

    try:
        if kind == "json" and key != "article":
            check_path(value, is_list=key == "items")
        else:
            check_selector(value, attribute=key not in ("item", "article"))
    except InvalidSelectorError as error:
        return f"{error} (found {value!r})"
    return None


def build_selection(select: SelectConfig) -> Selectors:
    """Return the selectors as the readers take them: ``item`` and ``items`` are one field."""
    said = select.model_dump(exclude_none=True)
    items = said.pop("items", None)
    return Selectors(**{**({"item": items} if items else {}), **said})
