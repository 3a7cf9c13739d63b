"""Conversion of the sentences stored before migration 0012 to messages (a code with parameters, as compact JSON) and
back.

Imports nothing of the project, because codes and texts may change later.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

BATCH = 5000  # rows that the migration rewrites at once

Value = dict[str, Any]  # a message: {"code": …, parameter: …}

# ---------------------------------------------------------------- templates
_FLOAT = r"(\d+(?:\.\d+)?)"
_TYPES: Mapping[str, tuple[str, type, str]] = {  # type letter of a field: pattern, type, output format
    "": (r"(.*)", str, ""),
    "d": (r"(\d+)", int, ""),
    "g": (_FLOAT, float, ":g"),
    "o": (_FLOAT, float, ":.1f"),
    "f": (_FLOAT, float, ":.2f"),
}
_FIELD = re.compile(r"\{(\w+)(?::(\w))?\}")

POLL_REASONS = {
    "poll.fixed-interval": "has an interval of its own in config.toml",
    "poll.pushed": "has its news pushed by a hub; visits are only a check",
    "poll.new-source": "is new here and has yet to show how often it publishes",
    "poll.skip-hours": "asks for no visits at these hours (skipHours, skipDays)",
    "poll.retry-after": "asked to wait by Retry-After",
    "poll.update-interval": "asked to wait by the feed's own update interval",
    "poll.freshness": "asked to wait by Cache-Control or Expires",
    "poll.gone": "answered 410, gone for good",
    "poll.usual-hour": "usually publishes next at that hour",
    "poll.quiet-hour": "publishes little at this time of day, {rate} on average",
    "poll.rate-now": "publishes {rate} at this time of day",
    "poll.rate": "publishes {rate}",
    "poll.busy": "failed {times:d} times in a row with the server busy",
    "poll.busy-once": "failed with the server busy",
    "poll.failed": "failed {times:d} times in a row",
    "poll.failed-once": "failed",
}
RATES = {
    "rate.hour": "about {count:d} an hour",
    "rate.day": "about {count:d} a day",
    "rate.week": "about {count:d} a week",
    "rate.month": "about {count:d} a month",
    "rate.rarely": "less than once a month",
}
_LASTS = "If this lasts, tell the publisher."
_HTTP = {
    "401": "The server wants a password. Gedi fetches public feeds only: look for a public address.",
    "403": "The server refuses us. Ask the publisher to let us in, or look for another address.",
    "404": "There is nothing at this address any more. Look on the publisher's site for the feed's new address.",
    "406": "The server has no feed to offer at this address. Check the address.",
    "408": "The server was too slow to take our request. It is tried again.",
    "410": "The publisher says that this feed is gone for good, so it is not asked for any more. Remove the source.",
    "429": "The server says that we come too often. We wait as long as it asks; a longer interval helps.",
    "451": "The feed may not be published for legal reasons. Remove the source.",
    "500": f"The publisher's server has an error. {_LASTS}",
    "502": f"The publisher's server cannot reach the system behind it. {_LASTS}",
    "503": "The publisher's server is overloaded or being repaired. We wait and try again.",
    "504": f"The publisher's server waited in vain for the system behind it. {_LASTS}",
    "not-changed": "The server says that nothing has changed, though we have nothing yet. It is asked again.",
    "no-feed": "The server answers without a feed. Check the address.",
    "elsewhere": "The server points elsewhere without saying where. Check the address.",
    "server-error": f"The publisher's server has a fault. {_LASTS}",
    "client-error": "The server does not accept our request. Check the address.",
}
_HTTP_TAIL = " (HTTP {line})"
_SCHEMES = "Give one that begins with http:// or https://."
FETCH_ERRORS = {
    "address.too-long": "The address is longer than {limit:d} characters. Use a shorter one.",
    "address.not-a-url": '"{url}" is not a web address ({detail}). Check its spelling.',
    "address.no-scheme": f"An address without http:// or https:// is not fetched. {_SCHEMES}",
    "address.other-scheme": f'"{{scheme}}:" addresses are not fetched. {_SCHEMES}',
    "address.with-user": "Addresses with a user name or password in them are not fetched. Remove the part before @.",
    "address.no-host": '"{url}" has no usable host name. Check its spelling.',
    "address.impossible-host": '"{url}" has a host name that cannot exist. Check its spelling.',
    "address.unusable": '"{url}" is no usable address. Check its spelling.',
    "address.forbidden": "{host} is a private address, which is not polled. If it is yours and meant, "
    'add "{place}" to polling.allow in the configuration.',
    "redirect.nowhere": "The server redirects but does not say where to. Tell the publisher.",
    "redirect.not-a-url": "The server redirects to something that is no web address.",
    "redirect.unprotected": "The server redirects from https to unprotected http, which is not followed.",
    "redirect.circle": "The address redirects in a circle. Look on the publisher's site for the feed's address.",
    "redirect.too-many": "The address redirects more than {limit:d} times. Give the final address of the feed.",
    "fetch.timeout": "The server did not answer in time (whole limit {seconds:g} s). It is tried again; "
    "if the server is always slow, raise polling.timeout.",
    "fetch.dns": "The name {host} cannot be looked up. Check its spelling, or this machine's network.",
    "fetch.certificate": "The certificate of {host} is not valid ({detail}). "
    "Tell the publisher, or use another address.",
    "fetch.tls": "No secure connection to {host} is possible. Try the address with http:// or tell the publisher.",
    "fetch.refused": "{host} refuses the connection: no server runs there at present. It is tried again.",
    "fetch.unreachable": "{host} cannot be reached. Check this machine's network.",
    "fetch.too-many-files": "This machine has too many files open. "
    "Raise the limit (ulimit -n) or lower polling.concurrency.",
    "fetch.broken-off": "{host} broke the connection off. It is tried again.",
    "fetch.no-connection": "No connection to {host} is possible. It is tried again.",
    "fetch.closed": "{host} closed the connection without an answer. It is tried again.",
    "fetch.truncated": "The answer broke off in the middle, so nothing of it was used. It is tried again.",
    "fetch.protocol": f"The server's answer is no proper HTTP. {_LASTS}",
    "fetch.internal": "Something went wrong in Gedi while fetching. It is in the log; please report it.",
    "fetch.internal-reading": "Something went wrong in Gedi while reading this source. "
    "It is in the log; please report it.",
    "fetch.robots": "The site's robots.txt asks programs to keep away from this address (or cannot be read), "
    "and [polling] robots is on. Ask the publisher, or remove the source.",
    "body.too-large": "The answer is larger than {size}. If it really is a feed, "
    "raise polling.max_bytes in the configuration.",
    "body.postponed": "Too many large answers came at the same time, so this one was put off. It is tried again.",
    "body.codings-chained": "The server compressed the feed several times over, which is not accepted.",
    "body.coding-unknown": 'The server compressed the feed with "{coding}", which was not asked for. '
    "Tell the publisher.",
    "body.coding-damaged": f"The compressed feed ({{coding}}) is damaged. {_LASTS}",
    "body.too-many-parts": "The compressed feed consists of too many parts. Tell the publisher.",
    "article.no-text": "no text of an article was found on the page",
    "article.too-short": "the page holds no more text than the feed",
    "article.other-text": "the page speaks of something else: a notice, or a page that everything leads to",
    **{f"http.{name}": text + _HTTP_TAIL for name, text in _HTTP.items()},
}
_OFFER = {
    "document.not-a-feed-but": "{detail}. It offers this feed: {offer}. Put that address into config.toml.",
}
_READERS = {  # prefixes of the reasons given by a reader process
    "reader.timeout": "Reading the document took longer",
    "reader.memory": "The document needs more memory",
    "reader.error": "The document met a fault",
    "reader.crashed": "The document made its parser crash",
}
_BY_KIND = {  # errors whose sentence came from a library, by kind
    "not-a-feed": "document.not-a-feed",
    "no-items": "document.no-items",
    "crashed": "reader.crashed",
    "timeout": "reader.timeout",
    "memory": "reader.memory",
    "error": "reader.error",
}
PUSH_ERRORS = {
    "push.unconfirmed": "The hub took our request but never asked us to confirm it. "
    "Is [site] url an address that others can reach?",
    "push.refused": "The hub does not take our request. {reason}",
    "push.denied": "The hub denied the subscription.",
    "push.denied-because": "The hub denied the subscription: {reason}",
    "push.missed": "A poll found {items:d} new items that the hub had not pushed.",
    "push.bad-signature": "A delivery came whose signature is wrong or missing.",
    "push.other-feed": "A delivery came that is of another feed.",
    "push.no-document": "A delivery came that is no document of a feed.",
}
INCIDENTS = {
    "incident.disk": "Less than 300 MB are free where the database lies. Make room, or shorten [retention] items.",
    "incident.database": "The database could not be written: {error}",
}
STORIES = {  # longer ones first
    "story.first": "published first; {evidence}",
    "story.copy-after": "item {item:d} was published before it; {evidence}",
    "story.after": "item {item:d} was published before it",
    "story.before": "published before item {item:d}",
    "story.contradicted": "{evidence}, but {contradiction}",
    "story.reworded": "{evidence}, {runs:f} of longer runs",
    "story.bulletin": "{evidence}, a bulletin under another headline",
    "story.bigrams": "overlap {overlap:f} of {size:d} bigrams",
    "story.six-grams": "overlap {overlap:f} of {size:d} 6-grams",
    "story.headlines": "headlines overlap {overlap:f} of {characters:d} characters",
    "story.shared-terms": "{terms:d} shared terms, {overlap:f} of the shorter lead",
    "story.unrelated": "overlap {overlap:f}, {terms:d} shared terms",
    "story.likeness": "likeness {likeness:f} to item {item:d}",
    "story.other-event": "another event than the story it was in",
    "story.alone": "nothing alike",
    "story.admin": "admin",
}
CATEGORIES = {
    "category.undecided": "",
    "category.admin": "admin",
    "category.source": "source",
    "category.source-prior": "prior:source",
    "category.term": "term:{term}",
    "category.pattern": "pattern:{pattern}",
    "category.keywords": "keywords:{words} ({best:o} against {second:o})",
    "category.model-alone": "model:{share:f}",
    "category.model": "model:{share:f} {words}",
    "category.term-prior": "prior:{term}",
}
REGIONS = {
    "region.unknown": "",
    "region.admin": "admin",
    "region.home": "home",
    **{f"region.{section}": f"{section}:{{names}}" for section in ("title", "lead", "text", "dateline")},
}
ADVERTS = {
    "advert.label-title": "label: {words} in the title",
    "advert.label-terms": "label: {words} among the publisher's categories",
    "advert.label-address": "label: {words} in the address",
    "advert.label-text": "label: {words} in the text",
    "advert.horoscope": "horoscope: {words} in the title",
    "advert.lottery": "lottery tips: {words} in the title",
}
PHRASES = {
    f"phrase.{kind.replace(' ', '-')}": f"{{words}} ({kind})"
    for kind in ("discounts", "calls to buy", "contacts", "gifts", "franchises", "estates", "shops")
}
_PHRASE = re.compile(r"(.+? \([a-z ]+\))(?:, |$)")
FILTERS = {"filter.in-title": "{rule} in the title", "filter.in-text": "{rule} in the text"}
_ALL = {
    **POLL_REASONS, **RATES, **FETCH_ERRORS, **_OFFER, **PUSH_ERRORS, **INCIDENTS, **STORIES, **CATEGORIES, **REGIONS,
    **ADVERTS, **PHRASES, **FILTERS,
}  # fmt: skip


# ---------------------------------------------------------------- from sentences
@cache
def _pattern(template: str) -> tuple[re.Pattern[str], tuple[tuple[str, type], ...]]:
    """Return the regular expression of a template, and its parameters in order."""
    parts = _FIELD.split(template)  # text, name, type, text, name, type, …
    found = "".join(
        re.escape(part) if at % 3 == 0 else _TYPES[parts[at + 1] or ""][0]
        for at, part in enumerate(parts)
        if at % 3 != 2
    )
    fields = tuple((name, _TYPES[kind or ""][1]) for name, kind in zip(parts[1::3], parts[2::3], strict=True))
    return re.compile(found, re.S), fields


def _match(text: str, templates: Mapping[str, str]) -> Value | None:
    for code, template in templates.items():
        pattern, fields = _pattern(template)
        if found := pattern.fullmatch(text):
            values = zip(fields, found.groups(), strict=True)
            return {"code": code, **{name: kind(value) for (name, kind), value in values}}
    return None


def _text(text: str) -> Value:
    return {"code": "text", "text": text}


def poll_reason(text: str) -> Value:
    """Return the message of a poll reason."""
    value = _match(text, POLL_REASONS) or _text(text)
    if "rate" in value:
        rate = _match(value["rate"], RATES)
        return {**value, "rate": rate} if rate else _text(text)
    return value


@lru_cache(maxsize=4096)
def fetch_error(text: str, kind: str | None = None) -> Value:
    """Return the message of a fetch error; ``kind`` is its short name, where known."""
    value = _match(text, FETCH_ERRORS)
    if value is None:
        reader = next((code for code, start in _READERS.items() if text.startswith(start)), None)
        other = _BY_KIND.get(kind or "") if text else None
        value = (_match(text, _OFFER) if kind == "not-a-feed" else None) or (
            {"code": reader or other, "detail": text} if reader or other else _text(text)
        )
    if "line" in value:
        line = value["line"]
        return {"code": value["code"], "status": int(line[:3]), "line": line} if line[:3].isdecimal() else _text(text)
    if kind == "redirect" and str(value["code"]).startswith("address."):
        return {"code": "redirect.unusable", "reason": value}
    return value


def push_error(text: str) -> Value:
    """Return the message of a push error."""
    value = _match(text, PUSH_ERRORS)
    if value is None:
        return fetch_error(text)  # a push that could not be read
    return {**value, "reason": fetch_error(value["reason"])} if value["code"] == "push.refused" else value


def incident(text: str, subject: str, kind: str | None) -> Value:
    """Return the message of an incident."""
    if subject == "source":
        return fetch_error(text, kind)
    if subject == "config":
        return {"code": "incident.config", "problems": text}
    return _match(text, INCIDENTS) or _text(text)


def story(text: str) -> Value:
    """Return the message of a story decision."""
    value = (_match(text, STORIES) or _text(text)) if text else {"code": "story.alone"}
    return {**value, "evidence": story(value["evidence"])} if "evidence" in value else value


@lru_cache(maxsize=4096)
def category(text: str) -> Value:
    """Return the message of a category decision."""
    if text.startswith("source:"):
        return {"code": "category.source"}
    value = _match(text, CATEGORIES) or _text(text)
    return {**value, "words": value["words"].split(",")} if value["code"] == "category.keywords" else value


@lru_cache(maxsize=4096)
def region(text: str) -> Value:
    """Return the message of a region decision."""
    value = _match(text, REGIONS) or _text(text)
    return {**value, "names": value["names"].split(" ")} if "names" in value else value


def advert(text: str) -> Value:
    """Return the message of the evidence for an advertorial."""
    if text.startswith("selling: "):
        phrases = [_match(each, PHRASES) for each in _PHRASE.findall(text.removeprefix("selling: "))]
        if phrases and all(phrases):
            return {"code": "advert.selling", "phrases": phrases}
    return _match(text, ADVERTS) or _text(text)


def evidence(text: str, rule: str) -> Value:
    """Return the message of why a filter rejected an entry; ``rule`` is the kind of rule."""
    if rule == "advertorial":
        return advert(text)
    if rule == "include" and text.startswith("none of "):
        return {"code": "filter.not-included", "rules": text.removeprefix("none of ").split(", ")}
    return _match(text, FILTERS) or {"code": "filter.excluded", "rule": text}


def packed(value: Value) -> str:
    """Return the message as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# ---------------------------------------------------------------- to sentences
def sentence(text: str) -> str:
    """Return the sentence of a packed message; other text is returned unchanged."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return _sentence(value) if isinstance(value, dict) and "code" in value else text


def _sentence(value: Value) -> str:
    code = value["code"]
    lists = {"category.keywords": ",", "filter.not-included": ", ", "advert.selling": ", "}
    shown = {name: _shown(each, lists.get(code, " ")) for name, each in value.items() if name != "code"}
    if code in _ALL:
        template = _FIELD.sub(lambda field: f"{{{field[1]}{_TYPES[field[2] or ''][2]}}}", _ALL[code])
        return template.format(**shown)
    start = {"filter.not-included": "none of ", "advert.selling": "selling: "}.get(code, "")
    return start + " ".join(map(str, shown.values()))


def _shown(value: Any, separator: str) -> Any:
    if isinstance(value, dict):
        return _sentence(value)
    return separator.join(_strings(value)) if isinstance(value, list) else value


def _strings(values: Iterable[Any]) -> Iterable[str]:
    return (str(_shown(value, " ")) for value in values)
