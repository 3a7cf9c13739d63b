"""Errors and warnings about how sources are requested: secrets in the file, fields that cannot be sent. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aggregator.config.checks import ConfigProblem, problem_at, raw_sources
from aggregator.config.environment import MIN_SECRET_LENGTH, Expansion
from aggregator.config.request_settings import REQUEST_KEYS, has_request_settings
from aggregator.config.toml_positions import Key
from aggregator.fetching.address_guard import is_public_host
from aggregator.texts import Phrase

if TYPE_CHECKING:
    from aggregator.config.settings import SourceConfig

_REFERENCE = re.compile(r"(?<!\$)\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # RFC 9110 5.6.2
_MAX_LENGTH = 8000  # characters of a value: servers accept little more
_SECRET_FIELD = re.compile(
    r"auth(?!ors?(?:$|[-_]))|cookie|token|secret|passw|credential|session|signature|api[-_]?key|(?:^|[-_])key$", re.I
)
_SET_BY_US = (
    "host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect", "keep-alive",
    "accept-encoding", "if-none-match", "if-modified-since", "range", "from",
)  # fmt: skip
_RESERVED = {
    **dict.fromkeys(_SET_BY_US, Phrase("is set by Gedi itself; remove it")),
    "user-agent": Phrase('has a setting of its own; write user_agent = "..."'),
    "proxy-authorization": Phrase(
        'belongs into the address of the proxy; write proxy = "http://user:${NAME}@host:port"'
    ),
}
_FOREIGN = ("auth", "proxy", "verify")  # keys that a list maintained by others must not use


def request_checks(name: str, text: str, written: Mapping[str, Any], expansion: Expansion) -> Iterator[ConfigProblem]:
    """Yield every error, except where a reference could not be resolved."""
    for (number, source), (_, resolved) in zip(raw_sources(written), raw_sources(expansion.data), strict=True):
        if source.keys().isdisjoint(REQUEST_KEYS):
            continue
        for key, message in request_problems(source, resolved):
            if (place := ("sources", number, *key)) not in expansion.unresolved_keys:
                yield problem_at(name, text, written, place, message)


def request_problems(written: Mapping[str, Any], resolved: Mapping[str, Any]) -> Iterator[tuple[Key, str]]:
    """Yield (key, message) for each error of one source. Messages repeat names and no values."""
    headers, values = written.get("headers"), resolved.get("headers")
    if isinstance(headers, dict) and isinstance(values, dict):
        yield from _header_problems(headers, values, has_auth="auth" in written)
    auth, pair = written.get("auth"), resolved.get("auth")
    if isinstance(auth, str) and isinstance(pair, str) and (problem := _auth_problem(auth, pair)):
        yield ("auth",), problem
    proxy = written.get("proxy")
    if isinstance(proxy, str) and _has_literal_password(proxy):
        yield (
            ("proxy",),
            Phrase('holds a password; write "http://user:${NAME}@host:port" and set NAME in the environment'),
        )
    if "body" in written and written.get("method", "GET") == "GET":
        yield ("body",), Phrase('is sent with a POST only; add method = "POST"')


def foreign_problem(table: Mapping[str, Any]) -> str | None:
    """Return why a source that others describe, in OPML, must not be requested as they say; None if it may."""
    if forbidden := [key for key in _FOREIGN if key in table]:
        return Phrase("{key}: only a file of your own may say so; add this source to config.toml", key=forbidden[0])
    if table.keys().isdisjoint(REQUEST_KEYS):
        return None
    for key, message in request_problems(table, table):
        return Phrase("{where}: {message}", where=".".join(map(str, key)), message=message)
    return None


def request_warnings(
    name: str, text: str, written: Mapping[str, Any], sources: Iterable[SourceConfig]
) -> Iterator[ConfigProblem]:
    """Yield what is valid but risky, in config.toml."""
    for number, source in enumerate(sources):
        for key, message in request_risks(source):
            yield problem_at(name, text, written, ("sources", number, key), message)


def request_risks(source: SourceConfig) -> Iterator[tuple[str, str]]:
    """Yield (key, message) for what is valid but risky."""
    if not has_request_settings(source):
        return
    if not source.verify:
        yield (
            "verify",
            Phrase("is off: whoever is on the way to this server can read and replace all that is exchanged with it"),
        )
    has_secret = source.auth is not None or any(map(is_secret_field, source.headers))
    parts = urlsplit(source.url)
    if has_secret and parts.scheme == "http" and is_public_host(parts.hostname or ""):
        yield (
            "url",
            Phrase(
                "is not encrypted: its credentials can be read on the way; write https:// if the server answers there"
            ),
        )


def is_secret_field(name: str) -> bool:
    """Return whether a header field usually holds a secret."""
    return _SECRET_FIELD.search(name) is not None


def _header_problems(
    headers: Mapping[str, Any], values: Mapping[str, Any], *, has_auth: bool
) -> Iterator[tuple[Key, str]]:
    seen: set[str] = set()
    for name, text in headers.items():
        value = values.get(name)
        if not isinstance(text, str) or not isinstance(value, str):
            continue
        if problem := _header_problem(name, text, value, seen, has_auth=has_auth):
            yield ("headers", name), problem
        seen.add(name.lower())


def _header_problem(name: str, text: str, value: str, seen: set[str], *, has_auth: bool) -> str | None:
    if not _FIELD_NAME.fullmatch(name):
        return Phrase("is no name of a header field")
    if name.lower() in _RESERVED:
        return _RESERVED[name.lower()]
    if name.lower() in seen:
        return Phrase("is there twice; remove one")
    if name.lower() == "authorization" and has_auth:
        return Phrase("and auth exclude each other; remove one")
    if is_secret_field(name) and not _REFERENCE.search(text):
        return Phrase('holds a secret; write {name} = "${{NAME}}" and set NAME in the environment', name=name)
    return _value_problem(text, value, secret=is_secret_field(name))


def _auth_problem(text: str, pair: str) -> str | None:
    _, colon, password = text.partition(":")
    if not _REFERENCE.search(password if colon else text):
        return Phrase('holds a password; write "user:${NAME}" and set NAME in the environment')
    if ":" not in pair:
        return Phrase('is no user name and password; write "user:${NAME}"')
    return _value_problem(password if colon else text, pair.partition(":")[2], secret=True)


def _value_problem(text: str, value: str, *, secret: bool) -> str | None:
    references = ", ".join(_REFERENCE.findall(text)) or "it"
    if not value.isprintable():
        return Phrase(
            "cannot be sent in a header field: {references} has a line break or another control character",
            references=references,
        )
    if len(value) > _MAX_LENGTH:
        return Phrase("is longer than {length:,} characters", length=_MAX_LENGTH)
    literal = len(_REFERENCE.sub("", text))
    if secret and len(value) - literal < MIN_SECRET_LENGTH:
        return Phrase(
            "needs {length} or more characters in {references}: a shorter secret cannot be hidden in logs",
            length=MIN_SECRET_LENGTH,
            references=references,
        )
    return None


def _has_literal_password(proxy: str) -> bool:
    user_info, at, _ = proxy.partition("://")[2].rpartition("@")
    return bool(at) and not _REFERENCE.search(user_info.partition(":")[2] or user_info)
