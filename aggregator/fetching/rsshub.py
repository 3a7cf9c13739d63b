"""Routes of RSSHub, ``rsshub://weibo/user/1``: addresses that any of its instances can serve. Pure.

A route is what the config, the store and exports name; the instance of ``[polling] rsshub`` is put before it when it is
requested, so that a source stays the same when the instance changes.
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

SCHEME = "rsshub://"


def is_route(url: str) -> bool:
    """Return whether an address is a route and not the address of a document."""
    return url.startswith(SCHEME)


def resolve_route(url: str, instance: str) -> str:
    """Return the address of a route at an instance, whose own query (such as an access key) is added."""
    path, _, query = url.removeprefix(SCHEME).partition("?")
    base = urlsplit(instance)
    joined = "&".join(part for part in (query, base.query) if part)
    return urlunsplit((base.scheme, base.netloc, f"{base.path.rstrip('/')}/{path.lstrip('/')}", joined, ""))


def address_of(url: str, instance: str | None) -> str | None:
    """Return the address to request, which is the same unless it is a route; None: there is no instance for it."""
    if not is_route(url):
        return url
    return resolve_route(url, instance) if instance else None
