"""Resolve ``${NAME}`` in strings of the config from the environment; the values are secrets and never shown.

``$${`` is a literal ``${``. A file ``.env`` beside the config adds to the environment, which precedes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aggregator.config.toml_positions import Key
from aggregator.texts import Phrase

MIN_SECRET_LENGTH = 4  # characters: redacting shorter values would mangle texts without protecting a secret
_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)\}?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(slots=True)
class Expansion:
    """A document with resolved references; ``problems`` lists unresolved ones, ``secrets`` is value -> name."""

    data: Any = None
    problems: list[tuple[Key, str]] = field(default_factory=list)
    unset: list[tuple[Key, str]] = field(default_factory=list)  # of variables that may be unset
    secrets: dict[str, str] = field(default_factory=dict)
    may_be_unset: Collection[str] = frozenset()  # sections

    @property
    def unresolved_keys(self) -> set[Key]:
        """Return the keys whose references could not be resolved."""
        return {key for key, _ in self.problems}


def with_env_file(folder: Path, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment with the variables of ``.env`` in this folder that it does not have."""
    file = folder / ".env"
    if not file.is_file():
        return environ
    from dotenv import dotenv_values  # most folders have no such file

    return {name: value for name, value in dotenv_values(file, interpolate=False).items() if value is not None} | {
        **environ
    }


def expand_references(data: Any, environ: Mapping[str, str], may_be_unset: Collection[str] = frozenset()) -> Expansion:
    """Replace every reference in every string of a TOML document.

    In the sections ``may_be_unset`` a variable that is not set is no problem: a string that is nothing else has an
    address that leads nowhere instead, as valid as a secret as for a URL, and any other keeps the reference.
    """
    result = Expansion(may_be_unset=may_be_unset)
    result.data = _expand_value(data, (), environ, result)
    return result


def _expand_value(value: Any, key: Key, environ: Mapping[str, str], result: Expansion) -> Any:
    if isinstance(value, dict):
        return {name: _expand_value(inner, (*key, name), environ, result) for name, inner in value.items()}
    if isinstance(value, list):
        return [_expand_value(inner, (*key, number), environ, result) for number, inner in enumerate(value)]
    if isinstance(value, str) and "${" in value:
        return _REFERENCE.sub(lambda match: _resolve_reference(match, key, environ, result), value)
    return value


def _resolve_reference(match: re.Match[str], key: Key, environ: Mapping[str, str], result: Expansion) -> str:
    name = match[1]
    if name is None:
        return "${"
    if not _NAME.fullmatch(name) or not match[0].endswith("}"):
        remedy = Phrase('"{text}" is no reference; write ${{NAME}}, or $${{ for a plain ${{', text=match[0][:40])
        result.problems.append((key, remedy))
    elif name not in environ:
        remedy = Phrase("the environment has no {name}; set it before starting", name=name)
        if key[0] not in result.may_be_unset:
            result.problems.append((key, remedy))
            return ""
        result.unset.append((key, remedy))
        if match[0] != match.string:
            return match[0]
        is_target = (key[0], key[-1]) == ("notify", "url")
        scheme = "ntfys" if is_target else "https"  # which would be a webhook, with a secret of its own
        placeholder = f"{scheme}://unset.invalid/{name}"
        result.secrets |= dict.fromkeys(_spellings(placeholder), name)
        return placeholder
    else:
        if len(environ[name]) >= MIN_SECRET_LENGTH:
            result.secrets |= dict.fromkeys(_spellings(environ[name]), name)
        return environ[name]
    return ""


def _spellings(value: str) -> tuple[str, ...]:
    """Return a value as it stands in plain text, in a URL and in JSON."""
    return value, quote(value, safe=""), json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]


def drop_unset(expansion: Expansion, section: str) -> None:
    """Leave out the settings of a section whose variables are not set: a placeholder must not open a door."""
    for key, _ in expansion.unset:
        if key[0] == section:
            expansion.data[section].pop(key[1], None)


def redact_secrets(text: str, secrets: Mapping[str, str]) -> str:
    """Return the text with each secret replaced by its reference."""
    for value in sorted(secrets, key=len, reverse=True):
        text = text.replace(value, f"${{{secrets[value]}}}")
    return text
