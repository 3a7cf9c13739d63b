"""The response to a client that asks for more new searches than ``[web] searches_per_minute``."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from aggregator.config.load import Config
from web.feeds.missing import language_of
from web.feeds.responses import respond_text
from web.i18n.language import N_, translate

_TEXT = N_("从这个网络来的搜索太多，请过一分钟再试。")


def respond_too_many(
    environ: WSGIEnvironment, start_response: StartResponse, config: Config, wait: int
) -> Iterable[bytes]:
    """Send 429 with the seconds after which the client may search again, in its language."""
    text = translate(_TEXT, language_of(environ, config)) + "\n"
    return respond_text(environ, start_response, "429 Too Many Requests", text, [("Retry-After", str(wait))])
