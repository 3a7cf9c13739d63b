"""Errors of a config file, each with its line, key, source and remedy."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from aggregator.config.logo import read_logo
from aggregator.config.messages import syntax_message, value_message
from aggregator.config.settings import NATIONAL, PollingSettings, SelectConfig, Settings
from aggregator.config.toml_positions import Key, line_of, position_of
from aggregator.fetching.rsshub import is_route
from aggregator.model import SourceKind
from aggregator.reference.categories import CategoryTree
from aggregator.reference.gazetteer import Gazetteer
from aggregator.texts import Phrase, reason_of
from feeds.selectors import InvalidSelectorError, Selectors

_SECRET_KEYS = frozenset({"headers", "auth", "proxy", "body", "admin_token", "token"})  # whose values are not repeated

NO_INSTANCE = Phrase(
    'is a route of RSSHub; write the address of an instance as [polling] rsshub = "https://rsshub.example.org"'
)


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One error. ``line`` is None if it concerns the whole file."""

    file: str
    line: int | None
    key: str
    message: str
    source: str | None = None
    column: int | None = None  # from 1

    def __str__(self) -> str:
        return str(self.text)

    @property
    def text(self) -> Phrase:
        """Return place, key, source and message."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        if self.key and self.source:
            return Phrase(
                "{place}: {key} (source {source}): {message}",
                place=place,
                key=self.key,
                source=self.source,
                message=self.message,
            )
        where = f"{place}: {self.key}:" if self.key else f"{place}:"
        return Phrase("{where} {message}", where=where, message=self.message)


class ConfigErrors(Exception):
    """All errors of a config file. ``places`` are those of the sources that it names, if they are known."""

    def __init__(self, problems: list[ConfigProblem], places: tuple[str, ...] | None = None) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
        self.places = places


def syntax_problem(name: str, error: tomllib.TOMLDecodeError, text: str) -> ConfigProblem:
    match = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    line, column = (int(match[1]), int(match[2])) if match else (text.count("\n") + 1, None)
    written = text.split("\n")[line - 1] if line <= text.count("\n") + 1 else ""
    message = syntax_message(str(error), written)
    shown = (
        Phrase("not valid TOML at column {column}: {message}", column=column, message=message)
        if column
        else Phrase("not valid TOML at the end of the file: {message}", message=message)
    )
    return ConfigProblem(name, line, "", shown, column=column)


def problem_at(name: str, text: str, data: Mapping[str, Any], key: Key, message: str) -> ConfigProblem:
    """Return an error at a key, with its position and the source it belongs to."""
    line, column = position_of(text, key) or (None, None)
    return ConfigProblem(name, line, _dotted_key(key), message, _source_name(data, key), column)


def problem_from_pydantic(name: str, text: str, data: Mapping[str, Any], detail: Any) -> ConfigProblem:
    """Return a pydantic error as ours; ``data`` is the file as written, so that no secret is repeated."""
    location: Key = tuple(detail["loc"])
    message = value_message(detail["type"], detail["msg"], detail.get("ctx", {}))
    if detail["type"] == "extra_forbidden":
        message = Phrase(
            "there is no such setting; {hint}",
            hint=suggest_nearest(str(location[-1]), _known_keys(location[:-1])),
        )
    elif detail["type"] != "missing":
        found = _value_at(data, location)
        if found is not None and not isinstance(found, (dict, list)) and _SECRET_KEYS.isdisjoint(location):
            message = Phrase("{message} (found {found!r})", message=message, found=found)
    return problem_at(name, text, data, location, message)


def _value_at(data: Any, location: Key) -> Any:
    for part in location:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _dotted_key(location: Key) -> str:
    parts = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location)
    return parts.removeprefix(".")


def _source_name(data: Mapping[str, Any], location: Key) -> str | None:
    if len(location) < 2 or location[0] != "sources" or not isinstance(location[1], int):
        return None
    source = _value_at(data, location[:2])
    if not isinstance(source, dict):
        return None
    return next((str(source[key]) for key in ("slug", "title", "url") if source.get(key)), None)


def _known_keys(location: Key) -> list[str]:
    model: type[BaseModel] = Settings
    for part in location:
        if isinstance(part, str) and part in model.model_fields:
            annotation = model.model_fields[part].annotation
            kinds = [annotation, *get_args(annotation)]
            model = next(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel))
    return list(model.model_fields)


def suggest_nearest(word: str | None, known: list[str]) -> Phrase:
    close = difflib.get_close_matches(word or "", known, n=1)
    return (
        Phrase('did you mean "{name}"?', name=close[0])
        if close
        else Phrase("known are: {names}", names=", ".join(known))
    )


def logo_checks(
    name: str, text: str, data: Mapping[str, Any], folder: Path, written: Mapping[str, Any]
) -> Iterator[ConfigProblem]:
    """Yield why [site] logo cannot be shown. ``data`` has the references resolved that are in ``written``."""
    location = ("site", "logo")
    logo = _value_at(data, location)
    if not isinstance(logo, str) or not logo.strip():
        return
    try:
        read_logo(folder / logo.strip())
    except (ValueError, OSError) as error:
        reason = (
            Phrase("cannot be read: {reason}", reason=reason_of(error)) if isinstance(error, OSError) else error.args[0]
        )
        yield problem_at(
            name,
            text,
            data,
            location,
            Phrase("{message} (found {found!r})", message=reason, found=_value_at(written, location)),
        )


def cross_checks(name: str, text: str, data: Mapping[str, Any]) -> Iterator[ConfigProblem]:
    """Yield errors between keys: contradicting limits, duplicate sources, unknown regions.

    Works on the raw data, so that it also reports when a single key is invalid.
    """
    polling = data.get("polling")
    if isinstance(polling, dict):
        yield from _interval_checks(name, text, data, polling)
    seen: dict[tuple[str, str], int] = {}
    for number, source in raw_sources(data):
        for key in ("url", "slug"):
            value = source.get(key)
            if not isinstance(value, str):
                continue
            first = seen.setdefault((key, value), number)
            if first != number:
                line = line_of(text, ("sources", first, key))
                message = Phrase(
                    '"{value}" is there already, in line {line}; remove one, or change it', value=value, line=line
                )
                yield problem_at(name, text, data, ("sources", number, key), message)
        region = source.get("region")
        if isinstance(region, str) and "${" not in region and (wrong := region_problem(region.strip())):
            yield problem_at(name, text, data, ("sources", number, "region"), wrong)


def route_checks(name: str, text: str, data: Mapping[str, Any], *, has_instance: bool) -> Iterator[ConfigProblem]:
    """Yield the routes of RSSHub that no instance serves."""
    for number, source in () if has_instance else raw_sources(data):
        if isinstance(url := source.get("url"), str) and is_route(url.strip()):
            yield problem_at(name, text, data, ("sources", number, "url"), NO_INSTANCE)


def category_checks(name: str, text: str, data: Mapping[str, Any], tree: CategoryTree) -> Iterator[ConfigProblem]:
    """Yield sources whose category is not in the tree."""
    for number, source in raw_sources(data):
        wanted = source.get("category")
        if isinstance(wanted, str) and wanted and "${" not in wanted and tree.find(wanted.strip()) is None:
            same = next((category.path for category in tree if category.name == wanted.strip()), None)
            hint = (
                Phrase('write its path, "{same}"', same=same)
                if same
                else suggest_nearest(wanted, [category.path for category in tree])
            )
            message = Phrase('there is no category "{category}"; {hint}', category=wanted, hint=hint)
            yield problem_at(name, text, data, ("sources", number, "category"), message)


def raw_sources(data: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Return the tables under ``sources`` with their numbers from 0, whatever else is there."""
    sources = data.get("sources", [])
    for number, source in enumerate(sources if isinstance(sources, list) else []):
        if isinstance(source, dict):
            yield number, source


def url_key(url: str) -> str:
    """Return a key that is equal for addresses of one document: without scheme, "www." and a trailing slash."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:
        return url.strip()
    end = f":{port}" if port not in (None, 80, 443) else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{end}{parts.path.rstrip('/')}{query}"


def region_problem(region: str) -> str | None:
    """Return why a region code is invalid, with the nearest valid one; None for a valid code."""
    gazetteer = Gazetteer.load()
    if region == NATIONAL or (len(region) == 6 and gazetteer.get(region) is not None):
        return None
    digits = re.match(r"\d{2,6}", region, re.ASCII)
    codes = (f"{digits[0][:4]}00".ljust(6, "0")[:6], f"{digits[0][:2]}0000") if digits else ()
    around = [gazetteer.get(code) for code in codes]
    near = next((division for division in [*around, *gazetteer.search(region, 1)] if division), None)
    hint = (
        Phrase("the nearest is {code}, {name}", code=near.code, name=gazetteer.path(near.code))
        if near
        else Phrase("gedi locate finds a place's code")
    )
    return Phrase('"{region}" is no GB/T 2260 code; {hint}', region=region, hint=hint)


def _interval_checks(
    name: str, text: str, data: Mapping[str, Any], polling: Mapping[str, Any]
) -> Iterator[ConfigProblem]:
    try:
        limits = PollingSettings.model_validate(polling)
    except ValidationError:
        return
    if limits.minimum > limits.maximum:
        key, message = "minimum", Phrase("is longer than polling.maximum; make one of them fit")
        if key not in polling:
            key, message = "maximum", Phrase("is shorter than polling.minimum; make one of them fit")
        yield problem_at(name, text, data, ("polling", key), message)


def filter_checks(name: str, text: str, data: Mapping[str, Any]) -> Iterator[ConfigProblem]:
    """Yield every invalid regular expression. Works on the raw data, like the other checks."""
    for key, rule in filter_rules(data):
        if "${" in rule:
            continue
        from aggregator.steps.entries.filter import parse_rule  # most files have no rule

        try:
            parse_rule(rule.strip())
        except ValueError as error:
            yield problem_at(
                name,
                text,
                data,
                key,
                Phrase("is no regular expression that can be used: {reason}", reason=error.args[0]),
            )


def filter_rules(data: Mapping[str, Any]) -> Iterator[tuple[Key, str]]:
    """Yield the key and text of every filter rule."""
    tables: list[tuple[Key, Any]] = [(("filters",), data.get("filters"))]
    tables += [(("sources", number), source) for number, source in raw_sources(data)]
    for place, table in tables:
        for list_name in ("include", "exclude"):
            rules = table.get(list_name) if isinstance(table, dict) else None
            for number, rule in enumerate(rules if isinstance(rules, list) else []):
                if isinstance(rule, str):
                    yield (*place, list_name, number), rule


_REQUIRED_KEYS: dict[SourceKind, tuple[str, ...]] = {"feed": (), "html": ("item",), "json": ("items", "title", "link")}
_FORBIDDEN_KEYS = {"feed": set(SelectConfig.model_fields) - {"article"}, "html": {"items"}, "json": {"item"}}
_HINTS = {
    "item": Phrase('write the selector of one item, such as item = "ul.news > li"; gedi check URL proposes one'),
    "items": Phrase('write the path of the list, such as items = "data.list"'),
    "title": Phrase('write where the title stands, such as title = "title"'),
    "link": Phrase('write where the address stands, such as link = "url" or link = "https://a.example/{id}.html"'),
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
            yield key, Phrase('is missing, and kind = "{kind}" needs it: {remedy}', kind=kind, remedy=_HINTS[key])
    for key, value in select.items():
        if not isinstance(value, str) or not value.strip():
            continue
        if key in _FORBIDDEN_KEYS[kind]:
            yield key, _alternative_to(kind, key)
        elif key in SelectConfig.model_fields and (problem := _selector_problem(kind, key, value.strip())):
            yield key, problem


def _alternative_to(kind: SourceKind, key: str) -> str:
    if kind == "feed":
        return Phrase('does not go with kind = "feed"; remove it, or say kind = "html" or kind = "json"')
    if key == "items":
        return Phrase('does not go with kind = "{kind}"; write "item"', kind=kind)
    return Phrase('does not go with kind = "{kind}"; write "items"', kind=kind)


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
        return Phrase("{message} (found {found!r})", message=error.args[0], found=value)
    return None


_NO_SELECTORS = Selectors()


def build_selection(select: SelectConfig) -> Selectors:
    """Return the selectors as the readers take them: ``item`` and ``items`` are one field."""
    if not select.model_fields_set:
        return _NO_SELECTORS
    said = select.model_dump(exclude_none=True)
    items = said.pop("items", None)
    return Selectors(**{**({"item": items} if items else {}), **said})
