"""The lists of sources on the status page, for admins: how many sources each names, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.model.source_lists import ListState
from web.admin.access import may_see_details
from web.i18n.language import message_text
from web.i18n.times import Clock, TimeLabel
from web.site import Site

TTL = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class ListRow:
    """A file or a followed address of ``[polling] sources_from``."""

    place: str
    sources: int  # of the list in force
    polled: TimeLabel | None = None  # None: a file, or not fetched yet
    error: str = ""


def list_states(site: Site) -> list[ListState]:
    """Return the states of the followed addresses."""
    urls = site.config.list_addresses
    return site.cache.get(("lists", urls), TTL, lambda: site.store.list_states(urls)) if urls else []


def list_rows(site: Site, clock: Clock) -> list[ListRow]:
    """Return a row for each list, files first; none unless the reader is an admin."""
    if not may_see_details(site):
        return []
    folder = f"{site.config.folder.absolute()}/"
    files = {each.place: len(each.sources) for found in site.config.lists.files.values() for each in found}
    rows = [ListRow(place.removeprefix(folder), count) for place, count in files.items()]
    for state in list_states(site):
        polled = clock.moment(state.last_poll) if state.last_poll else None
        error = site.config.redact(message_text(state.error)) if state.error else ""
        rows.append(ListRow(site.config.redact(state.url), state.source_count, polled, error))
    return rows
