"""robots.txt (RFC 9309), where ``[polling] robots`` is set.

A feed is made for programs, so this is off by default, as with other feed readers. protego parses the rules. It also
accepts misspelled records, reads ``Allow: /index.html`` as allowing ``/`` too, and ``$`` also as a literal character.
"""

from __future__ import annotations

import re
import string
import time
from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import quote, urlsplit

from protego import Protego

from aggregator.model import Failed, Fetched, NotModified
from aggregator.model.request_options import RequestOptions

MAX_AGE = 86400.0  # seconds an answer is cached (RFC 9309 2.4)
MAX_AGE_UNREACHABLE = 3600.0  # seconds a failed request is cached
MAX_BYTES = 500 * 1024  # bytes that are parsed (2.5)
MAX_SITES = 1000  # cached sites

_Site = tuple[str, RequestOptions | None]  # scheme, host and port; how it is requested
FetchFunction = Callable[..., Awaitable[Fetched | NotModified | Failed]]  # of an address, and ``options``

_USER_AGENT = re.compile(r"\s*user[- ]?agent\s*:?([^#]*)", re.I)
_OTHER_RECORD = re.compile(r"\s*+(?!allow|di[as])[^:#]*:", re.I)
_OCTET = re.compile(r"%([89A-F][0-9A-F])", re.I)
_OURS, _FOREIGN = "ours", "?"  # names of groups; "?" cannot occur in a product token


def parse_rules(text: str, agent: str) -> Protego:
    """Return the rules of a robots.txt for the product token ``agent``: all groups naming it, else ``*`` (2.2.1)."""
    lines = text.removeprefix("\ufeff").splitlines()
    return Protego.parse(_distinct_octets("\n".join(_rfc_lines(lines, agent.lower()))))


def rules_allow(rules: Protego, url: str) -> bool:
    """Return whether the most specific matching rule allows ``url``; without one, or in a tie, it does (2.2.2)."""
    return rules.can_fetch(_distinct_octets(url), _OURS)


ALLOW_ALL = Protego()
DISALLOW_ALL = Protego.parse("User-agent: *\nDisallow: /")


class RobotsCache:
    """Cache of the rules of sites. ``get`` fetches an address, ``agent`` is a whole User-Agent field."""

    def __init__(self, get: FetchFunction, agent: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._get = get
        self._agent = agent
        self._clock = clock
        self._known: dict[_Site, tuple[float, Protego]] = {}

    async def may_fetch(self, url: str, options: RequestOptions | None = None) -> bool:
        """Return whether ``url`` may be fetched, which is always so for robots.txt itself.

        robots.txt is requested by the proxy and the name of the source, and without its secrets.
        """
        parts = urlsplit(url)
        root = f"{parts.scheme}://{parts.netloc}"
        if parts.path == "/robots.txt":
            return True
        options = options.without_secrets() if options else None
        site = (root, options)
        expires, rules = self._known.get(site, (0.0, ALLOW_ALL))
        if expires <= self._clock():
            answer = await self._get(f"{root}/robots.txt", options=options)
            rules, max_age = _rules_from(answer, _product_token((options and options.user_agent) or self._agent))
            if len(self._known) >= MAX_SITES:
                self._known.clear()
            self._known[site] = (self._clock() + max_age, rules)
        return rules_allow(rules, url)


def _product_token(agent: str) -> str:
    return re.split(r"[/\s]", agent, maxsplit=1)[0]


def _rules_from(answer: Fetched | NotModified | Failed, name: str) -> tuple[Protego, float]:
    if isinstance(answer, Fetched):
        return parse_rules(answer.body[:MAX_BYTES].decode("utf-8", "replace"), name), MAX_AGE
    status = answer.status if isinstance(answer, Failed) else None
    if status is not None and 400 <= status < 500 and status != 429:
        return ALLOW_ALL, MAX_AGE  # unavailable (2.3.1.3)
    return DISALLOW_ALL, MAX_AGE_UNREACHABLE  # unreachable (2.3.1.4)


def _rfc_lines(lines: list[str], agent: str) -> Iterator[str]:
    """Yield the lines of a robots.txt for protego, changed where protego departs from RFC 9309.

    - It takes a user-agent value that is a prefix of the agent's name for a match; 2.2.1 compares whole product tokens.
      One name for all other agents also bounds the memory: protego copies a rule to each name of its group.
    - It starts another group after any record but Sitemap and Host; by 2.2.4 other records have no effect on the rules.
    """
    for line in lines:
        if found := _USER_AGENT.match(line):
            name = found[1].strip().lower()
            yield f"User-agent: {_OURS if name == agent else '*' if name == '*' else _FOREIGN}"
        elif not _OTHER_RECORD.match(line):
            yield line


def _distinct_octets(text: str) -> str:
    """Return ``text`` with non-ASCII octets as ``%25XX``: equal octets match (2.2.2).

    protego decodes ``%XX`` as UTF-8 and replaces what is invalid, so that all paths in GBK would be the same to it.
    """
    return _OCTET.sub(lambda found: f"%25{found[1].upper()}", quote(text, safe=string.printable))
