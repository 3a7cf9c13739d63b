"""Provinces by the sources that config.toml lists there, and the divisions of a province with today's numbers.

The choices follow from config.toml and the preferences of the reader, so that they do not change with the news.
"""

from __future__ import annotations

from collections import Counter

from aggregator.model import Listing
from aggregator.reference.gazetteer import Division
from web.site import Site
from web.views import shared_lists


def sources_by_province(site: Site) -> list[tuple[Division, int]]:
    """Return the provinces that have enabled sources and their number, most first, then by code."""
    homes = Counter(source.region[:2] for source in site.config.sources if source.region and source.enabled)
    ranked = sorted(homes.items(), key=lambda each: (-each[1], each[0]))
    provinces = ((site.gazetteer.get(f"{code}0000"), count) for code, count in ranked)
    return [(province, count) for province, count in provinces if province]


def main_province(site: Site, home_region: str) -> Division | None:
    """Return the province of the reader's home region; without one, that of most sources; None if there is neither."""
    chosen = site.gazetteer.get(f"{home_region[:2]}0000") if home_region else None
    if chosen is not None:
        return chosen
    provinces = sources_by_province(site)
    return provinces[0][0] if provinces else None


def divisions_of(site: Site, province: Division) -> list[tuple[Division, int]]:
    """Return the children of a province with today's number of items."""
    listing = Listing(region=province.code)
    counts = {
        **shared_lists.today_counts_by(site, "county", listing),
        **shared_lists.today_counts_by(site, "city", listing),
    }
    return [(division, counts.get(division.code, 0)) for division in site.gazetteer.children(province.code)]
