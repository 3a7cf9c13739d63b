"""Errors of ``[[notify]]`` that no single key shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aggregator.config.checks import ConfigProblem, problem_at, region_problem, suggest_nearest
from aggregator.config.notify_settings import parse_what
from aggregator.config.service_addresses import is_webhook
from aggregator.model.listing_keys import split_listing_key
from aggregator.reference.categories import CategoryTree
from aggregator.texts import Phrase


def notify_checks(
    name: str, text: str, data: Mapping[str, Any], written: Mapping[str, Any], tree: CategoryTree
) -> Iterator[ConfigProblem]:
    """Yield unknown categories and regions, webhooks without a secret and targets that are there twice.

    ``data`` has the references resolved that are in ``written``.
    """
    seen: dict[object, int] = {}
    for number, target in enumerate(_targets(data)):
        place = ("notify", number)
        if (problem := _what_problem(target.get("what"), tree)) is not None:
            yield problem_at(name, text, written, (*place, "what"), problem)
        shown, url = _targets(written)[number], target.get("url")
        if isinstance(url, str) and is_webhook(url.strip()) and not shown.get("secret"):
            message = Phrase('is missing: a webhook is signed; write secret = "${NAME}" with at least 16 characters')
            yield problem_at(name, text, written, (*place, "secret"), message)
        if isinstance(key := shown.get("secret"), str) and "${" not in key:
            message = Phrase('belongs into the environment: write secret = "${NAME}"')
            yield problem_at(name, text, written, (*place, "secret"), message)
        names = [("name", shown.get("name"))] if shown.get("name") else [("url", (shown.get("url"), shown.get("what")))]
        for field, identity in names:
            first = seen.setdefault((field, repr(identity)), number)
            if first != number:
                message = Phrase(
                    "is the same as that of entry {number} of [[notify]]; give each another name", number=first + 1
                )
                yield problem_at(name, text, written, (*place, field), message)


def _targets(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    targets = data.get("notify", [])
    return [each if isinstance(each, dict) else {} for each in (targets if isinstance(targets, list) else [])]


def _what_problem(text: object, tree: CategoryTree) -> str | None:
    try:
        what = parse_what(text) if isinstance(text, str) else None
    except ValueError:
        return None  # reported for the key
    if what is None:
        return None
    if what.kind == "category" and tree.get(what.value) is None:
        return Phrase(
            'there is no category "{category}"; {hint}',
            category=what.value,
            hint=suggest_nearest(what.value, [each.path for each in tree]),
        )
    if what.kind == "daily":
        return _listing_problem(what.value, tree)
    if what.kind == "region":
        if not re.fullmatch(r"\d{6}", what.value, re.ASCII) or what.value == "100000":
            return Phrase('write a GB/T 2260 code of six digits, such as "region/370400"; gedi locate prints it')
        return region_problem(what.value)
    return None


def _listing_problem(listing: str, tree: CategoryTree) -> str | None:
    """Return what is wrong with a listing such as "all", "society" or "society/370400"."""
    path, code = split_listing_key(listing)
    if path != "all" and tree.get(path) is None:
        return Phrase(
            'there is no category "{category}"; {hint}',
            category=path,
            hint=suggest_nearest(path, ["all", *(each.path for each in tree)]),
        )
    return region_problem(code) if code else None
