"""What is wrong with a config file: each mistake with its line, key, source and remedy."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from aggregator.gazetteer import Gazetteer
from aggregator.settings import NATIONAL, Polling, Settings
from aggregator.toml_lines import Key, line_of


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. ``line`` is None where it concerns the file as a whole."""

    file: str
    line: int | None
    key: str
    message: str
    source: str | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        source = f" (source {self.source})" if self.source else ""
        key = f" {self.key}{source}:" if self.key else ""
        return f"{place}:{key} {self.message}"


class ConfigErrors(Exception):
    """All that is wrong with a config file."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def syntax_problem(name: str, error: tomllib.TOMLDecodeError) -> Problem:
    match = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    message = re.sub(r" \(at .*\)$", "", str(error))
    return Problem(name, int(match[1]) if match else None, "", f"not valid TOML: {message}")


def problem_of(name: str, text: str, data: Mapping[str, Any], detail: Any) -> Problem:
    location: Key = tuple(detail["loc"])
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        message = f"there is no such setting; {nearest(str(location[-1]), _keys_of(location[:-1]))}"
    elif detail["type"] == "missing":
        message = "is missing"
    elif "input" in detail and not isinstance(detail["input"], (dict, list)):
        message = f"{message} (found {detail['input']!r})"
    return Problem(name, line_of(text, location), _written(location), message, _source_name(data, location))


def _written(location: Key) -> str:
    parts = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location)
    return parts.removeprefix(".")


def _source_name(data: Mapping[str, Any], location: Key) -> str | None:
    if len(location) < 2 or location[0] != "sources" or not isinstance(location[1], int):
        return None
    source = data["sources"][location[1]]
    return next((str(source[key]) for key in ("slug", "title", "url") if source.get(key)), None)


def _keys_of(location: Key) -> list[str]:
    model: type[BaseModel] = Settings
    for part in location:
        if isinstance(part, str) and part in model.model_fields:
            annotation = model.model_fields[part].annotation
            kinds = [annotation, *get_args(annotation)]
            model = next(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel))
    return list(model.model_fields)


def nearest(word: str | None, known: list[str]) -> str:
    close = difflib.get_close_matches(word or "", known, n=1)
    return f'did you mean "{close[0]}"?' if close else f"known are: {', '.join(known)}"


def cross_checks(name: str, text: str, data: Mapping[str, Any]) -> Iterator[Problem]:
    """What one key alone cannot show: limits that contradict each other, sources that are there twice, regions
    that do not exist. Works on the raw data, so that it also speaks when a single key is wrong."""
    polling = data.get("polling", {})
    if isinstance(polling, dict):
        yield from _limits(name, text, polling)
    sources = data.get("sources", [])
    seen: dict[tuple[str, str], int] = {}
    for number, source in enumerate(sources if isinstance(sources, list) else []):
        if not isinstance(source, dict):
            continue
        who = str(source.get("slug") or source.get("title") or source.get("url") or number + 1)
        for key in ("url", "slug"):
            value = source.get(key)
            if not isinstance(value, str):
                continue
            place = line_of(text, ("sources", number, key))
            first = seen.setdefault((key, value), place or 0)
            if first != (place or 0):
                message = f'"{value}" is there already, in line {first}; remove one, or change it'
                yield Problem(name, place, f"sources[{number + 1}].{key}", message, who)
        region = source.get("region")
        if (
            isinstance(region, str)
            and region != NATIONAL
            and re.fullmatch(r"\d{6}", region)
            and Gazetteer.load().get(region) is None
        ):
            message = f'"{region}" is no GB/T 2260 code; gedi locate finds the code of a place'
            yield Problem(
                name, line_of(text, ("sources", number, "region")), f"sources[{number + 1}].region", message, who
            )


def _limits(name: str, text: str, polling: Mapping[str, Any]) -> Iterator[Problem]:
    try:
        limits = Polling.model_validate(polling)
    except ValidationError:
        return
    if limits.minimum > limits.maximum:
        place = line_of(text, ("polling", "minimum")) or line_of(text, ("polling", "maximum"))
        yield Problem(name, place, "polling.minimum", "is longer than polling.maximum; make one of them fit")
