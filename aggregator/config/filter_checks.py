"""Check the rules of [filters] and of the sources; every error has its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aggregator.config.checks import ConfigProblem, problem_at, raw_sources
from aggregator.config.toml_positions import Key
from aggregator.steps.entries.filter import parse_rule


def filter_checks(name: str, text: str, data: Mapping[str, Any]) -> Iterator[ConfigProblem]:
    """Yield every invalid regular expression. Works on the raw data, like the other checks."""
    for key, rule in _rules(data):
        if "${" in rule:
            continue
        try:
            parse_rule(rule.strip())
        except ValueError as error:
            yield problem_at(name, text, data, key, f"is no regular expression that can be used: {error}")


def _rules(data: Mapping[str, Any]) -> Iterator[tuple[Key, str]]:
    tables: list[tuple[Key, Any]] = [(("filters",), data.get("filters"))]
    tables += [(("sources", number), source) for number, source in raw_sources(data)]
    for place, table in tables:
        for list_name in ("include", "exclude"):
            rules = table.get(list_name) if isinstance(table, dict) else None
            for number, rule in enumerate(rules if isinstance(rules, list) else []):
                if isinstance(rule, str):
                    yield (*place, list_name, number), rule
