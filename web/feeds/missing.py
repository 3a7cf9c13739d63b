"""The response for a feed that does not exist: in the reader's language, with the feed that may be meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qs

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from aggregator.config.load import Config
from aggregator.publishing.daily_feed import PREFIX
from aggregator.publishing.render import FeedFormat
from aggregator.reference.gazetteer import Gazetteer
from web.i18n.language import N_, negotiate_language, translate

_ALL_NEWS = frozenset({"latest", "index", "news", "feed", "feeds", "home", "main"})  # names of other sites for it
_ARCHIVE = re.compile(r"/archive(/.*)?")  # after the name of a feed
_REGION = re.compile(r"(?:(?P<head>.+)/)?(?P<code>\d{6})", re.ASCII)
_NEAR = N_("没有这个订阅源。你要的也许是%(near)s；全部订阅源列在/feeds。")
_NONE = N_("没有这个订阅源。全部订阅源列在/feeds。")


def missing_feed_text(environ: Mapping[str, Any], config: Config, path: str, format: FeedFormat) -> str:
    """Return one line of text: that there is no such feed, which one may be meant, and where all are listed."""
    near = nearest_feed(config, path)
    language = language_of(environ, config)
    if near is None:
        return translate(_NONE, language) + "\n"
    return translate(_NEAR, language) % {"near": f"/feeds/{near}.{format}"} + "\n"


def nearest_feed(config: Config, path: str) -> str | None:
    """Return the name of the feed that is most like a wrong path, such as "society" for "/feeds/socety.atom"; None if
    none is.
    """
    return _nearest_name(config, path.removeprefix("/feeds/").rpartition(".")[0])


def _nearest_name(config: Config, name: str) -> str | None:
    name = _ARCHIVE.sub("", name)
    if name == "daily" or name.startswith(PREFIX):
        return f"{PREFIX}{_nearest_name(config, name.removeprefix(PREFIX)) or 'all'}"
    if name in _ALL_NEWS:
        return "all"
    region = _REGION.fullmatch(name)
    if region and Gazetteer.load().get(region["code"]):
        head = _nearest_name(config, region["head"]) if region["head"] and region["head"] != "all" else "all"
        return f"{head or 'all'}/{region['code']}"
    names = ["all", "hot", *(category.path for category in config.category_tree)]
    found = get_close_matches(name, names, 1, 0.7) or get_close_matches(name.rpartition("/")[2], names, 1, 0.7)
    return found[0] if found else None


def language_of(environ: Mapping[str, Any], config: Config) -> str:
    """Return the language of a text for the client of a feed."""
    query = parse_qs(environ.get("QUERY_STRING", "")[:200])
    accepted = parse_accept_header(environ.get("HTTP_ACCEPT_LANGUAGE", "")[:500], LanguageAccept)
    return negotiate_language(
        requested=query.get("lang", [""])[0],
        preferred="",
        configured=config.site.language if "language" in config.site.model_fields_set else None,
        accepted=accepted.values(),
    )
