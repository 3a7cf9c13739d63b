"""Which parts of a source's request options each address of a chain of redirects receives. Pure.

Secrets go to the source's own scheme, host and port. Once a chain has left it they are not sent again, also not if it
leads back: whoever redirects must not choose what is requested with them.
"""

from __future__ import annotations

from collections.abc import Mapping

from aggregator.fetching.transport import Route
from aggregator.fetching.urls import BadAddressError, origin_of
from aggregator.messages import fetch_errors
from aggregator.model.request_options import RequestOptions


class SourceRequest:
    """The request of a source, from its first address on."""

    def __init__(self, options: RequestOptions, url: str) -> None:
        self._options = options
        self._at_origin = self._is_trusted = origin_of(url) == options.origin
        self.is_post = options.body is not None and self._is_trusted

    def redirect(self, url: str, status: int) -> None:
        """Continue at another address. Raises BadAddressError if the body of a POST would go elsewhere with it.

        A POST becomes a GET after 301, 302 and 303, as in browsers (Fetch 4.4, RFC 9110 15.4).
        """
        self._at_origin = origin_of(url) == self._options.origin
        self._is_trusted = self._is_trusted and self._at_origin
        if self.is_post and status in (301, 302, 303):
            self.is_post = False
        if self.is_post and not self._is_trusted:
            raise BadAddressError(fetch_errors.REDIRECT_POST())

    @property
    def may_move(self) -> bool:
        """Return whether a permanent redirect may replace the source's address: not where it would lose its headers."""
        return self._options.body is None and (self._is_trusted or not self._options.headers)

    def headers_over(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the header fields to send; those of the source replace ours."""
        sent = dict(headers)
        if self._options.user_agent is not None:
            sent["User-Agent"] = self._options.user_agent
        if not self._is_trusted:
            return sent
        own = {name.lower() for name in self._options.headers}
        kept = {name: value for name, value in sent.items() if name.lower() not in own}
        return kept | {
            name: value
            for name, value in self._options.headers.items()
            if self.is_post or name.lower() != "content-type"
        }

    def content(self) -> bytes | None:
        """Return the body to send; None: this is a GET."""
        return self._options.body if self.is_post else None

    def route(self) -> Route:
        """Return how the present address is reached."""
        return Route(
            self._options.proxy,
            verify=self._options.verify or not self._at_origin,
            confidential=self._is_trusted and self._options.has_secrets,
        )
