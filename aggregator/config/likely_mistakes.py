"""Warnings about a config: what is valid, but hardly meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from aggregator.config.checks import ConfigProblem, filter_rules, problem_at, url_key
from aggregator.config.settings import Settings
from aggregator.config.toml_positions import Key, line_of
from aggregator.fetching.address_guard import AddressGuard, is_public_url
from aggregator.fetching.rsshub import is_route
from aggregator.fetching.urls import endpoint_of
from aggregator.messages import LANGUAGES
from aggregator.texts import Phrase

_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_WEB = re.compile(r"https?://\S+")
_SCOPE_LIKE = re.compile(r"([a-z]{3,10})\s*[:：]", re.IGNORECASE)


def config_warnings(name: str, text: str, data: Mapping[str, Any], settings: Settings) -> Iterator[ConfigProblem]:
    """Yield what is valid but probably unintended."""
    for key, message in (
        *_site_warnings(settings),
        *_source_warnings(text, settings),
        *_quoted_values(data, settings, ()),
        *_odd_rules(data),
    ):
        yield problem_at(name, text, data, key, message)


def _site_warnings(settings: Settings) -> Iterator[tuple[Key, str]]:
    site = settings.site
    if settings.web.host in ("0.0.0.0", "::") and site.url is None:
        message = Phrase(
            "is unset while the site listens on every address; feeds and pages will name 127.0.0.1 as their home"
        )
        yield ("site", "url"), message
    for name in ("baidu_token", "indexnow_key"):
        if getattr(settings.publishing, name) and not is_public_url(site.url or ""):
            yield (
                ("publishing", name),
                Phrase("nothing is sent to search engines, because [site] url is no public address"),
            )
    if site.contact and not (_MAIL.fullmatch(site.contact) or _WEB.fullmatch(site.contact)):
        yield (
            ("site", "contact"),
            Phrase("is neither an e-mail address nor a web address; publishers cannot reach you by it"),
        )
    if site.language not in LANGUAGES:
        message = Phrase(
            "the pages have no such language, only {languages}; feeds will name it all the same",
            languages=", ".join(LANGUAGES),
        )
        yield ("site", "language"), message


def _source_warnings(text: str, settings: Settings) -> Iterator[tuple[Key, str]]:
    seen: dict[str, int] = {}
    limits, guard = settings.polling, AddressGuard(settings.polling.allow)
    if limits.rsshub and not guard.permits_host(*endpoint_of(limits.rsshub)):
        message = Phrase("is no public address and will not be fetched; if it is meant, add it to [polling] allow")
        yield ("polling", "rsshub"), message
    for number, source in enumerate(settings.sources):
        first = seen.setdefault(url_key(source.url), number)
        if first != number:
            line = line_of(text, ("sources", first, "url"))
            message = Phrase("is very like the address in line {line}; if both lead to one feed, remove one", line=line)
            yield ("sources", number, "url"), message
        if source.interval and not limits.minimum <= source.interval <= limits.maximum:
            message = Phrase("lies outside [polling] minimum and maximum; the nearer of the two counts")
            yield ("sources", number, "interval"), message
        if is_route(source.url):
            continue
        if not guard.permits_host(*endpoint_of(source.url)):
            message = Phrase(
                "is no public address and will not be fetched; if it is meant, add its network to [polling] allow"
            )
            yield ("sources", number, "url"), message


def _quoted_values(data: Mapping[str, Any], settings: BaseModel, place: Key) -> Iterator[tuple[Key, str]]:
    """Yield the numbers and truth values that are written as texts."""
    for name, written in data.items():
        value, key = getattr(settings, name, None), (*place, name)
        if isinstance(written, str) and isinstance(value, (bool, int, float)) and "${" not in written:
            if isinstance(value, bool):
                shown = str(value).lower()
                message = Phrase(
                    "is a truth value written as a text; write {value} without quotation marks", value=shown
                )
            else:
                message = Phrase("is a number written as a text; write {value} without quotation marks", value=value)
            yield key, message
        elif isinstance(written, dict) and isinstance(value, BaseModel):
            yield from _quoted_values(written, value, key)
        elif isinstance(written, list) and isinstance(value, (tuple, list)) and len(written) == len(value):
            for number, (each, known) in enumerate(zip(written, value, strict=True)):
                if isinstance(each, dict) and isinstance(known, BaseModel):
                    yield from _quoted_values(each, known, (*key, number))


def _odd_rules(data: Mapping[str, Any]) -> Iterator[tuple[Key, str]]:
    """Yield filter rules that seem to begin with a misspelled field, such as "titel:"."""
    for key, rule in filter_rules(data):
        from aggregator.steps.entries.filter import SCOPES  # most files have no rule

        found = _SCOPE_LIKE.match(rule.strip())
        if not found or (found[1] in SCOPES and found[0].endswith(":")):
            continue
        close = difflib.get_close_matches(found[1].lower(), SCOPES, n=1, cutoff=0.6)
        if close:
            yield (
                key,
                Phrase(
                    'looks for the words "{words}"; for a rule on that field write "{field}:"',
                    words=found[0],
                    field=close[0],
                ),
            )
