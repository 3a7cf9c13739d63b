"""robots.txt (RFC 9309), for those who set ``[polling] robots``: may this address be fetched by a program?

A feed is made for programs, so this is off by default, as with other feed readers.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from aggregator.model import Failed, Fetched, NotModified

KEPT = 86400.0  # seconds that an answer is believed (RFC 9309 2.4)
KEPT_WITHOUT = 3600.0  # ... when there was none
READ = 500 * 1024  # bytes that are read (2.5)
MANY = 1000  # sites remembered

Get = Callable[[str], Awaitable[Fetched | NotModified | Failed]]


@dataclass(frozen=True, slots=True)
class Rule:
    pattern: re.Pattern[str]
    length: int
    allows: bool


NOTHING_ALLOWED = (Rule(re.compile("/"), 1, False),)


def rules_for(text: str, agent: str) -> tuple[Rule, ...]:
    """The rules for a program of this name: those of all groups that name it, else those of ``*`` (2.2.1)."""
    groups: dict[str, list[Rule]] = {}
    names: list[str] = []
    ruled = False  # has the present group rules yet? Then a further user-agent line begins another
    for name, value in _lines(text):
        if name == "user-agent":
            names = [*names, value.lower()] if not ruled else [value.lower()]
            ruled = False
            groups.setdefault(value.lower(), [])
        elif name in ("allow", "disallow"):
            ruled = True
            if value:
                rule = Rule(_pattern(value), len(value), name == "allow")
                for group in names:
                    groups[group].append(rule)
    return tuple(groups.get(agent.lower(), groups.get("*", [])))


def allows(rules: Iterable[Rule], url: str) -> bool:
    """The longest pattern that fits decides; of equal ones the one that allows (2.2.2)."""
    parts = urlsplit(url)
    path = _plain(f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}")
    fitting = [(rule.length, rule.allows) for rule in rules if rule.pattern.match(path)]
    return max(fitting, default=(0, True))[1]


class Robots:
    """Remembers what sites say. ``get`` fetches an address, ``agent`` is a whole User-Agent field."""

    def __init__(self, get: Get, agent: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._get = get
        self._name = re.split(r"[/\s]", agent, maxsplit=1)[0]
        self._clock = clock
        self._known: dict[str, tuple[float, tuple[Rule, ...]]] = {}

    async def allow(self, url: str) -> bool:
        """May this address be fetched? robots.txt itself always may."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if parts.path == "/robots.txt":
            return True
        until, rules = self._known.get(site, (0.0, ()))
        if until <= self._clock():
            rules, kept = self._read(await self._get(f"{site}/robots.txt"))
            if len(self._known) >= MANY:
                self._known.clear()
            self._known[site] = (self._clock() + kept, rules)
        return allows(rules, url)

    def _read(self, answer: Fetched | NotModified | Failed) -> tuple[tuple[Rule, ...], float]:
        if isinstance(answer, Fetched):
            return rules_for(answer.body[:READ].decode("utf-8", "replace"), self._name), KEPT
        status = answer.status if isinstance(answer, Failed) else None
        if status is not None and 400 <= status < 500 and status != 429:
            return (), KEPT  # 2.3.1.3: none there, everything is allowed
        return NOTHING_ALLOWED, KEPT_WITHOUT  # 2.3.1.4: not to be had, nothing is


def _lines(text: str) -> Iterable[tuple[str, str]]:
    for line in text.removeprefix("\ufeff").splitlines():
        name, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield name.strip().lower(), value.strip()


def _pattern(value: str) -> re.Pattern[str]:
    """``*`` stands for anything, ``$`` at the end for the end (2.2.3). Stars in a row are one: no pattern is slow."""
    whole = value.endswith("$")
    parts = [re.escape(part) for part in re.split(r"\*+", _plain(value.removesuffix("$")))[:20]]
    return re.compile(".*?".join(parts) + (r"\Z" if whole else ""), re.S)


def _plain(text: str) -> str:
    return quote(unquote(text, errors="surrogateescape"), safe="/?&=*$%:@!'()+,;~-._", errors="surrogateescape")
