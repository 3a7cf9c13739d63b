"""The plots of /status: of all sources or the selected one, and of requests for our feeds.

They are rendered once a minute, in the background, so that no request waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import get_template_attribute
from markupsafe import Markup

from aggregator.model import SourceHealth
from aggregator.model.health import FeedClient
from web.feeds.request_log import BROWSER, OTHER, UNNAMED
from web.i18n.language import current_language, t
from web.i18n.times import Clock, format_number
from web.site import Site
from web.views.plots import Plot
from web.views.status_plots import feed_plot, history_plots, history_table

TEMPLATE = "_plots.html"
TTL, STALE = 60.0, 600.0  # seconds until plots are renewed, and for which readers get the earlier ones meanwhile


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A program that requests our feeds."""

    name: str
    requests: str
    share: str  # of responses with status 304
    subscribers: str


@dataclass(frozen=True, slots=True)
class FeedsView:
    """The requests for our feeds."""

    plot: Plot | None
    clients: tuple[ClientRow, ...]
    subscribers: int


def history_view(site: Site, clock: Clock, source: SourceHealth | None = None) -> str:
    """Return the plots of the service, or of one source, with their numbers, as HTML."""

    def make() -> str:
        if source is None:
            history, title = site.store.service_history(clock.now), t("近30天")
        else:
            history = site.store.source_history(source.id, clock.now)
            title = t("%(name)s：近30天", name=source.name)
        macro = get_template_attribute(TEMPLATE, "history")
        return str(macro(title, history_plots(history, clock), history_table(history, clock)))

    key = ("history", current_language(), source.id if source else None)
    return Markup(site.cache.get(key, TTL, make, stale_seconds=STALE))


def feeds_view(site: Site, clock: Clock) -> str:
    """Return the requests for our feeds by day and program, as HTML."""

    def make() -> str:
        clients = site.store.feed_clients(clock.now)
        view = FeedsView(
            feed_plot(site.store.feed_days(clock.now)),
            tuple(map(_client_row, clients)),
            sum(client.subscribers or 0 for client in clients),
        )
        return str(get_template_attribute(TEMPLATE, "feeds")(view))

    return Markup(site.cache.get(("our feeds", current_language()), TTL, make, stale_seconds=STALE))


def selected_source(query: str, sources: Sequence[SourceHealth]) -> SourceHealth | None:
    """Return the source that a query of the status page names, or None."""
    if not query:
        return None
    return next((health for health in sources if health.slug == query), sources[0] if len(sources) == 1 else None)


def _client_row(client: FeedClient) -> ClientRow:
    names = {BROWSER: t("浏览器"), OTHER: t("其他程序"), UNNAMED: t("没有名称的程序")}
    return ClientRow(
        names.get(client.name, client.name),
        format_number(client.requests),
        f"{client.not_modified / client.requests:.0%}" if client.requests else "",
        format_number(client.subscribers) if client.subscribers is not None else "",
    )
