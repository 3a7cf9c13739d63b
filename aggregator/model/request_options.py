"""How the documents of one source are requested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

_OF_THE_DOCUMENT = frozenset({"accept", "content-type"})  # fields that describe it, and not the articles it names


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """What a source needs beside its address. ``headers``, ``body`` and ``verify`` count at ``origin`` only, proxy and
    user agent for every request of the source.

    Headers, proxy and body may hold secrets: options come from the config in memory, and are never stored.
    """

    origin: tuple[str, str, int]  # scheme, host and port of the source's address (fetching.urls.origin_of)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    user_agent: str | None = None
    proxy: str | None = field(default=None, repr=False)
    verify: bool = True  # whether the certificate is checked
    has_secrets: bool = False
    body: bytes | None = field(default=None, repr=False)  # of a POST; None: a GET

    def for_pages(self) -> RequestOptions:
        """Return the options for articles of the source, which are requested with GET."""
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_DOCUMENT}
        return replace(self, headers=headers, body=None)

    def without_secrets(self) -> RequestOptions:
        """Return the options for what belongs to the server and not to the source, such as its robots.txt."""
        return replace(self, headers={}, has_secrets=False, body=None)
