"""The plots of /status, cached: of the service or of the selected source, and of the requests for our feeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aggregator.model import SourceHealth
from aggregator.model.health import FeedClient
from web.feeds.request_log import BROWSER, OTHER, UNNAMED
from web.i18n.language import current_language, t
from web.i18n.times import Clock, format_number
from web.site import Site
from web.views.plots import Plot
from web.views.sources import source_name
from web.views.status_plots import PlotTable, feed_plot, history_plots, history_table

TTL = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class HistoryView:
    """The plots of the service or a source, with their heading and their numbers."""

    title: str
    plots: tuple[Plot, ...]
    table: PlotTable


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


def history_view(site: Site, clock: Clock, source: SourceHealth | None = None) -> HistoryView:
    """Return the plots of the service, or of one source."""

    def make() -> HistoryView:
        if source is None:
            history, title = site.store.service_history(clock.now), t("近30天")
        else:
            history = site.store.source_history(source.id, clock.now)
            title = t("%(name)s：近30天", name=source_name(source))
        return HistoryView(title, tuple(history_plots(history, clock)), history_table(history, clock))

    key = ("history", current_language(), source.id if source else None, clock.today)
    return site.cache.get(key, TTL, make)


def feeds_view(site: Site, clock: Clock) -> FeedsView:
    """Return the requests for our feeds by day and program."""

    def make() -> FeedsView:
        clients = site.store.feed_clients(clock.now)
        return FeedsView(
            feed_plot(site.store.feed_days(clock.now)),
            tuple(map(_client_row, clients)),
            sum(client.subscribers or 0 for client in clients),
        )

    return site.cache.get(("our feeds", current_language(), clock.today), TTL, make)


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
